//! PP-OCRv6 by ONNX Runtime: a detector finds lines, a recogniser reads each.

mod decode;
mod detect;
pub(super) mod geometry;
mod ink;
mod model;
mod recognise;
mod regions;
mod runtime;
mod turn;
mod words;

use std::borrow::Cow;
use std::path::Path;

use image::GrayImage;
use ocr::page::{Box, Token};

use self::detect::Detector;
use self::geometry::{Point, Rect};
use self::recognise::Recogniser;
use self::turn::Turn;
use self::words::Word;
use super::rows::{rows, skew};
use super::{EngineError, Text, TextSource, Tier};

/// A detector and recognisers, ready to read.
pub struct PpOcr {
    detector: Detector,
    recogniser: Recogniser,
    /// Reads again what the first was not sure of.
    better: Option<Recogniser>,
}

impl PpOcr {
    /// Opens the models of a tier in the native folder.
    pub fn open(native: &Path, tier: Tier) -> Result<PpOcr, EngineError> {
        let (detector, recogniser, better, area) = match tier {
            Tier::Fast => (DETECT_TINY, RECOGNISE_TINY, None, 1.2e6),
            Tier::Normal => (DETECT_TINY, RECOGNISE_TINY, Some(RECOGNISE_SMALL), 1.2e6),
            Tier::Thorough => (DETECT_SMALL, RECOGNISE_SMALL, None, 2.0e6),
        };
        let detector = Detector::new(runtime::open(native, &runtime::load(native, detector)?, detector)?, area);
        let open = |name| -> Result<Recogniser, EngineError> {
            let (session, characters) = runtime::open_recogniser(native, &runtime::load(native, name)?, name)?;
            Ok(Recogniser::new(session, characters))
        };
        Ok(PpOcr { detector, recogniser: open(recogniser)?, better: better.map(open).transpose()? })
    }

    /// The text of an upright line that fills a rectangle: left, top, right, bottom.
    pub fn read_line(&mut self, picture: &GrayImage, [left, top, right, bottom]: [f32; 4]) -> Result<String, EngineError> {
        let center = Point { x: (left + right) / 2.0, y: (top + bottom) / 2.0 };
        let rect = Rect { center, along: Point { x: 1.0, y: 0.0 }, width: right - left, height: bottom - top };
        let words = self.line(picture, &rect.grown(LINE_MARGIN * rect.height))?;
        Ok(words.into_iter().map(|word| word.text).collect::<Vec<_>>().join(" "))
    }

    /// The words of a line: by the quick recogniser, and where that is unsure of a single character by the better one.
    fn line(&mut self, picture: &GrayImage, rect: &Rect) -> Result<Vec<Word>, EngineError> {
        let words = self.recogniser.read(picture, rect)?;
        match &mut self.better {
            Some(better) if words.iter().any(|w| w.lowest < DOUBT) => better.read(picture, rect),
            _ => Ok(words),
        }
    }

    /// Reads the longest lines both ways and says whether the picture stands on its head. Most pages are settled by the first
    /// reading, which is not wasted time to speak of: three lines of a hundred.
    fn stands_on_its_head(&mut self, picture: &GrayImage, rects: &[Rect]) -> Result<bool, EngineError> {
        let mut longest: Vec<&Rect> = rects.iter().filter(|r| r.width > 3.0 * r.height).collect();
        longest.sort_by(|a, b| b.width.total_cmp(&a.width));
        let mut lines = longest.iter();
        let (mut known, mut upright, mut turned) = (0, 0.0, 0.0);
        // Rows of stars and dots look the same both ways: a line counts if it has letters or digits.
        while let Some(rect) = lines.next().filter(|_| known < 5) {
            let (here, count) = self.sureness(picture, rect)?;
            if count == 0 {
                continue;
            }
            known += 1;
            upright += here;
            if known == 3 && upright >= SURE * 3.0 {
                return Ok(false);
            }
            turned += self.sureness(picture, &rect.reversed())?.0;
        }
        Ok(turned > upright + MARGIN * known as f32)
    }

