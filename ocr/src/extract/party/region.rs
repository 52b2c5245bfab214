//! The blocks of text that belong to one party.

use std::ops::Range;

use super::name::is_no_name;
use crate::extract::labels::{Hit, Labels};
use crate::extract::pick::Choice;
use crate::extract::sheet::{Cell, Sheet};
use crate::extract::table::Table;
use crate::page::Box;
use crate::vocab::Label;

/// Whose block a region is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::extract) enum Side {
    Seller,
    Buyer,
    Other,
}

/// A block that a section word opens.
#[derive(Debug)]
pub(super) struct Region {
    pub side: Side,
    pub page: u16,
    pub bbox: Box,
    pub rows: Range<u32>,
    /// Index of the opening hit; none where the name alone tells whose block it is.
    pub hit: Option<usize>,
    /// The name, where no word opens the block.
    pub name: Option<Choice>,
    pub strength: f32,
    /// A sentence rather than a block: it holds a name at most.
    pub sentence: bool,
}

/// The side of the smallest region that holds a place.
pub(super) fn inside(regions: &[Region], sheet: &Sheet<'_>, row: u32, bbox: Box) -> Option<Side> {
    let page = sheet.row(row).page;
    let holds = |r: &&Region| {
        !r.sentence && r.page == page && r.rows.contains(&row) && bbox.left >= r.bbox.left && bbox.left < r.bbox.right
    };
    regions
        .iter()
        .filter(holds)
        .max_by(|a, b| a.rows.start.cmp(&b.rows.start).then(a.bbox.left.total_cmp(&b.bbox.left)))
        .map(|r| r.side)
}

fn side_of(labels: &Labels<'_>, hit: &Hit) -> Option<(Side, f32)> {
    let mut best: Option<(Side, f32)> = None;
    for (label, side) in [(Label::Buyer, Side::Buyer), (Label::Seller, Side::Seller), (Label::OtherParty, Side::Other)] {
        if let Some((meaning, weight)) = labels.means(hit, |l| l == label) {
            // A weak word (`to`, `von`) opens a block only with a colon, or alone in its cell.
            let opens = if meaning.weak { hit.whole && hit.length >= 2 && (hit.colon || hit.length > 3) } else { hit.leads };
            if opens && best.is_none_or(|(_, w)| weight > w) {
                best = Some((side, weight));
            }
        }
    }
    best
}

pub(super) fn regions(sheet: &Sheet<'_>, labels: &Labels<'_>, tables: &[Table]) -> Vec<Region> {
    let mut openers: Vec<(usize, Side, f32)> = labels
        .hits
        .iter()
        .enumerate()
        .filter_map(|(i, h)| side_of(labels, h).filter(|_| !in_table(tables, h.row)).map(|(s, w)| (i, s, w)))
        .collect();
    for (index, side, strength) in &mut openers {
        if let Some(joined) =
            labels.hits.get(*index + 1).filter(|next| *side == Side::Other && is_joined(sheet, labels, *index, next))
            && let Some((of, weight)) = side_of(labels, &Hit { leads: true, ..joined.clone() }).filter(|(s, _)| *s != Side::Other)
        {
            (*index, *side, *strength) = (*index + 1, of, weight);
        }
    }
    let blocks: Vec<(u32, Side)> =
        openers.iter().filter(|o| !is_name(labels, o.0, o.2)).map(|o| (labels.hits[o.0].row, o.1)).collect();
    openers.retain(|(index, side, strength)| {
        let row = labels.hits[*index].row;
        let around = blocks.iter().rfind(|(above, _)| *above < row && sheet.row(*above).page == sheet.row(row).page);
        // A word for names in the paper's own language that is a seller's in another one opens no block.
        let foreign = *side == Side::Seller && *strength < 0.7;
        !is_name(labels, *index, *strength) || around.map_or(!foreign, |(_, block)| block == side)
    });
    if !openers.iter().any(|(_, side, _)| *side == Side::Buyer) {
        // `Odbiorca` is who receives the goods, unless nobody is called the buyer.
        for (index, side, strength) in &mut openers {
            if let Some((_, weight)) = labels.means(&labels.hits[*index], |l| l == Label::Buyer).filter(|_| *side == Side::Other)
            {
                (*side, *strength) = (Side::Buyer, weight);
            }
        }
    }
    openers.iter().map(|(index, side, strength)| region(sheet, labels, tables, &openers, *index, *side, *strength)).collect()
}

/// `Odbiorca faktury / Nabywca:`: nothing but a sign between two words for parties.
fn is_joined(sheet: &Sheet<'_>, labels: &Labels<'_>, index: usize, next: &Hit) -> bool {
    let hit = &labels.hits[index];
    let mut between = hit.words.end..next.words.start;
    next.cell == hit.cell && between.all(|w| !sheet.words[w as usize].token.text.contains(char::is_alphanumeric))
}

