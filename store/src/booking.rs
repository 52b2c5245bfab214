//! How a document is booked: what stands beside the values of the paper, the office's lists for it, its rules, and what earlier
//! papers of a seller suggest.

mod apply;
mod choice;
mod rule;
mod suggest;

pub(crate) use apply::at_once;
pub use apply::{Applied, apply_rule};
pub use choice::{Choice, ChoiceKind, NewChoice, add_choice, choices, of_company, remove_choice};
pub use rule::{NewRule, Rule, add_rule, remove_rule, rules};
pub use suggest::{Suggestion, Why, suggest};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::company::json;
use crate::document::{self, Document, DocumentState, Set};
use crate::error::{Error, Result};
use crate::history;
use crate::id::DocumentId;
use crate::scope::Scope;
use crate::search;
use crate::sql::{Tx, Value};
use crate::store::Store;

/// How the office books it. What is left out is not said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Booking {
    /// Cost category or account: a code of the office's list, or the company's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// VAT register or journal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub register: Option<String>,
    /// Description of the event, as the books show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How it is or was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_means: Option<String>,
    /// The day it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_on: Option<String>,
    /// Paid to two accounts (Poland: mechanizm podzielonej płatności).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split_payment: Option<bool>,
    /// The buyer accounts for the VAT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverse_charge: Option<bool>,
    /// Issued by the buyer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_billing: Option<bool>,
    /// VAT is due on payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cash_basis: Option<bool>,
    /// Accounting currency for one unit of the paper's currency, a decimal string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange_rate: Option<String>,
    /// The day of that rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange_rate_date: Option<String>,
    /// VAT in the accounting currency (BT-111), a decimal string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat_accounting: Option<String>,
    /// Why a correction was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correction_reason: Option<String>,
    /// A note for the booking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Names of the parts, in their order.
pub const PARTS: [&str; 14] = [
    "category",
    "register",
    "description",
    "payment_means",
    "paid_on",
    "split_payment",
    "reverse_charge",
    "self_billing",
    "cash_basis",
    "exchange_rate",
    "exchange_rate_date",
    "vat_accounting",
    "correction_reason",
    "note",
];

/// Whether a part is named so.
pub(crate) fn is_part(name: &str) -> bool {
    PARTS.contains(&name)
}

/// Longest text of one part, in characters.
const LONGEST: usize = 500;

impl Booking {
    /// The same with texts trimmed and empty ones left out; an error names what cannot be.
    pub(crate) fn checked(self) -> Result<Booking> {
        let mut parts = self.parts()?;
        for (name, value) in &mut parts {
            if let Json::String(text) = value {
                *text = text.trim().to_owned();
                if text.chars().count() > LONGEST {
                    return Err(Error::invalid("booking", format!("{name}: {LONGEST} characters at most.")));
                }
            }
        }
        parts.retain(|_, value| value.as_str() != Some(""));
        let booking: Booking = serde_json::from_value(Json::Object(parts)).map_err(Error::internal)?;
        for (name, text) in [("exchange_rate", &booking.exchange_rate), ("vat_accounting", &booking.vat_accounting)] {
            let good = text.as_deref().is_none_or(|text| is_decimal(text) && (name != "exchange_rate" || is_positive(text)));
            if !good {
                return Err(Error::invalid("booking", format!("{name}: a number is written as 4.3021.")));
            }
        }
        for (name, text) in [("exchange_rate_date", &booking.exchange_rate_date), ("paid_on", &booking.paid_on)] {
            if text.as_deref().is_some_and(|text| text.parse::<Date>().is_err()) {
                return Err(Error::invalid("booking", format!("{name}: a day is written as 2026-07-31.")));
            }
        }
        Ok(booking)
    }

    /// This booking with some parts said anew: a value sets, null takes away, what is not named stays (RFC 7396).
    pub fn merged(&self, patch: &Map<String, Json>) -> Result<Booking> {
        let mut parts = self.parts()?;
        for (name, value) in patch {
            match value {
                Json::Null => drop(parts.remove(name)),
                value => drop(parts.insert(name.clone(), value.clone())),
            }
        }
        let known: std::result::Result<Booking, _> = serde_json::from_value(Json::Object(parts));
        known.map_err(|error| Error::invalid("booking", format!("{error}.")))?.checked()
    }

