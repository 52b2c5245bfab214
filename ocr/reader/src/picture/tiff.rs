//! TIFF with any number of pages: scanners and fax servers write them.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use ocr::protocol::Limits;
use tiff::decoder::{BufferLayoutPreference, Decoder, DecodingResult};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

use super::{Picture, PictureError, admit, convert, finish};

/// An opened file with a place in it.
pub struct Tiff<'a> {
    decoder: Decoder<Cursor<&'a [u8]>>,
    total: u32,
    next: u32,
    at: usize,
}

impl<'a> Tiff<'a> {
    /// Counts the pages by walking their directories; nothing is decoded.
    pub fn open(bytes: &'a [u8], limits: &Limits) -> Result<Tiff<'a>, PictureError> {
        let mut counter = Decoder::new(Cursor::new(bytes)).map_err(error)?;
        let mut total = 1;
        while total <= limits.pages && counter.more_images() && counter.next_image().is_ok() {
            total += 1;
        }
        let mut allowed = tiff::decoder::Limits::default();
        allowed.decoding_buffer_size = usize::try_from(limits.pixels.saturating_mul(4)).unwrap_or(usize::MAX);
        allowed.intermediate_buffer_size = allowed.decoding_buffer_size;
        let decoder = Decoder::new(Cursor::new(bytes)).map_err(error)?.with_limits(allowed);
        Ok(Tiff { decoder, total, next: 0, at: 0 })
    }

    /// Pages found.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// Passes over some pages.
    pub fn skip(&mut self, pages: u32) {
        self.next = self.next.saturating_add(pages);
    }

    /// Steps to the next page; false at the end.
    pub fn advance(&mut self) -> bool {
        self.at = self.next as usize;
        self.next = self.next.saturating_add(1);
        self.at < self.total as usize
    }

    /// The page stepped to.
    pub fn decode(&mut self, limits: &Limits) -> Result<Picture, PictureError> {
        self.decoder.seek_to_image(self.at).map_err(error)?;
        let (width, height) = self.decoder.dimensions().map_err(error)?;
        admit(width, height, limits)?;
        let colour = self.decoder.colortype().map_err(error)?;
        let layout = self.decoder.image_buffer_layout().map_err(error)?;
        if layout.complete_len as u64 > limits.pixels.saturating_mul(4) {
            return Err(PictureError::TooLarge { width, height, most: limits.pixels / 1_000_000 });
        }
        let mut samples = DecodingResult::U8(Vec::new());
        let layout = self.decoder.read_image_to_buffer(&mut samples).map_err(error)?;
        let samples = interleaved(narrow(samples)?, &layout, colour);
        let palette =
            if matches!(colour, ColorType::Palette(_)) { self.decoder.get_tag_u16_vec(Tag::ColorMap).ok() } else { None };
        let image = image(&samples, width, height, colour, palette.as_deref())?;
        Ok(finish(image, self.orientation(), self.density()))
    }

    fn orientation(&mut self) -> Orientation {
        let stated = self.decoder.find_tag_unsigned::<u8>(Tag::Orientation).ok().flatten();
        stated.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms)
    }

    /// XResolution and YResolution per inch (2, the default) or centimetre (3); TIFF 6.0, section 8.
    fn density(&mut self) -> Option<[f32; 2]> {
        let unit = self.decoder.find_tag_unsigned::<u16>(Tag::ResolutionUnit).ok().flatten().unwrap_or(2);
        let factor = match unit {
            2 => 1.0,
            3 => 2.54,
            _ => return None,
        };
        let mut value = |tag| match self.decoder.get_tag(tag).ok()? {
            tiff::decoder::ifd::Value::Rational(n, d) if d != 0 => Some(n as f32 / d as f32 * factor),
            _ => None,
        };
        Some([value(Tag::XResolution)?, value(Tag::YResolution)?])
    }
}

/// Eight-bit samples; of wider integers the high byte.
fn narrow(samples: DecodingResult) -> Result<Vec<u8>, PictureError> {
    match samples {
        DecodingResult::U8(v) => Ok(v),
        DecodingResult::U16(v) => Ok(v.into_iter().map(|s| (s >> 8) as u8).collect()),
        DecodingResult::F32(v) => Ok(v.into_iter().map(|s| (s.clamp(0.0, 1.0) * 255.0) as u8).collect()),
        _ => Err(PictureError::Unsupported("its samples are no plain brightness".into())),
    }
}

/// Pixel by pixel, where the file stores one plane after the other.
fn interleaved(samples: Vec<u8>, layout: &BufferLayoutPreference, colour: ColorType) -> Vec<u8> {
    if layout.planes < 2 || colour.bit_depth() < 8 || !samples.len().is_multiple_of(layout.planes) {
        return samples;
    }
    let plane = samples.len() / layout.planes;
    (0..plane).flat_map(|i| (0..layout.planes).map(move |p| (p, i))).map(|(p, i)| samples[p * plane + i]).collect()
}

fn image(
    samples: &[u8],
    width: u32,
    height: u32,
    colour: ColorType,
    palette: Option<&[u16]>,
) -> Result<DynamicImage, PictureError> {
    let grey = |v: Vec<u8>| GrayImage::from_raw(width, height, v).map(DynamicImage::ImageLuma8);
    let rgb = |v: Vec<u8>| RgbImage::from_raw(width, height, v).map(DynamicImage::ImageRgb8);
    let made = match colour {
        ColorType::Gray(bits @ (1 | 2 | 4)) => {
            let full = 255 / ((1u16 << bits) - 1) as u8;
            grey(convert::unpack_bits(samples, width, bits).into_iter().map(|v| v * full).collect())
        }
        ColorType::Gray(8 | 16 | 32) => grey(samples.to_vec()),
        ColorType::GrayA(8 | 16) => {
            image::GrayAlphaImage::from_raw(width, height, samples.to_vec()).map(DynamicImage::ImageLumaA8)
        }
        ColorType::RGB(8 | 16 | 32) => rgb(samples.to_vec()),
        ColorType::RGBA(8 | 16 | 32) => image::RgbaImage::from_raw(width, height, samples.to_vec()).map(DynamicImage::ImageRgba8),
        ColorType::CMYK(8 | 16) => rgb(samples.chunks_exact(4).flat_map(|v| convert::cmyk([v[0], v[1], v[2], v[3]])).collect()),
        ColorType::YCbCr(8) => rgb(samples.chunks_exact(3).flat_map(|v| ycbcr([v[0], v[1], v[2]])).collect()),
        ColorType::Palette(bits @ (1 | 2 | 4 | 8)) => {
            let map = palette.ok_or_else(|| PictureError::Broken("its palette is missing".into()))?;
            let third = map.len() / 3;
            let entry = |i: u8| [0, 1, 2].map(|c| map.get(c * third + usize::from(i)).map_or(0, |v| (v >> 8) as u8));
            rgb(convert::unpack_bits(samples, width, bits).into_iter().flat_map(entry).collect())
        }
        other => return Err(PictureError::Unsupported(format!("its colour model {other:?} is not read"))),
    };
    made.ok_or_else(|| PictureError::Broken("it has less data than pixels".into()))
}

/// ITU-R BT.601 at full range, as TIFF's default coefficients.
fn ycbcr([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb].map(|v| v.clamp(0.0, 255.0) as u8)
}

fn error(error: TiffError) -> PictureError {
    match error {
        TiffError::UnsupportedError(e) => PictureError::Unsupported(e.to_string()),
        TiffError::LimitsExceeded => PictureError::Unsupported("it needs more memory than is allowed: send it smaller".into()),
        other => PictureError::Broken(other.to_string()),
    }
}
