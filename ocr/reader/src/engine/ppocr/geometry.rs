//! Rectangles at any angle around text, in pixels.

/// A point in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// A rectangle turned by a small or large angle. `along` is the unit vector of the reading direction, `width` its extent in that
/// direction, `height` the extent across it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Middle of the rectangle.
    pub center: Point,
    /// Unit vector of the side called width.
    pub along: Point,
    /// Extent along `along`.
    pub width: f32,
    /// Extent across it.
    pub height: f32,
}

impl Rect {
    /// The point at (`u`, `v`) in the rectangle's own coordinates: (0, 0) is its first corner, (1, 1) the opposite one.
    pub fn at(&self, u: f32, v: f32) -> Point {
        let (du, dv) = ((u - 0.5) * self.width, (v - 0.5) * self.height);
        Point {
            x: self.center.x + self.along.x * du - self.along.y * dv,
            y: self.center.y + self.along.y * du + self.along.x * dv,
        }
    }

    /// The upright rectangle that holds the part between `u0` and `u1` of the width: left, top, right, bottom.
    pub fn bounds(&self, u0: f32, u1: f32) -> [f32; 4] {
        let corners = [self.at(u0, 0.0), self.at(u1, 0.0), self.at(u1, 1.0), self.at(u0, 1.0)];
        let mut out = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
        for c in corners {
            out = [out[0].min(c.x), out[1].min(c.y), out[2].max(c.x), out[3].max(c.y)];
        }
        out
    }

    /// The same rectangle with every side moved outwards by `by`.
    pub fn grown(mut self, by: f32) -> Rect {
        self.width += 2.0 * by;
        self.height += 2.0 * by;
        self
    }

    /// The same rectangle after the picture was scaled by `sx` and `sy` (nearly equal).
    pub fn scaled(self, sx: f32, sy: f32) -> Rect {
        let (ax, ay) = (self.along.x * sx, self.along.y * sy);
        let (bx, by) = (-self.along.y * sx, self.along.x * sy);
        let (width, height) = (ax.hypot(ay), bx.hypot(by));
        Rect {
            center: Point { x: self.center.x * sx, y: self.center.y * sy },
            along: Point { x: ax / width, y: ay / width },
            width: self.width * width,
            height: self.height * height,
        }
    }

    /// The same place read along its other side, downwards.
    pub fn swapped(self) -> Rect {
        Rect { along: Point { x: -self.along.y, y: self.along.x }, width: self.height, height: self.width, ..self }
    }

    /// The same place read from the other end, upside down.
    pub fn reversed(self) -> Rect {
        Rect { along: Point { x: -self.along.x, y: -self.along.y }, ..self }
    }

    /// Slope of the reading direction in radians, 0 for a level line.
    pub fn angle(&self) -> f32 {
        self.along.y.atan2(self.along.x)
    }
}

/// The smallest rectangle around the points, with its width along the side that lies nearest to the horizontal. `None` for no
/// points.
pub fn smallest_rect(points: &mut Vec<Point>) -> Option<Rect> {
    let hull = convex_hull(points);
    let first = *hull.first()?;
    if hull.len() == 1 {
        return Some(Rect { center: first, along: Point { x: 1.0, y: 0.0 }, width: 0.0, height: 0.0 });
    }
    let mut best: Option<(f32, Rect)> = None;
    for (i, a) in hull.iter().enumerate() {
        let b = hull[(i + 1) % hull.len()];
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let length = dx.hypot(dy);
        if length <= f32::EPSILON {
            continue;
        }
        let rect = rect_along(&hull, Point { x: dx / length, y: dy / length });
        let area = rect.width * rect.height;
        if best.is_none_or(|(least, _)| area < least) {
            best = Some((area, rect));
        }
    }
    best.map(|(_, rect)| level(rect))
}

