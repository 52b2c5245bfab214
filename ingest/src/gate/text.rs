//! Text as the gate compares and shows it, and its runs of letters and digits.

use ocr::fold::fold;
use unicode_normalization::UnicodeNormalization;

/// Longest subject that is kept, in characters.
const MAX_CHARS: usize = 500;

/// `text` for display and matching: compatibility forms made plain (NFKC: `４８３９` is 4839), control and invisible
/// characters taken out, blanks collapsed, cut at 500 characters.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(MAX_CHARS * 4));
    let mut chars = 0;
    for c in text.nfkc().filter(|c| !is_invisible(*c)) {
        let c = if c.is_control() || c.is_whitespace() { ' ' } else { c };
        if c == ' ' && (out.is_empty() || out.ends_with(' ')) {
            continue;
        }
        out.push(c);
        chars += 1;
        if chars == MAX_CHARS {
            break;
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Zero-width and direction characters: they hide or reorder what a person sees.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A run of letters and digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run<'a> {
    /// First byte in the text.
    pub start: usize,
    /// Byte after its last.
    pub end: usize,
    /// As written.
    pub text: &'a str,
    /// Folded.
    pub folded: String,
}

/// All runs of letters and digits in `text`.
pub fn runs(text: &str) -> Vec<Run<'_>> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                let run = &text[from..at];
                found.push(Run { start: from, end: at, text: run, folded: fold(run) });
                start = None;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{clean, runs};

    #[test]
    fn cleans_what_hides_or_disturbs() {
        assert_eq!(clean(" (４８３９)\u{200b}\r\n\t\u{202e}Faktura\u{a0}nr\u{0} 1 "), "(4839) Faktura nr 1");
        assert_eq!(clean(&"x".repeat(600)).len(), 500);
    }

    #[test]
    fn finds_runs_with_their_places() {
        let found: Vec<(usize, &str)> = runs("Şifre:4839 a").iter().map(|run| (run.start, run.text)).collect();
        assert_eq!(found, [(0, "Şifre"), (7, "4839"), (12, "a")]);
    }
}
