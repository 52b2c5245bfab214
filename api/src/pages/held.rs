//! Held mails.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use store::SubmissionId;
use store::submission::{self, Decision, LogFilter, SubmissionState};

use super::frame::{Frame, Office};
use super::{PageResult, Visitor, html, see_other, words};
use crate::http::{App, Code};

#[derive(Template)]
#[template(path = "held.html")]
struct View {
    frame: Frame,
    may_work: bool,
    rows: Vec<Row>,
    next: String,
}

struct Row {
    id: String,
    received: String,
    company: String,
    from: String,
    subject: String,
    reason: String,
}

/// Where the page begins.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct From {
    before: Option<SubmissionId>,
}

impl From {
    /// The last row of the page before.
    pub fn before(&self) -> Option<SubmissionId> {
        self.before
    }
}

/// Rows of a page.
const ROWS: usize = 50;

/// Mails that wait for a decision.
pub async fn show(State(app): State<App>, Visitor(caller): Visitor, Query(from): Query<From>) -> PageResult {
    let office = Office::of(&app, &caller).await?;
    let filter = LogFilter { company: None, state: Some(SubmissionState::Held), before: from.before };
    let mails = submission::list(app.store(), &caller.scope, &filter, ROWS as u32).await?;
    let next = mails.last().filter(|_| mails.len() == ROWS).map(|last| format!("/held?before={}", last.id));
    let rows = mails
        .into_iter()
        .map(|mail| Row {
            id: mail.id.to_string(),
            received: words::moment(mail.received_at, &office.zone),
            company: office.company(mail.company),
            from: mail.mail_from.filter(|from| !from.is_empty()).unwrap_or(mail.reverse_path),
            subject: mail.subject.or(mail.file_name).unwrap_or_default(),
            reason: mail.reason.as_deref().map(words::label).unwrap_or_default(),
        })
        .collect();
    let frame = Frame::of(&app, &caller, &office, "/held").await;
    let view = View { frame, may_work: caller.scope.role().may_work(), rows, next: next.unwrap_or_default() };
    Ok(html(StatusCode::OK, &view))
}

/// Decides about one.
pub async fn decide(
    State(app): State<App>,
    Visitor(caller): Visitor,
    Path((id, decision)): Path<(String, String)>,
) -> PageResult {
    let id: SubmissionId = id.parse().map_err(|_| Code::NotFound)?;
    let decision: Decision = decision.parse().map_err(|_| Code::NotFound)?;
    submission::decide(app.store(), &caller.scope, id, decision, Timestamp::now()).await?;
    Ok(see_other("/held"))
}
