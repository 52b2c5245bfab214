//! The bytes of a mail: dot-unstuffing after DATA, counted bytes after BDAT, and the limits on both.
//!
//! smtp-proto's `DataReceiver` is not used: it takes bare CR and LF, and does not see the end of a mail whose first line is
//! the lone dot.

use memchr::{memchr, memchr2};

use super::limits::Limits;

/// What is wrong with a mail that is still being read to its end, so that the dialogue stays in step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// More bytes than a mail may have.
    TooLarge,
    /// More header bytes than a mail may have.
    HeadersTooLarge,
    /// A line longer than any mail program writes.
    LineTooLong,
}

/// How far reading came.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// All input taken, the mail goes on.
    More,
    /// The mail ended; this many bytes of the input belonged to it.
    End(usize),
    /// A CR without LF or a LF without CR. Nothing after it can be trusted.
    Bare,
    /// Far over the limit and still sending: not worth reading on.
    Flood,
}

/// Counts what goes into a mail and notes the first limit it breaks.
#[derive(Debug)]
struct Gauge {
    size: u64,
    line: u64,
    header: Option<u64>,
    max_size: u64,
    max_header: u64,
    max_line: u64,
    fault: Option<Fault>,
}

impl Gauge {
    fn new(limits: &Limits) -> Self {
        Gauge {
            size: 0,
            line: 0,
            header: Some(0),
            max_size: limits.message_bytes,
            max_header: limits.header_bytes,
            max_line: limits.data_line_bytes,
            fault: None,
        }
    }

    /// Bytes of one line, without its end.
    fn text(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.line += bytes.len() as u64;
        if self.line > self.max_line {
            self.fail(Fault::LineTooLong, out);
        }
        self.keep(bytes, out);
    }

    fn line_end(&mut self, out: &mut Vec<u8>) {
        self.keep(b"\r\n", out);
        if self.line == 0 {
            self.header = None;
        }
        self.line = 0;
    }

    fn keep(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.size += bytes.len() as u64;
        if let Some(header) = &mut self.header {
            *header += bytes.len() as u64;
            if *header > self.max_header {
                self.fail(Fault::HeadersTooLarge, out);
            }
        }
        if self.size > self.max_size {
            self.fail(Fault::TooLarge, out);
        }
        if self.fault.is_none() {
            out.extend_from_slice(bytes);
        }
    }

    fn fail(&mut self, fault: Fault, out: &mut Vec<u8>) {
        self.fault.get_or_insert(fault);
        *out = Vec::new();
    }

    /// A sender that ignores SIZE gets its answer at the end of the mail, but not after sending as much again.
    fn flood(&self) -> bool {
        self.size > self.max_size.saturating_mul(2)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    LineStart,
    Dot,
    DotCr,
    Text,
    Cr,
}

/// Reads a mail after `354`.
#[derive(Debug)]
pub struct DataReader {
    at: At,
    gauge: Gauge,
}

impl DataReader {
    /// A reader at the first line: the CRLF of the DATA command counts as the one before it (RFC 5321 section 4.1.1.4).
    pub fn new(limits: &Limits) -> Self {
        DataReader { at: At::LineStart, gauge: Gauge::new(limits) }
    }

    /// The first limit the mail broke.
    pub fn fault(&self) -> Option<Fault> {
        self.gauge.fault
    }

    /// Takes `input`, appends the mail's bytes to `out`.
    pub fn feed(&mut self, input: &[u8], out: &mut Vec<u8>) -> Progress {
        let mut pos = 0;
        while pos < input.len() {
            let byte = input[pos];
            match self.at {
                At::LineStart if byte == b'.' => (self.at, pos) = (At::Dot, pos + 1),
                At::Dot if byte == b'\r' => (self.at, pos) = (At::DotCr, pos + 1),
                At::LineStart | At::Dot => self.at = At::Text,
                At::DotCr if byte == b'\n' => return Progress::End(pos + 1),
                At::DotCr => return Progress::Bare,
                At::Text => {
                    let rest = &input[pos..];
                    let end = memchr2(b'\r', b'\n', rest);
                    let text = &rest[..end.unwrap_or(rest.len())];
                    self.gauge.text(text, out);
                    pos += text.len();
                    match end.map(|end| rest[end]) {
                        Some(b'\n') => return Progress::Bare,
                        Some(_) => (self.at, pos) = (At::Cr, pos + 1),
                        None => {}
                    }
                }
                At::Cr if byte == b'\n' => {
                    self.gauge.line_end(out);
                    (self.at, pos) = (At::LineStart, pos + 1);
                }
                At::Cr => return Progress::Bare,
            }
        }
        if self.gauge.flood() { Progress::Flood } else { Progress::More }
    }
}

/// Reads the chunks of one mail sent by BDAT (RFC 3030): nothing is unstuffed, and since BINARYMIME is not offered, lines end
/// in CRLF there too.
#[derive(Debug)]
pub struct ChunkReader {
    left: u64,
    last: bool,
    cr: bool,
    gauge: Gauge,
}

impl ChunkReader {
    /// A reader before its first chunk.
    pub fn new(limits: &Limits) -> Self {
        ChunkReader { left: 0, last: false, cr: false, gauge: Gauge::new(limits) }
    }

    /// A BDAT command announced a chunk.
    pub fn begin(&mut self, size: u64, last: bool) {
        (self.left, self.last) = (size, last);
    }

