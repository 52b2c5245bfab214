//! Export: which documents of a month are ready for the accounting program and which lack something, files made, and what became of them.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Multipart, Path, Query};
use axum::http::StatusCode;
use axum_extra::extract::Form;
use jiff::civil::Date;
use serde::Deserialize;
use store::batch::{self, Batch, BatchState, Fate, NewBatch, Reason, Told, Wanted as Papers};
use store::document::{BooksState, DocumentState};
use store::{BatchId, CompanyId, DocumentId, month};

use crate::export::{self, Asked, Profile};
use crate::http::{Code, Problem, books_from_csv, send_batch};
use crate::pages::frame::{Choice, Frame, choices};
use crate::pages::lang::Lang;
use crate::pages::problem::sentence;
use crate::pages::{PageResult, Visit, amount_of, escaped, html, said, see_other};

#[derive(Template)]
#[template(path = "export.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    may_work: bool,
    period: String,
    month: String,
    before: String,
    after: String,
    profiles: Vec<Choice>,
    profile: String,
    corrections: bool,
    rows: Vec<CompanyRow>,
    ready: u64,
    batches: Vec<BatchRow>,
}

struct CompanyRow {
    id: String,
    company: String,
    ready: u64,
    corrections: u64,
    unchanged: u64,
    left_out: Vec<LeftOut>,
    waiting: u64,
    problem: String,
}

struct LeftOut {
    href: String,
    name: String,
    seller: String,
    reasons: String,
}

struct BatchRow {
    href: String,
    at: String,
    company: String,
    profile: String,
    month: String,
    state: &'static str,
    state_label: String,
    exported: u64,
    left_out: u64,
    file: bool,
}

/// What is looked at.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    period: String,
    profile: String,
    corrections: String,
}

/// Batches shown below the form.
const LATELY: u32 = 30;

/// Shows what is ready and what is not, by company.
pub async fn show(visit: Visit, Query(wanted): Query<Wanted>) -> PageResult {
    board(visit, wanted, String::new(), StatusCode::OK).await
}

async fn board(visit: Visit, wanted: Wanted, error: String, status: StatusCode) -> PageResult {
    if visit.is_client() {
        return Err(Code::Forbidden.into());
    }
    let first: Date = format!("{}-01", wanted.period).parse().unwrap_or_else(|_| {
        let first = visit.today().first_of_month();
        first.yesterday().map_or(first, Date::first_of_month)
    });
    let period = first.strftime("%Y-%m").to_string();
    let offered = offered(&visit);
    let known = offered.iter().find(|profile| profile.name == wanted.profile).or(offered.first());
    let profile = known.map(|profile| profile.name.clone()).unwrap_or_default();
    let corrections = wanted.corrections == "1";
    let rows = rows(&visit, &period, &profile, corrections).await?;
    let batches = batch::list(visit.app.store(), &visit.caller.scope, None, None, LATELY).await?;
    let choice = |one: &&Profile| Choice { value: one.name.clone(), label: one.title.clone(), chosen: one.name == profile };
    let mut frame = Frame::of(&visit, "/export");
    frame.error = error;
    let page = Page {
        l: visit.l,
        frame,
        may_work: visit.may_work(),
        month: visit.l.month(&period),
        before: first.yesterday().map(|day| day.strftime("%Y-%m").to_string()).unwrap_or_default(),
        after: first.last_of_month().tomorrow().map(|day| day.strftime("%Y-%m").to_string()).unwrap_or_default(),
        profiles: offered.iter().map(choice).collect(),
        ready: rows.iter().map(|row| row.ready).sum(),
        batches: batches.iter().map(|batch| batch_row(&visit, batch)).collect(),
        corrections,
        profile,
        rows,
        period,
    };
    Ok(html(status, &page))
}

