//! Tax ids on a paper, and whose they are.

use std::ops::Range;

use super::region::{Region, Side, inside};
use crate::context::Context;
use crate::extract::after::{self, Place};
use crate::extract::labels::{Hit, Labels};
use crate::extract::pick::Choice;
use crate::extract::sheet::Sheet;
use crate::extract::weights::Weights;
use crate::page::Box;
use crate::reading::FieldName;
use crate::value::country::Country;
use crate::value::tax_id::{self, TaxId};
use crate::vocab::Label;

/// A tax id with the evidence for each side.
#[derive(Debug)]
pub(super) struct IdAt {
    choice: Choice,
    seller: f32,
    buyer: f32,
    order: usize,
    section: Option<Side>,
}

/// A number that is labelled as a tax id, or has the prefix of a country, wherever it stands.
#[derive(Debug)]
pub(super) struct Found {
    value: String,
    words: Range<u32>,
    score: f32,
    said: Option<Side>,
    valid: bool,
}

impl Found {
    /// Where it stands, if its check digit is right and no word calls it the buyer's.
    pub fn place(&self, sheet: &Sheet<'_>) -> Option<Box> {
        (self.valid && self.said != Some(Side::Buyer)).then(|| sheet.bbox(self.words.clone()))
    }
}

/// All of a paper.
pub(super) fn find(sheet: &Sheet<'_>, labels: &Labels<'_>, weights: &Weights) -> Vec<Found> {
    let mut out: Vec<Found> = Vec::new();
    for hit in &labels.hits {
        let Some((said, weak, local)) = id_label(labels, hit) else { continue };
        let read = |place: after::After| {
            let (value, words) = id_of(sheet, &place).or_else(|| id_within(sheet, labels, &place))?;
            let value = continued(sheet, labels, &value, &words).unwrap_or(value);
            Some((is_valid(labels, &value), value, words, place.place))
        };
        // Of two places with numbers the one whose check digit is right.
        let places: Vec<_> = after::after(sheet, labels, hit).into_iter().filter_map(read).collect();
        let Some((valid, value, words, place)) = places.iter().find(|(valid, ..)| *valid).or(places.first()).cloned() else {
            continue;
        };
        let odd = value.ends_with(|c: char| c.is_ascii_alphabetic()) && !valid;
        if weak && !valid && !value.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let mut score =
            2.0 + if valid { weights.checksum * 0.6 } else { 0.0 } - if local { 2.2 } else { 0.0 } - if weak { 1.0 } else { 0.0 };
        score -= if place == Place::Below { 0.6 } else { 0.0 } + if odd { 1.2 } else { 0.0 };
        out.push(Found { value, words, score, said, valid });
    }
    for word in 0..sheet.words.len() as u32 {
        let text = sheet.words[word as usize].token.text.trim_matches(|c: char| !c.is_alphanumeric());
        let value = tax_id::compact(text);
        let prefixed = (10..=14).contains(&value.len())
            && text.bytes().take(2).all(|b| b.is_ascii_uppercase())
            && value.bytes().skip(2).filter(u8::is_ascii_digit).count() >= 7;
        if (prefixed || is_cnpj(text))
            && TaxId::parse(&value, is_cnpj(text).then(|| Country::parse("BR")).flatten()).is_ok()
            && !out.iter().any(|i| tax_id::same(&i.value, &value) && i.words == (word..word + 1))
        {
            out.push(Found { value, words: word..word + 1, score: 2.2, said: None, valid: true });
        }
    }
    out
}

/// Whose each of them is.
pub(super) fn tax_ids(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    regions: &[Region],
    found: Vec<Found>,
    weights: &Weights,
) -> Vec<IdAt> {
    let mut out: Vec<IdAt> = Vec::new();
    for id in found {
        let row = sheet.words[id.words.start as usize].row;
        let said = id.said.or_else(|| in_sentence(labels, regions, id.words.start, row));
        add_id(sheet, &mut out, regions, id.value, id.words, id.score, said);
    }
    bare_ids(sheet, labels, regions, weights, &mut out);
    out
}

