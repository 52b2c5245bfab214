//! Where a value that is known stands on the pages: printed in any of the ways people write it.

use std::cell::OnceCell;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::fold::fold;
use crate::page::{Box, Page, Token};
use crate::reading::FieldName;
use crate::value::amount::{self, DecimalMark};
use crate::value::date::{self, DateOrder};
use crate::value::tax_id;
use crate::vocab;

/// A place where a value is printed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    /// From 1 within the file.
    pub page: u32,
    pub bbox: Box,
    /// As printed.
    pub raw: String,
}

/// How values of a field are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Amount,
    Date,
    TaxId,
    /// Characters in groups or not.
    Id,
    Words,
}

/// The shape of a field's values.
pub(super) fn shape(name: FieldName) -> Shape {
    use FieldName::*;
    match name {
        IssueDate | SaleDate | DueDate => Shape::Date,
        AllowancesTotal | ChargesTotal | TotalNet | TotalVat | TotalVatAccounting | TotalGross | Withholding | AmountPaid
        | Rounding | AmountPayable | ExchangeRate => Shape::Amount,
        SellerTaxId | BuyerTaxId => Shape::TaxId,
        SellerName | SellerAddress | BuyerName | BuyerAddress => Shape::Words,
        _ => Shape::Id,
    }
}

/// Whether two values of a field say the same.
pub(super) fn same(name: FieldName, a: &str, b: &str) -> bool {
    match shape(name) {
        Shape::Amount => number(a).is_some() && number(a).map(|n| n.abs()) == number(b).map(|n| n.abs()),
        Shape::Date => a == b,
        Shape::TaxId => tax_id::same(a, b),
        Shape::Id => bare(a) == bare(b),
        Shape::Words => {
            let (a, b) = (words(a), words(b));
            let common = a.iter().filter(|w| b.contains(w)).count();
            common * 2 >= a.len().max(b.len())
        }
    }
}

/// The pages of a paper, prepared for looking things up: every token is taken apart once.
pub(super) struct Finder<'a> {
    lines: Vec<Line<'a>>,
    numbers: Vec<Number>,
    dates: OnceCell<Vec<(Span, Date, Option<Date>)>>,
    words: Vec<(Span, String)>,
}

/// Tokens of one line of a page that a reader of the paper can see.
struct Line<'a> {
    page: u32,
    tokens: Vec<&'a Token>,
    folded: Vec<String>,
    bare: Vec<String>,
}

/// Tokens of a line: the first, and the one after the last.
#[derive(Clone, Copy, Debug)]
struct Span {
    line: usize,
    start: usize,
    end: usize,
}

struct Number {
    at: Span,
    value: Decimal,
    other: Option<Decimal>,
}

