//! Several files that are the pages of one paper: kept as one archive, each file in it byte for byte, in their order.

use bytes::Bytes;

use super::NewFile;
use crate::http::problem::{Answer, Code, Problem};

/// Pages of one paper.
const MOST: usize = 100;

/// One file from several; true where it is such an archive. The same files in the same order give the same bytes, so that a repeat is
/// found to be one.
pub fn pack(files: Vec<NewFile>) -> Answer<(Vec<NewFile>, bool)> {
    if files.len() < 2 {
        return Ok((files, false));
    }
    if files.len() > MOST {
        return Err(Problem::field(Code::BadRequest, "together", format!("One paper has at most {MOST} files.")));
    }
    if files.iter().any(|file| file.bytes.is_empty()) {
        return Err(Code::Empty.into());
    }
    let name = files.iter().find_map(|file| file.name.clone());
    let bytes = archive(&files).ok_or(Code::TooLarge)?;
    Ok((vec![NewFile { name, bytes }], true))
}

/// A ZIP (APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.16) whose members are stored: photos do not get smaller, and no time of ours is part
/// of what is kept. None: beyond the sizes that it can say.
fn archive(files: &[NewFile]) -> Option<Bytes> {
    let (mut body, mut list) = (Vec::new(), Vec::new());
    for (index, file) in files.iter().enumerate() {
        let name = file.name.as_deref().unwrap_or("page").rsplit(['/', '\\']).next().unwrap_or("page");
        let name = format!("{:03}-{}", index + 1, &name[..name.floor_char_boundary(200)]);
        let offset = u32::try_from(body.len()).ok()?;
        let facts = facts(&file.bytes, &name)?;
        body.extend_from_slice(b"PK\x03\x04");
        body.extend_from_slice(&facts);
        body.extend_from_slice(name.as_bytes());
        body.extend_from_slice(&file.bytes);
        // Made by: version 2.0. No comment, first disk, no attributes.
        list.extend_from_slice(b"PK\x01\x02\x14\0");
        list.extend_from_slice(&facts);
        list.extend_from_slice(&[0; 10]);
        list.extend_from_slice(&offset.to_le_bytes());
        list.extend_from_slice(name.as_bytes());
    }
    let (count, start, size) =
        (u16::try_from(files.len()).ok()?, u32::try_from(body.len()).ok()?, u32::try_from(list.len()).ok()?);
    body.append(&mut list);
    body.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    for number in [count, count] {
        body.extend_from_slice(&number.to_le_bytes());
    }
    body.extend_from_slice(&size.to_le_bytes());
    body.extend_from_slice(&start.to_le_bytes());
    body.extend_from_slice(&[0; 2]);
    Some(Bytes::from(body))
}

/// What both headers of a member say: version, UTF-8 names, stored, 1 January 1980, checksum, sizes, length of the name.
fn facts(bytes: &[u8], name: &str) -> Option<Vec<u8>> {
    let (size, length) = (u32::try_from(bytes.len()).ok()?, u16::try_from(name.len()).ok()?);
    let mut facts = Vec::from(*b"\x14\0\0\x08\0\0\0\0\x21\0");
    for number in [crc32(bytes), size, size] {
        facts.extend_from_slice(&number.to_le_bytes());
    }
    facts.extend_from_slice(&length.to_le_bytes());
    facts.extend_from_slice(&[0; 2]);
    Some(facts)
}

/// CRC-32 of ISO 3309, as ZIP has it.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0u32; 256];
        let mut n = 0;
        while n < 256 {
            let (mut value, mut bit) = (n as u32, 0);
            while bit < 8 {
                value = if value & 1 == 1 { value >> 1 ^ 0xedb8_8320 } else { value >> 1 };
                bit += 1;
            }
            table[n] = value;
            n += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |crc, byte| crc >> 8 ^ TABLE[((crc ^ u32::from(*byte)) & 0xff) as usize])
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    #[test]
    fn pages_keep_their_bytes_and_order() {
        let file = |name: &str, bytes: &'static [u8]| NewFile { name: Some(name.to_owned()), bytes: Bytes::from_static(bytes) };
        let two = || vec![file("b.jpg", b"first"), file("b.jpg", b"second")];
        let (packed, whole) = pack(two()).unwrap();
        assert!(whole && packed.len() == 1);
        assert_eq!(packed[0].bytes, pack(two()).unwrap().0[0].bytes, "a repeat is found to be one");
        let mut archive = zip::ZipArchive::new(Cursor::new(packed[0].bytes.clone())).unwrap();
        let mut text = String::new();
        archive.by_name("002-b.jpg").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "second");
        assert!(!pack(vec![file("a.jpg", b"x")]).unwrap().1);
        assert!(pack(vec![file("a.jpg", b"x"), file("b.jpg", b"")]).is_err());
    }
}