/// `Recebi da empresa ALFA LTDA, inscrita no CNPJ sob o nº …`: the id in a sentence that names a party, on its line or the next.
fn in_sentence(labels: &Labels<'_>, regions: &[Region], word: u32, row: u32) -> Option<Side> {
    let near = |r: &&Region| r.sentence && (r.rows.start..r.rows.start + 2).contains(&row);
    let before = regions.iter().filter(near).filter_map(|r| Some((r.side, labels.hits[r.hit?].words.end)));
    before.filter(|(_, end)| *end <= word && word - end < 20).max_by_key(|(_, end)| *end).map(|(side, _)| side)
}

/// `991635448`, `Odunpazarı 58155505352`: a number that ends a line of a party's block without a word for it, where the block has no
/// other. Its check digit says what it is.
fn bare_ids(sheet: &Sheet<'_>, labels: &Labels<'_>, regions: &[Region], weights: &Weights, out: &mut Vec<IdAt>) {
    for region in regions.iter().filter(|r| r.side != Side::Other && !r.sentence) {
        if out.iter().any(|id| id.section == Some(region.side)) {
            continue;
        }
        let cells = region.rows.clone().take(7).flat_map(|row| sheet.row(row).cells.clone());
        let bare = |index: u32| {
            let cell = sheet.cell(index);
            let word = cell.words.end - 1;
            let text = sheet.words[word as usize].token.text.as_str();
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'-') && !text.starts_with('0');
            let labelled = labels.row(cell.row).iter().any(|h| h.cell == index && after::blocks(labels, h));
            let value = tax_id::compact(text);
            let own = inside(regions, sheet, cell.row, sheet.bbox(word..word + 1)) == Some(region.side);
            (own && plain && !labelled && (8..=11).contains(&digits) && is_valid(labels, &value)).then_some((value, word))
        };
        if let Some((value, word)) = cells.filter_map(bare).next() {
            add_id(sheet, out, regions, value, word..word + 1, 1.0 + weights.checksum * 0.6, None);
        }
    }
}

/// Whether its check digit is right in the country it names, or in one that the paper's language is at home in.
fn is_valid(labels: &Labels<'_>, value: &str) -> bool {
    if TaxId::parse(value, None).is_ok() {
        return true;
    }
    let home = labels.language.map(|l| labels.vocab.languages()[usize::from(l)].countries.as_slice()).unwrap_or_default();
    home.iter().any(|c| TaxId::parse(value, Some(*c)).is_ok())
}

/// `12.345.678/0001-95`
fn is_cnpj(text: &str) -> bool {
    text.len() == 18
        && text.as_bytes()[2] == b'.'
        && text.as_bytes()[6] == b'.'
        && text.as_bytes()[10] == b'/'
        && text.as_bytes()[15] == b'-'
}

/// Which side a label of a tax id names itself, whether it is weak, whether it is a local number.
fn id_label(labels: &Labels<'_>, hit: &Hit) -> Option<(Option<Side>, bool, bool)> {
    let wanted =
        |l: Label| matches!(l, Label::TaxId | Label::LocalTaxId | Label::Field(FieldName::SellerTaxId | FieldName::BuyerTaxId));
    let (meaning, weight) = labels.means(hit, wanted)?;
    if weight < 0.3 {
        return None;
    }
    Some(match meaning.label {
        Label::Field(FieldName::SellerTaxId) => (Some(Side::Seller), meaning.weak, false),
        Label::Field(FieldName::BuyerTaxId) => (Some(Side::Buyer), meaning.weak, false),
        Label::LocalTaxId => (None, meaning.weak, true),
        _ => (None, meaning.weak, false),
    })
}

