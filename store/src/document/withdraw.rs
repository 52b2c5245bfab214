//! A client takes an upload of their own back, as long as nobody of the office has opened it.

use jiff::Timestamp;

use super::{Document, DocumentState, Set, fetch, update};
use crate::company;
use crate::error::{Error, Result};
use crate::id::DocumentId;
use crate::scope::{Actor, Role, Rows, Scope};
use crate::sql::{Tx, params};
use crate::store::Store;

/// Notes that somebody of the office has looked at a document. The first time counts.
pub async fn opened(store: &Store, scope: &Scope, id: DocumentId) -> Result<()> {
    if !scope.role().may_work() {
        return Ok(());
    }
    let mut params = params![id];
    let condition = scope.papers(Rows::Documents, "", &mut params);
    let sql = format!("SELECT opened_at FROM document WHERE {condition} AND id = $1");
    if store.read(scope).await?.fetch_one(sql, params).await?.columns().opt_int()?.is_some() {
        return Ok(());
    }
    let office = scope.office();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "UPDATE document SET opened_at = $3 WHERE office_id = $1 AND id = $2 AND opened_at IS NULL";
                tx.execute(sql, params![office, id, Timestamp::now()]).await.map(drop)
            })
        })
        .await
}

/// Whether the caller may still take it back: who uploaded it, or the company's admin.
pub async fn may_withdraw(store: &Store, scope: &Scope, id: DocumentId) -> Result<bool> {
    scope.allow(|role| role.may_see())?;
    let mut tx = store.read(scope).await?;
    let document = fetch(&mut tx, scope, id).await?;
    free(&mut tx, scope, &document).await
}

/// Takes it back: it goes to the trash, and the office sees that its sender withdrew it.
pub async fn withdraw(store: &Store, scope: &Scope, id: DocumentId) -> Result<()> {
    scope.allow(|role| matches!(role, Role::CompanyAdmin | Role::CompanyMember))?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let document = fetch(tx, &scope_, id).await?;
                company::writable(tx, &scope_, document.company).await?;
                if !free(tx, &scope_, &document).await? {
                    return Err(Error::conflict("opened", "The office has opened this document already: write to them instead."));
                }
                let columns = vec![("trashed_at", Timestamp::now().into()), ("problem", "withdrawn".into())];
                update(tx, &scope_, &document, Set { action: "document.withdrawn", columns }).await
            })
        })
        .await?;
    store.events().notify_waiters();
    Ok(())
}

async fn free(tx: &mut Tx, scope: &Scope, document: &Document) -> Result<bool> {
    let Actor::User(user) = scope.actor() else { return Ok(false) };
    if document.state != DocumentState::New || document.trashed_at.is_some() {
        return Ok(false);
    }
    let sql = "SELECT 1 FROM document d JOIN submission s ON s.office_id = d.office_id AND s.id = d.submission_id
               JOIN company c ON c.office_id = d.office_id AND c.id = d.company_id AND c.closed_at IS NULL
               WHERE d.office_id = $1 AND d.id = $2 AND d.opened_at IS NULL AND s.channel = 'upload'
               AND (s.user_id = $3 OR $4 = 1)";
    let admin = scope.role() == Role::CompanyAdmin;
    Ok(tx.fetch_optional(sql, params![scope.office(), document.id, user, admin]).await?.is_some())
}
