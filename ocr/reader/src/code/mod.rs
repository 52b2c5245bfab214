//! QR codes and barcodes on a page. Most pages have none, so a quick look for their patterns comes first and the decoders see
//! only what looks like a code.

mod bars;
mod finder;
mod qr;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::GrayImage;
use ocr::page::{Box, Code};

use crate::picture::scale;

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

/// Dots per inch at which patterns are looked for: a bar of 0.25 mm still has its own pixel.
const LOOK: f32 = 150.0;

/// Both decoders index arrays by what they see and panic on some pictures; such a place holds no code.
fn guarded(decode: impl FnOnce() -> Option<Code>) -> Option<Code> {
    catch_unwind(AssertUnwindSafe(decode)).ok().flatten()
}

#[cfg(test)]
mod tests;
