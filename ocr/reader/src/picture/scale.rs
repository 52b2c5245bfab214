//! Parts of a picture at another size.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::pixels::U8;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::GrayImage;

/// The part of a picture between left, top, right and bottom, at `width` x `height` pixels. `None` where nothing of it lies on
/// the picture.
pub fn cut(picture: &GrayImage, [left, top, right, bottom]: [f32; 4], width: u32, height: u32) -> Option<GrayImage> {
    let (left, top) = (f64::from(left.max(0.0)), f64::from(top.max(0.0)));
    let (right, bottom) = (f64::from(right).min(picture.width().into()), f64::from(bottom).min(picture.height().into()));
    if right - left < 1.0 || bottom - top < 1.0 || width == 0 || height == 0 {
        return None;
    }
    let source = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8).ok()?;
    let mut target = Image::new(width, height, PixelType::U8);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    let options = options.crop(left, top, right - left, bottom - top);
    // The untyped call would compile every kind of pixel into this crate, more than all of its own code.
    Resizer::new().resize_typed::<U8>(&source.typed_image()?, &mut target.typed_image_mut()?, &options).ok()?;
    GrayImage::from_raw(width, height, target.into_vec())
}

/// The whole picture at `scale`.
pub fn scaled(picture: &GrayImage, scale: f32) -> Option<GrayImage> {
    let side = |v: u32| ((v as f32 * scale).round() as u32).max(1);
    let whole = [0.0, 0.0, picture.width() as f32, picture.height() as f32];
    cut(picture, whole, side(picture.width()), side(picture.height()))
}
