//! Command lines: only CRLF ends one (RFC 5321 section 2.3.8), and none is longer than a limit.

use memchr::memchr2;

/// What the input holds so far.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A whole line of this many bytes, CRLF included.
    Whole(usize),
    /// No line end yet.
    Partial,
    /// A CR without LF or a LF without CR: what smuggled mails are made of.
    Bare,
    /// Longer than a command line may be.
    TooLong,
}

/// Looks for the end of the line that `input` begins with. `scanned` bytes were looked at before and need no second look.
pub fn find(input: &[u8], scanned: &mut usize, max: usize) -> Line {
    let from = (*scanned).min(input.len());
    let Some(at) = memchr2(b'\r', b'\n', &input[from..]).map(|at| from + at) else {
        *scanned = input.len();
        return if input.len() > max { Line::TooLong } else { Line::Partial };
    };
    match (input[at], input.get(at + 1)) {
        _ if at > max => Line::TooLong,
        (b'\r', Some(b'\n')) => {
            *scanned = 0;
            Line::Whole(at + 2)
        }
        (b'\r', None) => {
            *scanned = at;
            Line::Partial
        }
        _ => Line::Bare,
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, find};

    #[test]
    fn only_crlf_ends_a_line() {
        for (input, want) in [
            ("", Line::Partial),
            ("QUIT", Line::Partial),
            ("QUIT\r", Line::Partial),
            ("QUIT\r\n", Line::Whole(6)),
            ("QUIT\r\nNOOP\n", Line::Whole(6)),
            ("QUIT\n", Line::Bare),
            ("QUIT\rNOOP\r\n", Line::Bare),
            ("QUIT\r\r\n", Line::Bare),
            ("\r\n", Line::Whole(2)),
            ("0123456789", Line::TooLong),
            ("0123456789\r\n", Line::TooLong),
        ] {
            assert_eq!(find(input.as_bytes(), &mut 0, 8), want, "{input:?}");
        }
    }

    #[test]
    fn looks_at_each_byte_once() {
        let mut scanned = 0;
        assert_eq!(find(b"MAIL FROM:", &mut scanned, 100), Line::Partial);
        assert_eq!(scanned, 10);
        assert_eq!(find(b"MAIL FROM:<>\r", &mut scanned, 100), Line::Partial);
        assert_eq!(scanned, 12);
        assert_eq!(find(b"MAIL FROM:<>\r\n", &mut scanned, 100), Line::Whole(14));
    }
}