/// `Name:` within a block says no more whose block it is than that of the other party.
fn is_name(labels: &Labels<'_>, index: usize, strength: f32) -> bool {
    labels.means(&labels.hits[index], |l| l == Label::PartyName).is_some_and(|(_, own)| own > strength)
}

pub(super) fn in_table(tables: &[Table], row: u32) -> bool {
    tables.iter().any(|t| t.is_lines() && (t.body.contains(&row) || t.header.contains(&row)))
}

fn region(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    tables: &[Table],
    openers: &[(usize, Side, f32)],
    index: usize,
    side: Side,
    strength: f32,
) -> Region {
    let hit = &labels.hits[index];
    let page = sheet.row(hit.row).page;
    let height = hit.bbox.height().max(5.0);
    let others =
        openers.iter().filter(|(i, ..)| *i != index).map(|(i, ..)| &labels.hits[*i]).filter(|h| sheet.row(h.row).page == page);
    let beside =
        others.clone().filter(|h| (h.bbox.top - hit.bbox.top).abs() < 3.0 * height && h.bbox.left > hit.bbox.right - 1.0);
    let right = beside.map(|h| channel(sheet, hit, h).unwrap_or(h.bbox.left - 0.8 * height)).fold(f32::MAX, f32::min);
    let shared_left = others
        .clone()
        .filter(|h| (h.bbox.top - hit.bbox.top).abs() < 3.0 * height && h.bbox.left < hit.bbox.left - 1.0)
        .max_by(|a, b| a.bbox.left.total_cmp(&b.bbox.left));
    // Under a heading that is centred over its column the text may start left of it.
    // So it may not where other text stands on the heading's own line.
    let text_left = sheet.row(hit.row).cells.clone().any(|c| sheet.cell(c).bbox.right < hit.bbox.left - 1.2 * height);
    let edge = if text_left { hit.bbox.left - 3.0 * height } else { 0.0 };
    let left = shared_left.map_or(edge, |h| channel(sheet, h, hit).unwrap_or(f32::MAX).min(hit.bbox.left - 3.0 * height));
    let next_section =
        others.clone().filter(|h| h.row > hit.row && h.bbox.left < right && h.bbox.left > left - 1.0).map(|h| h.row).min();
    let table = tables.iter().filter(|t| t.is_lines() && t.header.start > hit.row).map(|t| t.header.start).min();
    let mut end = hit.row + 1;
    let limit = next_section.unwrap_or(u32::MAX).min(table.unwrap_or(u32::MAX));
    let mut bottom = hit.bbox.bottom;
    while (end as usize) < sheet.rows.len() && end < limit {
        let row = sheet.row(end);
        if row.page != page || row.bbox.top - hit.bbox.bottom > 26.0 * height || row.bbox.top - bottom > 7.0 * height {
            break;
        }
        if row.cells.clone().any(|c| sheet.cell(c).bbox.left >= left && sheet.cell(c).bbox.left < right) {
            bottom = row.bbox.bottom;
        }
        end += 1;
    }
    let sentence = sheet.cell(hit.cell).words.end - hit.words.end > 6;
    let right = column_end(sheet, labels, hit, &(left..right), hit.row..end);
    let bbox = Box { left, top: hit.bbox.top, right, bottom };
    Region { side, page, bbox, rows: hit.row..end, hit: Some(index), name: None, strength, sentence }
}

/// Where the column of the right one of two headings on one height begins, if both are centred over theirs: right of the widest gap
/// that runs between them through the lines below.
fn channel(sheet: &Sheet<'_>, left: &Hit, right: &Hit) -> Option<f32> {
    let height = left.bbox.height().max(5.0);
    let page = sheet.row(left.row).page;
    let below = left.row.max(right.row) + 1..(left.row.max(right.row) + 5).min(sheet.rows.len() as u32);
    let rows = below.take_while(|r| sheet.row(*r).page == page && sheet.row(*r).bbox.top - left.bbox.bottom < 8.0 * height);
    let mut spans: Vec<(f32, f32)> =
        rows.flat_map(|r| sheet.row(r).cells.clone()).map(|c| sheet.cell(c).bbox).map(|b| (b.left, b.right)).collect();
    // Where the text starts at the heading, the heading itself says where the column begins.
    if !spans.iter().any(|(start, _)| *start > left.bbox.right && *start < right.bbox.left - 3.0 * height) {
        return None;
    }
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut reach, mut best) = (f32::MIN, (1.2 * height, None));
    for (start, end) in spans {
        let between = reach > left.bbox.left && start > left.bbox.center_x() && start < right.bbox.right;
        if between && start - reach > best.0 {
            best = (start - reach, Some(start - 0.5 * height));
        }
        reach = reach.max(end);
    }
    best.1
}

