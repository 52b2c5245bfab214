//! A paper reads the same however its picture lies, slopes or is packed.

use std::io::Cursor;
use std::path::Path;

use image::imageops::{rotate90, rotate180, rotate270};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::Value;

use crate::harness::{invoice_with, read, sample};

/// What each variant of the receipt must say.
const MUST: [(&str, &str); 3] = [("issue_date", "2026-11-04"), ("total_gross", "87.00"), ("seller_tax_id", "33519072")];

#[test]
fn a_receipt_reads_the_same_in_every_position_and_format() {
    let paper = image::load_from_memory(&sample("ro/bon-bacanie.jpg")).expect("a picture").to_rgb8();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let turned = [("90", rotate90(&paper)), ("180", rotate180(&paper)), ("270", rotate270(&paper))];
    let bent = [("skewed", warped(&paper, skewed as Map)), ("perspective", warped(&paper, perspective as Map))];
    for (name, picture) in turned.into_iter().chain(bent) {
        store(folder.path(), &format!("{name}.jpg"), &encoded(&picture, ImageFormat::Jpeg));
    }
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::Tiff] {
        store(folder.path(), &format!("as.{}", format.extensions_str()[0]), &encoded(&paper, format));
    }
    let files: Vec<_> = std::fs::read_dir(folder.path()).expect("the folder").map(|f| f.expect("a file").path()).collect();
    for reading in read(&files) {
        for (field, value) in MUST {
            let said = reading["fields"][field]["value"].as_str().unwrap_or("nothing");
            assert!(said.trim_start_matches("RO") == value, "{}: {field} is {said}, not {value}", reading["file"]);
        }
    }
}

#[test]
fn the_pages_of_a_tiff_are_pages_of_one_paper() {
    let paper = image::load_from_memory(&sample("ro/bon-bacanie.jpg")).expect("a picture").to_luma8();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let blank = image::GrayImage::from_pixel(paper.width(), paper.height(), image::Luma([250]));
    store(folder.path(), "two.tiff", &tiff(&[blank, paper]));
    let readings = read(&[folder.path().join("two.tiff")]);
    assert_eq!(readings[0]["pages"], Value::from(2));
    let gross =
        &readings.iter().rev().find(|r| r["fields"]["total_gross"].is_object()).expect("a total")["fields"]["total_gross"];
    assert_eq!((&gross["value"], &gross["page"]), (&Value::from("87.00"), &Value::from(2)));
}

#[test]
fn a_picture_on_a_page_of_text_is_looked_at_however_it_is_stored() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Samples a pixel; as many bytes as that makes, fewer, more, and none.
    for (n, (space, samples)) in [("DeviceGray", 1), ("DeviceRGB", 3), ("DeviceCMYK", 4)].into_iter().enumerate() {
        for (i, bytes) in [40 * 40 * samples, 7, 60 * 60 * samples, 0].into_iter().enumerate() {
            let hex: String = (0..bytes).map(|at| if at / 5 % 2 == 0 { "00" } else { "E0" }).collect();
            let picture = format!(
                "<< /Type /XObject /Subtype /Image /Width 40 /Height 40 /BitsPerComponent 8 /ColorSpace /{space} \
                 /Filter /ASCIIHexDecode /Length {} >>\nstream\n{hex}>\nendstream",
                hex.len() + 1
            );
            store(folder.path(), &format!("{n}-{i}.pdf"), &invoice_with(&format!("FV/{n}{i}"), &picture));
        }
    }
    let files: Vec<_> = std::fs::read_dir(folder.path()).expect("the folder").map(|f| f.expect("a file").path()).collect();
    let readings = read(&files);
    assert_eq!(readings.len(), 12);
    for reading in readings {
        assert_eq!(reading["fields"]["total_gross"]["value"], "1230.00", "{reading}");
    }
}

fn store(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).expect("room for a picture");
}

fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture.clone()).write_to(&mut out, format).expect("an encoder");
    out.into_inner()
}

/// One file with several pages.
fn tiff(pages: &[image::GrayImage]) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut out).expect("a header");
    for page in pages {
        let (width, height) = page.dimensions();
        encoder.write_image::<tiff::encoder::colortype::Gray8>(width, height, page.as_raw()).expect("a page");
    }
    out.into_inner()
}

/// Where on the paper (shares of its sides) the point of the picture lies.
type Map = fn(f32, f32) -> (f32, f32);

/// Laid on the glass carelessly, by five degrees.
fn skewed(u: f32, v: f32) -> (f32, f32) {
    let (sin, cos) = 5f32.to_radians().sin_cos();
    let (x, y) = ((u - 0.5) * 1.2, (v - 0.5) * 1.2);
    (x * cos + y * sin + 0.5, y * cos - x * sin + 0.5)
}

/// Taken from below: the top of the paper is narrower.
fn perspective(u: f32, v: f32) -> (f32, f32) {
    let narrow = 1.0 + 0.25 * (1.0 - v);
    ((u - 0.5) * 1.1 * narrow + 0.5, (v - 0.05) * 1.1)
}

fn warped(paper: &RgbImage, map: Map) -> RgbImage {
    let (width, height) = paper.dimensions();
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = map(x as f32 / width as f32, y as f32 / height as f32);
        let at = |share: f32, side: u32| (share * side as f32).round();
        let (x, y) = (at(u, width), at(v, height));
        let inside = (0.0..width as f32).contains(&x) && (0.0..height as f32).contains(&y);
        if inside { *paper.get_pixel(x as u32, y as u32) } else { Rgb([90, 80, 70]) }
    })
}
