//! Companies' inboxes at KSeF, where Polish e-invoices are: how to get in, how far listing came, which invoices are still to be fetched. One
//! process at a time has an inbox, by a lease; tokens are sealed.

use std::time::Duration;

use jiff::Timestamp;
use ocr::value::country::Country;
use ocr::value::tax_id::TaxId;
use serde::Serialize;

use crate::company::changed;
use crate::error::{Error, Result};
use crate::id::{CompanyId, OfficeId, SubmissionId};
use crate::scope::{Role, Scope};
use crate::sql::{Row, Tx, params};
use crate::store::Store;
use crate::word::words;

words! {
    /// What keeps an inbox from being fetched.
    pub enum KsefProblem {
        /// KSeF does not take the token: it is wrong, was revoked, or has ended.
        Token = "token",
        /// The token may not see the company's invoices.
        Rights = "rights",
        /// KSeF wants to be asked less often.
        Busy = "busy",
        /// KSeF does not answer.
        Unreachable = "unreachable",
        /// What KSeF answers is not what its description says.
        Garbled = "garbled",
        /// KSeF refuses what was asked.
        Refused = "refused",
    }
}

/// How to get in.
#[derive(Clone, PartialEq, Eq)]
pub struct NewInbox {
    /// The company's NIP; its own tax id if none is said.
    pub nip: Option<String>,
    /// A KSeF token with the right to read invoices; the one that is there stays if none is said.
    pub token: Option<String>,
    /// From when on invoices are fetched, for a new inbox; else the first day of the month before.
    pub since: Option<Timestamp>,
}

impl std::fmt::Debug for NewInbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewInbox").field("nip", &self.nip).field("since", &self.since).finish_non_exhaustive()
    }
}

/// An inbox and how its fetching goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Inbox {
    /// The company.
    pub company: CompanyId,
    /// Its NIP.
    pub nip: String,
    /// What KSeF stored before this is known here.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub point: Timestamp,
    /// Invoices fetched so far.
    pub fetched: u64,
    /// Invoices that are known and not fetched yet.
    pub waiting: u64,
    /// One of those that could not be fetched: its number, and why.
    pub stuck: Option<String>,
    /// What goes wrong at the moment.
    pub problem: Option<KsefProblem>,
    /// The same, with what KSeF said.
    pub message: Option<String>,
    /// When it was last looked into without trouble.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub checked_at: Option<Timestamp>,
    /// When it is looked into next.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub next_at: Timestamp,
}

/// An inbox under a lease.
#[derive(Clone)]
pub struct Turn {
    /// The office.
    pub office: OfficeId,
    /// The company.
    pub company: CompanyId,
    /// Its NIP.
    pub nip: String,
    /// Its token.
    pub token: String,
    /// Where listing goes on.
    pub point: Timestamp,
    /// How often it failed in a row.
    pub failures: u32,
    fence: i64,
}

/// An invoice as KSeF lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its number there.
    pub number: String,
    /// SHA-256 of its XML in base64, if it was said.
    pub hash: Option<String>,
}

/// An invoice to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What was listed.
    pub invoice: Listed,
    /// How often it was tried.
    pub attempts: u32,
}

const COLUMNS: &str = "company_id, nip, point, fetched, (SELECT COUNT(*) FROM ksef_invoice i WHERE i.office_id = ksef_door.office_id
    AND i.company_id = ksef_door.company_id AND i.submission_id IS NULL), (SELECT MIN(i.number || ': ' || i.problem) FROM ksef_invoice i
    WHERE i.office_id = ksef_door.office_id AND i.company_id = ksef_door.company_id AND i.submission_id IS NULL), problem, message, checked_at, run_after";

