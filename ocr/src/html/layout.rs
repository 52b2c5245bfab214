//! Rows of cells set on pages: tables keep their columns, so that a value stands below or beside its label.

use super::Laid;
use super::rows::{Cell, Line, Row};
use crate::page::{Box, Page, Token};
use crate::reading::Source;
use crate::sheet::{Ink, Item, Measure, Sheet, wrap};

/// Pages that are made; text beyond is left out.
pub const MOST_PAGES: usize = 50;

const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 42.0;
const USABLE: f32 = WIDTH - 2.0 * MARGIN;
/// Points between two columns.
const GAP: f32 = 10.0;
/// Letters smaller than this are read by nobody.
const SMALLEST: f32 = 5.0;
/// A word that may not be broken is at most so wide.
const WIDEST_WORD: f32 = 150.0;

pub(super) fn pages(rows: &[Row], measure: &Measure<'_>) -> Vec<Laid> {
    let mut setter = Setter { measure, pages: Vec::new(), y: MARGIN, line: 0 };
    for group in rows.chunk_by(|a, b| a.table != 0 && a.table == b.table) {
        if setter.pages.len() > MOST_PAGES {
            break;
        }
        setter.group(group);
    }
    setter.pages.truncate(MOST_PAGES);
    setter.pages
}

struct Setter<'m> {
    measure: &'m Measure<'m>,
    pages: Vec<Laid>,
    y: f32,
    line: u32,
}

/// A row of words on its way: where it begins, and what it says.
struct Placed {
    x: f32,
    ink: Ink,
    text: String,
}

fn ink(line: &Line, size: f32) -> Ink {
    Ink { size: if line.large { size + 4.0 } else { size }, bold: line.bold, shade: 0 }
}

