//! Which values a label points at: after it in its cell, right of it in its row, or below it.

use super::candidate::Candidates;
use super::labels::{Hit, Labels};
use super::sheet::Sheet;
use super::weights::Weights;
use crate::page::Box;
use crate::vocab::{Column, Label};

/// How a value stands to its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// In the label's own cell.
    Inline,
    /// Right of it; counts the values passed on the way.
    Right(u8),
    /// Below it; counts the rows of values passed on the way.
    Below(u8),
}

/// One label pointing at one value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bind {
    pub hit: u32,
    pub value: u32,
    pub relation: Relation,
    /// Words between label and value that belong to neither.
    pub strangers: u8,
}

impl Bind {
    /// Evidence in log-odds for the meaning `weight` of its label.
    pub fn evidence(&self, weights: &Weights, weak: bool, trust: f32, hit: &Hit) -> f32 {
        let relation = match self.relation {
            Relation::Inline => weights.inline,
            Relation::Right(0) => weights.right,
            Relation::Right(n) => weights.right - weights.right_step * f32::from(n),
            Relation::Below(0) => weights.below,
            Relation::Below(n) => weights.below - weights.below_step * f32::from(n),
        };
        let label = if weak { weights.weak_label } else { weights.strong_label };
        let form = if hit.whole || (hit.leads && hit.colon) {
            weights.clean_label
        } else if hit.leads || hit.colon {
            weights.leading_label
        } else {
            0.0
        };
        (relation + label + form) * trust - weights.stranger * f32::from(self.strangers.min(5))
    }
}

/// A thing with a place that labels may point at.
pub(super) trait Placed {
    fn bbox(&self) -> Box;
    fn first_word(&self) -> u32;
    /// Whether it may itself be what the label means; a rate between a label and its amount is not.
    fn counts(&self) -> bool {
        true
    }
}

impl Placed for super::candidate::AmountAt {
    fn bbox(&self) -> Box {
        self.bbox
    }
    fn first_word(&self) -> u32 {
        self.words.start
    }
    fn counts(&self) -> bool {
        !self.amount.percent
    }
}

impl Placed for super::candidate::DateAt {
    fn bbox(&self) -> Box {
        self.bbox
    }
    fn first_word(&self) -> u32 {
        self.words.start
    }
}

/// Binds every hit that `wanted` accepts to amounts.
pub(super) fn amounts(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, wanted: impl Fn(Label) -> bool) -> Vec<Bind> {
    let in_row = |row: u32| found.amounts_in(row);
    bind(sheet, labels, &found.amounts, in_row, &wanted, 3)
}

/// Binds every hit that `wanted` accepts to dates.
pub(super) fn dates(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, wanted: impl Fn(Label) -> bool) -> Vec<Bind> {
    let in_row = |row: u32| found.dates_in(row);
    bind(sheet, labels, &found.dates, in_row, &wanted, 1)
}

fn bind<T: Placed>(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    values: &[T],
    in_row: impl Fn(u32) -> std::ops::Range<usize>,
    wanted: &impl Fn(Label) -> bool,
    reach: u8,
) -> Vec<Bind> {
    let mut out = Vec::new();
    for (index, hit) in labels.hits.iter().enumerate() {
        if labels.means(hit, wanted).is_none() {
            continue;
        }
        let before = out.len();
        to_the_right(sheet, labels, values, &in_row, wanted, reach, (index as u32, hit), &mut out);
        if out.len() == before {
            wrapped(sheet, values, &in_row, (index as u32, hit), &mut out);
        }
        if out.len() == before {
            beside(sheet, labels, values, &in_row, (index as u32, hit), &mut out);
        }
        let direct = out.len() > before;
        below(sheet, labels, values, &in_row, (index as u32, hit), direct, &mut out);
        if out.len() == before {
            in_box(sheet, values, &in_row, (index as u32, hit), &mut out);
        }
    }
    out
}

