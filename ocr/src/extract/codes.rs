//! Values that prove themselves by a checksum or a shape of their own: IBAN, BIC, KSeF number, NF-e access key, ETTN.

use std::ops::Range;

use super::after;
use super::labels::Labels;
use super::pick::Choice;
use super::sheet::{Cell, Sheet};
use super::weights::Weights;
use crate::reading::FieldName;
use crate::value::access_key::AccessKey;
use crate::value::ettn::Ettn;
use crate::value::iban::{self, Iban};
use crate::value::ksef_number::KsefNumber;
use crate::vocab::Label;

/// All of them.
pub(super) fn decide(sheet: &Sheet<'_>, labels: &Labels<'_>, weights: &Weights) -> Vec<(FieldName, Choice)> {
    let mut out = Vec::new();
    let mut push = |field, choices: Vec<Choice>| {
        if let Some(choice) = best(choices) {
            out.push((field, choice));
        }
    };
    push(FieldName::Iban, ibans(sheet, labels, weights));
    push(FieldName::Bic, bics(sheet, labels, weights));
    push(FieldName::KsefNumber, ksef_numbers(sheet, labels, weights));
    push(FieldName::AccessKey, access_keys(sheet, labels, weights));
    push(FieldName::Ettn, ettns(sheet, weights));
    out
}

fn best(mut choices: Vec<Choice>) -> Option<Choice> {
    choices.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut unique: Vec<Choice> = Vec::new();
    for choice in choices {
        match unique.iter_mut().find(|u| u.value == choice.value) {
            Some(known) => known.score += 0.2,
            None => unique.push(choice),
        }
    }
    let mut unique = unique.into_iter();
    let first = unique.next()?;
    Some(Choice { alternatives: unique.take(3).collect(), ..first })
}

fn choice(sheet: &Sheet<'_>, value: String, words: Range<u32>, score: f32) -> Choice {
    let row = sheet.words[words.start as usize].row;
    let score = score - (1.0 - sheet.confidence(words.clone()));
    Choice {
        value,
        score,
        page: Some(sheet.page_number(row)),
        bbox: Some(sheet.bbox(words.clone())),
        raw: Some(sheet.text(words)),
        alternatives: Vec::new(),
    }
}

/// Whether a label with this meaning stands before the word in its row, or right above it.
fn labelled(labels: &Labels<'_>, sheet: &Sheet<'_>, word: u32, wanted: impl Fn(Label) -> bool) -> bool {
    let row = sheet.words[word as usize].row;
    let page = sheet.row(row).page;
    let nearest = labels
        .row(row)
        .iter()
        .rfind(|h| h.words.start <= word && labels.is(h, |l| !matches!(l, Label::Type(_) | Label::Column(_))));
    if let Some(hit) = nearest {
        return labels.means(hit, wanted).is_some();
    }
    row > 0
        && sheet.row(row - 1).page == page
        && labels.row(row - 1).iter().any(|h| {
            super::bind::overlap(h.bbox, sheet.words[word as usize].token.bbox) > 0.2 && labels.means(h, &wanted).is_some()
        })
}

fn ibans(sheet: &Sheet<'_>, labels: &Labels<'_>, weights: &Weights) -> Vec<Choice> {
    let mut out = Vec::new();
    for word in 0..sheet.words.len() as u32 {
        let text = after_label(&sheet.words[word as usize].token.text);
        let bytes = text.as_bytes();
        let letters = bytes.len() >= 2 && bytes[..2].iter().all(u8::is_ascii_alphabetic);
        let digits = bytes.len() >= 2 && bytes.iter().all(u8::is_ascii_digit);
        let starts = (letters && (bytes.len() == 2 || bytes.len() >= 4 && bytes[2..4].iter().all(u8::is_ascii_digit)))
            || (digits && matches!(bytes.len(), 2 | 26));
        if !starts {
            continue;
        }
        let is_label = |l: Label| matches!(l, Label::BankAccount | Label::Field(FieldName::Iban));
        if let Some((value, end, valid)) = wrapped_iban(sheet, word, text).or_else(|| longest_iban(sheet, word, text)) {
            let named = labelled(labels, sheet, word, is_label);
            // Twenty-six digits with right check digits are an account where accounts are written so; one in a hundred others would pass.
            let bare = digits && valid && (text.len() == 26 || end - word == 7) && writes_nrb(labels);
            if (valid && (letters || named || bare)) || (named && letters) {
                let score = if valid { 2.0 + weights.checksum } else { 1.2 } + if named { weights.strong_label } else { 0.0 }
                    - if bare && !named { 1.0 } else { 0.0 }
                    - word as f32 / sheet.words.len() as f32 * 0.3;
                out.push(choice(sheet, value, word..end, score));
            }
        }
    }
    out
}

