//! Held mails: each with its reason, its age, its parts; once, always or discard, for one or many.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum_extra::extract::Form;
use jiff::Timestamp;
use serde::Deserialize;
use store::document::COUNTED;
use store::submission::{self, Decision, LogFilter, Submission, SubmissionState};
use store::{SubmissionId, part};

use crate::http::App;
use crate::pages::frame::Frame;
use crate::pages::lang::Lang;
use crate::pages::review::{PartRow, part_row};
use crate::pages::{PageResult, Visit, Visitor, html, said};

#[derive(Template)]
#[template(path = "held.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    may_work: bool,
    total: String,
    rows: Vec<Row>,
    next: String,
}

struct Row {
    id: String,
    received: String,
    age: String,
    company: String,
    from: String,
    subject: String,
    reason: String,
    sentence: String,
    parts: Vec<PartRow>,
    facts: Vec<(&'static str, String)>,
    words: String,
    /// Where the mail is as it came; empty: not for these eyes.
    raw: String,
}

/// Where the page begins.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct From {
    before: Option<SubmissionId>,
}

/// Rows of a page.
const ROWS: usize = 50;

/// Mails that wait for a decision.
pub async fn show(visit: Visit, Query(from): Query<From>) -> PageResult {
    let (store, scope, l) = (visit.app.store(), &visit.caller.scope, visit.l);
    let filter = LogFilter { state: Some(SubmissionState::Held), before: from.before, ..LogFilter::default() };
    let mails = submission::list(store, scope, &filter, ROWS as u32).await?;
    let next = mails.last().filter(|_| mails.len() == ROWS).map(|last| format!("/held?before={}", last.id));
    let now = Timestamp::now();
    let mut rows = Vec::with_capacity(mails.len());
    for mail in mails {
        let parts = part::list(store, scope, mail.id).await?;
        rows.push(Row {
            facts: facts(&visit, &mail),
            words: mail.note.clone().unwrap_or_default(),
            raw: raw(&visit, &mail),
            id: mail.id.to_string(),
            received: visit.moment(mail.received_at),
            age: l.ago(mail.received_at, now),
            company: visit.company(mail.company),
            from: mail.mail_from.filter(|from| !from.is_empty()).unwrap_or(mail.reverse_path),
            subject: mail.subject.or(mail.file_name).unwrap_or_default(),
            reason: mail.reason.as_deref().map(|reason| l.brief(reason)).unwrap_or_default(),
            sentence: mail.reason.as_deref().map(|reason| l.reason(reason)).unwrap_or_default(),
            parts: parts.iter().map(|part| part_row(l, part)).collect(),
        });
    }
    let page = Page {
        l,
        frame: Frame::of(&visit, "/held"),
        may_work: visit.may_work(),
        total: held(&visit),
        rows,
        next: next.unwrap_or_default(),
    };
    Ok(html(StatusCode::OK, &page))
}

/// Where a mail is to be had as it came, for those who may: a PIN may stand in it.
pub(super) fn raw(visit: &Visit, mail: &Submission) -> String {
    let may = visit.may_work() && mail.raw.is_some() && mail.channel.is_mail();
    if may { format!("/v1/submissions/{}/raw", mail.id) } else { String::new() }
}

/// What is known of a mail beside its subject: who else is in it, and whether its sender was proven.
fn facts(visit: &Visit, mail: &Submission) -> Vec<(&'static str, String)> {
    let l = visit.l;
    let original = mail.original.as_ref().map(|original| {
        let who = [original.name.as_deref(), original.mailbox.as_deref(), original.date.as_deref()];
        who.into_iter().flatten().collect::<Vec<_>>().join(", ")
    });
    let mut facts = vec![
        (l.t("mail.arrived"), format!("{} ({})", visit.moment(mail.received_at), l.size(mail.size))),
        (l.t("mail.by"), l.word("channel", mail.channel.as_str())),
        (l.t("held.envelope"), mail.reverse_path.clone()),
        (l.t("mail.to"), mail.forward_path.clone()),
        (l.t("held.peer"), mail.peer.clone().unwrap_or_default()),
        (l.t("held.proof"), mail.authentication.clone().unwrap_or_default()),
        (l.t("mail.original"), original.unwrap_or_default()),
    ];
    facts.extend(mail.links.iter().map(|link| (l.t("mail.link"), link.clone())));
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

/// How many wait; counting stops.
fn held(visit: &Visit) -> String {
    let (l, total) = (visit.l, visit.counts.held);
    let text = l.n("held.count", total);
    if total < COUNTED { text } else { text.replace(&l.whole(total), &l.counted(total, COUNTED)) }
}

/// Mails chosen, and what becomes of them.
#[derive(Deserialize)]
pub struct Chosen {
    #[serde(default)]
    id: Vec<SubmissionId>,
    decision: Decision,
}

/// Decides about them.
pub async fn decide(State(app): State<App>, Visitor(caller): Visitor, Form(chosen): Form<Chosen>) -> PageResult {
    let mut done = 0;
    for id in chosen.id {
        match submission::decide(app.store(), &caller.scope, id, chosen.decision, Timestamp::now()).await {
            Ok(_) => done += 1,
            // Somebody else decided meanwhile.
            Err(store::Error::Conflict { code: "not_held", .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(said("/held", chosen.decision.as_str(), done))
}
