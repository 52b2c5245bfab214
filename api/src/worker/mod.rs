//! The workers: jobs of the queue done by reader processes, and the upkeep of the store. Several processes may work on one
//! database; leases keep them apart.

mod export;
mod notices;
mod papers;
mod read;
mod talk;
mod turn;
mod unpack;
mod upkeep;

use std::sync::Arc;

use store::Store;
use store::queue::{self, JobKind};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::pool::{Kind, Pool};

pub use upkeep::run as upkeep;

/// What a job needs.
#[derive(Clone)]
pub struct Tools {
    /// Rows and blobs.
    pub store: Store,
    /// Readers.
    pub pool: Pool,
    /// What a job may use.
    pub limits: Arc<ocr::protocol::Limits>,
    /// Name of this process, for the job table.
    pub name: Arc<str>,
}

/// Works until `stop`, then gives back what is not done within a short grace. The pool may be shared with others.
pub async fn run(tools: Tools, stop: CancellationToken) {
    match queue::take_back(&tools.store).await {
        Ok(0) => (),
        Ok(jobs) => tracing::info!(jobs, "jobs of the last run put back"),
        Err(error) => tracing::warn!(%error, "jobs of the last run wait until their leases end"),
    }
    let mut tasks = JoinSet::new();
    // Twice the readers: while one job is in its reader, the next is claimed or the last one written.
    for _ in 0..tools.pool.size(Kind::Heavy) * 2 {
        tasks.spawn(turn::run(tools.clone(), &[JobKind::Read, JobKind::Extract], stop.clone()));
    }
    for _ in 0..tools.pool.size(Kind::Light) * 2 {
        tasks.spawn(turn::run(tools.clone(), &[JobKind::Unpack], stop.clone()));
    }
    // Two, so that a large month of one office does not keep another's waiting.
    for _ in 0..2 {
        tasks.spawn(turn::run(tools.clone(), &[JobKind::Export], stop.clone()));
    }
    tasks.spawn(upkeep(tools.store.clone(), stop));
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a worker ended");
        }
    }
}

/// Writes the mails that tell of what was said and of what became of mails, and tells webhooks what happens, until `stop`.
pub async fn letters(store: Store, config: Config, stop: CancellationToken) {
    tokio::join!(
        notices::run(store.clone(), config.clone(), stop.clone()),
        talk::run(store.clone(), config.clone(), stop.clone()),
        crate::webhooks::run(store, config, stop)
    );
}

impl Tools {
    /// From what a process has.
    pub fn new(store: Store, pool: Pool, config: &crate::config::Reader) -> Tools {
        let limits = ocr::protocol::Limits { pages: config.max_pages, ..Default::default() };
        let name = format!("{}:{}", hostname(), std::process::id());
        Tools { store, pool, limits: Arc::new(limits), name: name.into() }
    }
}

fn hostname() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "worker".to_owned() } else { name.trim().to_owned() }
}
