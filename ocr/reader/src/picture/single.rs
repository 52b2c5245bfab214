//! Files with one page: JPEG, PNG, WebP, GIF, BMP. Of an animation the first frame counts.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader};
use ocr::protocol::Limits;

use super::{Picture, PictureError, admit, density, finish};

/// Decodes the file.
pub fn decode(bytes: &[u8], format: ImageFormat, limits: &Limits) -> Result<Picture, PictureError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut allowed = image::Limits::default();
    allowed.max_alloc = Some(limits.pixels.saturating_mul(BYTES_A_PIXEL));
    reader.limits(allowed);
    let mut decoder = reader.into_decoder().map_err(error)?;
    let (width, height) = decoder.dimensions();
    admit(width, height, limits)?;
    if decoder.total_bytes() > limits.pixels.saturating_mul(BYTES_A_PIXEL) {
        return Err(PictureError::TooLarge { width, height, most: limits.pixels / 1_000_000 });
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(error)?;
    Ok(finish(image, orientation, density::stated(bytes, format)))
}

/// The widest sample that is decoded for a picture at the limit: 16 bits, four channels, would be 8.
const BYTES_A_PIXEL: u64 = 4;

fn error(error: ImageError) -> PictureError {
    match error {
        ImageError::Unsupported(e) => PictureError::Unsupported(e.to_string()),
        ImageError::Limits(e) => {
            PictureError::Unsupported(format!("it needs more memory than is allowed ({e}): send it smaller"))
        }
        other => PictureError::Broken(other.to_string()),
    }
}
