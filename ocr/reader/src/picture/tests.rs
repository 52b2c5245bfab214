use std::io::Cursor;

use ::tiff::encoder::{Rational, TiffEncoder, colortype};
use ::tiff::tags::{ResolutionUnit, Tag};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use ocr::protocol::Limits;

use super::*;

/// 20 x 10, dark in the left half.
fn sheet() -> GrayImage {
    GrayImage::from_fn(20, 10, |x, _| Luma([if x < 10 { 20 } else { 230 }]))
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn only(bytes: &[u8]) -> Result<Picture, PictureError> {
    open(bytes, &Limits::default())?.next().unwrap()
}

fn dark_left(picture: &Picture) -> bool {
    let grey = picture.grey();
    grey.dimensions() == (20, 10) && grey.get_pixel(4, 5).0[0] < 60 && grey.get_pixel(15, 5).0[0] > 190
}

#[test]
fn every_format_gives_the_same_picture() {
    let grey = DynamicImage::ImageLuma8(sheet());
    let rgb = DynamicImage::ImageRgb8(grey.to_rgb8());
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Tiff, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp]
    {
        assert!(dark_left(&only(&encoded(&rgb, format)).unwrap()), "{format:?}");
    }
    for deep in [
        DynamicImage::ImageLuma16(grey.to_luma16()),
        DynamicImage::ImageRgb16(grey.to_rgb16()),
        DynamicImage::ImageRgba16(grey.to_rgba16()),
    ] {
        assert!(dark_left(&only(&encoded(&deep, ImageFormat::Png)).unwrap()));
        assert!(dark_left(&only(&encoded(&deep, ImageFormat::Tiff)).unwrap()));
    }
}

#[test]
fn what_is_transparent_is_white_paper() {
    let ink = RgbaImage::from_fn(20, 10, |x, _| if x < 10 { Rgba([10, 10, 10, 255]) } else { Rgba([0, 0, 0, 0]) });
    assert!(dark_left(&only(&encoded(&DynamicImage::ImageRgba8(ink), ImageFormat::Png)).unwrap()));
}

#[test]
fn exif_turns_the_picture_upright() {
    // lying on its side in the file, with orientation 6: "turn by 90 degrees clockwise to view"
    let lying = image::imageops::rotate270(&sheet());
    let mut jpeg = encoded(&DynamicImage::ImageLuma8(lying), ImageFormat::Jpeg);
    let tiff: &[u8] = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let mut app1 = vec![0xff, 0xe1, 0, (tiff.len() + 8) as u8];
    app1.extend_from_slice(b"Exif\0\0");
    app1.extend_from_slice(tiff);
    jpeg.splice(2..2, app1);
    assert!(dark_left(&only(&jpeg).unwrap()));
}

#[test]
fn too_many_pixels_are_refused_by_the_header_alone() {
    // a PNG that claims 60,000 x 60,000 pixels and has no data for them
    let mut png = encoded(&DynamicImage::ImageLuma8(sheet()), ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let crc = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    assert_eq!(only(&png).unwrap_err(), PictureError::TooLarge { width: 60_000, height: 60_000, most: 100 });
    let small = Limits { pixels: 199, ..Limits::default() };
    let bmp = encoded(&DynamicImage::ImageLuma8(sheet()), ImageFormat::Bmp);
    assert!(matches!(open(&bmp, &small).unwrap().next().unwrap(), Err(PictureError::TooLarge { width: 20, height: 10, .. })));
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, b| (0..8).fold(crc ^ u32::from(*b), |c, _| (c >> 1) ^ (0xedb8_8320 * (c & 1))))
}

/// A TIFF of several grey pages, each darker than the one before, at the given densities.
fn fax(pages: u8, density: [u32; 2]) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut out).unwrap();
    for page in 0..pages {
        let mut image = encoder.new_image::<colortype::Gray8>(400, 300).unwrap();
        image.encoder().write_tag(Tag::ResolutionUnit, ResolutionUnit::Inch.to_u16()).unwrap();
        image.encoder().write_tag(Tag::XResolution, Rational { n: density[0], d: 1 }).unwrap();
        image.encoder().write_tag(Tag::YResolution, Rational { n: density[1], d: 1 }).unwrap();
        image.write_data(&vec![200 - page; 400 * 300]).unwrap();
    }
    out.into_inner()
}

