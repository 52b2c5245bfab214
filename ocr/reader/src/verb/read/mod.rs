//! Reading a paper: structured data, then the text layer, then OCR; the first that suffices. Exact before guessed.

mod clock;
mod pages;
mod structured;

use ocr::context::Context;
use ocr::page::Page;
use ocr::protocol::{ErrorCode, Request, Role};
use ocr::reading::{Direction, Finding, Reading, Severity};

use super::{Tools, slice};
use crate::failure::Failure;
use crate::sniff::Kind;
use crate::wire::Out;
use clock::Clock;

/// A file of the paper.
#[derive(Clone, Copy, Debug)]
struct File<'a> {
    bytes: &'a [u8],
    kind: Kind,
    page_range: Option<[u32; 2]>,
}

/// A job on its way.
struct Work<'a> {
    request: &'a Request,
    clock: Clock,
    out: &'a mut dyn Out,
    /// What the paper says as data.
    exact: Vec<Reading>,
    /// Its pages with tokens.
    pages: Vec<Page>,
    /// Pages of all files, read or not.
    total: u32,
    /// First and last page that belong to the paper.
    range: Option<[u32; 2]>,
    /// What was left out, and why.
    findings: Vec<Finding>,
}

/// Readings of a paper.
pub fn run(
    tools: &mut Tools,
    request: &Request,
    bytes: &[u8],
    context: &Context,
    out: &mut dyn Out,
) -> Result<Vec<Reading>, Failure> {
    let files = files(request, bytes)?;
    let clock = Clock::start(request.deadline_ms);
    let mut work =
        Work { request, clock, out, exact: Vec::new(), pages: Vec::new(), total: 0, range: None, findings: Vec::new() };
    for file in &files {
        match file.kind {
            Kind::Xml => work.xml(file)?,
            Kind::Pdf => work.pdf(tools, file)?,
            _ => work.picture(tools, file)?,
        }
    }
    let media_type = files.first().map_or(Kind::Empty, |file| file.kind).media_type();
    let mut readings = work.readings(context);
    for reading in &mut readings {
        reading.media_type = media_type.to_owned();
        reading.reader_version.clone_from(&tools.version);
        reading.pages = work.total.max(1);
        reading.page_range = work.range.unwrap_or([1, 1]);
        reading.findings.extend(work.findings.iter().cloned());
        reading.took_ms = work.clock.took;
    }
    Ok(readings)
}

/// What the tokens say; version and times are the caller's to fill in.
pub fn from_pages(pages: &[Page], context: &Context) -> Reading {
    checked(ocr::extract::extract(pages, context), context)
}

/// A reading with what the checks have to say about it.
fn checked(mut reading: Reading, context: &Context) -> Reading {
    if reading.direction == Direction::None {
        reading.direction = ocr::check::direction(&reading, context);
    }
    let findings = ocr::check::check(&reading, context);
    reading.findings.extend(findings);
    reading
}

impl Work<'_> {
    /// What the paper says: as data if it says it so, else what its pages say, else what kind of data it is.
    fn readings(&mut self, context: &Context) -> Vec<Reading> {
        let (papers, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.exact).into_iter().partition(structured::is_paper);
        if !papers.is_empty() {
            return papers.into_iter().map(|reading| checked(reading, context)).collect();
        }
        if self.pages.is_empty() && !others.is_empty() {
            return others;
        }
        let pages = &self.pages;
        self.clock.time(|took| &mut took.extract, || vec![from_pages(pages, context)])
    }

    fn note(&mut self, code: &str, message: String) {
        self.findings.push(Finding { code: code.to_owned(), severity: Severity::Warning, fields: Vec::new(), message });
    }
}

/// The files of the request, each of a kind that can be read. A signature beside the paper says nothing that is read here.
fn files<'a>(request: &Request, bytes: &'a [u8]) -> Result<Vec<File<'a>>, Failure> {
    let inputs = request.inputs.iter().filter(|input| input.role != Role::Signature);
    let files: Vec<File<'a>> = inputs
        .map(|input| {
            let bytes = slice(input, bytes)?;
            Ok(File { bytes, kind: kind(bytes)?, page_range: input.page_range })
        })
        .collect::<Result<_, Failure>>()?;
    if files.is_empty() { Err(Failure::internal("a request without a paper")) } else { Ok(files) }
}

fn kind(bytes: &[u8]) -> Result<Kind, Failure> {
    match Kind::of(bytes) {
        Kind::Empty => Err(Failure::new(ErrorCode::Empty, "the file is empty: ask its sender to send it again")),
        // An XML that begins with a comment or has lost its declaration.
        Kind::Html | Kind::Text if structured::is_invoice(bytes) => Ok(Kind::Xml),
        Kind::Heic => Err(unsupported(Kind::Heic)),
        kind if kind.is_paper() => Ok(kind),
        kind => Err(unsupported(kind)),
    }
}

fn unsupported(kind: Kind) -> Failure {
    let what = match kind {
        Kind::Zip | Kind::SevenZip | Kind::Rar | Kind::Tar | Kind::Gzip | Kind::Compressed => "an archive",
        Kind::Office | Kind::Ole | Kind::Rtf => "an office file",
        Kind::Html | Kind::Svg => "a web page",
        Kind::Mail | Kind::Tnef => "a mail",
        Kind::Program => "a program",
        Kind::Text => "plain text",
        Kind::Heic | Kind::Avif | Kind::Jp2 => "a picture of a kind that is not read",
        _ => "of no kind that is known",
    };
    let message = format!("the file is {what}; PDF, XML and pictures (JPEG, PNG, TIFF, WebP, GIF, BMP) can be read");
    Failure::new(ErrorCode::Unsupported, message)
}
