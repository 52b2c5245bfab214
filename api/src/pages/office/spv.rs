//! A company's inbox at SPV, and what ANAF granted: the way to ANAF and back, the last look, what goes wrong.

use std::time::Duration;

use axum::extract::{Path, Query};
use axum::http::{HeaderMap, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect};
use axum_extra::extract::Form;
use ingest::channel::spv as channel;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use store::company::CompanyFacts;
use store::spv::grant;
use store::spv::{self, NewInbox, SpvAccess};
use store::{CompanyId, Role, company};

use super::company::refused;
use crate::cli::spv_settings;
use crate::http::{Code, Problem};
use crate::oidc::{Back, Ticket};
use crate::pages::frame::Choice;
use crate::pages::problem::PageProblem;
use crate::pages::{PageResult, Visit, errand, see_other};

/// Where ANAF sends people back to.
pub const BACK: &str = "/spv/back";
/// What the browser keeps meanwhile, by its name.
const ERRAND: &str = "spv";
/// A grant that ends within this time is warned of.
const SOON: Duration = Duration::from_secs(30 * 86_400);

/// What the company's page shows of its inbox.
#[derive(Default)]
pub struct SpvCard {
    /// Anything at all.
    pub shown: bool,
    /// It is set up.
    pub there: bool,
    /// May set it up.
    pub may_set: bool,
    /// May have it looked into.
    pub may_fetch: bool,
    /// This service is registered at ANAF.
    pub registered: bool,
    /// There is a grant that it could be entered with.
    pub granted: bool,
    /// The company's CIF.
    pub cif: String,
    /// Whose grants may be chosen.
    pub ways: Vec<Choice>,
    /// Invoices fetched, and those that wait.
    pub counts: String,
    /// When it was last looked into without trouble.
    pub checked: String,
    /// When it is looked into next.
    pub next: String,
    /// How long its grant lasts; and that it ends soon.
    pub until: String,
    /// See there.
    pub warning: String,
    /// The time of which nothing can be had any more.
    pub gap: String,
    /// What goes wrong, in plain words.
    pub problem: String,
    /// What ANAF said.
    pub message: String,
    /// Why an invoice waits.
    pub stuck: String,
}

impl SpvCard {
    /// Of a company. Those outside Romania see nothing of it.
    pub async fn of(visit: &Visit, id: CompanyId, facts: &CompanyFacts) -> Result<SpvCard, PageProblem> {
        let (scope, l) = (&visit.caller.scope, visit.l);
        let role = scope.role();
        let may_set = role.may_manage() || role == Role::CompanyAdmin;
        let inbox = spv::get(visit.app.store(), scope, id).await?;
        if inbox.is_none() && !(may_set && facts.country == "RO") {
            return Ok(SpvCard::default());
        }
        let shared = if role.may_manage() { grant::get(visit.app.store(), scope).await? } else { None };
        let access = inbox.as_ref().map_or(SpvAccess::Office, |inbox| inbox.access);
        let ways = [(SpvAccess::Office, shared.is_some()), (SpvAccess::Own, inbox.is_some())];
        let ways = ways.into_iter().filter(|(way, there)| *there || (inbox.is_some() && *way == access)).map(|(way, _)| Choice {
            value: way.as_str().to_owned(),
            label: l.word("spv_access", way.as_str()),
            chosen: way == access,
        });
        let card = SpvCard {
            shown: true,
            may_set,
            registered: registered(visit),
            granted: inbox.is_some() || shared.is_some(),
            ways: ways.collect(),
            ..SpvCard::default()
        };
        let Some(inbox) = inbox else { return Ok(card) };
        let counts = [("n", l.whole(inbox.fetched)), ("of", l.whole(inbox.waiting))];
        let until = if access == SpvAccess::Office { shared.and_then(|facts| facts.until) } else { inbox.granted_until };
        let day = |at: Timestamp| l.day_of(at, &visit.zone);
        let gap = inbox.gap.map(|gap| l.fill("spv_inbox.gap", &[("from", &day(gap.from)), ("until", &day(gap.until))]));
        Ok(SpvCard {
            there: true,
            may_fetch: role.may_work() || role == Role::CompanyAdmin,
            cif: inbox.cif,
            counts: l.fill("ksef_inbox.counts", &counts.each_ref().map(|(name, value)| (*name, value.as_str()))),
            checked: inbox.checked_at.map_or_else(|| l.t("ksef_inbox.never").to_owned(), |at| visit.moment(at)),
            next: visit.moment(inbox.next_at),
            until: lasts(visit, until),
            warning: warning(visit, until),
            gap: gap.unwrap_or_default(),
            problem: inbox.problem.map(|problem| l.word("spv_problem", problem.as_str())).unwrap_or_default(),
            message: inbox.message.unwrap_or_default(),
            stuck: inbox.stuck.unwrap_or_default(),
            ..card
        })
    }
}

/// What the office's settings show of its grant.
#[derive(Default)]
pub struct GrantCard {
    /// Anything at all.
    pub shown: bool,
    /// There is one.
    pub there: bool,
    /// This service is registered at ANAF.
    pub registered: bool,
    /// How long it lasts; and that it ends soon.
    pub until: String,
    /// See there.
    pub warning: String,
}

impl GrantCard {
    /// Of the office; nothing where no company of it is in Romania.
    pub async fn of(visit: &Visit) -> Result<GrantCard, PageProblem> {
        let facts = grant::get(visit.app.store(), &visit.caller.scope).await?;
        let until = facts.and_then(|facts| facts.until);
        Ok(GrantCard {
            shown: facts.is_some() || visit.companies.iter().any(|company| company.facts.country == "RO"),
            there: facts.is_some(),
            registered: registered(visit),
            until: lasts(visit, until),
            warning: warning(visit, until),
        })
    }
}

