//! Text that a label announces: the rest of its cell, the next cell, the cell below.

use std::ops::Range;

use super::bind::overlap;
use super::labels::{Hit, Labels};
use super::sheet::Sheet;
use crate::vocab::Label;

/// Words that a label announces.
#[derive(Clone, Debug)]
pub(super) struct After {
    pub words: Range<u32>,
    /// Text of the first word, where the label is glued to it.
    pub first: Option<String>,
    /// Evidence of the place, in log-odds.
    pub place: Place,
}

/// Where the words stand to their label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Inline,
    Right,
    Below,
}

/// All places where the value of `hit` may stand, nearest first.
pub(super) fn after(sheet: &Sheet<'_>, labels: &Labels<'_>, hit: &Hit) -> Vec<After> {
    let mut out = Vec::new();
    let cell = sheet.cell(hit.cell);
    if let Some(tail) = glued_tail(&sheet.words[hit.words.end as usize - 1].token.text) {
        out.push(After { words: hit.words.end - 1..cell.words.end, first: Some(tail.to_owned()), place: Place::Inline });
    }
    let rest = skip_noise(sheet, labels, hit.words.end..cell.words.end);
    if !rest.is_empty() {
        out.push(After { words: rest, first: None, place: Place::Inline });
    } else if let Some(next) = next_cell(sheet, hit) {
        let words = skip_noise(sheet, labels, sheet.cell(next).words.clone());
        if !labels.row(hit.row).iter().any(|h| h.cell == next && h.leads && blocks(labels, h)) && !words.is_empty() {
            out.push(After { words, first: None, place: Place::Right });
        }
    }
    if out.iter().all(|a| a.place != Place::Inline || !has_digit(sheet, a.words.clone())) {
        let under = below(sheet, labels, hit);
        let at = if under.as_ref().is_some_and(|u| is_column(sheet, hit, &out, u)) { out.len() - 1 } else { out.len() };
        out.splice(at..at, under);
    }
    out
}

/// A label alone in its cell, its value right under it, and what stands right of it far away: labels stand above their values here.
fn is_column(sheet: &Sheet<'_>, hit: &Hit, before: &[After], under: &After) -> bool {
    let place = |a: &After| sheet.words[a.words.start as usize].token.bbox;
    let height = hit.bbox.height().max(4.0);
    let value = place(under);
    before.last().is_some_and(|a| a.place == Place::Right && place(a).left - hit.bbox.right > 3.0 * height)
        && hit.whole
        && !hit.colon
        && (value.left - hit.bbox.left).abs() < 2.0
        && value.top - hit.bbox.bottom < height
        && sheet.words[under.words.start as usize].row == hit.row + 1
}

/// What follows a label inside the same token: `No.:12345`, `#12345`.
fn glued_tail(text: &str) -> Option<&str> {
    let cut = text.rfind([':', '#', '=']).map(|c| c + 1)?;
    let tail = &text[cut..];
    (cut > 1 && tail.contains(|c: char| c.is_ascii_digit())).then_some(tail)
}

fn has_digit(sheet: &Sheet<'_>, mut words: Range<u32>) -> bool {
    words.any(|w| sheet.words[w as usize].token.text.contains(|c: char| c.is_ascii_digit()))
}

/// Colons, hashes and the words for "number" between a label and its value.
fn skip_noise(sheet: &Sheet<'_>, labels: &Labels<'_>, mut words: Range<u32>) -> Range<u32> {
    while words.start < words.end {
        let text = sheet.folded(words.start).trim_matches(|c: char| !c.is_alphanumeric());
        let printed = &sheet.words[words.start as usize].token.text;
        // `Rechnung (380) Nr. 471102`, `Faktura (oryginał) nr 5`: what stands in brackets is said beside it.
        let aside = printed.starts_with('(') && printed.ends_with(')') && words.start + 1 < words.end;
        if text.is_empty() || aside || labels.vocab.is_number_word(text) {
            words.start += 1;
        } else {
            break;
        }
    }
    words
}

fn next_cell(sheet: &Sheet<'_>, hit: &Hit) -> Option<u32> {
    let row = sheet.row(hit.row);
    let mut next = hit.cell + 1;
    // A lone colon may stand in a cell of its own.
    while next < row.cells.end
        && sheet.cell(next).words.clone().all(|w| !sheet.words[w as usize].token.text.contains(char::is_alphanumeric))
    {
        next += 1;
    }
    (next < row.cells.end).then_some(next)
}

fn below(sheet: &Sheet<'_>, labels: &Labels<'_>, hit: &Hit) -> Option<After> {
    let cell = sheet.cell(hit.cell).bbox;
    let height = hit.bbox.height().max(4.0);
    let page = sheet.row(hit.row).page;
    for row in hit.row + 1..(hit.row + 4).min(sheet.rows.len() as u32) {
        let here = sheet.row(row);
        if here.page != page || here.bbox.top - hit.bbox.bottom > 2.0 * height {
            return None;
        }
        for index in here.cells.clone() {
            let other = sheet.cell(index);
            if overlap(other.bbox, cell) < 0.3 && overlap(other.bbox, hit.bbox) < 0.3 {
                continue;
            }
            if labels.row(row).iter().any(|h| h.cell == index && h.leads && blocks(labels, h)) {
                return None;
            }
            let words = skip_noise(sheet, labels, other.words.clone());
            if !words.is_empty() {
                return Some(After { words, first: None, place: Place::Below });
            }
        }
    }
    None
}

/// A label of its own: not a value.
pub(super) fn blocks(labels: &Labels<'_>, hit: &Hit) -> bool {
    let value_label =
        |l: Label| !matches!(l, Label::Type(_) | Label::Exempt | Label::Yes | Label::No | Label::EarlyPayment | Label::Column(_));
    labels.means(hit, value_label).is_some_and(|(m, w)| hit.colon || (!m.weak && w >= 0.75))
}
