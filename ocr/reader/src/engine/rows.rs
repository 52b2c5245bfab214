//! Reading order: which pieces of text stand in one row, and how rows slope.

use super::ppocr::geometry::Rect;

/// Slope of the page in radians: the median angle of long lines, weighted by their length. 0 without long lines.
pub fn skew(rects: &[Rect]) -> f32 {
    let mut lines: Vec<(f32, f32)> = rects.iter().filter(|r| r.width > 4.0 * r.height).map(|r| (r.angle(), r.width)).collect();
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = lines.iter().map(|l| l.1).sum::<f32>() / 2.0;
    let mut sum = 0.0;
    for (angle, weight) in lines {
        sum += weight;
        if sum >= half {
            return angle;
        }
    }
    0.0
}

/// Indices of the rectangles grouped into rows, top to bottom, each from left to right, on a page that slopes by `skew`. Two
/// pieces share a row when their middles differ by less than half the lower one's height.
pub fn rows(rects: &[Rect], skew: f32) -> Vec<Vec<usize>> {
    let (sin, cos) = skew.sin_cos();
    let level = |i: usize| (rects[i].center.x * cos + rects[i].center.y * sin, rects[i].center.y * cos - rects[i].center.x * sin);
    let mut order: Vec<usize> = (0..rects.len()).collect();
    order.sort_by(|a, b| level(*a).1.total_cmp(&level(*b).1));
    let mut out: Vec<(f32, f32, Vec<usize>)> = Vec::new();
    for i in order {
        let (y, height) = (level(i).1, rects[i].height);
        match out.last_mut() {
            Some((middle, tallest, members)) if (y - *middle).abs() <= 0.5 * height.min(*tallest) => {
                members.push(i);
                *middle += (y - *middle) / members.len() as f32;
                *tallest = tallest.max(height);
            }
            _ => out.push((y, height, vec![i])),
        }
    }
    for (_, _, members) in &mut out {
        members.sort_by(|a, b| level(*a).0.total_cmp(&level(*b).0));
    }
    out.into_iter().map(|(_, _, members)| members).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ppocr::geometry::Point;

    fn rect(x: f32, y: f32, width: f32, degrees: f32) -> Rect {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let center = Point { x: x * cos - y * sin, y: x * sin + y * cos };
        Rect { center, along: Point { x: cos, y: sin }, width, height: 20.0 }
    }

    #[test]
    fn rows_follow_the_slope_of_the_page() {
        for degrees in [-3.0, 0.0, 2.0] {
            // three rows, 25 apart, of three pieces across 1,200 pixels: at 2 degrees the ends differ by 42
            let rects: Vec<Rect> = [2, 0, 1]
                .into_iter()
                .flat_map(|row| [900.0, 100.0, 500.0].map(|x| rect(x, 100.0 + 25.0 * row as f32, 150.0, degrees)))
                .collect();
            let slope = skew(&rects);
            assert!((slope.to_degrees() - degrees).abs() < 0.01);
            assert_eq!(rows(&rects, slope), [[4, 5, 3], [7, 8, 6], [1, 2, 0]], "{degrees}");
        }
    }

    #[test]
    fn short_pieces_do_not_tell_the_slope() {
        assert_eq!(skew(&[rect(10.0, 10.0, 30.0, 8.0)]), 0.0);
        assert_eq!(skew(&[]), 0.0);
        assert!(rows(&[], 0.0).is_empty());
    }
}