#[allow(clippy::too_many_arguments)]
fn to_the_right<T: Placed>(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    values: &[T],
    in_row: &impl Fn(u32) -> std::ops::Range<usize>,
    wanted: &impl Fn(Label) -> bool,
    reach: u8,
    (index, hit): (u32, &Hit),
    out: &mut Vec<Bind>,
) {
    let mut passed = 0u8;
    let row_hits = labels.row(hit.row);
    // The next label of the same kind of value ends this one's reach; weak ones do not, nor the same said in another language
    // (`Data wystawienia / Date of issue`).
    let same = |h: &Hit| {
        h.cell == hit.cell && labels.meanings(h).iter().any(|m| labels.meanings(hit).iter().any(|o| o.label == m.label))
    };
    let fence = row_hits
        .iter()
        .filter(|h| h.words.start >= hit.words.end && labels.is(h, wanted) && !same(h))
        .map(|h| h.words.start)
        .next();
    for value in in_row(hit.row) {
        let at = values[value].first_word();
        // A value glued to its label shares the label's last word.
        if at + 1 < hit.words.end || (at < hit.words.end && hit.words.len() > 1 && at + 1 != hit.words.end) {
            continue;
        }
        if fence.is_some_and(|f| at > f) || passed >= reach {
            break;
        }
        let between = hit.words.end..at.max(hit.words.end);
        let strangers = between.clone().filter(|w| is_stranger(sheet, row_hits, *w)).count() as u8;
        let same_cell = sheet.words[at as usize].cell == hit.cell;
        let relation = if same_cell && passed == 0 { Relation::Inline } else { Relation::Right(passed) };
        out.push(Bind { hit: index, value: value as u32, relation, strangers });
        passed += u8::from(values[value].counts());
    }
}

/// The first value of the next line, where a sentence was broken behind the label (`Zahlung ohne Abzug bis` / `04.12.2025.`).
fn wrapped<T: Placed>(
    sheet: &Sheet<'_>,
    values: &[T],
    in_row: &impl Fn(u32) -> std::ops::Range<usize>,
    (index, hit): (u32, &Hit),
    out: &mut Vec<Bind>,
) {
    let (row, cell) = (sheet.row(hit.row), sheet.cell(hit.cell));
    let Some(next) = sheet.rows.get(hit.row as usize + 1).filter(|n| n.page == row.page) else { return };
    let height = hit.bbox.height().max(4.0);
    let breaks = !hit.leads
        && hit.words.end == row.words.end
        && cell.words.len() > hit.words.len() + 2
        && next.bbox.top - row.bbox.bottom < height
        && (next.bbox.left - cell.bbox.left).abs() < height;
    let first = in_row(hit.row + 1).next().filter(|v| values[*v].first_word() == next.words.start);
    if let Some(value) = first.filter(|_| breaks) {
        out.push(Bind { hit: index, value: value as u32, relation: Relation::Right(0), strangers: 0 });
    }
}

/// A value right of the label on a row of its own that stands nearly as high: crooked photos and receipts.
fn beside<T: Placed>(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    values: &[T],
    in_row: &impl Fn(u32) -> std::ops::Range<usize>,
    (index, hit): (u32, &Hit),
    out: &mut Vec<Bind>,
) {
    let mut best: Option<(f32, usize)> = None;
    for row in hit.row.saturating_sub(1)..(hit.row + 2).min(sheet.rows.len() as u32) {
        // A row with a label of its own keeps its values.
        if row == hit.row
            || sheet.row(row).page != sheet.row(hit.row).page
            || labels.row(row).iter().any(|h| h.leads && labels.is(h, is_value_label))
        {
            continue;
        }
        for value in in_row(row) {
            let bbox = values[value].bbox();
            let distance = (bbox.center_y() - hit.bbox.center_y()).abs();
            if bbox.left > hit.bbox.right && distance < 0.85 * hit.bbox.height() && best.is_none_or(|(d, _)| distance < d) {
                best = Some((distance, value));
            }
        }
    }
    if let Some((_, value)) = best {
        out.push(Bind { hit: index, value: value as u32, relation: Relation::Right(0), strangers: 1 });
    }
}