/// Profiles for the countries of the visitor's companies, those for their country first.
fn offered(visit: &Visit) -> Vec<&'static Profile> {
    let here = |country: &str| visit.companies.iter().any(|company| company.facts.country == country);
    let mut offered: Vec<&Profile> =
        export::profiles().iter().filter(|profile| profile.country.as_deref().is_none_or(here)).collect();
    offered.sort_by_key(|profile| profile.country.is_none());
    offered
}

async fn rows(visit: &Visit, period: &str, profile: &str, corrections: bool) -> Result<Vec<CompanyRow>, Problem> {
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    let board = month::board(store, scope, period).await?;
    let country = export::of(profile).and_then(|profile| profile.country.as_deref());
    let mut rows = Vec::new();
    for company in &visit.companies {
        let papers = board.get(&company.id).map_or(0, |line| line.in_states(&[DocumentState::Approved]));
        if company.closed_at.is_some() || papers == 0 || country.is_some_and(|country| country != company.facts.country) {
            continue;
        }
        let wanted = Papers { company: company.id, period: Some(period.to_owned()), documents: vec![], exported_too: false };
        let asked = Asked { profile: profile.to_owned(), wanted, corrections };
        rows.push(company_row(visit, company.id, export::preview(store, scope, &asked).await));
    }
    Ok(rows)
}

fn company_row(visit: &Visit, id: CompanyId, seen: Result<export::Preview, export::Problem>) -> CompanyRow {
    let mut row = CompanyRow {
        id: id.to_string(),
        company: visit.company(id),
        ready: 0,
        corrections: 0,
        unchanged: 0,
        left_out: Vec::new(),
        waiting: 0,
        problem: String::new(),
    };
    match seen {
        Ok(seen) => {
            (row.ready, row.corrections, row.unchanged, row.waiting) =
                (seen.ready, seen.corrections, seen.unchanged, seen.waiting);
            row.left_out = seen.left_out.iter().map(|(document, reasons)| left_out(visit, document, reasons)).collect();
        }
        Err(error) => row.problem = sentence(visit.l, &error.into()),
    }
    row
}

fn left_out(visit: &Visit, document: &store::document::Document, reasons: &[Reason]) -> LeftOut {
    LeftOut {
        href: format!("/documents/{}", document.id),
        name: document.number.clone().filter(|number| !number.is_empty()).unwrap_or_else(|| document.name.clone()),
        seller: document.seller_name.clone().unwrap_or_default(),
        reasons: reason_text(visit.l, reasons),
    }
}

fn reason_text(l: &Lang, reasons: &[Reason]) -> String {
    let one = |reason: &Reason| match &reason.detail {
        Some(detail) => format!("{} ({detail})", l.word("need", &reason.code)),
        None => l.word("need", &reason.code),
    };
    reasons.iter().map(one).collect::<Vec<_>>().join(" · ")
}

fn batch_row(visit: &Visit, batch: &Batch) -> BatchRow {
    BatchRow {
        href: format!("/export/{}", batch.id),
        at: visit.moment(batch.created_at),
        company: visit.company(batch.company),
        profile: export::of(&batch.profile).map_or_else(|| batch.profile.clone(), |profile| profile.title.clone()),
        month: batch.period.as_deref().map(|period| visit.l.month(period)).unwrap_or_default(),
        state: batch.state.as_str(),
        state_label: visit.l.word("batch", batch.state.as_str()),
        exported: batch.exported,
        left_out: batch.left_out,
        file: batch.sha256.is_some(),
    }
}

/// What is to be made.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Order {
    company: Vec<CompanyId>,
    period: String,
    profile: String,
    corrections: String,
    copy: String,
}

