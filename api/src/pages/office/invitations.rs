//! Who was invited and how far they are; sending many at once, and again.

use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum_extra::extract::Form;
use jiff::Timestamp;
use serde::Deserialize;
use store::invitation::{self, InvitationState};

use crate::http::{Code, Problem, own_address};
use crate::mail_out;
use crate::moving::{Which, send_invitations};
use crate::pages::frame::Frame;
use crate::pages::lang::Lang;
use crate::pages::{PageResult, Visit, html, said};

#[derive(Template)]
#[template(path = "invitations.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    relay: bool,
    waiting: u64,
    expired: u64,
    failed: u64,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    email: String,
    company: String,
    role: String,
    state: &'static str,
    state_label: String,
    problem: String,
    sent: String,
    times: u64,
}

/// Shows them.
pub async fn show(visit: Visit) -> PageResult {
    visit.caller.allow(|role| role.may_manage())?;
    let (l, now) = (visit.l, Timestamp::now());
    let mut all = invitation::list(visit.app.store(), &visit.caller.scope).await?;
    all.sort_by_key(|one| (one.state(now), one.company.map(|id| visit.company(id)), one.email.clone()));
    let count = |state| all.iter().filter(|one| one.state(now) == state).count() as u64;
    let page = Page {
        l,
        frame: Frame::of(&visit, "/people"),
        relay: mail_out::can_send(visit.app.config()),
        waiting: count(InvitationState::Waiting),
        expired: count(InvitationState::Expired),
        failed: count(InvitationState::Failed),
        rows: all
            .into_iter()
            .map(|one| Row {
                id: one.id.to_string(),
                company: one.company.map(|id| visit.company(id)).unwrap_or_default(),
                role: l.word("role", one.role.as_str()),
                state: one.state(now).as_str(),
                state_label: l.word("invitation", one.state(now).as_str()),
                sent: one.sent_at.map(|at| visit.moment(at)).unwrap_or_default(),
                times: one.times,
                problem: one.problem.unwrap_or_default(),
                email: one.email,
            })
            .collect(),
    };
    Ok(html(StatusCode::OK, &page))
}

/// Which are to be sent.
#[derive(Deserialize)]
pub struct Wanted {
    state: InvitationState,
}

/// Sends all that are in one state.
pub async fn send_all(visit: Visit, headers: HeaderMap, Form(wanted): Form<Wanted>) -> PageResult {
    send(&visit, &headers, Which::All(wanted.state)).await
}

/// Sends one.
pub async fn send_one(visit: Visit, headers: HeaderMap, Path(id): Path<String>) -> PageResult {
    let id = id.parse().map_err(|_| Code::NotFound)?;
    send(&visit, &headers, Which::One(id)).await
}

async fn send(visit: &Visit, headers: &HeaderMap, which: Which) -> PageResult {
    visit.caller.allow(|role| role.may_manage())?;
    let config = visit.app.config();
    if !mail_out::can_send(config) {
        return Err(Problem::with(Code::Unavailable, visit.l.t("invitations.no_relay")).into());
    }
    let address = own_address(&config.http.public_url, headers);
    let sent = send_invitations(visit.app.store(), &visit.caller.scope, &which, &visit.name(), &address).await?;
    Ok(said("/invitations", "invitations_sent", sent))
}
