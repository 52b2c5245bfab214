//! Who did what.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use serde::Deserialize;
use store::{AuditId, CompanyId, DocumentId, UserId, audit, document};

use crate::http::Code;
use crate::pages::frame::Frame;
use crate::pages::lang::Lang;
use crate::pages::{PageResult, Visit, escaped, html};

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    subject: String,
    rows: Vec<Row>,
    next: String,
}

struct Row {
    at: String,
    who: String,
    action: String,
    company: String,
    subject: String,
    name: String,
    href: String,
}

/// Which rows.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    subject: String,
    before: String,
}

/// Rows of a page.
const ROWS: usize = 100;

/// Shows it.
pub async fn show(visit: Visit, Query(wanted): Query<Wanted>) -> PageResult {
    if visit.is_client() {
        return Err(Code::Forbidden.into());
    }
    let before: Option<AuditId> = wanted.before.parse().ok();
    let subject = Some(wanted.subject.trim()).filter(|subject| !subject.is_empty());
    let entries = audit::list(visit.app.store(), &visit.caller.scope, subject, before, ROWS as u32).await?;
    let names = visit.names().await?;
    let papers: Vec<DocumentId> =
        entries.iter().filter(|entry| of_paper(entry)).filter_map(|entry| entry.subject.parse().ok()).collect();
    let papers = document::names(visit.app.store(), &visit.caller.scope, &papers).await?;
    let next = entries.last().filter(|_| entries.len() == ROWS);
    let next = next.map(|last| format!("/audit?subject={}&before={}", escaped(&wanted.subject), last.id));
    // Who and what is known by name is shown by it; what is left is an id to ask for.
    let place = |entry: &audit::Entry| -> (String, String) {
        let id = &entry.subject;
        let company = id.parse().ok().map(|id: CompanyId| visit.company(id)).filter(|name| !name.is_empty());
        let person = id.parse().ok().and_then(|id: UserId| names.get(&id).cloned());
        match (company, person) {
            _ if of_paper(entry) => {
                let name = id.parse().ok().and_then(|id: DocumentId| papers.get(&id).cloned()).unwrap_or_default();
                (name, format!("/documents/{id}"))
            }
            (Some(name), _) => (name, format!("/companies/{id}")),
            (None, Some(name)) => (name, "/people".to_owned()),
            (None, None) => (String::new(), String::new()),
        }
    };
    let row = |entry: audit::Entry| {
        let (name, href) = place(&entry);
        Row {
            at: visit.moment(entry.at),
            who: visit.actor(&entry.actor, &names),
            action: visit.l.word("action", entry.action.replace('.', "_")),
            company: entry.company.map(|id| visit.company(id)).unwrap_or_default(),
            name,
            href,
            subject: entry.subject,
        }
    };
    let page = Page {
        l: visit.l,
        frame: Frame::of(&visit, "/audit"),
        rows: entries.into_iter().map(row).collect(),
        subject: wanted.subject.clone(),
        next: next.unwrap_or_default(),
    };
    Ok(html(StatusCode::OK, &page))
}

/// It is about a document.
fn of_paper(entry: &audit::Entry) -> bool {
    entry.action.starts_with("document.")
}
