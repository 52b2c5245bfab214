//! What holds in a country: `ocr/rules/countries.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

static COUNTRIES: LazyLock<BTreeMap<String, Rules>> =
    LazyLock::new(|| toml::from_str(include_str!("../../rules/countries.toml")).unwrap_or_default());

/// What holds in one country.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Rules {
    /// ISO 639-1 code of the language its invoices are in.
    pub language: Option<String>,
}

/// The language of invoices from `country` (alpha-2), where there is one.
pub(crate) fn language(country: &str) -> Option<&'static str> {
    COUNTRIES.get(country)?.language.as_deref()
}
