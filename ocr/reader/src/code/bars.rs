//! Barcodes: areas where brightness changes fast in one direction and hardly at all in the other.

use image::GrayImage;
use image::imageops::rotate90;
use ocr::page::{Box, Code};
use rxing::DecodeHints;
use rxing::common::BitArray;
use rxing::oned::{Code39Reader, Code128Reader, EAN13Reader, ITFReader, OneDReader};

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
    let (width, height) = (right - left, bottom - top);
    let (mx, my) = if width > height { (width * 0.1 + 40.0, 0.0) } else { (0.0, height * 0.1 + 40.0) };
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
    let (symbology, text) = read(&part)?;
    Some(Code { symbology: symbology.into(), text, bbox: Box { left, top, right, bottom } })
}

/// Pixels along the bars given to the decoder at most.
const WIDEST: f32 = 3_000.0;

/// Rows tried, spread over the height of the bars: print has scratches.
const TRIES: u32 = 9;

/// The content that most tried rows agree on. One row is enough for CODE-128 and EAN-13, which carry a checksum.
fn read(part: &GrayImage) -> Option<(&'static str, String)> {
    let mut weak: Vec<(&'static str, String)> = Vec::new();
    for i in 0..TRIES {
        let y = part.height() * (2 * i + 1) / (2 * TRIES);
        let mut row = bits(part, y);
        for _ in 0..2 {
            if let Some(strong) = checked(&row) {
                return Some(strong);
            }
            if let Some(found) = unchecked(&row) {
                if weak.contains(&found) {
                    return Some(found);
                }
                weak.push(found);
            }
            row.reverse();
        }
    }
    None
}

/// What invoices carry: the Brazilian access key in CODE-128, goods in EAN-13.
fn checked(row: &BitArray) -> Option<(&'static str, String)> {
    let hints = DecodeHints::default();
    let code128 = Code128Reader.decode_row(0, row, &hints).map(|r| ("code128", r.getText().to_owned()));
    code128.or_else(|_| EAN13Reader.decode_row(0, row, &hints).map(|r| ("ean13", r.getText().to_owned()))).ok()
}

/// Payment slips (ITF) and forms (CODE-39): without a checksum, so short ones are chance.
fn unchecked(row: &BitArray) -> Option<(&'static str, String)> {
    let hints = DecodeHints::default();
    let itf = ITFReader::default().decode_row(0, row, &hints).map(|r| ("itf", r.getText().to_owned()));
    let found = itf.or_else(|_| Code39Reader::default().decode_row(0, row, &hints).map(|r| ("code39", r.getText().to_owned())));
    // The word on separator sheets is short, but no chance.
    found.ok().filter(|(_, text)| text.len() >= 8 || text.starts_with("PATCH"))
}

/// A row of the picture, the mean of three, as bits: dark where darker than the mean around. Bars of two pixels and a half have
/// edges between pixels, so the row is drawn out first.
fn bits(part: &GrayImage, y: u32) -> BitArray {
    let (width, rows) = (part.width() as usize, [y.saturating_sub(1), y, (y + 1).min(part.height() - 1)]);
    let values: Vec<f32> =
        (0..width).map(|x| rows.iter().map(|y| f32::from(part.as_raw()[*y as usize * width + x])).sum::<f32>() / 3.0).collect();
    let mut sums = vec![0.0f64; width + 1];
    for (x, v) in values.iter().enumerate() {
        sums[x + 1] = sums[x] + f64::from(*v);
    }
    let mean = |x: usize| {
        let (from, to) = (x.saturating_sub(AROUND), (x + AROUND).min(width));
        ((sums[to] - sums[from]) / (to - from).max(1) as f64) as f32
    };
    let white = values.iter().copied().fold(0.0, f32::max);
    let mut out = BitArray::with_size(width * FINE);
    for i in 0..width * FINE {
        let at = i as f32 / FINE as f32;
        let (x, share) = (at as usize, at.fract());
        let value = values[x] * (1.0 - share) + values[(x + 1).min(width - 1)] * share;
        // In the quiet zone the mean is white itself.
        if value < mean(x).min(white * 0.8) {
            out.set(i);
        }
    }
    out
}

/// Points drawn for each pixel of a row.
const FINE: usize = 4;

/// Pixels to each side over which brightness is averaged: some ten bars.
const AROUND: usize = 40;
