//! Earlier papers of the same seller: what a new one is held against.

use super::facts::squeeze;
use super::{Document, columns, document};
use crate::error::Result;
use crate::id::{CompanyId, DocumentId};
use crate::scope::{Rows, Scope};
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
    let mut params = params![scope.office(), of.company, value, of.id];
    let shown = scope.only_shown(Rows::Documents, "", &mut params);
    let sql = format!(
        "SELECT {} FROM document WHERE office_id = $1 AND {condition} AND state || '' IN ('approved', 'exported')
         AND trashed_at IS NULL AND id <> $4{shown} ORDER BY id DESC LIMIT {}",
        columns(scope),
        limit.min(20)
    );
    let rows = tx.fetch_all(sql, params).await?;
    rows.into_iter().map(document).collect()
}

/// Exported documents of a company with this number, however it is punctuated, and this seller if one is named; newest first, 10 at most.
pub async fn exported_as(
    store: &Store,
    scope: &Scope,
    company: CompanyId,
    number: &str,
    seller_tax_id: &str,
) -> Result<Vec<DocumentId>> {
    scope.allow(|role| role.may_see())?;
    scope.require(company)?;
    let bare = |id: &str| id.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
    let seller = bare(seller_tax_id);
    let mut params = params![scope.office(), squeeze(number), company];
    let shown = scope.only_shown(Rows::Documents, "", &mut params);
    let sql = format!(
        "SELECT id, seller_tax_id FROM document WHERE office_id = $1 AND number = $2 AND company_id = $3 AND state = 'exported'
         AND trashed_at IS NULL{shown} ORDER BY id DESC LIMIT 10"
    );
    let rows = store.read(scope).await?.fetch_all(sql, params).await?;
    let mut found = Vec::new();
    for row in rows {
        let mut c = row.columns();
        let (id, of) = (c.parse()?, bare(&c.opt_text()?.unwrap_or_default()));
        if seller.is_empty() || of == seller || of.get(2..) == Some(seller.as_str()) {
            found.push(id);
        }
    }
    Ok(found)
}
