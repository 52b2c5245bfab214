//! Where a value stood: its labels, its place, its form; and the values on a paper that stand so.

use std::ops::Range;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Place, View};
use crate::extract::bind::overlap;
use crate::extract::confidence::Kind;
use crate::page::Box;
use crate::reading::FieldName;
use crate::value::{amount, iban, tax_id};
use crate::vocab;

/// Where a value stood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Spot {
    /// Page, counted from the first.
    page: u16,
    /// Page, counted from the last.
    from_end: u16,
    place: Place,
    /// What stands before it in its row, folded, without blanks.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    left: String,
    /// What stands above it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    above: String,
    /// The label is in the value's own cell.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    inline: bool,
    /// It begins its cell, or follows a label in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    starts: bool,
    /// It ends its cell.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    ends: bool,
    /// What the value has before what is printed: the country of an account or a tax id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    prefix: String,
    /// Values of its kind between its label and itself.
    #[serde(default)]
    passed: u16,
    /// Its form: `A/9/9`.
    shape: String,
}

/// A value as it stands on the paper.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub value: String,
    pub words: Range<u32>,
}

/// How values of a field are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Amount,
    Date,
    Id,
    Text,
}

fn form(field: FieldName) -> Form {
    use FieldName as F;
    match (Kind::of(field), field) {
        (Kind::Amount, _) | (_, F::AllowancesTotal | F::ChargesTotal | F::Withholding | F::AmountPaid) => Form::Amount,
        (Kind::Date, _) => Form::Date,
        (Kind::TaxId, _) | (_, F::Iban) => Form::Id,
        _ => Form::Text,
    }
}

/// Changes between letters, digits and signs in a number.
const MOST_SIGNS: usize = 9;
/// Longest value of words: a company's name.
const LONGEST: u32 = 10;

/// Every place where this value stands.
pub(super) fn occurrences(view: &View<'_>, field: FieldName, value: &str) -> Vec<Span> {
    match form(field) {
        Form::Amount => {
            let Ok(wanted) = value.parse::<Decimal>() else { return Vec::new() };
            let same = |span: &Span| span.value.parse::<Decimal>().is_ok_and(|v| v.abs() == wanted.abs());
            let spans = amounts(view).filter(same);
            spans.map(|span| Span { value: value.to_owned(), ..span }).collect()
        }
        Form::Date => dates(view).filter(|span| span.value == value).collect(),
        form => {
            let wanted = squeezed(form, value);
            if wanted.len() < 2 {
                return Vec::new();
            }
            let is = |span: &Span| {
                let got = squeezed(form, &span.value);
                got == wanted || (form == Form::Id && (tax_id::same(&got, &wanted) || prefix(&got, &wanted).is_some()))
            };
            runs(view, |_| true).filter(is).collect()
        }
    }
}

/// The two letters of a country that `wanted` has before `got`.
fn prefix<'w>(got: &str, wanted: &'w str) -> Option<&'w str> {
    let prefix = wanted.strip_suffix(got).filter(|prefix| got.len() >= 6 && prefix.len() == 2)?;
    prefix.bytes().all(|b| b.is_ascii_uppercase()).then_some(prefix)
}

/// Letters and digits of a value: what must be the same.
fn squeezed(form: Form, value: &str) -> String {
    match form {
        Form::Id => tax_id::compact(value),
        _ => vocab::compact(&crate::fold::fold(value)),
    }
}

fn amounts<'v>(view: &'v View<'_>) -> impl Iterator<Item = Span> + 'v {
    let money = view.found.amounts.iter().filter(|at| !at.amount.percent);
    money.map(|at| Span { value: at.amount.value.to_string(), words: at.words.clone() })
}

fn dates<'v>(view: &'v View<'_>) -> impl Iterator<Item = Span> + 'v {
    view.found.dates.iter().map(|at| Span { value: at.found.date.to_string(), words: at.words.clone() })
}

/// Runs of words within cells that `wanted` does not refuse. What is glued before a colon is a label.
fn runs<'v>(view: &'v View<'_>, wanted: impl Fn(&str) -> bool + 'v) -> impl Iterator<Item = Span> + 'v {
    view.sheet.cells.iter().flat_map(move |cell| {
        let mut spans = Vec::new();
        for start in cell.words.clone() {
            for end in start + 1..=cell.words.end.min(start + LONGEST) {
                let words = start..end;
                let printed = view.sheet.text(words.clone());
                let text = without_label(&printed);
                if !text.is_empty() && wanted(text) {
                    spans.push(Span { value: text.to_owned(), words });
                }
            }
        }
        spans
    })
}

