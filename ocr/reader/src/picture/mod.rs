//! Pictures: scans, photographs, faxes. Decoded page by page into upright grey or colour pixels.

mod convert;
mod density;
pub mod heic;
pub mod scale;
pub mod sheet;
pub mod sheets;
mod single;
mod tiff;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};
use ocr::protocol::Limits;

use crate::sniff;

/// One decoded page.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Its pixels, upright as far as the file says which way is up.
    pub pixels: Pixels,
    /// Dots per inch as the file states them, where that is believable.
    pub stated_dpi: Option<f32>,
}

/// Eight bits a sample; other depths, palettes and transparency (over white) are converted when decoding.
#[derive(Clone, Debug)]
pub enum Pixels {
    /// Shades of grey.
    Grey(GrayImage),
    /// Red, green, blue.
    Colour(RgbImage),
}

impl Picture {
    /// Width in pixels.
    pub fn width(&self) -> u32 {
        match &self.pixels {
            Pixels::Grey(p) => p.width(),
            Pixels::Colour(p) => p.width(),
        }
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        match &self.pixels {
            Pixels::Grey(p) => p.height(),
            Pixels::Colour(p) => p.height(),
        }
    }

    /// Dots per inch: as stated, or such that the longer side is that of an A4 sheet, so that boxes in points have a meaning on
    /// photographs too.
    pub fn dpi(&self) -> f32 {
        self.stated_dpi.unwrap_or_else(|| self.width().max(self.height()) as f32 * 72.0 / A4_LONG_SIDE)
    }

    /// The picture in shades of grey, for the engines.
    pub fn grey(&self) -> Cow<'_, GrayImage> {
        match &self.pixels {
            Pixels::Grey(p) => Cow::Borrowed(p),
            Pixels::Colour(p) => Cow::Owned(convert::grey(p)),
        }
    }
}

/// Points.
const A4_LONG_SIDE: f32 = 841.9;

/// Opens a picture file. Nothing is decoded yet; each page is decoded when it is asked for, within the limits.
pub fn open<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Pages<'a>, PictureError> {
    let limits = limits.clone();
    if sniff::Kind::of(bytes) == sniff::Kind::Heic {
        return Ok(Pages { source: Source::Single { bytes, format: Format::Heic, given: false }, limits });
    }
    let format = image::guess_format(bytes).map_err(|_| PictureError::Unsupported("it is of no known picture format".into()))?;
    match format {
        ImageFormat::Tiff => {
            guarded(|| tiff::Tiff::open(bytes, &limits)).map(|t| Pages { source: Source::Tiff(Box::new(t)), limits })
        }
        ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP | ImageFormat::Gif | ImageFormat::Bmp => {
            Ok(Pages { source: Source::Single { bytes, format: Format::Of(format), given: false }, limits })
        }
        other => {
            Err(PictureError::Unsupported(format!("{} files are not read", other.extensions_str().first().unwrap_or(&"such"))))
        }
    }
}

/// The pages of a picture file, in order. A page that cannot be decoded is an error in its place; the others follow.
pub struct Pages<'a> {
    source: Source<'a>,
    limits: Limits,
}

enum Source<'a> {
    Single { bytes: &'a [u8], format: Format, given: bool },
    Tiff(Box<tiff::Tiff<'a>>),
}

#[derive(Clone, Copy)]
enum Format {
    Of(ImageFormat),
    Heic,
}

impl Pages<'_> {
    /// Pages in the file; of a multi-page TIFF at most one more than the limit.
    pub fn total(&self) -> u32 {
        match &self.source {
            Source::Single { .. } => 1,
            Source::Tiff(t) => t.total(),
        }
    }

    /// Passes over `pages` pages without decoding them.
    pub fn skip_pages(&mut self, pages: u32) {
        match &mut self.source {
            Source::Single { given, .. } => *given = *given || pages > 0,
            Source::Tiff(t) => t.skip(pages),
        }
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Picture, PictureError>;

    fn next(&mut self) -> Option<Self::Item> {
        let limits = &self.limits;
        match &mut self.source {
            Source::Single { given: true, .. } => None,
            Source::Single { bytes, format, given } => {
                *given = true;
                Some(guarded(|| match *format {
                    Format::Of(format) => single::decode(bytes, format, limits),
                    Format::Heic => heic::decode(bytes, limits),
                }))
            }
            Source::Tiff(t) => t.advance().then(|| guarded(|| t.decode(limits))),
        }
    }
}

/// Why a picture could not be decoded.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// More pixels than the limit.
    #[error("the picture has {width} x {height} pixels, more than the {most} million that are read: send it smaller")]
    TooLarge {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// The limit in millions of pixels.
        most: u64,
    },
    /// Damaged or cut short.
    #[error("the picture is damaged or cut short ({0}): ask its sender to send it again")]
    Broken(String),
    /// Nothing can be seen on it.
    #[error("the picture is empty")]
    Empty,
    /// Not a format that is read.
    #[error("the picture can't be read: {0}")]
    Unsupported(String),
}

/// Refuses sizes over the limit before anything is allocated for them.
fn admit(width: u32, height: u32, limits: &Limits) -> Result<(), PictureError> {
    if width == 0 || height == 0 {
        return Err(PictureError::Empty);
    }
    if u64::from(width) * u64::from(height) > limits.pixels {
        return Err(PictureError::TooLarge { width, height, most: limits.pixels / 1_000_000 });
    }
    Ok(())
}

/// Decoders are other people's code over hostile bytes: their panic is this picture's error.
fn guarded<T>(work: impl FnOnce() -> Result<T, PictureError>) -> Result<T, PictureError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(PictureError::Broken("its decoder gave up".into())))
}

/// A decoded image turned upright and brought to eight bits.
fn finish(mut image: DynamicImage, orientation: Orientation, density: Option<[f32; 2]>) -> Picture {
    image.apply_orientation(orientation);
    let sideways = matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    );
    let density = density.map(|[x, y]| if sideways { [y, x] } else { [x, y] });
    let pixels = convert::eight_bits(image);
    density::settle(pixels, density)
}

#[cfg(test)]
mod tests;
