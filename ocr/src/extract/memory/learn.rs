//! What an approved paper teaches.

use std::collections::BTreeMap;

use super::spot::{self, Spot};
use super::{CONSTANT, Layout, Lesson, PLACED, View, may_amend, seller};
use crate::page::{Box, Page};
use crate::reading::{Field, FieldName, Reading};
use crate::value::tax_id;
use crate::vocab::Label;

/// Spots kept of a field: a total may stand in the table, in a box, and in the line of the bank.
const SPOTS: usize = 4;

/// What one paper teaches: `read` is what the reader said, `approved` what holds. Nothing, where no seller can be told or
/// where the paper is data, which needs no memory.
pub fn learn(pages: &[Page], read: &Reading, approved: &Reading) -> Option<Layout> {
    if pages.is_empty() || !may_amend(read, FieldName::InvoiceNumber) || !may_amend(read, FieldName::TotalGross) {
        return None;
    }
    let view = View::new(pages);
    let (seller, place) = seller::of_paper(&view, read, approved)?;
    let lessons = PLACED.iter().chain(&CONSTANT).filter_map(|field| Some((*field, lesson(&view, *field, read, approved)?)));
    let lessons: BTreeMap<FieldName, Lesson> = lessons.collect();
    let marks = view.marks();
    let document_type = approved.document_type;
    (!lessons.is_empty()).then_some(Layout { seller, place, document_type, marks, lessons })
}

/// A layout after one more of its papers: what held again is surer, what did not is learned anew.
pub fn relearn(known: &Layout, pages: &[Page], new: Layout, approved: &Reading) -> Layout {
    let view = View::new(pages);
    let mut lessons = known.lessons.clone();
    for (field, fresh) in new.lessons {
        let value = approved.fields.get(&field).map(|f| f.value.as_str());
        match lessons.get_mut(&field) {
            Some(old) if holds(&view, field, old, value) => {
                old.right += 1;
                old.constant = fresh.constant.or(old.constant.take());
                old.corrected |= fresh.corrected;
            }
            Some(old) => {
                let wrong = old.wrong + 1;
                *old = Lesson { corrected: fresh.corrected || old.corrected, wrong, ..fresh };
            }
            None => drop(lessons.insert(field, fresh)),
        }
    }
    // The labels that both papers have are the layout's; others are of what was sold.
    let shared: Vec<u32> = known.marks.iter().copied().filter(|mark| new.marks.binary_search(mark).is_ok()).collect();
    let marks = if shared.len() * 2 >= known.marks.len() { shared } else { new.marks };
    Layout { place: new.place.or(known.place), marks, lessons, ..known.clone() }
}

fn holds(view: &View<'_>, field: FieldName, lesson: &Lesson, value: Option<&str>) -> bool {
    if lesson.spots.is_empty() {
        return lesson.constant.as_deref() == value;
    }
    let again = spot::locate(view, field, &lesson.spots);
    match (again, value) {
        (Some(again), Some(value)) => !lesson.absent && same(field, &again.value, value),
        (None, None) => lesson.absent,
        (Some(_), None) => lesson.absent,
        (None, Some(_)) => false,
    }
}

fn lesson(view: &View<'_>, field: FieldName, read: &Reading, approved: &Reading) -> Option<Lesson> {
    if !may_amend(read, field) {
        return None;
    }
    let (was, is) = (read.fields.get(&field), approved.fields.get(&field));
    let Some(is) = is else {
        // Taken away by a person: what stood there is something else.
        let was = was?;
        let spots = spots(view, field, &was.value, was.page.zip(was.bbox));
        let absent = Lesson { corrected: true, absent: true, constant: None, spots, right: 1, wrong: 0 };
        return (!absent.spots.is_empty()).then_some(absent);
    };
    let same_value = was.is_some_and(|was| same(field, &was.value, &is.value));
    let place = was.filter(|_| same_value).and_then(|was: &Field| was.page.zip(was.bbox));
    let spots = if PLACED.contains(&field) { spots(view, field, &is.value, place) } else { Vec::new() };
    let constant = CONSTANT.contains(&field).then(|| is.value.clone());
    let corrected = !same_value;
    (constant.is_some() || !spots.is_empty()).then_some(Lesson { corrected, absent: false, constant, spots, right: 1, wrong: 0 })
}

/// The places where a value stands; the one that the reader took it from alone, if that was right.
fn spots(view: &View<'_>, field: FieldName, value: &str, place: Option<(u32, Box)>) -> Vec<Spot> {
    let all = spot::occurrences(view, field, value);
    let at = |words: &std::ops::Range<u32>, (page, bbox): (u32, Box)| {
        let word = &view.sheet.words[words.start as usize];
        let own = view.sheet.bbox(words.clone());
        view.sheet.page_number(word.row) == page
            && (own.center_y() - bbox.center_y()).abs() < 3.0
            && own.left < bbox.right
            && bbox.left < own.right
    };
    let taken: Vec<&spot::Span> = all.iter().filter(|span| place.is_some_and(|place| at(&span.words, place))).collect();
    let named_otherwise = |span: &&spot::Span| named(view, span).is_none_or(|name| name == field);
    let own: Vec<&spot::Span> = all.iter().filter(named_otherwise).collect();
    let chosen = match (taken.is_empty(), own.is_empty()) {
        (false, _) => taken,
        (_, false) => own,
        _ => all.iter().collect(),
    };
    chosen.into_iter().take(SPOTS).map(|span| Spot::taught(view, field, span, value)).collect()
}

/// The field that the nearest label left of a value names: the amount to pay is often the total, but not always.
fn named(view: &View<'_>, span: &spot::Span) -> Option<FieldName> {
    let row = view.sheet.words[span.words.start as usize].row;
    let before = view.labels.row(row).iter().rev().filter(|hit| hit.words.end <= span.words.start);
    let field = |label: Label| if let Label::Field(field) = label { Some(field) } else { None };
    before.filter_map(|hit| view.labels.means(hit, |l| field(l).is_some())).find_map(|(meaning, _)| field(meaning.label))
}

/// Whether two values of a field say the same.
pub(super) fn same(field: FieldName, a: &str, b: &str) -> bool {
    let amount = |text: &str| text.parse::<rust_decimal::Decimal>().ok();
    match field {
        FieldName::SellerTaxId | FieldName::BuyerTaxId => tax_id::same(a, b),
        _ => a == b || matches!((amount(a), amount(b)), (Some(a), Some(b)) if a == b),
    }
}
