//! Any depth and any colour model to eight bits grey or colour.

use image::{DynamicImage, GrayImage, RgbImage};

use super::Pixels;

/// Shades of grey by the weights of ITU-R BT.601, as cameras and JPEG use them.
pub fn grey(colour: &RgbImage) -> GrayImage {
    let luma = colour.as_raw().chunks_exact(3).map(|p| luma([p[0], p[1], p[2]])).collect();
    GrayImage::from_raw(colour.width(), colour.height(), luma).unwrap_or_default()
}

fn luma([r, g, b]: [u8; 3]) -> u8 {
    ((u32::from(r) * 77 + u32::from(g) * 150 + u32::from(b) * 29 + 128) >> 8) as u8
}

/// Eight bits, transparency laid over white paper.
pub fn eight_bits(image: DynamicImage) -> Pixels {
    match image {
        DynamicImage::ImageLuma8(p) => Pixels::Grey(p),
        DynamicImage::ImageRgb8(p) => Pixels::Colour(p),
        DynamicImage::ImageLuma16(_) => Pixels::Grey(image.into_luma8()),
        DynamicImage::ImageLumaA8(_) | DynamicImage::ImageLumaA16(_) => {
            let p = image.into_luma_alpha8();
            let flat = p.as_raw().chunks_exact(2).map(|v| over_white(v[0], v[1])).collect();
            Pixels::Grey(GrayImage::from_raw(p.width(), p.height(), flat).unwrap_or_default())
        }
        DynamicImage::ImageRgba8(_) | DynamicImage::ImageRgba16(_) | DynamicImage::ImageRgba32F(_) => {
            let p = image.into_rgba8();
            let flat = p.as_raw().chunks_exact(4).flat_map(|v| [0, 1, 2].map(|i| over_white(v[i], v[3]))).collect();
            Pixels::Colour(RgbImage::from_raw(p.width(), p.height(), flat).unwrap_or_default())
        }
        other => Pixels::Colour(other.into_rgb8()),
    }
}

fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// Naive conversion of a print colour; exact inks do not matter for reading.
pub fn cmyk([c, m, y, k]: [u8; 4]) -> [u8; 3] {
    [c, m, y].map(|ink| (u32::from(255 - ink) * u32::from(255 - k) / 255) as u8)
}

/// Samples of 1, 2, 4 or 8 bits, packed from the high bit with rows on byte borders, as one byte each.
pub fn unpack_bits(packed: &[u8], width: u32, bits: u8) -> Vec<u8> {
    let width = width as usize;
    if bits >= 8 {
        return packed.to_vec();
    }
    let (per_byte, mask) = (8 / usize::from(bits.max(1)), (1u16 << bits) as u8 - 1);
    let mut out = Vec::with_capacity(packed.len() * per_byte);
    for row in packed.chunks_exact(width.div_ceil(per_byte).max(1)) {
        out.extend((0..width).map(|x| row[x / per_byte] >> (8 - usize::from(bits) * (x % per_byte + 1)) & mask));
    }
    out
}
