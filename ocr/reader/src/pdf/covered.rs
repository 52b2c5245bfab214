//! Where text of a page may not be seen for what lies over it or for what it is cut off by: places to be looked at, since the text layer
//! itself says nothing of either.

use ocr::page::Box;
use pdfium_render::prelude::{
    PdfMatrix, PdfPage, PdfPageObject, PdfPageObjectCommon, PdfPageObjectsCommon, PdfPageTextChar, PdfPathFillMode,
    PdfPathSegments, PdfRect,
};

use super::glyph::View;
use super::word::Word;

/// Objects of a page that are looked at.
const MOST_OBJECTS: usize = 8_000;
/// Fields and pictures over text that are remembered: each word is compared with all of them.
const MOST_COVERS: usize = 200;
/// Points: what is narrower hides no amount.
const NARROW: f32 = 4.0;
/// Points by which a field has to reach over text that stood there before; the rows of a table touch each other.
const DEEP: f32 = 2.0;
/// Below this a colour lets through what is behind it.
const OPAQUE: u8 = 100;

/// Fields and pictures that were drawn over text.
#[derive(Debug, Default)]
pub struct Covers {
    /// Where text was drawn, in the order of drawing.
    texts: Vec<Box>,
    /// Each with how many of the texts were there before it.
    covers: Vec<(Box, usize)>,
}

impl Covers {
    /// Those of a page.
    pub fn of(page: &PdfPage<'_>, view: &View) -> Covers {
        let mut seen = Seen { view, found: Covers::default(), left: MOST_OBJECTS };
        for object in page.objects().iter() {
            match &object {
                // Some programs put the whole page into a form. Forms within it are not looked into.
                PdfPageObject::XObjectForm(form) => {
                    let Ok(matrix) = form.matrix() else { continue };
                    form.iter().for_each(|inner| seen.add(&inner, Some(&matrix)));
                }
                _ => seen.add(&object, None),
            }
        }
        seen.found
    }

    /// Whether a word at this place may stand under a cover. What is printed on a coloured field stands within it as well, but no text was
    /// there before the field.
    pub fn may_hide(&self, word: Box) -> bool {
        let over = self.covers.iter().filter(|(cover, _)| cover.contains(word.center_x(), word.center_y()));
        let before = over.map(|(_, before)| *before).max().unwrap_or(0);
        self.texts[..before].iter().any(|text| text.common(word).is_some())
    }
}

struct Seen<'v> {
    view: &'v View,
    found: Covers,
    left: usize,
}

impl Seen<'_> {
    fn add(&mut self, object: &PdfPageObject<'_>, frame: Option<&PdfMatrix>) {
        if self.left == 0 || self.found.covers.len() >= MOST_COVERS {
            return;
        }
        self.left -= 1;
        let is_text = match object {
            PdfPageObject::Text(_) => true,
            // What is drawn before all text covers none.
            PdfPageObject::Path(_) | PdfPageObject::Image(_) if !self.found.texts.is_empty() => false,
            _ => return,
        };
        let Some(place) = self.view.object(object, frame) else { return };
        if is_text {
            self.found.texts.push(place);
        } else if place.width() >= NARROW && place.height() >= NARROW {
            let over = |text: &Box| text.common(place).is_some_and(|both| both.width() > DEEP && both.height() > DEEP);
            if self.found.texts.iter().any(over) && is_opaque(object) {
                self.found.covers.push((place, self.found.texts.len()));
            }
        }
    }
}

fn is_opaque(object: &PdfPageObject<'_>) -> bool {
    match object {
        PdfPageObject::Path(path) => {
            path.fill_mode().is_ok_and(|mode| mode != PdfPathFillMode::None)
                && path.fill_color().is_ok_and(|c| c.alpha() >= OPAQUE)
        }
        _ => true,
    }
}

/// Whether a word lies outside of what it is clipped to.
pub fn is_cut_off(first: &PdfPageTextChar<'_>, word: &Word, view: &View) -> bool {
    let Ok(text) = first.text_object() else { return false };
    let object = PdfPageObject::Text(text);
    let Some(clip) = object.get_clip_path() else { return false };
    let (x, y) = (word.bbox.center_x(), word.bbox.center_y());
    clip.iter().any(|path| {
        let mut around: Option<Box> = None;
        for segment in path.as_range().filter_map(|index| path.get(index).ok()) {
            let (x, y) = (segment.x(), segment.y());
            let point = view.place(&PdfRect::new(y, x, y, x));
            around = Some(around.map_or(point, |around| around.union(point)));
        }
        around.is_some_and(|around| !around.contains(x, y))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(left: f32, top: f32, width: f32, height: f32) -> Box {
        Box { left, top, right: left + width, bottom: top + height }
    }

    #[test]
    fn words_printed_on_a_field_are_not_under_it() {
        let (field, under, on_it) = (at(0.0, 0.0, 200.0, 100.0), at(10.0, 10.0, 50.0, 10.0), at(10.0, 60.0, 50.0, 10.0));
        let beside = at(10.0, 120.0, 50.0, 10.0);
        let covers = Covers { texts: vec![under, beside, on_it], covers: vec![(field, 2)] };
        assert!(covers.may_hide(under) && covers.may_hide(at(20.0, 12.0, 5.0, 10.0)));
        assert!(!covers.may_hide(on_it) && !covers.may_hide(beside));
        assert!(!Covers::default().may_hide(under));
    }
}
