//! OCR engines: a picture in, words with their places out.

pub mod ppocr;
mod rows;
mod second;
pub mod tesseract;

use std::path::Path;

use image::GrayImage;
use ocr::page::{Box, Token};
pub use ocr::protocol::Tier;

/// Something that reads the words on a picture.
pub trait TextSource {
    /// The words on the picture in reading order, with boxes in pixels of the picture after the turn they name.
    fn read(&mut self, picture: &GrayImage) -> Result<Text, EngineError>;
}

/// What an engine read, in pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    /// Words by line, then left to right.
    pub tokens: Vec<Token>,
    /// Degrees clockwise (0, 90, 180 or 270) by which the picture was turned to stand upright; boxes are on the turned picture.
    pub turned: u16,
    /// Degrees clockwise by which lines on the turned picture still slope.
    pub skew: f32,
}

/// A page as read, in points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PageText {
    /// Words by line, then left to right.
    pub tokens: Vec<Token>,
    /// Degrees clockwise (0, 90, 180 or 270) by which the picture has to be turned to stand upright.
    pub turned: u16,
    /// Degrees clockwise by which lines still slope after the turn.
    pub skew: f32,
    /// Width of the turned page.
    pub width: f32,
    /// Height of the turned page.
    pub height: f32,
    /// Mean confidence over characters; 0 for a page without text.
    pub mean_confidence: f32,
}

/// The engines of one reader process. Opening takes a fraction of a second: once a process, never once a page.
pub struct Engines {
    main: ppocr::PpOcr,
    second: Option<(String, tesseract::Tesseract)>,
}

impl Engines {
    /// Opens the models in the native folder.
    pub fn open(native: &Path, tier: Tier) -> Result<Engines, EngineError> {
        Ok(Engines { main: ppocr::PpOcr::open(native, tier)?, second: None })
    }

    /// Reads a page of `dpi` dots an inch.
    pub fn read_page(&mut self, picture: &GrayImage, dpi: f32) -> Result<PageText, EngineError> {
        read_with(&mut self.main, picture, dpi)
    }

    /// Reads a piece of a line. `zoom` is pixels of the picture a point.
    pub fn line(&mut self, picture: &GrayImage, place: Box, zoom: f32) -> Result<String, EngineError> {
        self.main.read_line(picture, [place.left, place.top, place.right, place.bottom].map(|v| v * zoom))
    }
}

/// Reads a page with one engine and gives the places in points.
pub fn read_with(source: &mut dyn TextSource, picture: &GrayImage, dpi: f32) -> Result<PageText, EngineError> {
    let text = source.read(picture)?;
    let point = 72.0 / dpi.max(1.0);
    let (width, height) = match text.turned {
        90 | 270 => (picture.height(), picture.width()),
        _ => (picture.width(), picture.height()),
    };
    let characters: usize = text.tokens.iter().map(|t| t.text.chars().count()).sum();
    let sum: f32 = text.tokens.iter().map(|t| t.confidence * t.text.chars().count() as f32).sum();
    let scaled = |b: Box| Box { left: b.left * point, top: b.top * point, right: b.right * point, bottom: b.bottom * point };
    Ok(PageText {
        tokens: text.tokens.into_iter().map(|t| Token { bbox: scaled(t.bbox), size: t.size * point, ..t }).collect(),
        turned: text.turned,
        skew: text.skew,
        width: width as f32 * point,
        height: height as f32 * point,
        mean_confidence: sum / characters.max(1) as f32,
    })
}

/// Why a page could not be read by OCR.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A library or model is not installed.
    #[error(
        "{name} could not be opened in {folder} ({reason}): run `make setup` or set POSTROOM_NATIVE to the folder that holds it"
    )]
    Missing {
        /// File name.
        name: &'static str,
        /// The native folder.
        folder: String,
        /// What the system said.
        reason: String,
    },
    /// A model file is damaged or of another version.
    #[error("the model {name} could not be loaded ({reason}): install it again with `make setup`")]
    Model {
        /// File name.
        name: &'static str,
        /// What the runtime said.
        reason: String,
    },
    /// Language data of Tesseract is missing.
    #[error("Tesseract could not be started for {languages} ({reason}): install the tesseract-ocr packages of these languages")]
    Language {
        /// As asked, joined by `+`.
        languages: String,
        /// What the library said.
        reason: String,
    },
    /// An engine failed on this picture.
    #[error("the OCR engine failed: {0}")]
    Run(String),
}

impl From<ort::Error> for EngineError {
    fn from(error: ort::Error) -> Self {
        EngineError::Run(error.to_string())
    }
}
