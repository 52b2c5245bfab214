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
/// Places remembered, of text and of what lies over it; a page with more is looked at as it was until then.
const MOST_COVERS: usize = 200;
/// Points: what is narrower hides no amount.
const NARROW: f32 = 4.0;
/// Points by which a field has to reach over text that stood there before; the rows of a table touch each other.
const DEEP: f32 = 2.0;
/// Below this a colour lets through what is behind it.
const OPAQUE: u8 = 100;

/// Fields and pictures that were drawn over text.
pub fn covers(page: &PdfPage<'_>, view: &View) -> Vec<Box> {
    let mut seen = Seen { view, texts: Vec::new(), covers: Vec::new(), left: MOST_OBJECTS };
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
    seen.covers
}

struct Seen<'v> {
    view: &'v View,
    texts: Vec<Box>,
    covers: Vec<Box>,
    left: usize,
}

impl Seen<'_> {
    fn add(&mut self, object: &PdfPageObject<'_>, frame: Option<&PdfMatrix>) {
        self.left = self.left.saturating_sub(1);
        let covers = match object {
            PdfPageObject::Text(_) => false,
            PdfPageObject::Path(_) | PdfPageObject::Image(_) => !self.texts.is_empty(),
            _ => return,
        };
        if self.left == 0 || self.covers.len() >= MOST_COVERS {
            return;
        }
        let Some(place) = place(object, frame, self.view) else { return };
        match object {
            PdfPageObject::Text(_) => self.texts.push(place),
            _ if covers && place.width() >= NARROW && place.height() >= NARROW => {
                let over = |text: &Box| text.common(place).is_some_and(|both| both.width() > DEEP && both.height() > DEEP);
                if self.texts.iter().any(over) && is_opaque(object) {
                    self.covers.push(place);
                }
            }
            _ => {}
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

fn place(object: &PdfPageObject<'_>, frame: Option<&PdfMatrix>, view: &View) -> Option<Box> {
    let mut rect: PdfRect = object.bounds().ok()?.to_rect();
    if let Some(frame) = frame {
        let (x1, y1) = frame.apply_to_points(rect.left(), rect.bottom());
        let (x2, y2) = frame.apply_to_points(rect.right(), rect.top());
        rect = PdfRect::new(y1.min(y2), x1.min(x2), y1.max(y2), x1.max(x2));
    }
    Some(view.place(&rect))
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
