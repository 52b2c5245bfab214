//! The list of an archive's members (PKWARE APPNOTE 6.3). Read here and not by a library, because the list is where archives
//! lie: members of one name are two members, members that share bytes are a bomb, and the count at the end is a claim.

use std::ops::Range;

use crate::unpack::verdict::Reason;

/// An entry of the central directory.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Name as written.
    pub name: Vec<u8>,
    /// How it is packed: 0 stored, 8 deflated.
    pub method: u16,
    /// Bit 0 of its flags.
    pub encrypted: bool,
    /// CRC-32 of its content.
    pub crc: u32,
    /// Size of its content, as claimed.
    pub size: u64,
    /// A link in a Unix archive.
    pub symlink: bool,
    /// Its local header and packed bytes; empty where they lie outside of the archive.
    pub span: Range<usize>,
    /// Its packed bytes.
    pub data: Range<usize>,
}

impl Entry {
    /// Folders have names that end in a separator, and no content.
    pub fn is_folder(&self) -> bool {
        self.size == 0 && matches!(self.name.last(), Some(b'/' | b'\\'))
    }
}

/// The members, at most `max` of them.
///
/// # Errors
/// The reason why the archive can't or must not be opened.
pub fn entries(bytes: &[u8], max: u64) -> Result<Vec<Entry>, Reason> {
    let (mut at, prefix) = start(bytes).ok_or(Reason::BrokenArchive)?;
    let mut entries = Vec::new();
    while let Some((entry, next)) = entry(bytes, at, prefix) {
        if entries.len() as u64 >= max {
            return Err(Reason::TooManyMembers);
        }
        entries.push(entry);
        at = next;
    }
    if overlap(&entries) {
        return Err(Reason::Overlapping);
    }
    Ok(entries)
}

/// Where the central directory begins, and how many bytes stand before the archive (a self-extracting one, a polyglot).
fn start(bytes: &[u8]) -> Option<(usize, usize)> {
    // APPNOTE 4.3.16: 22 bytes and a comment of up to 65,535.
    let last = bytes.len().checked_sub(22)?;
    let end = (last.saturating_sub(65_535)..=last).rev().find(|at| bytes[*at..].starts_with(b"PK\x05\x06"))?;
    let (mut size, mut offset, mut behind) = (u64::from(u32_at(bytes, end + 12)?), u64::from(u32_at(bytes, end + 16)?), end);
    if let Some((wide_size, wide_offset, at)) = zip64(bytes, end) {
        (size, offset, behind) = (wide_size, wide_offset, at);
    }
    let size = usize::try_from(size).ok()?;
    let offset = usize::try_from(offset).ok()?;
    let is_entry = |at: usize| bytes.get(at..).is_some_and(|rest| rest.starts_with(b"PK\x01\x02"));
    let by_size = behind.checked_sub(size).filter(|at| is_entry(*at) && *at >= offset);
    match by_size {
        Some(at) => Some((at, at - offset)),
        None if is_entry(offset) || size == 0 => Some((offset, 0)),
        None => None,
    }
}

/// Size and offset of the directory and the place of the record that says so (APPNOTE 4.3.14, 4.3.15).
fn zip64(bytes: &[u8], end: usize) -> Option<(u64, u64, usize)> {
    let locator = end.checked_sub(20).filter(|at| bytes[*at..].starts_with(b"PK\x06\x07"))?;
    let at = usize::try_from(u64_at(bytes, locator + 8)?).ok()?;
    bytes.get(at..)?.starts_with(b"PK\x06\x06").then_some(())?;
    Some((u64_at(bytes, at + 40)?, u64_at(bytes, at + 48)?, at))
}

/// One entry (APPNOTE 4.3.12) and where the next one begins.
fn entry(bytes: &[u8], at: usize, prefix: usize) -> Option<(Entry, usize)> {
    bytes.get(at..)?.starts_with(b"PK\x01\x02").then_some(())?;
    let lengths = [u16_at(bytes, at + 28)?, u16_at(bytes, at + 30)?, u16_at(bytes, at + 32)?].map(usize::from);
    let name_end = at + 46 + lengths[0];
    let extra = bytes.get(name_end..name_end + lengths[1])?;
    let next = name_end + lengths[1] + lengths[2];
    let mut sizes = [u64::from(u32_at(bytes, at + 24)?), u64::from(u32_at(bytes, at + 20)?), u64::from(u32_at(bytes, at + 42)?)];
    widen(extra, &mut sizes);
    let [size, packed, local] = sizes;
    let unix = matches!(bytes[at + 5], 3 | 19);
    let (span, data) = usize::try_from(local)
        .ok()
        .and_then(|local| local.checked_add(prefix))
        .and_then(|local| content(bytes, local, packed))
        .unwrap_or_default();
    let entry = Entry {
        name: bytes.get(at + 46..name_end)?.to_vec(),
        method: u16_at(bytes, at + 10)?,
        encrypted: u16_at(bytes, at + 8)? & 1 == 1,
        crc: u32_at(bytes, at + 16)?,
        size,
        symlink: unix && u32_at(bytes, at + 38)? >> 28 == 0xa,
        span,
        data,
    };
    Some((entry, next))
}

/// Size, packed size and offset of large members stand in extra field 1, in this order, those that did not fit (4.5.3).
fn widen(mut extra: &[u8], sizes: &mut [u64; 3]) {
    while let (Some(id), Some(len)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let Some(field) = extra.get(4..4 + usize::from(len)) else { return };
        if id == 1 {
            let mut at = 0;
            for size in sizes.iter_mut().filter(|size| **size == u64::from(u32::MAX)) {
                let Some(wide) = u64_at(field, at) else { return };
                *size = wide;
                at += 8;
            }
            return;
        }
        extra = &extra[4 + usize::from(len)..];
    }
}

/// The local header at a place and the packed bytes behind it (4.3.7).
fn content(bytes: &[u8], local: usize, packed: u64) -> Option<(Range<usize>, Range<usize>)> {
    bytes.get(local..)?.starts_with(b"PK\x03\x04").then_some(())?;
    let start = local + 30 + usize::from(u16_at(bytes, local + 26)?) + usize::from(u16_at(bytes, local + 28)?);
    let end = start.checked_add(usize::try_from(packed).ok()?).filter(|end| *end <= bytes.len())?;
    Some((local..end, start..end))
}

/// Members that share bytes unpack to far more than their archive (the "better zip bomb" of D. Fifield, 2019).
fn overlap(entries: &[Entry]) -> bool {
    let mut spans: Vec<&Range<usize>> = entries.iter().map(|e| &e.span).filter(|span| !span.is_empty()).collect();
    spans.sort_unstable_by_key(|span| span.start);
    spans.windows(2).any(|pair| pair[1].start < pair[0].end)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}