/// Poland prints its accounts without the country.
fn writes_nrb(labels: &Labels<'_>) -> bool {
    labels.language.is_some_and(|l| labels.vocab.languages()[usize::from(l)].countries.iter().any(|c| c.as_str() == "PL"))
}

fn after_label(text: &str) -> &str {
    let cut = text.rfind([':', '(']).map_or(0, |c| c + 1);
    text[cut..].trim_end_matches([',', ';', '.', ')'])
}

/// An account that a line of running text breaks: only its checksum says so.
fn wrapped_iban(sheet: &Sheet<'_>, word: u32, first: &str) -> Option<(String, u32, bool)> {
    let here = &sheet.words[word as usize];
    let below = sheet.rows.get(here.row as usize + 1).filter(|r| r.page == sheet.row(here.row).page)?;
    let near = below.bbox.top - here.token.bbox.bottom < here.token.bbox.height();
    let mut joined = iban::compact(first);
    let group = |w: u32| {
        let text = sheet.words[w as usize].token.text.trim_end_matches([',', ';', '.']);
        (2..=8).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric())
            && text.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    };
    let cut = sheet.row(here.row).words.end;
    if !near || cut - word > 9 || !(word + 1..cut).all(group) {
        return None;
    }
    for next in (word + 1..cut).chain(below.words.clone().take(8)) {
        if !group(next) || joined.len() > 34 {
            return None;
        }
        joined.push_str(&iban::compact(sheet.words[next as usize].token.text.trim_end_matches([',', ';', '.'])));
        if next >= cut
            && let Ok(iban) = Iban::parse(&joined)
        {
            return Some((iban.as_str().to_owned(), cut, true));
        }
    }
    None
}

/// Joins words until the IBAN is whole and its checksum right; else the longest that has the form.
fn longest_iban(sheet: &Sheet<'_>, word: u32, first: &str) -> Option<(String, u32, bool)> {
    let row = sheet.words[word as usize].row;
    let mut joined = iban::compact(first);
    let mut end = word + 1;
    let mut shaped = None;
    loop {
        if joined.len() >= 15 {
            if let Ok(iban) = Iban::parse(&joined) {
                return Some((iban.as_str().to_owned(), end, true));
            }
            if iban::looks_like(&joined) {
                shaped = Some((joined.clone(), end, false));
            }
        }
        let Some(next) = sheet.words.get(end as usize).filter(|n| n.row == row && end - word < 10) else { return shaped };
        let next = next.token.text.trim_end_matches([',', ';', '.']);
        let piece = next.chars().all(|c| c.is_ascii_alphanumeric())
            && next.len() <= 26
            && (next.contains(|c: char| c.is_ascii_digit()) || (next.len() == 4 && joined.len() == 4));
        if !piece || joined.len() + next.len() > 34 {
            return shaped;
        }
        joined.push_str(&next.to_ascii_uppercase());
        end += 1;
        if sheet.words.get(end as usize).is_none_or(|n| n.row != row) {
            return match Iban::parse(&joined) {
                Ok(iban) => Some((iban.as_str().to_owned(), end, true)),
                Err(_) if iban::looks_like(&joined) => Some((joined, end, false)),
                Err(_) => shaped,
            };
        }
    }
}

fn bics(sheet: &Sheet<'_>, labels: &Labels<'_>, weights: &Weights) -> Vec<Choice> {
    let mut out = Vec::new();
    for hit in labels.hits.iter().filter(|h| labels.means(h, |l| l == Label::Field(FieldName::Bic)).is_some()) {
        for place in after::after(sheet, labels, hit) {
            let word = place.words.start;
            let text = after_label(&sheet.words[word as usize].token.text);
            if is_bic(text) {
                out.push(choice(sheet, text.to_owned(), word..word + 1, weights.inline + weights.strong_label + 0.5));
                break;
            }
        }
    }
    out
}

