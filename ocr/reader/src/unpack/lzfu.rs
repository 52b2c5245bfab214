//! Compressed RTF, as Outlook keeps the text of mails ([MS-OXRTFCP]).

/// What the window begins with (2.1.2.1).
const START: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

const WINDOW: usize = 4096;

/// The RTF. None: not of this kind, or more than `limit` bytes.
pub fn decompress(raw: &[u8], limit: u64) -> Option<Vec<u8>> {
    let size = u32::from_le_bytes(raw.get(4..8)?.try_into().ok()?);
    let body = raw.get(16..)?;
    if u64::from(size) > limit {
        return None;
    }
    match raw.get(8..12)? {
        b"LZFu" => Some(unpack(body, size as usize)),
        b"MELA" => Some(body.get(..size as usize).unwrap_or(body).to_vec()),
        _ => None,
    }
}

fn unpack(body: &[u8], size: usize) -> Vec<u8> {
    let mut window = [b' '; WINDOW];
    window[..START.len()].copy_from_slice(START);
    let mut at = START.len();
    // The size is a claim: room is made as bytes come.
    let mut out = Vec::new();
    let mut bytes = body.iter().copied();
    while let Some(flags) = bytes.next() {
        for bit in 0..8 {
            if out.len() >= size {
                // The last reference may have run past the end.
                out.truncate(size);
                return out;
            }
            if flags >> bit & 1 == 0 {
                let Some(byte) = bytes.next() else { return out };
                (window[at], at) = (byte, (at + 1) % WINDOW);
                out.push(byte);
                continue;
            }
            let (Some(high), Some(low)) = (bytes.next(), bytes.next()) else { return out };
            let from = usize::from(high) << 4 | usize::from(low) >> 4;
            // A reference to the place of writing is the end (2.2.3.1).
            if from == at {
                return out;
            }
            for step in 0..usize::from(low & 15) + 2 {
                let byte = window[(from + step) % WINDOW];
                (window[at], at) = (byte, (at + 1) % WINDOW);
                out.push(byte);
            }
        }
    }
    out.truncate(size);
    out
}