/// `Nr:FV/7/26` is `FV/7/26`; and no punctuation around.
fn without_label(text: &str) -> &str {
    let first = text.split(' ').next().unwrap_or(text);
    let cut = first
        .rfind([':', '#', '№'])
        .filter(|at| at + 1 < text.len())
        .map_or(0, |at| at + first[at..].chars().next().map_or(1, char::len_utf8));
    text[cut..].trim_matches(|c: char| matches!(c, ',' | ';' | ':' | '(' | ')' | '*' | '|' | '"' | '#' | ' ' | '.'))
}

/// Letters to `A`, digits to `9`, runs as one; signs stay.
fn shape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        let class = match c {
            c if c.is_numeric() => '9',
            c if c.is_alphabetic() => 'A',
            c if c.is_whitespace() => ' ',
            c => c,
        };
        if !out.ends_with(class) {
            out.push(class);
        }
    }
    out
}

impl Spot {
    /// Describes where a value stands.
    pub fn of(view: &View<'_>, field: FieldName, span: &Span) -> Spot {
        Spot::described(view, field, span, String::new())
    }

    /// The same for a value that a person approved, which may have a prefix that is not printed.
    pub fn taught(view: &View<'_>, field: FieldName, span: &Span, approved: &str) -> Spot {
        let printed = tax_id::compact(&span.value);
        let approved = tax_id::compact(approved);
        let prefix = if form(field) == Form::Id { prefix(&printed, &approved).unwrap_or_default() } else { "" };
        Spot::described(view, field, span, prefix.to_owned())
    }

    fn described(view: &View<'_>, field: FieldName, span: &Span, prefix: String) -> Spot {
        let sheet = &view.sheet;
        let first = &sheet.words[span.words.start as usize];
        let (row, bbox) = (first.row, sheet.bbox(span.words.clone()));
        let page = sheet.row(row).page;
        let (left, inline, start) = left_of(view, span);
        let between = start..span.words.start;
        let passed = match form(field) {
            Form::Amount => amounts(view).filter(|other| between.contains(&other.words.start)).count(),
            Form::Date => dates(view).filter(|other| between.contains(&other.words.start)).count(),
            _ => 0,
        };
        Spot {
            page,
            from_end: (sheet.pages.len() as u16).saturating_sub(1).saturating_sub(page),
            place: view.place(row, bbox),
            left,
            above: above(view, row, bbox),
            inline,
            starts: starts(view, span),
            ends: sheet.cell(first.cell).words.end == span.words.end,
            prefix,
            passed: passed as u16,
            shape: shape(&span.value),
        }
    }

    /// What names it: the words before it, else those above.
    pub fn label(&self) -> &str {
        if self.left.is_empty() { &self.above } else { &self.left }
    }

    /// Points for the words around: one label is enough, since what stands on the other side may change with the buyer.
    fn labelled(&self, other: &Spot) -> f32 {
        let (left, above) = (same_label(&self.left, &other.left), same_label(&self.above, &other.above));
        let best = left.max(0.8 * above);
        match (best > 0.0, self.left.is_empty() && self.above.is_empty()) {
            (true, _) => 3.0 * best + 0.8 * left.min(above),
            (false, true) => 0.5,
            (false, false) => -1.5,
        }
    }