/// ISO 9362: four letters, country, two of location, perhaps three of branch.
fn is_bic(text: &str) -> bool {
    let b = text.as_bytes();
    matches!(b.len(), 8 | 11)
        && b[..6].iter().all(u8::is_ascii_uppercase)
        && b[6..].iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

fn ksef_numbers(sheet: &Sheet<'_>, labels: &Labels<'_>, weights: &Weights) -> Vec<Choice> {
    let mut out = Vec::new();
    for word in 0..sheet.words.len() as u32 {
        let text = after_label(&sheet.words[word as usize].token.text);
        if text.len() < 12 || !text.starts_with(|c: char| c.is_ascii_digit()) || text.find('-') != Some(10) {
            continue;
        }
        let own = labelled(labels, sheet, word, |l| l == Label::Field(FieldName::KsefNumber));
        let foreign =
            labelled(labels, sheet, word, |l| matches!(l, Label::OtherNumber | Label::Field(FieldName::PrecedingInvoice)));
        if foreign && !own {
            continue;
        }
        if let Some((value, end, valid)) = whole_ksef(sheet, word, text) {
            let score = weights.strong_label + if valid { weights.checksum } else { -1.0 } + if own { 2.0 } else { 0.3 };
            out.push(choice(sheet, value, word..end, score));
        }
    }
    out
}

/// The number may be broken over two lines of a narrow column.
fn whole_ksef(sheet: &Sheet<'_>, word: u32, text: &str) -> Option<(String, u32, bool)> {
    if let Ok(number) = KsefNumber::parse(text) {
        return Some((number.as_str().to_owned(), word + 1, true));
    }
    let here = sheet.words[word as usize].token.bbox;
    for next in word + 1..(word + 12).min(sheet.words.len() as u32) {
        let other = &sheet.words[next as usize].token;
        let under = (other.bbox.left - here.left).abs() < here.width() && other.bbox.top - here.bottom < 1.5 * here.height();
        if under && let Ok(number) = KsefNumber::parse(&format!("{text}{}", other.text)) {
            return Some((number.as_str().to_owned(), word + 1, true));
        }
    }
    (text.len() == 35).then(|| (text.to_owned(), word + 1, false))
}

fn access_keys(sheet: &Sheet<'_>, labels: &Labels<'_>, weights: &Weights) -> Vec<Choice> {
    let mut out = Vec::new();
    for cell in &sheet.cells {
        let mut start = cell.words.start;
        while start < cell.words.end {
            let mut digits = String::new();
            let mut end = start;
            while end < cell.words.end && digits.len() < 44 {
                let text = after_label(&sheet.words[end as usize].token.text);
                if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'/')) {
                    break;
                }
                digits.extend(text.chars().filter(char::is_ascii_digit));
                end += 1;
            }
            if (20..44).contains(&digits.len())
                && end == cell.words.end
                && let Some(rest) = digits_below(sheet, cell)
                && AccessKey::parse(&format!("{digits}{rest}")).is_ok()
            {
                digits.push_str(&rest);
            }
            if digits.len() == 44 {
                let valid = AccessKey::parse(&digits).is_ok();
                let named = labelled(labels, sheet, start, |l| l == Label::Field(FieldName::AccessKey));
                if valid || named {
                    let score = if valid { 3.0 + weights.checksum } else { 1.5 } + if named { 1.0 } else { 0.0 };
                    out.push(choice(sheet, digits, start..end, score));
                }
            }
            start = end.max(start + 1);
        }
    }
    out
}

/// The digits of the line below that go on with a key that a narrow till breaks.
fn digits_below(sheet: &Sheet<'_>, cell: &Cell) -> Option<String> {
    let below = sheet.rows.get(cell.row as usize + 1).filter(|r| r.page == sheet.row(cell.row).page)?;
    let next = below.cells.clone().map(|c| sheet.cell(c)).find(|c| super::bind::overlap(c.bbox, cell.bbox) > 0.5)?;
    let texts: Vec<&str> = next.words.clone().map(|w| sheet.words[w as usize].token.text.as_str()).collect();
    texts.iter().all(|t| t.bytes().all(|b| b.is_ascii_digit())).then(|| texts.concat())
}

fn ettns(sheet: &Sheet<'_>, weights: &Weights) -> Vec<Choice> {
    let mut out = Vec::new();
    for word in 0..sheet.words.len() as u32 {
        let text = after_label(&sheet.words[word as usize].token.text);
        if text.len() == 36
            && text.matches('-').count() == 4
            && let Some(ettn) = Ettn::parse(text)
        {
            out.push(choice(sheet, ettn.as_str().to_owned(), word..word + 1, 3.0 + weights.checksum));
        }
    }
    out
}
