//! The life of a job in a worker's hands.

use std::time::Duration;

use jiff::Timestamp;

use super::JobKind;
use crate::error::{Error, Result};
use crate::id::{CompanyId, JobId, OfficeId};
use crate::scope::Scope;
use crate::sql::{Tx, params};
use crate::store::Store;

/// Starts of a job, the first included.
const ATTEMPTS: i64 = 3;

/// A claimed job. Its results are written with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// What is to be done.
    pub kind: JobKind,
    /// The office.
    pub office: OfficeId,
    /// The company.
    pub company: CompanyId,
    /// Id of what it is about: parse it as the id that the kind says.
    pub subject: String,
    /// Which start this is, from 1.
    pub attempt: u32,
    /// Whether this is the last attempt.
    pub last: bool,
    /// The lease's end, unless extended.
    pub until: Timestamp,
    fence: i64,
}

impl Lease {
    /// The scope of the job: its company.
    pub fn scope(&self) -> Scope {
        Scope::worker(self.office, self.company)
    }
}

/// Why a job did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Stable name.
    pub problem: String,
    /// A sentence for a person.
    pub message: String,
    /// True where another attempt may work (a crash, a time-out); false where it will not (a broken file).
    pub retry: bool,
}

/// Claims the next job of one of these kinds, in fair order; those a person waits for come first. The kind named first is looked
/// for first. None: nothing to do now.
pub async fn claim(store: &Store, kinds: &[JobKind], worker: &str, now: Timestamp, lease: Duration) -> Result<Option<Lease>> {
    for kind in kinds {
        // A look first: an idle worker must not keep the writer busy.
        let ready = "SELECT 1 FROM job WHERE kind = $1 AND state = 'ready' AND run_after <= $2 LIMIT 1";
        if store.read_internal().await?.fetch_optional(ready, params![*kind, now]).await?.is_none() {
            continue;
        }
        let (kind, worker) = (*kind, worker.to_owned());
        let claimed = store.write_internal(move |tx| Box::pin(async move { take(tx, kind, &worker, now, lease).await })).await?;
        if claimed.is_some() {
            return Ok(claimed);
        }
    }
    Ok(None)
}

async fn take(tx: &mut Tx, kind: JobKind, worker: &str, now: Timestamp, lease: Duration) -> Result<Option<Lease>> {
    let skip = tx.skip_locked();
    let until = now + lease;
    let sql = format!(
        "UPDATE job SET state = 'running', attempts = attempts + 1, fence = fence + 1, worker = $3, leased_until = $4
         WHERE (office_id, id) = (SELECT office_id, id FROM job WHERE kind = $1 AND state = 'ready' AND run_after <= $2
                                  ORDER BY urgency, turn, id LIMIT 1 {skip}) AND state = 'ready'
         RETURNING id, office_id, company_id, subject_id, attempts, fence"
    );
    let Some(row) = tx.fetch_optional(sql, params![kind, now, worker, until]).await? else { return Ok(None) };
    let mut c = row.columns();
    let (job, office, company, subject, attempts) = (c.parse()?, c.parse()?, c.parse()?, c.text()?, c.int()?);
    let attempt = u32::try_from(attempts).unwrap_or(u32::MAX);
    Ok(Some(Lease { job, kind, office, company, subject, attempt, last: attempts >= ATTEMPTS, until, fence: c.int()? }))
}

/// Extends a lease that is still held: the heartbeat of a long job.
pub async fn extend(store: &Store, lease: &Lease, now: Timestamp, by: Duration) -> Result<()> {
    let (office, job, fence, until) = (lease.office, lease.job, lease.fence, now + by);
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql =
                    "UPDATE job SET leased_until = $4 WHERE office_id = $1 AND id = $2 AND fence = $3 AND state = 'running'";
                held(tx.execute(sql, params![office, job, fence, until]).await?)
            })
        })
        .await
}

/// Gives a job back unharmed: the worker stops. The attempt is not counted.
pub async fn release(store: &Store, lease: &Lease) -> Result<()> {
    let (office, job, fence) = (lease.office, lease.job, lease.fence);
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE job SET state = 'ready', attempts = attempts - 1, worker = NULL, leased_until = NULL
                           WHERE office_id = $1 AND id = $2 AND fence = $3 AND state = 'running'";
                held(tx.execute(sql, params![office, job, fence]).await?)
            })
        })
        .await?;
    store.jobs().notify_waiters();
    Ok(())
}

