//! Codes on pages that carry their own text: only what can be a code is drawn, a picture or a cluster of small shapes.

use ocr::page::{Box, Code};
use pdfium_render::prelude::{
    PdfMatrix, PdfPage, PdfPageObject, PdfPageObjectCommon, PdfPageObjectsCommon, PdfPathSegments, PdfRect,
};

use super::draw;
use super::glyph::View;
use crate::code;

/// Objects of a page that are looked at; a code of small shapes has up to 2,000, a page of text as many.
const MOST_OBJECTS: usize = 8_000;
/// Places of a page that are drawn.
const MOST_PLACES: usize = 6;
/// The shorter side of a QR code in points: 7 mm to 12 cm.
const SQUARE: std::ops::Range<f32> = 20.0..340.0;
/// The longer side of a barcode in points.
const LONG: std::ops::Range<f32> = 60.0..600.0;
/// A picture with more pixels is a photograph or a scan of a page.
const MOST_PIXELS: i64 = 6_000_000;
/// A picture with fewer is no whole code: the smallest has 21 modules to a side.
const FEWEST_PIXELS: i64 = 400;
/// Shapes smaller than this in one direction, and than that in the other, may be modules or bars.
const THIN: f32 = 6.0;
const TALL: f32 = 90.0;
/// So many of them make a code.
const FEWEST_SHAPES: u32 = 30;
/// One shape with so many corners may be a whole code.
const FEWEST_CORNERS: u32 = 150;

/// The codes on a page, with places on the page as displayed.
pub fn find(page: &PdfPage<'_>, view: &View) -> Vec<Code> {
    let mut codes: Vec<Code> = Vec::new();
    for place in places(page, view).into_iter().take(MOST_PLACES) {
        for code in look(page, view, place) {
            if !codes.iter().any(|known| known.text == code.text) {
                codes.push(code);
            }
        }
    }
    codes
}

/// Draws a place finely enough for its modules and looks for codes on it.
fn look(page: &PdfPage<'_>, view: &View, place: Box) -> Vec<Code> {
    let margin = 6.0 + 0.06 * place.width().max(place.height());
    let part = Box {
        left: (place.left - margin).max(0.0),
        top: (place.top - margin).max(0.0),
        right: (place.right + margin).min(view.width),
        bottom: (place.bottom + margin).min(view.height),
    };
    // A QR code of 60 modules gets 5 pixels a module, a barcode of 300 gets 3.
    let dpi = if is_square(place) { 300.0 * 72.0 / place.width() } else { 900.0 * 72.0 / place.width().max(place.height()) };
    let dpi = dpi.clamp(96.0, 400.0);
    let Ok(picture) = draw::part(page, part, dpi) else { return Vec::new() };
    // A square may hold a barcode with much white around it.
    let mut codes = code::scan_part(&picture, is_square(place));
    if codes.is_empty() {
        codes = code::scan_part(&picture, !is_square(place));
    }
    let zoom = 72.0 / dpi;
    for code in &mut codes {
        let Box { left, top, right, bottom } = code.bbox;
        code.bbox = Box {
            left: part.left + left * zoom,
            top: part.top + top * zoom,
            right: part.left + right * zoom,
            bottom: part.top + bottom * zoom,
        };
    }
    codes
}

/// Where codes may be.
fn places(page: &PdfPage<'_>, view: &View) -> Vec<Box> {
    let mut seen = Seen { view, places: Vec::new(), shapes: Vec::new(), left: MOST_OBJECTS };
    seen.add(page.objects().iter(), None);
    let Seen { mut places, shapes, .. } = seen;
    places.extend(clusters(&shapes));
    places
}

/// What was seen of a page's objects.
struct Seen<'v> {
    view: &'v View,
    places: Vec<Box>,
    /// May be modules or bars.
    shapes: Vec<Box>,
    /// Objects that may still be looked at.
    left: usize,
}

impl Seen<'_> {
    /// Objects of the page, or of a form on it whose matrix is `frame`.
    fn add<'a>(&mut self, objects: impl Iterator<Item = PdfPageObject<'a>>, frame: Option<&PdfMatrix>) {
        for object in objects {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
            let Some(bounds) = bounds(&object, frame, self.view) else { continue };
            match &object {
                PdfPageObject::Image(image) => {
                    let pixels = i64::from(image.width().unwrap_or(0)) * i64::from(image.height().unwrap_or(0));
                    // Modules may be pictures of a pixel or a row.
                    if pixels < FEWEST_PIXELS {
                        self.shapes.push(bounds);
                    } else if is_code_like(bounds) && pixels < MOST_PIXELS {
                        self.places.push(bounds);
                    }
                }
                PdfPageObject::Path(path) => {
                    if bounds.width().min(bounds.height()) < THIN && bounds.width().max(bounds.height()) < TALL {
                        self.shapes.push(bounds);
                    } else if is_code_like(bounds) && path.segments().len() >= FEWEST_CORNERS {
                        self.places.push(bounds);
                    }
                }
                PdfPageObject::XObjectForm(_) if is_code_like(bounds) => self.places.push(bounds),
                // Some programs put the whole page into a form. Forms within it are not looked into.
                PdfPageObject::XObjectForm(form) if frame.is_none() => {
                    if let Ok(matrix) = form.matrix() {
                        self.add(form.iter(), Some(&matrix));
                    }
                }
                _ => {}
            }
        }
    }
}

