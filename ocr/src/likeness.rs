//! What tells that two papers are one, beside their values: the figures of the first page, the time a till printed, the hash of the
//! data that a KSeF code names.

use serde::{Deserialize, Serialize};

use crate::code;
use crate::page::{Page, Token};
use crate::reading::{FieldName, Reading};

/// Traits of a paper.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traits {
    /// A sketch of the figures on its first page, hex: compare with [`alike`]. None if there are too few.
    pub figures: Option<String>,
    /// `HH:MM`, near the date.
    pub time: Option<String>,
    /// SHA-256 of the XML that its KSeF code names, hex.
    pub xml_sha256: Option<String>,
}

/// The traits of a paper with these pages.
pub fn traits(pages: &[Page], reading: &Reading) -> Traits {
    let named = pages.iter().flat_map(|page| &page.codes).find_map(|code| code::meaning(code)?.xml_sha256);
    Traits { figures: pages.first().and_then(figures), time: time(pages, reading), xml_sha256: named.as_deref().and_then(hex) }
}

/// Figures that say too little about a page.
const FEWEST_FIGURES: usize = 6;
/// Bits of a sketch.
const BITS: usize = 512;

/// A sketch of the numbers on a page, one bit for each: what a scan, a photograph and the file itself have in common, however they are
/// turned, lit and sharp. (A perceptual hash of the picture, which this replaced, found 3 of 60 pages photographed and scanned.)
fn figures(page: &Page) -> Option<String> {
    let mut bits = [0u8; BITS / 4];
    let mut seen = std::collections::BTreeSet::new();
    for token in page.tokens.iter().filter(|token| !token.hidden) {
        let digits: String = token.text.chars().filter(char::is_ascii_digit).collect();
        if digits.len() >= 3 && seen.insert(digits.clone()) {
            let bit = fnv(&digits) as usize % BITS;
            bits[bit / 4] |= 1 << (bit % 4);
        }
    }
    let hex = bits.iter().filter_map(|four| char::from_digit(u32::from(*four), 16));
    (seen.len() >= FEWEST_FIGURES).then(|| hex.collect())
}

/// FNV-1a: kept sketches must stay what they are.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// How alike two sketches are, 0 to 1: the share of their figures that both have.
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

    fn page(text: &str) -> Page {
        let token = |(line, text): (usize, &str)| Token {
            text: text.to_owned(),
            bbox: [10.0, 10.0 * line as f32, 50.0, 10.0 * line as f32 + 8.0].into(),
            confidence: 1.0,
            line: line as u32,
            size: 8.0,
            bold: false,
            hidden: false,
        };
        Page {
            number: 1,
            width: 595.0,
            height: 842.0,
            turned: 0,
            skew: 0.0,
            region: None,
            source: crate::reading::Source::Text,
            tokens: text.split(' ').enumerate().map(token).collect(),
            codes: Vec::new(),
        }
    }

    #[test]
    fn one_paper_keeps_its_figures_and_the_next_has_others() {
        let of = |text: &str| figures(&page(text)).unwrap();
        let paper = of("FV/071/2026 526-025-02-74 7251801126 2026-10-05 100,00 123,00 90-001");
        assert!(alike(&paper, &of("123,00 FV/071/2026 5260250274 725-180-11-26 2026-10-05 100,00 9O-001")) > 0.7);
        assert!(alike(&paper, &of("FV/098/2026 526-025-02-74 8113427094 2026-11-02 250,00 307,50 01-233")) < 0.4);
        assert_eq!(figures(&page("Szanowni Państwo 2026 12")), None, "a letter says too little");
    }

    #[test]
    fn sketches_are_compared_by_what_both_have() {
        assert_eq!(alike("f0", "f0"), 1.0);
        assert_eq!(alike("f0", "0f"), 0.0);
        assert_eq!(alike("f0", "c0"), 0.5);
        assert_eq!(alike("00", "00"), 0.0, "nothing is like nothing");
        assert_eq!(alike("f0", "f000"), 0.0);
    }
}
