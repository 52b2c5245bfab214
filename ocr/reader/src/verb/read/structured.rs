//! The paper as data: XML alone, or inside a PDF.

use ocr::protocol::ErrorCode;
use ocr::reading::{DocumentType, Reading};
use ocr::xml;

use super::{File, Work};
use crate::failure::Failure;
use crate::pdf::Embedded;
use crate::sniff::Kind;

impl Work<'_> {
    /// An XML file. One that is damaged is an error: half an invoice must not pass for something else.
    pub fn xml(&mut self, file: &File<'_>) -> Result<(), Failure> {
        let limit = self.request.limits.xml_bytes;
        if file.bytes.len() as u64 > limit {
            let message = format!("the XML is longer than the {} MB that are read", limit >> 20);
            return Err(Failure::new(ErrorCode::TooLarge, message));
        }
        let readings = self.clock.time(|took| &mut took.text, || xml::read(file.bytes)).map_err(|error| failure(&error))?;
        self.exact.extend(readings);
        Ok(())
    }

    /// The invoice inside a PDF: it carries one, sometimes beside orders or a copy of it. What cannot be read there leaves the
    /// page to speak.
    pub fn embedded(&mut self, files: &[Embedded]) {
        let data = files.iter().filter(|file| Kind::of(&file.bytes) == Kind::Xml);
        let mut readings = data.filter_map(|file| xml::read(&file.bytes).ok());
        let papers = self.clock.time(|took| &mut took.text, || readings.find(|readings| readings.iter().any(is_paper)));
        self.exact.extend(papers.unwrap_or_default());
    }

    /// Whether the paper's data is known already.
    pub fn has_data(&self) -> bool {
        self.exact.iter().any(is_paper)
    }
}

/// Whether XML without a declaration is an invoice.
pub fn is_invoice(bytes: &[u8]) -> bool {
    xml::looks_like(bytes) && xml::read(bytes).is_ok_and(|readings| readings.iter().any(is_paper))
}

/// Whether a reading says more than that it is some other data.
pub fn is_paper(reading: &Reading) -> bool {
    reading.document_type != DocumentType::Other
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
