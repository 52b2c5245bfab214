//! The paper as data: XML alone, or inside a PDF.

use ocr::context::Context;
use ocr::page::Page;
use ocr::protocol::ErrorCode;
use ocr::reading::{DocumentType, Finding, Reading};
use ocr::xml;
use sha2::{Digest, Sha256};

use super::{File, Work, ksef};
use crate::failure::Failure;
use crate::pdf::Embedded;
use crate::sniff::Kind;

impl Work<'_> {
    /// An XML file. One that is damaged is an error: half an invoice must not pass for something else.
    pub fn xml(&mut self, file: &File<'_>) -> Result<(), Failure> {
        let limit = self.request.limits.xml_bytes;
        let mut readings = self.clock.time(|took| &mut took.text, || papers_of(file.bytes, limit))?;
        if let [reading] = readings.as_mut_slice() {
            ksef::number(reading, file.name);
        }
        self.hashes.push(Sha256::digest(file.bytes).into());
        // A paper of such a file stands on the page of its number: a document of one of them is read again by itself.
        let [first, last] = file.page_range.unwrap_or([1, u32::MAX]);
        let numbered = (1..).zip(readings);
        self.exact.extend(numbered.filter(|(number, _)| (first..=last).contains(number)).map(|(_, reading)| reading));
        match self.exact.is_empty() {
            true => Err(Failure::new(ErrorCode::Empty, format!("the file has no paper number {first}"))),
            false => Ok(()),
        }
    }

    /// The invoice inside a PDF: it carries one, sometimes beside orders or a copy of it. What cannot be read there leaves the
    /// page to speak.
    pub fn embedded(&mut self, files: &[Embedded]) {
        let data = files.iter().filter(|file| Kind::of(&file.bytes) == Kind::Xml);
        let readings = data.filter_map(|file| xml::read(&file.bytes).ok());
        let mut readings: Vec<Vec<Reading>> = self.clock.time(|took| &mut took.text, || readings.collect());
        match readings.iter().position(|readings| readings.iter().any(is_paper)) {
            Some(papers) => self.exact.extend(readings.swap_remove(papers)),
            None => self.no_invoice = readings.into_iter().flatten().find_map(why_not),
        }
    }

    /// Whether the paper's data is known already.
    pub fn has_data(&self) -> bool {
        self.exact.iter().any(is_paper)
    }
}

/// The papers of an XML file of at most `limit` bytes, numbered by their pages.
pub fn papers_of(bytes: &[u8], limit: u64) -> Result<Vec<Reading>, Failure> {
    if bytes.len() as u64 > limit {
        let message = format!("the XML is longer than the {} MB that are read", limit >> 20);
        return Err(Failure::new(ErrorCode::TooLarge, message));
    }
    let mut readings = xml::read(bytes).map_err(|error| failure(&error))?;
    let pages = u32::try_from(readings.len()).unwrap_or(u32::MAX);
    for (number, reading) in (1..).zip(&mut readings) {
        reading.pages = pages;
        reading.page_range = [number, number];
    }
    Ok(readings)
}

/// Papers that are data, with the places where their values are printed and what the pages say against them. One file of several
/// papers has no pages of their own.
pub fn on_pages(mut papers: Vec<Reading>, pages: &[Page], hashes: &[[u8; 32]], context: &Context) -> Vec<Reading> {
    if let [paper] = papers.as_mut_slice()
        && !pages.is_empty()
    {
        let printed = ocr::extract::extract(pages, context);
        ocr::evidence::lay_beside(paper, &printed, pages);
        ocr::evidence::apply_codes(paper, pages);
        ksef::verify(paper, pages, hashes);
    }
    papers.into_iter().map(|paper| super::checked(paper, context)).collect()
}

/// Whether XML without a declaration is an invoice.
pub fn is_invoice(bytes: &[u8]) -> bool {
    xml::looks_like(bytes) && xml::read(bytes).is_ok_and(|readings| readings.iter().any(is_paper))
}

/// Whether a reading says more than that it is some other data.
pub fn is_paper(reading: &Reading) -> bool {
    reading.document_type != DocumentType::Other
}

/// What data that is no invoice says of itself (an order, Order-X), if it is of a known kind.
fn why_not(reading: Reading) -> Option<Finding> {
    reading.findings.into_iter().find(|finding| finding.code == "not_an_invoice")
}

fn failure(error: &xml::Error) -> Failure {
    let code = match error {
        xml::Error::Empty => ErrorCode::Empty,
        xml::Error::Malformed(_) => ErrorCode::Broken,
        xml::Error::Entities => ErrorCode::Unsupported,
        xml::Error::TooLarge(_) => ErrorCode::TooLarge,
    };
    Failure::new(code, error.to_string())
}
