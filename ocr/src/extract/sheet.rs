//! Tokens laid out: words in rows (what stands on one height) and cells (what stands together in a row). Each word is folded
//! once here; everything after works on indexes.

use std::ops::Range;

use crate::fold::fold;
use crate::page::{Box, Page, Token};
use crate::reading::Source;

/// A word with its place in the layout.
#[derive(Debug)]
pub(super) struct Word<'a> {
    pub token: &'a Token,
    pub row: u32,
    pub cell: u32,
    folded: Range<u32>,
}

/// What stands on one height of a page.
#[derive(Debug)]
pub(super) struct Row {
    pub page: u16,
    pub words: Range<u32>,
    pub cells: Range<u32>,
    pub bbox: Box,
}

/// Words of a row that stand together.
#[derive(Debug)]
pub(super) struct Cell {
    pub row: u32,
    pub words: Range<u32>,
    pub bbox: Box,
}

/// All pages of a paper, laid out.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    pub pages: &'a [Page],
    pub words: Vec<Word<'a>>,
    pub rows: Vec<Row>,
    pub cells: Vec<Cell>,
    arena: String,
    /// Folded letters and digits of all words, cells set apart by a line feed.
    pub compact: String,
    /// For each byte of `compact`: the word it is from.
    pub compact_word: Vec<u32>,
    /// For each byte of `compact`: bit 0 where a piece of a word starts, bit 1 where one ends.
    pub compact_edge: Vec<u8>,
}

pub(super) const STARTS: u8 = 1;
pub(super) const ENDS: u8 = 2;
/// With `STARTS`: nothing but a change from letters to digits or back sets it apart from the piece before.
pub(super) const GLUED: u8 = 4;

