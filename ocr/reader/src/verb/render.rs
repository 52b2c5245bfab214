//! A page as a picture, for people.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageEncoder};
use ocr::protocol::{ErrorCode, Reply, Request};

use super::{Tools, first, slice};
use crate::failure::Failure;
use crate::pdf::Shades;
use crate::sniff::Kind;
use crate::wire::Out;

/// Draws one page.
pub fn run(
    tools: &Tools,
    request: &Request,
    bytes: &[u8],
    (page, dpi, turn): (u32, u32, u16),
    out: &mut dyn Out,
) -> Result<(), Failure> {
    let bytes = slice(first(request)?, bytes)?;
    match Kind::of(bytes) {
        Kind::Pdf => {
            let document = tools.pdf.open(bytes)?;
            let pages = document.pages();
            if !(1..=pages).contains(&page) {
                return Err(Failure::new(ErrorCode::Empty, format!("the file has {pages} pages, and no page {page}")));
            }
            let (width, height) = document.size(page)?;
            let drawn = document.draw(page, dpi as f32, Shades::Colour, request.limits.pixels)?;
            answer(&turned(drawn.picture, turn), if turn % 180 == 90 { [height, width] } else { [width, height] }, pages, out)
        }
        kind => Err(Failure::new(ErrorCode::Unsupported, format!("{} has no page that could be drawn", kind.media_type()))),
    }
}

fn turned(picture: DynamicImage, turn: u16) -> DynamicImage {
    match turn {
        90 => picture.rotate90(),
        180 => picture.rotate180(),
        270 => picture.rotate270(),
        _ => picture,
    }
}

fn answer(picture: &DynamicImage, page_size: [f32; 2], pages: u32, out: &mut dyn Out) -> Result<(), Failure> {
    let (media_type, bytes) = encode(picture).map_err(Failure::internal)?;
    let reply = Reply::Image {
        media_type: media_type.to_owned(),
        width: picture.width(),
        height: picture.height(),
        page_size,
        pages,
        payload: bytes.len() as u64,
    };
    out.send(&reply, &bytes).map_err(Failure::internal)
}

/// JPEG at quality 80; PNG where a page has no colours, which keeps letters sharp and is not larger.
fn encode(picture: &DynamicImage) -> image::ImageResult<(&'static str, Vec<u8>)> {
    let mut file = Cursor::new(Vec::new());
    let rgb = picture.to_rgb8();
    if is_print(&rgb) {
        let grey = picture.to_luma8();
        PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Adaptive).write_image(
            &grey,
            grey.width(),
            grey.height(),
            image::ExtendedColorType::L8,
        )?;
        return Ok(("image/png", file.into_inner()));
    }
    JpegEncoder::new_with_quality(&mut file, 80).encode_image(&rgb)?;
    Ok(("image/jpeg", file.into_inner()))
}

/// Black print on white: no colours, and hardly a pixel that is neither ink nor paper.
fn is_print(picture: &image::RgbImage) -> bool {
    let colourless = picture.pixels().all(|p| p.0[0].abs_diff(p.0[1]) < 8 && p.0[1].abs_diff(p.0[2]) < 8);
    let between = picture.pixels().filter(|p| (16..240).contains(&p.0[1])).count();
    colourless && between * 5 < picture.len() / 3
}
