//! The header fields of a MIME entity that say what its body is and what it is called (RFC 2045, 2183), with names in every
//! charset and notation: RFC 2231 (joined before decoding, so that a character split between segments survives), RFC 2047
//! (wrong there, and everywhere), raw UTF-8, raw eight-bit.

use std::borrow::Cow;

use encoding_rs::{Encoding as Charset, UTF_8, WINDOWS_1252};

use super::decode::{Encoding, hex};

/// More segments or encoded words than any real name has.
const MAX_PIECES: usize = 200;

/// What the header of an entity says.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// Declared media type in lower case, such as `application/pdf`.
    pub media_type: Option<String>,
    /// Declared charset of a text.
    pub charset: Option<String>,
    /// Boundary of a multipart.
    pub boundary: Option<Vec<u8>>,
    /// How the body travels.
    pub encoding: Option<Encoding>,
    /// `attachment`, `inline` or what else was said, in lower case.
    pub disposition: Option<String>,
    /// Content-ID without its angle brackets.
    pub content_id: Option<String>,
    /// File name, decoded, not yet cleaned.
    pub name: Option<String>,
    /// Subject, decoded: the name of a nested mail.
    pub subject: Option<String>,
}

impl Fields {
    /// Reads a header block.
    pub fn parse(block: &[u8]) -> Fields {
        let mut fields = Fields::default();
        let mut type_name = None;
        for (name, value) in unfolded(block) {
            if name.eq_ignore_ascii_case(b"content-type") {
                fields.set_type(&value, &mut type_name);
            } else if name.eq_ignore_ascii_case(b"content-transfer-encoding") {
                fields.encoding.get_or_insert(Encoding::named(&value));
            } else if name.eq_ignore_ascii_case(b"content-disposition") && fields.disposition.is_none() {
                let (word, params) = parameters(&value);
                fields.disposition = Some(word);
                fields.name = params.text("filename").filter(|name| !name.trim().is_empty());
            } else if name.eq_ignore_ascii_case(b"content-id") {
                let id = String::from_utf8_lossy(&value).trim().trim_start_matches('<').trim_end_matches('>').to_owned();
                fields.content_id.get_or_insert(id);
            } else if name.eq_ignore_ascii_case(b"subject") && fields.subject.is_none() {
                fields.subject = Some(encoded_words(&value));
            }
        }
        fields.name = fields.name.take().or(type_name).filter(|name| !name.trim().is_empty());
        fields
    }

    /// Two Content-Type fields are seen; the one that opens more is the safer one to follow.
    fn set_type(&mut self, value: &[u8], type_name: &mut Option<String>) {
        let (word, params) = parameters(value);
        let boundary = params.bytes("boundary");
        if self.media_type.is_some() && (self.boundary.is_some() || boundary.is_none()) {
            return;
        }
        self.media_type = (!word.is_empty()).then_some(word);
        self.boundary = boundary.map(|b| b.trim_ascii_end().to_vec()).filter(|b| !b.is_empty());
        self.charset = params.text("charset");
        *type_name = params.text("name");
    }

    /// Whether it is some multipart.
    pub fn is_multipart(&self) -> bool {
        self.media_type.as_deref().is_some_and(|t| t.starts_with("multipart/"))
    }
}

/// Fields of a header block with folded lines joined. Lines that are no field are passed over.
fn unfolded(block: &[u8]) -> Vec<(&[u8], Vec<u8>)> {
    let mut fields: Vec<(&[u8], Vec<u8>)> = Vec::new();
    for line in block.split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.first().is_some_and(|b| *b == b' ' || *b == b'\t') {
            if let Some((_, value)) = fields.last_mut() {
                value.extend_from_slice(line);
            }
        } else if let Some(colon) = line.iter().position(|b| *b == b':') {
            fields.push((line[..colon].trim_ascii(), line[colon + 1..].to_vec()));
        }
    }
    fields
}

/// Parameters of a field, as they stand.
struct Parameters(Vec<(Vec<u8>, Vec<u8>)>);