/// Says that a job did not work. It comes again after a while, or is given up; the answer is true where it was given up.
pub async fn fail(store: &Store, lease: &Lease, failure: Failure, now: Timestamp) -> Result<bool> {
    let lease = lease.clone();
    let dead = store.write(&lease.scope(), move |tx| Box::pin(async move { fail_in(tx, &lease, &failure, now).await })).await?;
    store.jobs().notify_waiters();
    store.events().notify_waiters();
    Ok(dead)
}

async fn fail_in(tx: &mut Tx, lease: &Lease, failure: &Failure, now: Timestamp) -> Result<bool> {
    let dead = lease.last || !failure.retry;
    let (state, finished) = if dead { ("dead", Some(now)) } else { ("ready", None) };
    let again = now + back_off(lease.attempt);
    let sql = "UPDATE job SET state = $4, problem = $5, message = $6, run_after = $7, turn = $7, finished_at = $8,
                              worker = NULL, leased_until = NULL
               WHERE office_id = $1 AND id = $2 AND fence = $3 AND state = 'running'";
    let params = params![lease.office, lease.job, lease.fence, state, &failure.problem, &failure.message, again, finished];
    held(tx.execute(sql, params).await?)?;
    if dead {
        crate::submission::job_died(tx, lease, &failure.problem).await?;
    }
    Ok(dead)
}

/// Puts back the jobs that were running when this process last ended, without waiting for their leases. Only where no other
/// process can hold one (SQLite): on PostgreSQL this does nothing. What used all its attempts is left to [`revive`].
pub async fn take_back(store: &Store) -> Result<u64> {
    if !store.is_alone() {
        return Ok(0);
    }
    let sql = "UPDATE job SET state = 'ready', fence = fence + 1, worker = NULL, leased_until = NULL
               WHERE state = 'running' AND attempts < $1";
    store.write_internal(move |tx| Box::pin(async move { tx.execute(sql, params![ATTEMPTS]).await })).await
}

/// Puts back jobs whose lease is over (their worker died or hangs), and gives up those that used all their attempts. To be called
/// every few seconds by every process that works.
pub async fn revive(store: &Store, now: Timestamp) -> Result<usize> {
    let sql = "SELECT id, office_id, company_id, kind, subject_id, attempts, fence FROM job
               WHERE state = 'running' AND leased_until < $1 ORDER BY leased_until LIMIT 100";
    let rows = store.read_internal().await?.fetch_all(sql, params![now]).await?;
    let mut revived = 0;
    for row in rows {
        let mut c = row.columns();
        let (job, office, company, kind, subject) = (c.parse()?, c.parse()?, c.parse()?, c.parse()?, c.text()?);
        let attempts = c.int()?;
        let (attempt, last) = (u32::try_from(attempts).unwrap_or(u32::MAX), attempts >= ATTEMPTS);
        let lease = Lease { job, kind, office, company, subject, attempt, last, until: now, fence: c.int()? };
        let failure =
            Failure { problem: "crashed".to_owned(), message: "The worker stopped before it was done.".to_owned(), retry: true };
        match fail(store, &lease, failure, now).await {
            // Someone else was faster, or the worker is alive after all.
            Err(Error::LeaseLost) => {}
            other => {
                other?;
                revived += 1;
            }
        }
    }
    Ok(revived)
}

/// Marks a job as done, in the transaction of its results.
pub(crate) async fn finish(tx: &mut Tx, lease: &Lease, now: Timestamp) -> Result<()> {
    let sql =
        "UPDATE job SET state = 'done', finished_at = $3, problem = NULL, message = NULL, worker = NULL, leased_until = NULL
               WHERE id = $1 AND fence = $2 AND state = 'running'";
    held(tx.execute(sql, params![lease.job, lease.fence, now]).await?)
}

fn held(rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Error::LeaseLost) }
}

/// 10 s, 40 s, 160 s, …, an hour at most.
fn back_off(attempt: u32) -> Duration {
    Duration::from_secs(10u64.saturating_mul(4u64.saturating_pow(attempt.saturating_sub(1)))).min(Duration::from_secs(3600))
}
