//! A page as a picture, for people.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageEncoder};
use ocr::page::Box;
use ocr::protocol::{ErrorCode, Reply, Request};

use super::{Tools, first, slice};
use crate::failure::Failure;
use crate::pdf::{Shades, fitting};
use crate::picture::{self, Pixels};
use crate::sniff::Kind;
use crate::wire::Out;

/// Pixels of a page drawn for people: A4 at 350 dots an inch.
const MOST_PIXELS: u64 = 12_000_000;

/// What is to be seen.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The page, from 1.
    pub page: u32,
    /// Dots per inch.
    pub dpi: u32,
    /// Degrees clockwise.
    pub turn: u16,
    /// The part of the page, in points before the turn.
    pub region: Option<Box>,
}

impl View {
    /// A part of a page is shown about as large as a page: photos are taken for a page, whatever lies on them.
    fn enlarged(self, [width, height]: [f32; 2]) -> View {
        let most = |area: Box| (width.max(height) / area.width().max(area.height()).max(1.0)).clamp(1.0, 4.0);
        View { dpi: (self.dpi as f32 * self.region.map_or(1.0, most)) as u32, ..self }
    }
}

/// Draws one page.
pub fn run(tools: &Tools, request: &Request, bytes: &[u8], view: View, out: &mut dyn Out) -> Result<(), Failure> {
    let page = view.page;
    let bytes = slice(first(request)?, bytes)?;
    match Kind::of(bytes) {
        Kind::Pdf => {
            let document = tools.pdf.open(bytes)?;
            let pages = document.pages();
            if !(1..=pages).contains(&page) {
                return Err(no_page(page, pages));
            }
            let (width, height) = document.size(page)?;
            let view = view.enlarged([width, height]);
            let drawn = document.draw(page, view.dpi as f32, Shades::Colour, request.limits.pixels.min(MOST_PIXELS))?;
            answer(drawn.picture, view, [width, height], pages, out)
        }
        kind if kind.is_picture() => {
            let mut pictures = picture::open(bytes, &request.limits)?;
            let pages = pictures.total();
            pictures.skip_pages(page.saturating_sub(1));
            let picture = pictures.next().ok_or_else(|| no_page(page, pages))??;
            let stated = picture.dpi();
            let size = [picture.width(), picture.height()].map(|side| side as f32 * 72.0 / stated);
            let whole = match picture.pixels {
                Pixels::Grey(grey) => DynamicImage::ImageLuma8(grey),
                Pixels::Colour(colour) => DynamicImage::ImageRgb8(colour),
            };
            // A picture is shown as fine as asked for, never finer than it is.
            let view = view.enlarged(size);
            let scale = (view.dpi as f32 / stated).min(1.0);
            let side = |pixels: u32| ((pixels as f32 * scale).round() as u32).max(1);
            let (width, height) = (side(whole.width()), side(whole.height()));
            let shown = if scale < 1.0 { whole.thumbnail_exact(width, height) } else { whole };
            answer(shown, view, size, pages, out)
        }
        Kind::Html => laid(request, bytes, view, out),
        _ if ocr::xml::looks_like(bytes) => made(request, bytes, view, out),
        kind => Err(Failure::new(ErrorCode::Unsupported, format!("{} has no page that could be drawn", kind.media_type()))),
    }
}

/// The page that is made for data: one for each paper in the file.
fn made(request: &Request, bytes: &[u8], view: View, out: &mut dyn Out) -> Result<(), Failure> {
    let readings = super::read::papers_of(bytes, request.limits.xml_bytes)?;
    let pages = u32::try_from(readings.len()).unwrap_or(u32::MAX);
    let reading = view.page.checked_sub(1).and_then(|index| readings.get(index as usize));
    let reading = reading.ok_or_else(|| no_page(view.page, pages))?;
    let font = || Failure::internal("the font that is part of the program cannot be read");
    let sheet = picture::sheet::set(reading).ok_or_else(font)?;
    let dpi = fitting(view.dpi as f32, sheet.width, sheet.height, request.limits.pixels.min(MOST_PIXELS));
    let drawn = picture::sheet::draw(&sheet, dpi).ok_or_else(font)?;
    answer(DynamicImage::ImageLuma8(drawn), view, [sheet.width, sheet.height], pages, out)
}

/// A page of HTML, set plainly.
fn laid(request: &Request, bytes: &[u8], view: View, out: &mut dyn Out) -> Result<(), Failure> {
    let font = || Failure::internal("the font that is part of the program cannot be read");
    let laid = picture::sheet::html(bytes, first(request)?.declared.as_deref()).ok_or_else(font)?;
    let pages = u32::try_from(laid.len()).unwrap_or(u32::MAX);
    let sheet = view.page.checked_sub(1).and_then(|index| laid.get(index as usize)).map(|one| &one.sheet);
    let sheet = sheet.ok_or_else(|| no_page(view.page, pages))?;
    let dpi = fitting(view.dpi as f32, sheet.width, sheet.height, request.limits.pixels.min(MOST_PIXELS));
    let drawn = picture::sheet::draw(sheet, dpi).ok_or_else(font)?;
    answer(DynamicImage::ImageLuma8(drawn), view, [sheet.width, sheet.height], pages, out)
}

fn no_page(page: u32, pages: u32) -> Failure {
    Failure::new(ErrorCode::Empty, format!("the file has {pages} pages, and no page {page}"))
}

fn answer(picture: DynamicImage, view: View, size: [f32; 2], pages: u32, out: &mut dyn Out) -> Result<(), Failure> {
    let (picture, [width, height]) = part(picture, view.region, size);
    let (picture, page_size) = match view.turn {
        90 => (picture.rotate90(), [height, width]),
        180 => (picture.rotate180(), [width, height]),
        270 => (picture.rotate270(), [height, width]),
        _ => (picture, [width, height]),
    };
    let (media_type, bytes) = encode(&picture).map_err(Failure::internal)?;
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

/// The part of the picture of a page that is to be seen, and its size in points.
fn part(picture: DynamicImage, region: Option<Box>, [width, height]: [f32; 2]) -> (DynamicImage, [f32; 2]) {
    let whole = Box { left: 0.0, top: 0.0, right: width, bottom: height };
    let Some(part) = region.and_then(|region| region.common(whole)) else { return (picture, [width, height]) };
    let scale = picture.width() as f32 / width.max(1.0);
    let pixels = |points: f32| (points * scale).round() as u32;
    let (across, down) = (pixels(part.width()).max(1), pixels(part.height()).max(1));
    (picture.crop_imm(pixels(part.left), pixels(part.top), across, down), [part.width(), part.height()])
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
