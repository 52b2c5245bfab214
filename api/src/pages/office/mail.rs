//! The mail log: every arrival and each of its parts with its fate. "Where is my invoice?" is answered here.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use serde::Deserialize;
use store::submission::{self, LogFilter, SubmissionState};
use store::{CompanyId, SubmissionId, part};

use super::held::raw;
use crate::pages::frame::{Choice, Frame, choices, company_choices};
use crate::pages::lang::Lang;
use crate::pages::{PageResult, Visit, escaped, html};

#[derive(Template)]
#[template(path = "mail.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    text: String,
    companies: Vec<Choice>,
    states: Vec<Choice>,
    filtered: bool,
    rows: Vec<Row>,
    next: String,
}

struct Row {
    received: String,
    channel: String,
    state: &'static str,
    state_label: String,
    held: bool,
    reason: String,
    sentence: String,
    company: String,
    from: String,
    to: String,
    subject: String,
    size: String,
    papers: String,
    parts: Vec<crate::pages::review::PartRow>,
    may_take: bool,
    original: String,
    links: Vec<String>,
    /// Where the mail is as it came; empty: not for these eyes.
    raw: String,
}

/// What is looked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    text: String,
    company: String,
    state: String,
    before: String,
}

/// Rows of a page.
const ROWS: usize = 50;

/// Shows it.
pub async fn show(visit: Visit, Query(wanted): Query<Wanted>) -> PageResult {
    let (store, scope, l) = (visit.app.store(), &visit.caller.scope, visit.l);
    let company: Option<CompanyId> = wanted.company.parse().ok();
    let state: Option<SubmissionState> = wanted.state.parse().ok();
    let before: Option<SubmissionId> = wanted.before.parse().ok();
    let text = Some(wanted.text.clone()).filter(|text| !text.trim().is_empty());
    let filtered = text.is_some() || company.is_some() || state.is_some();
    let arrivals = submission::list(store, scope, &LogFilter { company, state, text, before }, ROWS as u32).await?;
    let next = arrivals.last().filter(|_| arrivals.len() == ROWS).map(|last| {
        let (text, company, state) = (escaped(&wanted.text), escaped(&wanted.company), escaped(&wanted.state));
        format!("/mail?text={text}&company={company}&state={state}&before={}", last.id)
    });
    let mut rows = Vec::with_capacity(arrivals.len());
    for arrival in arrivals {
        let parts = part::list(store, scope, arrival.id).await?;
        let papers = parts.iter().any(|part| part.state == part::PartState::Document);
        rows.push(Row {
            raw: raw(&visit, &arrival),
            received: visit.moment(arrival.received_at),
            channel: l.word("channel", arrival.channel.as_str()),
            state: arrival.state.as_str(),
            state_label: l.word("state", arrival.state.as_str()),
            held: arrival.state == SubmissionState::Held && !visit.is_client(),
            reason: match arrival.reason.as_deref() {
                None => String::new(),
                Some(reason) if visit.is_client() => l.reason(reason),
                Some(reason) => l.brief(reason),
            },
            sentence: arrival.reason.as_deref().map(|reason| l.reason(reason)).unwrap_or_default(),
            company: visit.company(arrival.company),
            from: arrival.mail_from.filter(|from| !from.is_empty()).unwrap_or(arrival.reverse_path),
            to: arrival.forward_path,
            subject: arrival.subject.or(arrival.file_name).unwrap_or_default(),
            size: l.size(arrival.size),
            papers: if papers && arrival.state == SubmissionState::Admitted {
                format!("/?submission={}", arrival.id)
            } else {
                String::new()
            },
            may_take: scope.role().may_send() && arrival.state == SubmissionState::Admitted,
            original: arrival.original.and_then(|original| original.mailbox.or(original.name)).unwrap_or_default(),
            links: arrival.links,
            parts: parts.iter().map(|part| crate::pages::review::part_row(l, part)).collect(),
        });
    }
    let states = SubmissionState::ALL.iter().map(|state| state.as_str()).collect::<Vec<_>>();
    let page = Page {
        frame: Frame::of(&visit, "/mail"),
        companies: company_choices(&visit, &wanted.company),
        states: choices(l, "state", &states, &wanted.state),
        text: wanted.text,
        filtered,
        rows,
        next: next.unwrap_or_default(),
        l,
    };
    Ok(html(StatusCode::OK, &page))
}
