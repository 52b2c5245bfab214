//! Barcodes: areas where brightness changes fast in one direction and hardly at all in the other.

use std::collections::HashSet;

use image::GrayImage;
use image::imageops::rotate90;
use ocr::page::{Box, Code};
use rxing::helpers::detect_in_luma_with_hints;
use rxing::{BarcodeFormat, DecodeHints};

use crate::picture::scale;

/// Cell in which changes are counted, in pixels along and across the reading direction.
const CELL: usize = 16;

/// Mean change from pixel to pixel that bars have and text has not.
const STRONG: u32 = 22;

/// Cells in a row: 20 mm at the 150 dots an inch of the look.
const SHORTEST: usize = 7;

/// Barcodes looked at on one page.
const MOST: usize = 6;

/// Left, top, right, bottom of areas that may hold a barcode, lying or standing.
pub fn places(picture: &GrayImage) -> Vec<[f32; 4]> {
    let (columns, rows) = (picture.width() as usize / CELL, picture.height() as usize / CELL);
    if columns == 0 || rows == 0 {
        return Vec::new();
    }
    let changes = changes(picture, columns, rows);
    let lying = |(across, down): (u32, u32)| across > STRONG * AREA && across > 4 * down;
    let standing = |(across, down): (u32, u32)| down > STRONG * AREA && down > 4 * across;
    let mut out = stripes(columns, rows, |x, y| lying(changes[y * columns + x]));
    out.extend(stripes(rows, columns, |y, x| standing(changes[y * columns + x])).into_iter().map(|[a, b, c, d]| [b, a, d, c]));
    out.truncate(MOST);
    out.into_iter().map(|r| r.map(|v| (v * CELL) as f32)).collect()
}

const AREA: u32 = (CELL * CELL) as u32;

/// Sum of the changes across and down in each cell.
fn changes(picture: &GrayImage, columns: usize, rows: usize) -> Vec<(u32, u32)> {
    let (width, raw) = (picture.width() as usize, picture.as_raw());
    let mut out = vec![(0, 0); columns * rows];
    for y in 0..rows * CELL {
        let row = &raw[y * width..(y + 1) * width];
        let below = raw.get((y + 1) * width..(y + 2) * width).unwrap_or(row);
        for (x, sums) in out[y / CELL * columns..][..columns].iter_mut().enumerate() {
            let cell = x * CELL..(x + 1) * CELL;
            let next = &row[cell.start + 1..(cell.end + 1).min(width)];
            let (row, below) = (&row[cell.clone()], &below[cell]);
            sums.0 += row.iter().zip(next).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>();
            sums.1 += row.iter().zip(below).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>();
        }
    }
    out
}

/// Runs of marked cells, those of neighbouring rows joined: left, top, right, bottom in cells. A light cell within a run does
/// not end it.
fn stripes(columns: usize, rows: usize, marked: impl Fn(usize, usize) -> bool) -> Vec<[usize; 4]> {
    let mut out: Vec<[usize; 4]> = Vec::new();
    for y in 0..rows {
        let mut x = 0;
        while x < columns {
            let start = x;
            let mut end = x;
            while x < columns && (marked(x, y) || (x == end && x + 1 < columns && marked(x + 1, y) && end > start)) {
                x += 1;
                end = x;
            }
            x = x.max(start + 1);
            if end - start < SHORTEST {
                continue;
            }
            match out.iter_mut().find(|r| r[3] == y && r[0] < end && start < r[2]) {
                Some(r) => *r = [r[0].min(start), r[1], r[2].max(end), y + 1],
                None => out.push([start, y, end, y + 1]),
            }
        }
    }
    out.sort_by_key(|r| std::cmp::Reverse((r[2] - r[0]) * (r[3] - r[1])));
    out
}

/// The barcode in an area of the picture, its box in pixels.
pub fn decode(picture: &GrayImage, [left, top, right, bottom]: [f32; 4]) -> Option<Code> {
    // The quiet zone and the bars at both ends lie in cells that are only partly striped.
    let (mx, my) =
        if right - left > bottom - top { ((right - left) * 0.12 + 40.0, 4.0) } else { (4.0, (bottom - top) * 0.12 + 40.0) };
    let bounds = [
        (left - mx).max(0.0),
        (top - my).max(0.0),
        (right + mx).min(picture.width() as f32),
        (bottom + my).min(picture.height() as f32),
    ];
    let (width, height) = (bounds[2] - bounds[0], bounds[3] - bounds[1]);
    let zoom = (WIDEST / width.max(height)).min(1.0);
    let mut part = scale::cut(picture, bounds, (width * zoom) as u32, (height * zoom) as u32)?;
    if part.height() > part.width() {
        part = rotate90(&part);
    }
    let (width, height) = part.dimensions();
    let mut hints = DecodeHints { PossibleFormats: Some(HashSet::from(FORMATS)), ..DecodeHints::default() };
    let found = detect_in_luma_with_hints(part.into_raw(), width, height, None, &mut hints).ok()?;
    let symbology = match found.getBarcodeFormat() {
        BarcodeFormat::CODE_128 => "code128",
        BarcodeFormat::EAN_13 => "ean13",
        BarcodeFormat::ITF => "itf",
        BarcodeFormat::CODE_39 => "code39",
        _ => return None,
    };
    Some(Code { symbology: symbology.into(), text: found.getText().to_owned(), bbox: Box { left, top, right, bottom } })
}

/// Pixels along the bars given to the decoder at most.
const WIDEST: f32 = 3_000.0;

/// What invoices carry: the Brazilian access key (CODE-128), payment slips (ITF), goods and forms (EAN-13, CODE-39).
const FORMATS: [BarcodeFormat; 4] = [BarcodeFormat::CODE_128, BarcodeFormat::EAN_13, BarcodeFormat::ITF, BarcodeFormat::CODE_39];
