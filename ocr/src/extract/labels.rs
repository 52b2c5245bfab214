//! Where the phrases of the vocabularies stand on the paper, and which language it is in.

use std::ops::Range;

use super::sheet::{ENDS, GLUED, STARTS, Sheet};
use crate::page::Box;
use crate::reading::FieldName;
use crate::vocab::{Label, Meaning, Vocab};

/// A phrase found on the paper.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub phrase: u32,
    pub words: Range<u32>,
    pub row: u32,
    pub cell: u32,
    pub bbox: Box,
    /// Letters in it.
    pub length: u16,
    /// It begins its cell.
    pub leads: bool,
    /// It is the whole of its cell.
    pub whole: bool,
    /// A colon or the like follows.
    pub colon: bool,
}

/// All phrases, in reading order, with the language they speak for.
pub(super) struct Labels<'v> {
    pub vocab: &'v Vocab,
    pub hits: Vec<Hit>,
    /// Titles of papers, also those within a longer phrase (`Faktura` in `Faktura nr`).
    pub titles: Vec<Hit>,
    /// First hit of each row; one more at the end.
    by_row: Vec<u32>,
    /// Index of the paper's language.
    pub language: Option<u8>,
    /// Weight of each language, 0 to 1.
    pub share: Vec<f32>,
}

impl<'v> Labels<'v> {
    /// Finds all phrases; one inside a longer one is left out.
    pub fn find(sheet: &Sheet<'_>, vocab: &'v Vocab) -> Labels<'v> {
        let edges = &sheet.compact_edge;
        // A short word glued to digits is part of a code (`CN070424`), not a label.
        let glued = |start: usize, end: usize| {
            end - start < 4 && (edges[start] & GLUED != 0 || edges.get(end).is_some_and(|e| e & GLUED != 0))
        };
        let whole = |start: usize, end: usize| edges[start] & STARTS != 0 && edges[end - 1] & ENDS != 0 && !glued(start, end);
        let mut spans: Vec<(u32, usize, usize)> =
            vocab.find(&sheet.compact).filter(|(_, start, end)| whole(*start, *end)).collect();
        spans.sort_by_key(|(_, start, end)| (*start, std::cmp::Reverse(*end)));
        let is_title = |phrase: u32| vocab.meanings(phrase).iter().any(|m| matches!(m.label, Label::Type(_)));
        let mut titles: Vec<(u32, usize, usize)> = spans.iter().copied().filter(|(phrase, ..)| is_title(*phrase)).collect();
        outermost(&mut titles);
        outermost(&mut spans);
        let titles = titles.iter().map(|(phrase, start, end)| hit(sheet, *phrase, *start, *end)).collect();
        let hits: Vec<Hit> = spans.iter().map(|(phrase, start, end)| hit(sheet, *phrase, *start, *end)).collect();
        let mut by_row = vec![0u32; sheet.rows.len() + 1];
        for hit in &hits {
            by_row[hit.row as usize + 1] += 1;
        }
        for row in 0..sheet.rows.len() {
            by_row[row + 1] += by_row[row];
        }
        let share = languages(sheet, vocab, &hits);
        let best = share.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        let language = best.filter(|(_, weight)| *weight > 0.0).map(|(index, _)| index as u8);
        Labels { vocab, hits, titles, by_row, language, share }
    }

    /// Hits of a row, left to right.
    pub fn row(&self, row: u32) -> &[Hit] {
        &self.hits[self.by_row[row as usize] as usize..self.by_row[row as usize + 1] as usize]
    }

    /// What a hit means in the languages of the paper.
    pub fn meanings(&self, hit: &Hit) -> &'v [Meaning] {
        self.vocab.meanings(hit.phrase)
    }

    /// The best meaning of a hit that `wanted` accepts, with its weight: 1 in the paper's language, less in others.
    pub fn means(&self, hit: &Hit, wanted: impl Fn(Label) -> bool) -> Option<(Meaning, f32)> {
        let mut best: Option<(Meaning, f32)> = None;
        for meaning in self.meanings(hit).iter().filter(|m| wanted(m.label)) {
            let weight = self.trust(meaning.language) * if meaning.weak { 0.5 } else { 1.0 };
            if best.is_none_or(|(_, w)| weight > w) {
                best = Some((*meaning, weight));
            }
        }
        best
    }

    /// Whether a hit can mean `label`, strongly, in a language the paper uses.
    pub fn is(&self, hit: &Hit, wanted: impl Fn(Label) -> bool) -> bool {
        self.means(hit, wanted).is_some_and(|(m, w)| !m.weak && w >= 0.5)
    }

    /// The label of some number that stands before `hit` in its cell, and where it ends: whose number or date a word as general as `nr`
    /// or `z dnia` then names (`do faktury nr 7 z dnia`, `RPS 812, emitido em`). Weak words before it are passed over.
    pub fn owner(&self, hit: &Hit) -> Option<(Label, u32)> {
        let of_number = |l: Label| match l {
            Label::OtherNumber => true,
            Label::Field(f) => matches!(
                f,
                FieldName::InvoiceNumber | FieldName::PrecedingInvoice | FieldName::PurchaseOrder | FieldName::ExchangeRate
            ),
            _ => false,
        };
        let before = self.row(hit.row).iter().rev().filter(|h| h.cell == hit.cell && h.words.end <= hit.words.start);
        let mut named = before.filter_map(|h| self.means(h, of_number).map(|(m, w)| (m, w, h.words.end)));
        named.find(|(m, w, _)| !m.weak && *w >= 0.6).map(|(m, _, end)| (m.label, end))
    }

    /// How far a language's labels are believed on this paper.
    pub fn trust(&self, language: u8) -> f32 {
        match self.language {
            Some(main) if main == language => 1.0,
            Some(main) => {
                let ratio = self.share[usize::from(language)] / self.share[usize::from(main)].max(1e-6);
                0.55 + 0.45 * ratio
            }
            None => 0.8,
        }
    }
}

