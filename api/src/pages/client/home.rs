//! Where a client begins.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use store::document::{self, DocumentState, Filter, Sort};
use store::period::{self, PeriodState};

use super::papers::{PaperRow, rows};
use crate::http::Code;
use crate::pages::frame::Frame;
use crate::pages::lang::Lang;
use crate::pages::{PageResult, Visit, html, said};

#[derive(Template)]
#[template(path = "home.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    may_send: bool,
    admin: bool,
    questions: u64,
    month: String,
    this_month: u64,
    waiting: u64,
    accepted: u64,
    companies: Vec<Own>,
    papers: Vec<PaperRow>,
}

struct Own {
    id: String,
    name: String,
    address: String,
    period: String,
    period_label: String,
    state: &'static str,
    open: bool,
}

/// Says that everything of a month has been sent.
pub async fn complete(visit: Visit, Path((company, month)): Path<(String, String)>) -> PageResult {
    let company = company.parse().map_err(|_| Code::NotFound)?;
    period::complete(visit.app.store(), &visit.caller.scope, company, &month).await?;
    Ok(said("/", "kept", 1))
}

/// Shows it.
pub async fn home(visit: Visit) -> PageResult {
    let (store, scope, l) = (visit.app.store(), &visit.caller.scope, visit.l);
    let period = visit.today().strftime("%Y-%m").to_string();
    let board = store::month::board(store, scope, &period).await?;
    let newest = document::list(store, scope, &Filter::default(), Sort::default(), None, 5).await?;
    let mut companies = Vec::new();
    for company in visit.companies.iter().take(10) {
        let states = period::list(store, scope, company.id).await?;
        let state = states.iter().find(|one| one.period == period).map_or(PeriodState::Open, |one| one.state);
        companies.push(Own {
            id: company.id.to_string(),
            name: company.facts.name.clone(),
            address: crate::pages::office::main_address(&visit, company.id).await?.unwrap_or_default(),
            period: period.clone(),
            period_label: l.word("period", state.as_str()),
            state: state.as_str(),
            open: state == PeriodState::Open,
        });
    }
    use DocumentState::{Approved, Exported, New, Reading, ToReview};
    let sum = |states: &[DocumentState]| board.values().map(|line| line.in_states(states)).sum();
    let page = Page {
        may_send: scope.role().may_send(),
        admin: scope.role() == store::Role::CompanyAdmin,
        questions: visit.questions,
        month: l.month(&period),
        this_month: board.values().map(store::month::Line::papers).sum(),
        waiting: sum(&[New, Reading, ToReview]),
        accepted: sum(&[Approved, Exported]),
        papers: rows(&visit, &newest.documents),
        companies,
        frame: Frame::of(&visit, "/"),
        l,
    };
    Ok(html(StatusCode::OK, &page))
}
