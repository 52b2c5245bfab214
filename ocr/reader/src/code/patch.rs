//! Patch codes of separator sheets (Kodak, Patch Code Information A-61599): four bars, two wide (0.20 inches) and two narrow (0.08),
//! with narrow spaces between them, at least 0.75 inches long. Patch 2 (wide, narrow, narrow, wide), 3 (wide, narrow, wide, narrow) and T
//! (narrow, wide, narrow, wide, the same upside down) separate; the others mean something else.

use image::GrayImage;
use image::imageops::rotate90;
use ocr::page::{Box, Code};

/// Inches.
const NARROW: f32 = 0.08;
const WIDE: f32 = 0.20;
/// The bars' least length.
const LENGTH: f32 = 0.6;

/// The patch code on a picture of `dpi` dots an inch, its box in pixels.
pub fn find(picture: &GrayImage, dpi: f32) -> Option<Code> {
    let lying = along(picture, dpi);
    let found = lying.or_else(|| {
        let [left, top, right, bottom] = along(&rotate90(picture), dpi)?;
        let height = picture.height() as f32;
        Some([top, height - right, bottom, height - left])
    });
    let [left, top, right, bottom] = found?;
    Some(Code { symbology: "patch".into(), text: "PATCH-T".into(), bbox: Box { left, top, right, bottom } })
}

/// A pattern that stands in rows one below the other, far enough down.
fn along(picture: &GrayImage, dpi: f32) -> Option<[f32; 4]> {
    let step = ((dpi / 40.0) as u32).max(1);
    let needed = (LENGTH * dpi / step as f32) as u32;
    let mut run: Option<([f32; 2], u32, u32)> = None;
    for y in (0..picture.height()).step_by(step as usize) {
        let start = y as usize * picture.width() as usize;
        let here = pattern(picture.as_raw().get(start..start + picture.width() as usize)?, dpi);
        run = match (here, run) {
            (Some(x), Some((first, from, count))) if (x[0] - first[0]).abs() < 0.1 * dpi => Some((first, from, count + 1)),
            (Some(x), _) => Some((x, y, 1)),
            (None, _) => None,
        };
        if let Some((x, from, count)) = run
            && count >= needed
        {
            return Some([x[0], from as f32, x[1], y as f32]);
        }
    }
    None
}

/// Left and right end of the four bars in a row of pixels.
fn pattern(row: &[u8], dpi: f32) -> Option<[f32; 2]> {
    let mut runs: Vec<(bool, usize, usize)> = Vec::new();
    for (x, pixel) in row.iter().enumerate() {
        let dark = *pixel < 128;
        match runs.last_mut() {
            Some((last, _, end)) if *last == dark => *end = x + 1,
            _ => runs.push((dark, x, x + 1)),
        }
    }
    runs.windows(7).find_map(|w| {
        let size = |i: usize| (w[i].2 - w[i].1) as f32 / dpi;
        // A copy of a copy may be a tenth larger or smaller.
        let near = |size: f32, want: f32| (size / want - 1.0).abs() < 0.3;
        if !w[0].0 || ![1, 3, 5].iter().all(|i| near(size(*i), NARROW)) {
            return None;
        }
        let wide: Vec<bool> = [0, 2, 4, 6]
            .iter()
            .map(|i| near(size(*i), WIDE).then_some(true).or(near(size(*i), NARROW).then_some(false)))
            .collect::<Option<_>>()?;
        let separates = matches!(wide[..], [true, false, false, true] | [true, false, true, false] | [false, true, false, true]);
        separates.then_some([w[0].1 as f32, w[6].2 as f32])
    })
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    fn sheet(bars: [f32; 4], dpi: f32) -> GrayImage {
        let mut picture = GrayImage::from_pixel((8.27 * dpi) as u32, (11.69 * dpi) as u32, Luma([245]));
        let mut x = 3.0;
        for bar in bars {
            for px in ((x * dpi) as u32)..(((x + bar) * dpi) as u32) {
                for y in ((1.0 * dpi) as u32)..((3.2 * dpi) as u32) {
                    picture.put_pixel(px, y, Luma([25]));
                }
            }
            x += bar + NARROW;
        }
        picture
    }

    #[test]
    fn separators_are_seen_lying_and_standing_and_others_are_not() {
        for dpi in [100.0, 150.0] {
            for bars in [[NARROW, WIDE, NARROW, WIDE], [WIDE, NARROW, NARROW, WIDE], [WIDE, NARROW, WIDE, NARROW]] {
                assert!(find(&sheet(bars, dpi), dpi).is_some(), "{bars:?} at {dpi}");
                assert!(find(&rotate90(&sheet(bars, dpi)), dpi).is_some(), "{bars:?} standing");
            }
            for bars in [[WIDE, WIDE, NARROW, NARROW], [NARROW; 4], [0.3, 0.1, 0.3, 0.1]] {
                assert!(find(&sheet(bars, dpi), dpi).is_none(), "{bars:?}");
            }
        }
    }
}
