//! Small numbers for documents, for programs that cannot take our ids: given on first use, rising within an office.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::id::{CompanyId, DocumentId};
use crate::scope::{Rows, Scope};
use crate::sql::params;
use crate::store::Store;

/// The numbers of documents of one company; those that have none get one.
pub async fn of(store: &Store, scope: &Scope, company: CompanyId, ids: &[DocumentId]) -> Result<BTreeMap<DocumentId, i64>> {
    scope.allow(|role| role.may_see())?;
    scope.require(company)?;
    let (scope_, ids) = (scope.clone(), ids.to_vec());
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let office = scope_.office();
                let mut numbers = BTreeMap::new();
                for id in ids {
                    let sql = "SELECT number FROM document_serial WHERE office_id = $1 AND document_id = $2";
                    let known = tx.fetch_optional(sql, params![office, id]).await?;
                    let number = match known {
                        Some(row) => row.columns().int()?,
                        None => {
                            // The row of the office is locked until the commit: nobody else gets this number.
                            let sql = "UPDATE office SET next_number = next_number + 1 WHERE id = $1 RETURNING next_number - 1";
                            let number = tx.fetch_one(sql, params![office]).await?.columns().int()?;
                            let sql = "INSERT INTO document_serial (office_id, company_id, number, document_id) VALUES ($1, $2, $3, $4)";
                            tx.execute(sql, params![office, company, number, id]).await?;
                            number
                        }
                    };
                    numbers.insert(id, number);
                }
                Ok(numbers)
            })
        })
        .await
}

/// The document of a number, within the scope.
pub async fn document(store: &Store, scope: &Scope, number: i64) -> Result<DocumentId> {
    scope.allow(|role| role.may_see())?;
    let mut params = params![number];
    let condition = scope.papers(Rows::OfDocuments, "", &mut params);
    let sql = format!("SELECT document_id FROM document_serial WHERE {condition} AND number = $1");
    store.read(scope).await?.fetch_one(sql, params).await?.columns().parse()
}
