//! Transfer encodings, decoded exactly: the bytes that come out are the ones the sender attached.
//!
//! The decoders take a part's raw range and never fail. What strict decoders refuse or silently cut (missing padding, a cut mail,
//! junk between characters, a footer that a mailing list put below) is decoded as far as it goes, and the [`Flaw`] says so.

use std::borrow::Cow;

/// How the bytes of a part travel (RFC 2045 section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// 7bit, 8bit, binary, or nothing said.
    Identity,
    /// Base64, section 6.8.
    Base64,
    /// Quoted-printable, section 6.7.
    QuotedPrintable,
    /// The older uuencode, as `x-uuencode`.
    Uuencode,
    /// A name nobody knows: the bytes are kept as they came.
    Unknown,
}

impl Encoding {
    /// From a Content-Transfer-Encoding field. Comments, quotes and stray characters around the name are seen in real mails.
    pub fn named(value: &[u8]) -> Encoding {
        let name: Vec<u8> = value
            .iter()
            .skip_while(|b| !b.is_ascii_alphanumeric())
            .take_while(|b| b.is_ascii_alphanumeric() || **b == b'-')
            .map(u8::to_ascii_lowercase)
            .collect();
        match name.as_slice() {
            b"" | b"7bit" | b"8bit" | b"binary" | b"7-bit" | b"8-bit" | b"7bits" | b"8bits" | b"none" => Encoding::Identity,
            b"base64" | b"base-64" | b"x-base64" => Encoding::Base64,
            b"quoted-printable" | b"quotedprintable" | b"x-quoted-printable" => Encoding::QuotedPrintable,
            b"x-uuencode" | b"uuencode" | b"x-uue" | b"uue" => Encoding::Uuencode,
            _ => Encoding::Unknown,
        }
    }
}

/// What was wrong with an encoding, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// It ends in the middle of a group: bytes are missing.
    Cut,
    /// The encoding's name is unknown.
    UnknownEncoding,
    /// Characters that do not belong were left out.
    Junk,
    /// Text below the end of the data was left out.
    Trailer,
}

/// Decoded bytes and what was wrong on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The content.
    pub bytes: Cow<'a, [u8]>,
    /// The worst flaw, if any.
    pub flaw: Option<Flaw>,
}

/// Decodes a part's raw range.
pub fn decode(raw: &[u8], encoding: Encoding) -> Decoded<'_> {
    match encoding {
        Encoding::Identity => Decoded { bytes: Cow::Borrowed(raw), flaw: None },
        Encoding::Unknown => Decoded { bytes: Cow::Borrowed(raw), flaw: Some(Flaw::UnknownEncoding) },
        Encoding::Base64 => base64(raw),
        Encoding::QuotedPrintable => quoted_printable(raw),
        Encoding::Uuencode => match uuencoded(raw).next() {
            Some(file) => Decoded { bytes: Cow::Owned(file.bytes), flaw: file.flaw },
            None => Decoded { bytes: Cow::Borrowed(raw), flaw: Some(Flaw::UnknownEncoding) },
        },
    }
}

const WHITE: u8 = 64;
const PAD: u8 = 65;
const OTHER: u8 = 66;

/// Values of both alphabets, the standard and the URL-safe one (RFC 4648 sections 4 and 5): a file never mixes them with meaning.
const VALUES: [u8; 256] = {
    let mut table = [OTHER; 256];
    let mut i = 0;
    while i < 26 {
        table[b'A' as usize + i] = i as u8;
        table[b'a' as usize + i] = 26 + i as u8;
        i += 1;
    }
    let mut i = 0;
    while i < 10 {
        table[b'0' as usize + i] = 52 + i as u8;
        i += 1;
    }
    table[b'+' as usize] = 62;
    table[b'-' as usize] = 62;
    table[b'/' as usize] = 63;
    table[b'_' as usize] = 63;
    table[b'=' as usize] = PAD;
    table[b' ' as usize] = WHITE;
    table[b'\t' as usize] = WHITE;
    table[b'\r' as usize] = WHITE;
    table[b'\n' as usize] = WHITE;
    table
};

fn base64(raw: &[u8]) -> Decoded<'static> {
    let mut out = Vec::with_capacity(raw.len() / 4 * 3 + 3);
    let mut flaw = None;
    let (mut group, mut count) = (0u32, 0u8);
    let mut padded = false;
    let mut at = 0;
    while at < raw.len() {
        let value = VALUES[usize::from(raw[at])];
        at += 1;
        match value {
            WHITE => {}
            OTHER => worse(&mut flaw, Flaw::Junk),
            PAD => {
                end_group(&mut out, &mut group, &mut count, &mut flaw);
                padded = true;
            }
            value => {
                // Data after padding is the next of several encoded pieces, unless it is prose that somebody put below.
                if padded {
                    padded = false;
                    if !is_base64_line(&raw[at - 1..]) {
                        worse(&mut flaw, Flaw::Trailer);
                        break;
                    }
                }
                group = group << 6 | u32::from(value);
                count += 1;
                if count == 4 {
                    out.extend_from_slice(&group.to_be_bytes()[1..]);
                    (group, count) = (0, 0);
                }
            }
        }
    }
    // Without padding the last group still carries its bytes.
    end_group(&mut out, &mut group, &mut count, &mut flaw);
    Decoded { bytes: Cow::Owned(out), flaw }
}

