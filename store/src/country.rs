//! What is usual in a country, from `vocab/country.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// Proposals for a new office.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usual {
    /// IANA name.
    pub time_zone: String,
    /// ISO 639-1.
    pub language: String,
    /// ISO 4217.
    pub currency: String,
    /// Years for which papers are kept, from the end of the year they are of.
    pub keep_years: u32,
}

/// The same where nothing is written down: the longest of them.
const KEEP_YEARS: u32 = 10;

static USUAL: LazyLock<BTreeMap<String, Usual>> =
    LazyLock::new(|| toml::from_str(include_str!("../vocab/country.toml")).unwrap_or_default());

/// What is usual there; none where nothing is written down.
pub fn of(country: &str) -> Option<&'static Usual> {
    USUAL.get(&country.to_uppercase())
}

/// Years for which papers are usually kept there, from the end of the year they are of.
pub fn keep_years(country: &str) -> u32 {
    of(country).map_or(KEEP_YEARS, |usual| usual.keep_years)
}

/// Countries of which something is written down.
pub fn known() -> Vec<&'static str> {
    USUAL.keys().map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_read_and_its_zones_exist() {
        assert!(super::USUAL.len() >= 5);
        for (country, usual) in super::USUAL.iter() {
            assert!(jiff::tz::TimeZone::get(&usual.time_zone).is_ok(), "{country}: {}", usual.time_zone);
            assert!((1..=super::KEEP_YEARS).contains(&usual.keep_years), "{country}: {}", usual.keep_years);
        }
    }
}