/// Where the column of text under an opener ends: at the first gap that runs through its rows, values beside labels included.
fn column_end(sheet: &Sheet<'_>, labels: &Labels<'_>, hit: &Hit, within: &Range<f32>, rows: Range<u32>) -> f32 {
    let height = hit.bbox.height().max(5.0);
    let cells: Vec<&Cell> = rows
        .take(8)
        .take_while(|r| sheet.row(*r).bbox.top - hit.bbox.bottom < 12.0 * height)
        .flat_map(|r| sheet.row(r).cells.clone())
        .map(|c| sheet.cell(c))
        .filter(|c| within.contains(&c.bbox.left))
        .collect();
    let mut spans: Vec<(f32, f32)> = cells.iter().map(|c| (c.bbox.left, c.bbox.right)).collect();
    spans.push((hit.bbox.left, hit.bbox.right));
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut start, mut reach) = (f32::MIN, f32::MIN);
    for (left, right) in spans {
        if left > reach + 1.2 * height && reach > hit.bbox.left && reach != f32::MIN {
            let own: Vec<&&Cell> = cells.iter().filter(|c| c.bbox.left >= start && c.bbox.left < reach).collect();
            let names = own.iter().filter(|c| is_label_cell(sheet, labels, c)).count();
            if own.is_empty() || 2 * names < own.len() {
                return left - 0.5 * height;
            }
        }
        if left > reach + 1.2 * height {
            start = left;
        }
        reach = reach.max(right);
    }
    within.end
}

fn is_label_cell(sheet: &Sheet<'_>, labels: &Labels<'_>, cell: &Cell) -> bool {
    let inside = |h: &Hit| h.words.start >= cell.words.start && h.words.end <= cell.words.end;
    let colon = cell.words.clone().next_back().is_some_and(|w| sheet.words[w as usize].token.text.ends_with(':'));
    colon || labels.row(cell.row).iter().any(|h| h.whole && inside(h) && labels.is(h, is_no_name))
}

/// The block of a name that no word announces: the lines below it that stand at its left edge, right edge or middle.
pub(super) fn around(sheet: &Sheet<'_>, tables: &[Table], regions: &[Region], name: &Choice, side: Side) -> Option<Region> {
    let bbox = name.bbox?;
    let page = sheet.pages.iter().position(|p| Some(p.number) == name.page)? as u16;
    let first = sheet.rows.iter().position(|r| r.page == page && r.bbox.bottom > bbox.center_y())? as u32;
    let height = bbox.height().clamp(5.0, 14.0);
    let aligned = |b: Box| {
        (b.left - bbox.left).abs() < 5.0 || (b.right - bbox.right).abs() < 5.0 || (b.center_x() - bbox.center_x()).abs() < 5.0
    };
    let limit =
        tables.iter().filter(|t| t.is_lines() && t.header.start > first).map(|t| t.header.start).min().unwrap_or(u32::MAX);
    // The heading of another party's block below.
    let opens = |row: u32, b: Box| {
        regions.iter().any(|r| {
            r.rows.start == row
                && r.page == page
                && r.hit.is_some()
                && r.side != side
                && b.left <= r.bbox.right
                && r.bbox.left <= b.right
        })
    };
    // What stands after the name on its line is the party's too (`Alfa GmbH, Hauptstr. 5, 01067 Dresden, USt-IdNr. DE…`).
    let line = sheet.row(first).cells.clone().map(|c| sheet.cell(c).bbox).find(|b| b.left <= bbox.left && b.right > bbox.right);
    let (mut all, mut end, mut bottom) = (line.map_or(bbox, |b| b.union(bbox)), first + 1, bbox.bottom);
    for row in first + 1..(sheet.rows.len() as u32).min(limit).min(first + 40) {
        let here = sheet.row(row);
        if here.page != page || here.bbox.top - bottom > 2.6 * height {
            break;
        }
        let next = here.cells.clone().map(|c| sheet.cell(c).bbox).find(|b| aligned(*b));
        if next.is_some_and(|b| opens(row, b)) {
            break;
        }
        end = row + 1;
        if let Some(cell) = next {
            all = all.union(cell);
            bottom = cell.bottom;
        }
    }
    let bbox = Box { left: all.left - 3.0, right: all.right, bottom, top: all.top };
    Some(Region { side, page, bbox, rows: first..end, hit: None, name: Some(name.clone()), strength: 0.8, sentence: false })
}
