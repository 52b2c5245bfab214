//! The shape of `ocr/vocab/<code>.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Column;
use crate::reading::{DocumentType, Mark};
use crate::value::amount::DecimalMark;
use crate::value::date::DateOrder;

/// One language, as written in its file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LanguageFile {
    /// ISO 639-1.
    pub code: String,
    /// Decimal mark.
    pub decimal: Decimal,
    /// Order of numeric dates.
    pub date_order: Order,
    /// Usual currency, if one stands out.
    #[serde(default)]
    pub currency: Option<String>,
    /// Countries where it is at home, ISO 3166-1 alpha-2.
    #[serde(default)]
    pub countries: Vec<String>,
    /// Currencies by country, where the language has no usual one.
    #[serde(default)]
    pub currencies: BTreeMap<String, String>,
    /// Twelve lists of names and abbreviations.
    pub months: Vec<Vec<String>>,
    /// Everyday words.
    #[serde(default)]
    pub common: Vec<String>,
    /// Legal forms of companies.
    #[serde(default)]
    pub legal_forms: Vec<String>,
    /// Words for "number" that stand between a label or a series and its digits.
    #[serde(default)]
    pub number_words: Vec<String>,
    /// Words that join a date to what stands before them (`z dnia`, `vom`).
    #[serde(default)]
    pub date_links: Vec<String>,
    /// Words that stand between the two ends of a period (`bis`, `do`).
    #[serde(default)]
    pub period_words: Vec<String>,
    /// Shapes of registers' numbers, a 9 for each run of digits: never an invoice's.
    #[serde(default)]
    pub register_shapes: Vec<String>,
    /// Words for streets and places; after a hyphen what such a word ends in (`-strasse`).
    #[serde(default)]
    pub street_words: Vec<String>,
    /// Words that affirm a mark.
    #[serde(default)]
    pub yes: Vec<String>,
    /// Words that deny a mark.
    #[serde(default)]
    pub no: Vec<String>,
    /// Labels by name.
    #[serde(default)]
    pub labels: BTreeMap<String, Vec<String>>,
    /// Labels that mean little alone.
    #[serde(default)]
    pub weak: BTreeMap<String, Vec<String>>,
    /// Headings of table columns.
    #[serde(default)]
    pub columns: BTreeMap<Column, Vec<String>>,
    /// Titles of papers.
    #[serde(default)]
    pub types: BTreeMap<DocumentType, Vec<String>>,
    /// Legal marks.
    #[serde(default)]
    pub marks: BTreeMap<Mark, Vec<String>>,
    /// Taxes beside VAT.
    #[serde(default)]
    pub taxes: BTreeMap<String, Vec<String>>,
}

/// `comma` or `point`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Decimal {
    Comma,
    Point,
}

/// `day_first` or `month_first`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Order {
    DayFirst,
    MonthFirst,
}

impl From<Decimal> for DecimalMark {
    fn from(mark: Decimal) -> Self {
        match mark {
            Decimal::Comma => DecimalMark::Comma,
            Decimal::Point => DecimalMark::Point,
        }
    }
}

impl From<Order> for DateOrder {
    fn from(order: Order) -> Self {
        match order {
            Order::DayFirst => DateOrder::DayFirst,
            Order::MonthFirst => DateOrder::MonthFirst,
        }
    }
}
