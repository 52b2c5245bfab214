//! What a seller is known by, and what on a paper could be that.

use super::{Layout, Place, View};
use crate::extract::codes;
use crate::extract::weights::Weights;
use crate::fold::fold;
use crate::page::{Box, Page};
use crate::reading::{FieldName, Reading};
use crate::value::{iban, tax_id};
use crate::vocab;

/// Most keys of a paper: pages full of figures hold many that could be tax ids.
const MOST: usize = 400;

/// Everything on a paper by which an office could remember its seller: ids, accounts, names. Most are not the seller's; a
/// layout also says where its key stands.
pub fn keys(pages: &[Page], reading: &Reading) -> Vec<String> {
    let view = View::new(pages);
    let mut keys: Vec<String> = by_reading(reading).collect();
    keys.extend(printed(&view).into_iter().map(|(key, ..)| key));
    let mut seen = std::collections::HashSet::new();
    keys.retain(|key| seen.insert(key.clone()));
    keys.truncate(MOST);
    keys
}

/// What the fields of a reading would be remembered by, best first.
pub(super) fn by_reading(reading: &Reading) -> impl Iterator<Item = String> + '_ {
    let text = |name| reading.fields.get(&name).map(|field| field.value.as_str());
    let id = text(FieldName::SellerTaxId).map(of_tax_id);
    let account = text(FieldName::Iban).map(of_iban);
    let name = text(FieldName::SellerName).map(of_name);
    [id, account, name].into_iter().flatten().filter(|key| key.split_once(':').is_some_and(|(_, rest)| rest.len() >= 3))
}

/// The key of a tax id: without the country, which some papers print and others do not.
fn of_tax_id(id: &str) -> String {
    let compact = tax_id::compact(id);
    let bare = compact.get(2..).filter(|_| compact.bytes().take(2).all(|b| b.is_ascii_uppercase())).unwrap_or(&compact);
    format!("tax:{bare}")
}

fn of_iban(account: &str) -> String {
    format!("iban:{}", iban::compact(account))
}

fn of_name(name: &str) -> String {
    format!("name:{}", vocab::compact(&fold(name)))
}

/// The keys that stand on the paper, with their places.
pub(super) fn printed(view: &View<'_>) -> Vec<(String, u32, Box)> {
    let mut out = ids(view);
    for (field, choice) in codes::decide(&view.sheet, &view.labels, Weights::shared()) {
        if field == FieldName::Iban {
            let all = std::iter::once(&choice).chain(&choice.alternatives);
            out.extend(all.filter_map(|c| Some((of_iban(&c.value), row_at(view, c.page?, c.bbox?)?, c.bbox?))));
        }
    }
    let high = |row: u32, bbox: Box| {
        let row = view.sheet.row(row);
        row.page == 0 && bbox.top < 0.4 * view.sheet.pages[0].height
    };
    for cell in view.sheet.cells.iter().filter(|cell| high(cell.row, cell.bbox)).take(60) {
        let name = of_name(&view.sheet.text(cell.words.clone()));
        if (10..60).contains(&name.len()) {
            out.push((name, cell.row, cell.bbox));
        }
    }
    out
}

/// Words, alone or with the next ones of their cell, that have as many digits as a tax id.
fn ids(view: &View<'_>) -> Vec<(String, u32, Box)> {
    let mut out = Vec::new();
    for cell in &view.sheet.cells {
        for start in cell.words.clone() {
            let mut joined = String::new();
            for end in start..cell.words.end.min(start + 4) {
                let text = &view.sheet.words[end as usize].token.text;
                let piece = if end == start { text.rsplit([':', '(']).next().unwrap_or(text) } else { text };
                if !piece.bytes().any(|b| b.is_ascii_digit()) && piece.len() > 3 {
                    break;
                }
                joined.push_str(piece);
                let key = of_tax_id(&joined);
                let digits = key.bytes().filter(u8::is_ascii_digit).count();
                if digits >= 7 && key.len() <= 18 {
                    out.push((key, cell.row, view.sheet.bbox(start..end + 1)));
                }
            }
        }
    }
    out
}

fn row_at(view: &View<'_>, page: u32, bbox: Box) -> Option<u32> {
    let y = bbox.center_y();
    let fits = |row: &u32| {
        let r = view.sheet.row(*row);
        view.sheet.page_number(*row) == page && (r.bbox.top..=r.bbox.bottom).contains(&y)
    };
    (0..view.sheet.rows.len() as u32).find(fits)
}

/// What a paper's approved values are remembered by: the first of tax id, account and name that is printed on it; else what the reader
/// took for the seller's name, right or wrong, for it will again.
pub(super) fn of_paper(view: &View<'_>, read: &Reading, approved: &Reading) -> Option<(String, Option<Place>)> {
    let printed = printed(view);
    for key in by_reading(approved) {
        if let Some((_, row, bbox)) = printed.iter().find(|(other, ..)| *other == key) {
            return Some((key, Some(view.place(*row, *bbox))));
        }
    }
    let name = read.fields.get(&FieldName::SellerName).map(|field| of_name(&field.value))?;
    (name.len() >= 10).then_some((name, None))
}

/// How far a layout is this paper's: its key stands where it stood, and its labels are there. Nothing if it is another's.
/// `printed` and `marks` are the paper's.
pub(super) fn likeness(
    view: &View<'_>,
    reading: &Reading,
    layout: &Layout,
    printed: &[(String, u32, Box)],
    marks: &[u32],
) -> Option<f32> {
    if layout.document_type != reading.document_type {
        return None;
    }
    let own = by_reading(reading).any(|key| key == layout.seller);
    let stands = layout.place.is_some_and(|place| {
        printed.iter().any(|(key, row, bbox)| *key == layout.seller && view.place(*row, *bbox).near(place, NEAR))
    });
    if !own && !stands {
        return None;
    }
    let shared = layout.marks.iter().filter(|mark| marks.binary_search(mark).is_ok()).count() as f32;
    let all = (layout.marks.len() + marks.len()) as f32 - shared;
    let contained = shared / (layout.marks.len() as f32).max(1.0);
    // Few labels (receipts) tell little: there the key decides.
    let likeness = if layout.marks.len() < FEW { 0.5 + contained / 2.0 } else { contained };
    (likeness >= ALIKE).then(|| likeness + shared / all.max(1.0))
}

/// Shares of a page by which a key may have moved.
const NEAR: f32 = 0.08;
/// Fewer labels than these are no fingerprint.
const FEW: usize = 5;
/// Share of a layout's labels that its later papers print at least.
const ALIKE: f32 = 0.6;
