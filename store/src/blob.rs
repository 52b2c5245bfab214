//! Blobs: the bytes of mails and papers, kept unchanged under their hash.
//!
//! A small one enters with the rows of a commit ([`stage`] holds it until then), waits in `pending_blob`, and a mover takes it to
//! the object store; reading looks there first. A larger one is put into the object store before the rows.

mod sweep;
mod target;

pub(crate) use sweep::UNUSED;
pub use sweep::{Swept, move_pending, move_when_due, sweep};
pub(crate) use target::Blobs;

use std::fmt;
use std::ops::Range;

use aws_lc_rs::digest;
use bytes::Bytes;
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::id::OfficeId;
use crate::keys::hex;
use crate::sql::insert::{self, values};
use crate::sql::{Statement, Tx, params};
use crate::store::Store;

/// Up to this many bytes a blob travels with the commit.
pub const SMALL: usize = 1 << 20;

/// SHA-256 of a blob, lower-case hex.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha256(String);

impl Sha256 {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Sha256 {
        Sha256(hex(digest::digest(&digest::SHA256, bytes).as_ref()))
    }

    /// The 64 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Sha256 {
    type Err = Error;
    fn from_str(text: &str) -> Result<Sha256> {
        if text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            Ok(Sha256(text.to_owned()))
        } else {
            Err(Error::invalid("sha256", "This is no SHA-256 in lower-case hex."))
        }
    }
}

impl From<&Sha256> for crate::sql::Value {
    fn from(sha256: &Sha256) -> Self {
        crate::sql::Value::Text(Some(sha256.0.clone()))
    }
}

impl serde::Serialize for Sha256 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Every key of the object store. Nothing else ever makes one, and no name from outside is part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// The bytes of a mail or paper of an office.
    Blob {
        /// The office: nothing is shared between offices.
        office: OfficeId,
        /// Hash of the bytes.
        sha256: Sha256,
    },
    /// Written and deleted to see whether the store takes writes.
    Probe,
}

impl Key {
    fn path(&self) -> object_store::path::Path {
        object_store::path::Path::from(match self {
            Key::Blob { office, sha256 } => format!("{office}/{}/{sha256}", &sha256.as_str()[..2]),
            Key::Probe => "probe".to_owned(),
        })
    }
}

/// A blob on its way in. It is kept once rows that name it are committed; dropped before that, at most the sweep's work is left.
#[derive(Clone, Debug)]
pub struct Staged {
    pub(crate) office: OfficeId,
    pub(crate) sha256: Sha256,
    pub(crate) size: u64,
    /// The bytes, where they travel with the commit.
    pub(crate) content: Option<Bytes>,
}

impl Staged {
    /// Its hash.
    pub fn sha256(&self) -> &Sha256 {
        &self.sha256
    }

    /// Its length in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }
}

/// Makes a blob ready to be named by rows. A small one costs nothing here; a larger one is in the object store when this answers.
pub async fn stage(store: &Store, office: OfficeId, content: Bytes) -> Result<Staged> {
    let (sha256, size) = (Sha256::of(&content), content.len() as u64);
    if content.len() <= SMALL {
        return Ok(Staged { office, sha256, size, content: Some(content) });
    }
    let staged = Staged { office, sha256, size, content: None };
    // The row comes first: it keeps the sweep away from the object.
    let row = staged.clone();
    store.write_internal(move |tx| Box::pin(async move { keep(tx, std::slice::from_ref(&row)).await })).await?;
    store.blobs().put(&Key::Blob { office, sha256: staged.sha256.clone() }, content).await?;
    Ok(staged)
}

/// The bytes of a blob. A hash that does not fit is an error: wrong bytes are never served.
pub async fn get(store: &Store, office: OfficeId, sha256: &Sha256) -> Result<Bytes> {
    let content = match pending(store, office, sha256).await? {
        Some(content) => content,
        // The mover deletes the row after the object is there, so it is found in one of the two places.
        None => store.blobs().get(&key(office, sha256)).await?,
    };
    if Sha256::of(&content) != *sha256 {
        tracing::error!(%office, %sha256, "the bytes of a blob do not fit its hash");
        return Err(Error::internal("the bytes of a blob do not fit its hash"));
    }
    Ok(content)
}