fn registered(visit: &Visit) -> bool {
    let config = &visit.app.config().spv;
    !config.client_id.is_empty() && !config.client_secret.is_empty()
}

fn lasts(visit: &Visit, until: Option<Timestamp>) -> String {
    until.map(|until| visit.l.with("spv_inbox.until", visit.l.day_of(until, &visit.zone))).unwrap_or_default()
}

fn warning(visit: &Visit, until: Option<Timestamp>) -> String {
    let now = Timestamp::now();
    match until {
        Some(until) if until <= now => visit.l.t("spv_inbox.ended").to_owned(),
        Some(until) if until < now + SOON => visit.l.t("spv_inbox.ends_soon").to_owned(),
        _ => String::new(),
    }
}

/// How to get in.
#[derive(Deserialize)]
pub struct Access {
    #[serde(default)]
    cif: String,
    #[serde(default)]
    access: Option<SpvAccess>,
    #[serde(default)]
    since: String,
}

/// Sets it up.
pub async fn set(visit: Visit, Path(id): Path<String>, Form(form): Form<Access>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    let since = form.since.parse::<Date>().ok().and_then(|day| day.to_zoned(visit.zone.clone()).ok());
    let cif = Some(form.cif).filter(|text| !text.trim().is_empty());
    let new = NewInbox { cif, access: form.access, since: since.map(|day| day.timestamp()), granted: None };
    match spv::put(visit.app.store(), &visit.caller.scope, id, new, Timestamp::now()).await {
        Ok(_) => Ok(shown(Some(id))),
        Err(error) => refused(visit, id, error).await,
    }
}

/// Has it looked into now.
pub async fn fetch(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    spv::hurry(visit.app.store(), &visit.caller.scope, id, Timestamp::now()).await?;
    Ok(shown(Some(id)))
}

/// Takes it away.
pub async fn remove(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    spv::remove(visit.app.store(), &visit.caller.scope, id).await?;
    Ok(shown(Some(id)))
}

/// Takes the office's grant away.
pub async fn remove_grant(visit: Visit) -> PageResult {
    grant::remove(visit.app.store(), &visit.caller.scope).await?;
    Ok(shown(None))
}

/// To ANAF, which asks for a certificate, for a company's own grant.
pub async fn connect(visit: Visit, headers: HeaderMap, Path(id): Path<String>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    visit.caller.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    company::get(visit.app.store(), &visit.caller.scope, id).await?;
    there(&visit, &headers, &id.to_string())
}

/// The same for the office's.
pub async fn connect_office(visit: Visit, headers: HeaderMap) -> PageResult {
    visit.caller.allow(|role| role.may_manage())?;
    there(&visit, &headers, "office")
}

fn there(visit: &Visit, headers: &HeaderMap, whose: &str) -> PageResult {
    if !registered(visit) {
        return Err(Problem::with(Code::Conflict, visit.l.word("spv_problem", "unregistered")).into());
    }
    let ticket = Ticket::new().map_err(Problem::internal)?;
    let settings = spv_settings(visit.app.config());
    let address = channel::address(&settings, &back_address(visit), ticket.state());
    let address = address.ok_or_else(|| Problem::internal("[spv] sign_in is no address"))?;
    let cookie = errand::cookie(&visit.app, headers, ERRAND, &format!("{ticket}.{whose}"), errand::LIFE);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&address)).into_response())
}

/// And back: what ANAF grants is kept, and a company's inbox set up with it.
pub async fn back(visit: Visit, headers: HeaderMap, Query(back): Query<Back>) -> PageResult {
    let kept = errand::kept(&visit.app, &headers, ERRAND);
    let begun = kept.as_deref().and_then(|kept| kept.rsplit_once('.')).and_then(|(ticket, whose)| {
        let ticket = Ticket::parse(ticket).filter(|ticket| ticket.answered(&back))?;
        Some((ticket, whose.parse::<CompanyId>().ok().filter(|_| whose != "office")))
    });
    let Some((_, company)) = begun else { return Err(failed(&visit, "the answer belongs to nothing that was begun here")) };
    let code = back.code().map_err(|said| failed(&visit, &said))?;
    let settings = spv_settings(visit.app.config());
    let tokens = channel::redeem(&settings, &back_address(&visit), code).await;
    let tokens = tokens.map_err(|trouble| failed(&visit, &trouble.to_string()))?;
    let (store, scope, now) = (visit.app.store(), &visit.caller.scope, Timestamp::now());
    let forget = errand::cookie(&visit.app, &headers, ERRAND, "", 0);
    match company {
        None => {
            grant::put(store, scope, tokens, now).await?;
        }
        Some(id) => {
            let new = NewInbox { granted: Some(tokens), ..NewInbox::default() };
            if let Err(error) = spv::put(store, scope, id, new, now).await {
                return refused(visit, id, error).await;
            }
        }
    }
    Ok((AppendHeaders([(header::SET_COOKIE, forget)]), shown(company)).into_response())
}

/// As it is registered at ANAF.
fn back_address(visit: &Visit) -> String {
    format!("{}{BACK}", visit.address)
}

fn failed(visit: &Visit, why: &str) -> PageProblem {
    tracing::warn!(why, "ANAF granted nothing");
    Problem::with(Code::Forbidden, visit.l.t("spv_inbox.failed")).into()
}

fn shown(company: Option<CompanyId>) -> axum::response::Response {
    see_other(&company.map_or_else(|| "/settings#spv".to_owned(), |id| format!("/companies/{id}#spv")))
}
