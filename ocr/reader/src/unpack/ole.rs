//! Compound files ([MS-CFB]): a small file system in a file. Read with every chain bounded by the file's own size, so that a loop ends.

/// First bytes of the file.
const SIGNATURE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// The largest sector number that is one.
const LAST_SECTOR: u32 = 0xffff_fffa;
/// No entry.
const NONE: u32 = 0xffff_ffff;
/// Entries looked at.
const MAX_ENTRIES: usize = 10_000;

/// An entry: a storage (folder) or a stream (file).
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// It is a storage.
    pub is_storage: bool,
    left: u32,
    right: u32,
    child: u32,
    start: u32,
    size: u64,
}

/// A compound file.
#[derive(Debug)]
pub struct Compound<'a> {
    raw: &'a [u8],
    shift: u32,
    mini_shift: u32,
    cutoff: u64,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    entries: Vec<Entry>,
    mini: Vec<u8>,
}

impl<'a> Compound<'a> {
    /// Reads tables and folders. None: no compound file, or one too damaged.
    pub fn open(raw: &'a [u8]) -> Option<Compound<'a>> {
        if !raw.starts_with(SIGNATURE) || raw.len() < 512 {
            return None;
        }
        let (shift, mini_shift) = (u32::from(u16_at(raw, 30)), u32::from(u16_at(raw, 32)));
        if !matches!(shift, 9 | 12) || mini_shift != 6 {
            return None;
        }
        // It is 4096 (2.2); larger streams from the mini stream could be a short loop written out many times.
        let cutoff = u64::from(u32_at(raw, 56)).min(4096);
        let mut file = Compound { raw, shift, mini_shift, cutoff, fat: vec![], mini_fat: vec![], entries: vec![], mini: vec![] };
        file.fat = file.read_fat();
        file.mini_fat = numbers(&file.chain(u32_at(raw, 60), u64::MAX));
        let folders = file.chain(u32_at(raw, 48), u64::MAX);
        file.entries = folders.chunks_exact(128).take(MAX_ENTRIES).map(entry).collect();
        let (start, size) = file.entries.first().map(|root| (root.start, root.size))?;
        file.mini = file.chain(start, size);
        Some(file)
    }

    /// Entries of a storage; the root is 0.
    pub fn children(&self, storage: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut seen = vec![false; self.entries.len()];
        let mut open = vec![self.entries.get(storage).map_or(NONE, |entry| entry.child)];
        // Siblings are a binary tree; each entry is in it once, or the tree is a loop.
        while let Some(at) = open.pop() {
            let index = at as usize;
            let Some(entry) = self.entries.get(index) else { continue };
            if std::mem::replace(&mut seen[index], true) {
                continue;
            }
            found.push(index);
            open.extend([entry.right, entry.left]);
        }
        found.sort_by(|a, b| self.entries[*a].name.cmp(&self.entries[*b].name));
        found
    }

    /// An entry.
    pub fn entry(&self, index: usize) -> Option<&Entry> {
        self.entries.get(index)
    }

    /// Bytes of a stream.
    pub fn stream(&self, index: usize) -> Vec<u8> {
        let Some(entry) = self.entries.get(index) else { return Vec::new() };
        if entry.size >= self.cutoff {
            return self.chain(entry.start, entry.size);
        }
        let size = 1usize << self.mini_shift;
        let (mut out, mut sector) = (Vec::new(), entry.start);
        for _ in 0..=self.mini_fat.len() {
            let at = sector as usize * size;
            let Some(bytes) = self.mini.get(at..(at + size).min(self.mini.len())).filter(|bytes| !bytes.is_empty()) else {
                break;
            };
            out.extend_from_slice(bytes);
            if out.len() as u64 >= entry.size {
                break;
            }
            sector = self.mini_fat.get(sector as usize).copied().unwrap_or(NONE);
        }
        out.truncate(usize::try_from(entry.size).unwrap_or(usize::MAX));
        out
    }

    fn sector(&self, number: u32) -> &'a [u8] {
        let size = 1usize << self.shift;
        let at = (number as usize).saturating_add(1).saturating_mul(size);
        self.raw.get(at..at.saturating_add(size).min(self.raw.len())).unwrap_or_default()
    }

    /// The allocation table, by its list in the header and the sectors that go on with it.
    fn read_fat(&self) -> Vec<u32> {
        let most = self.raw.len() >> self.shift;
        let mut places: Vec<u32> = numbers(&self.raw[76..512]);
        let mut next = u32_at(self.raw, 68);
        for _ in 0..most {
            if next > LAST_SECTOR {
                break;
            }
            let mut list = numbers(self.sector(next));
            let Some(last) = list.pop() else { break };
            places.extend(list);
            next = last;
        }
        places.iter().filter(|place| **place <= LAST_SECTOR).take(most).flat_map(|place| numbers(self.sector(*place))).collect()
    }

    fn chain(&self, start: u32, size: u64) -> Vec<u8> {
        let most = self.raw.len() as u64;
        let (mut out, mut sector) = (Vec::new(), start);
        while sector <= LAST_SECTOR && (out.len() as u64) < size.min(most) {
            let bytes = self.sector(sector);
            if bytes.is_empty() {
                break;
            }
            out.extend_from_slice(bytes);
            sector = self.fat.get(sector as usize).copied().unwrap_or(NONE);
        }
        out.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        out
    }
}

fn entry(raw: &[u8]) -> Entry {
    let length = usize::from(u16_at(raw, 64)).min(64).saturating_sub(2);
    Entry {
        name: super::mapi::wide(&raw[..length]),
        is_storage: matches!(raw[66], 1 | 5),
        left: u32_at(raw, 68),
        right: u32_at(raw, 72),
        child: u32_at(raw, 76),
        start: u32_at(raw, 116),
        // Files of version 3 may have rubbish in the upper half (2.6.1).
        size: u64::from(u32_at(raw, 120)),
    }
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |two| u16::from_le_bytes([two[0], two[1]]))
}

/// Little-endian; zero beyond the end.
pub fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}
