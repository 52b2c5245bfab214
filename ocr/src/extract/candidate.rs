//! Amounts, rates and dates on the paper, before anything is known about what they are.

use std::ops::Range;

use super::labels::Labels;
use super::sheet::Sheet;
use crate::page::Box;
use crate::value::amount::{self, Amount, DecimalMark};
use crate::value::date::{self, DateOrder, Found};

/// A number on the paper.
#[derive(Clone, Debug)]
pub(super) struct AmountAt {
    pub words: Range<u32>,
    pub row: u32,
    pub cell: u32,
    pub bbox: Box,
    pub amount: Amount,
}

/// A date on the paper.
#[derive(Clone, Debug)]
pub(super) struct DateAt {
    pub words: Range<u32>,
    pub row: u32,
    pub bbox: Box,
    pub found: Found,
}

/// All of them, in reading order.
pub(super) struct Candidates {
    pub amounts: Vec<AmountAt>,
    pub dates: Vec<DateAt>,
    /// First amount of each row; one more at the end.
    amount_rows: Vec<u32>,
    date_rows: Vec<u32>,
}

impl Candidates {
    /// Finds every date and number.
    pub fn find(sheet: &Sheet<'_>, labels: &Labels<'_>) -> Candidates {
        let mark = decimal_mark(sheet, labels);
        let order = date_order(sheet, labels);
        let mut found = Candidates { amounts: Vec::new(), dates: Vec::new(), amount_rows: Vec::new(), date_rows: Vec::new() };
        let mut folded: Vec<&str> = Vec::new();
        for (index, row) in sheet.rows.iter().enumerate() {
            found.amount_rows.push(found.amounts.len() as u32);
            found.date_rows.push(found.dates.len() as u32);
            folded.clear();
            folded.extend(row.words.clone().map(|w| sheet.folded(w)));
            let mut at = 0;
            while at < folded.len() {
                let word = row.words.start + at as u32;
                let cell = sheet.words[word as usize].cell;
                if let Some(hit) = date_from(&folded[at..], labels, order) {
                    let words = word..word + hit.words as u32;
                    found.dates.push(DateAt { row: index as u32, bbox: sheet.bbox(words.clone()), words, found: hit });
                    at += hit.words;
                    continue;
                }
                at += match amount_from(sheet, word, mark) {
                    Some((amount, count)) => {
                        let words = word..word + count;
                        found.amounts.push(AmountAt { row: index as u32, cell, bbox: sheet.bbox(words.clone()), words, amount });
                        count as usize
                    }
                    None => 1,
                };
            }
            let first = found.amount_rows[index] as usize;
            not_negative_asides(sheet, &mut found.amounts[first..]);
        }
        found.amount_rows.push(found.amounts.len() as u32);
        found.date_rows.push(found.dates.len() as u32);
        found
    }

    /// Indexes of the amounts of a row.
    pub fn amounts_in(&self, row: u32) -> Range<usize> {
        self.amount_rows[row as usize] as usize..self.amount_rows[row as usize + 1] as usize
    }

    /// Indexes of the dates of a row.
    pub fn dates_in(&self, row: u32) -> Range<usize> {
        self.date_rows[row as usize] as usize..self.date_rows[row as usize + 1] as usize
    }
}

/// `KDV %10 (7.120,00)  712,00`: a base in brackets before its tax is not negative. Where a row ends in brackets, they mean minus.
fn not_negative_asides(sheet: &Sheet<'_>, row: &mut [AmountAt]) {
    let bracketed = |at: &AmountAt| sheet.words[at.words.start as usize].token.text.starts_with('(');
    let Some((last, before)) = row.split_last_mut() else { return };
    if !bracketed(last) && !last.amount.value.is_sign_negative() && last.amount.decimals {
        for at in before.iter_mut().filter(|at| bracketed(at)) {
            at.amount.value.set_sign_positive(true);
        }
    }
}

