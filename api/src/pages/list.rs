//! The list of documents.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::{StatusCode, Uri};
use ocr::reading::{Direction, DocumentType};
use serde::{Deserialize, Serialize};
use store::document::{Document, DocumentState};

use super::frame::{Choice, Frame, Office, company_choices};
use super::{PageResult, Visitor, html, words};
use crate::http::paging::with;
use crate::http::{App, DocumentQuery, find_documents};

#[derive(Template)]
#[template(path = "list.html")]
struct Page {
    frame: Frame,
    summary: String,
    may_send: bool,
    may_work: bool,
    tabs: Vec<Tab>,
    form: Form,
    companies: Vec<Choice>,
    types: Vec<Choice>,
    directions: Vec<Choice>,
    filtered: bool,
    clear: String,
    heads: Vec<Head>,
    rows: Vec<Row>,
    first: String,
    next: String,
}

struct Tab {
    href: String,
    label: String,
    current: bool,
}

/// What is typed into the filters, kept as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Form {
    state: String,
    company: String,
    document_type: String,
    direction: String,
    period: String,
    number: String,
    seller: String,
    subject: String,
    text: String,
    issued_from: String,
    issued_to: String,
    due_from: String,
    due_to: String,
    amount_from: String,
    amount_to: String,
    sort: String,
    order: String,
    after: String,
}

struct Head {
    label: &'static str,
    href: String,
    sort: &'static str,
    numeric: bool,
}

struct Row {
    id: String,
    state: &'static str,
    state_label: String,
    problem: String,
    company: String,
    number: String,
    type_label: String,
    name: String,
    seller: String,
    created: String,
    issued: String,
    due: String,
    amount: String,
    currency: String,
    subject: String,
}

/// A page of the list.
pub async fn show(State(app): State<App>, Visitor(caller): Visitor, OriginalUri(uri): OriginalUri) -> PageResult {
    let uri = cleaned(&uri);
    let form = axum_extra::extract::Query::<Form>::try_from_uri(&uri).map(|query| query.0).unwrap_or_default();
    let office = Office::of(&app, &caller).await?;
    let mut frame = Frame::of(&app, &caller, &office, "/").await;
    let (page, status) = match axum_extra::extract::Query::<DocumentQuery>::try_from_uri(&uri) {
        Ok(query) => match find_documents(&app, &caller, query.0).await {
            Ok(page) => (Some(page), StatusCode::OK),
            Err(problem) => {
                frame.error = problem.sentence();
                (None, problem.code().status())
            }
        },
        Err(_) => {
            frame.error = "One of the filters cannot be understood: dates are like 2026-11-22, amounts like 1234.56.".to_owned();
            (None, StatusCode::BAD_REQUEST)
        }
    };
    let next = page.as_ref().and_then(|page| page.next.clone());
    let documents = page.map(|page| page.documents).unwrap_or_default();
    let all: u64 = office.counts.states.values().sum();
    let role = caller.scope.role();
    let kept = ["state", "sort", "order", "after"];
    let filtered = uri.query().unwrap_or_default().split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !name.is_empty() && !kept.contains(&name)
    });
    let view = Page {
        summary: if all == 1 { "1 document".to_owned() } else { format!("{all} documents") },
        may_send: role.may_send(),
        may_work: role.may_work(),
        tabs: tabs(&uri, &form, &office),
        companies: company_choices(&office, &form.company),
        types: choices(&TYPES, &form.document_type),
        directions: choices(&[Direction::Purchase, Direction::Sale, Direction::None], &form.direction),
        filtered,
        clear: if form.state.is_empty() { "/".to_owned() } else { format!("/?state={}", super::escaped(&form.state)) },
        heads: heads(&uri, &form),
        rows: documents.iter().map(|document| row(document, &office)).collect(),
        first: if form.after.is_empty() { String::new() } else { with(&uri, "after", "") },
        next: next.map(|cursor| with(&uri, "after", &cursor)).unwrap_or_default(),
        form,
        frame,
    };
    Ok(html(status, &view))
}

