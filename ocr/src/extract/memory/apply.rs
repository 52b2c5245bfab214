//! What memory says about a new paper.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::learn::same;
use super::spot::{self, Again};
use super::{Lesson, Remembered, View, may_amend, seller};
use crate::page::Page;
use crate::reading::{Alternative, Field, FieldName, Finding, Reading, Severity};
use crate::value::tax_id::TaxId;

/// Name of what chose a value, in [`Field::via`].
const VIA: &str = "memory";
/// How sure a value is that memory alone vouches for, by how often its lesson held before.
const SURE: [f32; 3] = [0.85, 0.92, 0.95];
/// Values the reader is less sure of than this are worth another look, if memory was right often enough.
const UNSURE: f32 = 0.7;

/// Puts what the office remembers of this seller over a reading: corrected fields as they were taught, gaps filled, agreement
/// made surer. Gives the memory that spoke.
pub fn amend<'m>(reading: &mut Reading, pages: &[Page], memory: &'m [Remembered]) -> Option<&'m Remembered> {
    if memory.is_empty() || pages.is_empty() {
        return None;
    }
    let view = View::new(pages);
    let chosen = choose(&view, reading, memory)?;
    let mut changed = Vec::new();
    let before = reading.fields.clone();
    for (field, lesson) in &chosen.layout.lessons {
        if may_amend(reading, *field) && apply(&view, reading, *field, lesson) {
            changed.push(*field);
        }
    }
    // Figures that add up prove themselves; memory does not put others in their place.
    if adds_up(&before) && !adds_up(&reading.fields) {
        for field in TOTALS {
            changed.retain(|f| *f != field);
            reading.fields.remove(&field);
            reading.fields.extend(before.get(&field).map(|read| (field, read.clone())));
        }
    }
    if !changed.is_empty() {
        let names: Vec<&str> = changed.iter().map(|field| field.as_str()).collect();
        let message = format!(
            "Chosen as it was approved on earlier papers of this seller (memory {}, version {}): {}.",
            chosen.id,
            chosen.version,
            names.join(", ")
        );
        reading.findings.push(Finding { code: VIA.to_owned(), severity: Severity::Info, fields: changed, message });
    }
    Some(chosen)
}

/// What must add up: net, VAT, gross.
const TOTALS: [FieldName; 3] = [FieldName::TotalNet, FieldName::TotalVat, FieldName::TotalGross];

fn adds_up(fields: &BTreeMap<FieldName, Field>) -> bool {
    let [net, vat, gross] = TOTALS.map(|field| fields.get(&field).and_then(|f| f.value.parse::<Decimal>().ok()));
    matches!((net, vat, gross), (Some(net), Some(vat), Some(gross)) if !vat.is_zero() && (net + vat - gross).abs() <= Decimal::new(2, 2))
}

/// The memory whose layout a paper has, if any.
pub fn fitting<'m>(reading: &Reading, pages: &[Page], memory: &'m [Remembered]) -> Option<&'m Remembered> {
    choose(&View::new(pages), reading, memory)
}

fn choose<'m>(view: &View<'_>, reading: &Reading, memory: &'m [Remembered]) -> Option<&'m Remembered> {
    let (printed, marks) = (seller::printed(view), view.marks());
    let alike = memory.iter().filter_map(|m| Some((seller::likeness(view, reading, &m.layout, &printed, &marks)?, m)));
    alike.max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.version.cmp(&b.1.version))).map(|(_, chosen)| chosen)
}

