//! The text layer of a page as tokens.

use ocr::page::{Page, Token};
use ocr::reading::Source;
use pdfium_render::prelude::{PdfFontWeight, PdfPage, PdfPageText, PdfPageTextChar};

use super::covered::{self, Covers};
use super::glyph::{self, View};
use super::{hidden, word};

/// Characters taken of one page; a page of print has some 5,000.
const MOST_CHARACTERS: usize = 200_000;

/// The tokens of a page, and whether some of its numbers stand under something or cannot be seen: then what is seen may be something else.
pub fn read(page: &PdfPage<'_>, number: u32) -> (Page, bool) {
    let view = View::of(page);
    let (tokens, covered) = page.text().map(|text| tokens(&text, page, &view)).unwrap_or_default();
    let has_digit = |token: &Token| token.text.contains(|c: char| c.is_ascii_digit());
    let doubtful = covered || tokens.iter().any(|token| token.hidden && has_digit(token));
    let (width, height, codes) = (view.width, view.height, Vec::new());
    (Page { number, width, height, turned: 0, skew: 0.0, region: None, source: Source::Text, tokens, codes }, doubtful)
}

/// Whether a text layer can be relied on: enough characters that can be seen, with digits, and few that the font maps to
/// nothing. Else the page is a picture, perhaps with somebody's OCR behind it.
pub fn is_sane(page: &Page) -> bool {
    let (mut seen, mut lost, mut digits) = (0_u32, 0_u32, 0_u32);
    for character in page.tokens.iter().filter(|token| !token.hidden).flat_map(|token| token.text.chars()) {
        seen += 1;
        lost += u32::from(is_lost(character));
        digits += u32::from(character.is_ascii_digit());
    }
    seen >= 60 && digits >= 1 && lost * 20 <= seen
}

fn is_lost(character: char) -> bool {
    matches!(character, char::REPLACEMENT_CHARACTER | '\u{e000}'..='\u{f8ff}')
}

/// The words, and whether something lies over a number.
fn tokens(text: &PdfPageText<'_>, page: &PdfPage<'_>, view: &View) -> (Vec<Token>, bool) {
    let glyphs = glyph::list(text, view, MOST_CHARACTERS);
    let chars = text.chars();
    let covers = if glyphs.is_empty() { Covers::default() } else { Covers::of(page, view) };
    let (mut suspects, mut order, mut covered) = (Vec::new(), Vec::new(), false);
    let mut tokens = Vec::new();
    for (line, word) in word::lines(word::words(&glyphs)) {
        let Ok(first) = chars.get(word.first) else { continue };
        let size = first.scaled_font_size().value;
        let hidden = hidden::certainly(&first, &word, size, view);
        let has_digit = word.text.contains(|c: char| c.is_ascii_digit());
        let is_under = !hidden && covers.may_hide(word.bbox);
        covered |= is_under && has_digit;
        // Cutting off is asked for where it matters: it takes many calls.
        if !hidden && (is_under || hidden::perhaps(&first) || (has_digit && covered::is_cut_off(&first, &word, view))) {
            suspects.push(tokens.len());
        }
        order.push(word.first);
        tokens.push(Token { hidden, text: word.text, bbox: word.bbox, confidence: 1.0, line, size, bold: is_bold(&first) });
    }
    hidden::look(page, &mut tokens, &suspects);
    if covered {
        hidden::beneath(&mut tokens, &suspects, &order);
    }
    (tokens, covered)
}

fn is_bold(first: &PdfPageTextChar<'_>) -> bool {
    let heavy = match first.font_weight() {
        Some(PdfFontWeight::Weight700Bold | PdfFontWeight::Weight800 | PdfFontWeight::Weight900) => true,
        Some(PdfFontWeight::Custom(weight)) => weight >= 700,
        _ => false,
    };
    heavy || {
        let name = first.font_name().to_ascii_lowercase();
        ["bold", "black", "heavy", "semibd"].iter().any(|word| name.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str, hidden: bool) -> Page {
        let token = |text: &str| Token {
            text: text.to_owned(),
            bbox: ocr::page::Box::default(),
            confidence: 1.0,
            line: 0,
            size: 10.0,
            bold: false,
            hidden,
        };
        let tokens = text.split(' ').map(token).collect();
        Page {
            number: 1,
            width: 595.0,
            height: 842.0,
            turned: 0,
            skew: 0.0,
            region: None,
            source: Source::Text,
            tokens,
            codes: Vec::new(),
        }
    }

    #[test]
    fn a_text_layer_is_relied_on_only_where_it_says_something() {
        let invoice = "Faktura VAT FV/07/2026 Sprzedawca Nowak Sp. z o.o. NIP 5260250274 Razem do zapłaty 123,00 PLN";
        assert!(is_sane(&page(invoice, false)));
        assert!(!is_sane(&page(invoice, true)), "text behind a scan is somebody's OCR");
        assert!(!is_sane(&page("Scanned with an app 2026", false)));
        assert!(!is_sane(&page(&invoice.replace(['a', 'o', 'e'], "\u{fffd}"), false)));
        assert!(!is_sane(&page(&invoice.replace(|c: char| c.is_ascii_digit(), ""), false)));
    }
}
