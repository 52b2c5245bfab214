//! PDF files by PDFium: pages, text with boxes, embedded files, pictures of pages.

mod codes;
mod covered;
mod draw;
mod embedded;
mod glyph;
mod hidden;
mod inflate;
mod rescue;
mod stored;
mod text;
mod word;

use std::panic::{AssertUnwindSafe, catch_unwind};

use ocr::page::Page;
use ocr::protocol::ErrorCode;
use ocr::reading::Source;
use pdfium_render::prelude::{PdfDocument, PdfPage, Pdfium, PdfiumError, PdfiumInternalError};

use crate::failure::Failure;
use crate::native::Folder;

pub use draw::{Drawn, Shades, fitting};
pub use embedded::Embedded;
pub use rescue::Rescued;

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

    /// Opens a file. The empty password is tried, so a file that is only protected against changes opens; one that PDFium
    /// finds damaged gets a second try, which finds no text but draws pages.
    pub fn open<'a>(&'a self, bytes: &'a [u8]) -> Result<Document<'a>, Failure> {
        use PdfiumInternalError::{PasswordError, SecurityError};
        match self.0.load_pdf_from_byte_slice(bytes, None) {
            Ok(document) if !document.pages().is_empty() => Ok(Document::Whole(document, bytes)),
            Err(PdfiumError::PdfiumLibraryInternalError(PasswordError | SecurityError)) => Err(Failure::encrypted()),
            Ok(_) => {
                Rescued::open(bytes).map(Document::Rescued).map_err(|_| Failure::new(ErrorCode::Empty, "the PDF has no page"))
            }
            Err(_) => Rescued::open(bytes).map(Document::Rescued),
        }
    }
}

/// What a page says as text.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The page.
    pub page: Page,
    /// Whether it can be relied on.
    pub sane: bool,
    /// Numbers on it cannot be seen, or stand under something: what a person sees there may be something else.
    pub doubtful: bool,
}

/// An open PDF file.
#[derive(Debug)]
pub enum Document<'a> {
    /// As PDFium opened it, and its bytes.
    Whole(PdfDocument<'a>, &'a [u8]),
    /// Damaged: only its pictures can be had.
    Rescued(Rescued),
}

impl Document<'_> {
    /// Pages in the file.
    pub fn pages(&self) -> u32 {
        match self {
            Document::Whole(document, _) => u32::try_from(document.pages().len()).unwrap_or(0),
            Document::Rescued(rescued) => u32::try_from(rescued.pages()).unwrap_or(u32::MAX),
        }
    }

    /// The text layer of a page (from 1); if it can be relied on, with the codes on the page.
    pub fn text(&self, number: u32) -> Result<Layer, Failure> {
        match self {
            Document::Whole(document, bytes) => {
                let loaded = load(document, number)?;
                let (mut page, doubtful) = text::read(&loaded, number);
                let sane = text::is_sane(&page);
                if sane {
                    let view = glyph::View::of(&loaded);
                    page.codes = catch_unwind(AssertUnwindSafe(|| codes::find(document, bytes, number, &loaded, &view)))
                        .unwrap_or_default();
                }
                Ok(Layer { page, sane, doubtful })
            }
            Document::Rescued(rescued) => {
                let (width, height) = rescued.size(number as usize - 1).ok_or_else(|| missing(number))?;
                let page = Page {
                    number,
                    width,
                    height,
                    turned: 0,
                    skew: 0.0,
                    region: None,
                    source: Source::Text,
                    tokens: Vec::new(),
                    codes: Vec::new(),
                };
                Ok(Layer { page, sane: false, doubtful: false })
            }
        }
    }

    /// A page (from 1) as a picture of at most `most` pixels.
    pub fn draw(&self, number: u32, dpi: f32, shades: Shades, most: u64) -> Result<Drawn, Failure> {
        match self {
            Document::Whole(document, _) => draw::page(&load(document, number)?, dpi, shades, most),
            Document::Rescued(rescued) => rescued.draw(number as usize - 1, dpi, shades, most),
        }
    }

    /// Width and height of a page (from 1) in points, as displayed.
    pub fn size(&self, number: u32) -> Result<(f32, f32), Failure> {
        match self {
            Document::Whole(document, _) => load(document, number).map(|page| (page.width().value, page.height().value)),
            Document::Rescued(rescued) => rescued.size(number as usize - 1).ok_or_else(|| missing(number)),
        }
    }

    /// Files embedded in it, no longer than `limit` bytes each.
    pub fn embedded(&self, limit: u64) -> Vec<Embedded> {
        match self {
            // The binding asserts that PDFium gives a length twice alike; a crafted file must not end the process by it.
            Document::Whole(document, _) => {
                catch_unwind(AssertUnwindSafe(|| embedded::list(document, limit))).unwrap_or_default()
            }
            Document::Rescued(_) => Vec::new(),
        }
    }
}

fn load<'a>(document: &PdfDocument<'a>, number: u32) -> Result<PdfPage<'a>, Failure> {
    let index = number.checked_sub(1).and_then(|index| i32::try_from(index).ok());
    index.and_then(|index| document.pages().get(index).ok()).ok_or_else(|| missing(number))
}

fn missing(number: u32) -> Failure {
    Failure::broken(&format!("page {number} of the PDF"))
}
