//! What each paper on a page is, drawn by hand: rectangles on the picture, or their sides as numbers.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum_extra::extract::Form;
use ocr::page::Box as Area;
use ocr::protocol::Role;
use serde::Deserialize;
use store::document::{self, Action, Cut, Piece};
use store::{DocumentId, reading};

use super::sheets::drawable;
use crate::http::{Code, DocumentDetail, Problem, document_detail, page_size};
use crate::pages::frame::Frame;
use crate::pages::lang::Lang;
use crate::pages::problem::PageProblem;
use crate::pages::{PageResult, Visit, escaped, html, said};

/// Pages that can be drawn on at once; a longer paper is divided by its pages.
const MOST: u32 = 60;
/// The least width and height, in shares of the page's.
const SMALLEST: f32 = 0.009;

#[derive(Template)]
#[template(path = "divide.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    id: String,
    version: u64,
    list: String,
    back: String,
    title: String,
    sheets: Vec<Sheet>,
    /// Those drawn, then blank ones.
    rows: Vec<Row>,
    others: Vec<String>,
}

/// A page as it is shown.
struct Sheet {
    number: u32,
    /// The number as it is typed.
    label: String,
    /// Degrees clockwise.
    turn: u16,
}

/// A rectangle as it is typed: its page, and its sides in hundredths of the page's width and height.
#[derive(Clone, Default)]
struct Row {
    page: String,
    sides: [String; 4],
}

impl Row {
    fn is_blank(&self) -> bool {
        self.sides.iter().all(|side| side.trim().is_empty())
    }

    /// Left, top, right and bottom in shares of the page as it is shown.
    fn shares(&self) -> Option<[f32; 4]> {
        let side = |text: &String| text.trim().replace(',', ".").parse::<f32>().ok().filter(|side| (0.0..=100.0).contains(side));
        let sides: Vec<f32> = self.sides.iter().filter_map(side).collect();
        let [left, top, right, bottom] = <[f32; 4]>::try_from(sides).ok()?.map(|side| side / 100.0);
        (right - left >= SMALLEST && bottom - top >= SMALLEST).then_some([left, top, right, bottom])
    }
}

/// A rectangle of a page as it is shown, as one of the page without its turn; in shares of width and height.
fn unturned([left, top, right, bottom]: [f32; 4], turn: u16) -> [f32; 4] {
    match turn {
        90 => [top, 1.0 - right, bottom, 1.0 - left],
        180 => [1.0 - right, 1.0 - bottom, 1.0 - left, 1.0 - top],
        270 => [1.0 - bottom, left, 1.0 - top, right],
        _ => [left, top, right, bottom],
    }
}

/// The list that somebody came from.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    list: String,
}

/// What was drawn.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Drawn {
    version: Option<u64>,
    list: String,
    /// Documents on the same page that are drawn anew with this one.
    other: Vec<DocumentId>,
    page: Vec<String>,
    left: Vec<String>,
    top: Vec<String>,
    right: Vec<String>,
    bottom: Vec<String>,
}

impl Drawn {
    fn rows(&self) -> Vec<Row> {
        let text = |list: &[String], at: usize| list.get(at).cloned().unwrap_or_default();
        let row = |at: usize| Row {
            page: text(&self.page, at),
            sides: [text(&self.left, at), text(&self.top, at), text(&self.right, at), text(&self.bottom, at)],
        };
        (0..self.left.len()).map(row).filter(|row| !row.is_blank()).collect()
    }
}

/// Shows the pages, with the areas that there are.
pub async fn show(visit: Visit, Path(id): Path<String>, Query(wanted): Query<Wanted>) -> PageResult {
    visit.caller.allow(store::Role::may_work)?;
    let id: DocumentId = id.parse().map_err(|_| Code::NotFound)?;
    let detail = document_detail(&visit.app, &visit.caller, id).await?;
    let others = document::beside(visit.app.store(), &visit.caller.scope, id).await?;
    let sheets = sheets(&visit, &detail).await?;
    let rows = areas(&visit, &detail, &others, &sheets).await?;
    let drawn = Drawn { list: wanted.list, other: others, ..Drawn::default() };
    render(visit, &detail, drawn, rows, String::new(), StatusCode::OK).await
}

