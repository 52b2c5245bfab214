//! Companies' inboxes at KSeF, where Polish e-invoices are: how to get in, how far listing came, which invoices are still to be fetched. One
//! process at a time has an inbox, by a lease; tokens and keys are sealed.

mod credential;
pub mod office;
mod together;

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

use credential::Entry;
pub use credential::{Certificate, CertificateFacts, Credential, NewAccess};
pub use together::{Batch, arrived_together, batch, fetched_together};

words! {
    /// What an inbox is entered with.
    pub enum KsefAccess {
        /// A KSeF token of the company.
        Token = "token",
        /// A certificate of its own.
        Certificate = "certificate",
        /// The office's certificate, which the company granted the right to read.
        Office = "office",
    }
}

words! {
    /// What keeps an inbox from being fetched.
    pub enum KsefProblem {
        /// KSeF does not take the token: it is wrong, was revoked, or has ended.
        Token = "token",
        /// KSeF does not take the certificate: it has ended, was revoked, or is for something else; or the office has none any more.
        Certificate = "certificate",
        /// Who signs in may not see the company's invoices.
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
    /// What to enter with; what is there stays if nothing is said.
    pub access: Option<NewAccess>,
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
    /// What it is entered with.
    pub access: KsefAccess,
    /// The certificate, where it is entered with one.
    pub certificate: Option<CertificateFacts>,
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
    /// How it is entered.
    pub access: KsefAccess,
    /// What it is entered with; none where the office's certificate was taken away, or what is sealed cannot be opened.
    pub credential: Option<Credential>,
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
    /// When KSeF stored it, if that was said.
    pub stored: Option<Timestamp>,
}

/// An invoice to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What was listed.
    pub invoice: Listed,
    /// How often it was tried.
    pub attempts: u32,
}

static SYSTEM: System<Inbox> = System { door: "ksef_door", item: "ksef_invoice", removed: "ksef.removed", columns, inbox };

fn columns() -> String {
    let of = |what: &str| {
        format!(
            "CASE access WHEN 'office' THEN (SELECT c.{what} FROM ksef_certificate c WHERE c.office_id = ksef_door.office_id) ELSE {what} END"
        )
    };
    format!(
        "company_id, nip, access, {}, {}, point, fetched, {}, problem, message, checked_at, run_after",
        of("subject"),
        of("valid_until"),
        SYSTEM.waiting()
    )
}

/// Sets a company's inbox up, or changes it. How far listing came stays, unless it is another company's NIP: then what waits is forgotten, too.
pub async fn put(store: &Store, scope: &Scope, company: CompanyId, new: NewInbox, now: Timestamp) -> Result<Inbox> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    scope.require(company)?;
    let said = new.access.map(|access| Entry::of(store.keys(), access, now)).transpose()?;
    let (scope_, since) = (scope.clone(), new.since.unwrap_or_else(|| door::before(now)));
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                crate::company::writable(tx, &scope_, company).await?;
                let facts = crate::company::fetch(tx, &scope_, company).await?.facts;
                let nip = nip(new.nip.as_deref(), &facts.tax_ids)?;
                let entry = entry(tx, &scope_, company, said, &nip).await?;
                if SYSTEM.fetch(tx, &scope_, company).await?.is_some_and(|there| there.nip != nip) {
                    SYSTEM.forget(tx, &scope_, company).await?;
                }
                let sql = "INSERT INTO ksef_door (company_id, office_id, nip, access, sealed, subject, valid_until, point, run_after, created_at)
                           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT (company_id) DO UPDATE SET access = excluded.access,
                               sealed = excluded.sealed, subject = excluded.subject, valid_until = excluded.valid_until,
                               point = CASE WHEN ksef_door.nip = excluded.nip THEN ksef_door.point ELSE excluded.point END,
                               nip = excluded.nip, run_after = excluded.run_after, problem = NULL, message = NULL, failures = 0,
                               leased_until = NULL, fence = ksef_door.fence + 1";
                let values = format!("{nip} {}", entry.access.as_str());
                let (subject, until) = (entry.subject.as_deref(), entry.valid_until);
                let params = params![company, scope_.office(), &nip, entry.access, entry.sealed, subject, until, since, now];
                tx.execute(sql, params).await?;
                changed(tx, &scope_, company, "ksef.set", &values).await?;
                SYSTEM.fetch(tx, &scope_, company).await?.ok_or(Error::NotFound)
            })
        })
        .await
}

