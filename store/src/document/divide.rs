//! A person's word on what is one paper: a document divided by its pages, documents put together. Pieces are written anew, the parts and
//! their bytes stay as they came.

use jiff::Timestamp;
use ocr::protocol::Role as PieceRole;

use super::{Action, Document, Set, fetch, fetch_version, insert, pieces_in, start_reading, update};
use crate::error::{Error, Result};
use crate::id::DocumentId;
use crate::queue::{JobKind, Urgency};
use crate::scope::Scope;
use crate::sql::{Tx, params};
use crate::store::Store;

/// Pages of a paper, the first and the last, from 1.
pub type Range = [u32; 2];

/// Divides a document: the first range stays, each other becomes a document of its own. Ranges are pages of its file; where it is made of
/// several files (photos), they count the files. Pages in no range (blank sheets) are in no document any more. What was read is
/// read again. Gives all of them, the given one first.
pub async fn divide(
    store: &Store,
    scope: &Scope,
    id: DocumentId,
    version: Option<u64>,
    ranges: Vec<Range>,
) -> Result<Vec<DocumentId>> {
    scope.allow(|role| role.may_work())?;
    let (scope_, store_) = (scope.clone(), store.clone());
    let documents = store
        .write(scope, move |tx| {
            Box::pin(async move {
                let document = fetch_version(tx, &scope_, id, version).await?;
                open(&document)?;
                divide_in(tx, &store_, &scope_, &document, &ranges).await
            })
        })
        .await?;
    store.jobs().notify_waiters();
    store.events().notify_waiters();
    Ok(documents)
}

/// Puts documents of one company together: the pieces of `others` follow those of `id`; the others go to the trash. What was read is
/// read again.
pub async fn merge(
    store: &Store,
    scope: &Scope,
    id: DocumentId,
    version: Option<u64>,
    others: Vec<DocumentId>,
) -> Result<Document> {
    scope.allow(|role| role.may_work())?;
    let (scope_, store_) = (scope.clone(), store.clone());
    let document = store
        .write(scope, move |tx| {
            Box::pin(async move {
                let document = fetch_version(tx, &scope_, id, version).await?;
                open(&document)?;
                merge_in(tx, &store_, &scope_, &document, &others).await?;
                fetch(tx, &scope_, id).await
            })
        })
        .await?;
    store.jobs().notify_waiters();
    store.events().notify_waiters();
    Ok(document)
}

/// Whether its pieces may be changed: nobody has decided about it, and no reader is at it.
fn open(document: &Document) -> Result<()> {
    if document.trashed_at.is_some() {
        return Err(Error::conflict("trashed", "This document is in the trash: restore it first."));
    }
    document.state.after(Action::Read).map(drop)
}

/// A row of the table of pieces.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    part: String,
    role: PieceRole,
    pages: Option<Range>,
}

async fn rows(tx: &mut Tx, scope: &Scope, document: &Document) -> Result<Vec<Row>> {
    let pieces = pieces_in(tx, scope, document.id).await?;
    let visual = pieces.iter().filter(|piece| piece.role == PieceRole::Visual).count();
    // A whole file has its pages written down, so that they can be counted beside other files.
    let whole = document.pages.filter(|_| visual == 1).map(|pages| [1, pages.max(1)]);
    let row = |piece: super::Piece| {
        let pages = piece.page_range.or(whole.filter(|_| piece.role == PieceRole::Visual));
        Row { part: piece.part.id.to_string(), role: piece.role, pages }
    };
    Ok(pieces.into_iter().map(row).collect())
}

async fn write(tx: &mut Tx, scope: &Scope, document: &Document, rows: &[Row]) -> Result<()> {
    tx.execute("DELETE FROM piece WHERE office_id = $1 AND document_id = $2", params![scope.office(), document.id]).await?;
    for (position, row) in (0i64..).zip(rows) {
        let part = row.part.parse()?;
        insert::insert_piece(tx, scope, document.company, document.id, position, part, row.role, row.pages).await?;
    }
    Ok(())
}

async fn divide_in(tx: &mut Tx, store: &Store, scope: &Scope, document: &Document, ranges: &[Range]) -> Result<Vec<DocumentId>> {
    let rows = rows(tx, scope, document).await?;
    let shares = shares(&rows, ranges)?;
    let mut documents = vec![document.id];
    for share in &shares[1..] {
        let id = insert::copy(tx, scope, document.id, "new").await?;
        let new = fetch(tx, scope, id).await?;
        write(tx, scope, &new, share).await?;
        documents.push(id);
    }
    write(tx, scope, document, &shares[0]).await?;
    let mut set = Set { action: "document.divided", columns: vec![("pages", None::<i64>.into())] };
    set.add("problem", None::<&str>);
    update(tx, scope, document, set).await?;
    if document.reading_version.is_some() {
        for id in &documents {
            read_again(tx, store, scope, document, *id).await?;
        }
    }
    Ok(documents)
}

