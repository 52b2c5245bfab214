//! What the accounting program says of documents that were handed over.

use crate::document::{self, BooksState, Document, DocumentState, Set};
use crate::error::{Error, Result};
use crate::history;
use crate::id::DocumentId;
use crate::scope::Scope;
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

/// Keeps what the accounting program says, each document by itself.
pub async fn set_books(store: &Store, scope: &Scope, told: Vec<Told>) -> Result<Vec<(DocumentId, Result<Document>)>> {
    scope.allow(|role| role.may_work())?;
    let mut answers = Vec::with_capacity(told.len());
    for one in told {
        let (scope_, id) = (scope.clone(), one.document);
        let set = store.write(scope, move |tx| {
            Box::pin(async move {
                let document = document::fetch(tx, &scope_, id).await?;
                if document.state != DocumentState::Exported {
                    return Err(Error::conflict("not_exported", "This document was not handed over."));
                }
                let number = one.number.map(|number| number.trim().to_owned()).filter(|number| !number.is_empty());
                if number.as_ref().is_some_and(|number| number.chars().count() > 60) {
                    return Err(Error::invalid("number", "A number in the books has 60 characters at most."));
                }
                if (one.state, &number) != (document.books.state, &document.books.number) {
                    let (before, after) = (document.books.number.as_deref(), number.as_deref());
                    if before != after {
                        history::keep(tx, &scope_, document.company, id, "books_number", before, after).await?;
                    }
                    let columns = vec![("books_state", one.state.into()), ("books_number", number.into())];
                    document::update(tx, &scope_, &document, Set { action: "document.books", columns }).await?;
                }
                document::fetch(tx, &scope_, id).await
            })
        });
        answers.push((id, set.await));
    }
    store.events().notify_waiters();
    Ok(answers)
}
