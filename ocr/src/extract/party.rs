//! Seller and buyer: where their blocks are, their names, tax ids and addresses.

mod ids;

use std::ops::Range;

use super::after::{self, Place};
use super::labels::{Hit, Labels};
use super::pick::Choice;
use super::sheet::Sheet;
use super::table::Table;
use super::weights::Weights;
use crate::context::Context;
use crate::page::Box;
use crate::reading::FieldName;
use crate::value::tax_id::TaxId;
use crate::vocab::Label;

/// Whose block a region is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Seller,
    Buyer,
    Other,
}

/// A block that a section word opens.
#[derive(Debug)]
struct Region {
    side: Side,
    page: u16,
    bbox: Box,
    rows: Range<u32>,
    /// Index of the opening hit.
    hit: usize,
    strength: f32,
    /// A sentence rather than a block: it holds a name at most.
    sentence: bool,
}

/// Decides everything about the two parties.
pub(super) fn decide(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    tables: &[Table],
    context: &Context,
    weights: &Weights,
) -> Vec<(FieldName, Choice)> {
    let regions = regions(sheet, labels, tables);
    let mut out = Vec::new();
    let mut ids = ids::tax_ids(sheet, labels, &regions, weights);
    ids::assign_ids(&mut ids, context);
    for (side, id_field, country_field) in [
        (Side::Seller, FieldName::SellerTaxId, FieldName::SellerCountry),
        (Side::Buyer, FieldName::BuyerTaxId, FieldName::BuyerCountry),
    ] {
        let Some(choice) = ids::best_id(&ids, side) else { continue };
        if let Ok(id) = TaxId::parse(&choice.value, None)
            && choice.value.starts_with(|c: char| c.is_ascii_alphabetic())
        {
            out.push((
                country_field,
                Choice { value: id.country().as_str().to_owned(), alternatives: Vec::new(), ..choice.clone() },
            ));
        }
        out.push((id_field, choice));
    }
    let buyer = name_of(sheet, labels, &regions, Side::Buyer, weights);
    let seller = name_of(sheet, labels, &regions, Side::Seller, weights);
    let taken: Vec<String> = buyer.iter().map(|c| c.value.clone()).collect();
    let letterhead = || {
        super::letterhead::seller(
            sheet,
            labels,
            &|row, bbox| inside(&regions, sheet, row, bbox).is_some_and(|s| s != Side::Seller),
            &taken,
        )
    };
    let seller = match seller {
        Some(found) => Some(found),
        None => letterhead(),
    };
    let seller_value = seller.as_ref().map(|c| c.value.clone());
    let buyer = buyer.or_else(|| super::letterhead::buyer(sheet, labels, seller_value.as_deref()));
    for (side, field) in [(Side::Seller, FieldName::SellerAddress), (Side::Buyer, FieldName::BuyerAddress)] {
        if let Some(address) = address_of(sheet, labels, &regions, side) {
            out.push((field, address));
        }
    }
    out.extend(seller.map(|c| (FieldName::SellerName, c)));
    out.extend(buyer.map(|c| (FieldName::BuyerName, c)));
    out
}

