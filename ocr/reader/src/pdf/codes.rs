//! Codes on pages that carry their own text: only what can be a code is drawn, a picture or a cluster of small shapes.

use image::GrayImage;
use ocr::page::{Box, Code};
use pdfium_render::prelude::{PdfDocument, PdfMatrix, PdfPage, PdfPageObject, PdfPageObjectsCommon, PdfPathSegments};

use super::draw;
use super::glyph::View;
use super::stored::{self, Path, Stored};
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
const MOST_PIXELS: u64 = 6_000_000;
/// Shapes smaller than this in one direction, and than that in the other, may be modules or bars.
const THIN: f32 = 6.0;
const TALL: f32 = 90.0;
/// So many of them make a code.
const FEWEST_SHAPES: u32 = 30;
/// The share of a code that is dark is about a half; that of a table's rules is less.
const LEAST_INK: f32 = 0.2;
/// One shape with so many corners may be a whole code.
const FEWEST_CORNERS: u32 = 150;

/// The codes on a page, with places on the page as displayed.
pub fn find<'a>(document: &PdfDocument<'a>, bytes: &'a [u8], number: u32, page: &PdfPage<'_>, view: &View) -> Vec<Code> {
    let (mut codes, mut stored): (Vec<Code>, Option<Option<stored::Page<'_>>>) = (Vec::new(), None);
    for place in places(page, view).into_iter().take(MOST_PLACES) {
        let seen = place.picture.and_then(|path| {
            let page = stored.get_or_insert_with(|| stored::Page::open(document, bytes, number)).as_ref()?;
            as_stored(page, path, place.bounds)
        });
        for code in seen.unwrap_or_else(|| look(page, view, place.bounds)) {
            if !codes.iter().any(|known| known.text == code.text) {
                codes.push(code);
            }
        }
    }
    codes
}

/// Somewhere on a page where a code may be.
#[derive(Clone, Copy, Debug)]
struct Place {
    bounds: Box,
    /// The upright picture that it is.
    picture: Option<Path>,
}

/// The codes in a picture as the file stores it. None if it must be drawn to tell.
fn as_stored(page: &stored::Page<'_>, path: Path, bounds: Box) -> Option<Vec<Code>> {
    let (mut shades, exact) = match page.picture(path, MOST_PIXELS) {
        Stored::Shades { shades, exact } => (shades, exact),
        Stored::Enormous => return Some(Vec::new()),
        Stored::Unknown => return None,
    };
    let mut codes = scan_stored(&shades, bounds);
    if codes.is_empty() && !exact {
        image::imageops::invert(&mut shades);
        codes = scan_stored(&shades, bounds);
    }
    (exact || !codes.is_empty()).then_some(codes)
}

/// A code is often stored with one pixel a module, or with more than it takes to see it; and without the quiet zone.
fn scan_stored(shades: &GrayImage, bounds: Box) -> Vec<Code> {
    let square = is_square(bounds);
    let longer = shades.width().max(shades.height());
    let enough = if square { 350 } else { 1_000 };
    let fewer = sampled(shades, bounds, (enough / longer).clamp(1, 16), (longer / enough).max(1));
    // A code of many modules takes all pixels there are.
    if fewer.is_empty() && longer / enough > 1 { sampled(shades, bounds, 1, 1) } else { fewer }
}

/// The codes in a picture of every `step`-th pixel, each `zoom` times as large, with white around.
fn sampled(shades: &GrayImage, bounds: Box, zoom: u32, step: u32) -> Vec<Code> {
    let [width, height] = [shades.width(), shades.height()].map(|size| size / step * zoom);
    let margin = 8 + width.max(height) / 20;
    // A row of a million pixels has a margin as wide as a wall; no code is so thin.
    if u64::from(width + 2 * margin) * u64::from(height + 2 * margin) > 4 * MOST_PIXELS {
        return Vec::new();
    }
    let source = |at: u32| at / zoom * step;
    let columns: Vec<usize> = (0..width).map(|x| source(x) as usize).collect();
    let mut picture = GrayImage::from_pixel(width + 2 * margin, height + 2 * margin, image::Luma([255]));
    let (stride, left) = (picture.width() as usize, margin as usize);
    for (y, row) in (0..height).zip(picture.chunks_exact_mut(stride).skip(left)) {
        let from = &shades.as_raw()[(source(y) * shades.width()) as usize..][..shades.width() as usize];
        row[left..].iter_mut().zip(&columns).for_each(|(pixel, x)| *pixel = from[*x]);
    }
    let each = [bounds.width() / width.max(1) as f32, bounds.height() / height.max(1) as f32];
    let around = Box { left: bounds.left - margin as f32 * each[0], top: bounds.top - margin as f32 * each[1], ..bounds };
    moved(scan(&picture, is_square(bounds)), around, each)
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
    moved(scan(&picture, is_square(place)), part, [72.0 / dpi; 2])
}

/// A square may hold a barcode with much white around it.
fn scan(picture: &GrayImage, square: bool) -> Vec<Code> {
    let codes = code::scan_part(picture, square);
    if codes.is_empty() { code::scan_part(picture, !square) } else { codes }
}

/// Codes with their places on the page instead of on a picture of a part of it.
fn moved(mut codes: Vec<Code>, part: Box, [across, down]: [f32; 2]) -> Vec<Code> {
    for code in &mut codes {
        let Box { left, top, right, bottom } = code.bbox;
        code.bbox = Box {
            left: part.left + left * across,
            top: part.top + top * down,
            right: part.left + right * across,
            bottom: part.top + bottom * down,
        };
    }
    codes
}

/// Where codes may be.
fn places(page: &PdfPage<'_>, view: &View) -> Vec<Place> {
    let mut seen = Seen { view, places: Vec::new(), shapes: Vec::new(), left: MOST_OBJECTS };
    for (at, object) in page.objects().iter().enumerate() {
        let path = Path { object: at, within: None };
        match &object {
            // Some programs put the whole page into a form. Forms within it are not looked into.
            PdfPageObject::XObjectForm(form) if !bounds(&object, None, view).is_some_and(is_code_like) => {
                let Ok(matrix) = form.matrix() else { continue };
                for (within, inner) in form.iter().enumerate() {
                    seen.add(&inner, Path { within: Some(within), ..path }, Some(&matrix));
                }
            }
            _ => seen.add(&object, path, None),
        }
    }
    let Seen { mut places, shapes, .. } = seen;
    places.extend(clusters(&shapes).into_iter().map(|bounds| Place { bounds, picture: None }));
    places
}

/// What was seen of a page's objects.
struct Seen<'v> {
    view: &'v View,
    places: Vec<Place>,
    /// May be modules or bars.
    shapes: Vec<Box>,
    /// Objects that may still be looked at.
    left: usize,
}

