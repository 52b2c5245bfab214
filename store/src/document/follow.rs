//! Papers that change another: the cancellation of a note, or a letter that corrects it, marks the note it names, whichever comes first.

use ocr::reading::{DocumentType, FieldName, Reading};

use super::{Document, Set, facts, fetch, update};
use crate::error::Result;
use crate::id::DocumentId;
use crate::reading;
use crate::scope::Scope;
use crate::sql::{Tx, params};

/// What the finding of an event makes a note's problem.
const EVENTS: &[(&str, &str)] = &[("cancels_note", "note_cancelled"), ("corrects_note", "note_corrected")];

/// Marks the notes that the paper just read is about; or the paper itself, if an event about it came before.
pub(crate) async fn follow(tx: &mut Tx, scope: &Scope, id: DocumentId, read: &Reading) -> Result<()> {
    let Some(key) = read.fields.get(&FieldName::AccessKey).map(|field| field.value.as_str()) else { return Ok(()) };
    let document = fetch(tx, scope, id).await?;
    let others = named(tx, scope, &document, key).await?;
    if let Some(problem) = problem(read) {
        for other in others.iter().filter(|other| other.document_type != DocumentType::Other) {
            mark(tx, scope, other, problem).await?;
        }
        return Ok(());
    }
    for event in others.iter().filter(|other| other.document_type == DocumentType::Other) {
        let told = reading::fetch(tx, scope, event.id, None).await?.and_then(|stored| problem(&stored.reading));
        if let Some(problem) = told {
            return mark(tx, scope, &document, problem).await;
        }
    }
    Ok(())
}

fn problem(read: &Reading) -> Option<&'static str> {
    EVENTS.iter().find(|(code, _)| read.findings.iter().any(|f| f.code == *code)).map(|(_, problem)| *problem)
}

/// Other documents of the company that are found by the key, oldest first.
async fn named(tx: &mut Tx, scope: &Scope, document: &Document, key: &str) -> Result<Vec<Document>> {
    let Some(term) = facts::words(key).into_iter().next() else { return Ok(Vec::new()) };
    let sql = "SELECT d.id FROM document_term t JOIN document d ON d.id = t.document_id
               WHERE t.office_id = $1 AND t.term = $2 AND d.company_id = $3 AND d.trashed_at IS NULL AND d.id <> $4
               ORDER BY d.id LIMIT 20";
    let rows = tx.fetch_all(sql, params![scope.office(), term, document.company, document.id]).await?;
    let mut documents = Vec::with_capacity(rows.len());
    for row in rows {
        documents.push(fetch(tx, scope, row.columns().parse()?).await?);
    }
    Ok(documents)
}

async fn mark(tx: &mut Tx, scope: &Scope, document: &Document, problem: &'static str) -> Result<()> {
    if document.problem.as_deref() == Some(problem) {
        return Ok(());
    }
    update(tx, scope, document, Set { action: "document.changed", columns: vec![("problem", problem.into())] }).await
}
