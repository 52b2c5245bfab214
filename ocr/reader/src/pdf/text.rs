//! The text layer of a page as tokens.

use ocr::page::{Page, Token};
use ocr::reading::Source;
use pdfium_render::prelude::{PdfFontWeight, PdfPage, PdfPageText, PdfPageTextChar};

use super::glyph::{self, View};
use super::{hidden, word};

/// Characters taken of one page; a page of print has some 5,000.
const MOST_CHARACTERS: usize = 200_000;

/// The tokens of a page.
pub fn read(page: &PdfPage<'_>, number: u32) -> Page {
    let view = View::of(page);
    let tokens = page.text().map(|text| tokens(&text, page, &view)).unwrap_or_default();
    Page { number, width: view.width, height: view.height, turned: 0, skew: 0.0, source: Source::Text, tokens, codes: Vec::new() }
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

fn tokens(text: &PdfPageText<'_>, page: &PdfPage<'_>, view: &View) -> Vec<Token> {
    let glyphs = glyph::list(text, view, MOST_CHARACTERS);
    let chars = text.chars();
    let mut suspects = Vec::new();
    let mut tokens = Vec::new();
    for (line, word) in word::lines(word::words(&glyphs)) {
        let Ok(first) = chars.get(word.first) else { continue };
        let size = first.scaled_font_size().value;
        let token = Token {
            hidden: hidden::certainly(&first, &word, size, view),
            text: word.text,
            bbox: word.bbox,
            confidence: 1.0,
            line,
            size,
            bold: is_bold(&first),
        };
        if !token.hidden && hidden::perhaps(&first) {
            suspects.push(tokens.len());
        }
        tokens.push(token);
    }
    hidden::look(page, &mut tokens, &suspects);
    tokens
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
        Page { number: 1, width: 595.0, height: 842.0, turned: 0, skew: 0.0, source: Source::Text, tokens, codes: Vec::new() }
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
