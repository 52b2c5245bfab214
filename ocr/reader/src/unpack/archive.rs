//! ZIP archives, with every limit counted while inflating: what the headers promise is not believed.

mod directory;

use std::collections::HashSet;
use std::io::Read;

use flate2::Crc;
use flate2::read::DeflateDecoder;

use self::directory::Entry;
use super::name;
use super::verdict::Reason;

/// How much larger than its packed form a member may be, once it is past [`RATIO_FROM`]. Deflate itself ends at 1032; blank
/// pages as bitmaps reach a few hundred only as a whole file of one colour.
const MAX_RATIO: u64 = 300;

/// Small members may grow as they like.
const RATIO_FROM: u64 = 4 << 20;

/// One member, as it came out.
#[derive(Debug)]
pub struct Member {
    /// Where it is in the archive: unique there.
    pub path: String,
    /// Its name as written.
    pub name: String,
    /// Its size; as claimed where it was not inflated.
    pub size: u64,
    /// Its content; empty where there is only a reason. A damaged one has both.
    pub bytes: Vec<u8>,
    /// What is wrong with it.
    pub reason: Option<Reason>,
}

/// An archive that may be opened.
#[derive(Debug)]
pub struct Archive<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry>,
    next: usize,
    seen: HashSet<String>,
}

impl<'a> Archive<'a> {
    /// Reads the list of members.
    ///
    /// # Errors
    /// The reason why it can't or must not be opened.
    pub fn open(bytes: &'a [u8], max_members: u64) -> Result<Archive<'a>, Reason> {
        let entries = directory::entries(bytes, max_members)?;
        let mut files = entries.iter().filter(|e| !e.is_folder()).peekable();
        if files.peek().is_none() {
            return Err(Reason::Empty);
        }
        if files.all(|e| e.encrypted) {
            return Err(Reason::Encrypted);
        }
        Ok(Archive { bytes, entries, next: 0, seen: HashSet::new() })
    }

    /// Whether it is a program: Java's and Android's programs are archives.
    pub fn is_program(&self) -> bool {
        self.entries.iter().any(|e| e.name == b"META-INF/MANIFEST.MF" || e.name == b"AndroidManifest.xml")
    }

    /// The content of the first member whose name fits, if it is whole and no longer than `most`.
    pub fn named(&self, fits: impl Fn(&str) -> bool, most: u64) -> Option<Vec<u8>> {
        let entry = self.entries.iter().find(|entry| fits(&text(&entry.name)) && (entry.method == 0 || entry.method == 8))?;
        if entry.encrypted || entry.symlink || entry.span.is_empty() {
            return None;
        }
        let mut member = Member { path: String::new(), name: String::new(), size: entry.size, bytes: Vec::new(), reason: None };
        let mut budget = most;
        inflate(&self.bytes[entry.data.clone()], entry, &mut member, &mut budget);
        member.reason.is_none().then_some(member.bytes)
    }

    /// The next member that is no folder, inflated within `budget` bytes, which are taken from it.
    pub fn next(&mut self, budget: &mut u64) -> Option<Member> {
        let index = self.next + self.entries[self.next..].iter().position(|entry| !entry.is_folder())?;
        self.next = index + 1;
        let entry = &self.entries[index];
        let name = text(&entry.name);
        let path = name::member_path(&name, index, &mut self.seen);
        let mut member = Member { path, name, size: entry.size, bytes: Vec::new(), reason: None };
        member.reason = match entry {
            e if e.encrypted => Some(Reason::Encrypted),
            e if e.symlink => Some(Reason::Link),
            e if e.span.is_empty() => Some(Reason::DamagedMember),
            e if e.method == 0 || e.method == 8 => None,
            _ => Some(Reason::Compression),
        };
        if member.reason.is_none() {
            inflate(&self.bytes[entry.data.clone()], entry, &mut member, budget);
        }
        Some(member)
    }
}

fn inflate(packed: &[u8], entry: &Entry, member: &mut Member, budget: &mut u64) {
    let allowed = (packed.len() as u64).saturating_mul(MAX_RATIO).max(RATIO_FROM);
    let limit = allowed.min(*budget);
    let read = match entry.method {
        0 => packed.take(limit + 1).read_to_end(&mut member.bytes),
        _ => DeflateDecoder::new(packed).take(limit + 1).read_to_end(&mut member.bytes),
    };
    let len = member.bytes.len() as u64;
    *budget = budget.saturating_sub(len);
    if len > limit {
        member.bytes = Vec::new();
        member.size = member.size.max(len);
        member.reason = Some(if limit == allowed { Reason::SuspiciousRatio } else { Reason::TooLarge });
        return;
    }
    member.size = len;
    let mut crc = Crc::new();
    crc.update(&member.bytes);
    if read.is_err() || crc.sum() != entry.crc {
        member.reason = Some(Reason::DamagedMember);
    }
}

/// Names are UTF-8, marked or not, or in the character set of the computer that packed them, of which nothing is known.
fn text(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => raw.iter().map(|b| if b.is_ascii() { char::from(*b) } else { CP852[usize::from(*b - 128)] }).collect(),
    }
}

/// Upper half of code page 852, which Windows' own ZIP uses in Poland and Romania; German and most Western letters stand at the
/// same places as in 437 and 850.
#[rustfmt::skip]
const CP852: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'ů', 'ć', 'ç', 'ł', 'ë', 'Ő', 'ő', 'î', 'Ź', 'Ä', 'Ć',
    'É', 'Ĺ', 'ĺ', 'ô', 'ö', 'Ľ', 'ľ', 'Ś', 'ś', 'Ö', 'Ü', 'Ť', 'ť', 'Ł', '×', 'č',
    'á', 'í', 'ó', 'ú', 'Ą', 'ą', 'Ž', 'ž', 'Ę', 'ę', '¬', 'ź', 'Č', 'ş', '«', '»',
    '░', '▒', '▓', '│', '┤', 'Á', 'Â', 'Ě', 'Ş', '╣', '║', '╗', '╝', 'Ż', 'ż', '┐',
    '└', '┴', '┬', '├', '─', '┼', 'Ă', 'ă', '╚', '╔', '╩', '╦', '╠', '═', '╬', '¤',
    'đ', 'Đ', 'Ď', 'Ë', 'ď', 'Ň', 'Í', 'Î', 'ě', '┘', '┌', '█', '▄', 'Ţ', 'Ů', '▀',
    'Ó', 'ß', 'Ô', 'Ń', 'ń', 'ň', 'Š', 'š', 'Ŕ', 'Ú', 'ŕ', 'Ű', 'ý', 'Ý', 'ţ', '´',
    '\u{ad}', '˝', '˛', 'ˇ', '˘', '§', '÷', '¸', '°', '¨', '˙', 'ű', 'Ř', 'ř', '■', '\u{a0}',
];

#[cfg(test)]
mod tests;
