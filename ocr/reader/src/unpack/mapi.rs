//! MAPI properties, as winmail.dat has them in a row ([MS-OXTNEF] 2.1.3.4.1) and .msg files as streams ([MS-OXMSG] 2.1).

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Properties looked at.
const MAX_PROPS: u32 = 10_000;

/// Ids of the properties we ask for ([MS-OXPROPS]).
pub mod tag {
    /// PidTagSubject
    pub const SUBJECT: u16 = 0x0037;
    /// PidTagBody
    pub const BODY: u16 = 0x1000;
    /// PidTagRtfCompressed
    pub const RTF: u16 = 0x1009;
    /// PidTagBodyHtml, PidTagHtml
    pub const HTML: u16 = 0x1013;
    /// PidTagAttachDataBinary, PidTagAttachDataObject
    pub const DATA: u16 = 0x3701;
    /// PidTagDisplayName
    pub const DISPLAY_NAME: u16 = 0x3001;
    /// PidTagAttachFilename
    pub const NAME: u16 = 0x3704;
    /// PidTagAttachLongFilename
    pub const LONG_NAME: u16 = 0x3707;
    /// PidTagAttachMimeTag
    pub const MIME_TYPE: u16 = 0x370e;
    /// PidTagAttachContentId
    pub const CONTENT_ID: u16 = 0x3712;
}

const STRING8: u16 = 0x001e;
const UNICODE: u16 = 0x001f;
const BINARY: u16 = 0x0102;
const OBJECT: u16 = 0x000d;

/// Properties that have bytes or text.
#[derive(Debug, Default)]
pub struct Props<'a> {
    found: Vec<(u16, u16, &'a [u8])>,
    code_page: u16,
}

impl<'a> Props<'a> {
    fn get(&self, id: u16) -> Option<(u16, &'a [u8])> {
        self.found.iter().find(|(found, _, _)| *found == id).map(|(_, kind, value)| (*kind, *value))
    }

    /// A property as it is.
    pub fn bytes(&self, id: u16) -> Option<&'a [u8]> {
        self.get(id).map(|(_, value)| value)
    }

    /// A property as text.
    pub fn text(&self, id: u16) -> Option<String> {
        match self.get(id)? {
            (UNICODE, value) => Some(wide(value)),
            (STRING8 | BINARY, value) => Some(narrow(value, self.code_page)),
            _ => None,
        }
    }

    /// Whether it is an object rather than bytes.
    pub fn is_object(&self, id: u16) -> bool {
        self.get(id).is_some_and(|(kind, _)| kind == OBJECT)
    }
}

/// Properties in a row. What follows a broken one is left out.
pub fn props(data: &[u8], code_page: u16) -> Props<'_> {
    let mut props = Props { found: Vec::new(), code_page };
    let mut row = Row(data);
    let count = row.u32().unwrap_or(0).min(MAX_PROPS);
    for _ in 0..count {
        if row.prop(&mut props.found).is_none() {
            break;
        }
    }
    props
}

struct Row<'a>(&'a [u8]);

impl<'a> Row<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
    }

    /// Bytes and their padding to four.
    fn padded(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.take(length)?;
        self.take(length.next_multiple_of(4).checked_sub(length)?.min(self.0.len()))?;
        Some(taken)
    }

    fn prop(&mut self, found: &mut Vec<(u16, u16, &'a [u8])>) -> Option<()> {
        let head = self.u32()?;
        let (kind, id) = ((head & 0xffff) as u16, (head >> 16) as u16);
        if id >= 0x8000 {
            // A named property: its set, then a number or a name.
            self.take(16)?;
            match self.u32()? {
                0 => self.u32().map(drop)?,
                _ => {
                    let length = self.u32()? as usize;
                    self.padded(length)?;
                }
            }
        }
        let several = kind & 0x1000 != 0;
        let plain = kind & !0x1000;
        if matches!(plain, STRING8 | UNICODE | BINARY | OBJECT) {
            for _ in 0..self.u32()?.min(MAX_PROPS) {
                let length = self.u32()? as usize;
                let value = self.padded(length)?;
                if found.len() < MAX_PROPS as usize {
                    found.push((id, plain, value));
                }
            }
            return Some(());
        }
        let size = match plain {
            0x0002 | 0x0003 | 0x0004 | 0x000a | 0x000b => 4,
            0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => 8,
            0x0048 => 16,
            _ => return None,
        };
        let count = if several { self.u32()?.min(MAX_PROPS) as usize } else { 1 };
        self.take(size * count).map(drop)
    }
}

/// UTF-16, little-endian, without its closing zero.
pub fn wide(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect();
    text.trim_end_matches('\0').to_owned()
}

/// Text of a Windows code page, without its closing zero.
pub fn narrow(bytes: &[u8], code_page: u16) -> String {
    let encoding = match code_page {
        65001 => UTF_8,
        page => Encoding::for_label(format!("windows-{page}").as_bytes()).unwrap_or(WINDOWS_1252),
    };
    let end = bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
    encoding.decode_without_bom_handling(&bytes[..end]).0.into_owned()
}
