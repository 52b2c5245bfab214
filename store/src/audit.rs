//! Who did what, append-only. Rows hold ids and salted digests of the values; the values live in tables that can be erased.

use aws_lc_rs::digest;
use jiff::Timestamp;

use crate::error::Result;
use crate::id::{AuditId, CompanyId, OfficeId};
use crate::keys;
use crate::scope::Actor;
use crate::sql::{Tx, params};

/// What a change writes beside itself, in the same transaction.
pub(crate) struct Note<'a> {
    pub office: OfficeId,
    pub company: Option<CompanyId>,
    pub actor: Actor,
    /// `noun.verb`, such as `document.approved`.
    pub action: &'static str,
    pub subject: String,
    /// What was set; only a salted digest of it is kept.
    pub values: &'a str,
}

/// Adds an audit row.
pub(crate) async fn note(tx: &mut Tx, note: Note<'_>) -> Result<()> {
    let salt = keys::random::<16>()?;
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(&salt);
    context.update(note.values.as_bytes());
    tx.execute(
        "INSERT INTO audit (id, office_id, company_id, actor, action, subject_id, salt, digest, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            AuditId::new(),
            note.office,
            note.company,
            note.actor.to_string(),
            note.action,
            note.subject,
            salt.as_slice(),
            context.finish().as_ref(),
            Timestamp::now()
        ],
    )
    .await?;
    Ok(())
}
