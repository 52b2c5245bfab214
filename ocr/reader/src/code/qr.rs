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

/// The shades at the middles of modules, on the even grid that the three patterns span: a hundred times as fast as fitting a grid, and right
/// for a code as even as a program draws it, however it is turned. Its error correction tells whether it was.
fn straight(picture: &GrayImage, place: &Place) -> Option<String> {
    let [corner, a, b] = place.middles;
    let (mut right, mut down) = ([a[0] - corner[0], a[1] - corner[1]], [b[0] - corner[0], b[1] - corner[1]]);
    if right[0] * down[1] < right[1] * down[0] {
        std::mem::swap(&mut right, &mut down);
    }
    // A code of version v has 10 + 4 v modules from middle to middle; the measured module may be off by some percent.
    let across = (right[0].hypot(right[1]) + down[0].hypot(down[1])) / (2.0 * place.module);
    let version = ((across - 10.0) / 4.0).round() as i32;
    [version, version - 1, version + 1].into_iter().filter(|v| (1..=40).contains(v)).find_map(|version| {
        let modules = 17 + 4 * u32::try_from(version).ok()?;
        let step = |i: u32| (i as f32 - 3.0) / (modules - 7) as f32;
        let at = |axis: usize, i: u32, j: u32| corner[axis] + step(i) * right[axis] + step(j) * down[axis];
        let cells = (0..modules).flat_map(|j| (0..modules).map(move |i| (i, j)));
        let shades: Option<Vec<u8>> = cells.map(|(i, j)| shade(picture, at(0, i, j), at(1, i, j))).collect();
        decode_bitmatrix(&bits(&shades?, modules)?).ok().map(|r| r.getText().to_owned())
    })
}

fn shade(picture: &GrayImage, x: f32, y: f32) -> Option<u8> {
    let inside = x >= 0.0 && y >= 0.0;
    inside.then(|| picture.get_pixel_checked(x as u32, y as u32)).flatten().map(|pixel| pixel.0[0])
}

/// Dark where darker than halfway between the lightest and the darkest.
fn bits(shades: &[u8], modules: u32) -> Option<BitMatrix> {
    let (low, high) = shades.iter().fold((255u8, 0u8), |(l, h), v| (l.min(*v), h.max(*v)));
    let middle = (u16::from(low) + u16::from(high)) / 2;
    let mut bits = BitMatrix::new(modules, modules).ok()?;
    for (i, _) in (0u32..).zip(shades).filter(|(_, shade)| u16::from(**shade) < middle) {
        bits.set(i % modules, i / modules);
    }
    Some(bits)
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