    /// What is said, by name.
    pub fn parts(&self) -> Result<Map<String, Json>> {
        match serde_json::to_value(self).map_err(Error::internal)? {
            Json::Object(parts) => Ok(parts),
            _ => Ok(Map::new()),
        }
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |part: &str| !part.is_empty() && part.len() <= 18 && part.bytes().all(|b| b.is_ascii_digit());
    all(whole) && all(fraction)
}

fn is_positive(text: &str) -> bool {
    !text.starts_with('-') && text.bytes().any(|b| (b'1'..=b'9').contains(&b))
}

/// Says parts of the booking of many documents anew. Each is asked for by itself: one that may not be changed is an error for
/// itself, the others are changed.
pub async fn set(
    store: &Store,
    scope: &Scope,
    ids: &[DocumentId],
    patch: &Map<String, Json>,
) -> Result<Vec<(DocumentId, Result<Document>)>> {
    scope.allow(|role| role.may_work())?;
    // What cannot be is one answer, not one for each document.
    Booking::default().merged(patch)?;
    let mut answers = Vec::with_capacity(ids.len());
    for id in ids.iter().copied() {
        let (scope_, patch) = (scope.clone(), patch.clone());
        let set = store.write(scope, move |tx| {
            Box::pin(async move {
                let document = document::fetch(tx, &scope_, id).await?;
                let booking = document.booking.merged(&patch)?;
                put(tx, &scope_, &document, &booking).await?;
                document::fetch(tx, &scope_, id).await
            })
        });
        answers.push((id, set.await));
    }
    store.events().notify_waiters();
    Ok(answers)
}

/// Writes a booking, with what was before.
async fn put(tx: &mut Tx, scope: &Scope, document: &Document, booking: &Booking) -> Result<()> {
    if document.state == DocumentState::Exported {
        return Err(Error::conflict("exported", "This document was exported: reopen it first."));
    }
    if *booking == document.booking {
        return Ok(());
    }
    remember(tx, scope, document, booking).await?;
    document::update(tx, scope, document, Set { action: "document.changed", columns: columns(booking)?.into() }).await?;
    search::index_again(tx, scope, document.id).await
}

/// Keeps each part of a booking before and after.
pub(crate) async fn remember(tx: &mut Tx, scope: &Scope, document: &Document, booking: &Booking) -> Result<()> {
    let (before, after) = (document.booking.parts()?, booking.parts()?);
    let text = |value: Option<&Json>| {
        value.map(|value| match value {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        })
    };
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    for name in names.filter(|name| before.get(*name) != after.get(*name)) {
        let (old, new) = (text(before.get(name)), text(after.get(name)));
        history::keep(tx, scope, document.company, document.id, name, old.as_deref(), new.as_deref()).await?;
    }
    Ok(())
}

/// The columns of a document that hold a booking.
pub(crate) fn columns(booking: &Booking) -> Result<[(&'static str, Value); 2]> {
    Ok([("booking", json(booking)?.into()), ("booking_category", booking.category.as_deref().into())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(json: &Json) -> Map<String, Json> {
        json.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_patch_sets_takes_away_and_leaves() {
        let before = Booking { category: Some("402-1".into()), note: Some("x".into()), ..Booking::default() };
        let after = before.merged(&patch(&serde_json::json!({"note": null, "register": " ZK ", "split_payment": true}))).unwrap();
        let wanted = Booking { note: None, register: Some("ZK".into()), split_payment: Some(true), ..before };
        assert_eq!(after, wanted);
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (what, part) in [
            (serde_json::json!({"colour": "red"}), "colour"),
            (serde_json::json!({"exchange_rate": "4,30"}), "exchange_rate"),
            (serde_json::json!({"exchange_rate": "0.00"}), "exchange_rate"),
            (serde_json::json!({"exchange_rate_date": "31.07.2026"}), "exchange_rate_date"),
            (serde_json::json!({"vat_accounting": "1."}), "vat_accounting"),
        ] {
            let error = Booking::default().merged(&patch(&what)).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        }
        assert!(Booking::default().merged(&patch(&serde_json::json!({"vat_accounting": "-12.30"}))).is_ok());
    }
}