impl Parameters {
    fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        self.0.iter().find(|(n, _)| n == name.as_bytes()).map(|(_, v)| v.clone()).or_else(|| Some(self.extended(name)?.1))
    }

    /// Decoded. The extended form (RFC 2231) is the exact one where both are given.
    fn text(&self, name: &str) -> Option<String> {
        if let Some((charset, bytes)) = self.extended(name) {
            return Some(match charset.as_deref().and_then(charset_for) {
                Some(charset) => charset.decode(&bytes).0.into_owned(),
                None => encoded_words(&bytes),
            });
        }
        let value = self.0.iter().find(|(n, _)| n == name.as_bytes()).map(|(_, v)| v)?;
        Some(encoded_words(value))
    }

    /// `name*=`, `name*0=`, `name*0*=`: segments in order, percent-decoded where marked, with the charset of the first.
    fn extended(&self, name: &str) -> Option<(Option<Vec<u8>>, Vec<u8>)> {
        let mut segments: Vec<(u32, bool, &[u8])> = Vec::new();
        for (key, value) in self.0.iter() {
            let Some(rest) = key.strip_prefix(name.as_bytes()).and_then(|rest| rest.strip_prefix(b"*")) else { continue };
            let (digits, encoded) = match rest.strip_suffix(b"*") {
                Some(digits) => (digits, true),
                None => (rest, rest.is_empty()),
            };
            let index = match digits {
                b"" => 0,
                digits => std::str::from_utf8(digits).ok()?.parse().ok()?,
            };
            if segments.len() < MAX_PIECES {
                segments.push((index, encoded, value));
            }
        }
        segments.sort_by_key(|(index, ..)| *index);
        let first = segments.first()?;
        let mut charset = None;
        let mut bytes = Vec::new();
        for (i, (_, encoded, value)) in segments.iter().enumerate() {
            let mut value = *value;
            if i == 0 && first.1 {
                let mut quoted = value.splitn(3, |b| *b == b'\'');
                if let (Some(name), Some(_), Some(rest)) = (quoted.next(), quoted.next(), quoted.next()) {
                    charset = Some(name.to_vec());
                    value = rest;
                }
            }
            if *encoded { percent_decode(value, &mut bytes) } else { bytes.extend_from_slice(value) }
        }
        Some((charset, bytes))
    }
}

fn percent_decode(text: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < text.len() {
        let digits = (text[at] == b'%').then(|| Some((hex(*text.get(at + 1)?)?, hex(*text.get(at + 2)?)?))).flatten();
        match digits {
            Some((high, low)) => {
                out.push(high << 4 | low);
                at += 3;
            }
            None => {
                out.push(text[at]);
                at += 1;
            }
        }
    }
}

/// The first word of a structured field in lower case, and its parameters. Unquoted values go to the next semicolon, since
/// names with blanks and brackets are sent without quotes.
fn parameters(value: &[u8]) -> (String, Parameters) {
    let end = value.iter().position(|b| *b == b';').unwrap_or(value.len());
    let word: String = String::from_utf8_lossy(without_comment(&value[..end]))
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '"')
        .collect::<String>()
        .to_ascii_lowercase();
    let mut params = Vec::new();
    let mut rest = value.get(end + 1..).unwrap_or_default();
    while !rest.is_empty() && params.len() < MAX_PIECES {
        let name_end = rest.iter().position(|b| *b == b'=' || *b == b';').unwrap_or(rest.len());
        let name = rest[..name_end].trim_ascii().to_ascii_lowercase();
        if rest.get(name_end) != Some(&b'=') {
            rest = rest.get(name_end + 1..).unwrap_or_default();
            continue;
        }
        let (value, after) = parameter_value(&rest[name_end + 1..]);
        if !name.is_empty() {
            params.push((name, value));
        }
        rest = after;
    }
    (word, Parameters(params))
}

fn without_comment(value: &[u8]) -> &[u8] {
    value.split(|b| *b == b'(').next().unwrap_or_default()
}

fn parameter_value(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let text = text.trim_ascii_start();
    if text.first() != Some(&b'"') {
        let end = text.iter().position(|b| *b == b';').unwrap_or(text.len());
        return (text[..end].trim_ascii().to_vec(), text.get(end + 1..).unwrap_or_default());
    }
    let mut value = Vec::new();
    let mut at = 1;
    while at < text.len() && text[at] != b'"' {
        // Only what must be escaped is: a backslash elsewhere is the separator of a Windows path.
        if text[at] == b'\\' && matches!(text.get(at + 1), Some(b'"' | b'\\')) {
            at += 1;
        }
        value.push(text[at]);
        at += 1;
    }
    let after = text.get(at + 1..).unwrap_or_default();
    let next = after.iter().position(|b| *b == b';').map_or(after.len(), |p| p + 1);
    (value, &after[next..])
}

fn charset_for(label: &[u8]) -> Option<&'static Charset> {
    // RFC 2231 section 5 lets a language follow the charset.
    Charset::for_label(label.split(|b| *b == b'*').next().unwrap_or_default())
}

