//! Pages read from pictures, whole or in part: where a picture shows several papers (receipts on a table, tickets on the glass of a
//! scanner), each is read by itself, as large as it is and as it lies.

use image::GrayImage;
use ocr::page::{Box, Page};
use ocr::reading::Source;
use ocr::split;

use crate::code;
use crate::engine::{EngineError, Engines, PageText};
use crate::failure::Failure;
use crate::picture::sheets::{self, Sheet};

/// A page as a picture.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What it looks like.
    pub picture: &'a GrayImage,
    /// Pixels an inch.
    pub dpi: f32,
    /// Its number in the file.
    pub number: u32,
}

/// Points around the words of a paper whose edges cannot be seen.
const MARGIN: f32 = 8.0;

impl View<'_> {
    /// The page by OCR. Of `region`, if one is told, that alone; else, if the page may be parted, one page for each paper on it.
    pub fn read(&self, engines: &mut Engines, region: Option<Box>, may_part: bool) -> Result<Vec<Page>, Failure> {
        if let Some(region) = region {
            return Ok(vec![self.read_part(engines, region)?]);
        }
        let whole = look(engines, self.picture, self.dpi, self.number)?;
        if !may_part {
            return Ok(vec![whole]);
        }
        let seen = self.read_sheets(engines, &whole)?;
        let parts = if seen.is_empty() { self.read_columns(engines, &whole)? } else { seen };
        Ok(if parts.is_empty() { vec![whole] } else { parts })
    }

    /// The sheets that the picture shows, if each is a paper.
    fn read_sheets(&self, engines: &mut Engines, whole: &Page) -> Result<Vec<Page>, Failure> {
        let sheets = in_order(sheets::several(self.picture, &self.words(whole)));
        // Sums are what papers are read for: a card, a keyboard and the back of a letter have none.
        let has_sum = |sheet: &Sheet| sheet.words.iter().any(|&i| split::is_amount(&whole.tokens[i].text));
        if sheets.len() < 2 || !sheets.iter().all(has_sum) {
            return Ok(Vec::new());
        }
        let read = |sheet: &Sheet| self.read_part(engines, self.region(sheet.place));
        let parts = sheets.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(if split::are_papers(&parts) { parts } else { Vec::new() })
    }

    /// The papers between which there is nothing to be seen, if their text leaves no doubt.
    fn read_columns(&self, engines: &mut Engines, whole: &Page) -> Result<Vec<Page>, Failure> {
        let upright = |place: Box| back(place, whole.turned, whole.width, whole.height);
        let found = split::columns(whole);
        found.into_iter().map(|place| self.read_part(engines, hundredths(upright(place)))).collect()
    }

    /// A part of the page as a page of its own: what of its neighbours reaches into it is left out.
    fn read_part(&self, engines: &mut Engines, region: Box) -> Result<Page, Failure> {
        let picture = cropped(self.picture, self.dpi, region);
        let cut = View { picture: &picture, ..*self };
        let mut page = look(engines, cut.picture, cut.dpi, cut.number)?;
        if let Some(main) = sheets::main(cut.picture, &cut.words(&page)) {
            let mut index = 0..;
            page.tokens.retain(|_| index.next().is_some_and(|i| main.binary_search(&i).is_ok()));
        }
        page.region = Some(region);
        Ok(page)
    }

    /// Where the words of `page`, read from this picture, stand on it, in pixels.
    fn words(&self, page: &Page) -> Vec<[f32; 4]> {
        let pixels = self.dpi / 72.0;
        let place = |place: Box| <[f32; 4]>::from(back(place, page.turned, page.width, page.height)).map(|v| v * pixels);
        page.tokens.iter().map(|token| place(token.bbox)).collect()
    }

    fn region(&self, place: [f32; 4]) -> Box {
        let point = 72.0 / self.dpi;
        let [left, top, right, bottom] = place.map(|v| v * point);
        let (width, height) = (self.picture.width() as f32 * point, self.picture.height() as f32 * point);
        hundredths(Box {
            left: (left - MARGIN).max(0.0),
            top: (top - MARGIN).max(0.0),
            right: (right + MARGIN).min(width),
            bottom: (bottom + MARGIN).min(height),
        })
    }
}

/// A page of text, or a part of it.
pub fn of_text(page: Page, region: Option<Box>) -> Page {
    let whole = Box { left: 0.0, top: 0.0, right: page.width, bottom: page.height };
    match region.and_then(|region| region.common(whole)) {
        Some(part) => Page { region, ..page.part(part) },
        None => page,
    }
}