fn bounds(object: &PdfPageObject<'_>, frame: Option<&PdfMatrix>, view: &View) -> Option<Box> {
    // Text is most of a page and never a code that could be drawn.
    if matches!(object, PdfPageObject::Text(_) | PdfPageObject::Shading(_) | PdfPageObject::Unsupported(_)) {
        return None;
    }
    let mut rect: PdfRect = object.bounds().ok()?.to_rect();
    if let Some(frame) = frame {
        let (x1, y1) = frame.apply_to_points(rect.left(), rect.bottom());
        let (x2, y2) = frame.apply_to_points(rect.right(), rect.top());
        rect = PdfRect::new(y1.min(y2), x1.min(x2), y1.max(y2), x1.max(x2));
    }
    let place = view.place(&rect);
    let on_page = place.right > 0.0 && place.bottom > 0.0 && place.left < view.width && place.top < view.height;
    on_page.then_some(place)
}

fn is_square(place: Box) -> bool {
    (0.75..1.34).contains(&(place.width() / place.height().max(0.1)))
}

/// A square as large as a QR code, or a strip as large as a barcode.
fn is_code_like(place: Box) -> bool {
    let (short, long) = (place.width().min(place.height()), place.width().max(place.height()));
    if is_square(place) { SQUARE.contains(&short) } else { LONG.contains(&long) && short >= 8.0 && long / short.max(0.1) < 30.0 }
}

/// Groups of small shapes near each other: cells of 8 points that hold one, joined with their neighbours.
fn clusters(shapes: &[Box]) -> Vec<Box> {
    const CELL: f32 = 8.0;
    if shapes.len() < FEWEST_SHAPES as usize {
        return Vec::new();
    }
    let cell = |v: f32| (v / CELL).floor() as i32;
    let mut cells: std::collections::HashMap<(i32, i32), (u32, Box)> = std::collections::HashMap::new();
    for shape in shapes {
        let key = (cell(shape.center_x()), cell(shape.center_y()));
        let entry = cells.entry(key).or_insert((0, *shape));
        *entry = (entry.0 + 1, entry.1.union(*shape));
    }
    let mut out = Vec::new();
    while let Some(start) = cells.keys().next().copied() {
        let (mut todo, mut count) = (vec![start], 0);
        let mut whole: Option<Box> = None;
        while let Some(key) = todo.pop() {
            let Some((inside, area)) = cells.remove(&key) else { continue };
            count += inside;
            whole = Some(whole.map_or(area, |w| w.union(area)));
            for (dx, dy) in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (dx, dy))) {
                let beside = (key.0 + dx, key.1 + dy);
                if cells.contains_key(&beside) {
                    todo.push(beside);
                }
            }
        }
        out.extend(whole.filter(|w| count >= FEWEST_SHAPES && is_code_like(*w)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(left: f32, top: f32, width: f32, height: f32) -> Box {
        Box { left, top, right: left + width, bottom: top + height }
    }

    #[test]
    fn modules_make_a_square_and_bars_a_strip() {
        let qr: Vec<Box> =
            (0..30).flat_map(|y| (0..15).map(move |x| at(100.0 + x as f32 * 4.0, 50.0 + y as f32 * 2.0, 2.0, 2.0))).collect();
        let found = clusters(&qr);
        assert_eq!(found.len(), 1);
        assert!(is_square(found[0]) && (found[0].left - 100.0).abs() < 0.1);
        let bars: Vec<Box> = (0..70).map(|x| at(200.0 + x as f32 * 3.0, 400.0, 1.5, 30.0)).collect();
        assert_eq!(clusters(&bars).iter().filter(|b| !is_square(**b)).count(), 1);
        // The rules of a table are few and far between.
        let rules: Vec<Box> = (0..40).map(|y| at(40.0, 60.0 + y as f32 * 15.0, 50.0, 0.5)).collect();
        assert!(clusters(&rules).is_empty());
    }

    #[test]
    fn what_has_the_form_of_a_code() {
        assert!(
            is_code_like(at(0.0, 0.0, 80.0, 82.0))
                && is_code_like(at(0.0, 0.0, 250.0, 40.0))
                && is_code_like(at(0.0, 0.0, 30.0, 200.0))
        );
        assert!(
            !is_code_like(at(0.0, 0.0, 595.0, 842.0))
                && !is_code_like(at(0.0, 0.0, 10.0, 10.0))
                && !is_code_like(at(0.0, 0.0, 500.0, 1.0))
        );
    }
}
