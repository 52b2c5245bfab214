//! Where text is: the PP-OCR detector.

use image::GrayImage;
use ort::session::Session;
use ort::value::TensorRef;

use super::geometry::Rect;
use super::regions::{Cut, regions};
use crate::engine::EngineError;
use crate::picture::scale;

/// Finds lines of text, or pieces of lines where the gaps are wide.
pub struct Detector {
    session: Session,
    input: Vec<f32>,
    /// Pixels given to the model at most: what it costs is in proportion to them.
    area: f32,
}

/// Values under which the v6 detectors are published.
const CUT: Cut = Cut { pixel: 0.2, region: 0.45, unclip: 1.4, most: 2_000 };

/// Mean and deviation of the ImageNet channels, as `255 * x`.
const NORMAL: [(f32, f32); 3] = [(0.485 * 255.0, 0.229 * 255.0), (0.456 * 255.0, 0.224 * 255.0), (0.406 * 255.0, 0.225 * 255.0)];

const ENLARGED: f32 = 2.0;

/// The model halves its input five times.
const GRID: u32 = 32;

impl Detector {
    /// Wraps an opened model that looks at `area` pixels of a page at most.
    pub fn new(session: Session, area: f32) -> Detector {
        Detector { session, input: Vec::new(), area }
    }

    /// Rectangles around text, in pixels of the picture, in no order.
    pub fn find(&mut self, picture: &GrayImage) -> Result<Vec<Rect>, EngineError> {
        let (width, height) = working_size(picture.width(), picture.height(), self.area);
        let whole = [0.0, 0.0, picture.width() as f32, picture.height() as f32];
        let Some(small) = scale::cut(picture, whole, width, height) else { return Ok(Vec::new()) };
        self.fill(&small);
        let shape = [1usize, 3, height as usize, width as usize];
        let input = TensorRef::from_array_view((shape, self.input.as_slice()))?;
        let output = self.session.run(ort::inputs![input])?;
        let (_, map) = output[0].try_extract_tensor::<f32>()?;
        let (sx, sy) = (picture.width() as f32 / width as f32, picture.height() as f32 / height as f32);
        Ok(regions(map, width as usize, height as usize, CUT).into_iter().map(|r| r.scaled(sx, sy)).collect())
    }

    /// Grey goes into each of the three channels, by a table: 256 values are all there are.
    fn fill(&mut self, grey: &[u8]) {
        self.input.clear();
        self.input.reserve_exact(grey.len() * 3);
        for (mean, deviation) in NORMAL {
            let table: [f32; 256] = std::array::from_fn(|v| (v as f32 - mean) / deviation);
            self.input.extend(grey.iter().map(|v| table[usize::from(*v)]));
        }
    }
}

/// Size of the picture the model sees: at most `area` pixels, sides in whole grid cells. A small picture is enlarged, to twice
/// its size at most: on a receipt of 400 pixels across lines melt into one otherwise.
fn working_size(width: u32, height: u32, area: f32) -> (u32, u32) {
    let scale = (area / (width as f32 * height as f32)).sqrt().min(ENLARGED);
    let side = |v: u32| ((v as f32 * scale / GRID as f32).round() as u32).max(1) * GRID;
    (side(width), side(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_working_size_keeps_the_shape_and_the_budget() {
        for (width, height) in [(1654, 2339), (800, 6000), (6000, 300), (300, 200), (1, 1), (12_000, 9_000)] {
            let (w, h) = working_size(width, height, 1.2e6);
            assert_eq!((w % GRID, h % GRID), (0, 0));
            assert!(w as f32 * h as f32 <= 1.2e6 * 1.15, "{w} x {h}");
            assert!(w <= width * 2 + GRID && h <= height * 2 + GRID);
        }
        let (w, h) = working_size(1654, 2339, 1.2e6);
        assert!((w as f32 / h as f32 - 1654.0 / 2339.0).abs() < 0.03);
    }
}
