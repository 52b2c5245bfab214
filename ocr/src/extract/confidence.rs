//! How sure a chosen value is: what was weighed when it was chosen, and what the whole reading proves about it. The weights of
//! both are fitted (`make fit`, `ocr/weights/confidence.toml`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::candidate::Candidates;
use super::labels::Labels;
use super::pick::Choice;
use super::sheet::Sheet;
use super::vat::RateRow;
use crate::fold::fold;
use crate::reading::{FieldName, Source};
use crate::value::access_key::AccessKey;
use crate::value::iban::Iban;
use crate::value::ksef_number::KsefNumber;
use crate::value::tax_id::TaxId;
use crate::vocab;

/// What each feature is.
pub const FEATURES: [&str; 8] = ["always", "score", "margin", "proven", "repeated", "printed", "ocr", "bare"];

/// Values that are judged alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Totals.
    Amount,
    /// Issue, sale, due date.
    Date,
    /// The invoice's own number.
    Number,
    /// Tax ids.
    TaxId,
    /// IBAN, access key, ETTN, KSeF number: they prove themselves.
    Code,
    /// Seller and buyer.
    Name,
    /// The currency.
    Currency,
    /// Everything else.
    Other,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 8] =
        [Kind::Amount, Kind::Date, Kind::Number, Kind::TaxId, Kind::Code, Kind::Name, Kind::Currency, Kind::Other];

    /// How the value of a field is judged.
    pub fn of(field: FieldName) -> Kind {
        match field {
            FieldName::TotalNet | FieldName::TotalVat | FieldName::TotalGross | FieldName::AmountPayable => Kind::Amount,
            FieldName::IssueDate | FieldName::SaleDate | FieldName::DueDate => Kind::Date,
            FieldName::InvoiceNumber => Kind::Number,
            FieldName::SellerTaxId | FieldName::BuyerTaxId => Kind::TaxId,
            FieldName::Iban | FieldName::AccessKey | FieldName::Ettn | FieldName::KsefNumber => Kind::Code,
            FieldName::SellerName | FieldName::BuyerName => Kind::Name,
            FieldName::Currency => Kind::Currency,
            _ => Kind::Other,
        }
    }
}

/// What speaks for one value of a reading, in the order of [`FEATURES`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The field.
    pub field: FieldName,
    /// One number a feature.
    pub features: [f32; FEATURES.len()],
}

/// Weights of the features for each kind of value.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Model {
    /// In the order of [`FEATURES`].
    pub weights: BTreeMap<Kind, [f32; FEATURES.len()]>,
}

impl Model {
    /// The embedded model.
    ///
    /// # Panics
    /// If the embedded file is malformed, which a test excludes.
    pub fn shared() -> &'static Model {
        static MODEL: LazyLock<Model> = LazyLock::new(|| {
            toml::from_str(include_str!("../../weights/confidence.toml")).expect("the embedded confidence model is well formed")
        });
        &MODEL
    }

    /// The probability that the value is right, two digits.
    pub fn confidence(&self, evidence: &Evidence) -> f32 {
        let Some(weights) = self.weights.get(&Kind::of(evidence.field)) else { return 0.5 };
        let x: f32 = weights.iter().zip(&evidence.features).map(|(w, f)| w * f).sum();
        rounded(1.0 / (1.0 + (-x).exp()))
    }
}

/// Two digits, never quite 0 or 1.
pub(super) fn rounded(p: f32) -> f32 {
    ((p * 100.0).floor() / 100.0).clamp(0.01, 0.99)
}

/// What the whole reading says about each of its values.
pub(super) struct Witness<'s, 'p> {
    pub sheet: &'s Sheet<'p>,
    pub labels: &'s Labels<'s>,
    pub found: &'s Candidates,
    pub rows: &'s [RateRow],
    pub source: Source,
}

impl Witness<'_, '_> {
    /// Collects what speaks for a value.
    pub fn evidence(&self, field: FieldName, choice: &Choice, all: &[(FieldName, Choice)]) -> Evidence {
        let rival = choice.alternatives.iter().map(|a| a.score).fold(f32::MIN, f32::max);
        let margin = if rival == f32::MIN { 4.0 } else { (choice.score - rival).clamp(-2.0, 4.0) };
        let flag = |yes: bool| f32::from(u8::from(yes));
        let features = [
            1.0,
            choice.score.clamp(-2.0, 12.0) / 4.0,
            margin / 4.0,
            flag(self.proven(field, choice, all)),
            flag(self.repeated(field, choice)),
            flag(choice.raw.is_some()),
            flag(self.source == Source::Ocr),
            flag(!self.names_a_party(all)),
        ];
        Evidence { field, features }
    }

