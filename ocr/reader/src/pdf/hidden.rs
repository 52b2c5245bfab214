//! Text that a person who looks at the page cannot see: it never decides a field.

use image::GrayImage;
use ocr::page::{Box, Token};
use pdfium_render::prelude::{PdfPage, PdfPageTextChar, PdfPageTextRenderMode};

use super::draw::{self, Shades};
use super::glyph::View;
use super::word::Word;

/// Smaller than this many points nobody reads it.
const TINY: f32 = 1.5;
/// A colour channel above this is as good as white paper.
const PALE: u8 = 240;
/// Two shades nearer than this are one to the eye.
const CONTRAST: u8 = 24;
/// Enough to see whether there is ink in a word's box.
const DPI: f32 = 96.0;
/// The share of a word that others cover where they stand at its place.
const MOSTLY: f32 = 0.5;
/// Pixels of that picture.
const MOST_PIXELS: u64 = 4_000_000;

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

/// Looks at the drawn page where suspects stand: a place that is of one shade shows no text. White letters on the dark head
/// of a table are seen this way, and white letters on white paper are not.
pub fn look(page: &PdfPage<'_>, tokens: &mut [Token], suspects: &[usize]) {
    if suspects.is_empty() {
        return;
    }
    let drawn = draw::page(page, DPI, Shades::Grey, MOST_PIXELS);
    let Some((picture, dpi)) = drawn.ok().map(|drawn| (drawn.picture.into_luma8(), drawn.dpi)) else { return };
    for &i in suspects {
        tokens[i].hidden = !shows_ink(&picture, tokens[i].bbox, dpi / 72.0);
    }
}

/// Of two words at one place, the later drawn is what is seen. `order` is the place of each word in the page's content.
pub fn beneath(tokens: &mut [Token], suspects: &[usize], order: &[usize]) {
    for &i in suspects {
        let (place, drawn) = (tokens[i].bbox, order[i]);
        let later = tokens.iter().zip(order).filter(|(other, order)| **order > drawn && !other.hidden);
        let covered: f32 = later.filter_map(|(other, _)| other.bbox.common(place)).map(Box::area).sum();
        tokens[i].hidden |= covered > MOSTLY * place.area();
    }
}

fn shows_ink(picture: &GrayImage, place: Box, scale: f32) -> bool {
    // The outermost tenth may hold a ruled line that is not the word's.
    let (inset_x, inset_y) = (place.width() * 0.05, place.height() * 0.1);
    let range =
        |from: f32, to: f32, end: u32| ((from * scale).max(0.0) as u32).min(end)..((to * scale).max(0.0).ceil() as u32).min(end);
    let columns = range(place.left + inset_x, place.right - inset_x, picture.width());
    let (mut darkest, mut lightest) = (u8::MAX, u8::MIN);
    for y in range(place.top + inset_y, place.bottom - inset_y, picture.height()) {
        for x in columns.clone() {
            let shade = picture.get_pixel(x, y).0[0];
            darkest = darkest.min(shade);
            lightest = lightest.max(shade);
        }
    }
    lightest.saturating_sub(darkest) >= CONTRAST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ink_is_contrast_whatever_the_ground() {
        let place = Box { left: 10.0, top: 10.0, right: 30.0, bottom: 20.0 };
        let mut picture = GrayImage::from_pixel(60, 40, image::Luma([30]));
        assert!(!shows_ink(&picture, place, 1.0));
        picture.put_pixel(20, 15, image::Luma([250]));
        assert!(shows_ink(&picture, place, 1.0));
        assert!(!shows_ink(&picture, Box { left: 100.0, top: 100.0, right: 120.0, bottom: 110.0 }, 1.0));
    }
}