fn end_group(out: &mut Vec<u8>, group: &mut u32, count: &mut u8, flaw: &mut Option<Flaw>) {
    match *count {
        1 => worse(flaw, Flaw::Cut),
        2 => out.push((*group >> 4) as u8),
        3 => out.extend_from_slice(&((*group >> 2) as u16).to_be_bytes()),
        _ => {}
    }
    (*group, *count) = (0, 0);
}

/// A line of whole groups and nothing else.
fn is_base64_line(rest: &[u8]) -> bool {
    let line = rest.split(|b| *b == b'\n').next().unwrap_or_default().trim_ascii_end();
    line.len() % 4 == 0 && line.iter().all(|b| VALUES[usize::from(*b)] < 64 || *b == b'=')
}

fn worse(flaw: &mut Option<Flaw>, seen: Flaw) {
    *flaw = Some(flaw.map_or(seen, |before| before.min(seen)));
}

fn quoted_printable(raw: &[u8]) -> Decoded<'static> {
    let mut out = Vec::with_capacity(raw.len());
    let mut flaw = None;
    for line in raw.split_inclusive(|b| *b == b'\n') {
        let (text, end) = line.split_at(line.len() - line_end(line));
        // Rule 3: blanks at the end of a line were added on the way.
        let text = &text[..text.len() - text.iter().rev().take_while(|b| **b == b' ' || **b == b'\t').count()];
        let (text, soft) = match text.split_last() {
            Some((b'=', before)) => (before, true),
            _ => (text, false),
        };
        escapes(text, &mut out, &mut flaw);
        if !soft {
            out.extend_from_slice(end);
        }
    }
    Decoded { bytes: Cow::Owned(out), flaw }
}

fn line_end(line: &[u8]) -> usize {
    match line {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n'] => 1,
        _ => 0,
    }
}

fn escapes(text: &[u8], out: &mut Vec<u8>, flaw: &mut Option<Flaw>) {
    let mut at = 0;
    while at < text.len() {
        if text[at] != b'=' {
            out.push(text[at]);
            at += 1;
            continue;
        }
        match (text.get(at + 1).copied().and_then(hex), text.get(at + 2).copied().and_then(hex)) {
            (Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
            }
            // Section 6.7, note at rule 5: an = that stands for itself is kept.
            _ => {
                worse(flaw, Flaw::Junk);
                out.push(b'=');
                at += 1;
            }
        }
    }
}

/// The value of a hexadecimal digit.
pub(crate) fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|v| v as u8)
}

/// A file found in text between `begin` and `end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uufile {
    /// Its name as written.
    pub name: Vec<u8>,
    /// Its content.
    pub bytes: Vec<u8>,
    /// What was wrong with it.
    pub flaw: Option<Flaw>,
}

/// The uuencoded files within a text, one after the other.
pub fn uuencoded(text: &[u8]) -> impl Iterator<Item = Uufile> {
    let mut lines = text.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    std::iter::from_fn(move || {
        let (name, base64) = lines.by_ref().find_map(begin)?;
        Some(if base64 { uu_base64(name, &mut lines) } else { uu_classic(name, &mut lines) })
    })
}

/// `begin 644 name` or `begin-base64 644 name`.
fn begin(line: &[u8]) -> Option<(Vec<u8>, bool)> {
    let (rest, base64) = match line.strip_prefix(b"begin-base64 ") {
        Some(rest) => (rest, true),
        None => (line.strip_prefix(b"begin ")?, false),
    };
    let digits = rest.iter().take_while(|b| (b'0'..=b'7').contains(*b)).count();
    let name = rest.get(digits..)?.strip_prefix(b" ")?.trim_ascii();
    ((3..=6).contains(&digits) && !name.is_empty()).then(|| (name.to_vec(), base64))
}

fn uu_classic<'a>(name: Vec<u8>, lines: &mut impl Iterator<Item = &'a [u8]>) -> Uufile {
    let mut bytes = Vec::new();
    let mut flaw = Some(Flaw::Cut);
    for line in lines {
        if line.trim_ascii_end() == b"end" {
            // An end is an end, whatever was left out before it.
            flaw = flaw.filter(|f| *f != Flaw::Cut);
            break;
        }
        if !uu_line(line, &mut bytes) {
            flaw = Some(Flaw::Junk);
        }
    }
    Uufile { name, bytes, flaw }
}

/// One line: its length, then groups of four characters. Mail programs cut blanks at the end, which stand for zeros.
fn uu_line(line: &[u8], out: &mut Vec<u8>) -> bool {
    let Some((&first, data)) = line.split_first() else { return true };
    if !(b' '..=b'`').contains(&first) {
        return false;
    }
    let len = usize::from((first - b' ') & 63);
    let start = out.len();
    let value = |at: usize| data.get(at).map_or(0, |b| b.wrapping_sub(b' ') & 63);
    for at in (0..len.div_ceil(3) * 4).step_by(4) {
        let group = (0..4).fold(0u32, |group, i| group << 6 | u32::from(value(at + i)));
        out.extend_from_slice(&group.to_be_bytes()[1..]);
    }
    out.truncate(start + len);
    data.iter().all(|b| (b' '..=b'`').contains(b))
}

fn uu_base64<'a>(name: Vec<u8>, lines: &mut impl Iterator<Item = &'a [u8]>) -> Uufile {
    let mut text = Vec::new();
    let mut ended = false;
    for line in lines {
        if line.trim_ascii_end() == b"====" {
            ended = true;
            break;
        }
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    let decoded = base64(&text);
    let flaw = if ended { decoded.flaw } else { Some(Flaw::Cut) };
    Uufile { name, bytes: decoded.bytes.into_owned(), flaw }
}

#[cfg(test)]
mod tests;