/// The id at the start of some words: digits with perhaps a country before, in one word or several.
fn id_of(sheet: &Sheet<'_>, place: &after::After) -> Option<(String, Range<u32>)> {
    let mut joined = String::new();
    let mut end = place.words.start;
    for word in place.words.clone().take(6) {
        let text = if word == place.words.start {
            place.first.as_deref().unwrap_or(&sheet.words[word as usize].token.text)
        } else {
            &sheet.words[word as usize].token.text
        };
        let core = text.trim_matches(|c: char| !c.is_alphanumeric());
        let digits = core.bytes().filter(u8::is_ascii_digit).count();
        let letters = core.chars().filter(|c| c.is_alphabetic()).count();
        // An amount.
        if core.contains(',') {
            break;
        }
        let prefix = joined.is_empty() && digits == 0 && core.len() == 2 && core.bytes().all(|b| b.is_ascii_uppercase());
        let more = joined.bytes().filter(u8::is_ascii_digit).count() < 9 || digits <= 3;
        if !(prefix || (digits > 0 && letters <= 4 && more)) || joined.len() + core.len() > 20 || text.contains('@') {
            break;
        }
        joined.push_str(core);
        end = word + 1;
        if text.ends_with([',', ';']) {
            break;
        }
    }
    let value = country_spelt(tax_id::compact(&joined));
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    ((6..=18).contains(&digits) && value.len() <= 18).then_some((value, place.words.start..end))
}

/// `Nilüfer / 5188988408`: something else before the number, whose check digit proves it.
fn id_within(sheet: &Sheet<'_>, labels: &Labels<'_>, place: &after::After) -> Option<(String, Range<u32>)> {
    let rest = place.words.start + 1..place.words.end.min(place.words.start + 6);
    rest.filter(|w| !labels.row(sheet.words[*w as usize].row).iter().any(|h| h.words.contains(w) && h.colon))
        .map(|w| after::After { words: w..place.words.end, first: None, place: place.place })
        .filter_map(|later| id_of(sheet, &later))
        .find(|(value, _)| value.bytes().filter(u8::is_ascii_digit).count() >= 8 && is_valid(labels, value))
}

