//! A person's word on what is one paper: a document divided by its pages, documents put together. Pieces are written anew, the parts and
//! their bytes stay as they came.

use jiff::Timestamp;
use ocr::page::Box as Area;
use ocr::protocol::Role as PieceRole;

use super::{Action, Document, Set, fetch, fetch_version, insert, pieces_in, redraw, start_reading, update};
use crate::error::{Error, Result};
use crate::id::DocumentId;
use crate::queue::{JobKind, Urgency};
use crate::scope::Scope;
use crate::sql::{Tx, params};
use crate::store::Store;

/// Pages of a paper, the first and the last, from 1.
pub type Range = [u32; 2];

/// What of a document is one paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// Its pages.
    pub pages: Range,
    /// The area of its one page, in points before any turn, counted from the corner of what the document shows of it.
    pub region: Option<Area>,
}

impl From<Range> for Cut {
    fn from(pages: Range) -> Cut {
        Cut { pages, region: None }
    }
}

/// Divides a document: the first cut stays, each other becomes a document of its own. Pages are those of its file; where it is made of
/// several files (photos), they count the files. What is in no cut (blank sheets, the table under receipts) is in no document any more.
/// What was read is read again. Gives all of them, the given one first.
pub async fn divide(
    store: &Store,
    scope: &Scope,
    id: DocumentId,
    version: Option<u64>,
    cuts: Vec<Cut>,
) -> Result<Vec<DocumentId>> {
    divided(store, scope, id, version, None, cuts).await
}