/// Sets a company's inbox up, or changes it. How far listing came stays, unless it is another company's NIP.
pub async fn put(store: &Store, scope: &Scope, company: CompanyId, new: NewInbox, now: Timestamp) -> Result<Inbox> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    scope.require(company)?;
    let token = new.token.as_deref().map(str::trim).filter(|token| !token.is_empty());
    if token.is_some_and(|token| token.len() > 1_000 || !token.bytes().all(|b| b.is_ascii_graphic())) {
        return Err(Error::invalid("token", "This is no KSeF token: paste it as KSeF showed it."));
    }
    let sealed = token.map(|token| store.keys().seal("ksef", token)).transpose()?;
    let (scope_, since) = (scope.clone(), new.since.unwrap_or_else(|| before(now)));
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                crate::company::writable(tx, &scope_, company).await?;
                let facts = crate::company::fetch(tx, &scope_, company).await?.facts;
                let nip = nip(new.nip.as_deref(), &facts.tax_ids)?;
                let kept = "SELECT sealed FROM ksef_door WHERE office_id = $1 AND company_id = $2";
                let sealed = match (sealed, tx.fetch_optional(kept, params![scope_.office(), company]).await?) {
                    (Some(sealed), _) => sealed,
                    (None, Some(row)) => row.columns().blob()?,
                    (None, None) => return Err(Error::invalid("token", "A KSeF token is needed.")),
                };
                let sql = "INSERT INTO ksef_door (company_id, office_id, nip, sealed, point, run_after, created_at)
                           VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (company_id) DO UPDATE SET sealed = excluded.sealed,
                               point = CASE WHEN ksef_door.nip = excluded.nip THEN ksef_door.point ELSE excluded.point END,
                               nip = excluded.nip, run_after = excluded.run_after, problem = NULL, message = NULL, failures = 0,
                               leased_until = NULL, fence = ksef_door.fence + 1";
                tx.execute(sql, params![company, scope_.office(), &nip, sealed, since, now]).await?;
                changed(tx, &scope_, company, "ksef.set", &nip).await?;
                fetch(tx, &scope_, company).await?.ok_or(Error::NotFound)
            })
        })
        .await
}

/// Takes a company's inbox away, with what was still to be fetched. What was fetched stays, and is not fetched again by a later one.
pub async fn remove(store: &Store, scope: &Scope, company: CompanyId) -> Result<()> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    scope.require(company)?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "DELETE FROM ksef_invoice WHERE office_id = $1 AND company_id = $2 AND submission_id IS NULL";
                tx.execute(sql, params![scope_.office(), company]).await?;
                let sql = "DELETE FROM ksef_door WHERE office_id = $1 AND company_id = $2 RETURNING company_id";
                tx.fetch_one(sql, params![scope_.office(), company]).await?;
                changed(tx, &scope_, company, "ksef.removed", "").await
            })
        })
        .await
}

/// Has an inbox looked into at once; not sooner than KSeF asked for.
pub async fn hurry(store: &Store, scope: &Scope, company: CompanyId, now: Timestamp) -> Result<Inbox> {
    scope.allow(|role| role.may_work() || role == Role::CompanyAdmin)?;
    scope.require(company)?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "UPDATE ksef_door SET run_after = $3 WHERE office_id = $1 AND company_id = $2 AND run_after > $3
                           AND (problem IS NULL OR problem <> 'busy')";
                tx.execute(sql, params![scope_.office(), company, now]).await?;
                fetch(tx, &scope_, company).await?.ok_or(Error::NotFound)
            })
        })
        .await
}

/// A company's inbox, if it has one.
pub async fn get(store: &Store, scope: &Scope, company: CompanyId) -> Result<Option<Inbox>> {
    scope.allow(|role| role.may_see())?;
    scope.require(company)?;
    fetch(&mut store.read(scope).await?, scope, company).await
}

/// Inboxes within the scope.
pub async fn list(store: &Store, scope: &Scope) -> Result<Vec<Inbox>> {
    scope.allow(|role| role.may_see())?;
    let mut params = vec![];
    let condition = scope.condition("", &mut params);
    let sql = format!("SELECT {COLUMNS} FROM ksef_door WHERE {condition} ORDER BY company_id");
    store.read(scope).await?.fetch_all(sql, params).await?.into_iter().map(inbox).collect()
}

