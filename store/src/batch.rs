//! Batches: what is handed over to a company's accounting program in one go. A batch is asked for, a worker makes its file, and only
//! the commit that keeps the file makes its documents `exported`. The file stays: it can be had again as it was.

mod books;
mod make;
mod papers;

pub use books::{Told, set_books};
pub use make::{Made, MadeFile, progress, record};
pub use papers::{Before, Paper, Wanted, papers, papers_of, waiting};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::{self, Note};
use crate::blob::Sha256;
use crate::company::json;
use crate::error::{Error, Result};
use crate::event;
use crate::id::{BatchId, CompanyId, DocumentId, JobId};
use crate::queue::{self, JobKind, Urgency};
use crate::scope::{Rows, Scope};
use crate::sql::{Row, Tx, params};
use crate::store::Store;
use crate::word::words;

words! {
    /// Where a batch is.
    pub enum BatchState {
        /// Its file is being made.
        Making = "making",
        /// Its file is there.
        Ready = "ready",
        /// Nothing was to be handed over: there is no file.
        Empty = "empty",
        /// Its file could not be made.
        Failed = "failed",
        /// It was taken back as a whole.
        Undone = "undone",
    }
}

words! {
    /// What became of a document in a batch.
    pub enum Fate {
        /// It is in the file.
        Exported = "exported",
        /// It is in the file again, as it is now: it was handed over before and was changed since.
        Correction = "correction",
        /// It was handed over before and is the same: it is not in the file again.
        Unchanged = "unchanged",
        /// Something is missing.
        LeftOut = "left_out",
    }
}

/// A batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// The company.
    pub company: CompanyId,
    /// Name of the form of its file.
    pub profile: String,
    /// `YYYY-MM`; none: of any month.
    pub period: Option<String>,
    /// These documents alone; empty: all of the company and period.
    pub documents: Vec<DocumentId>,
    /// Where it is.
    pub state: BatchState,
    /// A second file of what may be handed over already; no document changes its state.
    pub copy: bool,
    /// Documents changed since they were handed over are in it again.
    pub corrections: bool,
    /// Documents to be looked at, and how many were.
    pub total: u64,
    /// How many were looked at.
    pub done: u64,
    /// Documents in the file.
    pub exported: u64,
    /// Documents left out for a reason.
    pub left_out: u64,
    /// Name of its file.
    pub file_name: Option<String>,
    /// Media type of its file.
    pub media_type: Option<String>,
    /// SHA-256 of its file.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub sha256: Option<Sha256>,
    /// Length of its file in bytes.
    pub size: u64,
    /// Stable name of what went wrong.
    pub problem: Option<String>,
    /// `user:<id>`, `token:<id>` or `operator`.
    pub actor: String,
    /// When it was asked for.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When its file was kept.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub made_at: Option<Timestamp>,
    /// When it was taken back.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub undone_at: Option<Timestamp>,
}

/// A batch to be made.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewBatch {
    /// The company.
    pub company: CompanyId,
    /// Name of the form of the file.
    pub profile: String,
    /// `YYYY-MM`; none: of any month.
    #[serde(default)]
    pub period: Option<String>,
    /// These documents alone; empty: all of the company and period.
    #[serde(default)]
    pub documents: Vec<DocumentId>,
    /// A second file of what may be handed over already; no document changes its state.
    #[serde(default)]
    pub copy: bool,
    /// Take documents in again that were changed since they were handed over.
    #[serde(default)]
    pub corrections: bool,
}

/// Why a document was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reason {
    /// Stable name.
    pub code: String,
    /// What it is about: a rate, a currency, a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A document in a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Entry {
    /// The document.
    pub document: DocumentId,
    /// What became of it.
    pub fate: Fate,
    /// Why it was left out.
    pub reasons: Vec<Reason>,
    /// The document's version that was looked at.
    pub version: u64,
    /// Of the values as they were handed over.
    pub digest: String,
    /// The values themselves, as whoever made the file wrote them down. Kept with a batch; lists of entries come without it (see
    /// [`Before::handed`]).
    #[serde(skip)]
    pub handed: serde_json::Value,
}

const COLUMNS: &str =
    "id, company_id, profile, period, chosen, state, copy, corrections, total, done, exported, left_out, file_name,
    media_type, sha256, size, problem, actor, created_at, made_at, undone_at";

