//! What grows and is not needed any more: to be called about once an hour, by one process or several.

use std::time::Duration;

use jiff::Timestamp;

use crate::error::Result;
use crate::sql::params;
use crate::store::Store;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Forgets finished jobs and events after 7 days, messages to webhooks after 30, mail of ours after 90, ended sessions and pairings, uploads that rest, used keys, old
/// login failures and brakes, and lets the bytes of arrivals of more than 7 days ago come again as new ones. Gives the number of rows touched.
pub async fn tidy(store: &Store, now: Timestamp) -> Result<u64> {
    let (week, day) = (now - DAY * 7, now - DAY);
    let statements = [
        ("DELETE FROM job WHERE finished_at < $1 AND state = 'done'", week),
        ("DELETE FROM job WHERE finished_at < $1", now - DAY * 90),
        ("DELETE FROM event WHERE at < $1", week),
        ("DELETE FROM outgoing WHERE finished_at < $1", now - DAY * 90),
        ("DELETE FROM session WHERE expires_at < $1", now),
        ("DELETE FROM notice WHERE created_at < $1", now - DAY * 90),
        ("DELETE FROM webhook_delivery WHERE created_at < $1", now - DAY * 30),
        ("DELETE FROM used_key WHERE created_at < $1", now - DAY * 2),
        ("DELETE FROM pairing WHERE expires_at < $1", day),
        ("DELETE FROM partial_piece WHERE upload_id IN (SELECT id FROM partial_upload WHERE expires_at < $1)", now),
        ("DELETE FROM partial_upload WHERE expires_at < $1", now),
        ("DELETE FROM spent_challenge WHERE expires_at < $1", now),
        ("DELETE FROM login_failure WHERE last_at < $1", day),
        ("DELETE FROM brake WHERE since < $1 AND (until IS NULL OR until < $1)", day),
        ("UPDATE submission SET again = id WHERE received_at < $1 AND again = ''", week),
    ];
    let mut rows = store.write_internal(move |tx| Box::pin(async move { crate::cover::close(tx, now).await })).await?;
    for (sql, before) in statements {
        // Each by itself: the writer is free in between.
        rows += store.write_internal(move |tx| Box::pin(async move { tx.execute(sql, params![before]).await })).await?;
    }
    Ok(rows)
}