    /// Whether the chunk being read is the mail's last.
    pub fn is_last(&self) -> bool {
        self.last
    }

    /// The first limit the mail broke.
    pub fn fault(&self) -> Option<Fault> {
        self.gauge.fault
    }

    /// Takes `input`, appends the mail's bytes to `out`. `End` means the end of the chunk.
    pub fn feed(&mut self, input: &[u8], out: &mut Vec<u8>) -> Progress {
        let taken = usize::try_from(self.left).unwrap_or(usize::MAX).min(input.len());
        if !self.content(&input[..taken], out) {
            return Progress::Bare;
        }
        self.left -= taken as u64;
        if self.left > 0 {
            return if self.gauge.flood() { Progress::Flood } else { Progress::More };
        }
        if self.last && self.cr { Progress::Bare } else { Progress::End(taken) }
    }

    fn content(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> bool {
        while !bytes.is_empty() {
            if self.cr {
                if bytes[0] != b'\n' {
                    return false;
                }
                self.cr = false;
                self.gauge.line_end(out);
                bytes = &bytes[1..];
                continue;
            }
            let end = memchr(b'\r', bytes);
            let text = &bytes[..end.unwrap_or(bytes.len())];
            if memchr(b'\n', text).is_some() {
                return false;
            }
            self.gauge.text(text, out);
            self.cr = end.is_some();
            bytes = &bytes[text.len() + usize::from(self.cr)..];
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ChunkReader, DataReader, Fault, Limits, Progress};

    fn read(input: &[u8]) -> (Progress, Vec<u8>, Option<Fault>) {
        let limits = Limits { message_bytes: 4_000, header_bytes: 1_000, data_line_bytes: 500, ..Limits::default() };
        let (mut reader, mut out) = (DataReader::new(&limits), Vec::new());
        let progress = reader.feed(input, &mut out);
        (progress, out, reader.fault())
    }

    #[test]
    fn a_lone_dot_ends_even_an_empty_mail() {
        assert_eq!(read(b".\r\n"), (Progress::End(3), vec![], None));
        assert_eq!(read(b"a\r\n.\r\nQUIT\r\n"), (Progress::End(6), b"a\r\n".to_vec(), None));
    }

    #[test]
    fn stuffed_dots_are_taken_off_and_no_other_byte_changes() {
        let (_, out, _) = read(b"..\r\n.a\r\n...b\r\nc.\r\n\0\xff\r\n.\r\n");
        assert_eq!(out, b".\r\na\r\n..b\r\nc.\r\n\0\xff\r\n");
    }

    #[test]
    fn faults_are_kept_for_the_end_and_hold_no_memory() {
        let long = [&[b'a'; 501][..], b"\r\n.\r\n"].concat();
        assert_eq!(read(&long), (Progress::End(506), vec![], Some(Fault::LineTooLong)));
        let header = [b"A: b\r\n".repeat(200), b"\r\n.\r\n".to_vec()].concat();
        assert_eq!(read(&header), (Progress::End(1205), vec![], Some(Fault::HeadersTooLarge)));
        let body = [b"\r\n".to_vec(), b"A: b\r\n".repeat(700), b".\r\n".to_vec()].concat();
        assert_eq!(read(&body), (Progress::End(4205), vec![], Some(Fault::TooLarge)));
        assert_eq!(read(&b"A: b\r\n".repeat(1500)).0, Progress::Flood);
    }

    #[test]
    fn chunks_are_counted_and_may_not_hide_a_bare_line_end() {
        let mut out = Vec::new();
        let mut reader = ChunkReader::new(&Limits::default());
        reader.begin(4, false);
        assert_eq!(reader.feed(b"a\r", &mut out), Progress::More);
        assert_eq!(reader.feed(b"\n.BDAT", &mut out), Progress::End(2));
        reader.begin(2, true);
        assert_eq!(reader.feed(b"\r\nQUIT", &mut out), Progress::End(2));
        assert_eq!(out, b"a\r\n.\r\n");
        for bad in [&b"a\nb"[..], b"a\rb", b"\r\r\n", b"a\r"] {
            let mut reader = ChunkReader::new(&Limits::default());
            reader.begin(bad.len() as u64, true);
            assert_eq!(reader.feed(bad, &mut out), Progress::Bare, "{bad:?}");
        }
    }

    proptest! {
        /// What a client stuffs and ends is what we keep, however the network cuts it.
        #[test]
        fn stuffing_is_undone(lines in prop::collection::vec("[ -~]{0,20}|\\.{0,3}[a-z]{0,4}", 0..20), cut in 1usize..40) {
            let mail: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let sent: String = lines.iter().map(|line| if line.starts_with('.') { format!(".{line}\r\n") } else { format!("{line}\r\n") }).collect();
            let sent = format!("{sent}.\r\n");
            let (mut reader, mut out, mut ended) = (DataReader::new(&Limits::default()), Vec::new(), 0);
            for chunk in sent.as_bytes().chunks(cut) {
                prop_assert_eq!(ended, 0);
                if let Progress::End(taken) = reader.feed(chunk, &mut out) {
                    prop_assert_eq!(taken, chunk.len());
                    ended += 1;
                }
            }
            prop_assert_eq!((ended, out), (1, mail.into_bytes()));
        }
    }
}
