//! A company's inbox at KSeF: its token, its last look, what goes wrong.

use axum::extract::Path;
use axum_extra::extract::Form;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use store::company::CompanyFacts;
use store::ksef::{self, NewInbox};
use store::{CompanyId, Role};

use super::company::refused;
use crate::http::Code;
use crate::pages::problem::PageProblem;
use crate::pages::{PageResult, Visit, see_other};

/// What the company's page shows of it.
#[derive(Default)]
pub struct KsefCard {
    /// Anything at all.
    pub shown: bool,
    /// It is set up.
    pub there: bool,
    /// May set it up.
    pub may_set: bool,
    /// May have it looked into.
    pub may_fetch: bool,
    /// The company's NIP.
    pub nip: String,
    /// Invoices fetched, and those that wait.
    pub counts: String,
    /// When it was last looked into without trouble.
    pub checked: String,
    /// When it is looked into next.
    pub next: String,
    /// What goes wrong, in plain words.
    pub problem: String,
    /// What KSeF said.
    pub message: String,
    /// Why an invoice waits.
    pub stuck: String,
}

impl KsefCard {
    /// Of a company. Those outside Poland see nothing of it.
    pub async fn of(visit: &Visit, id: CompanyId, facts: &CompanyFacts) -> Result<KsefCard, PageProblem> {
        let (scope, l) = (&visit.caller.scope, visit.l);
        let role = scope.role();
        let may_set = role.may_manage() || role == Role::CompanyAdmin;
        let Some(inbox) = ksef::get(visit.app.store(), scope, id).await? else {
            return Ok(KsefCard { shown: may_set && facts.country == "PL", may_set, ..KsefCard::default() });
        };
        let never = || l.t("ksef_inbox.never").to_owned();
        let counts = [("n", l.whole(inbox.fetched)), ("of", l.whole(inbox.waiting))];
        Ok(KsefCard {
            shown: true,
            there: true,
            may_set,
            may_fetch: role.may_work() || role == Role::CompanyAdmin,
            nip: inbox.nip,
            counts: l.fill("ksef_inbox.counts", &counts.each_ref().map(|(name, value)| (*name, value.as_str()))),
            checked: inbox.checked_at.map_or_else(never, |at| visit.moment(at)),
            next: visit.moment(inbox.next_at),
            problem: inbox.problem.map(|problem| l.word("ksef_problem", problem.as_str())).unwrap_or_default(),
            message: inbox.message.unwrap_or_default(),
            stuck: inbox.stuck.unwrap_or_default(),
        })
    }
}

/// How to get in.
#[derive(Deserialize)]
pub struct Access {
    #[serde(default)]
    nip: String,
    #[serde(default)]
    token: String,
    #[serde(default)]
    since: String,
}

/// Sets it up.
pub async fn set(visit: Visit, Path(id): Path<String>, Form(form): Form<Access>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    let some = |text: String| Some(text).filter(|text| !text.trim().is_empty());
    let since = form.since.parse::<Date>().ok().and_then(|day| day.to_zoned(visit.zone.clone()).ok());
    let new = NewInbox { nip: some(form.nip), token: some(form.token), since: since.map(|day| day.timestamp()) };
    match ksef::put(visit.app.store(), &visit.caller.scope, id, new, Timestamp::now()).await {
        Ok(_) => Ok(see_other(&format!("/companies/{id}#ksef"))),
        Err(error) => refused(visit, id, error).await,
    }
}

/// Has it looked into now.
pub async fn fetch(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    ksef::hurry(visit.app.store(), &visit.caller.scope, id, Timestamp::now()).await?;
    Ok(see_other(&format!("/companies/{id}#ksef")))
}

/// Takes it away.
pub async fn remove(visit: Visit, Path(id): Path<String>) -> PageResult {
    let id: CompanyId = id.parse().map_err(|_| Code::NotFound)?;
    ksef::remove(visit.app.store(), &visit.caller.scope, id).await?;
    Ok(see_other(&format!("/companies/{id}#ksef")))
}
