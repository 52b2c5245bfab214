//! Figures of the whole installation, for whoever watches it: what waits, and for how long.

use jiff::Timestamp;

use crate::error::Result;
use crate::queue::{JobKind, JobState};
use crate::sql::params;
use crate::store::Store;

/// Jobs of a kind in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jobs {
    /// What is to be done.
    pub kind: JobKind,
    /// Where they are.
    pub state: JobState,
    /// How many.
    pub count: u64,
    /// When the first of them was queued.
    pub since: Timestamp,
}

/// What waits.
#[derive(Clone, Debug, Default)]
pub struct Measures {
    /// Jobs that are not done: ready, running, given up within the last day.
    pub jobs: Vec<Jobs>,
    /// Small blobs that wait among the rows for the object store.
    pub pending_blobs: u64,
    /// Mails of ours that wait to be sent.
    pub letters: u64,
}

/// Counts. Every statement is answered by an index.
pub async fn measure(store: &Store, now: Timestamp) -> Result<Measures> {
    let mut tx = store.read_internal().await?;
    let mut jobs = Vec::new();
    let day_ago = now - std::time::Duration::from_secs(24 * 3600);
    for (condition, params) in [
        ("state = 'ready'", params![]),
        ("state = 'running'", params![]),
        ("state = 'dead' AND finished_at > $1", params![day_ago]),
    ] {
        let sql = format!("SELECT kind, state, COUNT(*), MIN(created_at) FROM job WHERE {condition} GROUP BY kind, state");
        for row in tx.fetch_all(sql, params).await? {
            let mut c = row.columns();
            jobs.push(Jobs { kind: c.parse()?, state: c.parse()?, count: c.count()?, since: c.time()? });
        }
    }
    let pending_blobs = tx.fetch_one("SELECT COUNT(*) FROM pending_blob", vec![]).await?.columns().count()?;
    let letters = tx.fetch_one("SELECT COUNT(*) FROM outgoing WHERE state = 'waiting'", vec![]).await?.columns().count()?;
    Ok(Measures { jobs, pending_blobs, letters })
}
