//! Reading a QR code where one may be: straight from the grid its patterns span, as digital pages draw it; else by `rqrr`, which fits a
//! grid to scans and photos; else by `rxing` (turned or damaged codes).

use image::GrayImage;
use ocr::page::{Box, Code};
use rqrr::PreparedImage;
use rxing::DecodeHints;
use rxing::common::{BitMatrix, DetectorRXingResult};
use rxing::qrcode::decoder::qrcode_decoder::decode_bitmatrix;
use rxing::qrcode::detector::Detector;

use super::finder::Place;
use crate::picture::scale;

/// The code at a place, its box in pixels of the picture.
pub fn decode(picture: &GrayImage, place: &Place) -> Option<Code> {
    let text = straight(picture, place).or_else(|| fitted(picture, place))?;
    // The bounds lie eight modules outside of the patterns' middles, the code's edge three and a half.
    let edge = 4.5 * place.module;
    let [left, top, right, bottom] = place.bounds;
    Some(Code { symbology: "qr".into(), text, bbox: Box::from([left + edge, top + edge, right - edge, bottom - edge]) })
}

/// The middles of modules, taken as they are: a hundred times as fast as fitting a grid, and right for a code that stands upright and is
/// as even as a program draws it. Its error correction tells whether it was.
fn straight(picture: &GrayImage, place: &Place) -> Option<String> {
    let edge = 4.5 * place.module;
    let [left, top, right, bottom] = place.bounds;
    let (left, top, right, bottom) = (left + edge, top + edge, right - edge, bottom - edge);
    let (width, height) = (right - left, bottom - top);
    let inside = left >= 0.0 && top >= 0.0 && right < picture.width() as f32 && bottom < picture.height() as f32;
    if !inside || (width - height).abs() > 2.0 * place.module {
        return None;
    }
    // A code of version v has 17 + 4 v modules to a side; the measured module may be off by some percent.
    let version = ((width / place.module - 17.0) / 4.0).round() as i32;
    [version, version - 1, version + 1].into_iter().filter(|v| (1..=40).contains(v)).find_map(|version| {
        let modules = 17 + 4 * u32::try_from(version).ok()?;
        let at = |from: f32, size: f32, i: u32| (from + (i as f32 + 0.5) * size / modules as f32) as u32;
        let shades: Vec<u8> = (0..modules)
            .flat_map(|y| (0..modules).map(move |x| (x, y)))
            .map(|(x, y)| picture.get_pixel(at(left, width, x), at(top, height, y)).0[0])
            .collect();
        let (low, high) = shades.iter().fold((255u8, 0u8), |(l, h), v| (l.min(*v), h.max(*v)));
        let middle = (u16::from(low) + u16::from(high)) / 2;
        let mut bits = BitMatrix::new(modules, modules).ok()?;
        for (i, _) in (0u32..).zip(&shades).filter(|(_, shade)| u16::from(**shade) < middle) {
            bits.set(i % modules, i / modules);
        }
        decode_bitmatrix(&bits).ok().map(|r| r.getText().to_owned())
    })
}

fn fitted(picture: &GrayImage, place: &Place) -> Option<String> {
    let [left, top, right, bottom] = place.bounds;
    let bounds = [left.max(0.0), top.max(0.0), right.min(picture.width() as f32), bottom.min(picture.height() as f32)];
    let zoom = if place.module > MODULE { MODULE / place.module } else { 1.0 };
    let side = |a: f32, b: f32| ((b - a) * zoom).clamp(1.0, 2_000.0) as u32;
    let part = scale::cut(picture, bounds, side(bounds[0], bounds[2]), side(bounds[1], bounds[3]))?;
    fast(&part).or_else(|| thorough(&part))
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

/// The readers of whole pictures in this crate take minutes to compile; a matrix of bits is all that they need inside.
fn thorough(part: &GrayImage) -> Option<String> {
    let mut bits = BitMatrix::new(part.width(), part.height()).ok()?;
    let dark = dark(part);
    for (x, y, _) in part.enumerate_pixels().filter(|(x, y, _)| dark[(y * part.width() + x) as usize]) {
        bits.set(x, y);
    }
    let hints = DecodeHints { TryHarder: Some(true), ..DecodeHints::default() };
    let found = Detector::new(&bits).detect_with_hints(&hints).ok()?;
    decode_bitmatrix(found.getBits()).ok().map(|r| r.getText().to_owned())
}

/// Darker than the mean of the square around, by an integral image.
fn dark(part: &GrayImage) -> Vec<bool> {
    let (width, height) = (part.width() as usize, part.height() as usize);
    let mut sums = vec![0u32; (width + 1) * (height + 1)];
    for y in 0..height {
        let mut row = 0;
        for x in 0..width {
            row += u32::from(part.as_raw()[y * width + x]);
            sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
        }
    }
    let around = (MODULE * 5.0) as usize;
    let mut out = Vec::with_capacity(width * height);
    for y in 0..height {
        let (top, bottom) = (y.saturating_sub(around), (y + around).min(height));
        for x in 0..width {
            let (left, right) = (x.saturating_sub(around), (x + around).min(width));
            let at = |x: usize, y: usize| sums[y * (width + 1) + x];
            let sum = at(right, bottom) + at(left, top) - at(left, bottom) - at(right, top);
            let count = ((right - left) * (bottom - top)) as u32;
            out.push(u32::from(part.as_raw()[y * width + x]) * count * 100 < sum * 92);
        }
    }
    out
}

/// Bytes of a code without a stated character set: UTF-8 as everybody writes it, else Latin as ISO/IEC 18004 has it.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| encoding_rs::WINDOWS_1252.decode(e.as_bytes()).0.into_owned())
}