const TYPES: [DocumentType; 8] = [
    DocumentType::Invoice,
    DocumentType::CreditNote,
    DocumentType::Proforma,
    DocumentType::Receipt,
    DocumentType::Statement,
    DocumentType::Letter,
    DocumentType::Contract,
    DocumentType::Other,
];

/// Browsers send every field of a form, also those left empty, and people type amounts as their country does.
fn cleaned(uri: &Uri) -> Uri {
    let full = |pair: &&str| pair.split_once('=').is_some_and(|(_, value)| !value.is_empty());
    let tidy = |pair: &str| match pair.split_once('=') {
        Some((name @ ("amount_from" | "amount_to"), value)) => {
            format!("{name}={}", value.replace("%C2%A0", "").replace("%20", "").replace('+', "").replace("%2C", "."))
        }
        _ => pair.to_owned(),
    };
    let pairs: Vec<String> = uri.query().unwrap_or_default().split('&').filter(full).map(tidy).collect();
    let text = if pairs.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), pairs.join("&")) };
    text.parse().unwrap_or_else(|_| uri.clone())
}

/// The name that serde knows.
fn name_of(word: &impl Serialize) -> String {
    serde_json::to_value(word).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn choices<T: Serialize>(all: &[T], chosen: &str) -> Vec<Choice> {
    let choice = |one: &T| {
        let value = name_of(one);
        Choice { label: words::label(&value), chosen: value == chosen, value }
    };
    all.iter().map(choice).collect()
}

fn tabs(uri: &Uri, form: &Form, office: &Office) -> Vec<Tab> {
    let from_start: Uri = with(uri, "after", "").parse().unwrap_or_else(|_| uri.clone());
    let mut tabs = vec![Tab { href: with(&from_start, "state", ""), label: "All".to_owned(), current: form.state.is_empty() }];
    for state in DocumentState::ALL {
        let count = office.counts.states.get(state).copied().unwrap_or(0);
        let current = form.state == state.as_str();
        if count > 0 || current {
            let label = format!("{} {count}", words::label(state.as_str()));
            tabs.push(Tab { href: with(&from_start, "state", state.as_str()), label, current });
        }
    }
    tabs
}

fn heads(uri: &Uri, form: &Form) -> Vec<Head> {
    let from_start: Uri = with(uri, "after", "").parse().unwrap_or_else(|_| uri.clone());
    let now = if form.sort.is_empty() { "created" } else { &form.sort };
    [("created", "Arrived"), ("issued", "Issued"), ("due", "Due"), ("amount", "Amount")]
        .into_iter()
        .map(|(key, label)| {
            let ascending = form.order == "asc";
            let sort = match (now == key, ascending) {
                (false, _) => "",
                (true, true) => "ascending",
                (true, false) => "descending",
            };
            let turned = if sort == "descending" { "asc" } else { "desc" };
            let sorted: Uri = with(&from_start, "sort", key).parse().unwrap_or_else(|_| uri.clone());
            Head { label, href: with(&sorted, "order", turned), sort, numeric: true }
        })
        .collect()
}

fn row(document: &Document, office: &Office) -> Row {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let date = |value: Option<jiff::civil::Date>| value.map(|date| date.to_string()).unwrap_or_default();
    Row {
        id: document.id.to_string(),
        state: document.state.as_str(),
        state_label: words::label(document.state.as_str()),
        problem: document.problem.as_deref().map(words::label).unwrap_or_default(),
        company: office.company(document.company),
        number: text(&document.number),
        type_label: words::label(&name_of(&document.document_type)),
        name: document.name.clone(),
        seller: text(&document.seller_name),
        created: words::day(document.created_at, &office.zone),
        issued: date(document.issue_date),
        due: date(document.due_date),
        amount: document.amount.as_deref().map(words::amount).unwrap_or_default(),
        currency: text(&document.currency),
        subject: document.subject.clone().filter(|subject| !subject.is_empty()).unwrap_or_else(|| document.name.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_sends_is_cleaned() {
        let uri: Uri = "/?text=&state=new&amount_from=1%20234%2C50&company=".parse().unwrap();
        assert_eq!(cleaned(&uri), "/?state=new&amount_from=1234.50");
        assert_eq!(cleaned(&"/".parse().unwrap()), "/");
    }
}
