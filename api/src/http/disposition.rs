//! Content-Disposition (RFC 6266): a plain name for old programs beside the real one in UTF-8 (RFC 8187).

use std::fmt::Write;

use axum::http::HeaderValue;

/// `attachment` or `inline` with a file name. Characters that could end the header or a path are replaced.
pub fn disposition(kind: &str, name: &str) -> HeaderValue {
    let name: String = name.chars().map(|c| if c.is_control() || matches!(c, '/' | '\\') { '_' } else { c }).take(200).collect();
    let plain: String = name.chars().map(|c| if c.is_ascii() && !matches!(c, '"' | '%') { c } else { '_' }).collect();
    let mut value = format!("{kind}; filename=\"{plain}\"");
    if plain != name {
        value.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'-' | b'_' | b'~' => value.push(char::from(byte)),
                _ => _ = write!(value, "%{byte:02X}"),
            }
        }
    }
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_kinds() {
        for (name, want) in [
            ("fv-07.pdf", r#"attachment; filename="fv-07.pdf""#),
            (
                "Faktura łódź.pdf",
                r#"attachment; filename="Faktura __d_.pdf"; filename*=UTF-8''Faktura%20%C5%82%C3%B3d%C5%BA.pdf"#,
            ),
            (
                "a\"; filename=\"b.exe",
                "attachment; filename=\"a_; filename=_b.exe\"; filename*=UTF-8''a%22%3B%20filename%3D%22b.exe",
            ),
            ("../../etc\r\npasswd", r#"attachment; filename=".._.._etc__passwd""#),
        ] {
            assert_eq!(disposition("attachment", name).to_str().unwrap(), want);
        }
    }
}