/// Some bytes of a blob; the range is cut at its end.
pub async fn get_range(store: &Store, office: OfficeId, sha256: &Sha256, range: Range<u64>) -> Result<Bytes> {
    if let Some(content) = pending(store, office, sha256).await? {
        let at = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(content.len());
        return Ok(content.slice(at(range.start)..at(range.end).max(at(range.start))));
    }
    store.blobs().get_range(&key(office, sha256), range).await
}

/// True where the blob can be had.
pub async fn exists(store: &Store, office: OfficeId, sha256: &Sha256) -> Result<bool> {
    let sql = "SELECT 1 FROM pending_blob WHERE office_id = $1 AND sha256 = $2";
    if store.read_internal().await?.fetch_optional(sql, params![office, sha256]).await?.is_some() {
        return Ok(true);
    }
    store.blobs().exists(&key(office, sha256)).await
}

fn key(office: OfficeId, sha256: &Sha256) -> Key {
    Key::Blob { office, sha256: sha256.clone() }
}

async fn pending(store: &Store, office: OfficeId, sha256: &Sha256) -> Result<Option<Bytes>> {
    let sql = "SELECT content FROM pending_blob WHERE office_id = $1 AND sha256 = $2";
    let row = store.read_internal().await?.fetch_optional(sql, params![office, sha256]).await?;
    row.map(|row| Ok(Bytes::from(row.columns().blob()?))).transpose()
}

/// Adds the rows of staged blobs; takes back a mark of the sweep.
pub(crate) async fn keep(tx: &mut Tx, staged: &[Staged]) -> Result<()> {
    for piece in insert::pieces(&distinct(staged)) {
        let mut answers = tx.fetch_each(rows(piece)).await?.into_iter();
        for row in answers.next().unwrap_or_default() {
            let mut c = row.columns();
            check_live(&c.text()?, c.count()?)?;
        }
    }
    Ok(())
}

/// A large blob whose object is being deleted at this moment must be put again afterwards; a small one is put by the mover.
pub(crate) fn check_live(state: &str, size: u64) -> Result<()> {
    if state == "deleting" && size > SMALL as u64 {
        return Err(Error::Unavailable("this blob is being deleted: try again".to_owned()));
    }
    Ok(())
}

/// Each blob once: one statement may not touch a row twice.
pub(crate) fn distinct(staged: &[Staged]) -> Vec<&Staged> {
    let mut seen: Vec<&Staged> = Vec::with_capacity(staged.len());
    for blob in staged {
        if !seen.iter().any(|other| other.office == blob.office && other.sha256 == blob.sha256) {
            seen.push(blob);
        }
    }
    seen
}

/// The statements that add the rows of distinct blobs. The first one gives the state and size of each.
pub(crate) fn rows(staged: &[&Staged]) -> Vec<Statement> {
    let now = Timestamp::now();
    let size = |b: &Staged| i64::try_from(b.size).unwrap_or(i64::MAX);
    let blobs = values(staged.iter().map(|b| params![b.office, &b.sha256, size(b), "live", now]));
    let sql = format!(
        "INSERT INTO blob (office_id, sha256, size, state, created_at) {}
         ON CONFLICT (office_id, sha256) DO UPDATE SET marked_at = NULL RETURNING state, size",
        blobs.sql
    );
    let mut statements = vec![Statement { sql, ..blobs }];
    let small = values(staged.iter().filter_map(|b| Some(params![b.office, &b.sha256, b.content.clone()?, now])));
    if !small.params.is_empty() {
        let sql = format!(
            "INSERT INTO pending_blob (office_id, sha256, content, created_at) {} ON CONFLICT (office_id, sha256) DO NOTHING",
            small.sql
        );
        statements.push(Statement { sql, ..small });
    }
    statements
}
