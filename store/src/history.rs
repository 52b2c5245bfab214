//! What people changed on a document: each value before and after. Erasable, unlike the audit, which holds digests only.

use jiff::Timestamp;
use serde::Serialize;

use crate::booking;
use crate::error::Result;
use crate::id::{AuditId, CompanyId, DocumentId};
use crate::scope::{Rows, Scope};
use crate::sql::{Tx, params};
use crate::store::Store;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// `user:<id>`, `token:<id>` or `operator`.
    pub actor: String,
    /// The field; `reason` for why something was approved in spite of an alarm.
    pub field: String,
    /// The value before; none where the paper had none.
    pub before: Option<String>,
    /// The value after.
    pub after: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Changes of a document, newest first, 200 at most.
pub async fn list(store: &Store, scope: &Scope, id: DocumentId) -> Result<Vec<Change>> {
    scope.allow(|role| role.may_see())?;
    let mut params = params![id];
    let condition = scope.papers(Rows::OfDocuments, "", &mut params);
    let sql = format!(
        "SELECT actor, field, before, after, at FROM history WHERE {condition} AND document_id = $1 ORDER BY id DESC LIMIT 200"
    );
    let rows = store.read(scope).await?.fetch_all(sql, params).await?;
    // How the office books is its own.
    let shown = |change: &Result<Change>| scope.role().is_office() || change.as_ref().is_ok_and(|c| !booking::is_part(&c.field));
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            Ok(Change { actor: c.text()?, field: c.text()?, before: c.opt_text()?, after: c.opt_text()?, at: c.time()? })
        })
        .filter(shown)
        .collect()
}

/// Adds a change, in the transaction that makes it.
pub(crate) async fn keep(
    tx: &mut Tx,
    scope: &Scope,
    company: CompanyId,
    id: DocumentId,
    field: &str,
    before: Option<&str>,
    after: Option<&str>,
) -> Result<()> {
    let (actor, now) = (scope.actor().to_string(), Timestamp::now());
    let sql = "INSERT INTO history (id, office_id, company_id, document_id, actor, field, before, after, at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    tx.execute(sql, params![AuditId::new(), scope.office(), company, id, actor, field, before, after, now]).await.map(drop)
}