async fn fetch(tx: &mut Tx, scope: &Scope, company: CompanyId) -> Result<Option<Inbox>> {
    let sql = format!("SELECT {COLUMNS} FROM ksef_door WHERE office_id = $1 AND company_id = $2");
    tx.fetch_optional(sql, params![scope.office(), company]).await?.map(inbox).transpose()
}

/// Where one process has the rows to itself, whoever had a lease is dead: they can be taken at once.
pub async fn reclaim(store: &Store) -> Result<()> {
    if !store.is_alone() {
        return Ok(());
    }
    let free = "UPDATE ksef_door SET leased_until = NULL WHERE leased_until IS NOT NULL";
    store.write_internal(move |tx| Box::pin(async move { tx.execute(free, vec![]).await.map(drop) })).await
}

/// Takes the inbox that waits longest to be looked into, of companies that are not closed.
pub async fn next(store: &Store, lease: Duration, now: Timestamp) -> Result<Option<Turn>> {
    let row = store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE ksef_door SET leased_until = $2, fence = fence + 1
                           WHERE company_id = (SELECT d.company_id FROM ksef_door d JOIN company c ON c.office_id = d.office_id AND c.id = d.company_id
                               WHERE d.run_after <= $1 AND (d.leased_until IS NULL OR d.leased_until < $1) AND c.closed_at IS NULL
                               ORDER BY d.run_after LIMIT 1) AND (leased_until IS NULL OR leased_until < $1)
                           RETURNING office_id, company_id, nip, sealed, point, failures, fence";
                tx.fetch_optional(sql, params![now, now + lease]).await
            })
        })
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut c = row.columns();
    let (office, company, nip, sealed) = (c.parse()?, c.parse()?, c.text()?, c.blob()?);
    let token = store.keys().unseal("ksef", &sealed)?;
    let (point, failures) = (c.time()?, u32::try_from(c.int()?).unwrap_or(u32::MAX));
    Ok(Some(Turn { office, company, nip, token, point, failures, fence: c.int()? }))
}

/// Notes a page of a listing and how far it came, in one transaction. False: the lease was lost, and nothing more may be done under it.
pub async fn listed(store: &Store, turn: &Turn, invoices: Vec<Listed>, point: Timestamp, now: Timestamp) -> Result<bool> {
    let turn = turn.clone();
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE ksef_door SET point = CASE WHEN point > $3 THEN point ELSE $3 END WHERE company_id = $1 AND fence = $2";
                if tx.execute(sql, params![turn.company, turn.fence, point]).await? == 0 {
                    return Ok(false);
                }
                for invoice in invoices {
                    let sql = "INSERT INTO ksef_invoice (office_id, company_id, number, hash, run_after) VALUES ($1, $2, $3, $4, $5)
                               ON CONFLICT (company_id, number) DO NOTHING";
                    let values = params![turn.office, turn.company, &invoice.number, invoice.hash.as_deref(), now];
                    tx.execute(sql, values).await?;
                }
                Ok(true)
            })
        })
        .await
}

/// Invoices whose time to be fetched has come, at most `limit`.
pub async fn wanted(store: &Store, turn: &Turn, limit: u32, now: Timestamp) -> Result<Vec<Wanted>> {
    let sql = format!(
        "SELECT number, hash, attempts FROM ksef_invoice WHERE company_id = $1 AND submission_id IS NULL AND run_after <= $2
         ORDER BY run_after, number LIMIT {limit}"
    );
    let rows = store.read_internal().await?.fetch_all(sql, params![turn.company, now]).await?;
    let wanted = |row: Row| {
        let mut c = row.columns();
        let invoice = Listed { number: c.text()?, hash: c.opt_text()? };
        Ok(Wanted { invoice, attempts: u32::try_from(c.int()?).unwrap_or(u32::MAX) })
    };
    rows.into_iter().map(wanted).collect()
}

