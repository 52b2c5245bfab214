//! The pages of a paper with the places of its values.

use ocr::page::Page;
use ocr::protocol::Role;
use ocr::reading::{Field, FieldName, Reading};

use super::fields::standing;
use crate::http::DocumentDetail;

/// One page.
pub struct Sheet {
    /// Its number in the file.
    pub number: u32,
    /// Degrees it was turned to be read.
    pub turn: u16,
    /// Its width in points; empty before a reading.
    pub width: String,
    /// Its height.
    pub height: String,
    /// Places of values.
    pub marks: Vec<Mark>,
}

/// The place of a value.
pub struct Mark {
    /// Of which field.
    pub field: &'static str,
    /// Left edge, in points.
    pub x: String,
    /// Top edge.
    pub y: String,
    /// Width.
    pub width: String,
    /// Height.
    pub height: String,
    /// A person is to look at it.
    pub check: bool,
}

/// Pages shown at once; a longer paper is downloaded.
const MOST: u32 = 100;

/// Pages with the places of the values on them.
pub fn sheets(detail: &DocumentDetail, tokens: &[Page]) -> Vec<Sheet> {
    let visual: Vec<_> = detail.pieces.iter().filter(|p| p.role == Role::Visual && drawable(&p.part.media_type)).collect();
    let blank = |number| Sheet { number, turn: 0, width: String::new(), height: String::new(), marks: Vec::new() };
    let Some(first) = visual.first() else {
        // A paper that is data only is shown as the page that the reader makes of it.
        let data = detail.pieces.iter().find(|p| p.role == Role::Structured);
        return data.map(|piece| blank(piece.page_range.map_or(1, |[first, _]| first))).into_iter().collect();
    };
    let read = detail.reading.as_ref().map(|file| &file.reading);
    if !tokens.is_empty() {
        return tokens.iter().take(MOST as usize).map(|page| sheet(page, read)).collect();
    }
    let [from, to] = first.page_range.unwrap_or([1, detail.document.pages.unwrap_or(1).max(1)]);
    let to = if visual.len() > 1 { u32::try_from(visual.len()).unwrap_or(from).max(to) } else { to };
    (from..=to.min(from + MOST - 1)).map(blank).collect()
}

/// Whether files of this kind have pages to be drawn.
pub fn drawable(kind: &str) -> bool {
    kind == "application/pdf" || kind.starts_with("image/")
}

fn sheet(page: &Page, read: Option<&Reading>) -> Sheet {
    let fields = read.into_iter().flat_map(|reading| &reading.fields);
    let on_page = fields.filter(|(_, field)| field.page == Some(page.number));
    Sheet {
        number: page.number,
        turn: page.turned,
        width: format!("{:.0}", page.width),
        height: format!("{:.0}", page.height),
        marks: on_page.filter_map(mark).collect(),
    }
}

fn mark((name, field): (&FieldName, &Field)) -> Option<Mark> {
    let place = field.bbox?;
    Some(Mark {
        field: name.as_str(),
        // A little air around the characters, so that the frame does not cut them.
        x: format!("{:.1}", place.left - 2.0),
        y: format!("{:.1}", place.top - 1.5),
        width: format!("{:.1}", place.width() + 4.0),
        height: format!("{:.1}", place.height() + 3.0),
        check: standing(Some(field), false) == "check",
    })
}
