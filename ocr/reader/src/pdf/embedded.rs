//! Files inside a PDF: the invoice as XML (Factur-X, ZUGFeRD) among them.

use pdfium_render::prelude::PdfDocument;

/// A file inside a PDF.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// Its name, a hint only.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A PDF/A-3 invoice carries a handful; hundreds are a bomb.
const MOST: usize = 32;

/// The embedded files no longer than `limit` bytes each.
pub fn list(document: &PdfDocument<'_>, limit: u64) -> Vec<Embedded> {
    document
        .attachments()
        .iter()
        .take(MOST)
        .filter(|file| (1..=limit).contains(&(file.len() as u64)))
        .filter_map(|file| Some(Embedded { name: file.name(), bytes: file.save_to_bytes().ok()? }))
        .collect()
}
