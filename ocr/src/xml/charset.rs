//! Bytes of an XML file to text: by byte order mark, by the declaration, by the look of UTF-16 (XML 1.0, appendix F).

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Text of an XML file.
pub(super) struct Text {
    /// The characters, without a byte order mark and blanks before the declaration.
    pub text: String,
    /// A sentence about the encoding, if something about it is wrong.
    pub complaint: Option<String>,
}

/// Decodes `bytes`; characters that the encoding does not have become U+FFFD, with a complaint.
pub(super) fn decode(bytes: &[u8]) -> Text {
    let mut complaint = None;
    let encoding = Encoding::for_bom(bytes).map(|(e, _)| e).or_else(|| wide(bytes)).unwrap_or_else(|| {
        let Some(label) = declared(bytes) else { return UTF_8 };
        match Encoding::for_label(label.as_bytes()) {
            // A declaration that could be read as ASCII cannot be UTF-16 whatever it says.
            Some(e) if e == UTF_16LE || e == UTF_16BE => UTF_8,
            Some(e) => e,
            None => {
                complaint = Some(format!("The file declares the encoding {label:?}, which is not known; it was read as UTF-8."));
                UTF_8
            }
        }
    });
    let (text, used, damaged) = encoding.decode(bytes);
    if damaged {
        complaint = Some(format!("The file has bytes that are not valid {}; they were replaced.", used.name()));
    }
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{feff}');
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{1a}').to_owned();
    Text { text, complaint }
}

/// UTF-16 without a byte order mark starts with `<` and a zero byte.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [b'<', 0, ..] => Some(UTF_16LE),
        [0, b'<', ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// The encoding named in `<?xml … encoding="…"?>`.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(256)]);
    let declaration = head.trim_start().strip_prefix("<?xml")?.split("?>").next()?;
    let value = declaration.split("encoding").nth(1)?.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn reads_the_charsets_of_our_countries() {
        let utf16 = |s: &str, bom: bool, big: bool| -> Vec<u8> {
            let s = if bom { format!("\u{feff}{s}") } else { s.to_owned() };
            s.encode_utf16().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
        };
        let cases: Vec<(Vec<u8>, &str)> = vec![
            ("\u{feff}<a>ż</a>".into(), "<a>ż</a>"),
            (b"<?xml version='1.0' encoding='ISO-8859-2'?><a>\xbf\xf3\xb3</a>".to_vec(), "<a>żół</a>"),
            (b"<?xml version=\"1.0\" encoding=\"windows-1250\"?><a>\x9c</a>".to_vec(), "<a>ś</a>"),
            (b"<?xml version=\"1.0\" encoding=\"ISO-8859-9\"?><a>\xfd\xfe\xf0</a>".to_vec(), "<a>ışğ</a>"),
            (b"<?xml version=\"1.0\" encoding=\"windows-1254\" ?><a>\xdd</a>".to_vec(), "<a>İ</a>"),
            (b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xe3</a>".to_vec(), "<a>ã</a>"),
            (b"\r\n\0 <a>x</a>\n\0\0".to_vec(), "<a>x</a>"),
            (utf16("<a>ł</a>", true, false), "<a>ł</a>"),
            (utf16("<a>ł</a>", false, true), "<a>ł</a>"),
        ];
        for (bytes, want) in cases {
            let got = decode(&bytes);
            assert!(got.text.ends_with(want), "{:?}", got.text);
            assert_eq!(got.complaint, None);
        }
    }

    #[test]
    fn complains_about_what_is_wrong() {
        assert!(decode(b"<a>\xff</a>").complaint.is_some_and(|c| c.contains("not valid UTF-8")));
        assert!(decode(b"<?xml version='1.0' encoding='klingon'?><a/>").complaint.is_some_and(|c| c.contains("klingon")));
    }
}
