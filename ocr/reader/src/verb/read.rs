//! Reading a paper: structured data, then the text layer, then OCR; the first that suffices.

use std::time::Instant;

use ocr::context::Context;
use ocr::page::Page;
use ocr::protocol::{ErrorCode, Reply, Request};
use ocr::reading::{Direction, DocumentType, Reading, TookMs};

use super::{Tools, first, slice};
use crate::failure::Failure;
use crate::sniff::Kind;
use crate::wire::Out;

/// Readings of a paper.
pub fn run(
    tools: &mut Tools,
    request: &Request,
    bytes: &[u8],
    context: &Context,
    out: &mut dyn Out,
) -> Result<Vec<Reading>, Failure> {
    let bytes = slice(first(request)?, bytes)?;
    match Kind::of(bytes) {
        Kind::Empty => Err(Failure::new(ErrorCode::Empty, "the file is empty: ask its sender to send it again")),
        Kind::Pdf => pdf(tools, request, bytes, context, out),
        kind => {
            Err(Failure::new(ErrorCode::Unsupported, format!("{} is not a kind of file that can be read", kind.media_type())))
        }
    }
}

fn pdf(tools: &Tools, request: &Request, bytes: &[u8], context: &Context, out: &mut dyn Out) -> Result<Vec<Reading>, Failure> {
    let start = Instant::now();
    let document = tools.pdf.open(bytes)?;
    let total = document.pages();
    if total == 0 {
        return Err(Failure::new(ErrorCode::Empty, "the PDF has no page"));
    }
    let open = millis(start);
    let start = Instant::now();
    let mut pages = Vec::new();
    for number in 1..=total.min(request.limits.pages) {
        let (page, _sane) = document.text(number)?;
        out.send(&Reply::Page(page.clone()), &[]).map_err(Failure::internal)?;
        pages.push(page);
    }
    let text = millis(start);
    let mut reading = from_pages(tools, &pages, context);
    reading.media_type = Kind::Pdf.media_type().to_owned();
    reading.pages = total;
    reading.page_range = [1, total];
    reading.took_ms = TookMs { open, text, ..reading.took_ms };
    Ok(vec![reading])
}

/// What the tokens say.
pub fn from_pages(tools: &Tools, pages: &[Page], _context: &Context) -> Reading {
    Reading {
        media_type: String::new(),
        pages: u32::try_from(pages.len()).unwrap_or(u32::MAX),
        page_range: [1, pages.last().map_or(1, |page| page.number)],
        reader_version: tools.version.clone(),
        document_type: DocumentType::Other,
        direction: Direction::None,
        language: None,
        fields: Default::default(),
        vat_breakdown: Vec::new(),
        lines: Vec::new(),
        taxes: Vec::new(),
        marks: Vec::new(),
        findings: Vec::new(),
        took_ms: TookMs::default(),
    }
}

fn millis(start: Instant) -> u32 {
    u32::try_from(start.elapsed().as_millis()).unwrap_or(u32::MAX)
}