impl<'a> Finder<'a> {
    pub fn new(pages: &'a [Page]) -> Finder<'a> {
        let mut lines: Vec<Line<'a>> = Vec::new();
        for page in pages {
            let mut last = None;
            for token in page.tokens.iter().filter(|t| !t.hidden) {
                if last != Some(token.line) {
                    lines.push(Line { page: page.number, tokens: Vec::new(), folded: Vec::new(), bare: Vec::new() });
                    last = Some(token.line);
                }
                if let Some(line) = lines.last_mut() {
                    line.tokens.push(token);
                    line.folded.push(fold(&token.text));
                    line.bare.push(alphanumeric(line.folded.last().map_or("", |f| after_label(f))));
                }
            }
        }
        let numbers = lines.iter().enumerate().flat_map(|(l, line)| numbers(l, line)).collect();
        let words = lines.iter().enumerate().flat_map(|(l, line)| spoken(l, line)).collect();
        Finder { lines, numbers, dates: OnceCell::new(), words }
    }

    /// All places, in reading order.
    pub fn all(&self, name: FieldName, value: &str) -> Vec<Place> {
        match shape(name) {
            Shape::Amount => number(value).map_or_else(Vec::new, |number| self.amounts(number)),
            Shape::Date => value.parse().map_or_else(|_| Vec::new(), |day| self.dates(day)),
            Shape::TaxId | Shape::Id => self.ids(value, shape(name) == Shape::TaxId),
            Shape::Words => self.words(value),
        }
    }

    pub fn amounts(&self, wanted: Decimal) -> Vec<Place> {
        let wanted = wanted.abs();
        let fits = |n: &&Number| n.value.abs() == wanted || n.other.is_some_and(|o| o.abs() == wanted);
        self.numbers.iter().filter(fits).map(|n| self.place(n.at)).collect()
    }

    fn dates(&self, wanted: Date) -> Vec<Place> {
        let all = self.dates.get_or_init(|| self.lines.iter().enumerate().flat_map(|(l, line)| dates(l, line)).collect());
        let fits = |(_, date, other): &&(Span, Date, Option<Date>)| *date == wanted || *other == Some(wanted);
        all.iter().filter(fits).map(|(at, ..)| self.place(*at)).collect()
    }

    /// Characters that may be printed in groups; a tax id with its country in front or without.
    fn ids(&self, value: &str, is_tax_id: bool) -> Vec<Place> {
        let wanted = alphanumeric(&fold(value));
        let short = if is_tax_id { without_country(&wanted) } else { wanted.trim_start_matches('0') };
        if wanted.is_empty() {
            return Vec::new();
        }
        let fits = |joined: &str| {
            let plain = if is_tax_id { without_country(joined) } else { joined.trim_start_matches('0') };
            joined == wanted || (plain == short && !plain.is_empty())
        };
        let mut out = Vec::new();
        for (l, line) in self.lines.iter().enumerate() {
            for start in 0..line.tokens.len() {
                let mut joined = String::new();
                for end in start..line.tokens.len().min(start + 12) {
                    joined.push_str(&line.bare[end]);
                    if !line.bare[end].is_empty() && fits(&joined) {
                        out.push(self.place(Span { line: l, start, end: end + 1 }));
                        break;
                    }
                    if joined.len() > wanted.len() + 4 {
                        break;
                    }
                }
            }
        }
        out
    }

    /// A name may be printed shorter, broken over two lines, or with more behind it: its first words count.
    pub fn words(&self, value: &str) -> Vec<Place> {
        let wanted = words(value);
        let letters = |words: &[String]| words.iter().map(String::len).sum::<usize>();
        let all = letters(&wanted);
        let mut best: Vec<(usize, Place)> = Vec::new();
        for start in 0..self.words.len() {
            let run = self.words[start..].iter().zip(&wanted).take_while(|((_, a), b)| a == *b).count();
            if run > 0 && letters(&wanted[..run]) * 2 >= all && wanted[..run].iter().any(|w| w.len() > 2) {
                let (first, last) = (self.words[start].0, self.words[start + run - 1].0);
                // What runs on in the next line is shown by its first line.
                let end = if last.line == first.line { last.end } else { self.lines[first.line].tokens.len() };
                best.push((run, self.place(Span { end, ..first })));
            }
        }
        let most = best.iter().map(|(run, _)| *run).max().unwrap_or(0);
        best.into_iter().filter(|(run, _)| *run == most).map(|(_, place)| place).collect()
    }

    fn place(&self, at: Span) -> Place {
        let line = &self.lines[at.line];
        let tokens = &line.tokens[at.start..at.end];
        let bbox = tokens.iter().map(|t| t.bbox).reduce(Box::union).unwrap_or_default();
        let raw = tokens.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(" ");
        Place { page: line.page, bbox, raw }
    }
}

/// The numbers of a line; thousands may be set apart by a blank, so that `1 234,50` is three numbers, one of them right.
fn numbers(l: usize, line: &Line<'_>) -> Vec<Number> {
    let mut out = Vec::new();
    for start in 0..line.tokens.len() {
        let mut joined = String::new();
        for end in start..line.tokens.len().min(start + 4) {
            let text = line.tokens[end].text.as_str();
            let digits = if end == start {
                text.contains(|c: char| c.is_ascii_digit())
            } else {
                text.starts_with(|c: char| c.is_ascii_digit())
            };
            if !digits {
                break;
            }
            joined.push_str(text);
            if let Some(found) = amount::parse(&joined, DecimalMark::Unknown).filter(|a| !a.percent) {
                out.push(Number { at: Span { line: l, start, end: end + 1 }, value: found.value, other: found.other });
            }
        }
    }
    out
}

fn dates(l: usize, line: &Line<'_>) -> Vec<(Span, Date, Option<Date>)> {
    let months = vocab::shared().months();
    let row: Vec<&str> = line.folded.iter().map(|w| after_label(w)).collect();
    let from = |start: usize| {
        let found = date::read(&row[start..row.len().min(start + 6)], months, DateOrder::DayFirst)?;
        Some((Span { line: l, start, end: start + found.words.max(1) }, found.date, found.other))
    };
    (0..row.len()).filter_map(from).collect()
}

fn spoken(l: usize, line: &Line<'_>) -> Vec<(Span, String)> {
    let words = line.folded.iter().enumerate().flat_map(|(t, folded)| words_of(folded).map(move |w| (t, w)));
    words.map(|(t, word)| (Span { line: l, start: t, end: t + 1 }, word)).collect()
}

/// Letters and digits in lower case, without zeros that only fill up.
fn bare(text: &str) -> String {
    let plain = alphanumeric(&fold(text));
    let trimmed = plain.trim_start_matches('0');
    if trimmed.is_empty() { plain } else { trimmed.to_owned() }
}

fn alphanumeric(folded: &str) -> String {
    folded.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// A tax id (folded) without the two letters of a country in front of its digits.
fn without_country(id: &str) -> &str {
    match id.as_bytes() {
        [a, b, c, ..] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() => &id[2..],
        _ => id,
    }
}

fn after_label(text: &str) -> &str {
    let cut = text.rfind(':').filter(|at| at + 1 < text.len() && !text[..*at].contains(|c: char| c.is_ascii_digit()));
    text[cut.map_or(0, |at| at + 1)..].trim_end_matches([',', ';'])
}

fn words(text: &str) -> Vec<String> {
    words_of(&fold(text)).collect()
}

fn words_of(folded: &str) -> impl Iterator<Item = String> + use<'_> {
    folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned)
}

fn number(text: &str) -> Option<Decimal> {
    text.parse().or_else(|_| Decimal::from_scientific(text)).ok()
}
