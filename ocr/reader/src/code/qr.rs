//! Reading a QR code where one may be: `rqrr` first, `rxing` where that fails (turned or damaged codes).

use image::GrayImage;
use ocr::page::{Box, Code};
use rqrr::PreparedImage;
use rxing::helpers::detect_in_luma_with_hints;
use rxing::{BarcodeFormat, DecodeHints};

use super::finder::Place;
use crate::picture::scale;

/// The code at a place, its box in pixels of the picture.
pub fn decode(picture: &GrayImage, place: &Place) -> Option<Code> {
    let [left, top, right, bottom] = place.bounds;
    let bounds = [left.max(0.0), top.max(0.0), right.min(picture.width() as f32), bottom.min(picture.height() as f32)];
    let zoom = if place.module > MODULE { MODULE / place.module } else { 1.0 };
    let side = |a: f32, b: f32| ((b - a) * zoom).clamp(1.0, 2_000.0) as u32;
    let part = scale::cut(picture, bounds, side(bounds[0], bounds[2]), side(bounds[1], bounds[3]))?;
    let text = fast(&part).or_else(|| thorough(part))?;
    let inner = [
        bounds[0] + 4.0 * place.module,
        bounds[1] + 4.0 * place.module,
        bounds[2] - 4.0 * place.module,
        bounds[3] - 4.0 * place.module,
    ];
    Some(Code { symbology: "qr".into(), text, bbox: Box::from(inner) })
}

/// Pixels a module that are enough; more only cost time.
const MODULE: f32 = 5.0;

fn fast(part: &GrayImage) -> Option<String> {
    let (width, height) = (part.width() as usize, part.height() as usize);
    let mut prepared = PreparedImage::prepare_from_greyscale(width, height, |x, y| part.as_raw()[y * width + x]);
    prepared.detect_grids().iter().find_map(|grid| {
        let mut bytes = Vec::new();
        grid.decode_to(&mut bytes).ok()?;
        Some(text(bytes))
    })
}

fn thorough(part: GrayImage) -> Option<String> {
    let (width, height) = part.dimensions();
    let found =
        detect_in_luma_with_hints(part.into_raw(), width, height, Some(BarcodeFormat::QR_CODE), &mut DecodeHints::default());
    found.ok().map(|r| r.getText().to_owned())
}

/// Bytes of a code without a stated character set: UTF-8 as everybody writes it, else Latin as ISO/IEC 18004 has it.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| encoding_rs::WINDOWS_1252.decode(e.as_bytes()).0.into_owned())
}