/// What the inbox is entered with from now on: what was said, or what is there. A credential stays only with the NIP it was given for: else whoever
/// may set one company's inbox up could read another's with a certificate that has rights to both.
async fn entry(tx: &mut Tx, scope: &Scope, company: CompanyId, said: Option<Entry>, nip: &str) -> Result<Entry> {
    let sql = "SELECT nip, access, sealed, subject, valid_until FROM ksef_door WHERE office_id = $1 AND company_id = $2";
    let entry = match (said, tx.fetch_optional(sql, params![scope.office(), company]).await?) {
        (Some(said), _) => said,
        (None, None) => return Err(Error::invalid("token", "A KSeF token or certificate is needed.")),
        (None, Some(row)) => {
            let mut c = row.columns();
            let (known, entry) = (c.text()?, Entry::from_row(&mut c)?);
            if known != nip && entry.access != KsefAccess::Office {
                return Err(Error::invalid("token", "Another NIP needs its own token or certificate."));
            }
            entry
        }
    };
    if entry.access == KsefAccess::Office {
        // The office's certificate opens the inboxes of all its companies: which NIP it is used for is the office's to say.
        scope.allow_manage()?;
        if office::sealed(tx, scope.office()).await?.is_none() {
            return Err(Error::invalid("access", "The office has no certificate for KSeF: add one in the office's settings."));
        }
    }
    Ok(entry)
}

/// Takes a company's inbox away, with what was still to be fetched. What was fetched stays, and is not fetched again by a later one.
pub async fn remove(store: &Store, scope: &Scope, company: CompanyId) -> Result<()> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    scope.require(company)?;
    let scope_ = scope.clone();
    store.write(scope, move |tx| Box::pin(async move { SYSTEM.remove(tx, &scope_, company).await })).await
}

/// Has an inbox looked into at once; not sooner than KSeF asked for.
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
    SYSTEM.reclaim(store).await
}

/// Takes the inbox that waits longest to be looked into, of companies that are not closed.
pub async fn next(store: &Store, lease: Duration, now: Timestamp) -> Result<Option<Turn>> {
    let keys = store.keys().clone();
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let returning = "office_id, company_id, nip, access, sealed, point, failures, fence";
                let Some(row) = SYSTEM.take(tx, returning, lease, now).await? else { return Ok(None) };
                let mut c = row.columns();
                let (office, company, nip, access, own): (_, _, _, KsefAccess, _) =
                    (c.parse()?, c.parse()?, c.text()?, c.parse()?, c.opt_blob()?);
                let (point, failures, fence) = (c.time()?, u32::try_from(c.int()?).unwrap_or(u32::MAX), c.int()?);
                let sealed = if access == KsefAccess::Office { office::sealed(tx, office).await? } else { own };
                // One that cannot be opened must not keep the others from being taken.
                let credential = sealed.and_then(|sealed| Credential::unseal(&keys, access, &sealed).ok());
                Ok(Some(Turn { office, company, nip, access, credential, point, failures, fence }))
            })
        })
        .await
}

/// Notes a page of a listing and how far it came, in one transaction. False: the lease was lost, and nothing more may be done under it.
pub async fn listed(store: &Store, turn: &Turn, invoices: Vec<Listed>, point: Timestamp, now: Timestamp) -> Result<bool> {
    let rows = invoices.into_iter().map(|one| params![one.number, one.hash, one.stored]).collect();
    SYSTEM.listed(store, turn.held(), ("number, hash, stored_at", rows), point, now).await
}

/// Invoices whose time to be fetched has come, at most `limit`.
pub async fn wanted(store: &Store, turn: &Turn, limit: u32, now: Timestamp) -> Result<Vec<Wanted>> {
    let rows = SYSTEM.wanted(store, turn.held(), "number, hash, stored_at, attempts", limit, now).await?;
    let wanted = |row: Row| {
        let mut c = row.columns();
        let invoice = Listed { number: c.text()?, hash: c.opt_text()?, stored: c.opt_time()? };
        Ok(Wanted { invoice, attempts: u32::try_from(c.int()?).unwrap_or(u32::MAX) })
    };
    rows.into_iter().map(wanted).collect()
}

/// Notes that an invoice is kept. False: the lease was lost.
pub async fn fetched(store: &Store, turn: &Turn, number: &str, submission: SubmissionId, fresh: bool) -> Result<bool> {
    SYSTEM.fetched(store, turn.held(), number, submission, fresh).await
}

/// Notes that an invoice could not be fetched: it is tried again after `wait`, the others go on.
pub async fn failed(store: &Store, turn: &Turn, number: &str, problem: String, wait: Duration, now: Timestamp) -> Result<()> {
    SYSTEM.failed(store, turn.held(), number, problem, now + wait).await
}

/// Gives the inbox back: with what went wrong, if anything did, and when it is looked into next.
pub async fn release(
    store: &Store,
    turn: &Turn,
    problem: Option<(KsefProblem, String)>,
    next: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let problem = problem.map(|(problem, message)| (problem.as_str(), message));
    SYSTEM.release(store, turn.held(), problem, next, now).await
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

impl Turn {
    fn held(&self) -> Held {
        Held { office: self.office, company: self.company, fence: self.fence }
    }
}

fn inbox(row: Row) -> Result<Inbox> {
    let mut c = row.columns();
    Ok(Inbox {
        company: c.parse()?,
        nip: c.text()?,
        access: c.parse()?,
        certificate: CertificateFacts::from_row(&mut c)?,
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
