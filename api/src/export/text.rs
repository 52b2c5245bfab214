//! Text for files: names of files, cells that no spreadsheet takes for a formula, code pages, XML.

use encoding_rs::{Encoding, WINDOWS_1250, WINDOWS_1252};
use unicode_form::letters;

/// A part of a file name: lower-case letters, digits and hyphens.
pub fn slug(name: &str) -> String {
    let folded = ocr::fold::fold(name);
    let words: Vec<&str> = folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let slug: String = words.join("-").chars().take(40).collect();
    if slug.is_empty() { "company".to_owned() } else { slug.trim_end_matches('-').to_owned() }
}

/// A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it, unless it is a plain number
/// (OWASP, CSV injection). So does what follows a semicolon, a tab or the end of a line: a spreadsheet whose country parts cells with
/// semicolons sees a cell beginning there, whatever quotes there are.
pub fn cell(text: &str) -> String {
    let number = text.strip_prefix(['-', '+']).is_some_and(|rest| {
        !rest.is_empty()
            && rest.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && rest.bytes().filter(|b| *b == b'.').count() < 2
    });
    if number {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    for c in text.chars() {
        if begins && (matches!(c, '=' | '+' | '-' | '@') || (out.is_empty() && matches!(c, '\t' | '\r' | '\n'))) {
            out.push('\'');
        }
        begins = matches!(c, ';' | '\t' | '\r' | '\n');
        out.push(c);
    }
    out
}

/// An address in parts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Street and number.
    pub street: String,
    /// Post code.
    pub post_code: String,
    /// City.
    pub city: String,
}

/// An address as printed, cut at its post code (`00-950`, `30110-010`, eight digits, or five): what stands before it is the street, what follows it the city.
/// Without a post code all of it is the street.
pub fn place_of(address: &str) -> Place {
    let chars: Vec<char> = address.chars().collect();
    let shapes: [&[u8]; 4] = [b"99-999", b"99999-999", b"99999999", b"99999"];
    let fits = |at: usize, shape: &[u8]| {
        let inside = shape.iter().enumerate().all(|(n, want)| match want {
            b'9' => chars.get(at + n).is_some_and(char::is_ascii_digit),
            other => chars.get(at + n) == Some(&char::from(*other)),
        });
        let apart = |c: Option<&char>| c.is_none_or(|c| !c.is_alphanumeric());
        inside && apart(at.checked_sub(1).and_then(|before| chars.get(before))) && apart(chars.get(at + shape.len()))
    };
    let found = shapes.iter().find_map(|shape| (0..chars.len()).find(|at| fits(*at, shape)).map(|at| (at, shape.len())));
    let text = |from: usize, to: usize| {
        let part: String = chars[from..to].iter().collect();
        part.trim_matches(|c: char| c.is_whitespace() || c == ',' || c == ';').to_owned()
    };
    match found {
        None => Place { street: text(0, chars.len()), ..Place::default() },
        Some((at, length)) => {
            let city = text(at + length, chars.len());
            Place {
                street: text(0, at),
                post_code: text(at, at + length),
                city: city.split([',', ';', '\n']).next().unwrap_or_default().trim().to_owned(),
            }
        }
    }
}

/// Code pages that target programs read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePage {
    /// Central Europe.
    Windows1250,
    /// Western Europe.
    Windows1252,
}

/// Text in a code page. A letter that it does not have becomes the nearest it has (`ț` → `ţ`, `ș` → `ş`, `„` → `"` where need be),
/// anything else a question mark.
pub fn encode(page: CodePage, text: &str) -> Vec<u8> {
    let encoding: &'static Encoding = match page {
        CodePage::Windows1250 => WINDOWS_1250,
        CodePage::Windows1252 => WINDOWS_1252,
    };
    let mut out = Vec::with_capacity(text.len());
    let mut one = [0u8; 4];
    for c in text.chars() {
        if let Some(bytes) = exact(encoding, c.encode_utf8(&mut one)) {
            out.extend_from_slice(&bytes);
            continue;
        }
        let near = letters(c);
        match near.chars().map(|c| exact(encoding, c.encode_utf8(&mut one))).collect::<Option<Vec<_>>>() {
            Some(bytes) if !bytes.is_empty() => out.extend(bytes.concat()),
            _ => out.push(b'?'),
        }
    }
    out
}

fn exact(encoding: &'static Encoding, text: &str) -> Option<Vec<u8>> {
    let (bytes, _, unmappable) = encoding.encode(text);
    (!unmappable).then(|| bytes.into_owned())
}

mod unicode_form {
    /// The nearest letters that old code pages have.
    pub fn letters(c: char) -> String {
        match c {
            'ș' => "ş".to_owned(),
            'ț' => "ţ".to_owned(),
            'Ș' => "Ş".to_owned(),
            'Ț' => "Ţ".to_owned(),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => "-".to_owned(),
            '\u{202f}' | '\u{2009}' | '\u{2007}' => " ".to_owned(),
            other => {
                let folded = ocr::fold::fold(&other.to_string());
                if other.is_uppercase() { folded.to_uppercase() } else { folded }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_only_text() {
        for (text, want) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-12.50", "-12.50"),
            ("+48 22 123", "'+48 22 123"),
            ("-1.2.3", "'-1.2.3"),
            ("FV-1", "FV-1"),
            ("\tx", "'\tx"),
            ("a;=1+1", "a;'=1+1"),
            ("a\r\n@b", "a\r\n'@b"),
            ("a-b=c", "a-b=c"),
            ("", ""),
        ] {
            assert_eq!(cell(text), want);
        }
    }

    #[test]
    fn letters_of_all_our_languages_survive_code_pages() {
        assert_eq!(encode(CodePage::Windows1250, "ąęłŻó"), [0xb9, 0xea, 0xb3, 0xaf, 0xf3]);
        assert_eq!(encode(CodePage::Windows1250, "ștȚ"), [0xba, b't', 0xde]);
        assert_eq!(encode(CodePage::Windows1250, "ışğ"), [b'i', 0xba, b'g']);
        assert_eq!(encode(CodePage::Windows1252, "Müller ß €"), b"M\xfcller \xdf \x80");
        assert_eq!(encode(CodePage::Windows1252, "Łódź"), b"L\xf3dz");
        assert_eq!(encode(CodePage::Windows1252, "漢"), b"?");
    }

    #[test]
    fn addresses_in_parts() {
        let of = |address| {
            let place = place_of(address);
            (place.street, place.post_code, place.city)
        };
        let want = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(of("ul. Polna 4, 90-001 Łódź, Polska"), want("ul. Polna 4", "90-001", "Łódź"));
        assert_eq!(of("Hauptstr. 12\n10115 Berlin"), want("Hauptstr. 12", "10115", "Berlin"));
        assert_eq!(
            of("Rua das Flores, 12, 30110-010, Belo Horizonte, MG"),
            want("Rua das Flores, 12", "30110-010", "Belo Horizonte")
        );
        assert_eq!(of("Str. Lungă 5, Cluj"), want("Str. Lungă 5, Cluj", "", ""));
        assert_eq!(of(""), want("", "", ""));
    }

    #[test]
    fn names_of_files() {
        assert_eq!(slug("Młyn Łódź sp. z o.o."), "mlyn-lodz-sp-z-o-o");
        assert_eq!(slug("漢"), "company");
    }
}