impl<'a> Sheet<'a> {
    /// Lays out the visible words of all pages.
    pub fn new(pages: &'a [Page]) -> Sheet<'a> {
        let count = pages.iter().map(|p| p.tokens.len()).sum();
        let mut sheet = Sheet {
            pages,
            words: Vec::with_capacity(count),
            rows: Vec::new(),
            cells: Vec::new(),
            arena: String::with_capacity(count * 8),
            compact: String::with_capacity(count * 8),
            compact_word: Vec::with_capacity(count * 8),
            compact_edge: Vec::with_capacity(count * 8),
        };
        for (index, page) in pages.iter().enumerate() {
            sheet.add_page(index as u16, page);
        }
        sheet
    }

    /// The folded text of a word.
    pub fn folded(&self, word: u32) -> &str {
        let range = &self.words[word as usize].folded;
        &self.arena[range.start as usize..range.end as usize]
    }

    /// The smallest box around some words.
    pub fn bbox(&self, words: Range<u32>) -> Box {
        let words = &self.words[words.start as usize..words.end as usize];
        words.iter().map(|w| w.token.bbox).reduce(Box::union).unwrap_or_default()
    }

    /// The words as printed, set apart by blanks.
    pub fn text(&self, words: Range<u32>) -> String {
        let mut out = String::new();
        for word in &self.words[words.start as usize..words.end as usize] {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(&word.token.text);
        }
        out
    }

    /// Least confidence of some words.
    pub fn confidence(&self, words: Range<u32>) -> f32 {
        self.words[words.start as usize..words.end as usize].iter().map(|w| w.token.confidence).fold(1.0, f32::min)
    }

    /// Number of the page of a row, from 1.
    pub fn page_number(&self, row: u32) -> u32 {
        self.pages[usize::from(self.rows[row as usize].page)].number
    }

    /// The row of a word.
    pub fn row(&self, index: u32) -> &Row {
        &self.rows[index as usize]
    }

    /// The cell with this index.
    pub fn cell(&self, index: u32) -> &Cell {
        &self.cells[index as usize]
    }

    fn add_page(&mut self, index: u16, page: &'a Page) {
        let slope = skew(page);
        let mut tokens: Vec<(f32, &Token)> = page
            .tokens
            .iter()
            .filter(|t| !t.hidden && !t.text.trim().is_empty() && !is_sideways(t))
            .map(|t| (t.bbox.center_y() - slope * t.bbox.center_x(), t))
            .collect();
        tokens.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut start = 0;
        while start < tokens.len() {
            let (mut sum, mut end) = (tokens[start].0, start + 1);
            while end < tokens.len() {
                let mean = sum / (end - start) as f32;
                let height = tokens[end].1.bbox.height().min(tokens[start].1.bbox.height()).max(2.0);
                if tokens[end].0 - mean > 0.45 * height {
                    break;
                }
                sum += tokens[end].0;
                end += 1;
            }
            let row = &mut tokens[start..end];
            row.sort_by(|a, b| a.1.bbox.left.total_cmp(&b.1.bbox.left));
            self.add_row(index, row);
            start = end;
        }
    }

    fn add_row(&mut self, page: u16, tokens: &[(f32, &'a Token)]) {
        let row = self.rows.len() as u32;
        let (first_word, first_cell) = (self.words.len() as u32, self.cells.len() as u32);
        let mut last: Option<Box> = None;
        for (_, token) in tokens {
            let gap = last.map_or(f32::MAX, |b| token.bbox.left - b.right);
            let height = last.map_or(0.0, |b| b.height().min(token.bbox.height()));
            if gap > 0.9 * height {
                self.close_cell();
                self.cells.push(Cell { row, words: self.words.len() as u32..self.words.len() as u32, bbox: token.bbox });
                self.push_compact('\n', self.words.len() as u32, 0);
            }
            self.add_word(page, row, token);
            last = Some(last.filter(|b| b.right > token.bbox.right).unwrap_or(token.bbox));
        }
        self.close_cell();
        let bbox = tokens.iter().map(|(_, t)| t.bbox).reduce(Box::union).unwrap_or_default();
        self.rows.push(Row {
            page,
            words: first_word..self.words.len() as u32,
            cells: first_cell..self.cells.len() as u32,
            bbox,
        });
    }

    fn close_cell(&mut self) {
        let end = self.words.len() as u32;
        let Some(cell) = self.cells.last_mut() else { return };
        if cell.words.end < end && cell.words.start < end {
            cell.words.end = end;
            let start = cell.words.start;
            let bbox = self.bbox(start..end);
            if let Some(cell) = self.cells.last_mut() {
                cell.bbox = bbox;
            }
        }
    }

    fn add_word(&mut self, page: u16, row: u32, token: &'a Token) {
        let index = self.words.len() as u32;
        let start = self.arena.len() as u32;
        if let Some(text) = self.pages[usize::from(page)].source.eq(&Source::Ocr).then(|| unconfused(&token.text)).flatten() {
            self.arena.push_str(&fold(&text));
        } else if token.text.is_ascii() {
            self.arena.extend(token.text.chars().map(|c| c.to_ascii_lowercase()));
        } else {
            self.arena.push_str(&fold(&token.text));
        }
        let folded = start..self.arena.len() as u32;
        let text = std::mem::take(&mut self.arena);
        let mut before: Option<bool> = None;
        for c in text[folded.start as usize..].chars() {
            if !c.is_alphanumeric() {
                self.end_piece();
                before = None;
                continue;
            }
            let digit = c.is_numeric();
            if before.is_some_and(|was| was != digit) {
                self.end_piece();
            }
            let edge = match before {
                Some(was) if was == digit => 0,
                Some(_) => STARTS | GLUED,
                None => STARTS,
            };
            self.push_compact(c, index, edge);
            before = Some(digit);
        }
        self.end_piece();
        self.arena = text;
        self.words.push(Word { token, row, cell: self.cells.len().saturating_sub(1) as u32, folded });
    }

    fn push_compact(&mut self, c: char, word: u32, edge: u8) {
        self.compact.push(c);
        for offset in 0..c.len_utf8() {
            self.compact_word.push(word);
            self.compact_edge.push(if offset == 0 { edge } else { 0 });
        }
    }

    fn end_piece(&mut self) {
        if let Some(edge) = self.compact_edge.last_mut() {
            *edge |= ENDS;
        }
    }
}

/// `Tota1`, `T0tal`: a word of letters in which recognition took one for the digit that looks like it. Only to be compared with labels.
fn unconfused(text: &str) -> Option<String> {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let alone = |pair: &[u8]| !(pair[0].is_ascii_digit() && pair[1].is_ascii_digit());
    let confused = letters >= 3
        && (1..=2).contains(&digits)
        && text.starts_with(char::is_alphabetic)
        && text.chars().filter(char::is_ascii_digit).all(|c| matches!(c, '0' | '1'))
        && text.as_bytes().windows(2).all(alone);
    confused.then(|| text.replace('0', "o").replace('1', "l"))
}

/// Text turned by 90 degrees: much higher than wide.
fn is_sideways(token: &Token) -> bool {
    token.text.chars().count() > 2 && token.bbox.height() > 2.5 * token.bbox.width()
}

/// How much a line climbs per point, from words that the source saw on one line.
fn skew(page: &Page) -> f32 {
    let mut slopes: Vec<f32> = page
        .tokens
        .windows(2)
        .filter(|p| p[0].line == p[1].line && p[1].bbox.left - p[0].bbox.left > 25.0)
        .map(|p| (p[1].bbox.center_y() - p[0].bbox.center_y()) / (p[1].bbox.center_x() - p[0].bbox.center_x()))
        .filter(|s| s.abs() < 0.12)
        .collect();
    if slopes.len() < 8 {
        return 0.0;
    }
    slopes.sort_by(f32::total_cmp);
    let median = slopes[slopes.len() / 2];
    if median.abs() < 0.002 { 0.0 } else { median }
}

#[cfg(test)]
mod tests {
    use super::unconfused;

    #[test]
    fn letters_that_were_taken_for_digits() {
        for (text, want) in [
            ("Tota1", Some("Total")),
            ("T0TAL:", Some("ToTAL:")),
            ("INV01", None),
            ("FV/1/2026", None),
            ("A4", None),
            ("7up", None),
            ("Nr12", None),
            ("Total", None),
        ] {
            assert_eq!(unconfused(text).as_deref(), want, "{text}");
        }
    }
}