/// The pieces of each range. What is no page (XML, signature) stays with the first.
fn shares(rows: &[Row], ranges: &[Range]) -> Result<Vec<Vec<Row>>> {
    let wrong = |message: &str| Error::invalid("ranges", message);
    if ranges.is_empty() || ranges.len() > 1_000 {
        return Err(wrong("Say at least one range of pages, and at most 1,000."));
    }
    if ranges.iter().any(|[first, last]| *first == 0 || first > last) || ranges.windows(2).any(|w| w[0][1] >= w[1][0]) {
        return Err(wrong("Ranges are [first, last], counted from 1, in order, and do not overlap."));
    }
    // Data that holds several papers has a page for each of them.
    let shown = if rows.iter().any(|row| row.role == PieceRole::Visual) { PieceRole::Visual } else { PieceRole::Structured };
    let (pages, rest): (Vec<Row>, Vec<Row>) = rows.iter().cloned().partition(|row| row.role == shown);
    let share = |[first, last]: Range| -> Result<Vec<Row>> {
        if let [only] = &pages[..] {
            let [from, to] = only.pages.unwrap_or([1, u32::MAX]);
            let inside = from <= first && last <= to;
            let outside = || wrong(&format!("This document has the pages {from} to {to}."));
            return if inside { Ok(vec![Row { pages: Some([first, last]), ..only.clone() }]) } else { Err(outside()) };
        }
        let (first, last) = (first as usize, last as usize);
        pages
            .get(first - 1..last)
            .map(<[Row]>::to_vec)
            .ok_or_else(|| wrong(&format!("This document is made of {} files.", pages.len())))
    };
    let mut shares = ranges.iter().map(|range| share(*range)).collect::<Result<Vec<_>>>()?;
    shares[0].extend(rest);
    Ok(shares)
}

pub(super) async fn merge_in(
    tx: &mut Tx,
    store: &Store,
    scope: &Scope,
    document: &Document,
    others: &[DocumentId],
) -> Result<()> {
    if others.is_empty() || others.contains(&document.id) {
        return Err(Error::invalid("documents", "Name the other documents that belong to this one."));
    }
    let mut all = rows(tx, scope, document).await?;
    let mut was_read = document.reading_version.is_some();
    for id in others {
        let other = fetch(tx, scope, *id).await?;
        open(&other)?;
        if other.company != document.company {
            return Err(Error::conflict("company", "Documents of two companies are not one paper."));
        }
        was_read |= other.reading_version.is_some();
        for row in rows(tx, scope, &other).await? {
            add(&mut all, row);
        }
        let mut set = Set { action: "document.merged", columns: vec![("trashed_at", Timestamp::now().into())] };
        set.add("problem", "merged");
        update(tx, scope, &other, set).await?;
    }
    all.sort_by_key(|row| row.role != PieceRole::Visual);
    write(tx, scope, document, &all).await?;
    let mut set = Set { action: "document.merged", columns: vec![("pages", None::<i64>.into())] };
    set.add("problem", None::<&str>);
    update(tx, scope, document, set).await?;
    if was_read {
        read_again(tx, store, scope, document, document.id).await?;
    }
    Ok(())
}

/// Pages that follow one another in one file are one piece.
fn add(all: &mut Vec<Row>, row: Row) {
    let before = all.iter_mut().find(|other| other.part == row.part && other.role == row.role);
    match (before, row.pages) {
        (Some(before), Some([first, last])) => match &mut before.pages {
            Some(pages) if pages[1] + 1 == first => pages[1] = last,
            Some(pages) if last + 1 == pages[0] => pages[0] = first,
            _ => all.push(row),
        },
        (Some(before), None) if before.pages.is_none() => {}
        _ => all.push(row),
    }
}

async fn read_again(tx: &mut Tx, store: &Store, scope: &Scope, document: &Document, id: DocumentId) -> Result<()> {
    let turn = store.turns().next(document.company, Timestamp::now());
    start_reading(tx, scope, document.company, id, JobKind::Read, Urgency::Person, turn).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(part: &str, role: PieceRole, pages: Option<Range>) -> Row {
        Row { part: part.to_owned(), role, pages }
    }

    #[test]
    fn pages_of_one_file_and_files_of_one_paper() {
        use PieceRole::{Signature, Structured, Visual};
        let file = [row("a", Visual, Some([1, 5])), row("x", Structured, None)];
        let got = shares(&file, &[[1, 2], [4, 5]]).unwrap();
        assert_eq!(got, [vec![row("a", Visual, Some([1, 2])), file[1].clone()], vec![row("a", Visual, Some([4, 5]))]]);
        let photos = [row("a", Visual, None), row("b", Visual, None), row("c", Visual, None)];
        let got = shares(&photos, &[[1, 1], [2, 3]]).unwrap();
        assert_eq!(got.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
        let data = [row("x", Structured, None), row("s", Signature, None)];
        assert_eq!(shares(&data, &[[1, 1], [2, 2]]).unwrap()[1], [row("x", Structured, Some([2, 2]))]);
        for wrong in [&[][..], &[[0, 1]], &[[2, 1]], &[[1, 2], [2, 3]], &[[1, 6]], &[[3, 4], [1, 2]]] {
            assert!(shares(&file, wrong).is_err(), "{wrong:?}");
        }
        assert!(shares(&photos, &[[1, 4]]).is_err());
    }

    #[test]
    fn neighbours_become_one_piece() {
        use PieceRole::Visual;
        let mut all = vec![row("a", Visual, Some([1, 2]))];
        add(&mut all, row("a", Visual, Some([3, 4])));
        assert_eq!(all, [row("a", Visual, Some([1, 4]))]);
        add(&mut all, row("a", Visual, Some([7, 8])));
        add(&mut all, row("b", Visual, None));
        assert_eq!(all.len(), 3);
    }
}
