//! A party's name: after a label, or the first line of its block.

use std::ops::Range;

use super::region::{Region, Side, inside};
use crate::extract::after::{self, Place};
use crate::extract::labels::{Hit, Labels};
use crate::extract::pick::Choice;
use crate::extract::sheet::Sheet;
use crate::extract::weights::Weights;
use crate::vocab::Label;

/// The name in the blocks of one side: labelled, or the first line.
pub(super) fn name_of(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    regions: &[Region],
    side: Side,
    weights: &Weights,
) -> Option<Choice> {
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

pub(super) fn labelled_name(sheet: &Sheet<'_>, labels: &Labels<'_>, regions: &[Region], region: &Region) -> Option<Choice> {
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

pub(super) fn first_line(sheet: &Sheet<'_>, labels: &Labels<'_>, regions: &[Region], region: &Region) -> Option<Choice> {
    let hit = &labels.hits[region.hit?];
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
    let colon = |c: u32| sheet.words[sheet.cell(c).words.end as usize - 1].token.text.ends_with(':');
    let under = sheet.rows.get(hit.row as usize + 1).is_some_and(|r| {
        let near = r.bbox.top - hit.bbox.bottom < hit.bbox.height();
        near && r
            .cells
            .clone()
            .any(|c| (sheet.cell(c).bbox.left - hit.bbox.left).abs() < 3.0 && !has_label(labels, sheet, c) && !colon(c))
    });
    if (hit.colon || hit.whole)
        && !under
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
pub(in crate::extract) fn clean_name(sheet: &Sheet<'_>, labels: &Labels<'_>, words: Range<u32>) -> Option<Choice> {
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
        if label
            || dash
            || (word > start && ends_name(sheet, labels, start..word, words.end))
            || address_follows(sheet, start..word, words.end)
            || text.contains('@')
            || text.contains("://")
            || text.starts_with("www.")
        {
            break;
        }
        end = word + 1;
        if text.ends_with(';') {
            break;
        }
    }
    let text = sheet.text(start..end);
    // An aside (`(kod 044)`), a label that no vocabulary knows (`Schiff/ETA:`).
    if (text.starts_with('(') && text.ends_with(')')) || (text.ends_with(':') && end == words.end) {
        return None;
    }
    let text = text.trim_matches(|c: char| matches!(c, ':' | ',' | ';' | '-' | '–' | ' ' | '*' | '|'));
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let words_count = (end - start) as usize;
    // The heading of a block in the other language of the paper (`Furnizor / Supplier`).
    let heading = |m: &crate::vocab::Meaning| !m.weak && matches!(m.label, Label::Seller | Label::Buyer);
    let phrase = labels.vocab.phrase(&crate::vocab::compact(&crate::fold::fold(text)));
    if phrase.is_some_and(|p| labels.vocab.meanings(p).iter().any(heading))
        || crate::value::amount::currency_sign(text).is_some()
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

/// A label begins the cell.
fn has_label(labels: &Labels<'_>, sheet: &Sheet<'_>, cell: u32) -> bool {
    labels.row(sheet.cell(cell).row).iter().any(|h| h.cell == cell && h.leads && labels.is(h, is_no_name))
}

/// What follows is no part of the name: the title of the paper after a dash (`SkyHop – VAT Receipt`), a sentence going on after a comma
/// (`Alfa Ltda, inscrita no CNPJ`), a street or a postal code after the legal form (`ALFA S.A. Str. Lungă nr. 7`).
fn ends_name(sheet: &Sheet<'_>, labels: &Labels<'_>, name: Range<u32>, end: u32) -> bool {
    let text = |w: u32| sheet.words[w as usize].token.text.as_str();
    let next = name.end;
    let titled = matches!(text(next), "-" | "–" | "—" | "|") && labels.titles.iter().any(|h| h.words.start == next + 1);
    let goes_on = text(next - 1).ends_with(',')
        && text(next).chars().filter(|c| c.is_alphabetic()).count() > 3
        && text(next).chars().all(char::is_lowercase);
    let formed = |words: Range<u32>| has_legal_form(sheet, labels, words);
    let street = name.len() >= 2
        && formed(name.clone())
        && !formed(name.start..name.end - 1)
        && !formed(name.end - 1..(name.end + 2).min(end))
        && text(next).starts_with(char::is_uppercase)
        && (next..end).any(|w| text(w).starts_with(|c: char| c.is_ascii_digit()));
    let digits = text(next).bytes().filter(u8::is_ascii_digit).count();
    let coded = digits >= 4 && text(next).bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let town = coded && name.len() >= 2 && formed(name.clone()) && !formed(name.start..name.end - 1);
    titled || goes_on || street || town
}

/// `Alfa GmbH, Hauptstr. 5, 01067 Dresden`: after a comma, dot or bar the rest of the line holds a postal code or a house number.
fn address_follows(sheet: &Sheet<'_>, name: Range<u32>, end: u32) -> bool {
    let Some(last) = name.clone().last() else { return false };
    let text = sheet.words[last as usize].token.text.as_str();
    let next = &sheet.words[name.end as usize].token.text;
    let bar = matches!(next.as_str(), "·" | "•" | "|" | "-" | "–" | "/") || matches!(text, "·" | "•" | "|");
    let letters = name.map(|w| sheet.folded(w).chars().filter(|c| c.is_alphabetic()).count()).sum::<usize>();
    let digits = |w: u32| sheet.words[w as usize].token.text.bytes().filter(u8::is_ascii_digit).count();
    let rest = last + 1..end;
    letters >= 3
        && (text.ends_with(',') || bar)
        && rest.len() >= 2
        && rest.clone().any(|w| digits(w) >= 1)
        && (rest.clone().any(|w| digits(w) >= 4) || (text.ends_with(',') && rest.len() <= 8))
}

pub(super) fn is_no_name(label: Label) -> bool {
    !matches!(label, Label::Type(_) | Label::Exempt | Label::Yes | Label::No | Label::Column(_) | Label::Mark(_))
}

fn is_announcing(labels: &Labels<'_>, hit: &Hit) -> bool {
    labels.means(hit, is_no_name).is_some()
}

/// `GmbH`, `Sp. z o.o.`, `A.Ş.` as whole words near the end of a name.
pub(in crate::extract) fn has_legal_form(sheet: &Sheet<'_>, labels: &Labels<'_>, words: Range<u32>) -> bool {
    for start in words.clone() {
        let mut joined = String::new();
        for word in start..words.end.min(start + 4) {
            joined.extend(sheet.folded(word).chars().filter(|c| c.is_alphanumeric()));
            // Names may begin with theirs: a short one (`SAS Lumière`) then in capitals (`Companhia de Força` as it likes).
            let leads = start == words.start
                && word + 1 < words.end
                && joined.len() >= 3
                && (joined.len() >= 7 || sheet.words[start as usize].token.text.chars().all(|c| c.is_uppercase() || c == '.'));
            if joined.len() >= 2 && labels.vocab.is_legal_form(&joined) && (start > words.start || leads) {
                return true;
            }
        }
    }
    false
}
