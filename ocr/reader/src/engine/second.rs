//! A second reading of a page by Tesseract. Two engines that agree on an amount are better evidence than one that is sure.

use std::borrow::Cow;

use image::GrayImage;
use image::imageops::{rotate90, rotate180, rotate270};
use ocr::page::{Box, Token};

use super::tesseract::Tesseract;
use crate::picture::scale;

use super::{EngineError, Engines, PageText, TextSource, read_with};

/// Tesseract's names for the languages of our vocabularies.
const LANGUAGES: [(&str, &str); 10] = [
    ("pl", "pol"),
    ("ro", "ron"),
    ("tr", "tur"),
    ("pt", "por"),
    ("de", "deu"),
    ("fr", "fra"),
    ("it", "ita"),
    ("es", "spa"),
    ("nl", "nld"),
    ("en", "eng"),
];
const ENGLISH: &str = "eng";

/// Height in pixels to which a line is brought, and how much of its height is taken around it.
const LINE: f32 = 48.0;
const MARGIN: f32 = 0.3;

impl Engines {
    /// A page's picture turned as its first reading found it to stand.
    pub fn upright(picture: &GrayImage, turned: u16) -> Cow<'_, GrayImage> {
        match turned {
            90 => Cow::Owned(rotate90(picture)),
            180 => Cow::Owned(rotate180(picture)),
            270 => Cow::Owned(rotate270(picture)),
            _ => Cow::Borrowed(picture),
        }
    }

    /// Reads a piece of a line again, with Tesseract in the paper's language if its data is installed, else in English. `zoom` is
    /// pixels of the upright picture a point.
    pub fn line_again(
        &mut self,
        upright: &GrayImage,
        place: Box,
        zoom: f32,
        language: Option<&str>,
    ) -> Result<String, EngineError> {
        let named = LANGUAGES.iter().find(|(code, _)| Some(*code) == language).map_or(ENGLISH, |(_, name)| name);
        if self.second.as_ref().is_none_or(|(asked, _)| asked != named) {
            let opened = Tesseract::open(named).or_else(|_| Tesseract::open(ENGLISH))?;
            self.second = Some((named.to_owned(), opened));
        }
        let around = MARGIN * place.height();
        let [left, top, right, bottom] =
            [place.left - around, place.top - around, place.right + around, place.bottom + around].map(|v| (v * zoom).max(0.0));
        let (right, bottom) = (right.min(upright.width() as f32), bottom.min(upright.height() as f32));
        let scale = LINE / (bottom - top).max(1.0);
        let width = ((right - left) * scale) as u32;
        match (&self.second, scale::cut(upright, [left, top, right, bottom], width, LINE as u32)) {
            (Some((_, engine)), Some(line)) => engine.line(&line),
            _ => Ok(String::new()),
        }
    }

    /// Reads a page again with Tesseract in these languages (`pol`, `deu+eng`), turned and levelled as the first reading found it
    /// to stand. Places are on the same turned page as in the first reading.
    pub fn second_opinion(
        &mut self,
        picture: &GrayImage,
        dpi: f32,
        first: &PageText,
        languages: &str,
    ) -> Result<PageText, EngineError> {
        if self.second.as_ref().is_none_or(|(open, _)| open != languages) {
            self.second = Some((languages.to_owned(), Tesseract::open(languages)?));
        }
        let Some((_, engine)) = &mut self.second else { return Ok(PageText::default()) };
        read_again(engine, picture, dpi, first)
    }
}

fn read_again(engine: &mut dyn TextSource, picture: &GrayImage, dpi: f32, first: &PageText) -> Result<PageText, EngineError> {
    let upright = Engines::upright(picture, first.turned);
    let slope = first.skew.to_radians().tan();
    if slope.abs() < LEVEL || slope.abs() > STEEP {
        return Ok(PageText { turned: first.turned, skew: first.skew, ..read_with(engine, &upright, dpi)? });
    }
    let read = read_with(engine, &sheared(&upright, slope), dpi)?;
    let middle = read.width / 2.0;
    let back = |t: Token| {
        let down = (t.bbox.center_x() - middle) * slope;
        Token { bbox: Box { top: t.bbox.top + down, bottom: t.bbox.bottom + down, ..t.bbox }, ..t }
    };
    Ok(PageText { tokens: read.tokens.into_iter().map(back).collect(), turned: first.turned, skew: first.skew, ..read })
}

/// Slopes below this (0.3 degrees) do Tesseract no harm; above the other a shear would bend the letters too much.
const LEVEL: f32 = 0.005;
const STEEP: f32 = 0.18;

/// The picture with each column moved so that lines of this slope are level.
fn sheared(picture: &GrayImage, slope: f32) -> GrayImage {
    let (width, height) = picture.dimensions();
    let stride = width as usize;
    let raw = picture.as_raw();
    let last = height as usize - 1;
    let shifts: Vec<f32> = (0..width).map(|x| (x as f32 - width as f32 / 2.0) * slope).collect();
    GrayImage::from_fn(width, height, |x, y| {
        let from = (y as f32 + shifts[x as usize]).clamp(0.0, last as f32);
        let (row, share) = (from as usize, from.fract());
        let (a, b) = (raw[row * stride + x as usize], raw[(row + 1).min(last) * stride + x as usize]);
        image::Luma([(f32::from(a) * (1.0 - share) + f32::from(b) * share) as u8])
    })
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;
    use crate::engine::Text;

    /// Finds the rows of the one dark stripe left and right, as an engine would find words.
    struct Stripes;

    impl TextSource for Stripes {
        fn read(&mut self, picture: &GrayImage) -> Result<Text, EngineError> {
            let at = |x: u32| (0..picture.height()).find(|y| picture.get_pixel(x, *y).0[0] < 100).unwrap_or(0) as f32;
            let token = |x: u32| Token {
                text: "x".into(),
                bbox: Box { left: x as f32, top: at(x), right: x as f32, bottom: at(x) + 4.0 },
                confidence: 1.0,
                line: 0,
                size: 0.0,
                bold: false,
                hidden: false,
            };
            Ok(Text { tokens: vec![token(20), token(580)], ..Text::default() })
        }
    }

    #[test]
    fn a_sloping_page_is_levelled_and_its_places_are_given_as_they_were() {
        let slope = 2f32.to_radians().tan();
        let line = |x: u32| 100.0 + x as f32 * slope;
        let picture = GrayImage::from_fn(600, 300, |x, y| {
            let d = y as f32 - line(x);
            Luma([if (0.0..6.0).contains(&d) { 0 } else { 255 }])
        });
        let first = PageText { skew: 2.0, ..PageText::default() };
        let level = Stripes.read(&sheared(&picture, slope)).unwrap();
        assert!((level.tokens[0].bbox.top - level.tokens[1].bbox.top).abs() <= 1.0);
        let read = read_again(&mut Stripes, &picture, 72.0, &first).unwrap();
        for (token, x) in read.tokens.iter().zip([20, 580]) {
            assert!((token.bbox.top - line(x)).abs() < 2.0, "{token:?}");
        }
    }
}
