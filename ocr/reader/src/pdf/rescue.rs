//! A second try by hayro: it finds its way in files whose cross-reference table or end is lost, where PDFium refuses. It
//! draws pages, so their text is then read by OCR.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::{DynamicImage, GrayImage, RgbImage};

use super::draw::{Drawn, Shades, fitting};
use crate::failure::Failure;

/// A damaged file that could be opened.
pub struct Rescued(Pdf);

impl std::fmt::Debug for Rescued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Rescued").field(&self.0.pages().len()).finish()
    }
}

impl Rescued {
    /// Opens what can be opened.
    pub fn open(bytes: &[u8]) -> Result<Rescued, Failure> {
        match guarded(|| Pdf::new(bytes.to_vec()))? {
            Ok(pdf) if !pdf.pages().is_empty() => Ok(Rescued(pdf)),
            Err(LoadPdfError::Decryption(DecryptionError::PasswordProtected)) => Err(Failure::encrypted()),
            _ => Err(Failure::broken("the PDF")),
        }
    }

    /// Pages in the file.
    pub fn pages(&self) -> usize {
        self.0.pages().len()
    }

    /// Width and height of a page (from 0) in points.
    pub fn size(&self, index: usize) -> Option<(f32, f32)> {
        self.0.pages().get(index).map(|page| page.render_dimensions())
    }

    /// Draws a page (from 0) with at most `most` pixels.
    pub fn draw(&self, index: usize, dpi: f32, shades: Shades, most: u64) -> Result<Drawn, Failure> {
        let page = self.0.pages().get(index).ok_or_else(|| Failure::broken("the PDF"))?;
        let (width, height) = page.render_dimensions();
        let dpi = fitting(dpi, width, height, most);
        let scale = dpi / 72.0;
        let settings = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
        let pixmap = guarded(|| {
            hayro::render(page, &RenderCache::new(), &InterpreterSettings::default(), &RenderSettings::default(), &settings)
        })?;
        let (width, height) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
        // On white paper everything is opaque, so premultiplied colours are the colours.
        let rgb = pixmap.data().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
        let picture = RgbImage::from_raw(width, height, rgb).ok_or_else(|| Failure::broken("a page of the PDF"))?;
        let picture = DynamicImage::ImageRgb8(picture);
        let picture = match shades {
            Shades::Colour => picture,
            Shades::Grey => DynamicImage::ImageLuma8(GrayImage::from(picture)),
        };
        Ok(Drawn { picture, dpi })
    }
}

/// The crate is young and the files are damaged: a panic in it is a damaged file.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Failure::broken("the PDF"))
}
