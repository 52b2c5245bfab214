//! A mail's HTML text as pages: its words, amounts and tables in reading order, set plainly. Pure layout, as in [`crate::sheet`]: the caller measures
//! text and draws. How a mail looks in a mail program is not the point; that its labels stand beside their values is.

mod entities;
mod layout;
mod rows;
#[cfg(test)]
mod tests;

use crate::page::Page;
use crate::sheet::{Measure, Sheet};

pub use layout::MOST_PAGES;

/// A page: to be drawn, and to be read.
#[derive(Clone, Debug)]
pub struct Laid {
    /// What is drawn.
    pub sheet: Sheet,
    /// Its words with their places.
    pub page: Page,
}

/// The pages of an HTML text, at most [`MOST_PAGES`]. `measure` gives the width of a text in points. None without text.
pub fn pages(html: &str, measure: &Measure<'_>) -> Vec<Laid> {
    layout::pages(&rows::rows(html), measure)
}

/// What an HTML file says of its own characters: `<meta charset=…>` or `<meta http-equiv … content="…; charset=…">`, within the first
/// kilobytes.
pub fn declared_charset(head: &str) -> Option<String> {
    let lower = head.to_ascii_lowercase();
    let meta = lower.match_indices("<meta").map(|(at, _)| &lower[at..]);
    let named = meta.filter_map(|rest| {
        let tag = &rest[..rest.find('>').unwrap_or(rest.len())];
        let value = tag.split("charset").nth(1)?.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
        let name: String = value.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
        (!name.is_empty()).then_some(name)
    });
    named.into_iter().next()
}
