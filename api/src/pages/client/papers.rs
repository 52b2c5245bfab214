//! A client's papers.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use jiff::civil::Date;
use serde::Deserialize;
use store::document::{self, Document, Filter, Sort};
use store::{DocumentId, reading};

use crate::http::{Code, Problem, document_detail};
use crate::pages::frame::{Choice, Frame};
use crate::pages::lang::Lang;
use crate::pages::problem::sentence;
use crate::pages::review::{SaidRow, Sheet, sheets, talk};
use crate::pages::{PageResult, Visit, amount_of, escaped, html, name_of, said};

#[derive(Template)]
#[template(path = "papers.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    text: String,
    period: String,
    months: Vec<Choice>,
    papers: Vec<PaperRow>,
    next: String,
}

/// One paper in a list.
pub struct PaperRow {
    pub id: String,
    pub title: String,
    pub more: String,
    pub state: &'static str,
    pub state_label: String,
    pub amount: String,
    pub arrived: String,
}

/// What is looked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    text: String,
    period: String,
    after: String,
}

/// All of them, newest first.
pub async fn show(visit: Visit, Query(mut wanted): Query<Wanted>) -> PageResult {
    if format!("{}-01", wanted.period).parse::<Date>().is_err() {
        wanted.period.clear();
    }
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
    let filter = Filter { text: given(&wanted.text), period: given(&wanted.period), ..Filter::default() };
    let after = given(&wanted.after).map(|cursor| cursor.parse()).transpose()?;
    let page = document::list(visit.app.store(), &visit.caller.scope, &filter, Sort::default(), after.as_ref(), 30).await?;
    let next = page
        .next
        .map(|cursor| format!("/papers?text={}&period={}&after={cursor}", escaped(&wanted.text), escaped(&wanted.period)));
    let page = Page {
        l: visit.l,
        frame: Frame::of(&visit, "/papers"),
        papers: rows(&visit, &page.documents),
        months: months(visit.l, visit.today(), &wanted.period),
        text: wanted.text,
        period: wanted.period,
        next: next.unwrap_or_default(),
    };
    Ok(html(StatusCode::OK, &page))
}

/// The months of two years, newest first, and the one that is chosen.
fn months(l: &Lang, today: Date, chosen: &str) -> Vec<Choice> {
    let back =
        std::iter::successors(Some(today.first_of_month()), |first| first.yesterday().ok().map(|day| day.first_of_month()));
    let mut all: Vec<String> = back.take(24).map(|first| first.strftime("%Y-%m").to_string()).collect();
    if !chosen.is_empty() && !all.iter().any(|month| month == chosen) {
        all.push(chosen.to_owned());
    }
    all.into_iter().map(|month| Choice { label: l.month(&month), chosen: month == chosen, value: month }).collect()
}

/// Where a paper is, as a word and for people: what the books say of it, with its number there, comes before what the office did.
pub fn paper_state(l: &Lang, document: &Document) -> (&'static str, String) {
    let state = document.books.state.client_word().unwrap_or(document.state.client_word());
    let label = l.word("client", state);
    match &document.books.number {
        Some(number) => (state, format!("{label}: {number}")),
        None => (state, label),
    }
}

/// Rows of papers in plain words.
pub fn rows(visit: &Visit, documents: &[Document]) -> Vec<PaperRow> {
    let l = visit.l;
    let row = |document: &Document| {
        let seller = document.seller_name.clone().filter(|name| !name.is_empty());
        let number = document.number.clone().filter(|number| !number.is_empty());
        let (state, state_label) = paper_state(l, document);
        PaperRow {
            id: document.id.to_string(),
            title: seller.unwrap_or_else(|| document.name.clone()),
            more: number.unwrap_or_else(|| l.word("type", name_of(&document.document_type))),
            state,
            state_label,
            amount: amount_of(l, document),
            arrived: l.day_of(document.created_at, &visit.zone),
        }
    };
    documents.iter().map(row).collect()
}

#[derive(Template)]
#[template(path = "paper.html")]
struct One {
    l: &'static Lang,
    frame: Frame,
    id: String,
    title: String,
    state: &'static str,
    state_label: String,
    sheets: Vec<Sheet>,
    facts: Vec<(String, String)>,
    talk: Vec<SaidRow>,
    open: bool,
    may_write: bool,
    may_withdraw: bool,
}

/// Takes one back that nobody of the office has opened.
pub async fn withdraw(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: DocumentId = id.parse().map_err(|_| Code::NotFound)?;
    match document::withdraw(visit.app.store(), &visit.caller.scope, id).await {
        Ok(()) => Ok(said("/papers", "withdrawn", 1)),
        Err(error) => {
            let problem = Problem::from(error);
            if problem.code() != Code::Conflict {
                return Err(problem.into());
            }
            let (status, error) = (problem.code().status(), sentence(visit.l, &problem));
            paper(visit, id, status, error).await
        }
    }
}

/// One of them, with what was asked about it.
pub async fn paper(visit: Visit, id: DocumentId, status: StatusCode, error: String) -> PageResult {
    let l = visit.l;
    let detail = document_detail(&visit.app, &visit.caller, id).await?;
    let document = &detail.document;
    let tokens = match detail.reading {
        Some(_) => reading::tokens(visit.app.store(), &visit.caller.scope, id).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let talk = talk(&visit, id).await?;
    let mut frame = Frame::of(&visit, "/papers");
    frame.error = error;
    let day = |day: Option<jiff::civil::Date>| day.map(|day| l.day(day)).unwrap_or_default();
    let (state, state_label) = paper_state(l, document);
    let facts = [
        (l.t("column.seller").to_owned(), document.seller_name.clone().unwrap_or_default()),
        (l.t("column.number").to_owned(), document.number.clone().unwrap_or_default()),
        (l.t("column.amount").to_owned(), amount_of(l, document)),
        (l.t("column.issued").to_owned(), day(document.issue_date)),
        (l.t("column.due").to_owned(), day(document.due_date)),
        (l.t("column.period").to_owned(), document.period.as_deref().map(|period| l.month(period)).unwrap_or_default()),
        (l.t("mail.arrived").to_owned(), visit.moment(document.created_at)),
    ];
    let page = One {
        id: id.to_string(),
        title: document.seller_name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| document.name.clone()),
        state,
        state_label,
        sheets: sheets(&detail, &tokens),
        facts: facts.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        open: talk.iter().any(|said| said.open),
        talk,
        may_withdraw: document::may_withdraw(visit.app.store(), &visit.caller.scope, id).await?,
        may_write: visit.caller.scope.role().may_send(),
        frame,
        l,
    };
    Ok(html(status, &page))
}
