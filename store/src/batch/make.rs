//! A batch made: its file and what became of each document, in one commit.

use jiff::Timestamp;

use super::{BatchState, Entry, Fate, fetch, told, told_all};
use crate::blob::{self, Staged};
use crate::company::json;
use crate::error::{Error, Result};
use crate::id::{BatchId, DocumentId};
use crate::queue::{self, Lease};
use crate::sql::insert::insert_all;
use crate::sql::{Tx, params};
use crate::store::Store;

/// What making a batch gave.
#[derive(Clone, Debug)]
pub struct Made {
    /// What became of each document, in the order of the file.
    pub entries: Vec<Entry>,
    /// The file; none where no document is in it.
    pub file: Option<MadeFile>,
}

/// The file of a batch.
#[derive(Clone, Debug)]
pub struct MadeFile {
    /// Its bytes, on their way in.
    pub blob: Staged,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
}

/// Says how far a batch is.
pub async fn progress(store: &Store, lease: &Lease, done: u64, total: u64) -> Result<()> {
    let (id, office): (BatchId, _) = (lease.subject.parse()?, lease.office);
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    store
        .write(&lease.scope(), move |tx| {
            Box::pin(async move {
                let sql = "UPDATE batch SET done = $3, total = $4 WHERE office_id = $1 AND id = $2 AND state = 'making'";
                tx.execute(sql, params![office, id, count(done), count(total)]).await.map(drop)
            })
        })
        .await
}

/// Keeps the file, what became of each document and the job's end in one transaction, and makes the documents in the file exported.
/// [`Error::Stale`] where a document was changed meanwhile: nothing is kept, the batch is to be made anew.
pub async fn record(store: &Store, lease: &Lease, made: Made) -> Result<()> {
    let lease = lease.clone();
    store.write(&lease.scope(), move |tx| Box::pin(async move { record_in(tx, &lease, made).await })).await?;
    store.jobs().notify_waiters();
    store.events().notify_waiters();
    Ok(())
}

async fn record_in(tx: &mut Tx, lease: &Lease, made: Made) -> Result<()> {
    let (scope, now, id): (_, _, BatchId) = (lease.scope(), Timestamp::now(), lease.subject.parse()?);
    queue::finish(tx, lease, now).await?;
    let batch = fetch(tx, &scope, id).await?;
    // A second start of the job finds what the first one left.
    tx.execute("DELETE FROM batch_document WHERE office_id = $1 AND batch_id = $2", params![scope.office(), id]).await?;
    insert_entries(tx, lease, id, &made.entries).await?;
    let of = |fates: &[Fate]| made.entries.iter().filter(|entry| fates.contains(&entry.fate)).count();
    let (inside, left_out) = (of(&[Fate::Exported, Fate::Correction]), of(&[Fate::LeftOut]));
    if !batch.copy {
        let handed = hand_over(tx, lease, id, &made.entries).await?;
        told_all(tx, &scope, lease.company, &handed, "document.exported").await?;
    }
    let state = if made.file.is_some() { BatchState::Ready } else { BatchState::Empty };
    let (mut name, mut media_type, mut sha256, mut size) = (None, None, None, 0);
    if let Some(file) = made.file {
        blob::keep(tx, std::slice::from_ref(&file.blob)).await?;
        size = i64::try_from(file.blob.size()).unwrap_or(i64::MAX);
        sha256 = Some(file.blob.sha256().as_str().to_owned());
        (name, media_type) = (Some(file.name), Some(file.media_type));
    }
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let total = count(made.entries.len());
    let sql = "UPDATE batch SET state = $3, total = $4, done = $4, exported = $5, left_out = $6, file_name = $7, media_type = $8,
                      sha256 = $9, size = $10, made_at = $11, problem = NULL
               WHERE office_id = $1 AND id = $2 AND state = 'making'";
    let values = params![scope.office(), id, state, total, count(inside), count(left_out), name, media_type, sha256, size, now];
    if tx.execute(sql, values).await? == 0 {
        return Err(Error::LeaseLost);
    }
    told(tx, &scope, lease.company, id, "batch.made", &format!("{inside} {left_out}")).await
}

async fn insert_entries(tx: &mut Tx, lease: &Lease, id: BatchId, entries: &[Entry]) -> Result<()> {
    let row = |(position, entry): (i64, &Entry)| {
        let version = i64::try_from(entry.version).map_err(Error::internal)?;
        let reasons = json(&entry.reasons)?;
        let handed = json(&entry.handed)?;
        Ok(params![
            lease.office,
            lease.company,
            id,
            entry.document,
            position,
            entry.fate,
            reasons,
            version,
            &entry.digest,
            handed
        ])
    };
    let rows = (0i64..).zip(entries).map(row).collect::<Result<Vec<_>>>()?;
    let head = "INSERT INTO batch_document (office_id, company_id, batch_id, document_id, position, fate, reasons, version, digest, handed)";
    insert_all(tx, head, rows, "RETURNING 1").await.map(drop)
}

/// Makes the documents of the file exported, and those that were handed over before and are the same. Gives them; all or none.
async fn hand_over(tx: &mut Tx, lease: &Lease, id: BatchId, entries: &[Entry]) -> Result<Vec<DocumentId>> {
    let mut handed: Vec<DocumentId> = Vec::new();
    for (fates, batch) in [("'exported', 'correction'", "$3"), ("'unchanged'", "batch_id")] {
        let sql = format!(
            "UPDATE document SET state = 'exported', version = version + 1, batch_id = {batch}, books_state = 'none',
                    books_number = NULL
             WHERE office_id = $1 AND company_id = $2 AND state = 'approved' AND trashed_at IS NULL AND EXISTS
                   (SELECT 1 FROM batch_document e WHERE e.batch_id = $3 AND e.document_id = document.id AND e.fate IN ({fates})
                    AND e.version = document.version)
             RETURNING id"
        );
        for row in tx.fetch_all(sql, params![lease.office, lease.company, id]).await? {
            handed.push(row.columns().parse()?);
        }
    }
    let wanted = entries.iter().filter(|entry| entry.fate != Fate::LeftOut).count();
    if handed.len() == wanted { Ok(handed) } else { Err(Error::Stale) }
}