/// The rectangle with sides along and across `along` that holds all points.
fn rect_along(points: &[Point], along: Point) -> Rect {
    let (mut u, mut v) = ([f32::MAX, f32::MIN], [f32::MAX, f32::MIN]);
    for p in points {
        let (pu, pv) = (p.x * along.x + p.y * along.y, -p.x * along.y + p.y * along.x);
        u = [u[0].min(pu), u[1].max(pu)];
        v = [v[0].min(pv), v[1].max(pv)];
    }
    let (cu, cv) = ((u[0] + u[1]) / 2.0, (v[0] + v[1]) / 2.0);
    Rect {
        center: Point { x: cu * along.x - cv * along.y, y: cu * along.y + cv * along.x },
        along,
        width: u[1] - u[0],
        height: v[1] - v[0],
    }
}

/// Turns the description of a rectangle by quarters until `along` points to the right.
fn level(mut rect: Rect) -> Rect {
    if rect.along.y.abs() > rect.along.x.abs() {
        rect = rect.swapped();
    }
    if rect.along.x < 0.0 {
        rect.along = Point { x: -rect.along.x, y: -rect.along.y };
    }
    rect
}

/// Andrew's monotone chain; the points are sorted in place.
fn convex_hull(points: &mut Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    points.dedup();
    if points.len() < 3 {
        return points.clone();
    }
    let cross = |o: Point, a: Point, b: Point| (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
    let mut hull: Vec<Point> = Vec::with_capacity(32);
    let mut chain = |points: &mut dyn Iterator<Item = Point>| {
        let start = hull.len();
        for p in points {
            while hull.len() >= start + 2 && cross(hull[hull.len() - 2], hull[hull.len() - 1], p) <= 0.0 {
                hull.pop();
            }
            hull.push(p);
        }
        hull.pop();
    };
    chain(&mut points.iter().copied());
    chain(&mut points.iter().rev().copied());
    hull
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(center: Point, width: f32, height: f32, degrees: f32) -> Vec<Point> {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let rect = Rect { center, along: Point { x: cos, y: sin }, width, height };
        [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.5, 0.0), (0.3, 1.0)].map(|(u, v)| rect.at(u, v)).to_vec()
    }

    #[test]
    fn finds_the_rectangle_at_any_small_angle() {
        for degrees in [-30.0, -3.0, 0.0, 1.2, 7.0, 40.0] {
            let rect = smallest_rect(&mut turned(Point { x: 50.0, y: 80.0 }, 60.0, 10.0, degrees)).unwrap();
            assert!((rect.width - 60.0).abs() < 0.01 && (rect.height - 10.0).abs() < 0.01, "{degrees}: {rect:?}");
            assert!((rect.angle().to_degrees() - degrees).abs() < 0.01, "{degrees}: {rect:?}");
            assert!((rect.center.x - 50.0).abs() < 0.01 && (rect.center.y - 80.0).abs() < 0.01);
        }
    }

    #[test]
    fn an_upright_rectangle_has_the_obvious_bounds() {
        let rect = smallest_rect(&mut turned(Point { x: 50.0, y: 20.0 }, 40.0, 8.0, 0.0)).unwrap();
        assert_eq!(rect.bounds(0.0, 0.5).map(|v| (v * 100.0).round() / 100.0), [30.0, 16.0, 50.0, 24.0]);
    }

    #[test]
    fn degenerate_shapes_are_no_harm() {
        assert!(smallest_rect(&mut Vec::new()).is_none());
        assert_eq!(smallest_rect(&mut vec![Point { x: 1.0, y: 1.0 }; 4]).unwrap().width, 0.0);
        let line =
            smallest_rect(&mut vec![Point { x: 1.0, y: 1.0 }, Point { x: 5.0, y: 1.0 }, Point { x: 3.0, y: 1.0 }]).unwrap();
        assert_eq!((line.width, line.height), (4.0, 0.0));
    }

    #[test]
    fn scaling_keeps_the_corners() {
        let rect = smallest_rect(&mut turned(Point { x: 50.0, y: 80.0 }, 60.0, 10.0, 5.0)).unwrap();
        let (p, q) = (rect.at(1.0, 0.5), rect.scaled(2.0, 2.0).at(1.0, 0.5));
        assert!((p.x * 2.0 - q.x).abs() < 0.01 && (p.y * 2.0 - q.y).abs() < 0.01);
    }
}
