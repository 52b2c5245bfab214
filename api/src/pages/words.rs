//! What people read for the words of the code.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// `to_review` -> `To review`; abbreviations stay what they are.
pub fn label(word: &str) -> String {
    let spaced = word.replace('_', " ");
    let mut text = String::new();
    for (index, part) in spaced.split(' ').enumerate() {
        if index > 0 {
            text.push(' ');
        }
        match part {
            "iban" | "bic" | "vat" | "ettn" | "id" | "spv" | "pin" => text.push_str(&part.to_uppercase()),
            "ksef" => text.push_str("KSeF"),
            _ if index == 0 => {
                let mut letters = part.chars();
                text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
                text.push_str(letters.as_str());
            }
            _ => text.push_str(part),
        }
    }
    text
}

/// Day and minute in the office's zone.
pub fn moment(instant: Timestamp, zone: &TimeZone) -> String {
    instant.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Day in the office's zone.
pub fn day(instant: Timestamp, zone: &TimeZone) -> String {
    instant.to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string()
}

/// `1234567.5` -> `1 234 567.5`, with narrow spaces that do not break.
pub fn amount(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("−", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut grouped = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    if let Some(fraction) = fraction {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

/// A size for people.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_people() {
        assert_eq!(label("to_review"), "To review");
        assert_eq!(label("seller_tax_id"), "Seller tax ID");
        assert_eq!(label("total_vat"), "Total VAT");
        assert_eq!(amount("1234567.50"), "1\u{202f}234\u{202f}567.50");
        assert_eq!(amount("-123"), "−123");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_500), "2 kB");
    }
}