/// The part of a picture that shows a region in points; all of it where nothing of the region is on it.
pub fn cropped(picture: &GrayImage, dpi: f32, region: Box) -> GrayImage {
    let pixels = |points: f32, end: u32| ((points * dpi / 72.0).round().max(0.0) as u32).min(end);
    let (width, height) = picture.dimensions();
    let (left, top) = (pixels(region.left, width), pixels(region.top, height));
    let (right, bottom) = (pixels(region.right, width), pixels(region.bottom, height));
    if right <= left || bottom <= top {
        return picture.clone();
    }
    image::imageops::crop_imm(picture, left, top, right - left, bottom - top).to_image()
}

/// As places are written in JSON: what is kept and what comes back is the same.
fn hundredths(place: Box) -> Box {
    Box::from(<[f32; 4]>::from(place))
}

/// From the top down; those that stand beside each other, from the left.
fn in_order(mut sheets: Vec<Sheet>) -> Vec<Sheet> {
    sheets.sort_by(|a, b| a.place[1].total_cmp(&b.place[1]));
    let beside = |a: &Sheet, b: &Sheet| {
        let shared = a.place[3].min(b.place[3]) - a.place[1].max(b.place[1]);
        shared * 2.0 > (a.place[3] - a.place[1]).min(b.place[3] - b.place[1])
    };
    let mut rows: Vec<Vec<Sheet>> = Vec::new();
    for sheet in sheets {
        match rows.last_mut() {
            Some(row) if beside(&row[0], &sheet) => row.push(sheet),
            _ => rows.push(vec![sheet]),
        }
    }
    rows.iter_mut().for_each(|row| row.sort_by(|a, b| a.place[0].total_cmp(&b.place[0])));
    rows.into_iter().flatten().collect()
}

/// What engines and decoders see on a picture of a page.
fn look(engines: &mut Engines, picture: &GrayImage, dpi: f32, number: u32) -> Result<Page, Failure> {
    let text = engines.read_page(picture, dpi).map_err(failure)?;
    let PageText { tokens, turned, skew, width, height, .. } = text;
    let mut codes = code::scan(picture, dpi);
    for code in &mut codes {
        code.bbox = turn(code.bbox, turned, width, height);
    }
    let skew = (skew * 100.0).round() / 100.0;
    Ok(Page { number, width, height, turned, skew, source: Source::Ocr, region: None, tokens, codes })
}

/// A place on the picture as a place on the turned page of this size.
fn turn(place: Box, turned: u16, width: f32, height: f32) -> Box {
    let Box { left, top, right, bottom } = place;
    match turned {
        90 => Box { left: width - bottom, top: left, right: width - top, bottom: right },
        180 => Box { left: width - right, top: height - bottom, right: width - left, bottom: height - top },
        270 => Box { left: top, top: height - right, right: bottom, bottom: height - left },
        _ => place,
    }
}

/// A place on the turned page of this size as a place on the picture.
fn back(place: Box, turned: u16, width: f32, height: f32) -> Box {
    match turned {
        90 => turn(place, 270, height, width),
        180 => turn(place, 180, width, height),
        270 => turn(place, 90, height, width),
        _ => place,
    }
}

fn failure(error: EngineError) -> Failure {
    match error {
        EngineError::Run(_) => Failure::broken("the picture"),
        other => Failure::internal(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_turn_and_turn_back() {
        let place = Box { left: 10.0, top: 20.0, right: 40.0, bottom: 30.0 };
        for turned in [0, 90, 180, 270] {
            let (width, height) = if turned % 180 == 90 { (200.0, 100.0) } else { (100.0, 200.0) };
            assert_eq!(back(turn(place, turned, width, height), turned, width, height), place, "{turned}");
        }
        assert_eq!(turn(place, 90, 200.0, 100.0), Box { left: 170.0, top: 10.0, right: 180.0, bottom: 40.0 });
    }

    #[test]
    fn a_region_beside_the_picture_is_all_of_it() {
        let picture = GrayImage::new(100, 50);
        let part = Box { left: 36.0, top: 0.0, right: 90.0, bottom: 18.0 };
        assert_eq!(cropped(&picture, 72.0, part).dimensions(), (54, 18));
        assert_eq!(cropped(&picture, 72.0, Box { left: 300.0, top: 0.0, right: 400.0, bottom: 18.0 }).dimensions(), (100, 50));
    }
}