/// `anew`: areas are those of whole pages, and these documents, which show other areas of the same page, go to the trash.
pub(super) async fn divided(
    store: &Store,
    scope: &Scope,
    id: DocumentId,
    version: Option<u64>,
    anew: Option<Vec<DocumentId>>,
    cuts: Vec<Cut>,
) -> Result<Vec<DocumentId>> {
    scope.allow(|role| role.may_work())?;
    let (scope_, store_) = (scope.clone(), store.clone());
    let documents = store
        .write(scope, move |tx| {
            Box::pin(async move {
                let document = fetch_version(tx, &scope_, id, version).await?;
                open(&document)?;
                let mut rows = rows(tx, &scope_, &document).await?;
                if let Some(others) = &anew {
                    redraw::replace(tx, &scope_, &document, &mut rows, others).await?;
                }
                divide_in(tx, &store_, &scope_, &document, &rows, &cuts).await
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
pub(super) fn open(document: &Document) -> Result<()> {
    if document.trashed_at.is_some() {
        return Err(Error::conflict("trashed", "This document is in the trash: restore it first."));
    }
    document.state.after(Action::Read).map(drop)
}

/// A row of the table of pieces.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) part: String,
    pub(super) role: PieceRole,
    pub(super) pages: Option<Range>,
    pub(super) region: Option<Area>,
}

pub(super) async fn rows(tx: &mut Tx, scope: &Scope, document: &Document) -> Result<Vec<Row>> {
    let pieces = pieces_in(tx, scope, document.id).await?;
    let visual = pieces.iter().filter(|piece| piece.role == PieceRole::Visual).count();
    // A whole file has its pages written down, so that they can be counted beside other files.
    let whole = document.pages.filter(|_| visual == 1).map(|pages| [1, pages.max(1)]);
    let row = |piece: super::Piece| {
        let pages = piece.page_range.or(whole.filter(|_| piece.role == PieceRole::Visual));
        Row { part: piece.part.id.to_string(), role: piece.role, pages, region: piece.region }
    };
    Ok(pieces.into_iter().map(row).collect())
}

async fn write(tx: &mut Tx, scope: &Scope, document: &Document, rows: &[Row]) -> Result<()> {
    tx.execute("DELETE FROM piece WHERE office_id = $1 AND document_id = $2", params![scope.office(), document.id]).await?;
    for (position, row) in (0i64..).zip(rows) {
        let part = row.part.parse()?;
        insert::insert_piece(tx, scope, document.company, document.id, position, part, row.role, row.pages, row.region).await?;
    }
    Ok(())
}

/// `rows` are the pieces that are divided.
async fn divide_in(
    tx: &mut Tx,
    store: &Store,
    scope: &Scope,
    document: &Document,
    rows: &[Row],
    cuts: &[Cut],
) -> Result<Vec<DocumentId>> {
    let shares = shares(rows, cuts)?;
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

/// The pieces of each cut. What is no page (XML, signature) stays with the first.
fn shares(rows: &[Row], cuts: &[Cut]) -> Result<Vec<Vec<Row>>> {
    let wrong = |message: &str| Error::invalid("ranges", message);
    if cuts.is_empty() || cuts.len() > 1_000 {
        return Err(wrong("Say at least one range of pages, and at most 1,000."));
    }
    let in_order =
        |w: &[Cut]| w[0].pages[1] < w[1].pages[0] || (w[0].pages == w[1].pages && w.iter().all(|cut| cut.region.is_some()));
    if cuts.iter().any(|cut| cut.pages[0] == 0 || cut.pages[0] > cut.pages[1]) || !cuts.windows(2).all(in_order) {
        return Err(wrong("Ranges are [first, last], counted from 1, in order, and do not overlap."));
    }
    // A number that is too great for its type is endless, and could not be written down.
    let is_area = |area: Area| {
        let ends = area.right.is_finite() && area.bottom.is_finite();
        ends && area.left >= 0.0 && area.top >= 0.0 && area.width() >= 1.0 && area.height() >= 1.0
    };
    if cuts.iter().any(|cut| cut.region.is_some_and(|area| !is_area(area) || cut.pages[0] != cut.pages[1])) {
        return Err(Error::invalid("regions", "A region is [left, top, right, bottom] in points, on one page."));
    }
    // Data that holds several papers has a page for each of them.
    let shown = if rows.iter().any(|row| row.role == PieceRole::Visual) { PieceRole::Visual } else { PieceRole::Structured };
    let (pages, rest): (Vec<Row>, Vec<Row>) = rows.iter().cloned().partition(|row| row.role == shown);
    let share = |cut: &Cut| -> Result<Vec<Row>> {
        let [first, last] = cut.pages;
        if let [only] = &pages[..] {
            let [from, to] = only.pages.unwrap_or([1, u32::MAX]);
            let inside = from <= first && last <= to;
            let outside = || wrong(&format!("This document has the pages {from} to {to}."));
            let region = within(only.region, cut.region)?;
            return if inside { Ok(vec![Row { pages: Some(cut.pages), region, ..only.clone() }]) } else { Err(outside()) };
        }
        let (first, last) = (first as usize, last as usize);
        let files = || wrong(&format!("This document is made of {} files.", pages.len()));
        let mut share = pages.get(first - 1..last).map(<[Row]>::to_vec).ok_or_else(files)?;
        if let ([only], Some(_)) = (&mut share[..], cut.region) {
            only.region = within(only.region, cut.region)?;
            only.pages = only.pages.or(Some([1, 1]));
        }
        Ok(share)
    };
    let mut shares = cuts.iter().map(share).collect::<Result<Vec<_>>>()?;
    shares[0].extend(rest);
    Ok(shares)
}

/// An area of what is shown, as an area of the page.
fn within(shown: Option<Area>, area: Option<Area>) -> Result<Option<Area>> {
    let (Some(shown), Some(area)) = (shown, area) else { return Ok(area.or(shown)) };
    let whole = Area { left: 0.0, top: 0.0, right: shown.width(), bottom: shown.height() };
    let area = area.common(whole).ok_or_else(|| Error::invalid("regions", "This document does not reach so far."))?;
    let Area { left, top, right, bottom } = area;
    Ok(Some(Area { left: left + shown.left, top: top + shown.top, right: right + shown.left, bottom: bottom + shown.top }))
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
    for row in all.iter_mut().filter(|row| row.region.is_some()) {
        if !others_on(tx, scope, document, row).await? {
            row.region = None;
        }
    }
    write(tx, scope, document, &all).await?;
    let mut set = Set { action: "document.merged", columns: vec![("pages", None::<i64>.into())] };
    set.add("problem", None::<&str>);
    update(tx, scope, document, set).await?;
    if was_read {
        read_again(tx, store, scope, document, document.id).await?;
    }
    Ok(())
}

/// Whether areas of the same page belong to other documents still: if not, all of the page was put together again.
async fn others_on(tx: &mut Tx, scope: &Scope, document: &Document, row: &Row) -> Result<bool> {
    let sql = "SELECT 1 FROM piece w JOIN document d ON d.id = w.document_id
               WHERE w.office_id = $1 AND w.part_id = $2 AND w.first_page = $3 AND w.document_id <> $4 AND d.trashed_at IS NULL LIMIT 1";
    let first = row.pages.map(|pages| pages[0]);
    Ok(tx.fetch_optional(sql, params![scope.office(), &row.part, first, document.id]).await?.is_some())
}

/// Pages that follow one another in one file are one piece, and so are areas of one page: what holds both.
fn add(all: &mut Vec<Row>, row: Row) {
    let before = all.iter_mut().find(|other| {
        let one_page = other.region.is_some() && row.region.is_some() && other.pages == row.pages;
        other.part == row.part && other.role == row.role && (one_page || (other.region.is_none() && row.region.is_none()))
    });
    match (before, row.pages) {
        (Some(before), _) if before.region.is_some() => before.region = before.region.zip(row.region).map(|(a, b)| a.union(b)),
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
        Row { part: part.to_owned(), role, pages, region: None }
    }

    fn cuts(ranges: &[Range]) -> Vec<Cut> {
        ranges.iter().copied().map(Cut::from).collect()
    }

    fn area(sides: [f32; 4]) -> Option<Area> {
        Some(Area::from(sides))
    }

    #[test]
    fn pages_of_one_file_and_files_of_one_paper() {
        use PieceRole::{Signature, Structured, Visual};
        let file = [row("a", Visual, Some([1, 5])), row("x", Structured, None)];
        let got = shares(&file, &cuts(&[[1, 2], [4, 5]])).unwrap();
        assert_eq!(got, [vec![row("a", Visual, Some([1, 2])), file[1].clone()], vec![row("a", Visual, Some([4, 5]))]]);
        let photos = [row("a", Visual, None), row("b", Visual, None), row("c", Visual, None)];
        let got = shares(&photos, &cuts(&[[1, 1], [2, 3]])).unwrap();
        assert_eq!(got.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
        let data = [row("x", Structured, None), row("s", Signature, None)];
        assert_eq!(shares(&data, &cuts(&[[1, 1], [2, 2]])).unwrap()[1], [row("x", Structured, Some([2, 2]))]);
        for wrong in [&[][..], &[[0, 1]], &[[2, 1]], &[[1, 2], [2, 3]], &[[1, 6]], &[[3, 4], [1, 2]]] {
            assert!(shares(&file, &cuts(wrong)).is_err(), "{wrong:?}");
        }
        assert!(shares(&photos, &cuts(&[[1, 4]])).is_err());
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

    #[test]
    fn areas_of_one_page() {
        use PieceRole::Visual;
        let photo = [row("a", Visual, Some([1, 1]))];
        let two = [area([0.0, 0.0, 200.0, 400.0]), area([220.0, 0.0, 420.0, 400.0])];
        let cut = |region| Cut { pages: [1, 1], region };
        let got = shares(&photo, &two.map(cut)).unwrap();
        assert_eq!(got.iter().map(|share| share[0].region).collect::<Vec<_>>(), two);
        // An area of an area counts from its corner, and ends where it ends.
        let second = [Row { region: two[1], ..photo[0].clone() }];
        let got = shares(&second, &[cut(area([10.0, 20.0, 500.0, 100.0]))]).unwrap();
        assert_eq!(got[0][0].region, area([230.0, 20.0, 420.0, 100.0]));
        assert_eq!(shares(&second, &cuts(&[[1, 1]])).unwrap()[0][0].region, two[1]);
        for wrong in [[0.0, 0.0, 0.0, 10.0], [-5.0, 0.0, 10.0, 10.0], [10.0, 0.0, 5.0, 10.0], [300.0, 0.0, 310.0, 10.0]] {
            assert!(shares(&second, &[cut(area(wrong))]).is_err(), "{wrong:?}");
        }
        for endless in [f32::INFINITY, f32::NAN] {
            assert!(shares(&photo, &[cut(area([0.0, 0.0, endless, 10.0]))]).is_err(), "{endless}");
        }
        assert!(shares(&photo, &[Cut { pages: [1, 1], region: two[0] }, Cut { pages: [1, 1], region: None }]).is_err());
        let mut all = vec![Row { region: two[0], ..photo[0].clone() }];
        add(&mut all, Row { region: two[1], ..photo[0].clone() });
        assert_eq!(all, [Row { region: area([0.0, 0.0, 420.0, 400.0]), ..photo[0].clone() }]);
    }
}
