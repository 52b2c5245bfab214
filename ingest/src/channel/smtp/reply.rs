//! What the server says: a code, an enhanced status code (RFC 3463) and a sentence.

use std::borrow::Cow;

/// One reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Three digits.
    pub code: u16,
    /// Enhanced status code; empty where RFC 2034 has none (greeting, EHLO, 354).
    pub status: &'static str,
    /// Lines of text, divided by `\n`.
    pub text: Cow<'static, str>,
}

impl Reply {
    /// A reply of these parts.
    pub fn new(code: u16, status: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Reply { code, status, text: text.into() }
    }

    /// Whether the client is told that something went wrong.
    pub fn is_error(&self) -> bool {
        self.code >= 400
    }

    /// Appends the reply as it goes over the wire. Control characters cannot get out.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut lines = self.text.split('\n').peekable();
        while let Some(line) = lines.next() {
            out.extend_from_slice(self.code.to_string().as_bytes());
            out.push(if lines.peek().is_some() { b'-' } else { b' ' });
            if !self.status.is_empty() {
                out.extend_from_slice(self.status.as_bytes());
                out.push(b' ');
            }
            out.extend(line.bytes().map(|byte| if byte < b' ' || byte == 0x7f { b'?' } else { byte }));
            out.extend_from_slice(b"\r\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reply;

    #[test]
    fn lines_carry_code_and_status_and_no_controls() {
        let mut out = Vec::new();
        Reply::new(550, "5.1.1", "no\nsuch\r box").write(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "550-5.1.1 no\r\n550 5.1.1 such? box\r\n");
    }
}