impl Seen<'_> {
    /// An object of the page, or of a form on it whose matrix is `frame`.
    fn add(&mut self, object: &PdfPageObject<'_>, path: Path, frame: Option<&PdfMatrix>) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        let Some(bounds) = bounds(object, frame, self.view) else { return };
        let small = bounds.width().min(bounds.height()) < THIN && bounds.width().max(bounds.height()) < TALL;
        match object {
            // Modules may be pictures of a pixel or a row.
            PdfPageObject::Image(_) | PdfPageObject::Path(_) if small => self.shapes.push(bounds),
            PdfPageObject::Image(image) if is_code_like(bounds) => {
                let upright =
                    self.view.is_upright() && frame.is_none_or(is_upright) && image.matrix().is_ok_and(|m| is_upright(&m));
                self.places.push(Place { bounds, picture: upright.then_some(path) });
            }
            PdfPageObject::Path(shape) if is_code_like(bounds) && shape.segments().len() >= FEWEST_CORNERS => {
                self.places.push(Place { bounds, picture: None });
            }
            PdfPageObject::XObjectForm(_) if is_code_like(bounds) => self.places.push(Place { bounds, picture: None }),
            _ => {}
        }
    }
}

/// Neither turned nor mirrored.
fn is_upright(matrix: &PdfMatrix) -> bool {
    let skew = matrix.b().abs().max(matrix.c().abs());
    matrix.a() > 0.0 && matrix.d() > 0.0 && skew < 0.01 * matrix.a().min(matrix.d())
}

fn bounds(object: &PdfPageObject<'_>, frame: Option<&PdfMatrix>, view: &View) -> Option<Box> {
    // Text is most of a page and never a code that could be drawn.
    if matches!(object, PdfPageObject::Text(_) | PdfPageObject::Shading(_) | PdfPageObject::Unsupported(_)) {
        return None;
    }
    let place = view.object(object, frame)?;
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
    let mut cells: std::collections::HashMap<(i32, i32), (u32, f32, Box)> = std::collections::HashMap::new();
    for shape in shapes {
        let key = (cell(shape.center_x()), cell(shape.center_y()));
        let entry = cells.entry(key).or_insert((0, 0.0, *shape));
        *entry = (entry.0 + 1, entry.1 + shape.area(), entry.2.union(*shape));
    }
    let mut out = Vec::new();
    while let Some(start) = cells.keys().next().copied() {
        let (mut todo, mut count, mut ink) = (vec![start], 0, 0.0);
        let mut whole: Option<Box> = None;
        while let Some(key) = todo.pop() {
            let Some((inside, dark, area)) = cells.remove(&key) else { continue };
            count += inside;
            ink += dark;
            whole = Some(whole.map_or(area, |w| w.union(area)));
            for (dx, dy) in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (dx, dy))) {
                let beside = (key.0 + dx, key.1 + dy);
                if cells.contains_key(&beside) {
                    todo.push(beside);
                }
            }
        }
        out.extend(whole.filter(|w| count >= FEWEST_SHAPES && is_code_like(*w) && ink >= LEAST_INK * w.area()));
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
    fn a_row_of_a_million_pixels_is_no_code() {
        assert!(scan_stored(&GrayImage::new(1_000_000, 1), at(0.0, 0.0, 80.0, 80.0)).is_empty());
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
