//! Values a person sets: those of the paper, and those beside it.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum_extra::extract::Form;
use ocr::reading::{FieldName, ValueKind};
use serde::Deserialize;
use store::DocumentId;
use store::document::{self, Booking, Change, PaymentState};
use store::review::{self, Review};

use super::booking::is_check;
use super::show::{Refused, render};
use crate::http::{Code, Problem, fill_booking};
use crate::pages::lang::Lang;
use crate::pages::problem::sentence;
use crate::pages::{PageResult, Visit, escaped, see_other, typed};

fn address(id: DocumentId, list: &str) -> String {
    if list.is_empty() { format!("/documents/{id}") } else { format!("/documents/{id}?list={}", escaped(list)) }
}

/// Saves the fields that were changed: the way without a script; with one, each value is saved by the API as soon as it is left.
pub async fn save(visit: Visit, Path(id): Path<String>, Form(mut typed): Form<BTreeMap<String, String>>) -> PageResult {
    let id: DocumentId = id.parse().map_err(|_| Code::NotFound)?;
    let version = typed.remove("version").and_then(|text| text.parse().ok());
    let list = typed.remove("list").unwrap_or_default();
    let changed = changed(&visit, id, &typed).await?;
    if changed.fields.is_empty() {
        return Ok(see_other(&address(id, &list)));
    }
    match review::correct(visit.app.store(), &visit.caller.scope, id, version, changed).await {
        Ok(_) => Ok(see_other(&address(id, &list))),
        Err(error) => refuse(visit, id, &list, error, Some(typed)).await,
    }
}

async fn changed(visit: &Visit, id: DocumentId, typed: &BTreeMap<String, String>) -> Result<Review, Problem> {
    let before = review::effective_reading(visit.app.store(), &visit.caller.scope, id).await?;
    let mut changed = Review::default();
    for (name, value) in typed {
        let name: FieldName = name.parse().map_err(|_| Problem::field(Code::UnknownField, name, "There is no such field."))?;
        let was = before.as_ref().and_then(|reading| reading.fields.get(&name)).map_or("", |field| field.value.as_str());
        if value.trim() != was {
            let value = meant(visit, name, value);
            changed.fields.insert(name, Some(value).filter(|value| !value.is_empty()));
        }
    }
    Ok(changed)
}

/// A day or an amount as the program keeps it.
fn meant(visit: &Visit, name: FieldName, value: &str) -> String {
    match name.kind() {
        ValueKind::Date => typed::day(value, visit.today()),
        // A rate of exchange has no thousands to part: 4,267 is a little more than four.
        ValueKind::Amount if name == FieldName::ExchangeRate => value.trim().replace(',', "."),
        ValueKind::Amount => typed::amount(value),
        ValueKind::Text => value.trim().to_owned(),
    }
}

/// What stands beside the values of the paper.
#[derive(Deserialize)]
pub struct Facts {
    version: Option<u64>,
    #[serde(default)]
    list: String,
    document_type: String,
    direction: String,
    period: String,
    payment_state: PaymentState,
    #[serde(default)]
    postponed_until: String,
    /// Who looks after it; empty: whoever looks after the company.
    assignee: Option<String>,
    /// Take over what is suggested for the parts that are empty.
    #[serde(default)]
    suggested: String,
    /// Parts of the booking: `booking.<part>`.
    #[serde(flatten)]
    booking: BTreeMap<String, String>,
}

/// Sets them.
pub async fn facts(visit: Visit, Path(id): Path<String>, Form(facts): Form<Facts>) -> PageResult {
    let id: DocumentId = id.parse().map_err(|_| Code::NotFound)?;
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    let now = document::get(store, scope, id).await?;
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let booking = booking(&now.booking, &facts.booking)?;
    let wanted = |word: &str| serde_json::Value::String(word.to_owned());
    // Only what differs is said: a period that nobody touched stays one that the machine chose.
    let change = Change {
        document_type: serde_json::from_value(wanted(&facts.document_type)).ok().filter(|one| *one != now.document_type),
        direction: serde_json::from_value(wanted(&facts.direction)).ok().filter(|one| *one != now.direction),
        period: text(&facts.period).filter(|period| Some(period) != now.period.as_ref()),
        booking: Some(booking).filter(|booking| *booking != now.booking),
        payment_state: Some(facts.payment_state).filter(|state| *state != now.payment_state),
        postponed_until: Some(facts.postponed_until.trim().to_owned())
            .filter(|day| *day != now.postponed_until.map(|day| day.to_string()).unwrap_or_default()),
        assignee: facts.assignee.filter(|user| *user != now.assignee.map(|id| id.to_string()).unwrap_or_default()),
    };
    let set = async {
        if change != Change::default() {
            document::change(store, scope, id, facts.version, change).await?;
        }
        if facts.suggested == "1" {
            fill_booking(&visit.app, &visit.caller, id).await?;
        }
        Ok(())
    };
    match set.await {
        Ok(()) => Ok(see_other(&address(id, &facts.list))),
        Err(error) => refuse(visit, id, &facts.list, error, None).await,
    }
}

/// The booking as the form says it: an empty text takes a part away.
fn booking(before: &Booking, typed: &BTreeMap<String, String>) -> Result<Booking, Problem> {
    let mut patch = serde_json::Map::new();
    for (name, value) in typed.iter().filter_map(|(name, value)| Some((name.strip_prefix("booking.")?, value.trim()))) {
        let value = match value {
            "" => serde_json::Value::Null,
            yes_or_no if is_check(name) => serde_json::Value::Bool(yes_or_no == "true"),
            text => text.into(),
        };
        patch.insert(name.to_owned(), value);
    }
    Ok(before.merged(&patch)?)
}

/// Which value is none, in the language of who typed it.
fn wrong_value(l: &Lang, error: &store::Error) -> Option<String> {
    let store::Error::Invalid { code, .. } = error else { return None };
    let what = match code.parse::<FieldName>().ok()?.kind() {
        ValueKind::Date => l.t("review.no_date"),
        ValueKind::Amount => l.t("review.no_amount"),
        ValueKind::Text => return None,
    };
    Some(format!("{}: {what}", l.word("field", code)))
}

/// The page again, with what was typed and the sentence.
async fn refuse(
    visit: Visit,
    id: DocumentId,
    list: &str,
    error: store::Error,
    typed: Option<BTreeMap<String, String>>,
) -> PageResult {
    let problem = match wrong_value(visit.l, &error) {
        Some(said) => Problem::with(Code::Invalid, said),
        None => Problem::from(error),
    };
    if problem.code() == Code::NotFound {
        return Err(problem.into());
    }
    let refused = Refused { typed, error: sentence(visit.l, &problem), status: problem.code().status(), reason: String::new() };
    render(visit, id, list, refused).await
}
