//! Companies' inboxes at SPV, the Romanian tax office's private space, where suppliers' e-invoices are: whose grant opens them, how far listing
//! came, which invoices are still to be fetched. One process at a time has an inbox, by a lease; tokens are sealed.

pub mod grant;

use std::time::Duration;

use jiff::Timestamp;
use ocr::value::country::Country;
use ocr::value::tax_id::TaxId;
use serde::Serialize;

use crate::company::changed;
use crate::door::{self, Held, System};
use crate::error::{Error, Result};
use crate::id::{CompanyId, OfficeId, SubmissionId};
use crate::scope::{Role, Scope};
use crate::sql::{Row, Tx, params};
use crate::store::Store;
use crate::word::words;
use grant::Tokens;

words! {
    /// Whose grant an inbox is entered with.
    pub enum SpvAccess {
        /// One given for this company alone.
        Own = "own",
        /// The office's, by which all companies that gave its people rights in SPV are read.
        Office = "office",
    }
}

words! {
    /// What keeps an inbox from being fetched.
    pub enum SpvProblem {
        /// There is no grant, or ANAF does not take it any more: it was revoked, or has ended.
        Grant = "grant",
        /// This service is not registered at ANAF.
        Unregistered = "unregistered",
        /// Whoever gave the grant has no right to the company in SPV.
        Rights = "rights",
        /// ANAF wants to be asked less often.
        Busy = "busy",
        /// What ANAF allows in a day is used up.
        Limit = "limit",
        /// ANAF does not answer.
        Unreachable = "unreachable",
        /// What ANAF answers is not what its description says.
        Garbled = "garbled",
        /// ANAF refuses what was asked.
        Refused = "refused",
    }
}

/// How to get in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewInbox {
    /// The company's CIF; what is there, or its own tax id, if none is said.
    pub cif: Option<String>,
    /// Whose grant; what is there, or the one there is, if nothing is said.
    pub access: Option<SpvAccess>,
    /// From when on invoices are fetched, for a new inbox; else the first day of the month before. SPV keeps them for 60 days.
    pub since: Option<Timestamp>,
    /// A grant of its own, if one is given with it.
    pub granted: Option<Tokens>,
}

/// A time of which nothing can be had any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Gap {
    /// What came before it is known.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub from: Timestamp,
    /// What came after it, too.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub until: Timestamp,
}

/// An inbox and how its fetching goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SpvInbox))]
pub struct Inbox {
    /// The company.
    pub company: CompanyId,
    /// Its CIF.
    pub cif: String,
    /// Whose grant it is entered with.
    pub access: SpvAccess,
    /// When its own grant ends, unless it is renewed before: every look does that in time. Null where the office's is used, or ANAF did not say.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub granted_until: Option<Timestamp>,
    /// What came to SPV before this is known here.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub point: Timestamp,
    /// What came in this time cannot be had any more: nobody looked within the 60 days that SPV keeps it.
    pub gap: Option<Gap>,
    /// Invoices fetched so far.
    pub fetched: u64,
    /// Invoices that are known and not fetched yet.
    pub waiting: u64,
    /// One of those that could not be fetched: its number, and why.
    pub stuck: Option<String>,
    /// What goes wrong at the moment.
    pub problem: Option<SpvProblem>,
    /// The same, with what ANAF said.
    pub message: Option<String>,
    /// When it was last looked into without trouble.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub checked_at: Option<Timestamp>,
    /// When it is looked into next.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub next_at: Timestamp,
}

/// An inbox under a lease.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The office.
    pub office: OfficeId,
    /// The company.
    pub company: CompanyId,
    /// Its CIF.
    pub cif: String,
    /// Whose grant it is entered with.
    pub access: SpvAccess,
    /// Where listing goes on.
    pub point: Timestamp,
    /// How often it failed in a row.
    pub failures: u32,
    fence: i64,
}

