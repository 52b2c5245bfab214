//! What tells that two papers are one, beside their values: the look of the first page, the time a till printed, the hash of the data
//! that a KSeF code names.

use serde::{Deserialize, Serialize};

use crate::code;
use crate::page::{Page, Token};
use crate::reading::{FieldName, Reading};

/// Traits of a paper.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traits {
    /// The look of its first page ([`Page::look`]).
    pub look: Option<String>,
    /// `HH:MM`, near the date.
    pub time: Option<String>,
    /// SHA-256 of the XML that its KSeF code names, hex.
    pub xml_sha256: Option<String>,
}

/// The traits of a paper with these pages.
pub fn traits(pages: &[Page], reading: &Reading) -> Traits {
    let named = pages.iter().flat_map(|page| &page.codes).find_map(|code| code::meaning(code)?.xml_sha256);
    Traits {
        look: pages.first().and_then(|page| page.look.clone()),
        time: time(pages, reading),
        xml_sha256: named.as_deref().and_then(hex),
    }
}

/// How alike two looks are, 0 to 1: the share of their dark edges that both have.
pub fn alike(a: &str, b: &str) -> f32 {
    if a.len() != b.len() {
        return 0.0;
    }
    let digits = |text: &str| text.chars().map(|c| c.to_digit(16).unwrap_or(0)).collect::<Vec<_>>();
    let (mut both, mut any) = (0, 0);
    for (a, b) in digits(a).into_iter().zip(digits(b)) {
        both += (a & b).count_ones();
        any += (a | b).count_ones();
    }
    if any == 0 { 0.0 } else { both as f32 / any as f32 }
}

/// The time of day that stands nearest to the date, as tills print it.
fn time(pages: &[Page], reading: &Reading) -> Option<String> {
    let date = reading.fields.get(&FieldName::IssueDate)?;
    let (number, bbox) = (date.page?, date.bbox?);
    let page = pages.iter().find(|page| page.number == number)?;
    let near = |token: &&Token| (token.bbox.center_y() - bbox.center_y()).abs() < 2.5 * bbox.height().max(6.0);
    let found =
        page.tokens.iter().filter(|token| !token.hidden).filter(near).filter_map(|token| Some((token, clock(&token.text)?)));
    let distance = |token: &Token| {
        let (x, y) = (token.bbox.center_x() - bbox.center_x(), token.bbox.center_y() - bbox.center_y());
        x.abs() + 6.0 * y.abs()
    };
    found.min_by(|(a, _), (b, _)| distance(a).total_cmp(&distance(b))).map(|(_, time)| time)
}

/// `18:24`, `18:24:07`, also glued to a date: `05.03.201818:24`.
fn clock(text: &str) -> Option<String> {
    let colon = text.find(':')?;
    let (before, after) = (&text[..colon], &text[colon + 1..]);
    let tail: String = before.chars().rev().take(2).take_while(char::is_ascii_digit).collect();
    let hours: u32 = tail.chars().rev().collect::<String>().parse().ok()?;
    let minutes: String = after.chars().take(2).filter(char::is_ascii_digit).collect();
    let valid = minutes.len() == 2 && hours < 24 && minutes.parse::<u32>().is_ok_and(|m| m < 60);
    valid.then(|| format!("{hours:02}:{minutes}"))
}

/// Base64url of 32 bytes as hex.
fn hex(base64url: &str) -> Option<String> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bits, mut count, mut out) = (0u32, 0, Vec::with_capacity(32));
    for c in base64url.trim_end_matches('=').chars() {
        bits = bits << 6 | u32::try_from(LETTERS.find(c)?).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    (out.len() == 32).then(|| out.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_codes_are_the_hashes_of_files() {
        assert_eq!(hex("UlJSUlJSUlJSUlJSUlJSUlJSUlJSUlJSUlJSUlJSUlI"), Some("52".repeat(32)));
        for wrong in ["", "UlJS", "UlJSUlJSUlJSUlJSUlJSUlJSUlJSUlJSUlJSUlJSUl!"] {
            assert_eq!(hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_as_tills_print_them() {
        for (text, want) in [
            ("18:24", Some("18:24")),
            ("8:05:59", Some("08:05")),
            ("05.03.201818:24", Some("18:24")),
            ("25:10", None),
            ("12:61", None),
            ("Nr:12", None),
            ("1:1", None),
        ] {
            assert_eq!(clock(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn looks_are_compared_by_what_is_dark() {
        assert_eq!(alike("f0", "f0"), 1.0);
        assert_eq!(alike("f0", "0f"), 0.0);
        assert_eq!(alike("f0", "c0"), 0.5);
        assert_eq!(alike("00", "00"), 0.0, "empty pages are not alike");
        assert_eq!(alike("f0", "f000"), 0.0);
    }
}
