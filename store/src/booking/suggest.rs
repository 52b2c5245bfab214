//! Suggestions: what the office's rules, the paper's own marks and earlier papers of its seller say of a booking, each with why.

use std::collections::BTreeMap;

use ocr::reading::{FieldName, Mark, Reading};
use serde::Serialize;
use serde_json::Value as Json;

use super::{Booking, rule};
use crate::document::{self, Document};
use crate::error::Result;
use crate::id::DocumentId;
use crate::review;
use crate::scope::{Rows, Scope};
use crate::sql::{Tx, params};
use crate::store::Store;
use crate::word::words;

words! {
    /// Where a suggestion comes from.
    pub enum Why {
        /// A rule of the office.
        Rule = "rule",
        /// It stands on the paper.
        Paper = "paper",
        /// Earlier papers of this seller at this company.
        Seller = "seller",
        /// Papers of this seller at other companies of the office.
        Office = "office",
    }
}

/// One part of a booking that may be right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suggestion {
    /// The part's name in the booking.
    pub part: String,
    /// Its value.
    pub value: Json,
    /// Where it comes from.
    pub why: Why,
    /// Papers that say so; 0 where none are counted.
    pub same: u32,
    /// Papers that were looked at.
    pub of: u32,
}

/// Earlier papers that are looked at.
const LOOK_AT: i64 = 12;

/// Parts that a seller's papers share. The others are each paper's own.
const LEARNT: [&str; 6] = ["category", "register", "description", "payment_means", "cash_basis", "self_billing"];

/// What may be right for the parts that nobody has said, best first: one suggestion a part.
pub async fn suggest(store: &Store, scope: &Scope, id: DocumentId) -> Result<Vec<Suggestion>> {
    scope.allow(|role| role.is_office())?;
    let reading = review::effective_reading(store, scope, id).await?;
    let mut tx = store.read(scope).await?;
    let document = document::fetch(&mut tx, scope, id).await?;
    let mut found = Vec::new();
    for rule in rule::fetch(&mut tx, scope).await?.iter().filter(|rule| rule.fits(&document, reading.as_ref())) {
        add(&mut found, &rule.booking, Why::Rule)?;
    }
    add(&mut found, &of_paper(reading.as_ref()), Why::Paper)?;
    for (why, own) in [(Why::Seller, true), (Why::Office, false)] {
        found.extend(learnt(&earlier(&mut tx, scope, &document, own).await?, why)?);
    }
    let said = document.booking.parts()?;
    let mut best: Vec<Suggestion> = Vec::new();
    for one in found {
        if !said.contains_key(&one.part) && !best.iter().any(|other| other.part == one.part) {
            best.push(one);
        }
    }
    Ok(best)
}

fn add(found: &mut Vec<Suggestion>, booking: &Booking, why: Why) -> Result<()> {
    found.extend(booking.parts()?.into_iter().map(|(part, value)| Suggestion { part, value, why, same: 0, of: 0 }));
    Ok(())
}

/// Legal marks, rate and VAT in the accounting currency as printed.
fn of_paper(reading: Option<&Reading>) -> Booking {
    let Some(reading) = reading else { return Booking::default() };
    let has = |mark| reading.marks.contains(&mark).then_some(true);
    let value = |name| reading.fields.get(&name).map(|field| field.value.clone());
    let printed = Booking {
        split_payment: has(Mark::SplitPayment),
        reverse_charge: has(Mark::ReverseCharge),
        self_billing: has(Mark::SelfBilling),
        cash_basis: has(Mark::CashBasis),
        exchange_rate: value(FieldName::ExchangeRate),
        vat_accounting: value(FieldName::TotalVatAccounting),
        ..Booking::default()
    };
    // A rate that was misread must not keep the marks from being suggested.
    let without = Booking { exchange_rate: None, vat_accounting: None, ..printed.clone() };
    printed.checked().unwrap_or(without)
}

/// Bookings of other papers of the seller, newest first; of this company, or of the others of the scope.
async fn earlier(tx: &mut Tx, scope: &Scope, document: &Document, own: bool) -> Result<Vec<Booking>> {
    let Some(seller) = document.seller_tax_id.as_deref().filter(|id| !id.is_empty()) else { return Ok(Vec::new()) };
    let mut params = params![seller, document.company, document.id, LOOK_AT];
    let (condition, sign) = (scope.papers(Rows::Documents, "", &mut params), if own { "=" } else { "<>" });
    let sql = format!(
        "SELECT booking FROM document WHERE {condition} AND seller_tax_id = $1 AND company_id {sign} $2 AND id <> $3
         AND booking_category IS NOT NULL AND trashed_at IS NULL AND state IN ('approved', 'exported') ORDER BY id DESC LIMIT $4"
    );
    tx.fetch_all(sql, params).await?.into_iter().map(|row| row.columns().json()).collect()
}

/// The value that most of them have, the newest first where there are as many of two.
fn learnt(bookings: &[Booking], why: Why) -> Result<Vec<Suggestion>> {
    let parts = bookings.iter().map(Booking::parts).collect::<Result<Vec<_>>>()?;
    let of = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    let mut found = Vec::new();
    for name in LEARNT {
        let mut counts: BTreeMap<String, (u32, std::cmp::Reverse<usize>, &Json)> = BTreeMap::new();
        for (age, value) in parts.iter().enumerate().filter_map(|(age, parts)| Some((age, parts.get(name)?))) {
            counts.entry(value.to_string()).or_insert((0, std::cmp::Reverse(age), value)).0 += 1;
        }
        if let Some((same, _, value)) = counts.into_values().max_by_key(|(same, age, _)| (*same, *age)) {
            found.push(Suggestion { part: name.to_owned(), value: value.clone(), why, same, of });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_papers_win_and_the_newest_of_two_equals() {
        let category = |code: &str| Booking { category: Some(code.to_owned()), ..Booking::default() };
        let one = |codes: &[&str]| {
            let bookings: Vec<Booking> = codes.iter().map(|code| category(code)).collect();
            let found = learnt(&bookings, Why::Seller).unwrap();
            (found[0].value.as_str().unwrap().to_owned(), found[0].same, found[0].of)
        };
        assert_eq!(one(&["a", "b", "b"]), ("b".to_owned(), 2, 3));
        assert_eq!(one(&["a", "b", "b", "a"]), ("a".to_owned(), 2, 4));
        assert!(learnt(&[], Why::Seller).unwrap().is_empty());
    }
}
