//! What holds in a country: `ocr/rules/countries.toml`, where the keys are explained.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::reading::{FieldName, Mark};

static COUNTRIES: LazyLock<BTreeMap<String, Rules>> =
    LazyLock::new(|| load(include_str!("../../rules/countries.toml")).unwrap_or_default());

/// What holds in one country.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Rules {
    /// ISO 639-1 code of the language its invoices are in.
    pub language: Option<String>,
    /// VAT rates by time.
    pub rate: Vec<Rate>,
    /// What a sum may be off for each row added up.
    pub tolerance: Option<Decimal>,
    /// What the gross total is made of.
    pub gross: Option<Sum>,
    /// What the amount to pay is made of.
    pub payable: Option<Sum>,
    /// Marks under which gross and payable are made of something else.
    pub unless: Option<Vec<Mark>>,
}

/// A VAT rate and when it holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rate {
    /// Percent.
    pub percent: Decimal,
    /// First day.
    pub from: Option<jiff::civil::Date>,
    /// Last day.
    pub until: Option<jiff::civil::Date>,
}

/// What an amount is made of.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sum {
    /// Fields added.
    pub plus: Vec<FieldName>,
    /// Fields taken off.
    pub minus: Vec<FieldName>,
    /// Kinds of taxes beside VAT that are added.
    pub taxes: Vec<String>,
}

/// The rules of `country` (alpha-2), or those of no country in particular.
pub(crate) fn of(country: Option<&str>) -> Rules {
    let default = COUNTRIES.get("default").cloned().unwrap_or_default();
    let own = country.and_then(|c| COUNTRIES.get(c)).cloned().unwrap_or_default();
    Rules {
        language: own.language,
        rate: own.rate,
        tolerance: own.tolerance.or(default.tolerance),
        gross: own.gross.or(default.gross),
        payable: own.payable.or(default.payable),
        unless: own.unless.or(default.unless),
    }
}

/// The language of invoices from `country` (alpha-2), where there is one.
pub(crate) fn language(country: &str) -> Option<&'static str> {
    COUNTRIES.get(country)?.language.as_deref()
}

fn load(source: &str) -> Result<BTreeMap<String, Rules>, toml::de::Error> {
    toml::from_str(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_loads_and_names_real_countries() {
        let table = load(include_str!("../../rules/countries.toml")).expect("rules");
        for country in table.keys().filter(|c| *c != "default") {
            assert!(crate::value::country::Country::parse(country).is_some(), "{country}");
        }
        assert_eq!(of(Some("BR")).gross.map(|g| g.taxes.len()), Some(5));
        assert_eq!(of(Some("XX")).gross.map(|g| g.plus), Some(vec![FieldName::TotalNet, FieldName::TotalVat]));
    }
}