#[test]
fn a_tiff_gives_all_its_pages_in_order() {
    let bytes = fax(3, [100, 100]);
    let pages = open(&bytes, &Limits::default()).unwrap();
    assert_eq!(pages.total(), 3);
    let seen: Vec<_> = pages.map(|p| p.unwrap()).map(|p| (p.grey().get_pixel(7, 7).0[0], p.stated_dpi)).collect();
    assert_eq!(seen, [(200, Some(100.0)), (199, Some(100.0)), (198, Some(100.0))]);
    let mut later = open(&bytes, &Limits::default()).unwrap();
    later.skip_pages(2);
    assert_eq!(later.next().unwrap().unwrap().grey().get_pixel(0, 0).0[0], 198);
    assert!(later.next().is_none());
}

#[test]
fn pages_over_the_limit_are_counted_once_more_and_no_further() {
    let few = Limits { pages: 2, ..Limits::default() };
    assert_eq!(open(&fax(5, [100, 100]), &few).unwrap().total(), 3);
}

#[test]
fn fax_pixels_become_square() {
    let picture = only(&fax(1, [204, 102])).unwrap();
    assert_eq!((picture.width(), picture.height()), (400, 600));
    assert_eq!(picture.dpi(), picture.stated_dpi.unwrap_or(0.0));
}

#[test]
fn stated_densities_are_read_and_nonsense_is_not_believed() {
    let mut jpeg = encoded(&DynamicImage::ImageRgb8(RgbImage::from_pixel(1654, 2339, Rgb([255; 3]))), ImageFormat::Jpeg);
    let app0 = jpeg.windows(5).position(|w| w == b"JFIF\0").unwrap();
    jpeg[app0 + 7] = 1;
    jpeg[app0 + 8..app0 + 12].copy_from_slice(&[0, 200, 0, 200]);
    assert_eq!(only(&jpeg).unwrap().dpi(), 200.0);
    jpeg[app0 + 8..app0 + 12].copy_from_slice(&[0, 1, 0, 1]);
    let guessed = only(&jpeg).unwrap();
    assert!(guessed.stated_dpi.is_none() && (guessed.dpi() - 200.0).abs() < 1.0);
}

#[test]
fn heic_of_one_picture_of_tiles_and_turned() {
    heic::load(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../native"));
    let tiles = only(include_bytes!("samples/grid.heic")).unwrap();
    let grey = tiles.grey();
    assert_eq!(grey.dimensions(), (256, 128));
    assert!(grey.get_pixel(40, 60).0[0] < 60 && grey.get_pixel(200, 60).0[0] > 190);
    let turned = only(include_bytes!("samples/turned.heic")).unwrap();
    let grey = turned.grey();
    assert_eq!(grey.dimensions(), (128, 64));
    assert!(grey.get_pixel(20, 30).0[0] < 60 && grey.get_pixel(100, 30).0[0] > 190);
    let small = Limits { pixels: 256 * 128 - 1, ..Limits::default() };
    let refused = open(include_bytes!("samples/grid.heic"), &small).unwrap().next().unwrap();
    assert!(matches!(refused, Err(PictureError::TooLarge { width: 256, height: 128, .. })), "{refused:?}");
    assert!(only(&include_bytes!("samples/grid.heic")[..400]).is_err());
}

#[test]
fn damaged_files_are_errors() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Tiff, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp]
    {
        let whole = encoded(&DynamicImage::ImageRgb8(DynamicImage::ImageLuma8(sheet()).to_rgb8()), format);
        for cut in [3, 9, 20, 40] {
            let _ = open(&whole[..cut.min(whole.len())], &Limits::default()).map(|pages| pages.for_each(drop));
        }
        assert!(only(&whole[..12]).is_err(), "{format:?}");
    }
    assert!(only(b"no picture at all").is_err());
}

#[test]
fn packed_bits_fill_whole_rows() {
    assert_eq!(convert::unpack_bits(&[0b1010_0000, 0b0100_0000], 3, 1), [1, 0, 1, 0, 1, 0]);
    assert_eq!(convert::unpack_bits(&[0x1f, 0x20], 3, 4), [1, 15, 2]);
}