/// Notes that an invoice is kept. False: the lease was lost.
pub async fn fetched(store: &Store, turn: &Turn, number: &str, submission: SubmissionId, fresh: bool) -> Result<bool> {
    let (turn, number) = (turn.clone(), number.to_owned());
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE ksef_invoice SET submission_id = $3, problem = NULL WHERE company_id = $1 AND number = $2";
                tx.execute(sql, params![turn.company, &number, submission]).await?;
                let sql = "UPDATE ksef_door SET fetched = fetched + $3 WHERE company_id = $1 AND fence = $2";
                Ok(tx.execute(sql, params![turn.company, turn.fence, i64::from(fresh)]).await? == 1)
            })
        })
        .await
}

/// Notes that an invoice could not be fetched: it is tried again after `wait`, the others go on.
pub async fn failed(store: &Store, turn: &Turn, number: &str, problem: String, wait: Duration, now: Timestamp) -> Result<()> {
    let (company, number) = (turn.company, number.to_owned());
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE ksef_invoice SET attempts = attempts + 1, problem = $3, run_after = $4 WHERE company_id = $1 AND number = $2";
                tx.execute(sql, params![company, &number, &problem, now + wait]).await.map(drop)
            })
        })
        .await
}

/// Gives the inbox back: with what went wrong, if anything did, and when it is looked into next.
pub async fn release(
    store: &Store,
    turn: &Turn,
    problem: Option<(KsefProblem, String)>,
    next: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let turn = turn.clone();
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = match problem {
                    None => {
                        "UPDATE ksef_door SET leased_until = NULL, run_after = $3, failures = 0, problem = NULL, message = NULL,
                         checked_at = $4 WHERE company_id = $1 AND fence = $2"
                    }
                    Some(_) => {
                        "UPDATE ksef_door SET leased_until = NULL, run_after = $3, failures = failures + 1, problem = $4, message = $5
                         WHERE company_id = $1 AND fence = $2"
                    }
                };
                let mut values = params![turn.company, turn.fence, next];
                match problem {
                    None => values.push(now.into()),
                    Some((problem, message)) => values.extend(params![problem, message.as_str()]),
                }
                tx.execute(sql, values).await.map(drop)
            })
        })
        .await
}

/// The arrival that these very bytes made before, however long ago.
pub async fn arrived(store: &Store, turn: &Turn, raw: &[u8]) -> Result<Option<SubmissionId>> {
    let sql = "SELECT id FROM submission WHERE office_id = $1 AND raw_sha256 = $2 AND company_id = $3 ORDER BY id LIMIT 1";
    let values = params![turn.office, &crate::blob::Sha256::of(raw), turn.company];
    let row = store.read_internal().await?.fetch_optional(sql, values).await?;
    row.map(|row| row.columns().parse()).transpose()
}

/// The NIP that was said, or the company's own.
pub fn nip(said: Option<&str>, tax_ids: &[String]) -> Result<String> {
    let digits = |text: &str| {
        let id = TaxId::parse(text, Country::parse("PL")).ok().filter(|id| id.country().as_str() == "PL")?;
        (id.number().len() == 10).then(|| id.number().to_owned())
    };
    match said.map(str::trim).filter(|said| !said.is_empty()) {
        Some(said) => digits(said).ok_or_else(|| Error::invalid("nip", "This is no NIP: its check digit is wrong.")),
        None => tax_ids
            .iter()
            .find_map(|id| digits(id))
            .ok_or_else(|| Error::invalid("nip", "The company has no NIP: say it, or add it to the company's tax ids.")),
    }
}

/// The first day of the month before, as far as a new inbox goes back.
fn before(now: Timestamp) -> Timestamp {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC);
    let first = today.first_of_month().and_then(|day| day.checked_sub(jiff::Span::new().months(1)));
    first.and_then(|day| day.start_of_day()).map_or(now, |day| day.timestamp())
}

fn inbox(row: Row) -> Result<Inbox> {
    let mut c = row.columns();
    Ok(Inbox {
        company: c.parse()?,
        nip: c.text()?,
        point: c.time()?,
        fetched: c.count()?,
        waiting: c.count()?,
        stuck: c.opt_text()?,
        problem: c.opt_parse()?,
        message: c.opt_text()?,
        checked_at: c.opt_time()?,
        next_at: c.time()?,
    })
}
