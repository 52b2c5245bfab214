//! The chain: each seal's hash covers the one before it and an audit row, so that a row changed, taken out or put in between
//! afterwards is found.

use aws_lc_rs::digest;
use jiff::Timestamp;

use crate::error::Result;
use crate::id::OfficeId;
use crate::sql::{Row, Tx, params};
use crate::store::Store;

/// Rows of an office sealed in one transaction.
const BATCH: i64 = 500;

/// A row is sealed when it is this old: its transaction is over by then, and none with an earlier id comes after it.
const SETTLED: std::time::Duration = std::time::Duration::from_secs(60);

/// What is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Number of the seal.
    pub seq: u64,
    /// The audit row.
    pub audit: String,
}

/// Chains committed rows that are not sealed yet, office by office; gives their number. To be called about once a minute.
pub async fn seal(store: &Store, now: Timestamp) -> Result<u64> {
    let sql = "SELECT DISTINCT a.office_id FROM audit a LEFT JOIN audit_seal s ON s.audit_id = a.id
               WHERE s.audit_id IS NULL AND a.at < $1";
    let offices = store.read_internal().await?.fetch_all(sql, params![now - SETTLED]).await?;
    let mut sealed = 0;
    for row in offices {
        let office: OfficeId = row.columns().parse()?;
        sealed += store.write_internal(move |tx| Box::pin(async move { seal_office(tx, office, now).await })).await?;
    }
    Ok(sealed)
}

/// Checks the chain of an office from its beginning; gives the first seal that does not fit.
pub async fn verify(store: &Store, office: OfficeId) -> Result<Option<Broken>> {
    let mut tx = store.read_internal().await?;
    let (mut seq, mut hash) = (0u64, vec![]);
    loop {
        // A seal whose row is gone shows as a row of nulls, which no hash fits.
        let sql = "SELECT s.seq, s.hash, s.audit_id, a.id, a.office_id, a.company_id, a.actor, a.action, a.subject_id, a.salt,
                          a.digest, a.at
                   FROM audit_seal s LEFT JOIN audit a ON a.id = s.audit_id
                   WHERE s.office_id = $1 AND s.seq > $2 ORDER BY s.seq LIMIT $3";
        let rows = tx.fetch_all(sql, params![office, i64::try_from(seq).unwrap_or(i64::MAX), BATCH]).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        for row in rows {
            let mut c = row.columns();
            let (number, stored, audit) = (c.count()?, c.blob()?, c.text()?);
            let next = link(&hash, number, Row(c.rest()));
            if number != seq + 1 || next != stored {
                return Ok(Some(Broken { seq: number, audit }));
            }
            (seq, hash) = (number, stored);
        }
    }
}

async fn seal_office(tx: &mut Tx, office: OfficeId, now: Timestamp) -> Result<u64> {
    let sql = "SELECT seq, hash FROM audit_seal WHERE office_id = $1 ORDER BY seq DESC LIMIT 1";
    let (mut seq, mut hash) = match tx.fetch_optional(sql, params![office]).await? {
        Some(row) => {
            let mut c = row.columns();
            (c.count()?, c.blob()?)
        }
        None => (0, vec![]),
    };
    let sql = "SELECT a.id, a.office_id, a.company_id, a.actor, a.action, a.subject_id, a.salt, a.digest, a.at
               FROM audit a LEFT JOIN audit_seal s ON s.audit_id = a.id
               WHERE a.office_id = $1 AND s.audit_id IS NULL AND a.at < $2 ORDER BY a.id LIMIT $3";
    let mut sealed = 0;
    for row in tx.fetch_all(sql, params![office, now - SETTLED, BATCH]).await? {
        seq += 1;
        let audit = row.clone().columns().text()?;
        hash = link(&hash, seq, row);
        // Two sealers at once: the number is taken, one of them fails and comes again.
        let sql = "INSERT INTO audit_seal (office_id, seq, audit_id, hash) VALUES ($1, $2, $3, $4)";
        tx.execute(sql, params![office, i64::try_from(seq).unwrap_or(i64::MAX), audit, hash.clone()]).await?;
        sealed += 1;
    }
    Ok(sealed)
}

/// SHA-256 of the hash before, the number and every column, each with its length before it.
fn link(before: &[u8], seq: u64, row: Row) -> Vec<u8> {
    use crate::sql::Value;
    let mut context = digest::Context::new(&digest::SHA256);
    let mut add = |bytes: &[u8]| {
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    };
    add(before);
    add(&seq.to_be_bytes());
    for value in row.0 {
        match value {
            Value::Text(Some(text)) => add(text.as_bytes()),
            Value::Int(Some(int)) => add(&int.to_be_bytes()),
            Value::Blob(Some(blob)) => add(&blob),
            Value::Text(None) | Value::Int(None) | Value::Blob(None) => add(&[]),
        }
    }
    context.finish().as_ref().to_vec()
}
