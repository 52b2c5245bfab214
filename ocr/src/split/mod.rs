//! Several papers in one file: a PDF with two invoices, a stack of scans with blank or separator sheets between them. Pure: pages with
//! their tokens and codes in, ranges of pages out.

mod head;
mod slips;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::page::Page;
use head::Head;
pub use slips::{are_papers, columns, is_amount};

/// How a file is divided into papers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// A file is one paper.
    None,
    /// Scanned on one side: a blank page or a separator sheet ends a paper.
    OneSided,
    /// Scanned on both sides: a sheet with two blank sides or a separator sheet ends a paper; a single blank side is a back.
    TwoSided,
    /// By separator sheets, and by what the pages say: a page with another number begins another paper.
    #[default]
    Automatic,
}

/// What a page is to the division.
#[derive(Clone, Debug)]
enum Part<'p> {
    /// Nothing on it.
    Blank,
    /// A sheet that only separates.
    Separator,
    /// A part of a page, and a paper by itself.
    Slip,
    /// A page of a paper, and what it says of it where that counts.
    Content(Option<Head<'p>>),
}

/// The papers among `pages`, as ranges of indices; sheets that only separate are in none. At least one range where there is a page.
pub fn papers(pages: &[Page], how: Split) -> Vec<Range<usize>> {
    let whole = 0..pages.len();
    if pages.len() < 2 || how == Split::None {
        return vec![whole];
    }
    let parts: Vec<Part<'_>> = pages.iter().map(|page| part(page, how)).collect();
    let mut papers: Vec<Range<usize>> = Vec::new();
    let mut open: Option<Range<usize>> = None;
    let mut gap = Gap::default();
    for (i, part) in parts.iter().enumerate() {
        match part {
            Part::Slip => {
                papers.extend(open.take());
                papers.push(i..i + 1);
                gap = Gap::default();
            }
            Part::Separator => {
                papers.extend(open.take());
                gap = Gap::default();
            }
            Part::Blank => gap.add(i),
            Part::Content(head) => {
                let ends = match (how, head, &open) {
                    (Split::OneSided, ..) => gap.blanks > 0,
                    (Split::TwoSided, ..) => gap.sheet,
                    (_, Some(head), Some(open)) => begins(&parts[open.clone()], head, gap.blanks > 0),
                    _ => false,
                };
                if ends {
                    papers.extend(open.take());
                }
                open = Some(open.map_or(i, |o| o.start)..i + 1);
                gap = Gap::default();
            }
        }
    }
    papers.extend(open);
    if papers.is_empty() { vec![whole] } else { papers }
}

/// Blank pages since the last page of a paper.
#[derive(Default)]
struct Gap {
    blanks: usize,
    /// Front and back of one sheet among them.
    sheet: bool,
    last: Option<usize>,
}

impl Gap {
    fn add(&mut self, page: usize) {
        // The first page of a file is the front of its first sheet.
        self.sheet |= page % 2 == 1 && self.last == Some(page - 1);
        self.blanks += 1;
        self.last = Some(page);
    }
}

/// Whether a page begins another paper than that of the pages before it.
fn begins(before: &[Part<'_>], head: &Head<'_>, after_blank: bool) -> bool {
    let heads = before.iter().filter_map(|part| match part {
        Part::Content(head) => head.as_ref(),
        _ => None,
    });
    let heads: Vec<&Head<'_>> = heads.collect();
    // The pages of one paper say so: by their numbers, or by one number of the paper on each.
    if head.follows(&heads) || !(head.is_first_of_several() || head.is_title()) || head.shares_number(&heads) {
        return false;
    }
    let other = head.differs(&heads);
    if head.is_first_of_several() && (other || head.is_title()) && heads.last().is_none_or(|last| last.may_be_last()) {
        return true;
    }
    head.is_title() && (other || after_blank)
}

fn part(page: &Page, how: Split) -> Part<'_> {
    let seen = || page.tokens.iter().filter(|token| !token.hidden);
    let letters: usize = seen().map(|token| token.text.chars().filter(|c| c.is_alphanumeric()).count()).sum();
    if page.region.is_some() {
        Part::Slip
    } else if head::is_separator(page) {
        Part::Separator
    } else if letters < FEWEST_LETTERS && page.codes.is_empty() {
        Part::Blank
    } else {
        Part::Content((how == Split::Automatic).then(|| Head::of(page)))
    }
}

/// Dirt on a blank sheet may look like a letter or two.
const FEWEST_LETTERS: usize = 4;
