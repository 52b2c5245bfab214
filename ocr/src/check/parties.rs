//! Is it addressed to this company? Seller and buyer are two, and one of them is the company the paper came for.

use super::{Paper, finding, text};
use crate::context::{Company, Context};
use crate::fold::fold;
use crate::reading::{Direction, FieldName, Finding, Reading, Severity};
use crate::value::tax_id;

/// Bought or sold, seen from the company of `context`; `none` where the paper names neither side as this company.
pub fn direction(reading: &Reading, context: &Context) -> Direction {
    let Some(company) = &context.company else { return Direction::None };
    let is = |id, name| is_company(reading, company, id, name);
    match (is(FieldName::BuyerTaxId, FieldName::BuyerName), is(FieldName::SellerTaxId, FieldName::SellerName)) {
        (Some(true), _) => Direction::Purchase,
        (_, Some(true)) => Direction::Sale,
        _ => Direction::None,
    }
}

pub(super) fn check(paper: &Paper<'_>, context: &Context, findings: &mut Vec<Finding>) {
    let reading = paper.reading;
    if let (Some(seller), Some(buyer)) = (paper.text(FieldName::SellerTaxId), paper.text(FieldName::BuyerTaxId))
        && tax_id::same(seller, buyer)
    {
        let message = format!("Seller and buyer have the same tax id {seller}.");
        findings.push(finding("seller_is_buyer", Severity::Warning, &[FieldName::SellerTaxId, FieldName::BuyerTaxId], message));
    }
    let Some(company) = context.company.as_ref().filter(|c| !c.tax_ids.is_empty()) else { return };
    if direction(reading, context) != Direction::None {
        return;
    }
    let ours = company.tax_ids.join(", ");
    match (paper.text(FieldName::BuyerTaxId), paper.text(FieldName::BuyerName)) {
        (Some(buyer), name) => {
            let name = name.map(|n| format!(" ({n})")).unwrap_or_default();
            let message = format!("The buyer is {buyer}{name}, not this company, {} ({ours}).", company.name);
            findings.push(finding("not_addressed", Severity::Error, &[FieldName::BuyerTaxId], message));
        }
        (None, Some(name)) => {
            let message = format!("The buyer {name} has no tax id here; this company is {} ({ours}).", company.name);
            findings.push(finding("buyer_unsure", Severity::Warning, &[FieldName::BuyerName], message));
        }
        // A receipt names no buyer.
        (None, None) => {}
    }
}

/// By tax id if there is one, else by name; None if the paper says neither.
fn is_company(reading: &Reading, company: &Company, id: FieldName, name: FieldName) -> Option<bool> {
    if let Some(id) = text(reading, id) {
        return Some(company.tax_ids.iter().any(|ours| tax_id::same(ours, id)));
    }
    let words =
        |s: &str| fold(s).split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 2).map(str::to_owned).collect::<Vec<_>>();
    let (theirs, ours) = (words(text(reading, name)?), words(&company.name));
    let common = ours.iter().filter(|w| theirs.contains(w)).count();
    Some(!ours.is_empty() && common * 3 >= ours.len().max(theirs.len()) * 2)
}
