//! Tables that programs draw with characters (`│ 340,00│   3,95│`): the strokes are no text, and stand glued to what is.

use std::borrow::Cow;

use crate::page::{Page, Token};

/// The pages without strokes: words that a stroke joins are set apart.
pub(super) fn without(pages: &[Page]) -> Cow<'_, [Page]> {
    if !pages.iter().flat_map(|p| &p.tokens).any(|t| t.text.contains(is_stroke)) {
        return Cow::Borrowed(pages);
    }
    let mut pages = pages.to_vec();
    for page in &mut pages {
        page.tokens = std::mem::take(&mut page.tokens).into_iter().flat_map(pieces).collect();
    }
    Cow::Owned(pages)
}

/// Box drawing (Unicode block 2500).
fn is_stroke(c: char) -> bool {
    ('\u{2500}'..='\u{257f}').contains(&c)
}

/// What stands between the strokes of a word; each character is as wide as another.
fn pieces(token: Token) -> Vec<Token> {
    if !token.text.contains(is_stroke) {
        return vec![token];
    }
    let chars: Vec<char> = token.text.chars().collect();
    let wide = token.bbox.width() / chars.len() as f32;
    let edge = |at: usize| token.bbox.left + wide * at as f32;
    let mut out = Vec::new();
    let mut start = 0;
    while start < chars.len() {
        let end = chars[start..].iter().position(|c| is_stroke(*c)).map_or(chars.len(), |n| start + n);
        if end > start {
            let mut bbox = token.bbox;
            (bbox.left, bbox.right) = (edge(start), edge(end));
            out.push(Token { text: chars[start..end].iter().collect(), bbox, ..token.clone() });
        }
        start = end + 1;
    }
    out
}