/// Text of an unstructured value: encoded words (RFC 2047) decoded, the rest as UTF-8 or else as Western European.
pub fn encoded_words(value: &[u8]) -> String {
    let mut text = String::new();
    // Bytes of neighbouring words in one charset: a character may be split between them.
    let mut run: Option<(&'static Charset, Vec<u8>)> = None;
    let mut rest = value.trim_ascii();
    for _ in 0..MAX_PIECES {
        let Some(start) = rest.windows(2).position(|w| w == b"=?") else { break };
        let Some((charset, bytes, after)) = encoded_word(&rest[start..]) else {
            flush(&mut run, &mut text);
            text.push_str(&raw_text(&rest[..start + 2]));
            rest = &rest[start + 2..];
            continue;
        };
        let between = &rest[..start];
        let joined = run.as_ref().is_some_and(|(c, _)| *c == charset) && between.trim_ascii().is_empty();
        if !joined {
            let follows_word = run.is_some();
            flush(&mut run, &mut text);
            if !(follows_word && between.trim_ascii().is_empty()) {
                text.push_str(&raw_text(between));
            }
        }
        run.get_or_insert((charset, Vec::new())).1.extend(bytes);
        rest = after;
    }
    flush(&mut run, &mut text);
    text.push_str(&raw_text(rest));
    text
}

fn flush(run: &mut Option<(&'static Charset, Vec<u8>)>, text: &mut String) {
    if let Some((charset, bytes)) = run.take() {
        text.push_str(&charset.decode_without_bom_handling(&bytes).0);
    }
}

/// One `=?charset?B or Q?text?=` at the start; its charset, bytes and what follows.
fn encoded_word(text: &[u8]) -> Option<(&'static Charset, Vec<u8>, &[u8])> {
    let inner = text.strip_prefix(b"=?")?;
    let mut pieces = inner.splitn(3, |b| *b == b'?');
    let charset = charset_for(pieces.next()?).unwrap_or(UTF_8);
    let encoding = pieces.next()?;
    let rest = pieces.next()?;
    let end = rest.windows(2).position(|w| w == b"?=")?;
    let bytes = match encoding {
        b"B" | b"b" => super::decode::decode(&rest[..end], Encoding::Base64).bytes.into_owned(),
        b"Q" | b"q" => {
            let spaced: Vec<u8> = rest[..end].iter().map(|b| if *b == b'_' { b' ' } else { *b }).collect();
            // A blank at the end is meant: quoted-printable would cut it.
            let kept = spaced.len() - spaced.trim_ascii_end().len();
            let mut bytes = super::decode::decode(&spaced, Encoding::QuotedPrintable).bytes.into_owned();
            bytes.resize(bytes.len() + kept, b' ');
            bytes
        }
        _ => return None,
    };
    Some((charset, bytes, &rest[end + 2..]))
}

/// Bytes without any notation.
pub fn raw_text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_every_notation() {
        for (header, want) in [
            ("Content-Disposition: attachment; filename=\"Faktura 7.pdf\"", "Faktura 7.pdf"),
            ("Content-Disposition: attachment; filename=Faktura (2) 7.pdf", "Faktura (2) 7.pdf"),
            ("Content-Type: application/pdf; name=\"=?UTF-8?Q?Faktura_=C5=BC=C3=B3=C5=82ta.pdf?=\"", "Faktura żółta.pdf"),
            (
                "Content-Type: application/pdf;\r\n name=\"=?UTF-8?B?RmFrdHVyYSDF?=\r\n =?UTF-8?B?vMOzxYJ0YS5wZGY=?=\"",
                "Faktura żółta.pdf",
            ),
            ("Content-Disposition: attachment; filename*=utf-8''Faktura%20%C5%BC.pdf; filename=\"x.pdf\"", "Faktura ż.pdf"),
            (
                "Content-Disposition: attachment;\r\n filename*0*=UTF-8''Fakt%C5;\r\n filename*1*=%82ura;\r\n filename*2=\".pdf\"",
                "Faktłura.pdf",
            ),
            ("Content-Disposition: attachment; filename*1=\"b.pdf\"; filename*0=\"a\"", "ab.pdf"),
            ("Content-Disposition: attachment; filename*=iso-8859-9''Fi%FE.pdf", "Fiş.pdf"),
            ("Content-Disposition: attachment; filename=\"a \\\"b\\\" c:\\d.pdf\"", "a \"b\" c:\\d.pdf"),
            ("Content-Type: application/pdf; name=\"=?windows-1250?Q?=B3.pdf?=\"", "ł.pdf"),
            ("content-type: text/plain; name=\"=?broken?.txt\"", "=?broken?.txt"),
            ("Content-Disposition: attachment; filename=\"\"\r\nContent-Type: a/b; name=\"n.pdf\"", "n.pdf"),
        ] {
            assert_eq!(Fields::parse(header.as_bytes()).name.as_deref(), Some(want), "{header}");
        }
    }

    #[test]
    fn raw_eight_bit_names() {
        let fields = Fields::parse(b"Content-Disposition: attachment; filename=\"\xe4\xf6\xfc.pdf\"");
        assert_eq!(fields.name.as_deref(), Some("äöü.pdf"));
    }

    #[test]
    fn types_and_boundaries() {
        let fields =
            Fields::parse(b"Content-Type: text/plain\r\nContent-Type: Multipart/Mixed (x); boundary=\"a b \"; charset=utf-8");
        assert_eq!(fields.media_type.as_deref(), Some("multipart/mixed"));
        assert_eq!(fields.boundary.as_deref(), Some(&b"a b"[..]));
        let fields = Fields::parse(b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: BASE64\r\nContent-ID: <a@b>\r\nContent-Disposition: INLINE");
        assert_eq!((fields.encoding, fields.content_id.as_deref()), (Some(Encoding::Base64), Some("a@b")));
        assert_eq!(fields.disposition.as_deref(), Some("inline"));
    }
}
