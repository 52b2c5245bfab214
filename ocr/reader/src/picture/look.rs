//! The look of a page in 64 characters: the same paper scanned or photographed again looks nearly the same.

use image::GrayImage;
use ocr::page::{Box, Page};

/// Columns and rows of the grid; each bit compares a field with its right neighbour.
const COLUMNS: usize = 16;
const ROWS: usize = 16;
/// Points looked at in each field, across and down.
const POINTS: usize = 10;
/// Share of the page's contrast by which a field must be darker than its neighbour.
const EDGE: f32 = 0.06;

/// The look of a page that was read from this picture: where it is darker than a little further right, within what is written. What
/// lies around the paper, and how it was turned, does not matter. None where nothing is written.
pub fn look(picture: &GrayImage, dpi: f32, page: &Page) -> Option<String> {
    let written = page.tokens.iter().filter(|token| token.confidence > 0.5).map(|token| token.bbox).reduce(Box::union)?;
    if written.width() < 20.0 || written.height() < 20.0 {
        return None;
    }
    let scale = dpi / 72.0;
    let slope = page.skew.to_radians().tan();
    let shade = |x: f32, y: f32| {
        // Lines that still slope are followed.
        let y = y + slope * (x - page.width / 2.0);
        let (x, y) = unturned(page, x, y);
        let (x, y) = ((x * scale).max(0.0) as u32, (y * scale).max(0.0) as u32);
        f32::from(picture.get_pixel(x.min(picture.width() - 1), y.min(picture.height() - 1)).0[0])
    };
    let mut fields = [[0f32; COLUMNS + 1]; ROWS];
    let (mut darkest, mut lightest) = (255f32, 0f32);
    for (row, fields) in fields.iter_mut().enumerate() {
        for (column, field) in fields.iter_mut().enumerate() {
            let mut sum = 0.0;
            for i in 0..POINTS * POINTS {
                let across = (column as f32 + (i % POINTS) as f32 / POINTS as f32) / (COLUMNS + 1) as f32;
                let down = (row as f32 + (i / POINTS) as f32 / POINTS as f32) / ROWS as f32;
                sum += shade(written.left + across * written.width(), written.top + down * written.height());
            }
            *field = sum / (POINTS * POINTS) as f32;
            darkest = darkest.min(*field);
            lightest = lightest.max(*field);
        }
    }
    let edge = EDGE * (lightest - darkest).max(8.0);
    let mut out = String::with_capacity(COLUMNS * ROWS / 4);
    for fields in &fields {
        for four in 0..COLUMNS / 4 {
            let bit = |i: usize| u8::from(fields[four * 4 + i] + edge < fields[four * 4 + i + 1]);
            out.push_str(&format!("{:x}", bit(0) << 3 | bit(1) << 2 | bit(2) << 1 | bit(3)));
        }
    }
    Some(out)
}

/// A place on the page as displayed before it was turned upright.
fn unturned(page: &Page, x: f32, y: f32) -> (f32, f32) {
    match page.turned {
        90 => (y, page.width - x),
        180 => (page.width - x, page.height - y),
        270 => (page.height - y, x),
        _ => (x, y),
    }
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma};
    use ocr::likeness::alike;
    use ocr::page::{Page, Token};
    use ocr::reading::Source;

    use super::*;

    /// A page with bars of ink at these places (in fields of a 12 by 12 grid), on a sheet with a margin.
    fn page(bars: &[(u32, u32)], margin: u32, noise: bool) -> (GrayImage, Page) {
        let side = 480 + 2 * margin;
        let mut picture = GrayImage::from_pixel(side, side, Luma([230]));
        let mut tokens = Vec::new();
        for (column, row) in bars {
            let (left, top) = (margin + column * 40, margin + row * 40);
            for y in top..top + 14 {
                for x in left..left + 32 {
                    picture.put_pixel(x, y, Luma([20]));
                }
            }
            let bbox = Box { left: left as f32, top: top as f32, right: (left + 32) as f32, bottom: (top + 14) as f32 };
            tokens.push(Token { text: "x".into(), bbox, confidence: 1.0, line: *row, size: 0.0, bold: false, hidden: false });
        }
        if noise {
            for (i, pixel) in picture.pixels_mut().enumerate() {
                pixel.0[0] = pixel.0[0].saturating_sub((i * 7919 % 23) as u8);
            }
        }
        let side = side as f32;
        let page = Page {
            number: 1,
            width: side,
            height: side,
            turned: 0,
            skew: 0.0,
            source: Source::Ocr,
            tokens,
            codes: Vec::new(),
            look: None,
        };
        (picture, page)
    }

    #[test]
    fn the_same_paper_again_looks_alike_and_another_does_not() {
        let bars = [(0, 0), (4, 0), (9, 1), (0, 3), (2, 3), (5, 4), (0, 6), (7, 6), (10, 8), (1, 9), (3, 11), (11, 11)];
        let others = [(0, 0), (2, 1), (6, 2), (3, 3), (8, 4), (1, 5), (10, 5), (4, 7), (6, 8), (9, 9), (0, 10), (11, 11)];
        let of = |bars: &[(u32, u32)], margin, noise| {
            let (picture, page) = page(bars, margin, noise);
            look(&picture, 72.0, &page).unwrap()
        };
        let (first, again, other) = (of(&bars, 40, false), of(&bars, 90, true), of(&others, 40, false));
        assert!(alike(&first, &again) > 0.8, "{first} {again}");
        assert!(alike(&first, &other) < 0.4, "{first} {other}");
    }

    #[test]
    fn an_empty_page_has_no_look() {
        let (picture, page) = page(&[], 40, false);
        assert_eq!(look(&picture, 72.0, &page), None);
    }
}