    /// How well another spot fits this one, in points; see [`ENOUGH`].
    fn fit(&self, other: &Spot, form: Form) -> f32 {
        let across = (self.place.left - other.place.left).abs().min((self.place.right - other.place.right).abs());
        let down = (self.place.y - other.place.y).abs();
        let across = match across {
            d if d < 0.012 => 1.5,
            d if d < 0.03 => 0.8,
            d if d > 0.15 => -1.5,
            _ => 0.0,
        };
        let down = match down {
            d if d < 0.015 => 1.5,
            d if d < 0.05 => 0.7,
            d if d > 0.35 => -0.5,
            _ => 0.0,
        };
        let page = if self.page == other.page || self.from_end == other.from_end { 0.0 } else { -1.0 };
        let edge = |same: bool| if same { 0.5 } else { -0.7 };
        let edges = match form {
            Form::Amount | Form::Date => 1.0,
            _ => edge(self.starts == other.starts) + edge(self.ends == other.ends),
        };
        let form = match form {
            Form::Amount | Form::Date => 1.0,
            _ if self.shape == other.shape => 1.0,
            _ if self.shape.contains('9') != other.shape.contains('9') => -1.5,
            Form::Id => -0.5,
            Form::Text => 0.0,
        };
        let order = if self.passed == other.passed { 0.3 } else { -0.3 };
        self.labelled(other) + across + down + page + form + order + edges
    }
}

/// Whether a value begins its cell, or follows what names it there: a colon, or the end of a label.
fn starts(view: &View<'_>, span: &Span) -> bool {
    let sheet = &view.sheet;
    let word = span.words.start;
    let first = &sheet.words[word as usize];
    if sheet.cell(first.cell).words.start == word {
        return true;
    }
    let before = &sheet.words[word as usize - 1].token.text;
    before.ends_with([':', '.', '#', '№']) || view.labels.row(first.row).iter().any(|hit| hit.words.end == word)
}

/// How far two labels are the same: 1 for the same words, less for words that recognition changed or that go on in another way.
fn same_label(own: &str, other: &str) -> f32 {
    let shared = own.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    match () {
        () if own.is_empty() || other.is_empty() => 0.0,
        () if own == other => 1.0,
        () if likeness(own, other) >= 0.75 => 0.8,
        () if own.ends_with(other) || other.ends_with(own) || shared >= BEGINNING => 0.6,
        () => 0.0,
    }
}

/// Letters that two labels begin with alike to be one, whatever follows (the name of a tax office).
const BEGINNING: usize = 6;

/// Share of pairs of letters that two texts have in common (Dice).
fn likeness(a: &str, b: &str) -> f32 {
    let pairs = |text: &str| -> Vec<(char, char)> { text.chars().zip(text.chars().skip(1)).collect() };
    let (mut left, right) = (pairs(b), pairs(a));
    let all = left.len() + right.len();
    let mut shared = 0;
    for pair in right {
        if let Some(at) = left.iter().position(|other| *other == pair) {
            left.swap_remove(at);
            shared += 2;
        }
    }
    if all == 0 { 0.0 } else { shared as f32 / all as f32 }
}

/// The words that name a value in its row: in its cell before it, else in the nearest cell of words left of it. With whether
/// they are in its cell, and the word after them.
fn left_of(view: &View<'_>, span: &Span) -> (String, bool, u32) {
    let sheet = &view.sheet;
    let first = &sheet.words[span.words.start as usize];
    let cell = sheet.cell(first.cell);
    let own = words_of(view, cell.words.start..span.words.start);
    if own.len() >= 2 {
        return (own, true, span.words.start);
    }
    // `Nr:FV/7/26`
    if let Some((label, _)) = first.token.text.rsplit_once([':', '#']).filter(|(_, rest)| !rest.is_empty()) {
        let label = vocab::compact(&crate::fold::fold(label));
        if label.len() >= 2 && !label.contains(|c: char| c.is_numeric()) {
            return (label, true, span.words.start);
        }
    }
    for index in sheet.row(first.row).cells.clone().rev().filter(|index| *index < first.cell) {
        let words = sheet.cell(index).words.clone();
        let text = words_of(view, words.clone());
        if text.chars().count() >= 2 {
            return (text, false, words.end);
        }
    }
    (String::new(), false, sheet.row(first.row).words.start)
}

/// Words without figures, folded and joined; nothing if most are figures, amounts or dates.
fn words_of(view: &View<'_>, words: Range<u32>) -> String {
    let mut out = String::new();
    let count = words.len();
    let mut figures = 0;
    for word in words {
        let text = view.sheet.folded(word);
        match text.contains(|c: char| c.is_numeric()) || amount::currency_sign(text).is_some() {
            true => figures += 1,
            false => out.extend(text.chars().filter(|c| c.is_alphanumeric())),
        }
    }
    if figures * 2 > count { String::new() } else { out }
}

