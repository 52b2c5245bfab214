//! Pages as pictures, by PDFium.

use image::{DynamicImage, GrayImage, RgbImage};
use ocr::page::Box;
use pdfium_render::prelude::{PdfBitmap, PdfBitmapFormat, PdfPage, PdfRenderConfig};

use crate::failure::Failure;

/// What a picture of a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shades {
    /// For engines: one byte a pixel, drawn nearly three times as fast.
    Grey,
    /// For people.
    Colour,
}

/// A drawn page.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Its pixels.
    pub picture: DynamicImage,
    /// Dots an inch; fewer than asked for where the page would have had too many pixels.
    pub dpi: f32,
}

/// The resolution at which a page has at most `most` pixels, but not more than `dpi`.
pub fn fitting(dpi: f32, width: f32, height: f32, most: u64) -> f32 {
    let area = f64::from(width.max(1.0)) * f64::from(height.max(1.0)) / (72.0 * 72.0);
    // No picture is wider than libraries for pictures can hold (u16), nor has less than a pixel.
    let longest = f64::from(width.max(height).max(1.0)) / 72.0;
    let limit = (most as f64 / area).sqrt().min(f64::from(u16::MAX - 1) / longest);
    f64::from(dpi).min(limit) as f32
}

/// Draws a page with at most `most` pixels.
pub fn page(page: &PdfPage<'_>, dpi: f32, shades: Shades, most: u64) -> Result<Drawn, Failure> {
    let (width, height) = (page.width().value, page.height().value);
    let dpi = fitting(dpi, width, height, most);
    let pixels = |points: f32| ((points * dpi / 72.0).round() as i32).max(1);
    let format = match shades {
        Shades::Grey => PdfBitmapFormat::Gray,
        Shades::Colour => PdfBitmapFormat::BGR,
    };
    let config = PdfRenderConfig::new()
        .set_fixed_size(pixels(width), pixels(height))
        .set_format(format)
        // The binding's default order of bytes kills the process by SIGTRAP on grey bitmaps.
        .set_reverse_byte_order(false)
        .render_form_data(true);
    let bitmap = page.render_with_config(&config).map_err(|_| Failure::broken("a page of the PDF"))?;
    let picture = match shades {
        Shades::Grey => grey(&bitmap).map(DynamicImage::ImageLuma8),
        Shades::Colour => colour(&bitmap).map(DynamicImage::ImageRgb8),
    };
    Ok(Drawn { picture: picture.ok_or_else(|| Failure::internal("PDFium gave a bitmap of another size"))?, dpi })
}

/// Draws a part of a page, for engines: only what lies in it costs time.
pub fn part(page: &PdfPage<'_>, part: Box, dpi: f32) -> Result<GrayImage, Failure> {
    let pixels = |points: f32| ((points * dpi / 72.0).round() as i32).max(1);
    let failure = || Failure::broken("a page of the PDF");
    let mut bitmap =
        PdfBitmap::empty(pixels(part.width()), pixels(part.height()), PdfBitmapFormat::Gray).map_err(|_| failure())?;
    let config = PdfRenderConfig::new()
        .set_fixed_size(pixels(page.width().value), pixels(page.height().value))
        .set_origin(-pixels(part.left), -pixels(part.top))
        .set_format(PdfBitmapFormat::Gray)
        .set_reverse_byte_order(false)
        .render_form_data(true);
    page.render_into_bitmap_with_config(&mut bitmap, &config).map_err(|_| failure())?;
    grey(&bitmap).ok_or_else(failure)
}

/// Rows of a bitmap begin at multiples of four bytes.
fn rows<'a>(bitmap: &PdfBitmap<'_>, bytes: &'a [u8], pixel: usize) -> Option<(u32, u32, impl Iterator<Item = &'a [u8]>)> {
    let (width, height) = (u32::try_from(bitmap.width()).ok()?, u32::try_from(bitmap.height()).ok()?);
    let stride = bytes.len().checked_div(height as usize)?;
    let row = width as usize * pixel;
    (stride >= row).then(|| (width, height, bytes.chunks_exact(stride).map(move |line| &line[..row])))
}

fn grey(bitmap: &PdfBitmap<'_>) -> Option<GrayImage> {
    let bytes = bitmap.as_raw_bytes();
    let (width, height, lines) = rows(bitmap, &bytes, 1)?;
    let mut packed = Vec::with_capacity(width as usize * height as usize);
    lines.for_each(|line| packed.extend_from_slice(line));
    GrayImage::from_raw(width, height, packed)
}

fn colour(bitmap: &PdfBitmap<'_>) -> Option<RgbImage> {
    let bytes = bitmap.as_raw_bytes();
    let (width, height, lines) = rows(bitmap, &bytes, 3)?;
    let mut packed = Vec::with_capacity(width as usize * height as usize * 3);
    for line in lines {
        packed.extend(line.chunks_exact(3).flat_map(|bgr| [bgr[2], bgr[1], bgr[0]]));
    }
    RgbImage::from_raw(width, height, packed)
}

#[cfg(test)]
mod tests {
    use super::fitting;

    #[test]
    fn a_page_is_drawn_as_asked_unless_it_is_enormous() {
        assert_eq!(fitting(200.0, 595.0, 842.0, 25_000_000), 200.0);
        let dpi = fitting(200.0, 14_400.0, 14_400.0, 25_000_000);
        assert!((14_400.0 / 72.0 * dpi).powi(2) <= 25_100_000.0, "{dpi}");
        let strip = fitting(200.0, 1_000_000.0, 1.0, 25_000_000);
        assert!(1_000_000.0 / 72.0 * strip < 65_536.0, "{strip}");
    }
}