/// A number that a narrow column breaks over two lines: the check digit says whether the digits below belong to it.
fn continued(sheet: &Sheet<'_>, labels: &Labels<'_>, value: &str, words: &Range<u32>) -> Option<String> {
    let last = words.clone().next_back()?;
    let at = sheet.bbox(words.clone());
    let cell = sheet.words[last as usize].cell;
    if sheet.cell(cell).words.end != last + 1 || is_valid(labels, value) {
        return None;
    }
    let below = sheet.rows.get(sheet.words[last as usize].row as usize + 1)?;
    let next = below
        .cells
        .clone()
        .map(|c| sheet.cell(c))
        .find(|c| (c.bbox.left - at.left).abs() < 3.0 || (c.bbox.left - sheet.cell(cell).bbox.left).abs() < 3.0)?;
    let text = &sheet.words[next.words.start as usize].token.text;
    let digits = (1..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let joined = format!("{value}{text}");
    (digits && below.bbox.top - at.bottom < at.height() && is_valid(labels, &joined)).then_some(joined)
}

/// `R0 123`: no country is called so, but an engine takes the O of Romania for a zero where digits follow.
fn country_spelt(value: String) -> String {
    match value.strip_prefix("R0") {
        Some(rest) if rest.bytes().all(|b| b.is_ascii_digit()) => format!("RO{rest}"),
        _ => value,
    }
}

fn add_id(
    sheet: &Sheet<'_>,
    out: &mut Vec<IdAt>,
    regions: &[Region],
    value: String,
    words: Range<u32>,
    score: f32,
    said: Option<Side>,
) {
    let row = sheet.words[words.start as usize].row;
    let bbox = sheet.bbox(words.clone());
    let section = inside(regions, sheet, row, bbox).or_else(|| in_footer(sheet, row, bbox).then_some(Side::Seller));
    let side = said.or(section);
    let (seller, buyer) = match side {
        Some(Side::Seller) => (score + 1.5, score - 2.5),
        Some(Side::Buyer) => (score - 2.5, score + 1.5),
        Some(Side::Other) => (score - 2.0, score - 2.0),
        None => (score, score - 1.5),
    };
    let order = out.len();
    let score = score - (1.0 - sheet.confidence(words.clone()));
    let choice = Choice {
        value,
        score,
        page: Some(sheet.page_number(row)),
        bbox: Some(bbox),
        raw: Some(sheet.text(words)),
        alternatives: Vec::new(),
    };
    out.push(IdAt { choice, seller, buyer, order, section: side });
}

/// The foot of a page, where only the seller writes.
fn in_footer(sheet: &Sheet<'_>, row: u32, bbox: Box) -> bool {
    let page = &sheet.pages[usize::from(sheet.row(row).page)];
    bbox.top > 0.86 * page.height
}

/// The company's own id is the buyer's, unless it stands in the seller's block.
pub(super) fn assign_ids(ids: &mut [IdAt], context: &Context) {
    let own = context.company.as_ref().map(|c| c.tax_ids.as_slice()).unwrap_or_default();
    for id in ids.iter_mut() {
        if own.iter().any(|o| tax_id::same(o, &id.choice.value)) && id.section != Some(Side::Seller) {
            id.buyer += 3.0;
            id.seller -= 3.0;
        }
    }
}

pub(super) fn best_id(ids: &[IdAt], side: Side) -> Option<Choice> {
    let own = |i: &IdAt| if side == Side::Seller { i.seller } else { i.buyer };
    // The same number in the other party's block speaks against it.
    let rival = |i: &IdAt| {
        let same = ids.iter().filter(|o| {
            o.section.is_some_and(|s| s != side && s != Side::Other) && tax_id::same(&o.choice.value, &i.choice.value)
        });
        same.map(|o| if side == Side::Seller { o.buyer } else { o.seller }).fold(0.0, f32::max)
    };
    let order = |i: &IdAt| 0.05 * i.order as f32;
    let mut ranked: Vec<(f32, &IdAt)> = ids.iter().map(|i| (own(i) - order(i) - 0.7 * rival(i), i)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    if ranked.first()?.0 < 0.2 {
        // Both parties print one number: each has it from its own place.
        ranked.iter_mut().for_each(|(score, id)| *score = own(id) - order(id) - 0.5);
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    }
    let (best_score, best) = *ranked.first().filter(|(score, _)| *score >= 0.2)?;
    // What is surer to be the other side's is not this side's, unless both print the same number.
    if side == Side::Buyer && best.section != Some(Side::Buyer) {
        let seller = best_id(ids, Side::Seller).map(|c| c.value);
        let rest = ranked.iter().find(|(s, i)| *s >= 0.2 && Some(&i.choice.value) != seller.as_ref())?;
        return Some(Choice { score: rest.0 - 0.5, ..rest.1.choice.clone() });
    }
    // What stands in the buyer's block alone, and is the buyer's, is not the seller's for want of another.
    if side == Side::Seller
        && best.section == Some(Side::Buyer)
        && ids.iter().all(|i| i.section == Some(Side::Buyer) || !tax_id::same(&i.choice.value, &best.choice.value))
        && ids
            .iter()
            .max_by(|a, b| a.buyer.total_cmp(&b.buyer))
            .is_some_and(|b| tax_id::same(&b.choice.value, &best.choice.value))
    {
        return None;
    }
    let mut alternatives: Vec<Choice> = Vec::new();
    for (score, id) in &ranked {
        if !tax_id::same(&id.choice.value, &best.choice.value)
            && !alternatives.iter().any(|a| a.value == id.choice.value)
            && alternatives.len() < 3
        {
            alternatives.push(Choice { score: *score, ..id.choice.clone() });
        }
    }
    Some(Choice { score: best_score, alternatives, ..best.choice.clone() })
}
