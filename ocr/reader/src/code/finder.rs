//! Where QR codes may be: three finder patterns (dark, light, dark, light, dark as 1:1:3:1:1) at the corners of a square.

use image::GrayImage;

/// Where a QR code may be, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Left, top, right, bottom, with the quiet zone.
    pub bounds: [f32; 4],
    /// Width of a module.
    pub module: f32,
    /// The middles of the three patterns as points: the corner between the two others, then those.
    pub middles: [[f32; 2]; 3],
}

impl Place {
    /// The same place on a picture larger by `zoom`.
    pub fn zoomed(self, zoom: f32) -> Place {
        Place {
            bounds: self.bounds.map(|v| v * zoom),
            module: self.module * zoom,
            middles: self.middles.map(|m| m.map(|v| v * zoom)),
        }
    }
}

/// Places where three finder patterns stand as a QR code has them.
pub fn places(picture: &GrayImage) -> Vec<Place> {
    let patterns = patterns(picture);
    let n = patterns.len();
    let mut squares: Vec<(f32, Place, [usize; 3])> = Vec::new();
    for i in 0..n {
        for j in (0..n).filter(|j| *j != i) {
            for k in (j + 1..n).filter(|k| *k != i) {
                squares.extend(square(&patterns[i], &patterns[j], &patterns[k]).map(|(fault, place)| (fault, place, [i, j, k])));
            }
        }
    }
    squares.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut used = vec![false; n];
    let mut out = Vec::new();
    for (_, place, members) in squares {
        if out.len() < MOST_PLACES && members.iter().all(|m| !used[*m]) {
            members.iter().for_each(|m| used[*m] = true);
            out.push(place);
        }
    }
    out
}

/// Pixels a module: 0.25 mm at the look's 150 dots an inch. Letters make smaller patterns by chance.
const SMALLEST: f32 = 1.4;

/// A page of codes is no invoice; a page of patterns is an attack on the decoders.
const MOST_PLACES: usize = 8;
const MOST_PATTERNS: usize = 48;

/// A finder pattern.
#[derive(Clone, Copy, Debug)]
struct Pattern {
    x: f32,
    y: f32,
    module: f32,
    seen: u32,
}

/// The square that has its corner at `corner`, if the two others stand at right angles and equal distance to it, and how far
/// it is from a perfect one.
fn square(corner: &Pattern, a: &Pattern, b: &Pattern) -> Option<(f32, Place)> {
    let (ax, ay, bx, by) = (a.x - corner.x, a.y - corner.y, b.x - corner.x, b.y - corner.y);
    let module = (corner.module + a.module + b.module) / 3.0;
    // By far most of the thousands of triples end here, without a root.
    let (aa, bb, dot) = (ax * ax + ay * ay, bx * bx + by * by, ax * bx + ay * by);
    if dot * dot > 0.125 * aa * bb || aa > 2.0 * bb || bb > 2.1 * aa || aa < 80.0 * module * module {
        return None;
    }
    let (la, lb) = (ax.hypot(ay), bx.hypot(by));
    let alike = |m: f32| (0.6..1.6).contains(&(m / module));
    let cosine = dot / (la * lb).max(1.0);
    // versions 1 to 40 have 14 to 170 modules between the middles of their patterns
    let plausible = (9.0..200.0).contains(&(la / module)) && (0.7..1.4).contains(&(la / lb.max(1.0))) && cosine.abs() < 0.35;
    if !plausible || ![corner.module, a.module, b.module].into_iter().all(alike) {
        return None;
    }
    let (xs, ys) = ([corner.x, a.x, b.x, a.x + bx], [corner.y, a.y, b.y, a.y + by]);
    let margin = 8.0 * module;
    let low = |v: [f32; 4]| v.into_iter().fold(f32::MAX, f32::min) - margin;
    let high = |v: [f32; 4]| v.into_iter().fold(f32::MIN, f32::max) + margin;
    let unlike = [corner, a, b].iter().map(|p| (p.module / module).ln().abs()).sum::<f32>();
    let fault = cosine.abs() + (la / lb.max(1.0)).ln().abs() + unlike;
    let middles = [corner, a, b].map(|p| [p.x, p.y]);
    Some((fault, Place { bounds: [low(xs), low(ys), high(xs), high(ys)], module, middles }))
}