/// A date at the start of these words; a label may be glued before it (`Date:12/03/2026`).
fn date_from(words: &[&str], labels: &Labels<'_>, order: DateOrder) -> Option<Found> {
    let months = labels.vocab.months();
    if let Some(found) = date::read(words, months, order) {
        return Some(found);
    }
    let first = words[0];
    let cut = first.rfind([':', '(']).map(|c| c + 1).or_else(|| first.find(|c: char| c.is_ascii_digit()))?;
    let tail = first.get(cut..).filter(|t| cut > 0 && t.len() >= 6 && t.starts_with(|c: char| c.is_ascii_digit()))?;
    let lead = &first[..cut];
    if !lead.chars().all(|c| c.is_alphabetic() || matches!(c, ':' | '(' | '.' | '/')) || lead.ends_with('/') {
        return None;
    }
    date::read(&[tail], months, order).map(|f| Found { confidence: f.confidence * 0.9, ..f })
}

/// The number that starts at this word, over several words where groups of digits stand apart.
fn amount_from(sheet: &Sheet<'_>, word: u32, mark: DecimalMark) -> Option<(Amount, u32)> {
    let text = &sheet.words[word as usize].token.text;
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return sign_before(sheet, word, mark);
    }
    let (joined, count) = joined_groups(sheet, word);
    let parsed = if count > 1 { amount::parse(&joined, mark).map(|a| (a, count)) } else { None };
    let (mut amount, mut count) = parsed.or_else(|| single(text, mark).map(|a| (a, 1)))?;
    // A sign or code in the next word belongs to the number: `12,00 zł`, `23 %`, `100,00 -`.
    if let Some(next) = sheet.words.get((word + count) as usize).filter(|n| n.cell == sheet.words[word as usize].cell) {
        if amount.currency.is_none() {
            amount.currency = amount::currency_sign(&next.token.text);
        }
        if matches!(next.token.text.as_str(), "%" | "%)" | "％") {
            amount.percent = true;
            count += 1;
        } else if matches!(next.token.text.as_str(), "-" | "−" | "–")
            && amount.decimals
            && !amount.value.is_sign_negative()
            && is_last(sheet, word + count)
        {
            amount.value.set_sign_negative(true);
            count += 1;
        }
    }
    if let Some(before) =
        word.checked_sub(1).map(|w| &sheet.words[w as usize]).filter(|b| b.row == sheet.words[word as usize].row)
    {
        if amount.currency.is_none() {
            amount.currency = amount::currency_sign(&before.token.text);
        }
        // `%20`, but not `19 % 36,97`.
        let rated = word >= 2 && sheet.words[word as usize - 2].cell == before.cell && {
            sheet.words[word as usize - 2].token.text.ends_with(|c: char| c.is_ascii_digit())
        };
        if before.token.text == "%" && !rated && amount.currency.is_none() && before.cell == sheet.words[word as usize].cell {
            amount.percent = true;
        }
    }
    Some((amount, count))
}

fn is_last(sheet: &Sheet<'_>, word: u32) -> bool {
    sheet.words.get(word as usize + 1).is_none_or(|n| n.cell != sheet.words[word as usize].cell)
}

/// `- 12,00`: a minus sign that stands apart.
fn sign_before(sheet: &Sheet<'_>, word: u32, mark: DecimalMark) -> Option<(Amount, u32)> {
    let here = &sheet.words[word as usize];
    if !matches!(here.token.text.as_str(), "-" | "−" | "–") || word != sheet.cell(here.cell).words.start {
        return None;
    }
    let next = sheet
        .words
        .get(word as usize + 1)
        .filter(|n| n.cell == here.cell && n.token.text.starts_with(|c: char| c.is_ascii_digit()))?;
    if next.token.bbox.left - here.token.bbox.right > 0.6 * next.token.bbox.height() {
        return None;
    }
    let (mut amount, count) = amount_from(sheet, word + 1, mark).filter(|(a, _)| a.decimals)?;
    amount.value.set_sign_negative(true);
    Some((amount, count + 1))
}