/// A word that is neither part of a label nor a number, sign or code.
fn is_stranger(sheet: &Sheet<'_>, hits: &[Hit], word: u32) -> bool {
    let text = sheet.folded(word);
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 3 && crate::value::amount::currency_sign(text).is_none() && !hits.iter().any(|h| h.words.contains(&word))
}

/// How many rows of values under a label may still be its.
const DEPTH: u8 = 3;

fn below<T: Placed>(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    values: &[T],
    in_row: &impl Fn(u32) -> std::ops::Range<usize>,
    (index, hit): (u32, &Hit),
    direct: bool,
    out: &mut Vec<Bind>,
) {
    let height = hit.bbox.height().max(4.0);
    let page = sheet.row(hit.row).page;
    let cell = if hit.leads { sheet.cell(hit.cell).bbox } else { hit.bbox };
    let mut passed = if direct { 1u8 } else { 0 };
    let mut bottom = hit.bbox.bottom;
    for row in hit.row + 1..sheet.rows.len() as u32 {
        let here = sheet.row(row);
        if here.page != page || here.bbox.top - bottom > 2.0 * height || passed > DEPTH || row - hit.row > 6 {
            break;
        }
        // Another label right below takes what comes after it.
        let blocked = labels.row(row).iter().any(|h| overlap(h.bbox, hit.bbox) > 0.3 && h.leads && labels.is(h, is_value_label));
        let mut any = false;
        for value in in_row(row) {
            let bbox = values[value].bbox();
            // A currency behind a number stands at the edge with it.
            let own = sheet.cell(sheet.words[values[value].first_word() as usize].cell);
            let ends = own.words.len() <= 4 && (own.bbox.right - cell.right).abs() < 0.5 * height;
            let stands = overlap(bbox, cell) > 0.25 || (bbox.right - cell.right).abs() < height;
            if stands || ends || (bbox.left - cell.left).abs() < height {
                if !blocked {
                    out.push(Bind { hit: index, value: value as u32, relation: Relation::Below(passed), strangers: 0 });
                }
                any = true;
            }
        }
        if blocked {
            break;
        }
        if any {
            passed += 1;
        }
        if any || row - hit.row <= 2 {
            bottom = here.bbox.bottom;
        }
    }
}

/// Forms print a label at the left edge of a box and its value at the right edge under it: the box ends where the next label begins.
fn in_box<T: Placed>(
    sheet: &Sheet<'_>,
    values: &[T],
    in_row: &impl Fn(u32) -> std::ops::Range<usize>,
    (index, hit): (u32, &Hit),
    out: &mut Vec<Bind>,
) {
    let (row, cell) = (sheet.row(hit.row), sheet.cell(hit.cell).bbox);
    let Some(next) = sheet.rows.get(hit.row as usize + 1).filter(|n| n.page == row.page) else { return };
    if !hit.leads || row.cells.len() < 3 || next.bbox.top - row.bbox.bottom > hit.bbox.height() {
        return;
    }
    let limit = if hit.cell + 1 < row.cells.end { sheet.cell(hit.cell + 1).bbox.left } else { f32::MAX };
    let inside = |v: &usize| values[*v].bbox().left >= cell.left && values[*v].bbox().right < limit;
    // More of them below is a table.
    let rows = hit.row + 1..(hit.row + 3).min(sheet.rows.len() as u32);
    let mut held = rows.flat_map(in_row).filter(inside);
    if let (Some(value), None) = (held.next(), held.next())
        && next.words.contains(&values[value].first_word())
    {
        out.push(Bind { hit: index, value: value as u32, relation: Relation::Below(0), strangers: 0 });
    }
}

fn is_value_label(label: Label) -> bool {
    !matches!(
        label,
        Label::Type(_)
            | Label::Exempt
            | Label::Yes
            | Label::No
            | Label::Mark(_)
            | Label::EarlyPayment
            | Label::Column(Column::Other)
    )
}

/// Share of the narrower box that stands over the other.
pub(super) fn overlap(a: Box, b: Box) -> f32 {
    let shared = a.right.min(b.right) - a.left.max(b.left);
    (shared / a.width().min(b.width()).max(1.0)).clamp(-1.0, 1.0)
}
