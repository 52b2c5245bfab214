//! What must happen now and then: jobs of dead workers put back, small blobs moved to their store, audit rows sealed, what is not
//! needed any more swept away.

use std::time::Duration;

use jiff::Timestamp;
use store::{Store, audit, blob, queue, trash, upkeep};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// Leases are looked at this often.
const REVIVE: Duration = Duration::from_secs(5);
/// Small blobs stay in the database this long.
const MOVE: Duration = Duration::from_secs(2);
/// Blobs moved in one go; when there are as many, the next go follows at once.
const BATCH: u32 = 64;
/// Goes in a row, so that the rest of the upkeep has its turn.
const GOES: u32 = 32;
/// Audit rows are sealed this often.
const SEAL: Duration = Duration::from_secs(60);
/// Nothing waits for the sweep.
const SWEEP: Duration = Duration::from_secs(3600);

/// Works until `stop`. Several processes may do the same at once.
pub async fn run(store: Store, stop: CancellationToken) {
    let every = |period| {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    };
    let (mut revive, mut moves, mut seal, mut sweep) = (every(REVIVE), every(MOVE), every(SEAL), every(SWEEP));
    loop {
        let done = tokio::select! {
            () = stop.cancelled() => return,
            _ = revive.tick() => revived(&store).await,
            _ = moves.tick() => move_all(&store, &stop).await,
            _ = seal.tick() => audit::seal(&store, Timestamp::now()).await.map(drop),
            _ = sweep.tick() => swept(&store).await,
        };
        if let Err(error) = done {
            tracing::warn!(%error, "upkeep failed; it comes again");
        }
    }
}

async fn move_all(store: &Store, stop: &CancellationToken) -> store::Result<()> {
    for _ in 0..GOES {
        if stop.is_cancelled() || blob::move_when_due(store, BATCH).await? < BATCH as usize {
            break;
        }
    }
    Ok(())
}

/// Jobs of dead workers, and uploads whose process died between their last piece and their submission.
async fn revived(store: &Store) -> store::Result<()> {
    queue::revive(store, Timestamp::now()).await?;
    crate::http::finish_uploads(store).await.map(drop)
}

async fn swept(store: &Store) -> store::Result<()> {
    let swept = blob::sweep(store, Timestamp::now()).await?;
    if swept.marked + swept.deleted > 0 {
        tracing::info!(marked = swept.marked, deleted = swept.deleted, "blobs swept");
    }
    upkeep::tidy(store, Timestamp::now()).await?;
    let purged = trash::purge(store, Timestamp::now()).await?;
    if purged > 0 {
        tracing::info!(purged, "documents left the trash for good");
    }
    Ok(())
}
