//! What is wrapped in a signature: CMS (`.p7m`, S/MIME; RFC 5652) and PGP clear text (RFC 9580 section 7). The content is taken out as
//! it was signed; whether the signature is good is not judged here. What is encrypted stays closed.

/// Elements of a CMS structure looked at: the content may stand in thousands of pieces.
const MAX_ELEMENTS: usize = 200_000;

/// Object identifiers, as encoded (RFC 5652 sections 5, 6 and 8, RFC 5083).
const SIGNED: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const ENVELOPED: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03";
const ENCRYPTED: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06";
const AUTHENTICATED: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17";

/// What a CMS file holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Content {
    /// What was signed.
    Signed(Vec<u8>),
    /// A signature alone: what it signs is elsewhere.
    Detached,
    /// Something for the owner of a key.
    Encrypted,
    /// Not understood.
    Unknown,
}

/// What a CMS file holds.
pub fn content(raw: &[u8]) -> Content {
    look(raw).unwrap_or(Content::Unknown)
}

/// ContentInfo ::= SEQUENCE { contentType, [0] EXPLICIT content }
fn look(raw: &[u8]) -> Option<Content> {
    let mut info = Reader(raw).enter(0x30)?;
    let kind = info.primitive(0x06)?;
    match kind {
        ENVELOPED | ENCRYPTED | AUTHENTICATED => return Some(Content::Encrypted),
        SIGNED => {}
        _ => return None,
    }
    // SignedData ::= SEQUENCE { version, digestAlgorithms, encapContentInfo … }
    let mut signed = info.enter(0xa0)?.enter(0x30)?;
    signed.primitive(0x02)?;
    signed.skip()?;
    let mut inner = signed.enter(0x30)?;
    inner.primitive(0x06)?;
    let Some(mut content) = inner.enter(0xa0) else { return Some(Content::Detached) };
    Some(Content::Signed(content.octets()?))
}

/// BER: lengths may be open, strings in pieces; signing programs of large files write both.
struct Reader<'a>(&'a [u8]);

struct Head {
    tag: u8,
    /// None: until the end mark.
    length: Option<usize>,
    size: usize,
}

impl<'a> Reader<'a> {
    fn head(&self) -> Option<Head> {
        let (tag, first) = (*self.0.first()?, *self.0.get(1)?);
        // Tags of several bytes do not occur here.
        if tag & 31 == 31 {
            return None;
        }
        match first {
            0x80 => Some(Head { tag, length: None, size: 2 }),
            0..0x80 => Some(Head { tag, length: Some(usize::from(first)), size: 2 }),
            _ => {
                let count = usize::from(first & 0x7f);
                let bytes = self.0.get(2..2 + count).filter(|_| count <= 4)?;
                let length = bytes.iter().fold(0usize, |length, byte| length << 8 | usize::from(*byte));
                Some(Head { tag, length: Some(length), size: 2 + count })
            }
        }
    }

    /// The content of the next element, if it has this tag. With an open length it is what follows, to the end and beyond: nothing
    /// behind it is asked for.
    fn enter(&mut self, tag: u8) -> Option<Reader<'a>> {
        let head = self.head().filter(|head| head.tag == tag)?;
        let body = self.0.get(head.size..)?;
        match head.length {
            // A file that was cut still shows what came.
            Some(length) => {
                let end = length.min(body.len());
                self.0 = &body[end..];
                Some(Reader(&body[..end]))
            }
            None => Some(Reader(body)),
        }
    }

    fn primitive(&mut self, tag: u8) -> Option<&'a [u8]> {
        let head = self.head().filter(|head| head.tag == tag)?;
        let value = self.0.get(head.size..head.size.checked_add(head.length?)?)?;
        self.0 = &self.0[head.size + value.len()..];
        Some(value)
    }

    /// Passes over one element with all that is in it.
    fn skip(&mut self) -> Option<()> {
        let mut open = 0usize;
        for _ in 0..MAX_ELEMENTS {
            let head = self.head()?;
            let end_mark = head.tag == 0 && head.length == Some(0);
            let length = head.length.unwrap_or(0);
            self.0 = self.0.get(head.size.checked_add(length)?..)?;
            match (end_mark, head.length) {
                (true, _) => open = open.checked_sub(1)?,
                (false, None) => open += 1,
                (false, Some(_)) => {}
            }
            if open == 0 {
                return Some(());
            }
        }
        None
    }

    /// An OCTET STRING, whole or in pieces.
    fn octets(&mut self) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let mut first = true;
        for _ in 0..MAX_ELEMENTS {
            let Some(head) = self.head() else { break };
            let body = self.0.get(head.size..)?;
            match (head.tag, head.length) {
                (0x04, Some(length)) => {
                    let end = length.min(body.len());
                    out.extend_from_slice(&body[..end]);
                    self.0 = &body[end..];
                    if first {
                        return Some(out);
                    }
                }
                // Its pieces follow, within or until the end mark.
                (0x24, Some(length)) if first => self.0 = &body[..length.min(body.len())],
                (0x24, _) => self.0 = body,
                _ => break,
            }
            first = false;
        }
        (!first).then_some(out)
    }
}

/// The text between the marks of a clear signature, its dashes unescaped. None: no such text.
pub fn clear_text(raw: &[u8]) -> Option<Vec<u8>> {
    let rest = raw.trim_ascii_start().strip_prefix(b"-----BEGIN PGP SIGNED MESSAGE-----")?;
    let mut lines = rest.split_inclusive(|b| *b == b'\n');
    // The rest of the first line, then Hash headers, then a blank line.
    lines.next()?;
    lines.by_ref().find(|line| line.trim_ascii().is_empty())?;
    let mut out = Vec::new();
    for line in lines {
        if line.starts_with(b"-----BEGIN PGP SIGNATURE-----") {
            // The line end before the signature is not part of the text.
            let end = out.strip_suffix(b"\r\n").or_else(|| out.strip_suffix(b"\n")).map_or(out.len(), <[u8]>::len);
            out.truncate(end);
            return Some(out);
        }
        out.extend_from_slice(line.strip_prefix(b"- ").unwrap_or(line));
    }
    None
}