impl Setter<'_> {
    /// The rows of one table, or one line outside of tables.
    fn group(&mut self, rows: &[Row]) {
        let count = rows.iter().map(|row| row.cells.iter().map(|cell| cell.span).sum::<usize>()).max().unwrap_or(1).min(80);
        let (widths, size) = self.columns(rows, count);
        for row in rows {
            self.row(row, &widths, size);
        }
        self.y += 3.0;
    }

    /// Widths of the columns, with the gap after each, and the size of letters at which they fit.
    fn columns(&self, rows: &[Row], count: usize) -> (Vec<f32>, f32) {
        let mut size = 9.0;
        loop {
            let (mut wanted, mut least) = (vec![0.0f32; count], vec![0.0f32; count]);
            // Cells of one column first: what spans several only widens what is too narrow for it.
            for spans in [false, true] {
                for row in rows {
                    for (cell, column) in starts(row) {
                        let last = (column + cell.span).min(count);
                        if (cell.span > 1) == spans && column < last && !cell.lines.is_empty() {
                            widen(&mut wanted[column..last], self.natural(cell, size) + GAP);
                            widen(&mut least[column..last], self.least(cell, size) + GAP);
                        }
                    }
                }
            }
            let needed: f32 = least.iter().sum();
            if needed <= USABLE || size <= SMALLEST {
                return (shares(&wanted, &least), size);
            }
            size = (size * USABLE / needed).min(size - 0.25).max(SMALLEST);
        }
    }

    fn natural(&self, cell: &Cell, size: f32) -> f32 {
        cell.lines.iter().map(|line| (self.measure)(&line.text, ink(line, size))).fold(0.0, f32::max)
    }

    /// Figures stay on one line; of words the longest does.
    fn least(&self, cell: &Cell, size: f32) -> f32 {
        let one = |line: &Line| {
            let width = |text: &str| (self.measure)(text, ink(line, size));
            match is_figure(&line.text) {
                true => width(&line.text),
                false => line.text.split_whitespace().map(width).fold(0.0, f32::max).min(WIDEST_WORD),
            }
        };
        cell.lines.iter().map(one).fold(0.0, f32::max)
    }

    fn row(&mut self, row: &Row, widths: &[f32], size: f32) {
        let mut lines: Vec<Vec<Placed>> = Vec::new();
        for (cell, column) in starts(row) {
            let last = (column + cell.span).min(widths.len());
            if column >= last {
                continue;
            }
            let left = MARGIN + widths[..column].iter().sum::<f32>();
            let width = (widths[column..last].iter().sum::<f32>() - GAP).max(20.0);
            let rows = cell.lines.iter().flat_map(|line| {
                let ink = ink(line, size);
                wrap(self.measure, &line.text, width, ink).into_iter().map(move |text| (text, ink))
            });
            for (index, (text, ink)) in rows.enumerate() {
                if lines.len() <= index {
                    lines.push(Vec::new());
                }
                let x = if cell.right { left + (width - (self.measure)(&text, ink)).max(0.0) } else { left };
                lines[index].push(Placed { x, ink, text });
            }
        }
        for line in lines {
            self.set(line);
        }
        self.y += 2.0;
    }

    /// One line across the page.
    fn set(&mut self, line: Vec<Placed>) {
        let tallest = line.iter().map(|placed| placed.ink.size).fold(SMALLEST, f32::max);
        if self.pages.is_empty() || self.y + tallest * 1.4 > HEIGHT - MARGIN {
            self.begin_page();
        }
        let Some(laid) = self.pages.last_mut() else { return };
        for Placed { x, ink, text } in line {
            let (top, bottom) = (self.y + tallest - ink.size, self.y + tallest + ink.size * 0.25);
            for (from, to) in words(&text) {
                let left = x + (self.measure)(&text[..from], ink);
                let right = x + (self.measure)(&text[..to], ink);
                laid.page.tokens.push(Token {
                    text: text[from..to].to_owned(),
                    bbox: Box { left, top, right, bottom },
                    confidence: 1.0,
                    line: self.line,
                    size: ink.size,
                    bold: ink.bold,
                    hidden: false,
                });
            }
            laid.sheet.items.push(Item::Text { x, y: self.y + tallest, ink, text });
        }
        self.line += 1;
        self.y += tallest * 1.4;
    }

    fn begin_page(&mut self) {
        let number = u32::try_from(self.pages.len()).unwrap_or(u32::MAX).saturating_add(1);
        let page = Page {
            number,
            width: WIDTH,
            height: HEIGHT,
            turned: 0,
            skew: 0.0,
            region: None,
            source: Source::Text,
            tokens: Vec::new(),
            codes: Vec::new(),
        };
        self.pages.push(Laid { sheet: Sheet { width: WIDTH, height: HEIGHT, ..Sheet::default() }, page });
        (self.y, self.line) = (MARGIN, 0);
    }
}

/// The cells of a row, each with its first column.
fn starts(row: &Row) -> impl Iterator<Item = (&Cell, usize)> {
    row.cells.iter().scan(0, |next, cell| {
        let column = *next;
        *next += cell.span;
        Some((cell, column))
    })
}

/// Makes columns at least so wide together.
fn widen(columns: &mut [f32], width: f32) {
    let now: f32 = columns.iter().sum();
    if let Some(last) = columns.last_mut()
        && now < width
    {
        *last += width - now;
    }
}

/// As wide as wanted if there is room; else what is above the least is cut in proportion.
fn shares(wanted: &[f32], least: &[f32]) -> Vec<f32> {
    let (all, needed): (f32, f32) = (wanted.iter().sum(), least.iter().sum());
    if all <= USABLE {
        return wanted.to_vec();
    }
    let part = ((USABLE - needed) / (all - needed).max(1.0)).clamp(0.0, 1.0);
    wanted.iter().zip(least).map(|(wanted, least)| least + (wanted - least).max(0.0) * part).collect()
}

/// An amount, a date, a number: broken in two it would be another one.
fn is_figure(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    text.chars().count() <= 40 && letters <= 4 && text.chars().any(|c| c.is_ascii_digit())
}

/// Where words begin and end.
fn words(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_whitespace(), start) {
            (false, None) => start = Some(at),
            (true, Some(from)) => {
                found.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    found
}
