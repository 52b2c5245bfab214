//! A batch made: its file, and what became of each document.

use store::batch;
use store::queue::Lease;
use store::{BatchId, Error};

use super::Tools;
use super::turn::Problem;
use crate::export;

/// Documents may be changed while the file is made; it is then made again, this often.
const TRIES: usize = 3;

/// Does an export job.
pub async fn run(tools: &Tools, lease: &Lease) -> Result<(), Problem> {
    let (store, scope) = (&tools.store, lease.scope());
    let id: BatchId = lease.subject.parse()?;
    let asked = batch::get(store, &scope, id).await?;
    for _ in 0..TRIES {
        let made = export::make(store, lease, &asked).await.map_err(failure)?;
        match batch::record(store, lease, made).await {
            Err(Error::Stale) => {}
            other => return Ok(other?),
        }
    }
    let message = "Its documents were being changed while the file was made. Try again.";
    Err(Problem::failed("changed_meanwhile", message, true))
}

fn failure(problem: export::Problem) -> Problem {
    match problem {
        export::Problem::Store(error) => Problem::Store(error),
        export::Problem::NoProfile | export::Problem::NoMonth => Problem::failed("no_profile", problem.to_string(), false),
        export::Problem::TooLarge(_) => Problem::failed("too_large", problem.to_string(), false),
        export::Problem::Internal(cause) => {
            tracing::error!(%cause, "a file for an accounting program was not made");
            Problem::failed("internal", "The file could not be made; it has been logged.", false)
        }
    }
}