/// Makes a batch for each company that was chosen; leads to it, where it is one. A company for which none can be made is named with the
/// reason; the others have theirs.
pub async fn create(visit: Visit, Form(order): Form<Order>) -> PageResult {
    visit.caller.allow(store::Role::may_work)?;
    let period = Some(order.period.as_str()).filter(|period| !period.is_empty());
    export::possible(&order.profile, period).map_err(Problem::from)?;
    let (mut made, mut failed) = (Vec::new(), Vec::new());
    for company in order.company.iter().copied() {
        let new = NewBatch {
            company,
            profile: order.profile.clone(),
            period: Some(order.period.clone()).filter(|period| !period.is_empty()),
            documents: vec![],
            copy: order.copy == "1",
            corrections: order.corrections == "1",
        };
        match batch::create(visit.app.store(), &visit.caller.scope, new).await {
            Ok((id, _)) => made.push(id),
            Err(error) => failed.push(format!("{}: {}", visit.company(company), sentence(visit.l, &error.into()))),
        }
    }
    if !failed.is_empty() {
        let wanted = Wanted { period: order.period, profile: order.profile, corrections: order.corrections };
        return board(visit, wanted, failed.join(" "), StatusCode::CONFLICT).await;
    }
    match made.as_slice() {
        [one] => Ok(see_other(&format!("/export/{one}"))),
        many => {
            let back = format!("/export?period={}&profile={}", escaped(&order.period), escaped(&order.profile));
            Ok(said(&back, "exporting", many.len() as u64))
        }
    }
}

#[derive(Template)]
#[template(path = "batch.html")]
struct One {
    l: &'static Lang,
    frame: Frame,
    id: String,
    may_work: bool,
    b: BatchRow,
    making: bool,
    may_undo: bool,
    undone: String,
    copy: bool,
    total: u64,
    done: u64,
    problem: String,
    file_name: String,
    size: String,
    sha256: String,
    changed: u64,
    more: u64,
    documents: Vec<DocumentRow>,
    states: Vec<Choice>,
    back: String,
}

struct DocumentRow {
    id: String,
    href: String,
    name: String,
    seller: String,
    amount: String,
    fate: &'static str,
    fate_label: String,
    reasons: String,
    changed: bool,
    books: String,
    exported: bool,
}

/// One batch: how far it is, its file, what became of each document.
pub async fn one(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: BatchId = id.parse().map_err(|_| Code::NotFound)?;
    render(visit, id, String::new(), StatusCode::OK).await
}

/// Documents of a batch shown on its page; the API lists all.
const SHOWN: usize = 500;

async fn render(visit: Visit, id: BatchId, error: String, status: StatusCode) -> PageResult {
    if visit.is_client() {
        return Err(Code::Forbidden.into());
    }
    let (store, scope, l) = (visit.app.store(), &visit.caller.scope, visit.l);
    let batch = batch::get(store, scope, id).await?;
    let mut entries = export::entries(store, scope, id).await.map_err(Problem::from)?;
    // What wants somebody's eye first, then the file's order.
    entries.sort_by_key(|entry| (entry.entry.fate != Fate::LeftOut, !entry.changed));
    let mut frame = Frame::of(&visit, "/export");
    frame.error = error;
    let documents: Vec<DocumentRow> = entries.iter().take(SHOWN).map(|entry| document_row(&visit, &batch, entry)).collect();
    let page = One {
        id: id.to_string(),
        may_work: visit.may_work(),
        making: batch.state == BatchState::Making,
        may_undo: visit.may_work() && batch.state == BatchState::Ready && !batch.copy,
        undone: batch.undone_at.map(|at| visit.moment(at)).unwrap_or_default(),
        copy: batch.copy,
        total: batch.total,
        done: batch.done,
        problem: batch.problem.as_deref().map(|code| l.word("problem", code)).unwrap_or_default(),
        file_name: batch.file_name.clone().unwrap_or_default(),
        size: l.size(batch.size),
        sha256: batch.sha256.as_ref().map(ToString::to_string).unwrap_or_default(),
        changed: entries.iter().filter(|entry| entry.changed).count() as u64,
        more: entries.len().saturating_sub(SHOWN) as u64,
        states: choices(l, "books", &["buffer", "entered", "booked", "none"], "booked"),
        back: format!("/export?period={}&profile={}", batch.period.as_deref().unwrap_or_default(), batch.profile),
        b: batch_row(&visit, &batch),
        documents,
        l,
        frame,
    };
    Ok(html(status, &page))
}