/// The areas of this document and of the others on its page, as it is shown.
async fn areas(visit: &Visit, detail: &DocumentDetail, others: &[DocumentId], sheets: &[Sheet]) -> Result<Vec<Row>, PageProblem> {
    let mut rows = Vec::new();
    let Some(own) = area_of(&detail.pieces) else { return Ok(rows) };
    let ([width, height], _) = page_size(&visit.app, &visit.caller, detail.document.id, own.0).await?;
    let mut all = vec![own];
    for other in others {
        all.extend(area_of(&document::pieces(visit.app.store(), &visit.caller.scope, *other).await?));
    }
    let turn = sheets.iter().find(|sheet| sheet.number == own.0).map_or(0, |sheet| sheet.turn);
    for (page, Area { left, top, right, bottom }) in all {
        let shares = [left / width.max(1.0), top / height.max(1.0), right / width.max(1.0), bottom / height.max(1.0)];
        // Turned the rest of the way it stands as it is shown.
        let sides = unturned(shares, (360 - turn) % 360).map(|share| format!("{:.1}", (share * 100.0).clamp(0.0, 100.0)));
        rows.push(Row { page: page.to_string(), sides });
    }
    Ok(rows)
}

/// Page and area, where a paper is an area of a page.
fn area_of(pieces: &[Piece]) -> Option<(u32, Area)> {
    let piece = pieces.iter().find(|piece| piece.role == Role::Visual)?;
    Some((piece.page_range.map_or(1, |[first, _]| first), piece.region?))
}

async fn render(
    visit: Visit,
    detail: &DocumentDetail,
    drawn: Drawn,
    mut rows: Vec<Row>,
    error: String,
    status: StatusCode,
) -> PageResult {
    let document = &detail.document;
    let sheets = sheets(&visit, detail).await?;
    // The last one is blank: what draws copies it. Without scripts there is room to type.
    let blanks = if rows.is_empty() { 3 } else { 2 };
    let first = sheets.first().map(|sheet| sheet.label.clone()).unwrap_or_default();
    rows.extend((0..blanks).map(|_| Row { page: first.clone(), ..Row::default() }));
    let mut frame = Frame::of(&visit, "/");
    frame.error = error;
    let suffix = if drawn.list.is_empty() { String::new() } else { format!("?list={}", escaped(&drawn.list)) };
    let page = Page {
        l: visit.l,
        id: document.id.to_string(),
        version: document.version,
        back: format!("/documents/{}{suffix}", document.id),
        title: document.number.clone().unwrap_or_else(|| document.name.clone()),
        list: drawn.list,
        sheets,
        rows,
        others: drawn.other.iter().map(ToString::to_string).collect(),
        frame,
    };
    Ok(html(status, &page))
}

/// The pages that can be drawn on; a problem where there are none, or nobody may.
async fn sheets(visit: &Visit, detail: &DocumentDetail) -> Result<Vec<Sheet>, PageProblem> {
    let (document, l) = (&detail.document, visit.l);
    let cannot = |why: &str| Err(PageProblem::Shown(Problem::with(Code::Conflict, why)));
    if document.trashed_at.is_some() || document.state.after(Action::Read).is_err() {
        return Err(Code::Conflict.into());
    }
    let visual: Vec<&Piece> = detail.pieces.iter().filter(|piece| piece.role == Role::Visual).collect();
    let [first, last] = match visual.as_slice() {
        [one] if drawable(&one.part.media_type) => match one.page_range {
            Some(range) => range,
            None => [1, page_size(&visit.app, &visit.caller, document.id, 1).await?.1.max(1)],
        },
        many if many.len() > 1 && many.iter().all(|one| one.part.media_type.starts_with("image/")) => {
            [1, u32::try_from(many.len()).unwrap_or(u32::MAX)]
        }
        _ => return cannot(l.t("divide.no_picture")),
    };
    if last.saturating_sub(first) >= MOST {
        return cannot(l.t("divide.too_long"));
    }
    let tokens = match detail.reading.is_some() {
        true => reading::tokens(visit.app.store(), &visit.caller.scope, document.id).await.unwrap_or_default(),
        false => Vec::new(),
    };
    let turn = |number: u32| tokens.iter().find(|page| page.number == number).map_or(0, |page| page.turned);
    Ok((first..=last).map(|number| Sheet { number, label: number.to_string(), turn: turn(number) }).collect())
}

/// Makes papers of what was drawn.
pub async fn divide(visit: Visit, Path(id): Path<String>, Form(drawn): Form<Drawn>) -> PageResult {
    visit.caller.allow(store::Role::may_work)?;
    let id: DocumentId = id.parse().map_err(|_| Code::NotFound)?;
    let detail = document_detail(&visit.app, &visit.caller, id).await?;
    let rows = drawn.rows();
    let (error, status) = match cuts(&visit, &detail, &rows).await? {
        Err(wrong) => (wrong, StatusCode::UNPROCESSABLE_ENTITY),
        Ok(cuts) => {
            let others = drawn.other.clone();
            match document::redraw(visit.app.store(), &visit.caller.scope, id, drawn.version, others, cuts).await {
                Ok(papers) => {
                    let list = format!("/?submission={}", detail.document.submission);
                    return Ok(said(&list, "divided", papers.len() as u64));
                }
                Err(error) => in_words(visit.l, error)?,
            }
        }
    };
    render(visit, &detail, drawn, rows, error, status).await
}

