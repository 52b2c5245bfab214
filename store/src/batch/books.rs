//! What the accounting program says of documents that were handed over.

use crate::document::{self, BooksState, Document, DocumentState, Set};
use crate::error::{Error, Result};
use crate::history;
use crate::id::DocumentId;
use crate::scope::Scope;
use crate::sql::Tx;
use crate::store::Store;

/// What is said of one document.
#[derive(Clone, Debug)]
pub struct Told {
    /// The document.
    pub document: DocumentId,
    /// How far it is.
    pub state: BooksState,
    /// Its number in the books.
    pub number: Option<String>,
}

/// Documents of one transaction: bounds how long others wait for it.
const AT_ONCE: usize = 200;

/// Keeps what the accounting program says, many in a transaction. Each document has an answer of its own: one that may not be changed
/// is an error for itself, and the others are kept.
pub async fn set_books(store: &Store, scope: &Scope, told: Vec<Told>) -> Result<Vec<(DocumentId, Result<Document>)>> {
    scope.allow(|role| role.may_work())?;
    let mut answers = Vec::with_capacity(told.len());
    for some in told.chunks(AT_ONCE) {
        let (scope_, some) = (scope.clone(), some.to_vec());
        let kept = store.write(scope, move |tx| {
            Box::pin(async move {
                let mut answers = Vec::with_capacity(some.len());
                for one in some {
                    let id = one.document;
                    match set(tx, &scope_, one).await {
                        // Nothing was written for it: the transaction goes on.
                        Err(error @ (Error::NotFound | Error::Conflict { .. } | Error::Invalid { .. })) => {
                            answers.push((id, Err(error)));
                        }
                        kept => answers.push((id, Ok(kept?))),
                    }
                }
                Ok(answers)
            })
        });
        answers.append(&mut kept.await?);
    }
    store.events().notify_waiters();
    Ok(answers)
}

/// One document. What it refuses it refuses before it writes.
async fn set(tx: &mut Tx, scope: &Scope, one: Told) -> Result<Document> {
    let document = document::fetch(tx, scope, one.document).await?;
    if document.state != DocumentState::Exported {
        return Err(Error::conflict("not_exported", "This document was not handed over."));
    }
    let number = one.number.map(|number| number.trim().to_owned()).filter(|number| !number.is_empty());
    if number.as_ref().is_some_and(|number| number.chars().count() > 60) {
        return Err(Error::invalid("number", "A number in the books has 60 characters at most."));
    }
    if (one.state, &number) == (document.books.state, &document.books.number) {
        return Ok(document);
    }
    let (before, after) = (document.books.number.as_deref(), number.as_deref());
    if before != after {
        history::keep(tx, scope, document.company, one.document, "books_number", before, after).await?;
    }
    let columns = vec![("books_state", one.state.into()), ("books_number", number.into())];
    document::update(tx, scope, &document, Set { action: "document.books", columns }).await?;
    document::fetch(tx, scope, one.document).await
}