    /// Whether a check that could have failed holds: sums close, a checksum is right, a name has a legal form.
    fn proven(&self, field: FieldName, choice: &Choice, all: &[(FieldName, Choice)]) -> bool {
        match Kind::of(field) {
            Kind::Amount => self.sums_hold(field, choice, all),
            Kind::TaxId => self.is_tax_id(&choice.value),
            Kind::Code => match field {
                FieldName::Iban => Iban::parse(&choice.value).is_ok(),
                FieldName::AccessKey => AccessKey::parse(&choice.value).is_ok(),
                FieldName::KsefNumber => KsefNumber::parse(&choice.value).is_ok(),
                _ => true,
            },
            Kind::Name => choice.value.split_whitespace().count() > 1 && self.has_legal_form(&choice.value),
            Kind::Date => choice.alternatives.is_empty(),
            Kind::Number => choice.value.chars().filter(char::is_ascii_digit).count() >= 3,
            Kind::Currency | Kind::Other => choice.alternatives.is_empty(),
        }
    }

    /// Whether a tax id or an account with right check digits was found: slips of tills have seldom one, and prove little else.
    fn names_a_party(&self, all: &[(FieldName, Choice)]) -> bool {
        all.iter().any(|(field, choice)| match field {
            FieldName::SellerTaxId | FieldName::BuyerTaxId => self.is_tax_id(&choice.value),
            FieldName::Iban => Iban::parse(&choice.value).is_ok(),
            _ => false,
        })
    }

    fn sums_hold(&self, field: FieldName, choice: &Choice, all: &[(FieldName, Choice)]) -> bool {
        let value = |f: FieldName| all.iter().find(|(n, _)| *n == f).and_then(|(_, c)| c.value.parse::<Decimal>().ok());
        let near = |a: Decimal, b: Decimal| (a - b).abs() <= Decimal::new(2, 2);
        let (net, vat, gross) = (value(FieldName::TotalNet), value(FieldName::TotalVat), value(FieldName::TotalGross));
        let closes = matches!((net, vat, gross), (Some(n), Some(v), Some(g)) if near(n + v, g) && !v.is_zero());
        let sum = |part: fn(&RateRow) -> Decimal| -> Decimal { self.rows.iter().map(part).sum() };
        let rows = self.rows.iter().any(|r| r.proven) && gross.is_some_and(|g| near(sum(|r| r.net) + sum(|r| r.vat), g));
        let Ok(own) = choice.value.parse::<Decimal>() else { return false };
        match field {
            FieldName::AmountPayable => {
                let paid = value(FieldName::AmountPaid).unwrap_or_default() + value(FieldName::Withholding).unwrap_or_default();
                gross.is_some_and(|g| near(g - paid.abs(), own)) && (closes || rows || !paid.is_zero())
            }
            _ => closes || rows,
        }
    }

    fn is_tax_id(&self, value: &str) -> bool {
        let home = self.labels.language.map(|l| self.labels.vocab.languages()[usize::from(l)].countries.as_slice());
        TaxId::parse(value, None).is_ok() || home.unwrap_or_default().iter().any(|c| TaxId::parse(value, Some(*c)).is_ok())
    }

    fn has_legal_form(&self, name: &str) -> bool {
        let words: Vec<String> = name.split_whitespace().map(|w| vocab::compact(&fold(w))).collect();
        (1..words.len()).any(|start| {
            (start + 1..=words.len().min(start + 4)).any(|end| self.labels.vocab.is_legal_form(&words[start..end].concat()))
        })
    }

    /// Whether the same value stands in another place too.
    fn repeated(&self, field: FieldName, choice: &Choice) -> bool {
        match Kind::of(field) {
            Kind::Amount => choice.value.parse::<Decimal>().is_ok_and(|value| {
                self.found.amounts.iter().filter(|a| a.amount.value == value && a.amount.decimals).take(2).count() == 2
            }),
            Kind::Date => self.found.dates.iter().filter(|d| d.found.date.to_string() == choice.value).take(2).count() == 2,
            Kind::Other | Kind::Currency => false,
            _ => {
                let wanted = vocab::compact(&fold(&choice.value));
                wanted.len() >= 3 && self.sheet.compact.matches(wanted.as_str()).take(2).count() == 2
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_model_knows_every_kind() {
        let model = Model::shared();
        assert!(Kind::ALL.iter().all(|k| model.weights.contains_key(k)));
    }

    #[test]
    fn what_a_check_confirms_is_surer() {
        let model = Model::shared();
        for field in [FieldName::TotalGross, FieldName::SellerTaxId, FieldName::Iban] {
            let with = |proven| Evidence { field, features: [1.0, 0.5, 0.25, proven, 0.0, 1.0, 0.0, 0.0] };
            assert!(model.confidence(&with(1.0)) > model.confidence(&with(0.0)), "{}", field.as_str());
        }
    }
}
