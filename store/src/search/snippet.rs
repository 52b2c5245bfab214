//! The line of a paper that answers a question, with the words that were found marked.

use ocr::fold::fold;
use ocr::page::Page;
use serde::Serialize;

use super::terms::{Wanted, words};

/// A stretch of a snippet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stretch {
    /// The words.
    pub text: String,
    /// They were asked for.
    pub hit: bool,
}

/// Words shown before the first hit and in all.
const BEFORE: usize = 6;
const SHOWN: usize = 26;

/// The best stretch of the pages; empty where nothing of them was asked for (the hit is in a subject or note).
pub(super) fn of_pages(pages: &[Page], wanted: &Wanted) -> Vec<Stretch> {
    let tokens: Vec<&str> =
        pages.iter().flat_map(|page| &page.tokens).filter(|token| !token.hidden).map(|token| token.text.as_str()).collect();
    of_words(&tokens, wanted)
}

/// The same for a plain text.
pub(super) fn of_text(text: &str, wanted: &Wanted) -> Vec<Stretch> {
    of_words(&text.split_whitespace().collect::<Vec<_>>(), wanted)
}

fn of_words(tokens: &[&str], wanted: &Wanted) -> Vec<Stretch> {
    let hits: Vec<Option<usize>> = tokens.iter().map(|token| which(token, wanted)).collect();
    let starts = hits.iter().enumerate().filter(|(_, hit)| hit.is_some()).map(|(at, _)| at.saturating_sub(BEFORE));
    // The window with most of the different words that were asked for; the first of several.
    let distinct = |from: usize| {
        let window = &hits[from..hits.len().min(from + SHOWN)];
        wanted.iter().enumerate().filter(|(n, _)| window.contains(&Some(*n))).count()
    };
    let Some(from) = starts.max_by_key(|from| (distinct(*from), std::cmp::Reverse(*from))) else { return Vec::new() };
    let to = tokens.len().min(from + SHOWN);
    let mut stretches: Vec<Stretch> = Vec::new();
    for (token, hit) in tokens[from..to].iter().zip(&hits[from..to]) {
        match stretches.last_mut() {
            Some(last) if last.hit == hit.is_some() => {
                last.text.push(' ');
                last.text.push_str(token);
            }
            _ => stretches.push(Stretch { text: (*token).to_owned(), hit: hit.is_some() }),
        }
    }
    if from > 0
        && let Some(first) = stretches.first_mut()
    {
        first.text.insert_str(0, "… ");
    }
    if to < tokens.len()
        && let Some(last) = stretches.last_mut()
    {
        last.text.push_str(" …");
    }
    stretches
}

/// Which of the words asked for this one answers.
fn which(token: &str, wanted: &Wanted) -> Option<usize> {
    let (parts, whole): (Vec<String>, String) = (words(token), fold(token).chars().filter(|c| c.is_alphanumeric()).collect());
    let fits = |term: &super::terms::Term| match term.text.strip_prefix("zq") {
        Some(marked) => marked.chars().next().is_some_and(|_| whole.len() > 2 && whole.contains(&marked[1..])),
        None => parts.iter().any(|part| if term.prefix { part.starts_with(&term.text) } else { *part == term.text }),
    };
    wanted.iter().position(|forms| forms.iter().any(fits))
}

#[cfg(test)]
mod tests {
    use super::super::terms::strict;
    use super::*;

    #[test]
    fn the_words_asked_for_are_marked_where_they_stand_together() {
        let text = "Hurtownia a b c d e f g h i j k l m n o p q r s t u v w x y z Hurtownia Zboża Kowalski FV/07/2026 Łódź";
        let stretches = of_text(text, &strict("zboza kowal 07/2026"));
        let hits: Vec<&str> = stretches.iter().filter(|s| s.hit).map(|s| s.text.as_str()).collect();
        assert_eq!(hits, ["Zboża Kowalski FV/07/2026"]);
        assert!(stretches[0].text.starts_with("… "), "{stretches:?}");
        assert!(of_text(text, &strict("nothing")).is_empty());
    }
}