/// Finder patterns, those seen in most rows first.
fn patterns(picture: &GrayImage) -> Vec<Pattern> {
    let width = picture.width() as usize;
    let mut found: Vec<Pattern> = Vec::new();
    let mut dark = vec![false; width];
    for (y, row) in picture.as_raw().chunks_exact(width.max(1)).enumerate().step_by(2) {
        if !binarise(row, &mut dark) {
            continue;
        }
        for (x, module) in candidates(&dark) {
            if found.len() < 4 * MOST_PATTERNS
                && let Some(y) = upright(picture, x, y, module)
            {
                note(&mut found, x, y, module);
            }
        }
    }
    found.retain(|p| p.seen >= 2);
    found.sort_by_key(|p| std::cmp::Reverse(p.seen));
    found.truncate(MOST_PATTERNS);
    found
}

fn note(found: &mut Vec<Pattern>, x: f32, y: f32, module: f32) {
    let near = found.iter_mut().find(|p| (p.x - x).abs() < 1.5 * module && (p.y - y).abs() < 1.5 * module);
    match near {
        Some(p) => {
            let n = p.seen as f32;
            *p = Pattern {
                x: (p.x * n + x) / (n + 1.0),
                y: (p.y * n + y) / (n + 1.0),
                module: (p.module * n + module) / (n + 1.0),
                seen: p.seen + 1,
            };
        }
        None => found.push(Pattern { x, y, module, seen: 1 }),
    }
}

/// Dark where a pixel is clearly darker than the running mean before it. False for a row without contrast.
fn binarise(row: &[u8], dark: &mut [bool]) -> bool {
    let (low, high) = row.iter().fold((255, 0), |(l, h), v| (v.min(&l).to_owned(), v.max(&h).to_owned()));
    if high - low < 60 {
        return false;
    }
    // A power of two: a division for each pixel would be most of the work.
    let shift = (row.len() / 8).clamp(16, 256).ilog2();
    let mut sum = i32::from(high) << shift;
    for (v, out) in row.iter().zip(dark.iter_mut()) {
        sum += i32::from(*v) - (sum >> shift);
        *out = (i32::from(*v) << shift) * 100 < sum * 90;
    }
    true
}

/// Middles of 1:1:3:1:1 in a row, with the width of a module.
fn candidates(dark: &[bool]) -> Vec<(f32, f32)> {
    let mut out = Vec::new();
    let mut runs = [0usize; 5];
    let mut start = 0;
    for x in 1..=dark.len() {
        if x < dark.len() && dark[x] == dark[start] {
            continue;
        }
        runs.rotate_left(1);
        runs[4] = x - start;
        if dark[start] && fits(runs) {
            let total: usize = runs.iter().sum();
            out.push((x as f32 - runs[4] as f32 - runs[3] as f32 - runs[2] as f32 / 2.0, total as f32 / 7.0));
        }
        start = x;
    }
    out
}

fn fits(runs: [usize; 5]) -> bool {
    let module = runs.iter().sum::<usize>() as f32 / 7.0;
    let near = |run: usize, modules: f32| (run as f32 - modules * module).abs() <= (0.6 * modules * module).max(0.8);
    module >= SMALLEST && runs.iter().zip([1.0, 1.0, 3.0, 1.0, 1.0]).all(|(run, modules)| near(*run, modules))
}

/// The middle of the same pattern down the column through (x, y), if it is there.
fn upright(picture: &GrayImage, x: f32, y: usize, module: f32) -> Option<f32> {
    let (width, column) = (picture.width() as usize, x as usize);
    let reach = (module * 5.5) as usize + 2;
    let (top, bottom) = (y.saturating_sub(reach), (y + reach).min(picture.height() as usize - 1));
    let values: Vec<u8> = (top..=bottom).map(|y| picture.as_raw()[y * width + column]).collect();
    let (low, high) = values.iter().fold((255u8, 0u8), |(l, h), v| (l.min(*v), h.max(*v)));
    if high - low < 40 {
        return None;
    }
    let middle = (u16::from(low) + u16::from(high)) / 2;
    let dark: Vec<bool> = values.iter().map(|v| u16::from(*v) < middle).collect();
    let near = |at: f32| (at - y as f32).abs() <= 2.5 * module;
    let mut found = candidates(&dark).into_iter().map(|(at, size)| (at + top as f32, size));
    found.find(|(at, size)| near(*at) && (0.5..2.0).contains(&(size / module))).map(|(at, _)| at)
}
