//! The mail log.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use store::part;
use store::submission::{self, LogFilter};

use super::frame::{Frame, Office};
use super::held::From;
use super::{PageResult, Visitor, html, words};
use crate::http::App;

#[derive(Template)]
#[template(path = "mail.html")]
struct View {
    frame: Frame,
    rows: Vec<Row>,
    next: String,
}

struct Row {
    received: String,
    state: &'static str,
    state_label: String,
    reason: String,
    company: String,
    from: String,
    to: String,
    subject: String,
    parts: Vec<String>,
}

/// Rows of a page.
const ROWS: usize = 30;

/// Arrivals, newest first, each with the fate of its parts.
pub async fn show(State(app): State<App>, Visitor(caller): Visitor, Query(from): Query<From>) -> PageResult {
    let office = Office::of(&app, &caller).await?;
    let filter = LogFilter { company: None, state: None, before: from.before() };
    let arrivals = submission::list(app.store(), &caller.scope, &filter, ROWS as u32).await?;
    let next = arrivals.last().filter(|_| arrivals.len() == ROWS).map(|last| format!("/mail?before={}", last.id));
    let mut rows = Vec::with_capacity(arrivals.len());
    for arrival in arrivals {
        let parts = part::list(app.store(), &caller.scope, arrival.id).await?;
        rows.push(Row {
            received: words::moment(arrival.received_at, &office.zone),
            state: arrival.state.as_str(),
            state_label: words::label(arrival.state.as_str()),
            reason: arrival.reason.as_deref().map(words::label).unwrap_or_default(),
            company: office.company(arrival.company),
            from: arrival.mail_from.filter(|from| !from.is_empty()).unwrap_or(arrival.reverse_path),
            to: arrival.forward_path,
            subject: arrival.subject.or(arrival.file_name).unwrap_or_default(),
            parts: parts.iter().map(fate).collect(),
        });
    }
    let frame = Frame::of(&app, &caller, &office, "/mail").await;
    Ok(html(StatusCode::OK, &View { frame, rows, next: next.unwrap_or_default() }))
}

/// `faktura.pdf: document`, `logo.png: set aside (logo)`
fn fate(part: &part::Part) -> String {
    let name = part.name.as_deref().unwrap_or(&part.media_type);
    let state = words::label(part.state.as_str()).to_lowercase();
    match &part.reason {
        Some(reason) => format!("{name}: {state} ({})", words::label(reason).to_lowercase()),
        None => format!("{name}: {state}"),
    }
}