/// `1` `234` `567,89` in one cell: digits in groups of three that the text layer split at the blanks.
fn joined_groups(sheet: &Sheet<'_>, word: u32) -> (String, u32) {
    let first = &sheet.words[word as usize];
    let digits = first.token.text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let mut joined = first.token.text.clone();
    let mut count = 1;
    if !(1..=3).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) || first.token.text.contains('%') {
        return (joined, 1);
    }
    let mut last = first;
    while let Some(next) = sheet.words.get((word + count) as usize).filter(|n| n.cell == first.cell) {
        let text = next.token.text.as_str();
        let lead = text.bytes().take_while(u8::is_ascii_digit).count();
        let after = text.as_bytes().get(3);
        if lead != 3
            || !after.is_none_or(|b| matches!(b, b',' | b'.'))
            || next.token.bbox.left - last.token.bbox.right > 0.55 * next.token.bbox.height()
        {
            break;
        }
        joined.push(' ');
        joined.push_str(text);
        count += 1;
        last = next;
        if after.is_some() {
            break;
        }
    }
    (joined, count)
}

/// A number in one token, with a label perhaps glued before it (`Total:31.00`).
fn single(text: &str, mark: DecimalMark) -> Option<Amount> {
    // The last of the dots that lead to a sum: `.297.00`.
    if let Some(rest) = text.strip_prefix('.').filter(|rest| rest.contains(['.', ',']))
        && let Some(amount) = amount::parse(rest, mark).filter(|amount| amount.decimals)
    {
        return Some(Amount { confidence: amount.confidence * 0.9, ..amount });
    }
    if let Some(amount) = amount::parse(text, mark) {
        return Some(amount);
    }
    let cut = text
        .rfind([':', '='])
        .map(|c| c + 1)
        .or_else(|| text.find(|c: char| c.is_ascii_digit() || matches!(c, '$' | '€' | '£' | '(' | '%')))?;
    let (lead, tail) = (text.get(..cut)?, text.get(cut..)?);
    if cut == 0 || lead.chars().any(|c| c.is_ascii_digit()) || lead.ends_with(['/', '-', '.', '_']) {
        return None;
    }
    let amount = amount::parse(tail, mark)?;
    (amount.decimals || amount.percent).then_some(Amount { confidence: amount.confidence * 0.9, ..amount })
}

/// The mark most numbers with two decimals use; else the language's.
fn decimal_mark(sheet: &Sheet<'_>, labels: &Labels<'_>) -> DecimalMark {
    let (mut commas, mut points) = (0, 0);
    for word in &sheet.words {
        let text = word.token.text.as_bytes();
        if text.len() >= 4 && text[text.len() - 2..].iter().all(u8::is_ascii_digit) && text[text.len() - 4].is_ascii_digit() {
            match text[text.len() - 3] {
                b',' => commas += 1,
                b'.' if text.iter().filter(|b| **b == b'.').count() == 1 => points += 1,
                _ => {}
            }
        }
    }
    if commas > points {
        DecimalMark::Comma
    } else if points > commas {
        DecimalMark::Point
    } else {
        labels.language.map_or(DecimalMark::Unknown, |l| labels.vocab.languages()[usize::from(l)].decimal)
    }
}

/// The order that dates of the paper itself prove (`12/30/2016`); else the language's, but the American one in dollars.
fn date_order(sheet: &Sheet<'_>, labels: &Labels<'_>) -> DateOrder {
    let months = labels.vocab.months();
    let (mut month_first, mut day_first) = (0, 0);
    let mut dollars = false;
    for (index, word) in sheet.words.iter().enumerate() {
        let text = &word.token.text;
        dollars |= text.starts_with('$');
        if text.len() >= 8 && text.contains('/') {
            let folded = sheet.folded(index as u32);
            let a = date::read(&[folded], months, DateOrder::DayFirst);
            let b = date::read(&[folded], months, DateOrder::MonthFirst);
            if let (Some(a), Some(b)) = (a, b)
                && a.date == b.date
                && a.other.is_none()
                && a.date.day() > 12
            {
                if folded.starts_with(&format!("{}", a.date.day())) { day_first += 1 } else { month_first += 1 }
            }
        }
    }
    if month_first > day_first || (dollars && day_first == 0) {
        return DateOrder::MonthFirst;
    }
    labels.language.map_or(DateOrder::DayFirst, |l| labels.vocab.languages()[usize::from(l)].date_order)
}
