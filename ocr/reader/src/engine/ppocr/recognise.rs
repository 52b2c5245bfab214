//! What a line says: the PP-OCR recogniser, one line at a time at its own width. Batches would only add padding on one core.

use image::GrayImage;
use ort::session::Session;
use ort::value::TensorRef;

use super::decode::{Glyph, greedy};
use super::geometry::Rect;
use super::ink::Ink;
use super::words::{Word, words};
use crate::engine::EngineError;

/// Reads lines cut out of a picture.
pub struct Recogniser {
    session: Session,
    characters: Vec<String>,
    input: Vec<f32>,
}

/// Height of the model's input.
const HEIGHT: usize = 48;

/// The model makes one time step of this many columns.
const STEP: usize = 8;

/// Widest input: longer lines are squeezed. An A4 line in 6-point print needs about 4,000.
const WIDEST: usize = 4_096;

impl Recogniser {
    /// Wraps an opened model; `characters` names its classes in order, the CTC blank first.
    pub fn new(session: Session, characters: Vec<String>) -> Recogniser {
        Recogniser { session, characters, input: Vec::new() }
    }

    /// The words in `rect`, and the model columns it took.
    pub fn read(&mut self, picture: &GrayImage, rect: &Rect) -> Result<Vec<Word>, EngineError> {
        let width = input_width(rect);
        self.fill(picture, rect, width);
        let input = TensorRef::from_array_view(([1usize, 3, HEIGHT, width], self.input.as_slice()))?;
        let output = self.session.run(ort::inputs![input])?;
        let (_, matrix) = output[0].try_extract_tensor::<f32>()?;
        let classes = self.characters.len();
        let glyphs: Vec<Glyph> = greedy(matrix, classes);
        let ink = Ink::of(&self.input[..HEIGHT * width], width, HEIGHT);
        Ok(words(&glyphs, &self.characters, matrix.len() / classes.max(1), &ink))
    }

    /// The rectangle turned level and scaled to the model's height, scaled to -1..1, the same in all three channels.
    fn fill(&mut self, picture: &GrayImage, rect: &Rect, width: usize) {
        self.input.clear();
        self.input.reserve(3 * HEIGHT * width);
        let grain = ((rect.height / HEIGHT as f32).round() as usize).clamp(1, 4);
        for y in 0..HEIGHT {
            for x in 0..width {
                self.input.push(sample(picture, rect, (x, y), width, grain) / 127.5 - 1.0);
            }
        }
        self.input.extend_from_within(..);
        self.input.extend_from_within(..HEIGHT * width);
    }
}

/// Columns the model needs for a rectangle, in whole time steps.
pub fn input_width(rect: &Rect) -> usize {
    let columns = rect.width / rect.height.max(1.0) * HEIGHT as f32;
    ((columns / STEP as f32).round() as usize * STEP).clamp(2 * STEP, WIDEST)
}

/// Brightness at a pixel of the model's input: the mean of `grain` x `grain` points of the picture, since large print is shrunk.
fn sample(picture: &GrayImage, rect: &Rect, (x, y): (usize, usize), width: usize, grain: usize) -> f32 {
    let mut sum = 0.0;
    for j in 0..grain {
        for i in 0..grain {
            let u = (x as f32 + (i as f32 + 0.5) / grain as f32) / width as f32;
            let v = (y as f32 + (j as f32 + 0.5) / grain as f32) / HEIGHT as f32;
            let p = rect.at(u, v);
            sum += bilinear(picture, p.x - 0.5, p.y - 0.5);
        }
    }
    sum / (grain * grain) as f32
}

fn bilinear(picture: &GrayImage, x: f32, y: f32) -> f32 {
    let (right, bottom) = (picture.width() as usize - 1, picture.height() as usize - 1);
    let (x, y) = (x.clamp(0.0, right as f32), y.clamp(0.0, bottom as f32));
    let (x0, y0) = (x as usize, y as usize);
    let (x1, y1) = ((x0 + 1).min(right), (y0 + 1).min(bottom));
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let stride = right + 1;
    let data = picture.as_raw();
    let at = |x: usize, y: usize| f32::from(data[y * stride + x]);
    let top = at(x0, y0) + (at(x1, y0) - at(x0, y0)) * fx;
    let low = at(x0, y1) + (at(x1, y1) - at(x0, y1)) * fx;
    top + (low - top) * fy
}

#[cfg(test)]
mod tests {
    use super::super::geometry::Point;
    use super::*;

    fn rect(width: f32, height: f32) -> Rect {
        Rect { center: Point { x: 50.0, y: 10.0 }, along: Point { x: 1.0, y: 0.0 }, width, height }
    }

    #[test]
    fn widths_are_whole_steps_within_bounds() {
        assert_eq!(input_width(&rect(100.0, 12.0)), 400);
        assert_eq!(input_width(&rect(3.0, 30.0)), 16);
        assert_eq!(input_width(&rect(90_000.0, 10.0)), WIDEST);
        assert_eq!(input_width(&rect(0.0, 0.0)), 16);
    }

    #[test]
    fn sampling_follows_the_rectangle() {
        let ramp = GrayImage::from_fn(100, 20, |x, _| image::Luma([x as u8 * 2]));
        for grain in [1, 3] {
            let first = sample(&ramp, &rect(80.0, 16.0), (0, 20), 80, grain);
            let last = sample(&ramp, &rect(80.0, 16.0), (79, 20), 80, grain);
            assert!((first - 20.0).abs() < 1.5 && (last - 178.0).abs() < 1.5, "{first} {last}");
        }
        assert_eq!(bilinear(&ramp, -50.0, 900.0), 0.0);
        assert_eq!(bilinear(&ramp, 9e9, -1.0), 198.0);
    }
}
