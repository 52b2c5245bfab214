//! Who did what, append-only. Rows hold ids and salted digests of the values; the values live in tables that can be erased.

mod seal;

pub use seal::{Broken, seal, verify};

use aws_lc_rs::digest;
use jiff::Timestamp;
use serde::Serialize;

use crate::error::Result;
use crate::id::{AuditId, CompanyId, OfficeId};
use crate::keys;
use crate::scope::{Actor, Rows, Scope};
use crate::sql::insert::insert_all;
use crate::sql::{Tx, params};
use crate::store::Store;

/// An audit row as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its id.
    pub id: AuditId,
    /// The company it is about; none for the office itself.
    pub company: Option<CompanyId>,
    /// `user:<id>`, `token:<id>`, `intake`, `worker` or `operator`.
    pub actor: String,
    /// `noun.verb`, such as `document.approved`.
    pub action: String,
    /// Id of what was changed.
    pub subject: String,
    /// When.
    pub at: Timestamp,
}

/// What was done within the scope, newest first, at most `limit` (200 at most); to one subject if given; before one id if given.
pub async fn list(
    store: &Store,
    scope: &Scope,
    subject: Option<&str>,
    before: Option<AuditId>,
    limit: u32,
) -> Result<Vec<Entry>> {
    scope.allow(|role| role.may_see())?;
    let mut params = params![subject, before, limit.min(200)];
    let condition = scope.papers(Rows::Subjects, "", &mut params);
    let sql = format!(
        "SELECT id, company_id, actor, action, subject_id, at FROM audit
         WHERE {condition} AND ($1 IS NULL OR subject_id = $1) AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
    );
    let rows = store.read(scope).await?.fetch_all(sql, params).await?;
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            let (id, company, actor, action) = (c.parse()?, c.opt_parse()?, c.text()?, c.text()?);
            Ok(Entry { id, company, actor, action, subject: c.text()?, at: c.time()? })
        })
        .collect()
}

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
    notes(tx, std::slice::from_ref(&note)).await
}

/// Adds audit rows.
pub(crate) async fn notes(tx: &mut Tx, notes: &[Note<'_>]) -> Result<()> {
    let now = Timestamp::now();
    let row = |note: &Note<'_>| {
        let salt = keys::random::<16>()?;
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&salt);
        context.update(note.values.as_bytes());
        Ok(params![
            AuditId::new(),
            note.office,
            note.company,
            note.actor.to_string(),
            note.action,
            &note.subject,
            salt.as_slice(),
            context.finish().as_ref(),
            now
        ])
    };
    let rows = notes.iter().map(row).collect::<Result<Vec<_>>>()?;
    let head = "INSERT INTO audit (id, office_id, company_id, actor, action, subject_id, salt, digest, at)";
    insert_all(tx, head, rows, "RETURNING 1").await.map(drop)
}