/// The side of the smallest region that holds a place.
fn inside(regions: &[Region], sheet: &Sheet<'_>, row: u32, bbox: Box) -> Option<Side> {
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

fn regions(sheet: &Sheet<'_>, labels: &Labels<'_>, tables: &[Table]) -> Vec<Region> {
    let openers: Vec<(usize, Side, f32)> = labels
        .hits
        .iter()
        .enumerate()
        .filter_map(|(i, h)| side_of(labels, h).filter(|_| !in_table(tables, h.row)).map(|(s, w)| (i, s, w)))
        .collect();
    openers.iter().map(|(index, side, strength)| region(sheet, labels, tables, &openers, *index, *side, *strength)).collect()
}

fn in_table(tables: &[Table], row: u32) -> bool {
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
    let right = beside.map(|h| h.bbox.left - 0.8 * height).fold(f32::MAX, f32::min);
    let shared_left =
        others.clone().any(|h| (h.bbox.top - hit.bbox.top).abs() < 3.0 * height && h.bbox.left < hit.bbox.left - 1.0);
    // Under a heading that is centred over its column the text may start left of it.
    let left = if shared_left { hit.bbox.left - 3.0 * height } else { 0.0 };
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
    Region {
        side,
        page,
        bbox: Box { left, top: hit.bbox.top, right, bottom },
        rows: hit.row..end,
        hit: index,
        strength,
        sentence,
    }
}

/// The name in the blocks of one side: labelled, or the first line.
fn name_of(sheet: &Sheet<'_>, labels: &Labels<'_>, regions: &[Region], side: Side, weights: &Weights) -> Option<Choice> {
    let mut ranked: Vec<Choice> = Vec::new();
    for (order, region) in regions.iter().filter(|r| r.side == side).enumerate() {
        let base = weights.strong_label * region.strength - 0.2 * order as f32;
        if let Some(choice) = labelled_name(sheet, labels, regions, region) {
            ranked.push(Choice { score: base + choice.score + 1.6, ..choice });
        } else if let Some(choice) = first_line(sheet, labels, regions, region) {
            ranked.push(Choice { score: base + choice.score, ..choice });
        }
    }
    for index in 0..ranked.len() {
        let repeats = ranked.iter().filter(|c| c.value == ranked[index].value).count();
        ranked[index].score += 0.3 * (repeats - 1) as f32;
    }
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    ranked.dedup_by(|a, b| a.value == b.value);
    let mut ranked = ranked.into_iter();
    let best = ranked.next().filter(|c| c.score > 0.0)?;
    Some(Choice { alternatives: ranked.take(3).collect(), ..best })
}

fn labelled_name(sheet: &Sheet<'_>, labels: &Labels<'_>, regions: &[Region], region: &Region) -> Option<Choice> {
    for row in region.rows.clone() {
        for hit in labels.row(row).iter().filter(|h| h.leads && labels.is(h, |l| l == Label::PartyName)) {
            if inside(regions, sheet, row, hit.bbox) != Some(region.side) {
                continue;
            }
            for place in after::after(sheet, labels, hit) {
                let near = sheet.words[place.words.start as usize].token.bbox.left;
                if near >= region.bbox.right || place.first.is_some() {
                    continue;
                }
                if let Some(choice) = clean_name(sheet, labels, place.words.clone()) {
                    let relation = if place.place == Place::Below { 0.2 } else { 0.6 };
                    return Some(Choice { score: choice.score + relation, ..choice });
                }
            }
        }
    }
    None
}

fn first_line(sheet: &Sheet<'_>, labels: &Labels<'_>, regions: &[Region], region: &Region) -> Option<Choice> {
    let hit = &labels.hits[region.hit];
    let opener = sheet.cell(hit.cell);
    let rest = hit.words.end..opener.words.end;
    // Without a colon a sentence may go on (`Facture à régler …`); a name begins with a capital.
    let capital = |c: &Choice| hit.colon || c.value.starts_with(|c: char| !c.is_lowercase());
    if !rest.is_empty()
        && let Some(choice) = clean_name(sheet, labels, rest).filter(capital)
    {
        return Some(choice);
    }
    let next = hit.cell + 1;
    if hit.colon
        && next < sheet.row(hit.row).cells.end
        && sheet.cell(next).bbox.left < region.bbox.right
        && let Some(choice) = clean_name(sheet, labels, sheet.cell(next).words.clone())
    {
        return Some(choice);
    }
    for row in hit.row + 1..region.rows.end.min(hit.row + 7) {
        // In a block beside another one, what starts nearest under the heading is the block's.
        let mut cells: Vec<u32> = sheet
            .row(row)
            .cells
            .clone()
            .filter(|c| {
                sheet.cell(*c).bbox.left < region.bbox.right
                    && inside(regions, sheet, row, sheet.cell(*c).bbox) == Some(region.side)
            })
            .collect();
        cells.sort_by(|a, b| {
            let distance = |c: u32| (sheet.cell(c).bbox.left - hit.bbox.left).abs();
            distance(*a).total_cmp(&distance(*b))
        });
        if let Some(cell) = cells.first()
            && let Some(choice) = clean_name(sheet, labels, sheet.cell(*cell).words.clone())
        {
            return Some(Choice { score: choice.score - 0.1 * (row - hit.row - 1) as f32, ..choice });
        }
    }
    None
}

/// A name out of some words, cut where a label or a number of some kind begins; nothing where they are no name.
pub(super) fn clean_name(sheet: &Sheet<'_>, labels: &Labels<'_>, words: Range<u32>) -> Option<Choice> {
    let row = sheet.words.get(words.start as usize)?.row;
    let mut start = words.start;
    while start < words.end && !sheet.words[start as usize].token.text.contains(char::is_alphanumeric) {
        start += 1;
    }
    let mut end = start;
    for word in start..words.end {
        let text = &sheet.words[word as usize].token.text;
        let label = labels.row(row).iter().any(|h| {
            h.words.start == word
                && h.length > 1
                && (h.colon || (h.leads && h.length > 3 && after::blocks(labels, h)))
                && is_announcing(labels, h)
        });
        let dash = matches!(text.as_str(), "-" | "–" | "|" | "•" | "·")
            && word > start
            && sheet.words.get(word as usize + 1).is_some_and(|n| n.token.text.starts_with(|c: char| c.is_ascii_digit()));
        if label || dash || text.contains('@') || text.contains("://") || text.starts_with("www.") {
            break;
        }
        end = word + 1;
        if text.ends_with(';') {
            break;
        }
    }
    let text = sheet.text(start..end);
    let text = text.trim_matches(|c: char| matches!(c, ':' | ',' | ';' | '-' | '–' | ' ' | '*' | '|'));
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let words_count = (end - start) as usize;
    if crate::value::amount::currency_sign(text).is_some()
        || letters < 3
        || digits > letters
        || text.chars().count() > 110
        || words_count > 16
        || end == start
    {
        return None;
    }
    let legal = has_legal_form(sheet, labels, start..end);
    let score = if legal { 1.2 } else { 0.0 } + if digits > 2 { -0.8 } else { 0.0 };
    Some(Choice {
        value: text.to_owned(),
        score,
        page: Some(sheet.page_number(row)),
        bbox: Some(sheet.bbox(start..end)),
        raw: Some(sheet.text(start..end)),
        alternatives: Vec::new(),
    })
}

fn is_no_name(label: Label) -> bool {
    !matches!(label, Label::Type(_) | Label::Yes | Label::No | Label::Column(_) | Label::Mark(_))
}

fn is_announcing(labels: &Labels<'_>, hit: &Hit) -> bool {
    labels.means(hit, is_no_name).is_some()
}

/// `GmbH`, `Sp. z o.o.`, `A.Ş.` as whole words near the end of a name.
pub(super) fn has_legal_form(sheet: &Sheet<'_>, labels: &Labels<'_>, words: Range<u32>) -> bool {
    for start in words.clone() {
        let mut joined = String::new();
        for word in start..words.end.min(start + 4) {
            joined.extend(sheet.folded(word).chars().filter(|c| c.is_alphanumeric()));
            if joined.len() >= 2 && labels.vocab.is_legal_form(&joined) && start > words.start {
                return true;
            }
        }
    }
    false
}

/// The lines of a side's block between its name and its numbers.
fn address_of(sheet: &Sheet<'_>, labels: &Labels<'_>, regions: &[Region], side: Side) -> Option<Choice> {
    let region = regions
        .iter()
        .filter(|r| r.side == side)
        .max_by(|a, b| a.strength.total_cmp(&b.strength).then(b.rows.start.cmp(&a.rows.start)))?;
    let name = labelled_name(sheet, labels, regions, region).or_else(|| first_line(sheet, labels, regions, region))?;
    let name_bottom = name.bbox?.bottom;
    let (mut lines, mut bbox, mut page): (Vec<String>, Option<Box>, Option<u32>) = (Vec::new(), None, None);
    for row in region.rows.clone() {
        for cell in sheet.row(row).cells.clone().map(|c| sheet.cell(c)) {
            let mine = cell.bbox.center_y() > name_bottom
                && inside(regions, sheet, row, cell.bbox) == Some(side)
                && (cell.bbox.left - name.bbox?.left).abs() < 60.0;
            if !mine || lines.len() >= 5 {
                continue;
            }
            let label = labels.row(row).iter().find(|h| {
                h.leads && h.words.start >= cell.words.start && h.words.end <= cell.words.end && labels.is(h, is_no_name)
            });
            let words = match label {
                Some(hit) if labels.is(hit, |l| l == Label::PartyAddress) => hit.words.end..cell.words.end,
                Some(_) if lines.is_empty() => continue,
                Some(_) => return finish(lines, bbox, page),
                None => cell.words.clone(),
            };
            if !words.is_empty() && !sheet.text(words.clone()).contains('@') {
                lines.push(sheet.text(words.clone()).trim_matches([':', ' ', ',']).to_owned());
                bbox = Some(bbox.map_or(sheet.bbox(words.clone()), |b| b.union(sheet.bbox(words))));
                page = Some(sheet.page_number(row));
            }
        }
    }
    finish(lines, bbox, page)
}

fn finish(mut lines: Vec<String>, bbox: Option<Box>, page: Option<u32>) -> Option<Choice> {
    lines.retain(|l| !l.is_empty());
    (!lines.is_empty()).then(|| Choice { value: lines.join(", "), score: 1.0, page, bbox, raw: None, alternatives: Vec::new() })
}
