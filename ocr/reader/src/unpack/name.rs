//! File names as a person may see them: never a path, never a key, nothing that deceives the eye.

use std::collections::HashSet;

/// Longest name shown, in characters.
const MAX_NAME: usize = 120;

/// Longest extension that is kept when a name is cut, in characters.
const MAX_EXTENSION: usize = 10;

/// Cleans a decoded name: the last component of a path, without control characters, direction overrides (`fdp.exe` shown as
/// `exe.pdf`) and other characters without a shape, cut to a length. None where nothing is left.
pub fn clean(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).find(|piece| !piece.trim().is_empty())?;
    let visible: String = last.chars().filter(|c| !is_invisible(*c)).map(shown).collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    let name = words.join(" ");
    let name = name.trim_matches(['.', ' ']);
    // A leading dot hides a file and a trailing one is lost on Windows; but ".pdf" alone says at least what it is.
    (!name.is_empty()).then(|| cut(name))
}

/// The name of a file in a mail. Numbers of invoices have strokes, and programs call files by them ("Faktura 12/2026.pdf"): unless it looks like a
/// path, all of it is the name.
pub fn clean_of_mail(name: &str) -> Option<String> {
    let is_path = name.contains('\\') || name.starts_with(['/', '.', '~']) || name.as_bytes().get(1) == Some(&b':');
    if is_path { clean(name) } else { clean(&name.replace('/', "-")) }
}

/// A path within an archive for a part's path: unique there, one line, no separators of ours.
pub fn member_path(raw: &str, index: usize, seen: &mut HashSet<String>) -> String {
    let pieces: Vec<String> =
        raw.split(['/', '\\']).filter(|p| !p.is_empty() && *p != "." && *p != "..").filter_map(clean).collect();
    let joined = pieces.join("/").replace('!', "_");
    let mut path: String = joined.chars().take(4 * MAX_NAME).collect();
    if path.is_empty() || !seen.insert(path.clone()) {
        path = format!("{path}#{}", index + 1);
        seen.insert(path.clone());
    }
    path
}

/// A name made from what is known, for parts that came without one.
pub fn made(path: &str, media_type: &str) -> String {
    let path: String = path.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    format!("{}-{path}.{}", media_type.split('/').next().unwrap_or("file"), extension(media_type))
}

/// The usual extension of a media type.
fn extension(media_type: &str) -> &'static str {
    match media_type {
        "application/pdf" => "pdf",
        "application/xml" => "xml",
        "application/zip" => "zip",
        "application/rtf" => "rtf",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/tiff" => "tif",
        "image/webp" => "webp",
        "image/gif" => "gif",
        "image/bmp" => "bmp",
        "image/heic" => "heic",
        "image/svg+xml" => "svg",
        "message/rfc822" => "eml",
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" => "ics",
        _ => "bin",
    }
}

/// The extension of a name in lower case, or an empty string.
pub fn extension_of(name: &str) -> String {
    name.rsplit_once('.').map(|(_, extension)| extension.trim().to_ascii_lowercase()).unwrap_or_default()
}

fn cut(name: &str) -> String {
    if name.chars().count() <= MAX_NAME {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.chars().count() <= MAX_EXTENSION => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let stem: String = stem.chars().take(MAX_NAME - 1 - extension.chars().count()).collect();
    format!("{}…{extension}", stem.trim_end())
}

/// Characters that no file system of a client's computer takes, and separators.
fn shown(c: char) -> char {
    match c {
        '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\u{fffd}' => '_',
        c => c,
    }
}

/// Control characters, direction marks and overrides (Unicode UAX #9), characters without width, tags, private use.
fn is_invisible(c: char) -> bool {
    let blank = c == '\t' || c == '\n' || c == '\r';
    c.is_control() && !blank
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_for_the_eye() {
        let long = format!("{}.pdf", "a".repeat(4096));
        for (name, want) in [
            ("Faktura żółta 7.pdf", Some("Faktura żółta 7.pdf")),
            ("../../../../etc/cron.d/x.pdf", Some("x.pdf")),
            ("C:\\Users\\Ala\\fv 1.pdf", Some("fv 1.pdf")),
            ("/etc/passwd", Some("passwd")),
            ("a\0b\r\nc.pdf", Some("ab c.pdf")),
            ("invoice\u{202e}fdp.exe", Some("invoicefdp.exe")),
            ("<img src=x>.pdf", Some("_img src=x_.pdf")),
            (".pdf", Some("pdf")),
            ("..", None),
            ("  ", None),
            ("", None),
            ("fatura///", Some("fatura")),
            (long.as_str(), Some(&*format!("{}….pdf", "a".repeat(115)))),
        ] {
            assert_eq!(clean(name).as_deref(), want, "{name:?}");
        }
    }

    #[test]
    fn a_number_s_strokes_are_no_path() {
        for (name, want) in [
            ("Faktura VAT nr 12/2026 za usługi.pdf", "Faktura VAT nr 12-2026 za usługi.pdf"),
            ("FV/7/10/2026.pdf", "FV-7-10-2026.pdf"),
            ("../../etc/x.pdf", "x.pdf"),
            ("./a/x.pdf", "x.pdf"),
            ("/home/ala/x.pdf", "x.pdf"),
            ("C:/Users/Ala/x.pdf", "x.pdf"),
            ("C:\\Users\\Ala/x.pdf", "x.pdf"),
        ] {
            assert_eq!(clean_of_mail(name).as_deref(), Some(want), "{name:?}");
        }
    }

    #[test]
    fn member_paths_are_unique_and_plain() {
        let mut seen = HashSet::new();
        assert_eq!(member_path("inv/a.pdf", 0, &mut seen), "inv/a.pdf");
        assert_eq!(member_path("../inv/./a.pdf", 1, &mut seen), "inv/a.pdf#2");
        assert_eq!(member_path("a!b\\c.pdf", 2, &mut seen), "a_b/c.pdf");
        assert_eq!(member_path("..", 3, &mut seen), "#4");
    }

    proptest! {
        #[test]
        fn a_clean_name_is_harmless(name in "\\PC*|.*") {
            if let Some(clean) = clean(&name) {
                prop_assert!(clean.chars().count() <= MAX_NAME);
                let bad = clean.contains(['/', '\\', '\n', '\r', '\0', '\u{202e}']);
                prop_assert!(!bad);
                prop_assert!(!clean.starts_with('.') && !clean.is_empty());
                let again = super::clean(&clean);
                prop_assert_eq!(again.as_deref(), Some(clean.as_str()));
            }
        }
    }
}