/// An invoice to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its number at SPV.
    pub number: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Fetching it was cut off: it may be kept already.
    pub cut_off: bool,
}

static SYSTEM: System<Inbox> = System { door: "spv_door", item: "spv_message", removed: "spv.removed", columns, inbox };

fn columns() -> String {
    format!(
        "company_id, cif, access, CASE access WHEN 'own' THEN (SELECT g.refresh_until FROM spv_grant g WHERE g.holder = spv_door.company_id
            AND g.office_id = spv_door.office_id) END, point, gap_from, gap_until, fetched, {}, problem, message, checked_at, run_after",
        SYSTEM.waiting()
    )
}

/// Sets a company's inbox up, or changes it. How far listing came stays, unless it is another company's CIF: then what waits is forgotten, too.
/// A company's own people read its own CIF alone, and not by the office's grant: that one opens the inboxes of others, too.
pub async fn put(store: &Store, scope: &Scope, company: CompanyId, new: NewInbox, now: Timestamp) -> Result<Inbox> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    scope.require(company)?;
    let (scope_, since) = (scope.clone(), new.since.unwrap_or_else(|| door::before(now)));
    let sealed = new.granted.as_ref().map(|tokens| grant::seal(store, tokens)).transpose()?;
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                crate::company::writable(tx, &scope_, company).await?;
                if let (Some(tokens), Some(sealed)) = (&new.granted, sealed) {
                    grant::insert(tx, &scope_, Some(company), (tokens, sealed), now).await?;
                }
                let there = SYSTEM.fetch(tx, &scope_, company).await?;
                let (cif, access) = entry(tx, &scope_, company, &new, there.as_ref()).await?;
                if there.is_some_and(|there| there.cif != cif) {
                    SYSTEM.forget(tx, &scope_, company).await?;
                }
                let sql = "INSERT INTO spv_door (company_id, office_id, cif, access, point, run_after, created_at)
                           VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (company_id) DO UPDATE SET access = excluded.access,
                               point = CASE WHEN spv_door.cif = excluded.cif THEN spv_door.point ELSE excluded.point END,
                               cif = excluded.cif, run_after = excluded.run_after, problem = NULL, message = NULL, failures = 0,
                               gap_from = NULL, gap_until = NULL, leased_until = NULL, fence = spv_door.fence + 1";
                tx.execute(sql, params![company, scope_.office(), &cif, access, since, now]).await?;
                changed(tx, &scope_, company, "spv.set", &format!("{cif} {access}")).await?;
                SYSTEM.fetch(tx, &scope_, company).await?.ok_or(Error::NotFound)
            })
        })
        .await
}

/// CIF and access from now on.
async fn entry(
    tx: &mut Tx,
    scope: &Scope,
    company: CompanyId,
    new: &NewInbox,
    there: Option<&Inbox>,
) -> Result<(String, SpvAccess)> {
    let facts = crate::company::fetch(tx, scope, company).await?.facts;
    let manages = scope.allow_manage().is_ok();
    let said = new.cif.as_deref().map(str::trim).filter(|said| !said.is_empty());
    let cif = match (said, there) {
        (None, Some(there)) => there.cif.clone(),
        (said, _) => cif(said, &facts.tax_ids)?,
    };
    let own = there.is_some_and(|there| there.cif == cif) || facts.tax_ids.iter().any(|id| digits(id).as_deref() == Some(&cif));
    if !own && !manages {
        return Err(Error::invalid("cif", "This is not the company's own CIF: ask the office to set it."));
    }
    let has_own = grant::exists(tx, scope.office(), Some(company)).await?;
    let access = match (new.access, there) {
        (Some(access), _) => access,
        (None, _) if new.granted.is_some() => SpvAccess::Own,
        (None, Some(there)) => there.access,
        (None, None) if !has_own && manages => SpvAccess::Office,
        (None, None) => SpvAccess::Own,
    };
    let (changed, fits) = (
        there.map(|there| there.access) != Some(access),
        match access {
            SpvAccess::Own => has_own,
            SpvAccess::Office => manages && grant::exists(tx, scope.office(), None).await?,
        },
    );
    match (changed && !fits, access) {
        (false, _) => Ok((cif, access)),
        (true, SpvAccess::Office) if !manages => Err(Error::Forbidden),
        (true, _) => Err(Error::invalid(
            "access",
            "ANAF has granted nothing yet: connect first, with a certificate that has rights in SPV.",
        )),
    }
}