/// Asks for a batch; a worker makes it.
pub async fn create(store: &Store, scope: &Scope, new: NewBatch) -> Result<(BatchId, JobId)> {
    scope.allow(|role| role.may_work())?;
    scope.require(new.company)?;
    new.period.as_deref().map(crate::period::check).transpose()?;
    if new.documents.len() > papers::MOST {
        return Err(Error::invalid("documents", format!("At most {} documents at a time.", papers::MOST)));
    }
    let (scope_, turn) = (scope.clone(), store.turns().next(new.company, Timestamp::now()));
    let made = store
        .write(scope, move |tx| {
            Box::pin(async move {
                crate::company::fetch(tx, &scope_, new.company).await?;
                let chosen = chosen(tx, &scope_, &new).await?;
                let (id, actor) = (BatchId::new(), scope_.actor().to_string());
                let sql =
                    "INSERT INTO batch (id, office_id, company_id, profile, period, chosen, state, copy, corrections, actor,
                                              created_at)
                           VALUES ($1, $2, $3, $4, $5, $6, 'making', $7, $8, $9, $10)";
                let (chosen, now) = (json(&chosen)?, Timestamp::now());
                let values = params![
                    id,
                    scope_.office(),
                    new.company,
                    &new.profile,
                    new.period.as_deref(),
                    chosen,
                    new.copy,
                    new.corrections,
                    actor,
                    now
                ];
                tx.execute(sql, values).await?;
                told(tx, &scope_, new.company, id, "batch.created", &new.profile).await?;
                let subject = id.to_string();
                let job = queue::push(tx, &scope_, new.company, JobKind::Export, &subject, Urgency::Person, turn).await?;
                Ok((id, job))
            })
        })
        .await?;
    store.jobs().notify_waiters();
    store.events().notify_waiters();
    Ok(made)
}

/// Which documents the worker is to take. It sees all papers of the company: where who asks does not, those they see are named.
async fn chosen(tx: &mut Tx, scope: &Scope, new: &NewBatch) -> Result<Vec<DocumentId>> {
    if !scope.sees_a_part() {
        return Ok(new.documents.clone());
    }
    let (period, documents) = (new.period.clone(), new.documents.clone());
    let wanted = papers::Wanted { company: new.company, period, documents, exported_too: new.copy || new.corrections };
    let shown: Vec<DocumentId> = papers::documents(tx, scope, &wanted).await?.iter().map(|document| document.id).collect();
    match shown.is_empty() {
        true => Err(Error::invalid("documents", "There is no document to be handed over.")),
        false => Ok(shown),
    }
}

/// Batches of the scope, newest first, at most `limit` (200 at most); of one company if given; before one id if given.
pub async fn list(
    store: &Store,
    scope: &Scope,
    company: Option<CompanyId>,
    before: Option<BatchId>,
    limit: u32,
) -> Result<Vec<Batch>> {
    scope.allow(|role| role.is_office())?;
    if let Some(company) = company {
        scope.require(company)?;
    }
    let mut params = params![company, before, limit.clamp(1, 200)];
    let condition = scope.papers(Rows::Batches, "", &mut params);
    let sql = format!(
        "SELECT {COLUMNS} FROM batch WHERE {condition} AND ($1 IS NULL OR company_id = $1) AND ($2 IS NULL OR id < $2)
         ORDER BY id DESC LIMIT $3"
    );
    store.read(scope).await?.fetch_all(sql, params).await?.into_iter().map(batch).collect()
}

/// One batch.
pub async fn get(store: &Store, scope: &Scope, id: BatchId) -> Result<Batch> {
    scope.allow(|role| role.is_office())?;
    fetch(&mut store.read(scope).await?, scope, id).await
}

/// What became of each document of a batch, in the order of the file.
pub async fn entries(store: &Store, scope: &Scope, id: BatchId) -> Result<Vec<Entry>> {
    scope.allow(|role| role.is_office())?;
    let mut params = params![id];
    let condition = scope.papers(Rows::OfDocuments, "", &mut params);
    let sql = format!(
        "SELECT document_id, fate, reasons, version, digest FROM batch_document WHERE {condition} AND batch_id = $1
         ORDER BY position"
    );
    store.read(scope).await?.fetch_all(sql, params).await?.into_iter().map(entry).collect()
}

/// Takes a batch back as a whole: its documents are approved again. The batch and its file stay to be seen. What the accounting
/// program has booked already must be taken back there first.
pub async fn undo(store: &Store, scope: &Scope, id: BatchId) -> Result<Batch> {
    scope.allow(|role| role.may_work())?;
    let scope_ = scope.clone();
    let batch = store
        .write(scope, move |tx| {
            Box::pin(async move {
                undo_in(tx, &scope_, id).await?;
                fetch(tx, &scope_, id).await
            })
        })
        .await?;
    store.events().notify_waiters();
    Ok(batch)
}