/// Leaves out what lies within a longer one; sorted by start, longest first.
fn outermost(spans: &mut Vec<(u32, usize, usize)>) {
    let mut reach = 0;
    spans.retain(|(_, _, end)| {
        let keep = *end > reach;
        reach = reach.max(*end);
        keep
    });
}

fn hit(sheet: &Sheet<'_>, phrase: u32, start: usize, end: usize) -> Hit {
    let first = sheet.compact_word[start];
    let last = sheet.compact_word[end - 1];
    let words = first..last + 1;
    let cell = sheet.words[first as usize].cell;
    let of_cell = &sheet.cell(cell).words;
    let opens_word = start == 0 || sheet.compact_word[start - 1] != first || sheet.compact.as_bytes()[start - 1] == b'\n';
    let leads = opens_word
        && sheet.words[of_cell.start as usize..first as usize].iter().all(|w| !w.token.text.contains(char::is_alphanumeric));
    let rest = sheet.words[last as usize + 1..of_cell.end as usize].iter().all(|w| !w.token.text.contains(char::is_alphanumeric));
    let colon = sheet.words[last as usize].token.text.ends_with([':', '=', '#'])
        || sheet.words.get(last as usize + 1).is_some_and(|w| w.cell == cell && w.token.text.starts_with([':', '=']))
        || sheet.words.get(last as usize + 1).is_some_and(|w| w.row == sheet.words[last as usize].row && w.token.text == ":");
    Hit {
        phrase,
        row: sheet.words[first as usize].row,
        cell,
        bbox: sheet.bbox(words.clone()),
        length: (end - start) as u16,
        leads,
        whole: leads && rest,
        colon,
        words,
    }
}

/// Share of each language in phrases and everyday words.
fn languages(sheet: &Sheet<'_>, vocab: &Vocab, hits: &[Hit]) -> Vec<f32> {
    let mut score = vec![0f32; vocab.languages().len()];
    for hit in hits {
        let meanings = vocab.meanings(hit.phrase);
        let mut seen = 0u32;
        for meaning in meanings {
            seen |= 1 << meaning.language;
        }
        let each = (f32::from(hit.length.min(16)) - 1.0).max(0.0) / 6.0 / (seen.count_ones() as f32).powi(2);
        for (language, slot) in score.iter_mut().enumerate() {
            if seen & (1 << language) != 0 {
                *slot += each;
            }
        }
    }
    for word in 0..sheet.words.len() as u32 {
        let languages = vocab.common(sheet.folded(word).trim_matches(|c: char| !c.is_alphanumeric()));
        for language in languages {
            score[usize::from(*language)] += 1.0 / languages.len() as f32;
        }
    }
    let total: f32 = score.iter().sum();
    score.iter().map(|s| if total > 0.0 { s / total } else { 0.0 }).collect()
}
