//! What each paper on a page is, drawn anew by a person: areas that were found, or drawn before, hold no longer.

use jiff::Timestamp;
use ocr::protocol::Role as PieceRole;

use super::divide::{Cut, Row, divided, open, rows};
use super::{Document, Set, fetch, update};
use crate::error::{Error, Result};
use crate::id::DocumentId;
use crate::scope::{Rows, Scope};
use crate::sql::{Tx, params};
use crate::store::Store;

/// Documents that show other areas of the page of which this one shows an area, and that can be drawn anew with it; oldest first.
pub async fn beside(store: &Store, scope: &Scope, id: DocumentId) -> Result<Vec<DocumentId>> {
    scope.allow(|role| role.may_see())?;
    let mut tx = store.read(scope).await?;
    let document = fetch(&mut tx, scope, id).await?;
    let own = rows(&mut tx, scope, &document).await?;
    let Some(area) = own.iter().find(|row| row.role == PieceRole::Visual && row.region.is_some()) else {
        return Ok(Vec::new());
    };
    let mut params = params![id, &area.part, area.pages.map(|pages| pages[0])];
    let condition = scope.papers(Rows::Documents, "d.", &mut params);
    let sql = format!(
        "SELECT DISTINCT d.id FROM document d JOIN piece w ON w.document_id = d.id
         WHERE {condition} AND w.part_id = $2 AND w.first_page = $3 AND w.region IS NOT NULL AND d.id <> $1 AND d.trashed_at IS NULL
         ORDER BY d.id"
    );
    let mut found = Vec::new();
    for row in tx.fetch_all(sql, params).await? {
        let other: DocumentId = row.columns().parse()?;
        if open(&fetch(&mut tx, scope, other).await?).is_ok() {
            found.push(other);
        }
    }
    Ok(found)
}

/// Divides a document as `divide` does, but areas are those of whole pages, whatever the document showed of them.
/// `others` show other areas of the same page: they go to the trash. Gives all documents it is now, the given one first.
pub async fn redraw(
    store: &Store,
    scope: &Scope,
    id: DocumentId,
    version: Option<u64>,
    others: Vec<DocumentId>,
    cuts: Vec<Cut>,
) -> Result<Vec<DocumentId>> {
    divided(store, scope, id, version, Some(others), cuts).await
}

/// What the others showed of the page is drawn anew, and so is what this document showed.
pub(super) async fn replace(
    tx: &mut Tx,
    scope: &Scope,
    document: &Document,
    own: &mut [Row],
    others: &[DocumentId],
) -> Result<()> {
    for other in others {
        give_up(tx, scope, document, own, *other).await?;
    }
    own.iter_mut().for_each(|row| row.region = None);
    Ok(())
}

/// What another document showed of the page is drawn anew.
async fn give_up(tx: &mut Tx, scope: &Scope, document: &Document, own: &[Row], id: DocumentId) -> Result<()> {
    let other = fetch(tx, scope, id).await?;
    open(&other)?;
    let on_page = |row: &Row| {
        let same = |mine: &Row| mine.region.is_some() && mine.part == row.part && mine.pages == row.pages;
        row.region.is_some() && own.iter().any(same)
    };
    if id == document.id || !rows(tx, scope, &other).await?.iter().any(on_page) {
        return Err(Error::invalid("documents", "Only papers on the same page are drawn anew together."));
    }
    let mut set = Set { action: "document.merged", columns: vec![("trashed_at", Timestamp::now().into())] };
    set.add("problem", "merged");
    update(tx, scope, &other, set).await
}
