//! PDF files by PDFium: pages, text with boxes, embedded files, pictures of pages.

mod embedded;
mod glyph;
mod hidden;
mod text;
mod word;

use std::panic::{AssertUnwindSafe, catch_unwind};

use ocr::page::Page;
use pdfium_render::prelude::{PdfDocument, Pdfium, PdfiumError, PdfiumInternalError};

use crate::failure::Failure;
use crate::native::Folder;

pub use embedded::Embedded;
pub use text::is_sane;

/// The PDFium library, bound once a process.
#[derive(Debug)]
pub struct Library(Pdfium);

impl Library {
    /// Binds to libpdfium.so in the native folder.
    pub fn load(native: &Folder) -> Result<Library, Failure> {
        let path = Pdfium::pdfium_platform_library_name_at_path(native.path());
        let bindings = Pdfium::bind_to_library(&path)
            .map_err(|error| Failure::internal(format!("PDFium cannot be loaded from {}: {error:?}", path.display())))?;
        Ok(Library(Pdfium::new(bindings)))
    }

    /// Opens a file. The empty password is tried, so a file that is only protected against changes opens.
    pub fn open<'a>(&'a self, bytes: &'a [u8]) -> Result<Document<'a>, Failure> {
        match self.0.load_pdf_from_byte_slice(bytes, None) {
            Ok(document) => Ok(Document { document }),
            Err(PdfiumError::PdfiumLibraryInternalError(
                PdfiumInternalError::PasswordError | PdfiumInternalError::SecurityError,
            )) => Err(Failure::encrypted()),
            Err(_) => Err(Failure::broken("the PDF")),
        }
    }
}

/// An open PDF file.
#[derive(Debug)]
pub struct Document<'a> {
    document: PdfDocument<'a>,
}

impl Document<'_> {
    /// Pages in the file.
    pub fn pages(&self) -> u32 {
        u32::try_from(self.document.pages().len()).unwrap_or(0)
    }

    /// The text layer of a page (from 1). A page that PDFium cannot load has no tokens.
    pub fn text(&self, number: u32) -> Result<Page, Failure> {
        let index = i32::try_from(number - 1).map_err(Failure::internal)?;
        let page = self.document.pages().get(index).map_err(|_| Failure::broken(&format!("page {number} of the PDF")))?;
        Ok(text::read(&page, number))
    }

    /// Files embedded in it.
    pub fn embedded(&self, limit: u64) -> Vec<Embedded> {
        // The binding asserts that PDFium gives a length twice alike; a crafted file must not end the process by it.
        catch_unwind(AssertUnwindSafe(|| embedded::list(&self.document, limit))).unwrap_or_default()
    }
}
