//! Characters of a page, moved from the PDF's own coordinates (origin bottom left, before rotation) to the page as displayed.

use ocr::page::Box;
use pdfium_render::prelude::{
    PdfMatrix, PdfPage, PdfPageObject, PdfPageObjectCommon, PdfPageRenderRotation, PdfPageText, PdfPageTextChar, PdfRect,
};

/// A character and where it stands on the displayed page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glyph {
    /// What it is; a blank ends a word.
    pub character: char,
    /// Where it stands; empty for blanks.
    pub bbox: Box,
    /// Its place in PDFium's list.
    pub index: usize,
}

/// How the PDF's own coordinates become those of the displayed page.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// What is shown of the page, in the PDF's coordinates: left, bottom, right, top.
    shown: [f32; 4],
    turned: PdfPageRenderRotation,
    /// Points of the displayed page for one unit of the PDF (UserUnit).
    scale: f32,
    /// Width as displayed.
    pub width: f32,
    /// Height as displayed.
    pub height: f32,
}

impl View {
    /// The view of a page.
    pub fn of(page: &PdfPage<'_>) -> View {
        let (width, height) = (page.width().value, page.height().value);
        let turned = page.rotation().unwrap_or(PdfPageRenderRotation::None);
        let sideways = matches!(turned, PdfPageRenderRotation::Degrees90 | PdfPageRenderRotation::Degrees270);
        let plain = if sideways { [0.0, 0.0, height, width] } else { [0.0, 0.0, width, height] };
        let shown = page.boundaries().bounding().map_or(plain, |boundary| {
            let rect = boundary.bounds;
            [rect.left().value, rect.bottom().value, rect.right().value, rect.top().value]
        });
        let across = (shown[2] - shown[0]).abs();
        let scale = if across > 0.0 { (if sideways { height } else { width }) / across } else { 1.0 };
        View { shown, turned, scale, width, height }
    }

    /// Whether the page is shown as it is drawn.
    pub fn is_upright(&self) -> bool {
        matches!(self.turned, PdfPageRenderRotation::None)
    }

    /// Where an object stands on the displayed page. `frame` is the matrix of the form that holds it.
    pub fn object(&self, object: &PdfPageObject<'_>, frame: Option<&PdfMatrix>) -> Option<Box> {
        let mut rect: PdfRect = object.bounds().ok()?.to_rect();
        if let Some(frame) = frame {
            let (x1, y1) = frame.apply_to_points(rect.left(), rect.bottom());
            let (x2, y2) = frame.apply_to_points(rect.right(), rect.top());
            rect = PdfRect::new(y1.min(y2), x1.min(x2), y1.max(y2), x1.max(x2));
        }
        Some(self.place(&rect))
    }

    /// A rectangle of the PDF on the displayed page.
    pub fn place(&self, rect: &PdfRect) -> Box {
        let [left, bottom, right, top] = self.shown;
        let (x1, x2) = (rect.left().value, rect.right().value);
        let (y1, y2) = (rect.bottom().value, rect.top().value);
        let [a, b, c, d] = match self.turned {
            PdfPageRenderRotation::None => [x1 - left, top - y2, x2 - left, top - y1],
            PdfPageRenderRotation::Degrees90 => [y1 - bottom, x1 - left, y2 - bottom, x2 - left],
            PdfPageRenderRotation::Degrees180 => [right - x2, y1 - bottom, right - x1, y2 - bottom],
            PdfPageRenderRotation::Degrees270 => [top - y2, right - x2, top - y1, right - x1],
        }
        .map(|v| v * self.scale);
        Box { left: a.min(c), top: b.min(d), right: a.max(c), bottom: b.max(d) }
    }
}

/// A loose box taller than this many font sizes comes from a font with a nonsensical ascent: the shape's own box is taken.
const TALLEST: f32 = 2.2;

/// All characters of a page, at most `most`.
pub fn list(text: &PdfPageText<'_>, view: &View, most: usize) -> Vec<Glyph> {
    let chars = text.chars();
    let mut glyphs = Vec::with_capacity(chars.len().min(most));
    for (index, char) in chars.iter().take(most).enumerate() {
        let character = printed(char.unicode_value());
        let bbox = if character == ' ' { Box::default() } else { place(&char, view) };
        glyphs.push(Glyph { character, bbox, index });
    }
    glyphs
}

fn place(char: &PdfPageTextChar<'_>, view: &View) -> Box {
    let loose = char.loose_bounds();
    let tall = |rect: &PdfRect| {
        let size = char.unscaled_font_size().value;
        size > 1.0 && rect.height().value > TALLEST * size
    };
    let rect = match loose {
        Ok(rect) if rect.height().value > 40.0 && tall(&rect) => char.tight_bounds().unwrap_or(rect),
        Ok(rect) if rect.height().value > 0.0 && rect.width().value > 0.0 => rect,
        _ => char.tight_bounds().unwrap_or(PdfRect::ZERO),
    };
    view.place(&rect)
}

/// The character as printed: blanks of all kinds are one, PDFium's marks for a hyphen at a line's end are a hyphen, and what
/// the font maps to nothing is U+FFFD.
fn printed(code: u32) -> char {
    match char::from_u32(code) {
        Some('\u{2}' | '\u{ad}' | '\u{fffe}' | '\u{2010}' | '\u{2011}') => '-',
        Some('\0') | None => char::REPLACEMENT_CHARACTER,
        Some('\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}') => ' ',
        Some(c) if c.is_whitespace() || c.is_control() => ' ',
        Some(c) => c,
    }
}