    /// Mean confidence over the letters and digits of a line, and how many there are.
    fn sureness(&mut self, picture: &GrayImage, rect: &Rect) -> Result<(f32, usize), EngineError> {
        let (mut sum, mut count) = (0.0, 0);
        for word in self.recogniser.read(picture, rect)? {
            let n = word.text.chars().filter(|c| c.is_alphanumeric()).count();
            sum += word.confidence * n as f32;
            count += n;
        }
        Ok((sum / count.max(1) as f32, count))
    }
}

impl TextSource for PpOcr {
    fn read(&mut self, picture: &GrayImage) -> Result<Text, EngineError> {
        let mut rects = self.detector.find(picture)?;
        let mut picture = Cow::Borrowed(picture);
        let mut turn = Turn::None;
        if turn::lies_on_its_side(&rects) {
            turn = Turn::Quarter;
            rects = rects.iter().map(|r| turn.rect(r, picture.width(), picture.height())).collect();
            picture = Cow::Owned(turn.picture(&picture));
        }
        if self.stands_on_its_head(&picture, &rects)? {
            rects = rects.iter().map(|r| Turn::Half.rect(r, picture.width(), picture.height())).collect();
            picture = Cow::Owned(Turn::Half.picture(&picture));
            turn = turn.and_half();
        }
        let skew = skew(&rects);
        let mut tokens = Vec::new();
        let mut budget = BUDGET;
        for (line, members) in rows(&rects, skew).into_iter().enumerate() {
            for i in members {
                budget = budget.saturating_sub(recognise::input_width(&rects[i]));
                if budget == 0 {
                    return Err(EngineError::Run("the page holds more text than any paper does".into()));
                }
                let words = self.line(&picture, &upright(rects[i]))?;
                tokens.extend(words.into_iter().filter(|w| w.confidence >= FAINT).map(|w| token(w, &rects[i], line)));
            }
        }
        Ok(Text { tokens, turned: turn.degrees(), skew: skew.to_degrees() })
    }
}

/// Text that runs downwards on an upright page is read along its long side; narrow single characters stay as they are.
fn upright(rect: Rect) -> Rect {
    if rect.height > 3.0 * rect.width { rect.swapped().reversed() } else { rect }
}

fn token(word: Word, rect: &Rect, line: usize) -> Token {
    let [left, top, right, bottom] =
        if rect.height > 3.0 * rect.width { rect.bounds(0.0, 1.0) } else { rect.bounds(word.from, word.to) };
    Token {
        text: word.text,
        bbox: Box { left: left.max(0.0), top: top.max(0.0), right, bottom },
        confidence: word.confidence,
        line: line as u32,
        size: 0.0,
        bold: false,
        hidden: false,
    }
}

/// A line with a character below this is read again by the better recogniser.
const DOUBT: f32 = 0.9;

/// Share of a line's height that is taken around it.
const LINE_MARGIN: f32 = 0.15;

/// Lines read with this mean confidence are not upside down.
const SURE: f32 = 0.85;

/// A page is turned if its lines are read so much better upside down: the recogniser reads some words either way.
const MARGIN: f32 = 0.1;

/// Words below this are texture, not text.
const FAINT: f32 = 0.3;

/// Columns given to the recogniser for one page at most, about a minute of work; a dense A4 page needs 60,000.
const BUDGET: usize = 1_000_000;

const DETECT_TINY: &str = "PP-OCRv6_det_tiny.onnx";
const DETECT_SMALL: &str = "PP-OCRv6_det_small.onnx";
const RECOGNISE_TINY: &str = "PP-OCRv6_rec_tiny.onnx";
const RECOGNISE_SMALL: &str = "PP-OCRv6_rec_small.onnx";
