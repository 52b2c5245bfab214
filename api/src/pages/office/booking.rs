//! The office's lists for booking and its rules.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum_extra::extract::Form;
use serde::Deserialize;
use store::booking::{self, Booking, ChoiceKind, NewChoice, NewRule};
use store::{ChoiceId, CompanyId, RuleId};

use crate::http::{Code, Problem};
use crate::pages::frame::{Choice, Frame, choices, company_choices};
use crate::pages::lang::Lang;
use crate::pages::problem::sentence;
use crate::pages::{PageResult, Visit, html, said};

#[derive(Template)]
#[template(path = "booking.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    may_work: bool,
    kinds: Vec<Choice>,
    companies: Vec<Choice>,
    choices: Vec<ChoiceRow>,
    rules: Vec<RuleRow>,
}

struct ChoiceRow {
    id: String,
    kind: String,
    company: String,
    code: String,
    name: String,
    account: String,
    vat_code: String,
    hidden: bool,
}

struct RuleRow {
    id: String,
    company: String,
    seller: String,
    line: String,
    booking: String,
    at_once: bool,
}

/// Shows them.
pub async fn show(visit: Visit) -> PageResult {
    render(visit, String::new(), StatusCode::OK).await
}

async fn render(visit: Visit, error: String, status: StatusCode) -> PageResult {
    if visit.is_client() {
        return Err(Code::Forbidden.into());
    }
    let (store, scope, l) = (visit.app.store(), &visit.caller.scope, visit.l);
    let company = |id: Option<CompanyId>| id.map(|id| visit.company(id)).unwrap_or_default();
    let list = booking::choices(store, scope).await?;
    let rules = booking::rules(store, scope).await?;
    let mut frame = Frame::of(&visit, "/export");
    frame.error = error;
    let kinds: Vec<&str> = ChoiceKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let page = Page {
        may_work: visit.may_work(),
        kinds: choices(l, "list", &kinds, "category"),
        companies: company_choices(&visit, ""),
        choices: list
            .into_iter()
            .map(|choice| ChoiceRow {
                id: choice.id.to_string(),
                kind: l.word("list", choice.kind.as_str()),
                company: company(choice.company),
                code: choice.code,
                name: choice.name,
                account: choice.account.unwrap_or_default(),
                vat_code: choice.vat_code.unwrap_or_default(),
                hidden: choice.hidden,
            })
            .collect(),
        rules: rules
            .into_iter()
            .map(|rule| RuleRow {
                id: rule.id.to_string(),
                company: company(rule.company),
                seller: rule.seller.unwrap_or_default(),
                line: rule.line.unwrap_or_default(),
                booking: in_words(l, &rule.booking),
                at_once: rule.at_once,
            })
            .collect(),
        l,
        frame,
    };
    Ok(html(status, &page))
}

/// A booking in one line.
pub fn in_words(l: &Lang, booking: &Booking) -> String {
    let parts = booking.parts().unwrap_or_default();
    let part = |(name, value): (String, serde_json::Value)| {
        let label = l.word("part_of", &name);
        match value {
            serde_json::Value::Bool(true) => label,
            serde_json::Value::String(text) => format!("{label}: {text}"),
            other => format!("{label}: {other}"),
        }
    };
    parts.into_iter().map(part).collect::<Vec<_>>().join(", ")
}

/// A new entry.
#[derive(Deserialize)]
pub struct Entry {
    kind: ChoiceKind,
    #[serde(default)]
    company: String,
    code: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    account: String,
    #[serde(default)]
    vat_code: String,
    #[serde(default)]
    hidden: String,
}

fn one_company(text: &str) -> Result<Option<CompanyId>, Problem> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| Code::NotFound.into()) }
}

/// Adds it.
pub async fn add_choice(visit: Visit, Form(entry): Form<Entry>) -> PageResult {
    let new = NewChoice {
        kind: entry.kind,
        company: one_company(&entry.company)?,
        code: entry.code,
        name: entry.name,
        account: Some(entry.account),
        vat_code: Some(entry.vat_code),
        hidden: entry.hidden == "1",
    };
    let added = booking::add_choice(visit.app.store(), &visit.caller.scope, new).await.map(drop);
    done(visit, added).await
}

/// Takes one away.
pub async fn remove_choice(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: ChoiceId = id.parse().map_err(|_| Code::NotFound)?;
    let removed = booking::remove_choice(visit.app.store(), &visit.caller.scope, id).await;
    done(visit, removed).await
}

/// A new rule.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RuleForm {
    company: String,
    seller: String,
    line: String,
    category: String,
    register: String,
    description: String,
    at_once: String,
}

/// Adds it; one that works by itself is carried out on the papers that are here.
pub async fn add_rule(visit: Visit, Form(rule): Form<RuleForm>) -> PageResult {
    let text = |text: String| Some(text).filter(|text| !text.trim().is_empty());
    let booking = Booking {
        category: text(rule.category),
        register: text(rule.register),
        description: text(rule.description),
        ..Booking::default()
    };
    let (company, at_once) = (one_company(&rule.company)?, rule.at_once == "1");
    let new = NewRule { company, seller: text(rule.seller), line: text(rule.line), booking, at_once };
    match booking::add_rule(visit.app.store(), &visit.caller.scope, new).await {
        Ok(id) if at_once => applied(visit, id).await,
        added => done(visit, added.map(drop)).await,
    }
}

/// Carries one out on the papers that are here.
pub async fn apply_rule(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: RuleId = id.parse().map_err(|_| Code::NotFound)?;
    applied(visit, id).await
}

async fn applied(visit: Visit, id: RuleId) -> PageResult {
    let applied = booking::apply_rule(visit.app.store(), &visit.caller.scope, id).await?;
    Ok(said("/booking", "booked", applied.set))
}

/// Takes one away.
pub async fn remove_rule(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: RuleId = id.parse().map_err(|_| Code::NotFound)?;
    let removed = booking::remove_rule(visit.app.store(), &visit.caller.scope, id).await;
    done(visit, removed).await
}

async fn done(visit: Visit, result: store::Result<()>) -> PageResult {
    match result.map_err(Problem::from) {
        Ok(()) => Ok(said("/booking", "kept", 1)),
        Err(problem) if matches!(problem.code(), Code::NotFound | Code::Forbidden) => Err(problem.into()),
        Err(problem) => {
            let (text, status) = (sentence(visit.l, &problem), problem.code().status());
            render(visit, text, status).await
        }
    }
}
