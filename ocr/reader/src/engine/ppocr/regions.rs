//! From the detector's map to rectangles around text (the post-processing of "Real-time Scene Text Detection with
//! Differentiable Binarization", Liao et al. 2019).

use super::geometry::{Point, Rect, smallest_rect};

/// How the map is cut into regions.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// A pixel of the map belongs to text from this probability on.
    pub pixel: f32,
    /// A region counts from this mean probability on.
    pub region: f32,
    /// The map shows text shrunk; a region grows by this ratio of area to perimeter.
    pub unclip: f32,
    /// At most so many regions, largest first: a page of noise must not cost an hour.
    pub most: usize,
}

/// Rectangles around the text regions of a map of `width` x `height` probabilities, in pixels of the map.
pub fn regions(map: &[f32], width: usize, height: usize, cut: Cut) -> Vec<Rect> {
    let mut shapes = components(map, width, height, cut.pixel);
    shapes.retain(|s| s.sum >= cut.region * s.pixels as f32 && s.rows.len() >= 2);
    if shapes.len() > cut.most {
        shapes.sort_by_key(|s| std::cmp::Reverse(s.pixels));
        shapes.truncate(cut.most);
    }
    shapes.iter().filter_map(|s| rect_of(s, cut.unclip)).collect()
}

/// A connected group of pixels: for each of its rows the first and last pixel are all that its hull needs.
#[derive(Debug, Default)]
struct Component {
    rows: Vec<(u32, u32, u32)>,
    pixels: usize,
    sum: f32,
}

fn rect_of(shape: &Component, unclip: f32) -> Option<Rect> {
    let mut points = Vec::with_capacity(shape.rows.len() * 2);
    for &(y, first, last) in &shape.rows {
        let y = y as f32 + 0.5;
        points.push(Point { x: first as f32 + 0.5, y });
        points.push(Point { x: last as f32 + 0.5, y });
    }
    let rect = smallest_rect(&mut points)?;
    if rect.width.min(rect.height) < 2.0 {
        return None;
    }
    Some(rect.grown(rect.width * rect.height * unclip / (2.0 * (rect.width + rect.height))))
}

/// Groups of neighbouring pixels (8-connected) above the threshold, by runs: one pass down the map, joining runs that touch.
fn components(map: &[f32], width: usize, height: usize, threshold: f32) -> Vec<Component> {
    let mut parents: Vec<u32> = Vec::new();
    let mut runs: Vec<(u32, u32, u32, u32, f32)> = Vec::new(); // label, row, first, last, sum
    let mut above = 0..0;
    for (y, row) in map.chunks_exact(width.max(1)).take(height).enumerate() {
        let start = runs.len();
        let mut candidate = above.start;
        let mut x = 0;
        while x < width {
            if row[x] <= threshold {
                x += 1;
                continue;
            }
            let first = x;
            let mut sum = 0.0;
            while x < width && row[x] > threshold {
                sum += row[x];
                x += 1;
            }
            let label = join(&mut parents, &runs[..start], &mut candidate, above.end, first as u32, x as u32 - 1);
            runs.push((label, y as u32, first as u32, x as u32 - 1, sum));
        }
        above = start..runs.len();
    }
    collect(&mut parents, &runs)
}

/// The label of a run: that of the runs it touches in the row above (joined into one), or a new one.
fn join(
    parents: &mut Vec<u32>,
    runs: &[(u32, u32, u32, u32, f32)],
    candidate: &mut usize,
    end: usize,
    first: u32,
    last: u32,
) -> u32 {
    while *candidate < end && runs[*candidate].3 + 1 < first {
        *candidate += 1;
    }
    let mut label = None;
    let mut i = *candidate;
    while i < end && runs[i].2 <= last + 1 {
        let root = find(parents, runs[i].0);
        match label {
            None => label = Some(root),
            Some(own) if own != root => {
                let (low, high) = (own.min(root), own.max(root));
                parents[high as usize] = low;
                label = Some(low);
            }
            Some(_) => {}
        }
        i += 1;
    }
    label.unwrap_or_else(|| {
        parents.push(parents.len() as u32);
        parents.len() as u32 - 1
    })
}

fn find(parents: &mut [u32], mut label: u32) -> u32 {
    while parents[label as usize] != label {
        let up = parents[parents[label as usize] as usize];
        parents[label as usize] = up;
        label = up;
    }
    label
}

fn collect(parents: &mut [u32], runs: &[(u32, u32, u32, u32, f32)]) -> Vec<Component> {
    let mut index = vec![u32::MAX; parents.len()];
    let mut out: Vec<Component> = Vec::new();
    for &(label, y, first, last, sum) in runs {
        let root = find(parents, label) as usize;
        if index[root] == u32::MAX {
            index[root] = out.len() as u32;
            out.push(Component::default());
        }
        let shape = &mut out[index[root] as usize];
        match shape.rows.last_mut() {
            Some(row) if row.0 == y => row.2 = row.2.max(last),
            _ => shape.rows.push((y, first, last)),
        }
        shape.pixels += (last - first + 1) as usize;
        shape.sum += sum;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUT: Cut = Cut { pixel: 0.3, region: 0.5, unclip: 1.5, most: 100 };

    fn map(rows: &[&str]) -> (Vec<f32>, usize, usize) {
        let cells = rows.iter().flat_map(|r| r.bytes()).map(|b| f32::from(b - b'0') / 10.0).collect();
        (cells, rows[0].len(), rows.len())
    }

    #[test]
    fn two_words_are_two_rectangles_grown_by_the_ratio() {
        let (cells, w, h) =
            map(&["000000000000000000", "009999000000099990", "009999000000099990", "009999000000099990", "000000000000000000"]);
        let found = regions(&cells, w, h, CUT);
        assert_eq!(found.len(), 2);
        // 3 x 2 between pixel centres, grown by 3 * 2 * 1.5 / (2 * 5) = 0.9 on each side
        assert!((found[0].width - 4.8).abs() < 1e-4 && (found[0].height - 3.8).abs() < 1e-4, "{:?}", found[0]);
        assert!((found[0].center.x - 4.0).abs() < 1e-4 && (found[0].center.y - 2.5).abs() < 1e-4);
    }

    #[test]
    fn a_ring_and_a_u_shape_are_one_region_each() {
        let (cells, w, h) = map(&["9990009009", "9090009009", "9090009009", "9990009999", "9990009999"]);
        let found = components(&cells, w, h, 0.3);
        assert_eq!(found.iter().map(|s| s.pixels).collect::<Vec<_>>(), [13, 14]);
    }

    #[test]
    fn faint_regions_and_specks_do_not_count() {
        let (cells, w, h) = map(&["4444440009", "4444440000", "4444440000", "4444440000"]);
        assert!(regions(&cells, w, h, CUT).is_empty());
    }

    #[test]
    fn noise_is_capped_and_empty_maps_are_empty() {
        let cells: Vec<f32> = (0..200 * 200).map(|i| if (i % 200) % 8 < 5 && (i / 200) % 8 < 5 { 0.9 } else { 0.0 }).collect();
        assert_eq!(regions(&cells, 200, 200, CUT).len(), CUT.most);
        assert!(regions(&[], 0, 0, CUT).is_empty());
    }
}
