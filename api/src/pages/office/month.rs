//! The month board: all companies by one month, those first from whom nothing came yet.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum_extra::extract::Form;
use jiff::civil::Date;
use serde::Deserialize;
use store::document::DocumentState;
use store::month::{self, Line};
use store::period::{self, PeriodState};
use store::{CompanyId, UserId};

use crate::http::Code;
use crate::pages::frame::Frame;
use crate::pages::lang::Lang;
use crate::pages::{PageResult, Visit, html, see_other};

#[derive(Template)]
#[template(path = "month.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    may_work: bool,
    period: String,
    name: String,
    before: String,
    after: String,
    silent: String,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    company: String,
    assignee: String,
    papers: u64,
    unread: u64,
    to_review: u64,
    done: u64,
    exported: u64,
    held: u64,
    questions: u64,
    last: String,
    period: &'static str,
    period_label: String,
}

/// Which month.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    period: String,
}

/// Shows it; the present month, if none is named.
pub async fn show(visit: Visit, Query(wanted): Query<Wanted>) -> PageResult {
    if visit.is_client() {
        return Err(Code::Forbidden.into());
    }
    let first: Date = match format!("{}-01", wanted.period).parse() {
        Ok(day) => day,
        Err(_) => visit.today().first_of_month(),
    };
    let period = name_of(first);
    let board = month::board(visit.app.store(), &visit.caller.scope, &period).await?;
    let rows = rows(&visit, &board, &visit.names().await?);
    let page = Page {
        l: visit.l,
        frame: Frame::of(&visit, "/month"),
        may_work: visit.may_work(),
        name: visit.l.month(&period),
        before: first.yesterday().map(name_of).unwrap_or_default(),
        after: first.last_of_month().tomorrow().map(name_of).unwrap_or_default(),
        silent: match rows.iter().filter(|row| row.papers == 0).count() as u64 {
            0 => visit.l.t("silent.none").to_owned(),
            silent => visit.l.n("month_board.silent", silent),
        },
        rows,
        period,
    };
    Ok(html(StatusCode::OK, &page))
}

fn name_of(day: Date) -> String {
    day.strftime("%Y-%m").to_string()
}

fn rows(visit: &Visit, board: &BTreeMap<CompanyId, Line>, names: &BTreeMap<UserId, String>) -> Vec<Row> {
    use DocumentState::{Approved, Exported, Filed, New, Reading, Rejected, ToReview};
    let nothing = Line::default();
    let mut rows: Vec<Row> = visit
        .companies
        .iter()
        .filter(|company| company.closed_at.is_none())
        .map(|company| {
            let line = board.get(&company.id).unwrap_or(&nothing);
            let period = line.period.unwrap_or(PeriodState::Open).as_str();
            Row {
                id: company.id.to_string(),
                company: company.facts.name.clone(),
                assignee: company.facts.bookkeeper.and_then(|id| names.get(&id).cloned()).unwrap_or_default(),
                papers: line.papers(),
                unread: line.in_states(&[New, Reading]),
                to_review: line.in_states(&[ToReview]),
                done: line.in_states(&[Approved, Filed, Rejected]),
                exported: line.in_states(&[Exported]),
                held: line.held,
                questions: line.questions,
                last: line.last.map(|at| visit.l.day_of(at, &visit.zone)).unwrap_or_default(),
                period,
                period_label: visit.l.word("period", period),
            }
        })
        .collect();
    // Nothing yet first; then those with most left to do; what is closed last.
    rows.sort_by_key(|row| {
        (row.period == "closed", row.papers > 0, std::cmp::Reverse(row.unread + row.to_review), row.company.clone())
    });
    rows
}

/// A state for a period.
#[derive(Deserialize)]
pub struct State {
    state: PeriodState,
}

/// Opens or closes a company's month.
pub async fn set(visit: Visit, Path((company, month)): Path<(String, String)>, Form(wanted): Form<State>) -> PageResult {
    let company: CompanyId = company.parse().map_err(|_| Code::NotFound)?;
    period::set(visit.app.store(), &visit.caller.scope, company, &month, wanted.state).await?;
    Ok(see_other(&format!("/month?period={}", crate::pages::escaped(&month))))
}