/// Takes a company's inbox away, with its own grant and what was still to be fetched. What was fetched stays, and is not fetched again by a
/// later one.
pub async fn remove(store: &Store, scope: &Scope, company: CompanyId) -> Result<()> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    scope.require(company)?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                SYSTEM.remove(tx, &scope_, company).await?;
                grant::drop_of(tx, &scope_, company).await
            })
        })
        .await
}

/// Has an inbox looked into at once; not sooner than ANAF asked for.
pub async fn hurry(store: &Store, scope: &Scope, company: CompanyId, now: Timestamp) -> Result<Inbox> {
    SYSTEM.hurry(store, scope, company, now).await
}

/// A company's inbox, if it has one.
pub async fn get(store: &Store, scope: &Scope, company: CompanyId) -> Result<Option<Inbox>> {
    SYSTEM.get(store, scope, company).await
}

/// Inboxes within the scope.
pub async fn list(store: &Store, scope: &Scope) -> Result<Vec<Inbox>> {
    SYSTEM.list(store, scope).await
}

/// Where one process has the rows to itself, whoever had a lease is dead: they can be taken at once.
pub async fn reclaim(store: &Store) -> Result<()> {
    grant::reclaim(store).await?;
    SYSTEM.reclaim(store).await
}

/// Takes the inbox that waits longest to be looked into, of companies that are not closed.
pub async fn next(store: &Store, lease: Duration, now: Timestamp) -> Result<Option<Turn>> {
    let returning = "office_id, company_id, cif, access, point, failures, fence";
    let row = store.write_internal(move |tx| Box::pin(async move { SYSTEM.take(tx, returning, lease, now).await })).await?;
    let Some(row) = row else { return Ok(None) };
    let mut c = row.columns();
    let (office, company, cif, access, point) = (c.parse()?, c.parse()?, c.text()?, c.parse()?, c.time()?);
    let failures = u32::try_from(c.int()?).unwrap_or(u32::MAX);
    Ok(Some(Turn { office, company, cif, access, point, failures, fence: c.int()? }))
}

/// Notes a page of a listing and how far it came, in one transaction. False: the lease was lost, and nothing more may be done under it.
pub async fn listed(store: &Store, turn: &Turn, numbers: Vec<String>, point: Timestamp, now: Timestamp) -> Result<bool> {
    let rows = numbers.into_iter().map(|number| params![number]).collect();
    SYSTEM.listed(store, turn.held(), ("number", rows), point, now).await
}

/// Notes a time of which nothing can be had any more; one that is known grows.
pub async fn missed(store: &Store, turn: &Turn, gap: Gap) -> Result<()> {
    let held = turn.held();
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql =
                    "UPDATE spv_door SET gap_from = COALESCE(gap_from, $3), gap_until = $4 WHERE company_id = $1 AND fence = $2";
                tx.execute(sql, params![held.company, held.fence, gap.from, gap.until]).await.map(drop)
            })
        })
        .await
}

/// Invoices whose time to be fetched has come, at most `limit`.
pub async fn wanted(store: &Store, turn: &Turn, limit: u32, now: Timestamp) -> Result<Vec<Wanted>> {
    let columns = "number, attempts, CASE WHEN problem IS NULL THEN begun ELSE 0 END";
    let rows = SYSTEM.wanted(store, turn.held(), columns, limit, now).await?;
    let wanted = |row: Row| {
        let mut c = row.columns();
        Ok(Wanted { number: c.text()?, attempts: u32::try_from(c.int()?).unwrap_or(u32::MAX), cut_off: c.bool()? })
    };
    rows.into_iter().map(wanted).collect()
}

