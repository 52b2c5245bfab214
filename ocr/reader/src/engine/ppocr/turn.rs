//! Pictures that lie on their side or stand on their head.

use image::GrayImage;
use image::imageops::{rotate90, rotate180, rotate270};

use super::geometry::{Point, Rect};

/// A clockwise turn that sets a picture upright.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It stands as it should.
    None,
    /// By 90 degrees.
    Quarter,
    /// By 180 degrees.
    Half,
    /// By 270 degrees.
    ThreeQuarters,
}

impl Turn {
    /// Degrees clockwise.
    pub fn degrees(self) -> u16 {
        self as u16 * 90
    }

    /// This turn and another half one.
    pub fn and_half(self) -> Turn {
        match self {
            Turn::None => Turn::Half,
            Turn::Quarter => Turn::ThreeQuarters,
            Turn::Half => Turn::None,
            Turn::ThreeQuarters => Turn::Quarter,
        }
    }

    /// The turned picture.
    pub fn picture(self, picture: &GrayImage) -> GrayImage {
        match self {
            Turn::None => picture.clone(),
            Turn::Quarter => rotate90(picture),
            Turn::Half => rotate180(picture),
            Turn::ThreeQuarters => rotate270(picture),
        }
    }

    /// Where a rectangle of a picture of `width` x `height` lies after the turn. Its sides keep their slope; a quarter turn makes
    /// the one called width the other.
    pub fn rect(self, rect: &Rect, width: u32, height: u32) -> Rect {
        let (w, h, Point { x, y }) = (width as f32, height as f32, rect.center);
        match self {
            Turn::None => *rect,
            Turn::Quarter => Rect { center: Point { x: h - y, y: x }, along: rect.along, width: rect.height, height: rect.width },
            Turn::Half => Rect { center: Point { x: w - x, y: h - y }, ..*rect },
            Turn::ThreeQuarters => {
                Rect { center: Point { x: y, y: w - x }, along: rect.along, width: rect.height, height: rect.width }
            }
        }
    }
}

/// Text regions are longer along their lines than across: the picture lies on its side when most of their area is tall.
pub fn lies_on_its_side(rects: &[Rect]) -> bool {
    let (mut tall, mut wide) = (0.0, 0.0);
    for r in rects {
        let area = r.width * r.height;
        if r.height > 1.5 * r.width {
            tall += area;
        } else if r.width > 1.5 * r.height {
            wide += area;
        }
    }
    tall > 2.0 * wide
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_turn_with_the_picture() {
        // one dark stripe, sloping by nothing, and the rectangle around it
        let picture =
            GrayImage::from_fn(40, 30, |x, y| image::Luma([if (5..25).contains(&x) && (3..7).contains(&y) { 0 } else { 255 }]));
        let rect = Rect { center: Point { x: 15.0, y: 5.0 }, along: Point { x: 1.0, y: 0.0 }, width: 20.0, height: 4.0 };
        for turn in [Turn::None, Turn::Quarter, Turn::Half, Turn::ThreeQuarters] {
            let (turned, place) = (turn.picture(&picture), turn.rect(&rect, 40, 30));
            let [left, top, right, bottom] = place.bounds(0.0, 1.0).map(|v| v.round() as u32);
            for (x, y, p) in turned.enumerate_pixels() {
                assert_eq!(p.0[0] == 0, (left..right).contains(&x) && (top..bottom).contains(&y), "{turn:?} at {x}, {y}");
            }
            assert!(place.along.x >= place.along.y.abs(), "{turn:?}");
        }
    }

    #[test]
    fn only_mostly_tall_pages_lie_on_their_side() {
        let rect = |width, height| Rect { center: Point { x: 0.0, y: 0.0 }, along: Point { x: 1.0, y: 0.0 }, width, height };
        assert!(lies_on_its_side(&[rect(20.0, 300.0), rect(20.0, 200.0), rect(80.0, 20.0)]));
        assert!(!lies_on_its_side(&[rect(300.0, 20.0), rect(20.0, 200.0), rect(300.0, 20.0)]));
        assert!(!lies_on_its_side(&[]));
    }
}