async fn undo_in(tx: &mut Tx, scope: &Scope, id: BatchId) -> Result<()> {
    let batch = fetch(tx, scope, id).await?;
    if batch.state != BatchState::Ready || batch.copy {
        return Err(Error::conflict("batch", "Only a batch that handed documents over can be taken back."));
    }
    let office = scope.office();
    let sql = "SELECT COUNT(*) FROM document WHERE office_id = $1 AND batch_id = $2 AND state = 'exported'
               AND books_state IN ('entered', 'booked')";
    let booked = tx.fetch_one(sql, params![office, id]).await?.columns().count()?;
    if booked > 0 {
        let message = format!("{booked} of its documents are in the books already: take them back there first.");
        return Err(Error::conflict("booked", message));
    }
    let sql = "UPDATE document SET state = 'approved', batch_id = NULL, books_state = 'none', books_number = NULL,
                      version = version + 1
               WHERE office_id = $1 AND batch_id = $2 AND state = 'exported' RETURNING id";
    let rows = tx.fetch_all(sql, params![office, id]).await?;
    let documents = rows.into_iter().map(|row| row.columns().parse()).collect::<Result<Vec<DocumentId>>>()?;
    // Those that a person has reopened meanwhile stay in their hands.
    tx.execute("UPDATE document SET batch_id = NULL WHERE office_id = $1 AND batch_id = $2", params![office, id]).await?;
    let sql = "UPDATE batch SET state = 'undone', undone_at = $3 WHERE office_id = $1 AND id = $2";
    tx.execute(sql, params![office, id, Timestamp::now()]).await?;
    told_all(tx, scope, batch.company, &documents, "document.taken_back").await?;
    told(tx, scope, batch.company, id, "batch.undone", "").await
}

async fn fetch(tx: &mut Tx, scope: &Scope, id: BatchId) -> Result<Batch> {
    let mut params = params![id];
    let condition = scope.papers(Rows::Batches, "", &mut params);
    let sql = format!("SELECT {COLUMNS} FROM batch WHERE {condition} AND id = $1");
    batch(tx.fetch_one(sql, params).await?)
}

/// Audit and event of a batch.
async fn told(tx: &mut Tx, scope: &Scope, company: CompanyId, id: BatchId, action: &'static str, values: &str) -> Result<()> {
    let (office, actor, subject) = (scope.office(), scope.actor(), id.to_string());
    audit::note(tx, Note { office, company: Some(company), actor, action, subject: subject.clone(), values }).await?;
    event::emit(tx, office, &[(Some(company), action, subject)]).await
}

/// Audit and events of the documents of a batch.
async fn told_all(tx: &mut Tx, scope: &Scope, company: CompanyId, ids: &[DocumentId], action: &'static str) -> Result<()> {
    let note = |id: &DocumentId| Note {
        office: scope.office(),
        company: Some(company),
        actor: scope.actor(),
        action,
        subject: id.to_string(),
        values: "",
    };
    audit::notes(tx, &ids.iter().map(note).collect::<Vec<_>>()).await?;
    let events: Vec<_> = ids.iter().map(|id| (Some(company), action, id.to_string())).collect();
    event::emit(tx, scope.office(), &events).await
}

fn batch(row: Row) -> Result<Batch> {
    let mut c = row.columns();
    Ok(Batch {
        id: c.parse()?,
        company: c.parse()?,
        profile: c.text()?,
        period: c.opt_text()?,
        documents: c.json()?,
        state: c.parse()?,
        copy: c.bool()?,
        corrections: c.bool()?,
        total: c.count()?,
        done: c.count()?,
        exported: c.count()?,
        left_out: c.count()?,
        file_name: c.opt_text()?,
        media_type: c.opt_text()?,
        sha256: c.opt_parse()?,
        size: c.count()?,
        problem: c.opt_text()?,
        actor: c.text()?,
        created_at: c.time()?,
        made_at: c.opt_time()?,
        undone_at: c.opt_time()?,
    })
}

fn entry(row: Row) -> Result<Entry> {
    let mut c = row.columns();
    Ok(Entry {
        document: c.parse()?,
        fate: c.parse()?,
        reasons: c.json()?,
        version: c.count()?,
        digest: c.text()?,
        handed: serde_json::Value::Null,
    })
}
