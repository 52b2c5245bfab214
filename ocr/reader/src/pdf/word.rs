//! Characters to words, and words to lines: pure geometry on the displayed page.

use ocr::page::Box;

use super::glyph::Glyph;

/// A word: some neighbouring glyphs.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// Its characters.
    pub text: String,
    /// Where it stands.
    pub bbox: Box,
    /// PDFium's index of its first character.
    pub first: usize,
    /// Runs down or up the page.
    pub upright: bool,
}

/// A gap wider than this share of the height ends a word though no blank was written.
const GAP: f32 = 0.35;
/// Characters step back by kerning; further back begins a new word.
const BACK: f32 = 0.6;

/// The words of a page in the order in which they were drawn.
pub fn words(glyphs: &[Glyph]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut open = false;
    let mut last = Box::default();
    for glyph in glyphs {
        if glyph.character == ' ' {
            open = false;
            continue;
        }
        match words.last_mut().filter(|_| open).and_then(|word| Some((follows(word, last, glyph.bbox)?, word))) {
            Some((upright, word)) => {
                push(&mut word.text, glyph.character);
                word.bbox = word.bbox.union(glyph.bbox);
                word.upright = upright;
            }
            None => {
                let mut text = String::with_capacity(8);
                push(&mut text, glyph.character);
                words.push(Word { text, bbox: glyph.bbox, first: glyph.index, upright: false });
            }
        }
        open = true;
        last = glyph.bbox;
    }
    words
}

/// Gives each word the number of its line down the page, and sorts the words by line and then left to right.
pub fn lines(mut words: Vec<Word>) -> Vec<(u32, Word)> {
    words.sort_by(|a, b| a.bbox.center_y().total_cmp(&b.bbox.center_y()));
    let mut lines: Vec<Vec<Word>> = Vec::new();
    let mut bands: Vec<Box> = Vec::new();
    for word in words {
        // Only the last few bands can still take a word: they come down the page in order of their centres.
        let from = bands.len().saturating_sub(4);
        let home = (from..bands.len()).rev().find(|&i| !word.upright && !lines[i][0].upright && same_line(bands[i], word.bbox));
        match home {
            Some(i) => {
                // The band stays as high as its first words, or a tall one would swallow the next line.
                bands[i].left = bands[i].left.min(word.bbox.left);
                lines[i].push(word);
            }
            None => {
                bands.push(word.bbox);
                lines.push(vec![word]);
            }
        }
    }
    let mut sorted = Vec::new();
    for (number, mut line) in (0..).zip(lines) {
        line.sort_by(|a, b| a.bbox.left.total_cmp(&b.bbox.left));
        sorted.extend(line.into_iter().map(|word| (number, word)));
    }
    sorted
}

fn same_line(band: Box, word: Box) -> bool {
    let shared = band.bottom.min(word.bottom) - band.top.max(word.top);
    shared > 0.55 * band.height().min(word.height())
}

/// Whether a character continues the word that ends with `last`, and if so whether the word runs up or down the page.
fn follows(word: &Word, last: Box, next: Box) -> Option<bool> {
    let height = last.height().max(next.height()).max(1.0);
    let shared = last.bottom.min(next.bottom) - last.top.max(next.top);
    let gap = next.left - last.right;
    if !word.upright && shared > 0.4 * last.height().min(next.height()) {
        return (gap < GAP * height && gap > -BACK * height - next.width()).then_some(false);
    }
    let width = last.width().max(next.width()).max(1.0);
    let stacked = last.right.min(next.right) - last.left.max(next.left) > 0.6 * last.width().min(next.width());
    let step = (next.top - last.bottom).max(last.top - next.bottom);
    let begun = word.upright || word.text.chars().count() == 1;
    (stacked && step < GAP * width && begun).then_some(true)
}

/// Ligatures are their letters.
fn push(text: &mut String, character: char) {
    match character {
        'ﬀ' => text.push_str("ff"),
        'ﬁ' => text.push_str("fi"),
        'ﬂ' => text.push_str("fl"),
        'ﬃ' => text.push_str("ffi"),
        'ﬄ' => text.push_str("ffl"),
        'ﬅ' | 'ﬆ' => text.push_str("st"),
        other => text.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sets text at (x, y) with characters 5 wide and 10 high; `_` is a gap without a blank.
    fn set(glyphs: &mut Vec<Glyph>, x: f32, y: f32, text: &str) {
        for (i, character) in (0u8..).zip(text.chars()) {
            if character != '_' {
                let left = x + 5.0 * f32::from(i);
                let bbox = Box { left, top: y, right: left + 5.0, bottom: y + 10.0 };
                glyphs.push(Glyph { character, bbox, index: glyphs.len() });
            }
        }
    }

    fn texts(glyphs: &[Glyph]) -> Vec<(u32, String)> {
        lines(words(glyphs)).into_iter().map(|(line, word)| (line, word.text)).collect()
    }

    #[test]
    fn blanks_gaps_and_lines_end_words() {
        let mut glyphs = Vec::new();
        set(&mut glyphs, 10.0, 50.0, "Netto 100,00__23,00");
        set(&mut glyphs, 10.0, 20.0, "FV/1");
        let expected = [(0, "FV/1"), (1, "Netto"), (1, "100,00"), (1, "23,00")].map(|(l, t)| (l, t.to_owned()));
        assert_eq!(texts(&glyphs), expected);
    }

    #[test]
    fn words_of_a_row_are_one_line_whatever_order_they_are_drawn_in() {
        let mut glyphs = Vec::new();
        set(&mut glyphs, 300.0, 101.5, "123,00");
        set(&mut glyphs, 10.0, 120.0, "IBAN");
        set(&mut glyphs, 10.0, 100.0, "Razem");
        let expected = [(0, "Razem"), (0, "123,00"), (1, "IBAN")].map(|(l, t)| (l, t.to_owned()));
        assert_eq!(texts(&glyphs), expected);
    }

    #[test]
    fn text_up_the_margin_is_one_word_and_no_part_of_the_rows_beside_it() {
        let mut glyphs = Vec::new();
        for (i, character) in (0u8..).zip("KRS0001".chars()) {
            let top = 200.0 - 6.0 * f32::from(i);
            glyphs.push(Glyph { character, bbox: Box { left: 2.0, top, right: 10.0, bottom: top + 6.0 }, index: i.into() });
        }
        set(&mut glyphs, 30.0, 180.0, "Suma");
        let found = texts(&glyphs);
        assert!(found.iter().any(|(_, text)| text == "KRS0001"), "{found:?}");
        assert_eq!(found.iter().map(|(line, _)| line).collect::<std::collections::BTreeSet<_>>().len(), 2);
    }

    #[test]
    fn ligatures_are_letters() {
        let mut glyphs = Vec::new();
        set(&mut glyphs, 0.0, 0.0, "oﬃce");
        assert_eq!(texts(&glyphs), [(0, "office".to_owned())]);
    }
}
