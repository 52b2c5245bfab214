//! The booking of a document: its parts, the lists to choose from, and what is suggested.

use store::booking::{self, Booking, ChoiceKind, Suggestion, Why};
use store::document::Document;

use crate::pages::Visit;
use crate::pages::lang::Lang;
use crate::pages::problem::PageProblem;

/// A part of the booking in the form.
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// text, list, date, number or check.
    pub kind: &'static str,
    /// What people read.
    pub label: String,
    /// As it is.
    pub value: String,
}

/// The parts, in the order of the form.
const PARTS: [(&str, &str); 14] = [
    ("category", "list"),
    ("register", "list"),
    ("description", "list"),
    ("payment_means", "list"),
    ("paid_on", "date"),
    ("split_payment", "check"),
    ("reverse_charge", "check"),
    ("self_billing", "check"),
    ("cash_basis", "check"),
    ("exchange_rate", "number"),
    ("exchange_rate_date", "date"),
    ("vat_accounting", "number"),
    ("correction_reason", "text"),
    ("note", "text"),
];

/// Whether a part is yes or no.
pub fn is_check(name: &str) -> bool {
    PARTS.contains(&(name, "check"))
}

/// The parts with their values.
pub fn parts(l: &Lang, booking: &Booking) -> Vec<Part> {
    let values = booking.parts().unwrap_or_default();
    let text = |name: &str| values.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    PARTS
        .iter()
        .map(|(name, kind)| Part { name, kind, label: l.word("part_of", name), value: text(name).unwrap_or_default() })
        .collect()
}

/// What is suggested, each with why.
pub async fn suggested(visit: &Visit, document: &Document) -> Result<Vec<String>, PageProblem> {
    if !visit.may_work() {
        return Ok(Vec::new());
    }
    let found = booking::suggest(visit.app.store(), &visit.caller.scope, document.id).await?;
    Ok(found.iter().map(|one| in_words(visit.l, one)).collect())
}

fn in_words(l: &Lang, one: &Suggestion) -> String {
    let value = match &one.value {
        serde_json::Value::Bool(true) => l.t("part_of.yes").to_owned(),
        serde_json::Value::Bool(false) => l.t("part_of.no").to_owned(),
        value => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    };
    let (same, of) = (one.same.to_string(), one.of.to_string());
    let why = match one.why {
        Why::Rule => l.t("why.rule").to_owned(),
        Why::Paper => l.t("why.paper").to_owned(),
        Why::Seller => l.fill("why.seller", &[("same", &same), ("of", &of)]),
        Why::Office => l.fill("why.office", &[("same", &same), ("of", &of)]),
    };
    format!("{}: {value} ({why})", l.word("part_of", &one.part))
}

/// The lists to choose from.
pub async fn lists(visit: &Visit, document: &Document) -> Result<Vec<(&'static str, Vec<(String, String)>)>, PageProblem> {
    let all = booking::choices(visit.app.store(), &visit.caller.scope).await?;
    let list = |kind: &ChoiceKind| {
        let choices = booking::of_company(&all, *kind, document.company);
        (kind.as_str(), choices.into_iter().map(|choice| (choice.code.clone(), choice.name.clone())).collect())
    };
    Ok(ChoiceKind::ALL.iter().map(list).collect())
}
