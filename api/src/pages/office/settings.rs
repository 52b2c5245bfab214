//! What holds for the whole office: passwords, papers that not everyone sees, and who stands in for whom.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum_extra::extract::Form;
use jiff::Timestamp;
use jiff::civil::Date;
use ocr::reading::DocumentType;
use serde::Deserialize;
use store::office::{self, PasswordRule};
use store::user::{self, Member};
use store::{UserId, cover, ksef, restriction, webhook};

use super::ksef::CertificateCard;

use super::spv::GrantCard;
use crate::http::{Code, Problem};
use crate::pages::frame::{Choice, Frame, type_choices};
use crate::pages::lang::Lang;
use crate::pages::problem::{PageProblem, sentence};
use crate::pages::{PageResult, Visit, html, name_of, said};

#[derive(Template)]
#[template(path = "settings.html")]
struct Page {
    l: &'static Lang,
    spv: GrantCard,
    frame: Frame,
    rule: PasswordRule,
    restrictions: Vec<Restricted>,
    /// Types that are not restricted yet.
    types: Vec<Choice>,
    /// People that papers can be hidden from.
    people: Vec<Choice>,
    covers: Vec<CoverRow>,
    /// People who can stand in, or be stood in for.
    workers: Vec<Choice>,
    today: String,
    ksef: CertificateCard,
    /// Somebody's invoices may be at KSeF.
    polish: bool,
    webhooks: u64,
    /// Webhooks that fail, or were switched off by that.
    webhooks_failing: u64,
}

struct Restricted {
    value: String,
    label: String,
    people: Vec<Choice>,
}

struct CoverRow {
    id: String,
    from: String,
    to: String,
    days: String,
    running: bool,
}

/// Shows it.
pub async fn show(visit: Visit) -> PageResult {
    render(visit, String::new(), StatusCode::OK).await
}

/// The page, with what did not work.
pub(super) async fn render(visit: Visit, error: String, status: StatusCode) -> PageResult {
    let (store, scope, l) = (visit.app.store(), &visit.caller.scope, visit.l);
    visit.caller.allow(|role| role.may_manage())?;
    let members = user::list(store, scope).await?;
    let restricted = restriction::list(store, scope).await?;
    let limited = choices_of(&members, |one| one.role.is_office() && !one.role.may_manage());
    let covers = cover::list(store, scope, Timestamp::now()).await?;
    let named = |id: UserId| members.iter().find(|one| one.user == id).map(shown).unwrap_or_default();
    let today = visit.today();
    let certificate = ksef::office::get(store, scope).await?;
    let webhooks = webhook::list(store, scope).await?;
    let mut frame = Frame::of(&visit, "/settings");
    frame.error = error;
    let restrictions: Vec<Restricted> = restricted
        .iter()
        .map(|(kind, named)| Restricted {
            value: name_of(kind),
            label: l.word("type", name_of(kind)),
            people: limited.iter().map(|one| Choice { chosen: has(named, &one.value), ..copy(one) }).collect(),
        })
        .collect();
    let page = Page {
        l,
        spv: GrantCard::of(&visit).await?,
        rule: office::password_rule(store, scope).await?,
        types: type_choices(l, "payroll").into_iter().filter(|kind| restrictions.iter().all(|r| r.value != kind.value)).collect(),
        restrictions,
        people: limited,
        covers: covers
            .into_iter()
            .map(|one| CoverRow {
                id: one.id.to_string(),
                from: named(one.from_user),
                to: named(one.to_user),
                days: format!("{} – {}", l.day(one.first_day), l.day(one.last_day)),
                running: one.first_day <= today,
            })
            .collect(),
        workers: choices_of(&members, |one| one.role.may_work()),
        today: today.to_string(),
        polish: certificate.is_some() || office::get(store, scope).await?.facts.country == "PL",
        ksef: CertificateCard::of(&visit, certificate.as_ref()),
        webhooks: webhooks.len() as u64,
        webhooks_failing: webhooks.iter().filter(|one| one.problem.is_some()).count() as u64,
        frame,
    };
    Ok(html(status, &page))
}

fn has(named: &BTreeSet<UserId>, id: &str) -> bool {
    id.parse().is_ok_and(|id: UserId| named.contains(&id))
}

fn copy(one: &Choice) -> Choice {
    Choice { value: one.value.clone(), label: one.label.clone(), chosen: one.chosen }
}

fn shown(member: &Member) -> String {
    if member.name.is_empty() { member.email.clone() } else { member.name.clone() }
}

/// Each person once, however many places they have.
fn choices_of(members: &[Member], fits: fn(&Member) -> bool) -> Vec<Choice> {
    let mut seen = BTreeSet::new();
    let fitting = members.iter().filter(|one| fits(one) && one.disabled_at.is_none() && seen.insert(one.user));
    fitting.map(|one| Choice { value: one.user.to_string(), label: shown(one), chosen: false }).collect()
}

/// Back to it, or it with what did not work.
pub(super) async fn done(visit: Visit, result: Result<(), Problem>) -> PageResult {
    visit.app.callers().forget();
    match result {
        Ok(()) => Ok(said("/settings", "kept", 1)),
        Err(problem) if matches!(problem.code(), Code::NotFound | Code::Forbidden) => Err(PageProblem::Shown(problem)),
        Err(problem) => {
            let (error, status) = (sentence(visit.l, &problem), problem.code().status());
            render(visit, error, status).await
        }
    }
}

/// What is asked of passwords.
#[derive(Deserialize)]
pub struct Passwords {
    rule: PasswordRule,
}

/// Chooses it.
pub async fn set_passwords(visit: Visit, Form(chosen): Form<Passwords>) -> PageResult {
    let result = office::set_password_rule(visit.app.store(), &visit.caller.scope, chosen.rule).await;
    done(visit, result.map_err(Problem::from)).await
}

/// Who sees a type.
#[derive(Deserialize)]
pub struct Named {
    document_type: DocumentType,
    #[serde(default)]
    user: Vec<UserId>,
    /// Take the restriction away.
    #[serde(default)]
    everyone: Option<String>,
}

/// Restricts a type, or lets everyone see it again.
pub async fn restrict(visit: Visit, Form(new): Form<Named>) -> PageResult {
    let named = new.everyone.is_none().then(|| new.user.into_iter().collect());
    let result = restriction::set(visit.app.store(), &visit.caller.scope, new.document_type, named).await;
    done(visit, result.map_err(Problem::from)).await
}

/// Who stands in for whom, and when.
#[derive(Deserialize)]
pub struct NewCover {
    from_user: UserId,
    to_user: UserId,
    first_day: String,
    last_day: String,
}

/// Hands companies over for a time.
pub async fn add_cover(visit: Visit, Form(new): Form<NewCover>) -> PageResult {
    let day = |text: &str, field| text.parse::<Date>().map_err(|_| Problem::field(Code::Invalid, field, "2026-07-31"));
    let result = match (day(&new.first_day, "first_day"), day(&new.last_day, "last_day")) {
        (Ok(first), Ok(last)) => {
            let (store, scope) = (visit.app.store(), &visit.caller.scope);
            let made = cover::create(store, scope, new.from_user, new.to_user, (first, last), Timestamp::now()).await;
            made.map(drop).map_err(Problem::from)
        }
        (Err(problem), _) | (_, Err(problem)) => Err(problem),
    };
    done(visit, result).await
}

/// Ends one before its time.
pub async fn end_cover(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id = id.parse().map_err(|_| Code::NotFound)?;
    let result = cover::end(visit.app.store(), &visit.caller.scope, id, Timestamp::now()).await;
    done(visit, result.map_err(Problem::from)).await
}
