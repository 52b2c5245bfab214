//! What is done to the documents chosen in a list. Each is asked for by itself; those that were left are shown with the reason.

use std::time::{Duration, Instant};

use askama::Template;
use axum::http::{StatusCode, Uri};
use axum_extra::extract::{Form, Query};
use ocr::protocol::Role;
use serde::Deserialize;
use store::booking;
use store::document::{self, Action, Change, PaymentState};
use store::queue::JobKind;
use store::{CompanyId, DocumentId, JobId};

use super::filters::cleaned;
use crate::http::paging::with;
use crate::http::{Code, DocumentQuery, Problem, fill_booking, find_documents, wait_for_job, zip_of_originals};
use crate::pages::frame::Frame;
use crate::pages::lang::Lang;
use crate::pages::problem::sentence;
use crate::pages::review::alarm_words;
use crate::pages::{PageResult, Visit, amount_of, escaped, html, ours, said, see_other};

/// How long a form waits for readings before it shows the page: a few papers are read by then.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Documents chosen in a list.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    id: Vec<DocumentId>,
    r#do: String,
    back: String,
    category: String,
    assignee: String,
    document_type: String,
    company: String,
    /// All of the list, not only those of the page.
    all: String,
}

/// What was left as it is, and why.
#[derive(Template)]
#[template(path = "bulk.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    done: String,
    left: String,
    back: String,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    number: String,
    seller: String,
    amount: String,
    why: Vec<(String, String)>,
}

