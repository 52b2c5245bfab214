use image::imageops::overlay;
use image::{GrayImage, Luma};

use super::*;

/// An A4 page at `dpi` with rules and grey noise where text would be.
fn page(dpi: f32) -> GrayImage {
    let (width, height) = ((dpi * 8.27) as u32, (dpi * 11.69) as u32);
    GrayImage::from_fn(width, height, |x, y| {
        let text = y % 31 < 12 && (x / 9 + y / 31) % 5 != 0 && x > width / 10 && x < width * 9 / 10;
        Luma([if text && (x * 7 + y * 13 + x * y) % 5 < 2 { 40 } else { 245 }])
    })
}

/// A code drawn with `module` pixels a module; a barcode's single row is stretched to `height` modules.
fn code(png: &[u8], module: u32, height: Option<u32>) -> GrayImage {
    let small = image::load_from_memory(png).unwrap().into_luma8();
    let rows = height.unwrap_or(small.height());
    GrayImage::from_fn(small.width() * module, rows * module, |x, y| {
        *small.get_pixel(x / module, (y / module).min(small.height() - 1))
    })
}

/// The verification link that KSeF prints on Polish invoices.
const KSEF: &[u8] = include_bytes!("samples/ksef.png");

/// CODE-128 as on a Brazilian DANFE.
const ACCESS_KEY: &[u8] = include_bytes!("samples/access-key.png");

#[test]
fn a_page_without_codes_gives_none_and_none_is_tried() {
    let page = page(150.0);
    assert!(finder::places(&page).is_empty());
    assert!(bars::places(&page).is_empty());
    assert!(scan(&page, 150.0).is_empty());
    assert!(scan(&GrayImage::new(1, 1), 150.0).is_empty());
}

#[test]
fn qr_codes_are_read_with_their_place() {
    for (dpi, module) in [(150.0, 3), (200.0, 4), (300.0, 9)] {
        let mut page = page(dpi);
        let text = "https://ksef.mf.gov.pl/web/verify/5265877635/01-02-2026/UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE";
        let drawn = code(KSEF, module, None);
        overlay(&mut page, &drawn, 700, 500);
        let found = scan(&page, dpi);
        assert_eq!(found.iter().map(|c| (c.symbology.as_str(), c.text.as_str())).collect::<Vec<_>>(), [("qr", text)], "{dpi}");
        let (x, y) = ((700.0 + drawn.width() as f32 / 2.0) * 72.0 / dpi, (500.0 + drawn.width() as f32 / 2.0) * 72.0 / dpi);
        assert!((found[0].bbox.center_x() - x).abs() < 12.0 && (found[0].bbox.center_y() - y).abs() < 12.0);
    }
}

#[test]
fn the_brazilian_access_key_is_read_lying_and_standing() {
    let key = "35180803102452000172550010000474281920007498";
    let bars = code(ACCESS_KEY, 2, Some(40));
    for standing in [false, true] {
        let mut page = page(200.0);
        overlay(&mut page, &if standing { image::imageops::rotate90(&bars) } else { bars.clone() }, 500, 400);
        let found = scan(&page, 200.0);
        assert_eq!(
            found.iter().map(|c| (c.symbology.as_str(), c.text.as_str())).collect::<Vec<_>>(),
            [("code128", key)],
            "{standing}"
        );
    }
}

#[test]
fn a_page_of_finder_patterns_ends() {
    let tile = code(KSEF, 1, None);
    let mut page = GrayImage::from_pixel(1600, 2200, Luma([255]));
    for y in 0..30 {
        for x in 0..22 {
            overlay(&mut page, &tile, x * 72, y * 72);
        }
    }
    assert!(scan(&page, 150.0).len() <= 1);
}
