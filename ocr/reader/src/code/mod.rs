//! QR codes and barcodes on a page. Most pages have none, so a quick look for their patterns comes first and the decoders see
//! only what looks like a code.

mod bars;
mod finder;
mod patch;
mod qr;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::GrayImage;
use ocr::page::{Box, Code};

use crate::picture::scale;

/// The code in a part of a page that was drawn as finely as it needs, with its place in pixels: a QR code in a square, a barcode in a
/// strip.
pub fn scan_part(picture: &GrayImage, square: bool) -> Vec<Code> {
    let mut found: Vec<Code> = Vec::new();
    if square {
        for place in finder::places(picture) {
            // The patterns of a code may also stand as the corners of others.
            let known = found.iter().any(|code| place.middles.iter().any(|[x, y]| code.bbox.contains(*x, *y)));
            found.extend(if known { None } else { guarded(|| qr::decode(picture, &place)) });
        }
    } else {
        let strips = bars::places(picture);
        found.extend(strips.into_iter().filter_map(|place| guarded(|| bars::decode(picture, place))));
    }
    found
}

/// The codes on a page of `dpi` dots an inch, with places in points.
pub fn scan(picture: &GrayImage, dpi: f32) -> Vec<Code> {
    let small = match LOOK / dpi.max(1.0) {
        scale if scale < 0.95 => scale::scaled(picture, scale).map(Cow::Owned),
        _ => Some(Cow::Borrowed(picture)),
    };
    let Some(small) = small else { return Vec::new() };
    let zoom = picture.width() as f32 / small.width() as f32;
    let mut found = Vec::new();
    for place in finder::places(&small) {
        found.extend(guarded(|| qr::decode(picture, &place.zoomed(zoom))));
    }
    for place in bars::places(&small) {
        found.extend(guarded(|| bars::decode(picture, place.map(|v| v * zoom))));
    }
    let look = dpi / zoom;
    found.extend(patch::find(&small, look).map(|code| zoomed(code, zoom)));
    let mut codes: Vec<Code> = Vec::new();
    for mut code in found {
        if !codes.iter().any(|known| known.text == code.text && known.symbology == code.symbology) {
            let point = 72.0 / dpi.max(1.0);
            let Box { left, top, right, bottom } = code.bbox;
            code.bbox = Box { left: left * point, top: top * point, right: right * point, bottom: bottom * point };
            codes.push(code);
        }
    }
    codes
}

fn zoomed(code: Code, zoom: f32) -> Code {
    let Box { left, top, right, bottom } = code.bbox;
    Code { bbox: Box { left: left * zoom, top: top * zoom, right: right * zoom, bottom: bottom * zoom }, ..code }
}

/// Dots per inch at which patterns are looked for: a bar of 0.25 mm still has its own pixel.
const LOOK: f32 = 150.0;

/// Both decoders index arrays by what they see and panic on some pictures; such a place holds no code.
fn guarded(decode: impl FnOnce() -> Option<Code>) -> Option<Code> {
    catch_unwind(AssertUnwindSafe(decode)).ok().flatten()
}

#[cfg(test)]
mod tests;
