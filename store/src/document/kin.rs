//! Earlier papers of the same seller: what a new one is held against.

use super::{COLUMNS, Document, document};
use crate::error::Result;
use crate::scope::Scope;
use crate::sql::{Tx, params};
use crate::store::Store;

/// Documents of the same company and seller that a person confirmed, newest first, 20 at most. The seller is known by its tax id;
/// without one by its name.
pub async fn of_seller(store: &Store, scope: &Scope, of: &Document, limit: u32) -> Result<Vec<Document>> {
    scope.allow(|role| role.may_see())?;
    scope.require(of.company)?;
    let mut tx = store.read(scope).await?;
    kin_in(&mut tx, scope, of, limit).await
}

pub(crate) async fn kin_in(tx: &mut Tx, scope: &Scope, of: &Document, limit: u32) -> Result<Vec<Document>> {
    // Expressions keep the planner from walking all papers of the company's states: the seller's are few.
    let (condition, value) = match (&of.seller_tax_id, &of.seller_name) {
        (Some(id), _) if !id.is_empty() => ("company_id = $2 AND seller_tax_id = $3", id.clone()),
        (_, Some(name)) if !name.is_empty() => ("company_id || '' = $2 AND seller = $3", ocr::fold::fold(name)),
        _ => return Ok(Vec::new()),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM document WHERE office_id = $1 AND {condition} AND state || '' IN ('approved', 'exported')
         AND trashed_at IS NULL AND id <> $4 ORDER BY id DESC LIMIT {}",
        limit.min(20)
    );
    let rows = tx.fetch_all(sql, params![scope.office(), of.company, value, of.id]).await?;
    rows.into_iter().map(document).collect()
}