fn document_row(visit: &Visit, batch: &Batch, row: &export::EntryNow) -> DocumentRow {
    let (l, document) = (visit.l, &row.document);
    let here = document.batch == Some(batch.id) && document.state == DocumentState::Exported;
    let books = [l.word("books", document.books.state.as_str()), document.books.number.clone().unwrap_or_default()];
    let missing = left_out(visit, document, &row.entry.reasons);
    DocumentRow {
        id: document.id.to_string(),
        href: missing.href,
        name: missing.name,
        seller: missing.seller,
        reasons: missing.reasons,
        amount: amount_of(l, document),
        fate: row.entry.fate.as_str(),
        fate_label: l.word("fate", row.entry.fate.as_str()),
        changed: row.changed,
        books: if here && document.books.state != BooksState::None { books.join(" ").trim().to_owned() } else { String::new() },
        exported: here && row.entry.fate != Fate::LeftOut,
    }
}

/// The file.
pub async fn file(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: BatchId = id.parse().map_err(|_| Code::NotFound)?;
    Ok(send_batch(&visit.app, &visit.caller, id).await?)
}

/// Takes it back.
pub async fn undo(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: BatchId = id.parse().map_err(|_| Code::NotFound)?;
    match batch::undo(visit.app.store(), &visit.caller.scope, id).await {
        Ok(_) => Ok(see_other(&format!("/export/{id}"))),
        Err(error) => refused(visit, id, error.into()).await,
    }
}

async fn refused(visit: Visit, id: BatchId, problem: Problem) -> PageResult {
    if matches!(problem.code(), Code::NotFound | Code::Forbidden) {
        return Err(problem.into());
    }
    let (text, status) = (sentence(visit.l, &problem), problem.code().status());
    render(visit, id, text, status).await
}

/// What the books say of documents that were chosen.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Books {
    id: Vec<DocumentId>,
    state: String,
    /// By document: `number.<id>`.
    #[serde(flatten)]
    numbers: BTreeMap<String, String>,
}

/// Keeps it.
pub async fn books(visit: Visit, Path(id): Path<String>, Form(books): Form<Books>) -> PageResult {
    let batch: BatchId = id.parse().map_err(|_| Code::NotFound)?;
    let state: BooksState = books.state.parse()?;
    let told = books.id.iter().map(|document| {
        let number = books.numbers.get(&format!("number.{document}")).cloned();
        Told { document: *document, state, number }
    });
    let answers = batch::set_books(visit.app.store(), &visit.caller.scope, told.collect()).await?;
    let failed = answers.iter().filter(|(_, answer)| answer.is_err()).count() as u64;
    let back = format!("/export/{batch}");
    if failed > 0 { Ok(said(&back, "not_done", failed)) } else { Ok(said(&back, "told", answers.len() as u64)) }
}

/// What the books say, as a CSV file.
pub async fn books_file(visit: Visit, Path(id): Path<String>, mut form: Multipart) -> PageResult {
    let id: BatchId = id.parse().map_err(|_| Code::NotFound)?;
    let company = batch::get(visit.app.store(), &visit.caller.scope, id).await?.company;
    visit.caller.allow(store::Role::may_work)?;
    let mut bytes = bytes::Bytes::new();
    while let Some(part) = form.next_field().await.map_err(|_| Code::BadRequest)? {
        bytes = part.bytes().await.map_err(|_| Code::TooLarge)?;
    }
    match books_from_csv(&visit.app, &visit.caller, company, &bytes).await {
        Err(problem) => refused(visit, id, problem).await,
        Ok(outcomes) => {
            let failed: Vec<String> =
                outcomes.iter().filter_map(|(row, _, message)| Some(format!("{row}: {}", message.as_ref()?))).take(10).collect();
            if failed.is_empty() {
                return Ok(said(&format!("/export/{id}"), "told", outcomes.len() as u64));
            }
            render(visit, id, failed.join(" "), StatusCode::OK).await
        }
    }
}
