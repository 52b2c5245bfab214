//! The feed of an office: what changed, in one rising order without gaps, for pages that follow along (SSE).

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::id::{CompanyId, OfficeId};
use crate::scope::{Rows, Scope};
use crate::sql::insert::insert_all;
use crate::sql::{Tx, params};
use crate::store::Store;

/// One thing that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// Its number within the office; the next one is greater.
    pub seq: u64,
    /// The company it is about; none for the office itself.
    pub company: Option<CompanyId>,
    /// `noun.verb`, such as `document.approved`.
    pub kind: String,
    /// Id of what changed.
    pub subject: String,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
}

/// Kinds that there are.
pub const KINDS: &[&str] = &[
    "document.created",
    "document.reading",
    "document.read",
    "document.failed",
    "document.changed",
    "document.corrected",
    "document.linked",
    "document.kept_apart",
    "document.divided",
    "document.merged",
    "document.moved",
    "document.asked",
    "document.commented",
    "document.alarms_answered",
    "document.approved",
    "document.filed",
    "document.rejected",
    "document.reopened",
    "document.exported",
    "document.taken_back",
    "document.books",
    "document.withdrawn",
    "document.trashed",
    "document.restored",
    "document.purged",
    "submission.admitted",
    "submission.held",
    "submission.released",
    "submission.discarded",
    "submission.failed",
    "batch.created",
    "batch.made",
    "batch.undone",
    "batch.failed",
];

/// Events after `seq` within the scope, oldest first, at most `limit` (1000 at most).
pub async fn after(store: &Store, scope: &Scope, seq: u64, limit: u32) -> Result<Vec<Event>> {
    scope.allow(|role| role.may_see())?;
    let mut params = params![i64::try_from(seq).unwrap_or(i64::MAX), limit.min(1000)];
    let condition = scope.papers(Rows::Subjects, "", &mut params);
    let sql =
        format!("SELECT seq, company_id, kind, subject_id, at FROM event WHERE {condition} AND seq > $1 ORDER BY seq LIMIT $2");
    let rows = store.read(scope).await?.fetch_all(sql, params).await?;
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            Ok(Event { seq: c.count()?, company: c.opt_parse()?, kind: c.text()?, subject: c.text()?, at: c.time()? })
        })
        .collect()
}

/// Number of the newest event of the office: where a new follower starts.
pub async fn newest(store: &Store, scope: &Scope) -> Result<u64> {
    let mut tx = store.read(scope).await?;
    let row = tx.fetch_one("SELECT next_event - 1 FROM office WHERE id = $1", params![scope.office()]).await?;
    row.columns().count()
}

/// Waits until something changed in this process, or for `longest`: other processes are seen by asking again.
pub async fn wait(store: &Store, longest: Duration) {
    let _ = tokio::time::timeout(longest, store.events().notified()).await;
}

/// Adds events of one office: `(company, kind, subject)`. The row of the office is locked until the commit, so that numbers
/// appear in their order.
pub(crate) async fn emit(tx: &mut Tx, office: OfficeId, events: &[(Option<CompanyId>, &str, String)]) -> Result<()> {
    let count = i64::try_from(events.len()).map_err(Error::internal)?;
    let row = tx
        .fetch_one(
            "UPDATE office SET next_event = next_event + $2 WHERE id = $1 RETURNING next_event - $2",
            params![office, count],
        )
        .await?;
    let first = row.columns().int()?;
    let now = Timestamp::now();
    let rows = (first..).zip(events).map(|(seq, (company, kind, subject))| params![office, seq, *company, *kind, subject, now]);
    let head = "INSERT INTO event (office_id, seq, company_id, kind, subject_id, at)";
    insert_all(tx, head, rows.collect(), "RETURNING 1").await.map(drop)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    fn sources(folder: &Path, out: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, out);
            } else if !path.ends_with("event.rs") {
                out.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    #[test]
    fn what_is_announced_can_be_chosen() {
        let mut text = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
        let of_papers = |word: &&str| {
            let (noun, verb) = word.split_once('.').unwrap_or_default();
            let plain = verb.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') && !verb.is_empty();
            plain && ["document", "submission", "batch"].contains(&noun)
        };
        let announced: BTreeSet<&str> = text.split('"').filter(of_papers).collect();
        assert_eq!(announced, super::KINDS.iter().copied().collect());
    }
}