/// The nearest words above a value.
fn above(view: &View<'_>, row: u32, bbox: Box) -> String {
    let page = view.sheet.row(row).page;
    for above in (row.saturating_sub(14)..row).rev().take_while(|r| view.sheet.row(*r).page == page) {
        let cells = view.sheet.row(above).cells.clone();
        let over = cells.filter(|index| overlap(view.sheet.cell(*index).bbox, bbox) > 0.3);
        let text: String = over.map(|index| words_of(view, view.sheet.cell(index).words.clone())).collect();
        if text.chars().count() >= 2 {
            return text;
        }
    }
    String::new()
}

/// A value found again.
#[derive(Clone, Debug)]
pub(super) struct Again {
    pub value: String,
    pub words: Range<u32>,
    /// Points of its best spot.
    pub points: f32,
    /// Points over the best other value.
    pub margin: f32,
}

/// Points from which a spot is the same.
const ENOUGH: f32 = 4.5;
/// Points by which it must be better than any other value.
const CLEAR: f32 = 0.4;

/// The value that stands where the spots say, if one does so clearly.
pub(super) fn locate(view: &View<'_>, field: FieldName, spots: &[Spot]) -> Option<Again> {
    let mut best: Vec<(Again, f32)> = Vec::new();
    for span in candidates(view, field, spots) {
        let here = Spot::of(view, field, &span);
        let fits = spots.iter().map(|spot| (spot.fit(&here, form(field)), spot));
        let Some((points, spot)) = fits.max_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
        let value = if span.value.starts_with(&spot.prefix) { span.value } else { format!("{}{}", spot.prefix, span.value) };
        match best.iter_mut().find(|(known, _)| known.value == value) {
            // A value that stands at several of its spots is the surer for it.
            Some((known, sum)) => {
                *sum = sum.max(points) + if points >= ENOUGH && *sum >= ENOUGH { 0.5 } else { 0.0 };
                if points > known.points {
                    known.points = points;
                    known.words = span.words;
                }
            }
            None => best.push((Again { value, words: span.words, points, margin: 9.0 }, points)),
        }
    }
    best.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (first, sum) = best.first().cloned()?;
    // Shorter and longer runs of the same words are no other value.
    let apart = |other: &&(Again, f32)| other.0.words.end <= first.words.start || first.words.end <= other.0.words.start;
    let second = best.iter().skip(1).find(apart).map_or(f32::MIN, |(_, sum)| *sum);
    let margin = (sum - second).min(9.0);
    (first.points >= ENOUGH && margin >= CLEAR).then_some(Again { margin, ..first })
}

/// Values of the field's kind on the paper; of text only what has the form it had.
fn candidates(view: &View<'_>, field: FieldName, spots: &[Spot]) -> Vec<Span> {
    match form(field) {
        Form::Amount => amounts(view).collect(),
        Form::Date => dates(view).collect(),
        form => {
            let shapes: Vec<String> = spots.iter().map(|spot| spot.shape.clone()).collect();
            let digits = shapes.iter().any(|shape| shape.contains('9'));
            let fits = move |text: &str| {
                let shape = shape(text);
                // Numbers may change their form, but they keep being numbers; names keep being words.
                let other = shape.contains('9') == digits && text.len() >= 3 && (!digits || shape.len() <= MOST_SIGNS);
                shapes.contains(&shape) || other
            };
            let is_label = |span: &Span| {
                let row = view.sheet.words[span.words.start as usize].row;
                let hits = view.labels.row(row);
                hits.iter().any(|hit| {
                    (hit.colon || hit.whole || hit.leads) && hit.words.start < span.words.end && span.words.start < hit.words.end
                }) && !span.value.contains(|c: char| c.is_numeric())
            };
            let spans =
                runs(view, fits).filter(move |span| form != Form::Text || field == FieldName::Currency || !is_label(span));
            match field {
                FieldName::Iban => spans
                    .filter(|span| iban::looks_like(&iban::compact(&span.value)) || span.value.len() >= 20)
                    .map(|span| Span { value: iban::compact(&span.value), ..span })
                    .collect(),
                FieldName::SellerTaxId | FieldName::BuyerTaxId => {
                    spans.map(|span| Span { value: tax_id::compact(&span.value), ..span }).collect()
                }
                _ => spans.collect(),
            }
        }
    }
}
