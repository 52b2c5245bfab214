//! The mover (pending rows to the object store) and the sweep (objects that no row names any more).

use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use jiff::Timestamp;

use super::{Key, Sha256, key};
use crate::error::Result;
use crate::id::OfficeId;
use crate::sql::{Row, params};
use crate::store::Store;

/// What was marked this long ago is deleted.
const MARKED_FOR: Duration = Duration::from_secs(24 * 3600);

/// Puts side by side, since each waits for the disk or the network.
const AT_ONCE: usize = 8;

/// Pending blobs that may gather while mail keeps coming, before the mover works beside it.
const GATHER: u64 = 20_000;

/// [`move_pending`], but while mail keeps coming the disk is left to it until many blobs have gathered: then nothing is moved.
pub async fn move_when_due(store: &Store, limit: u32) -> Result<usize> {
    if store.writer().busy_with_arrivals() {
        let count = store.read_internal().await?.fetch_one("SELECT COUNT(*) FROM pending_blob", vec![]).await?;
        if count.columns().count()? < GATHER {
            return Ok(0);
        }
    }
    move_pending(store, limit).await
}

/// Takes up to `limit` pending blobs to the object store, oldest first. Gives how many were moved: fewer than `limit` means that
/// none waits. Run by one or more processes; moving twice does no harm.
pub async fn move_pending(store: &Store, limit: u32) -> Result<usize> {
    let sql = "SELECT p.office_id, p.sha256, p.content FROM pending_blob p
               JOIN blob b ON b.office_id = p.office_id AND b.sha256 = p.sha256
               WHERE b.state = 'live' ORDER BY p.created_at LIMIT $1";
    let rows = store.read_internal().await?.fetch_all(sql, params![limit]).await?;
    let moved: Vec<Result<(OfficeId, Sha256)>> =
        stream::iter(rows).map(|row| move_one(store, row)).buffer_unordered(AT_ONCE).collect().await;
    let mut done = Vec::new();
    let mut failure = None;
    for one in moved {
        match one {
            Ok(blob) => done.push(blob),
            Err(error) => failure = Some(error),
        }
    }
    let count = done.len();
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                for (office, sha256) in done {
                    let sql = "DELETE FROM pending_blob WHERE office_id = $1 AND sha256 = $2";
                    tx.execute(sql, params![office, &sha256]).await?;
                }
                Ok(())
            })
        })
        .await?;
    failure.map_or(Ok(count), Err)
}

async fn move_one(store: &Store, row: Row) -> Result<(OfficeId, Sha256)> {
    let mut c = row.columns();
    let (office, sha256, content): (OfficeId, Sha256, _) = (c.parse()?, c.parse()?, Bytes::from(c.blob()?));
    store.blobs().put(&Key::Blob { office, sha256: sha256.clone() }, content).await?;
    Ok((office, sha256))
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Found without a reference, to be deleted a day later.
    pub marked: u64,
    /// Deleted.
    pub deleted: u64,
}

/// Marks blobs that nothing names, and deletes those marked more than a day before `now` that nothing names still.
pub async fn sweep(store: &Store, now: Timestamp) -> Result<Swept> {
    let marked = store.write_internal(move |tx| Box::pin(async move { mark(tx, now).await })).await?;
    let doomed = store.write_internal(move |tx| Box::pin(async move { doom(tx, now).await })).await?;
    let mut deleted = 0;
    for (office, sha256) in doomed {
        store.blobs().delete(&key(office, &sha256)).await?;
        store.write_internal(move |tx| Box::pin(async move { forget(tx, office, &sha256).await })).await?;
        deleted += 1;
    }
    Ok(Swept { marked, deleted })
}

/// Condition on a row of `blob` that nothing names.
pub(crate) const UNUSED: &str =
    "NOT EXISTS (SELECT 1 FROM submission s WHERE s.office_id = blob.office_id AND s.raw_sha256 = blob.sha256)
    AND NOT EXISTS (SELECT 1 FROM part p WHERE p.office_id = blob.office_id AND p.sha256 = blob.sha256
                    AND COALESCE(p.reason, '') <> 'purged')
    AND NOT EXISTS (SELECT 1 FROM batch e WHERE e.office_id = blob.office_id AND e.sha256 = blob.sha256)";

/// A day's grace before the mark, too: a large blob is put before the rows that name it.
async fn mark(tx: &mut crate::sql::Tx, now: Timestamp) -> Result<u64> {
    let sql =
        format!("UPDATE blob SET marked_at = $1 WHERE marked_at IS NULL AND state = 'live' AND created_at < $2 AND {UNUSED}");
    tx.execute(sql, params![now, now - MARKED_FOR]).await
}

/// From here on the blob cannot be taken up again until its object is gone.
async fn doom(tx: &mut crate::sql::Tx, now: Timestamp) -> Result<Vec<(OfficeId, Sha256)>> {
    let sql = format!("UPDATE blob SET state = 'deleting' WHERE marked_at < $1 AND state = 'live' AND {UNUSED}");
    tx.execute(sql, params![now - MARKED_FOR]).await?;
    // Those of a sweep that was cut off are done again.
    let rows = tx.fetch_all("SELECT office_id, sha256 FROM blob WHERE state = 'deleting'", vec![]).await?;
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            Ok((c.parse()?, c.parse()?))
        })
        .collect()
}

/// The object is gone. A small blob that came again meanwhile waits in `pending_blob`: it lives.
async fn forget(tx: &mut crate::sql::Tx, office: OfficeId, sha256: &Sha256) -> Result<()> {
    let again = "EXISTS (SELECT 1 FROM pending_blob p WHERE p.office_id = $1 AND p.sha256 = $2)";
    let row = "office_id = $1 AND sha256 = $2 AND state = 'deleting'";
    let params = || params![office, sha256];
    tx.execute(format!("DELETE FROM blob WHERE {row} AND NOT {again}"), params()).await?;
    tx.execute(format!("UPDATE blob SET state = 'live', marked_at = NULL WHERE {row}"), params()).await?;
    Ok(())
}
