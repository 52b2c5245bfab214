//! The words on the page, by language: `labels.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::reading::{FieldName, Mark};

static LABELS: LazyLock<BTreeMap<String, Labels>> = LazyLock::new(|| load().unwrap_or_default());

fn load() -> Result<BTreeMap<String, Labels>, toml::de::Error> {
    toml::from_str(include_str!("labels.toml"))
}

/// The words of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Labels {
    pub decimal: String,
    pub group: String,
    pub date: String,
    pub invoice: String,
    pub credit_note: String,
    pub proforma: String,
    pub receipt: String,
    pub other: String,
    pub made_from: String,
    pub seller: String,
    pub buyer: String,
    pub tax_id: String,
    pub lines: String,
    pub name: String,
    pub quantity: String,
    pub unit: String,
    pub unit_price: String,
    pub net: String,
    pub vat: String,
    pub gross: String,
    pub rate: String,
    pub vat_breakdown: String,
    pub taxes: String,
    pub payment: String,
    pub more_lines: String,
    pub fields: BTreeMap<FieldName, String>,
    pub marks: BTreeMap<Mark, String>,
}

impl Labels {
    /// Those of a language, else English.
    pub fn of(language: Option<&str>) -> &'static Labels {
        static NONE: LazyLock<Labels> = LazyLock::new(Labels::default);
        language.and_then(|l| LABELS.get(l)).or_else(|| LABELS.get("en")).unwrap_or(&NONE)
    }

    /// What a field is called.
    pub fn field(&self, name: FieldName) -> &str {
        self.fields.get(&name).map_or(name.as_str(), String::as_str)
    }

    /// An amount as people of the language write it; its own decimals stay.
    pub fn amount(&self, text: &str) -> String {
        let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || !whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit()) {
            return text.to_owned();
        }
        let mut out = String::from(sign);
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                out.push_str(&self.group);
            }
            out.push(digit);
        }
        if part.is_empty() { out } else { out + &self.decimal + part }
    }

    /// A day as people of the language write it.
    pub fn day(&self, iso: &str) -> String {
        match iso.split('-').collect::<Vec<_>>()[..] {
            [y, m, d] => self.date.replace("{y}", y).replace("{m}", m).replace("{d}", d),
            _ => iso.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_word() {
        let all = load().expect("labels.toml");
        for language in ["en", "pl", "ro", "tr", "pt", "de"] {
            let labels = all.get(language).expect(language);
            assert_eq!(labels.fields.keys().collect::<Vec<_>>(), all["en"].fields.keys().collect::<Vec<_>>(), "{language}");
            assert_eq!(labels.marks.len(), 6, "{language}");
            assert!(labels.more_lines.contains("{}") && labels.date.contains("{y}"), "{language}");
        }
    }

    #[test]
    fn amounts_and_days_as_they_are_written() {
        let (pl, en, pt) = (Labels::of(Some("pl")), Labels::of(Some("xx")), Labels::of(Some("pt")));
        assert_eq!(pl.amount("1234567.5"), "1 234 567,5");
        assert_eq!(en.amount("-1234.00"), "-1,234.00");
        assert_eq!(en.amount("12"), "12");
        assert_eq!(en.amount("1E3"), "1E3");
        assert_eq!(pt.day("2026-07-06"), "06/07/2026");
        assert_eq!(pl.day(""), "");
    }
}
