//! Sources laid beside each other: what is known as data (XML) or by a code gets its place on the page where it is printed, and where
//! the page says something else there is a finding. Exact before guessed: a value from data is never changed here.

mod codes;
mod find;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::page::{Box, Page};
use crate::reading::{FieldName, Finding, Reading, Severity, Source};
use find::{Finder, Place};

pub use codes::apply as apply_codes;

/// Fields whose disagreement with the page is worth a word, and how much it matters. Names and addresses are written in too many ways.
const COMPARED: &[(FieldName, Severity)] = &[
    (FieldName::InvoiceNumber, Severity::Error),
    (FieldName::Iban, Severity::Error),
    (FieldName::TotalGross, Severity::Error),
    (FieldName::AmountPayable, Severity::Error),
    (FieldName::SellerTaxId, Severity::Error),
    (FieldName::TotalNet, Severity::Warning),
    (FieldName::TotalVat, Severity::Warning),
    (FieldName::IssueDate, Severity::Warning),
    (FieldName::DueDate, Severity::Warning),
    (FieldName::BuyerTaxId, Severity::Warning),
];

/// From here on the page's own value counts as read, not guessed.
const SURE: f32 = 0.9;

/// Gives the values of `exact`, which are from data, their places on `pages`. `printed` is what the same pages say by themselves;
/// where it is sure of another value, and the exact one is printed nowhere, there is a finding.
pub fn lay_beside(exact: &mut Reading, printed: &Reading, pages: &[Page]) {
    let finder = Finder::new(pages);
    let mut lost = BTreeSet::new();
    for (name, field) in &mut exact.fields {
        let places = finder.all(*name, &field.value);
        if places.is_empty() {
            lost.insert(*name);
        }
        let told = printed.fields.get(name).filter(|p| find::same(*name, &p.value, &field.value));
        let told = told.and_then(|p| Some((p.page?, p.bbox?)));
        let chosen = match told {
            Some((page, bbox)) => places
                .into_iter()
                .find(|p| p.page == page && overlaps(p.bbox, bbox))
                .map_or((page, bbox, None), |p| (p.page, p.bbox, Some(p.raw))),
            None => match pick(*name, places) {
                Some(p) => (p.page, p.bbox, Some(p.raw)),
                None => continue,
            },
        };
        field.page = Some(chosen.0);
        field.bbox = Some(chosen.1);
        field.raw = chosen.2.filter(|raw| *raw != field.value).or(field.raw.take());
    }
    rows(exact, &finder);
    let differing = COMPARED.iter().filter(|(name, _)| lost.contains(name));
    let findings: Vec<Finding> = differing.filter_map(|(name, severity)| differs(exact, printed, *name, *severity)).collect();
    exact.findings.extend(findings);
}

/// Totals stand at the end of a paper, everything else is looked for from its head.
fn pick(name: FieldName, mut places: Vec<Place>) -> Option<Place> {
    match find::shape(name) {
        // A code of two or three letters stands everywhere and says nothing.
        find::Shape::Id if places.iter().all(|p| p.raw.chars().count() < 3) => None,
        find::Shape::Amount => places.pop(),
        _ => (!places.is_empty()).then(|| places.swap_remove(0)),
    }
}

/// The sentence where the page says something else than the data.
fn differs(exact: &Reading, printed: &Reading, name: FieldName, severity: Severity) -> Option<Finding> {
    let (ours, theirs) = (exact.fields.get(&name)?, printed.fields.get(&name)?);
    if theirs.confidence < SURE || theirs.source != Source::Text || find::same(name, &ours.value, &theirs.value) {
        return None;
    }
    // The data knows the number under another name, as many forms do with the gross total and what is left to pay.
    let known = exact
        .fields
        .iter()
        .any(|(other, field)| find::shape(*other) == find::shape(name) && find::same(name, &field.value, &theirs.value));
    if known {
        return None;
    }
    let what = name.as_str().replace('_', " ");
    let message = format!("The data gives {} as {what}, the page shows {}.", ours.value, theirs.value);
    Some(Finding { code: "page_differs".into(), severity, fields: vec![name], message })
}

/// VAT rows and lines whose figures stand in one row of the page.
fn rows(exact: &mut Reading, finder: &Finder<'_>) {
    let amounts =
        |text: Option<&String>| text.and_then(|t| t.parse().ok()).map_or_else(Vec::new, |number| finder.amounts(number));
    for row in &mut exact.vat_breakdown {
        if let Some((page, bbox)) = together(&amounts(row.net.as_ref()), &amounts(row.vat.as_ref())) {
            (row.page, row.bbox) = (Some(page), Some(bbox));
        }
    }
    for line in exact.lines.iter_mut().take(MOST_LINES) {
        let names = line.name.as_ref().map_or_else(Vec::new, |name| finder.words(name));
        if let Some((page, bbox)) = together(&names, &amounts(line.net.as_ref())) {
            (line.page, line.bbox) = (Some(page), Some(bbox));
        }
    }
}

/// Lines of a paper that are looked for on its pages; a paper with more is not looked through by eye either.
const MOST_LINES: usize = 200;

/// The first pair of places side by side in one row.
fn together(left: &[Place], right: &[Place]) -> Option<(u32, Box)> {
    left.iter().find_map(|a| {
        let beside = |b: &&Place| {
            let (top, bottom) = (a.bbox.top.max(b.bbox.top), a.bbox.bottom.min(b.bbox.bottom));
            a.page == b.page && a.bbox != b.bbox && bottom - top > 0.5 * a.bbox.height().min(b.bbox.height())
        };
        right.iter().find(beside).map(|b| (a.page, a.bbox.union(b.bbox)))
    })
}

fn overlaps(a: Box, b: Box) -> bool {
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}