/// Does it.
pub async fn carry_out(visit: Visit, Form(mut chosen): Form<Chosen>) -> PageResult {
    if !visit.may_work() {
        return Err(Code::Forbidden.into());
    }
    if !chosen.all.is_empty() {
        chosen.id = every(&visit, ours(&chosen.back)).await?;
    }
    let back = ours(&chosen.back);
    let left = match chosen.r#do.as_str() {
        "read" => read(&visit, &chosen.id).await?,
        "book" => book(&visit, &chosen).await?,
        "download" => return Ok(zip_of_originals(&visit.app, &visit.caller, &chosen.id).await?),
        "merge" => merge(&visit, &mut chosen.id).await?,
        "split" => split(&visit, &chosen.id).await?,
        "move" => move_to(&visit, &chosen).await?,
        "suggested" | "approve" | "reject" | "file" | "trash" | "restore" | "paid" | "assign" | "set_type" => {
            each(&visit, &chosen).await?
        }
        _ => return Err(Code::NotFound.into()),
    };
    let done = (chosen.id.len() - left.len()) as u64;
    match (done, left.is_empty()) {
        (0, true) => Ok(see_other(back)),
        (done, true) => Ok(said(back, &chosen.r#do, done)),
        (done, false) => show(&visit, &chosen, back, done, left).await,
    }
}

async fn show(visit: &Visit, chosen: &Chosen, back: &str, done: u64, left: Vec<Left>) -> PageResult {
    let l = visit.l;
    let list = back.split_once('?').map(|(_, query)| format!("?list={}", escaped(query))).unwrap_or_default();
    let mut rows = Vec::with_capacity(left.len());
    for (id, problem) in &left {
        let Ok(document) = document::get(visit.app.store(), &visit.caller.scope, *id).await else { continue };
        let why = match problem.alarms() {
            [] => vec![(sentence(l, problem), String::new())],
            alarms => alarms.iter().map(|alarm| alarm_words(l, alarm)).map(|alarm| (alarm.title, alarm.figures)).collect(),
        };
        let amount = amount_of(l, &document);
        rows.push(Row {
            href: format!("/documents/{id}{list}"),
            number: document.number.unwrap_or(document.name),
            seller: document.seller_name.unwrap_or_default(),
            amount,
            why,
        });
    }
    let page = Page {
        frame: Frame::of(visit, "/"),
        done: if done == 0 { String::new() } else { l.n(&format!("said.{}", chosen.r#do), done) },
        left: l.n("bulk.left", left.len() as u64),
        back: back.to_owned(),
        rows,
        l,
    };
    Ok(html(StatusCode::OK, &page))
}

/// Documents of one list at most: what a person can answer for at once.
const MOST: usize = 1_000;

/// All documents of the list.
async fn every(visit: &Visit, list: &str) -> Result<Vec<DocumentId>, Problem> {
    let list: Uri = list.parse().unwrap_or_else(|_| Uri::from_static("/"));
    let mut page: Uri = with(&cleaned(&list), "limit", "200").parse().unwrap_or_else(|_| Uri::from_static("/"));
    page = with(&page, "after", "").parse().unwrap_or(page);
    let mut ids = Vec::new();
    loop {
        let query = Query::<DocumentQuery>::try_from_uri(&page).map(|query| query.0).map_err(|_| Code::BadRequest)?;
        let found = find_documents(&visit.app, &visit.caller, query).await?;
        ids.extend(found.documents.iter().map(|document| document.id));
        if ids.len() > MOST {
            return Err(Problem::with(Code::Invalid, visit.l.with("inbox.too_many", visit.l.whole(MOST as u64))));
        }
        match found.next {
            Some(next) => page = with(&page, "after", &next).parse().map_err(|_| Code::BadRequest)?,
            None => return Ok(ids),
        }
    }
}

/// A document that was left as it is.
type Left = (DocumentId, Problem);

async fn read(visit: &Visit, ids: &[DocumentId]) -> Result<Vec<Left>, Problem> {
    let answers = document::request_reading(visit.app.store(), &visit.caller.scope, ids, JobKind::Read).await?;
    let (mut jobs, mut left): (Vec<JobId>, Vec<Left>) = (Vec::new(), Vec::new());
    for (id, answer) in answers {
        match answer {
            Ok(job) => jobs.push(job),
            Err(error) => left.push((id, error.into())),
        }
    }
    let end = Instant::now() + PATIENCE;
    for job in &jobs {
        wait_for_job(&visit.app, &visit.caller, *job, end).await?;
    }
    Ok(left)
}

/// The same category for all of them; an empty one takes it away.
async fn book(visit: &Visit, chosen: &Chosen) -> Result<Vec<Left>, Problem> {
    let category = Some(chosen.category.trim()).filter(|category| !category.is_empty());
    let patch = [("category".to_owned(), category.into())].into_iter().collect();
    let answers = booking::set(visit.app.store(), &visit.caller.scope, &chosen.id, &patch).await?;
    Ok(answers.into_iter().filter_map(|(id, answer)| Some((id, answer.err()?.into()))).collect())
}

/// One paper of all of them, in the order in which they came; the first one stays. They are put together, or none of them is.
async fn merge(visit: &Visit, ids: &mut Vec<DocumentId>) -> Result<Vec<Left>, Problem> {
    ids.sort_unstable();
    let [first, others @ ..] = ids.as_slice() else { return Ok(Vec::new()) };
    let merged = document::merge(visit.app.store(), &visit.caller.scope, *first, None, others.to_vec()).await;
    let mut left = Vec::new();
    note(&mut left, *first, merged)?;
    match left.pop() {
        None => Ok(Vec::new()),
        Some((_, problem)) => Ok(ids.iter().map(|id| (*id, problem.clone())).collect()),
    }
}

/// Each page a paper of its own; where a paper is made of several files, each file.
async fn split(visit: &Visit, ids: &[DocumentId]) -> Result<Vec<Left>, Problem> {
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    let mut left = Vec::new();
    for id in ids.iter().copied() {
        let pages = document::get(store, scope, id).await?.pages.unwrap_or(1);
        let pieces = document::pieces(store, scope, id).await?;
        let seen: Vec<_> = pieces.iter().filter(|piece| piece.role == Role::Visual).collect();
        let [first, last] = match seen.as_slice() {
            [only] => only.page_range.unwrap_or([1, pages]),
            files => [1, u32::try_from(files.len()).unwrap_or(1)],
        };
        if first >= last {
            left.push((id, Problem::with(Code::Conflict, visit.l.t("bulk.one_page"))));
            continue;
        }
        let ranges = (first..=last).map(|page| document::Cut::from([page, page])).collect();
        note(&mut left, id, document::divide(store, scope, id, None, ranges).await)?;
    }
    Ok(left)
}

/// They belong to another company.
async fn move_to(visit: &Visit, chosen: &Chosen) -> Result<Vec<Left>, Problem> {
    let company: CompanyId = chosen.company.parse().map_err(|_| Problem::with(Code::Invalid, visit.l.t("upload.which")))?;
    let mut left = Vec::new();
    for id in chosen.id.iter().copied() {
        let moved = document::move_to(visit.app.store(), &visit.caller.scope, id, None, company).await;
        note(&mut left, id, moved)?;
    }
    Ok(left)
}

async fn each(visit: &Visit, chosen: &Chosen) -> Result<Vec<Left>, Problem> {
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    let paid = || Change { payment_state: Some(PaymentState::Paid), ..Change::default() };
    let assign = || Change { assignee: Some(chosen.assignee.clone()), ..Change::default() };
    let wanted = serde_json::Value::String(chosen.document_type.clone());
    let kind = serde_json::from_value(wanted).ok();
    let set_type = || Change { document_type: kind, ..Change::default() };
    let mut left = Vec::new();
    for id in chosen.id.iter().copied() {
        let result = match chosen.r#do.as_str() {
            "suggested" => fill_booking(&visit.app, &visit.caller, id).await,
            "approve" => document::approve(store, scope, id, None, None).await,
            "reject" => document::decide(store, scope, id, None, Action::Reject).await,
            "file" => document::decide(store, scope, id, None, Action::File).await,
            "paid" => document::change(store, scope, id, None, paid()).await,
            "assign" => document::change(store, scope, id, None, assign()).await,
            "set_type" => document::change(store, scope, id, None, set_type()).await,
            word => document::trash(store, scope, id, None, word == "trash").await,
        };
        note(&mut left, id, result)?;
    }
    Ok(left)
}

/// Whoever asked can do something about it, or else nothing goes on.
fn note<T>(left: &mut Vec<Left>, id: DocumentId, result: Result<T, store::Error>) -> Result<(), Problem> {
    match result.map_err(Problem::from) {
        Ok(_) => Ok(()),
        Err(problem) if problem.code().status().is_client_error() => {
            left.push((id, problem));
            Ok(())
        }
        Err(problem) => Err(problem),
    }
}
