//! "Where is my invoice?": one box for the office and for its clients, who find their own. Papers, and each mail with the fate of its
//! parts.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use serde::Deserialize;
use store::document::Document;
use store::part::{self, Part, PartState};
use store::search::{self, Hit, Stretch};
use store::submission::{Submission, SubmissionState};
use store::{CompanyId, PartId};

use super::frame::{Choice, Frame, company_choices};
use super::lang::Lang;
use super::problem::sentence;
use super::review::{PartRow, part_row};
use super::{PageResult, Visit, amount_of, client, escaped, html, name_of, see_other};
use crate::http::{Code, Problem};

#[derive(Template)]
#[template(path = "find.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    text: String,
    companies: Vec<Choice>,
    may_work: bool,
    may_take: bool,
    asked: bool,
    hits: Vec<Shown>,
    instead: String,
    more: bool,
}

/// A paper or a mail.
struct Shown {
    href: String,
    icon: &'static str,
    title: String,
    amount: String,
    state: &'static str,
    state_label: String,
    facts: Vec<String>,
    snippet: Vec<Stretch>,
    why: String,
    /// Id of a held mail.
    held: String,
    parts: Vec<PartShown>,
}

struct PartShown {
    id: String,
    name: String,
    state: &'static str,
    fate: String,
    takeable: bool,
}

/// What is looked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    text: String,
    company: String,
}

/// Hits of a page.
const MOST: usize = 30;

/// Shows the box, and what was found.
pub async fn show(visit: Visit, Query(wanted): Query<Wanted>) -> PageResult {
    render(visit, wanted, StatusCode::OK, String::new()).await
}

async fn render(visit: Visit, wanted: Wanted, status: StatusCode, error: String) -> PageResult {
    let l = visit.l;
    let company: Option<CompanyId> = wanted.company.parse().ok();
    let asked = !wanted.text.trim().is_empty();
    let found = search::find(visit.app.store(), &visit.caller.scope, &wanted.text, company, MOST).await?;
    // A client finds their papers where they look for them.
    let mut frame = Frame::of(&visit, if visit.is_client() { "/papers" } else { "/find" });
    frame.error = error;
    let page = Page {
        may_work: visit.may_work(),
        may_take: visit.caller.scope.role().may_send(),
        companies: company_choices(&visit, &wanted.company),
        hits: found.hits.into_iter().map(|hit| shown(&visit, hit)).collect(),
        instead: found.instead.join(", "),
        more: found.more,
        asked,
        text: wanted.text,
        l,
        frame,
    };
    Ok(html(status, &page))
}

fn shown(visit: &Visit, hit: Hit) -> Shown {
    match hit {
        Hit::Document { document, from, snippet } => paper(visit, &document, from, snippet),
        Hit::Mail { submission, parts } => mail(visit, &submission, &parts),
    }
}

fn paper(visit: &Visit, document: &Document, from: Option<String>, snippet: Vec<Stretch>) -> Shown {
    let l = visit.l;
    let (state, state_label) = match (document.trashed_at, visit.is_client()) {
        (Some(_), _) => ("discarded", l.t("inbox.trash").to_owned()),
        (None, true) => client::paper_state(l, document),
        (None, false) => (document.state.as_str(), l.word("state", document.state.as_str())),
    };
    let number = document.number.clone().filter(|number| !number.is_empty());
    let seller = document.seller_name.clone().filter(|seller| !seller.is_empty());
    let title = match (&seller, &number) {
        (Some(seller), Some(number)) => format!("{seller} · {number}"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => document.name.clone(),
    };
    let issued = document.issue_date.map(|day| format!("{} {}", l.t("column.issued"), l.day(day)));
    let arrived = Some(format!("{} {}", l.t("mail.arrived"), l.day_of(document.created_at, &visit.zone)));
    let company = Some(visit.company(document.company)).filter(|_| visit.companies.len() > 1);
    let kind = Some(l.word("type", name_of(&document.document_type)));
    Shown {
        href: format!("/documents/{}", document.id),
        icon: "papers",
        title,
        amount: amount_of(l, document),
        state,
        state_label,
        facts: [company, kind, issued, arrived, from].into_iter().flatten().collect(),
        snippet,
        why: document.problem.as_deref().map(|problem| l.word("problem", problem)).unwrap_or_default(),
        held: String::new(),
        parts: Vec::new(),
    }
}

fn mail(visit: &Visit, mail: &Submission, parts: &[Part]) -> Shown {
    let l = visit.l;
    let from = mail.mail_from.clone().filter(|from| !from.is_empty()).unwrap_or_else(|| mail.reverse_path.clone());
    let company = Some(visit.company(mail.company)).filter(|_| visit.companies.len() > 1);
    let papers = parts.iter().any(|part| part.state == PartState::Document);
    let href = match (visit.is_client(), papers && mail.state == SubmissionState::Admitted) {
        (false, true) => format!("/?submission={}", mail.id),
        (false, false) => format!("/mail?text={}", escaped(mail.subject.as_deref().or(Some(&from)).unwrap_or_default())),
        (true, _) => String::new(),
    };
    let held = mail.state == SubmissionState::Held;
    Shown {
        href,
        icon: if mail.channel.is_mail() { "mail" } else { "upload" },
        title: mail
            .subject
            .clone()
            .or_else(|| mail.file_name.clone())
            .filter(|title| !title.is_empty())
            .unwrap_or_else(|| from.clone()),
        amount: String::new(),
        state: mail.state.as_str(),
        state_label: l.word("state", mail.state.as_str()),
        facts: [company, Some(from).filter(|from| !from.is_empty()), Some(visit.moment(mail.received_at))]
            .into_iter()
            .flatten()
            .collect(),
        snippet: Vec::new(),
        why: mail.reason.as_deref().map(|reason| l.word("reason", reason)).unwrap_or_default(),
        held: if held { mail.id.to_string() } else { String::new() },
        parts: parts.iter().filter(|part| part.state != PartState::Container).map(|part| part_shown(l, mail, part)).collect(),
    }
}

fn part_shown(l: &Lang, mail: &Submission, part: &Part) -> PartShown {
    let PartRow { name, fate, take } = part_row(l, part);
    PartShown {
        id: part.id.to_string(),
        name,
        state: part.state.as_str(),
        fate,
        takeable: mail.state == SubmissionState::Admitted && !take.is_empty(),
    }
}

/// Makes a document of a part that was set aside, and shows it.
pub async fn take(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: PartId = id.parse().map_err(|_| Code::NotFound)?;
    match part::take(visit.app.store(), &visit.caller.scope, id).await {
        Ok(document) => Ok(see_other(&format!("/documents/{document}"))),
        Err(error) => {
            let problem = Problem::from(error);
            if problem.code() != Code::Conflict {
                return Err(problem.into());
            }
            let error = sentence(visit.l, &problem);
            render(visit, Wanted::default(), problem.code().status(), error).await
        }
    }
}
