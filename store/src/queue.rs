//! The queue: jobs are rows of the transaction that wants them done. A worker claims one for a while (the lease) and gets a number
//! that rises with each claim (the fence); results written with an older number are refused. Attempts are counted before the
//! start, so that what kills a worker costs its own attempts only.

mod claim;
mod turn;

pub(crate) use claim::finish;
pub use claim::{Failure, Lease, claim, extend, fail, release, revive, take_back};
pub(crate) use turn::Turns;

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::error::Result;
use crate::id::{CompanyId, JobId};
use crate::scope::{Rows, Scope};
use crate::sql::{Row, Tx, params};
use crate::store::Store;
use crate::word::words;

words! {
    /// What is to be done.
    pub enum JobKind {
        /// Take a submission apart. Subject: the submission.
        Unpack = "unpack",
        /// Read a document. Subject: the document.
        Read = "read",
        /// Extract again from kept tokens. Subject: the document.
        Extract = "extract",
        /// Make the file of a batch. Subject: the batch.
        Export = "export",
    }
}

words! {
    /// Where a job is.
    pub enum JobState {
        /// Waits for its turn.
        Ready = "ready",
        /// A worker has it.
        Running = "running",
        /// Done.
        Done = "done",
        /// Given up: too many attempts, or a failure that stays.
        Dead = "dead",
    }
}

/// A job as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The company it is for.
    pub company: CompanyId,
    /// What is to be done.
    pub kind: JobKind,
    /// Id of what it is about.
    pub subject: String,
    /// Where it is.
    pub state: JobState,
    /// Starts so far.
    pub attempts: u32,
    /// Stable name of the last failure.
    pub problem: Option<String>,
    /// The same for a person.
    pub message: Option<String>,
    /// When it was queued.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When it was done or given up.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub finished_at: Option<Timestamp>,
}

/// Who waits for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// A person, now.
    Person,
    /// Nobody in particular.
    Background,
}

const COLUMNS: &str = "id, company_id, kind, subject_id, state, attempts, problem, message, created_at, finished_at";

/// Jobs of the scope, newest first, at most `limit` (200 at most); of one state if given; before one id if given.
pub async fn list(store: &Store, scope: &Scope, state: Option<JobState>, before: Option<JobId>, limit: u32) -> Result<Vec<Job>> {
    scope.allow(|role| role.may_see())?;
    let mut params = params![state, before, limit.min(200)];
    let condition = scope.papers(Rows::Subjects, "", &mut params);
    let sql = format!(
        "SELECT {COLUMNS} FROM job WHERE {condition} AND ($1 IS NULL OR state = $1) AND ($2 IS NULL OR id < $2)
         ORDER BY id DESC LIMIT $3"
    );
    store.read(scope).await?.fetch_all(sql, params).await?.into_iter().map(job).collect()
}

/// One job.
pub async fn get(store: &Store, scope: &Scope, id: JobId) -> Result<Job> {
    let mut params = params![id];
    let condition = scope.papers(Rows::Subjects, "", &mut params);
    let sql = format!("SELECT {COLUMNS} FROM job WHERE {condition} AND id = $1");
    job(store.read(scope).await?.fetch_one(sql, params).await?)
}

/// Waits until a job was queued or finished in this process, or for `longest`: other processes are seen by asking again.
pub async fn wait(store: &Store, longest: Duration) {
    let _ = tokio::time::timeout(longest, store.jobs().notified()).await;
}

/// Queues a job; if the same is waiting or running already, gives that one's id (and its urgency, if higher, to it).
pub(crate) async fn push(
    tx: &mut Tx,
    scope: &Scope,
    company: CompanyId,
    kind: JobKind,
    subject: &str,
    urgency: Urgency,
    turn: i64,
) -> Result<JobId> {
    let urgency = i64::from(urgency == Urgency::Background);
    let row = tx
        .fetch_one(
            "INSERT INTO job (id, office_id, company_id, kind, subject_id, state, urgency, turn, attempts, run_after, fence, created_at)
             VALUES ($1, $2, $3, $4, $5, 'ready', $6, $7, 0, 0, 0, $8)
             ON CONFLICT (subject_id, kind) WHERE state IN ('ready', 'running')
             DO UPDATE SET urgency = CASE WHEN job.urgency < excluded.urgency THEN job.urgency ELSE excluded.urgency END
             RETURNING id",
            params![JobId::new(), scope.office(), company, kind, subject, urgency, turn, Timestamp::now()],
        )
        .await?;
    row.columns().parse()
}

fn job(row: Row) -> Result<Job> {
    let mut c = row.columns();
    Ok(Job {
        id: c.parse()?,
        company: c.parse()?,
        kind: c.parse()?,
        subject: c.text()?,
        state: c.parse()?,
        attempts: u32::try_from(c.int()?).unwrap_or(u32::MAX),
        problem: c.opt_text()?,
        message: c.opt_text()?,
        created_at: c.time()?,
        finished_at: c.opt_time()?,
    })
}