/// Whether the lesson changed the field.
fn apply(view: &View<'_>, reading: &mut Reading, field: FieldName, lesson: &Lesson) -> bool {
    let again = spot::locate(view, field, &lesson.spots);
    let read = reading.fields.get(&field);
    if lesson.absent {
        let gone = matches!((&again, read), (Some(again), Some(read)) if same(field, &again.value, &read.value));
        if gone {
            reading.fields.remove(&field);
        }
        return gone;
    }
    let told = again.filter(|again| plausible(field, again, read)).map(|again| placed(view, &again, lesson));
    let told = told.or_else(|| lesson.constant.as_ref().map(|value| constant(view, field, value, lesson)));
    let Some(told) = told else { return false };
    match read {
        Some(read) if same(field, &read.value, &told.value) => {
            if let Some(read) = reading.fields.get_mut(&field) {
                read.confidence = read.confidence.max(told.confidence);
            }
            false
        }
        Some(read) if !(lesson.corrected || lesson.right >= 2 && read.confidence < UNSURE) => false,
        _ => {
            let told = beside(told, reading.fields.remove(&field));
            reading.fields.insert(field, told);
            true
        }
    }
}

/// What was read before is the first of the other values it could be.
fn beside(told: Field, read: Option<Field>) -> Field {
    let Some(read) = read else { return told };
    let other = Alternative {
        value: read.value,
        confidence: (1.0 - told.confidence).min(read.confidence),
        page: read.page,
        bbox: read.bbox,
    };
    let rest = read.alternatives.into_iter().filter(|a| a.value != told.value);
    Field { alternatives: std::iter::once(other).chain(rest).take(3).collect(), ..told }
}

fn placed(view: &View<'_>, again: &Again, lesson: &Lesson) -> Field {
    let row = view.sheet.words[again.words.start as usize].row;
    let sure = confidence(lesson) * if again.points < 6.0 || again.margin < 1.0 { 0.9 } else { 1.0 };
    Field {
        value: again.value.clone(),
        confidence: sure * view.sheet.confidence(again.words.clone()),
        source: view.source,
        via: Some(VIA.to_owned()),
        page: Some(view.sheet.page_number(row)),
        bbox: Some(view.sheet.bbox(again.words.clone())),
        raw: Some(view.sheet.text(again.words.clone())),
        alternatives: Vec::new(),
    }
}

/// A value that is the seller's own wherever its key is printed, even if the paper shows it as a picture only.
fn constant(view: &View<'_>, field: FieldName, value: &str, lesson: &Lesson) -> Field {
    let printed = spot::occurrences(view, field, value).into_iter().next().map(|span| span.words);
    let row = |words: &std::ops::Range<u32>| view.sheet.words[words.start as usize].row;
    Field {
        value: value.to_owned(),
        confidence: confidence(lesson),
        source: view.source,
        via: Some(VIA.to_owned()),
        page: printed.as_ref().map(|words| view.sheet.page_number(row(words))),
        bbox: printed.clone().map(|words| view.sheet.bbox(words)),
        raw: printed.map(|words| view.sheet.text(words)),
        alternatives: Vec::new(),
    }
}

fn confidence(lesson: &Lesson) -> f32 {
    let step = (lesson.right.saturating_sub(1).saturating_sub(lesson.wrong) as usize).min(SURE.len() - 1);
    SURE[step]
}

/// A tax id that names its country must check, and so must one in place of one that does; a number has a digit, and does not go on with
/// something else than what was read.
fn plausible(field: FieldName, again: &Again, read: Option<&Field>) -> bool {
    let id = matches!(field, FieldName::SellerTaxId | FieldName::BuyerTaxId);
    let named = |value: &str| value.bytes().take(2).all(|b| b.is_ascii_uppercase());
    let checks = |value: &str, home| TaxId::parse(value, home).ok();
    if id {
        let read = read.filter(|read| named(&read.value)).and_then(|read| checks(&read.value, None));
        return match named(&again.value) {
            true => checks(&again.value, None).is_some(),
            false => read.is_none_or(|read| checks(&again.value, Some(read.country())).is_some()),
        };
    }
    if field == FieldName::InvoiceNumber {
        let longer = read.is_some_and(|read| again.value.strip_prefix(&read.value).is_some_and(|rest| rest.starts_with(' ')));
        return !longer && again.value.contains(|c: char| c.is_ascii_digit());
    }
    true
}