/// What did not work and what to do; or no page, where there is none to show it on.
fn in_words(l: &Lang, error: store::Error) -> Result<(String, StatusCode), PageProblem> {
    let drawing = matches!(&error, store::Error::Invalid { .. });
    let problem = Problem::from(error);
    match problem.code() {
        Code::NotFound | Code::Forbidden => Err(problem.into()),
        code if drawing => Ok((l.t("divide.wrong").to_owned(), code.status())),
        code => Ok((l.word("error", code.name()), code.status())),
    }
}

/// Papers in the order of their pages: each rectangle is one, and so are pages that follow one another with nothing drawn on them. Or what
/// is wrong with a row.
async fn cuts(visit: &Visit, detail: &DocumentDetail, rows: &[Row]) -> Result<Result<Vec<Cut>, String>, PageProblem> {
    let (l, sheets) = (visit.l, sheets(visit, detail).await?);
    let mut drawn = Vec::new();
    for (row, number) in rows.iter().zip(1u64..) {
        let page = row.page.trim().parse::<u32>().ok().filter(|page| sheets.iter().any(|sheet| sheet.number == *page));
        let (Some(page), Some(shares)) = (page, row.shares()) else {
            return Ok(Err(l.with("divide.wrong_row", l.whole(number))));
        };
        drawn.push((page, shares));
    }
    if drawn.is_empty() {
        return Ok(Err(l.t("divide.nothing").to_owned()));
    }
    let mut cuts: Vec<Cut> = Vec::new();
    for Sheet { number, turn, .. } in sheets {
        let here: Vec<[f32; 4]> = drawn.iter().filter(|(page, _)| *page == number).map(|(_, shares)| *shares).collect();
        if here.is_empty() {
            match cuts.last_mut() {
                Some(before) if before.region.is_none() => before.pages[1] = number,
                _ => cuts.push(Cut::from([number, number])),
            }
            continue;
        }
        let ([width, height], _) = page_size(&visit.app, &visit.caller, detail.document.id, number).await?;
        cuts.extend(here.into_iter().map(|shares| {
            let [left, top, right, bottom] = unturned(shares, turn);
            let area = Area::from([left * width, top * height, right * width, bottom * height]);
            Cut { pages: [number, number], region: Some(area) }
        }));
    }
    Ok(Ok(cuts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(sides: [&str; 4]) -> Row {
        Row { page: "1".to_owned(), sides: sides.map(str::to_owned) }
    }

    #[test]
    fn sides_are_numbers_in_their_order() {
        assert_eq!(row(["0", "10", "50", "100"]).shares(), Some([0.0, 0.1, 0.5, 1.0]));
        assert_eq!(row([" 25,5", "0", "75.5", "50"]).shares(), Some([0.255, 0.0, 0.755, 0.5]));
        for wrong in [["50", "0", "40", "100"], ["0", "0", "101", "50"], ["-1", "0", "50", "50"], ["a", "0", "50", "50"]] {
            assert_eq!(row(wrong).shares(), None, "{wrong:?}");
        }
        assert_eq!(row(["", "0", "50", "50"]).shares(), None, "one is missing");
        assert!(row(["", " ", "", ""]).is_blank());
    }

    /// A corner of the page, drawn on the turned picture, is that corner again.
    #[test]
    fn what_is_drawn_on_a_turned_page_is_there_before_the_turn() {
        // The upper left corner goes clockwise: upper right, lower right, lower left.
        let corner = [0.0, 0.0, 0.2, 0.1];
        let shown = [(0, corner), (90, [0.9, 0.0, 1.0, 0.2]), (180, [0.8, 0.9, 1.0, 1.0]), (270, [0.0, 0.8, 0.1, 1.0])];
        for (turn, drawn) in shown {
            let near = |is: [f32; 4], was: [f32; 4]| is.iter().zip(was).all(|(is, was)| (is - was).abs() < 1e-6);
            assert!(near(unturned(drawn, turn), corner), "{turn}");
            assert!(near(unturned(corner, (360 - turn) % 360), drawn), "{turn}, as it is shown");
        }
    }
}