/// Notes that fetching an invoice begins: what went wrong before is no longer what became of it.
pub async fn begun(store: &Store, turn: &Turn, number: &str) -> Result<()> {
    let (company, number) = (turn.company, number.to_owned());
    let sql = "UPDATE spv_message SET begun = 1, problem = NULL WHERE company_id = $1 AND number = $2";
    store.write_internal(move |tx| Box::pin(async move { tx.execute(sql, params![company, &number]).await.map(drop) })).await
}

/// Notes that an invoice is kept. False: the lease was lost.
pub async fn fetched(store: &Store, turn: &Turn, number: &str, submission: SubmissionId, fresh: bool) -> Result<bool> {
    SYSTEM.fetched(store, turn.held(), number, submission, fresh).await
}

/// Notes that an invoice could not be fetched: it is tried again at `next`, the others go on.
pub async fn failed(store: &Store, turn: &Turn, number: &str, problem: String, next: Timestamp) -> Result<()> {
    SYSTEM.failed(store, turn.held(), number, problem, next).await
}

/// Gives the inbox back: with what went wrong, if anything did, and when it is looked into next.
pub async fn release(
    store: &Store,
    turn: &Turn,
    problem: Option<(SpvProblem, String)>,
    next: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let problem = problem.map(|(problem, message)| (problem.as_str(), message));
    SYSTEM.release(store, turn.held(), problem, next, now).await
}

/// The arrival that this file made before. By its name: nobody says that ANAF packs an invoice into the same bytes each time.
pub async fn arrived(store: &Store, turn: &Turn, file_name: &str) -> Result<Option<SubmissionId>> {
    let sql = "SELECT id FROM submission WHERE office_id = $1 AND company_id = $2 AND channel = $3 AND file_name = $4 ORDER BY id LIMIT 1";
    let values = params![turn.office, turn.company, crate::accept::Channel::Spv, file_name];
    let row = store.read_internal().await?.fetch_optional(sql, values).await?;
    row.map(|row| row.columns().parse()).transpose()
}

/// The CIF that was said, or the company's own, in digits alone.
fn cif(said: Option<&str>, tax_ids: &[String]) -> Result<String> {
    match said.map(str::trim).filter(|said| !said.is_empty()) {
        Some(said) => digits(said).ok_or_else(|| Error::invalid("cif", "This is no CIF: its check digit is wrong.")),
        None => tax_ids
            .iter()
            .find_map(|id| digits(id))
            .ok_or_else(|| Error::invalid("cif", "The company has no CIF: say it, or add it to the company's tax ids.")),
    }
}

fn digits(text: &str) -> Option<String> {
    let id = TaxId::parse(text, Country::parse("RO")).ok().filter(|id| id.country().as_str() == "RO")?;
    Some(id.number().to_owned()).filter(|number| number.bytes().all(|b| b.is_ascii_digit()))
}

impl Turn {
    fn held(&self) -> Held {
        Held { office: self.office, company: self.company, fence: self.fence }
    }
}

fn inbox(row: Row) -> Result<Inbox> {
    let mut c = row.columns();
    Ok(Inbox {
        company: c.parse()?,
        cif: c.text()?,
        access: c.parse()?,
        granted_until: c.opt_time()?,
        point: c.time()?,
        gap: c.opt_time()?.zip(c.opt_time()?).map(|(from, until)| Gap { from, until }),
        fetched: c.count()?,
        waiting: c.count()?,
        stuck: c.opt_text()?,
        problem: c.opt_parse()?,
        message: c.opt_text()?,
        checked_at: c.opt_time()?,
        next_at: c.time()?,
    })
}
