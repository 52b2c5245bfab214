//! "They are two": a person's word against the machine's guess that a paper came before.

use super::{Document, Set, fetch, fetch_version, twin, update};
use crate::error::{Error, Result};
use crate::id::DocumentId;
use crate::scope::Scope;
use crate::store::Store;

/// Says that a document is not the one it was taken for. It is never taken for that one again.
pub async fn keep_apart(store: &Store, scope: &Scope, id: DocumentId, version: Option<u64>) -> Result<Document> {
    scope.allow(|role| role.may_work())?;
    let scope_ = scope.clone();
    let changed = store
        .write(scope, move |tx| {
            Box::pin(async move {
                let document = fetch_version(tx, &scope_, id, version).await?;
                let Some(other) = document.duplicate_of else {
                    return Err(Error::conflict("no_duplicate", "This document is not taken for another one."));
                };
                let mut apart = twin::apart_from(tx, &scope_, id).await?;
                apart.push(other);
                let apart: Vec<String> = apart.iter().map(DocumentId::to_string).collect();
                let mut set = Set { action: "document.kept_apart", columns: vec![("apart_from", apart.join(" ").into())] };
                set.add("duplicate_of", None::<DocumentId>).add("duplicate_reason", None::<&str>);
                update(tx, &scope_, &document, set).await?;
                fetch(tx, &scope_, id).await
            })
        })
        .await?;
    store.events().notify_waiters();
    Ok(changed)
}
