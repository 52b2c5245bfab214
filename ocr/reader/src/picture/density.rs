//! Dots per inch, as files state them.

use image::ImageFormat;
use image::imageops::{FilterType, resize};

use super::{Picture, Pixels, scale};

/// Horizontal and vertical dots per inch in the header of a JPEG (JFIF), PNG (pHYs) or BMP file.
pub fn stated(bytes: &[u8], format: ImageFormat) -> Option<[f32; 2]> {
    match format {
        ImageFormat::Jpeg => jfif(bytes),
        ImageFormat::Png => png(bytes),
        ImageFormat::Bmp => {
            let at = |i: usize| Some(u32::from_le_bytes(bytes.get(i..i + 4)?.try_into().ok()?) as f32 * INCH);
            Some([at(38)?, at(42)?])
        }
        _ => None,
    }
}

/// Metres.
const INCH: f32 = 0.0254;

/// JFIF 1.02: APP0 with identifier, version, units (1 inch, 2 centimetre), densities.
fn jfif(bytes: &[u8]) -> Option<[f32; 2]> {
    let mut at = 2;
    while let &[0xff, marker, high, low] = bytes.get(at..at + 4)? {
        let length = usize::from(high) << 8 | usize::from(low);
        let body = bytes.get(at + 4..at + 2 + length.max(2))?;
        if marker == 0xe0 && body.starts_with(b"JFIF\0") && body.len() >= 12 {
            let factor = match body[7] {
                1 => 1.0,
                2 => 2.54,
                _ => return None,
            };
            let value = |i: usize| f32::from(u16::from_be_bytes([body[i], body[i + 1]])) * factor;
            return Some([value(8), value(10)]);
        }
        if marker == 0xda {
            return None;
        }
        at += 2 + length.max(2);
    }
    None
}

/// PNG 1.2, 11.3.5.3: pHYs with pixels per unit and unit (1 metre), before the first IDAT.
fn png(bytes: &[u8]) -> Option<[f32; 2]> {
    let mut at = 8;
    loop {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize;
        let kind = bytes.get(at + 4..at + 8)?;
        if kind == b"IDAT" {
            return None;
        }
        if kind == b"pHYs" {
            let body = bytes.get(at + 8..at + 17)?;
            let value = |i: usize| Some(u32::from_be_bytes(body.get(i..i + 4)?.try_into().ok()?) as f32 * INCH);
            return if body[8] == 1 { Some([value(0)?, value(4)?]) } else { None };
        }
        at = at.checked_add(length)?.checked_add(12)?;
    }
}

/// Believes a stated density if the sheet it gives is between a small receipt and a newspaper, and squares pixels that are not
/// (a fax in standard mode has 204 x 98 dots an inch).
pub fn settle(pixels: Pixels, stated: Option<[f32; 2]>) -> Picture {
    let believed =
        stated.filter(|[x, y]| (50.0..=2_500.0).contains(x) && (50.0..=2_500.0).contains(y) && (0.25..=4.0).contains(&(x / y)));
    let Some([x, y]) = believed else { return Picture { pixels, stated_dpi: None } };
    let dpi = x.max(y);
    let pixels = if (0.95..=1.05).contains(&(x / y)) { pixels } else { stretch(pixels, dpi / x, dpi / y) };
    let mut picture = Picture { pixels, stated_dpi: None };
    let (short, long) = (picture.width().min(picture.height()) as f32 / dpi, picture.width().max(picture.height()) as f32 / dpi);
    if short >= 1.0 && (2.5..=50.0).contains(&long) && short <= 30.0 {
        picture.stated_dpi = Some(dpi);
    }
    picture
}

fn stretch(pixels: Pixels, fx: f32, fy: f32) -> Pixels {
    let size = |(width, height): (u32, u32)| ((width as f32 * fx) as u32, (height as f32 * fy) as u32);
    match pixels {
        Pixels::Grey(p) => {
            let (width, height) = size(p.dimensions());
            let whole = [0.0, 0.0, p.width() as f32, p.height() as f32];
            Pixels::Grey(scale::cut(&p, whole, width, height).unwrap_or(p))
        }
        Pixels::Colour(p) => {
            let (width, height) = size(p.dimensions());
            Pixels::Colour(resize(&p, width, height, FilterType::Triangle))
        }
    }
}
