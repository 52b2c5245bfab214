//! The end of the trash: what lay in it for thirty days goes for good, rows and bytes. What was approved or handed over ever stays, and
//! so does the line of the mail log that says what became of each part.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::audit::{self, Note};
use crate::document::Document;
use crate::error::Result;
use crate::event;
use crate::id::{CompanyId, DocumentId, OfficeId, SubmissionId};
use crate::scope::Scope;
use crate::search;
use crate::sql::{Tx, marks, params};
use crate::store::Store;

/// Days that a document stays in the trash.
pub const DAYS: u32 = 30;

const LIFE: Duration = Duration::from_secs(DAYS as u64 * 24 * 3600);

/// Documents of an office in one go.
const AT_ONCE: u32 = 200;

/// Days that are left to a document in the trash, the present one counted.
pub fn days_left(trashed_at: Timestamp, now: Timestamp) -> u64 {
    let left = (trashed_at + LIFE).duration_since(now).as_secs().max(0);
    u64::try_from(left).unwrap_or(0).div_ceil(24 * 3600)
}

/// Days that are left to those documents that are in the trash and go; not to one that stays for good since it was approved once.
pub async fn of_documents(
    store: &Store,
    scope: &Scope,
    documents: &[Document],
    now: Timestamp,
) -> Result<BTreeMap<DocumentId, u64>> {
    scope.allow(|role| role.may_see())?;
    let trashed: BTreeMap<DocumentId, Timestamp> =
        documents.iter().filter_map(|document| Some((document.id, document.trashed_at?))).collect();
    if trashed.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut params = params![scope.office(), Timestamp::MAX];
    let marks = marks(&mut params, trashed.keys().copied());
    let sql = format!("SELECT id FROM document WHERE office_id = $1 AND {DUE} AND id IN ({marks})");
    let going = store.read(scope).await?.fetch_all(sql, params).await?;
    let going = going.into_iter().map(|row| row.columns().parse()).collect::<Result<Vec<DocumentId>>>()?;
    Ok(going.into_iter().filter_map(|id| Some((id, days_left(*trashed.get(&id)?, now)))).collect())
}

/// Tables with rows of a document that are nothing without it.
pub(crate) const OF_DOCUMENT: &[&str] =
    &["piece", "document_term", "reading", "review", "talk_thread", "comment", "history", "desk", "document_serial"];

/// Documents that go: long enough in the trash, and never approved, nor in a batch.
const DUE: &str = "trashed_at IS NOT NULL AND trashed_at < $2 AND state NOT IN ('approved', 'exported') AND batch_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM batch_document e WHERE e.document_id = document.id)
    AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.subject_id = document.id
                    AND a.action IN ('document.approved', 'document.exported', 'document.reopened', 'document.taken_back'))";

/// Deletes what is due, some of each office; gives their number. To be called now and then, by one process or several.
pub async fn purge(store: &Store, now: Timestamp) -> Result<u64> {
    let offices = store.read_internal().await?.fetch_all("SELECT id FROM office", vec![]).await?;
    let mut count = 0;
    for row in offices {
        let scope = Scope::service(row.columns().parse()?);
        let sql = format!("SELECT id FROM document WHERE office_id = $1 AND {DUE} ORDER BY id LIMIT {AT_ONCE}");
        let due = store.read(&scope).await?.fetch_all(sql, params![scope.office(), now - LIFE]).await?;
        for row in due {
            let (id, scope_): (DocumentId, _) = (row.columns().parse()?, scope.clone());
            // Each by itself: the writer is free in between, and what was restored meanwhile stays.
            count += store.write(&scope, move |tx| Box::pin(async move { purge_one(tx, &scope_, id, now).await })).await?;
        }
    }
    Ok(count)
}

async fn purge_one(tx: &mut Tx, scope: &Scope, id: DocumentId, now: Timestamp) -> Result<u64> {
    let office = scope.office();
    let sql = format!("SELECT company_id, submission_id, document_type FROM document WHERE office_id = $1 AND {DUE} AND id = $3");
    let Some(row) = tx.fetch_optional(sql, params![office, now - LIFE, id]).await? else { return Ok(0) };
    let mut c = row.columns();
    let (company, submission, kind): (CompanyId, SubmissionId, String) = (c.parse()?, c.parse()?, c.text()?);
    search::forget(tx, office, &[id.to_string()]).await?;
    for table in OF_DOCUMENT {
        tx.execute(format!("DELETE FROM {table} WHERE office_id = $1 AND document_id = $2"), params![office, id]).await?;
    }
    let sql = "UPDATE document SET duplicate_of = NULL, duplicate_reason = NULL WHERE office_id = $1 AND duplicate_of = $2";
    tx.execute(sql, params![office, id]).await?;
    tx.execute("UPDATE document SET corrects = NULL WHERE office_id = $1 AND corrects = $2", params![office, id]).await?;
    tx.execute("DELETE FROM document WHERE office_id = $1 AND id = $2", params![office, id]).await?;
    empty(tx, office, submission, &kind).await?;
    let (actor, subject) = (scope.actor(), id.to_string());
    let company = Some(company);
    audit::note(tx, Note { office, company, actor, action: "document.purged", subject: subject.clone(), values: "" }).await?;
    event::emit(tx, office, &[(company, "document.purged", subject)]).await?;
    Ok(1)
}

/// Lets go of the bytes that no document needs any more: parts that are in none, and with the last of its documents the mail itself and
/// all else that was in it. A type that is restricted goes on hiding what is left.
async fn empty(tx: &mut Tx, office: OfficeId, submission: SubmissionId, kind: &str) -> Result<()> {
    let unused = "office_id = $1 AND submission_id = $2 AND NOT EXISTS (SELECT 1 FROM piece w WHERE w.part_id = part.id)";
    let sql =
        format!("UPDATE part SET state = 'refused', reason = 'purged', message = NULL WHERE {unused} AND state = 'document'");
    tx.execute(sql, params![office, submission]).await?;
    let left = "SELECT 1 FROM document WHERE office_id = $1 AND submission_id = $2 LIMIT 1";
    if tx.fetch_optional(left, params![office, submission]).await?.is_some() {
        return Ok(());
    }
    let sql = format!("UPDATE part SET state = 'refused', reason = 'purged', message = NULL WHERE {unused}");
    tx.execute(sql, params![office, submission]).await?;
    let sql = "UPDATE submission SET raw_sha256 = NULL, again = id, note = NULL, document_type = COALESCE(document_type, $3)
               WHERE office_id = $1 AND id = $2";
    tx.execute(sql, params![office, submission, kind]).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_one() {
        let trashed: Timestamp = "2026-07-01T10:00:00Z".parse().unwrap();
        let hours = |n: i64| trashed + jiff::SignedDuration::from_hours(n);
        for (after, left) in [(0, 30), (1, 30), (24, 29), (29 * 24 + 23, 1), (30 * 24, 0), (40 * 24, 0)] {
            assert_eq!(days_left(trashed, hours(after)), left, "{after}");
        }
    }
}
