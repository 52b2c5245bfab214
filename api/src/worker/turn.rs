//! One worker: claims a job, does it, says what became of it, and again.

use std::pin::pin;
use std::time::Duration;

use futures::FutureExt;
use jiff::Timestamp;
use ocr::protocol::ErrorCode;
use store::queue::{self, Failure, JobKind, Lease};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::{Tools, export, read, unpack};
use crate::pool;

/// A worker that is silent for this long is taken for dead.
const LEASE: Duration = Duration::from_secs(60);
/// How often it says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Jobs queued by other processes are seen this late at most.
const LOOK: Duration = Duration::from_secs(1);
/// After an error of the store.
const PAUSE: Duration = Duration::from_secs(2);
/// What is being done when the service stops gets this long to end.
const GRACE: Duration = Duration::from_secs(5);

/// Why a job was not done.
#[derive(Debug)]
pub enum Problem {
    /// The job's own failure.
    Failed(Failure),
    /// The store's.
    Store(store::Error),
}

impl Problem {
    /// A failure of the job.
    pub fn failed(problem: &str, message: impl Into<String>, retry: bool) -> Problem {
        Problem::Failed(Failure { problem: problem.to_owned(), message: message.into(), retry })
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Problem {
        Problem::Store(error)
    }
}

impl From<pool::Failure> for Problem {
    /// What lies in the file stays; a crash, a time-out or our own fault may not come again.
    fn from(failure: pool::Failure) -> Problem {
        let retry = matches!(failure.code, ErrorCode::Crashed | ErrorCode::TooHeavy | ErrorCode::Internal);
        let name = match serde_json::to_value(failure.code) {
            Ok(serde_json::Value::String(name)) => name,
            _ => "internal".to_owned(),
        };
        // What is our own fault is told in the log, not to the person.
        let message = match failure.code {
            ErrorCode::Internal => {
                tracing::error!(error = %failure.message, "a reader failed");
                "The reader failed; this is not the paper's fault. Try again, and tell your administrator if it stays.".to_owned()
            }
            _ => failure.message,
        };
        Problem::failed(&name, message, retry)
    }
}

/// Works until `stop`.
pub async fn run(tools: Tools, kinds: &'static [JobKind], stop: CancellationToken) {
    while !stop.is_cancelled() {
        // Listening begins before the look, so that a job queued in between is not slept over.
        let mut queued = pin!(queue::wait(&tools.store, LOOK));
        let _ = (&mut queued).now_or_never();
        let pause = match queue::claim(&tools.store, kinds, &tools.name, Timestamp::now(), LEASE).await {
            Ok(Some(lease)) => {
                work(&tools, &lease, &stop).await;
                continue;
            }
            Ok(None) => None,
            Err(error) => {
                tracing::warn!(%error, "no job could be claimed");
                Some(PAUSE)
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = async { match pause { Some(pause) => sleep(pause).await, None => queued.await } } => (),
        }
    }
}

/// Does a job and reports it. When the service stops, a job that is not done soon is given back.
async fn work(tools: &Tools, lease: &Lease, stop: &CancellationToken) {
    let stopped = async {
        stop.cancelled().await;
        sleep(GRACE).await;
    };
    let done = tokio::select! {
        done = perform(tools, lease) => done,
        lost = heartbeat(tools, lease) => Err(Problem::Store(lost)),
        () = stopped => {
            if let Err(error) = queue::release(&tools.store, lease).await {
                tracing::warn!(job = %lease.job, %error, "a job was not given back; its lease will end");
            }
            return;
        }
    };
    match done {
        Ok(()) => tracing::debug!(job = %lease.job, kind = %lease.kind, attempt = lease.attempt, "done"),
        Err(Problem::Store(store::Error::LeaseLost)) => {
            tracing::warn!(job = %lease.job, "the job was given to another worker; its result is dropped");
        }
        Err(problem) => report(tools, lease, problem).await,
    }
}

async fn perform(tools: &Tools, lease: &Lease) -> Result<(), Problem> {
    match lease.kind {
        JobKind::Unpack => unpack::run(tools, lease).await,
        JobKind::Read => read::run(tools, lease).await,
        JobKind::Extract => read::again(tools, lease).await,
        JobKind::Export => export::run(tools, lease).await,
    }
}

/// Extends the lease for as long as it is held.
async fn heartbeat(tools: &Tools, lease: &Lease) -> store::Error {
    let mut beat = interval(HEARTBEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat.tick().await;
    loop {
        beat.tick().await;
        match queue::extend(&tools.store, lease, Timestamp::now(), LEASE).await {
            Err(lost @ store::Error::LeaseLost) => return lost,
            Err(error) => tracing::warn!(job = %lease.job, %error, "a lease was not extended"),
            Ok(()) => (),
        }
    }
}

async fn report(tools: &Tools, lease: &Lease, problem: Problem) {
    let failure = match problem {
        Problem::Failed(failure) => failure,
        Problem::Store(error) => {
            tracing::warn!(job = %lease.job, kind = %lease.kind, %error, "the store failed a job");
            let message = "The paper could not be fetched or its reading not be kept. Try again later.".to_owned();
            Failure { problem: "internal".to_owned(), message, retry: true }
        }
    };
    let name = failure.problem.clone();
    match queue::fail(&tools.store, lease, failure, Timestamp::now()).await {
        Ok(true) => tracing::info!(job = %lease.job, kind = %lease.kind, problem = name, attempt = lease.attempt, "given up"),
        Ok(false) => tracing::info!(job = %lease.job, kind = %lease.kind, problem = name, attempt = lease.attempt, "comes again"),
        Err(error) => tracing::warn!(job = %lease.job, %error, "a failure could not be kept; the lease will end"),
    }
}
