//! Tesseract behind the same trait: the second opinion, for pages whose checks fail. The parent process sets
//! `OMP_THREAD_LIMIT=1`: with two threads a page costs several times the processor time.

use std::path::{Path, PathBuf};

use image::GrayImage;
use ocr::page::{Box, Token};
use tesseract_rs::{TessPageSegMode, TesseractAPI};

use super::ppocr::geometry::{Point, Rect};
use super::rows::rows;
use super::{EngineError, Text, TextSource};

/// An engine with its languages loaded. It wants pages upright; one that lies on its side is turned by the first engine.
pub struct Tesseract {
    api: TesseractAPI,
}

impl Tesseract {
    /// Opens the language data of the distribution, as `pol` or `deu+eng`.
    pub fn open(languages: &str) -> Result<Tesseract, EngineError> {
        let failed = |reason: String| EngineError::Language { languages: languages.to_owned(), reason };
        if languages.is_empty() || !languages.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'_') {
            return Err(failed("that is no list of languages".into()));
        }
        let data = data_folder(languages).ok_or_else(|| failed("no folder has the data of all of them".into()))?;
        let api = TesseractAPI::new();
        api.init(&data, languages).map_err(|e| failed(e.to_string()))?;
        // Receipts and invoices are columns of rows of different size; measured better than full layout analysis on both.
        api.set_page_seg_mode(TessPageSegMode::PSM_SINGLE_COLUMN).map_err(|e| failed(e.to_string()))?;
        Ok(Tesseract { api })
    }
}

impl Tesseract {
    /// What a picture of a single line says.
    pub fn line(&self, picture: &GrayImage) -> Result<String, EngineError> {
        let failed = |e: tesseract_rs::TesseractError| EngineError::Run(e.to_string());
        self.api.set_page_seg_mode(TessPageSegMode::PSM_SINGLE_LINE).map_err(failed)?;
        let text = self.show(picture).and_then(|()| self.api.get_utf8_text().map_err(failed));
        self.api.clear().map_err(failed)?;
        self.api.set_page_seg_mode(TessPageSegMode::PSM_SINGLE_COLUMN).map_err(failed)?;
        Ok(modern(text?.trim()))
    }

    fn show(&self, picture: &GrayImage) -> Result<(), EngineError> {
        let failed = |e: tesseract_rs::TesseractError| EngineError::Run(e.to_string());
        let side = |v: u32| i32::try_from(v).map_err(|e| EngineError::Run(e.to_string()));
        let (width, height) = (side(picture.width())?, side(picture.height())?);
        self.api.set_image(picture.as_raw(), width, height, 1, width).map_err(failed)?;
        self.api.recognize().map_err(failed)
    }
}

impl TextSource for Tesseract {
    fn read(&mut self, picture: &GrayImage) -> Result<Text, EngineError> {
        let failed = |e: tesseract_rs::TesseractError| EngineError::Run(e.to_string());
        if picture.width() < 3 || picture.height() < 3 {
            return Ok(Text::default());
        }
        self.show(picture)?;
        let table = self.api.get_tsv_text(0).map_err(failed)?;
        self.api.clear().map_err(failed)?;
        Ok(Text { tokens: in_rows(&table.lines().filter_map(word).collect::<Vec<_>>()), turned: 0, skew: 0.0 })
    }
}

/// Where Debian and others put the data of Tesseract 5 and 4.
const FOLDERS: [&str; 4] = [
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
];

fn data_folder(languages: &str) -> Option<PathBuf> {
    let has_all = |folder: &Path| languages.split('+').all(|l| folder.join(format!("{l}.traineddata")).is_file());
    FOLDERS.iter().map(PathBuf::from).find(|folder| has_all(folder))
}

/// A word of Tesseract's table: level 5, then page, block, paragraph, line, word, left, top, width, height, confidence, text.
fn word(row: &str) -> Option<Token> {
    let mut cells = row.splitn(12, '\t');
    if cells.next()? != "5" {
        return None;
    }
    let mut value = |n: usize| cells.nth(n)?.parse::<f32>().ok();
    let (left, top, width, height) = (value(5)?, value(0)?, value(0)?, value(0)?);
    let confidence = (value(0)? / 100.0).clamp(0.0, 1.0);
    let text = cells.next()?.trim();
    let bbox = Box { left, top, right: left + width, bottom: top + height };
    (!text.is_empty()).then(|| Token { text: modern(text), bbox, confidence, line: 0, size: 0.0, bold: false, hidden: false })
}

/// The Romanian model writes the letters of old code pages, with a cedilla, for t with a comma below. s with a cedilla is left:
/// in Turkish it is right.
fn modern(text: &str) -> String {
    text.replace('ţ', "ț").replace('Ţ', "Ț")
}

/// Tesseract reads block by block; a row of an invoice goes through several.
fn in_rows(tokens: &[Token]) -> Vec<Token> {
    let rects: Vec<Rect> = tokens.iter().map(|t| rect(t.bbox)).collect();
    let lines = rows(&rects, 0.0).into_iter().enumerate();
    lines
        .flat_map(|(line, members)| members.into_iter().map(move |i| (line, i)))
        .map(|(line, i)| Token { line: line as u32, ..tokens[i].clone() })
        .collect()
}

fn rect(b: Box) -> Rect {
    Rect {
        center: Point { x: b.center_x(), y: b.center_y() },
        along: Point { x: 1.0, y: 0.0 },
        width: b.width(),
        height: b.height(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_table_come_in_rows() {
        let table = "1\t1\t0\t0\t0\t0\t0\t0\t600\t400\t-1\t\n\
                     5\t1\t1\t1\t1\t1\t10\t20\t50\t12\t96.5\tFaktura\n\
                     5\t1\t1\t1\t2\t1\t10\t50\t50\t12\t91\tSuma\n\
                     5\t1\t2\t1\t1\t1\t400\t21\t50\t12\t80\tţară\n\
                     5\t1\t2\t1\t1\t1\t400\t21\t50\t12\t80\t \n";
        let got = in_rows(&table.lines().filter_map(word).collect::<Vec<_>>());
        assert_eq!(got.iter().map(|t| (t.text.as_str(), t.line)).collect::<Vec<_>>(), [("Faktura", 0), ("țară", 0), ("Suma", 1)]);
        assert_eq!((got[0].confidence, got[0].bbox), (0.965, Box { left: 10.0, top: 20.0, right: 60.0, bottom: 32.0 }));
    }

    #[test]
    fn missing_or_strange_languages_are_errors() {
        for languages in ["", "../../etc/passwd", "pol\0", "xxx_none"] {
            assert!(matches!(Tesseract::open(languages), Err(EngineError::Language { .. })), "{languages:?}");
        }
    }
}
