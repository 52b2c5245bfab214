//! Reading a paper: structured data, then the text layer, then OCR; the first that suffices. Exact before guessed.

mod clock;
mod ksef;
mod pages;
mod parts;
mod print;
mod second;
mod structured;

use ocr::context::Context;
use ocr::page::{Box, Page};
use ocr::protocol::{ErrorCode, Request, Role};
use ocr::reading::{Direction, DocumentType, Finding, Reading, Severity, Source};
use ocr::split::Split;

use super::{Tools, slice};
use crate::failure::Failure;
use crate::sniff::Kind;
use crate::wire::Out;
use clock::Clock;
pub use structured::papers_of;

/// A file of the paper.
#[derive(Clone, Copy, Debug)]
struct File<'a> {
    /// Its place among the files of the paper.
    index: usize,
    name: Option<&'a str>,
    declared: Option<&'a str>,
    bytes: &'a [u8],
    kind: Kind,
    page_range: Option<[u32; 2]>,
    region: Option<Box>,
}

/// A job on its way.
struct Work<'a> {
    request: &'a Request,
    /// How the file may be divided.
    split: Split,
    clock: Clock,
    out: &'a mut dyn Out,
    /// What the paper says as data.
    exact: Vec<Reading>,
    /// Why a PDF with data inside is no invoice: the data is an order, …
    no_invoice: Option<Finding>,
    /// SHA-256 of the files that are data.
    hashes: Vec<[u8; 32]>,
    /// Its pages with tokens.
    pages: Vec<Page>,
    /// For each of them, where it can be had again.
    seen: Vec<second::Seen>,
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
    let mut work = Work {
        request,
        split: split(request, context),
        clock,
        out,
        exact: Vec::new(),
        no_invoice: None,
        hashes: Vec::new(),
        pages: Vec::new(),
        seen: Vec::new(),
        total: 0,
        range: None,
        findings: Vec::new(),
    };
    for file in &files {
        match file.kind {
            Kind::Xml => work.xml(file)?,
            Kind::Pdf => work.pdf(tools, file)?,
            Kind::Html => work.html(file)?,
            _ => work.picture(tools, file)?,
        }
    }
    let media_type = files.first().map_or(Kind::Empty, |file| file.kind).media_type();
    let mut readings = work.readings(context);
    // Papers that share a file share its pages: which figures belong together is only known of a paper alone.
    let seen = work.pages.iter().any(|page| page.source == Source::Ocr);
    if readings.len() == 1 && seen && !work.has_data() {
        readings = readings.into_iter().map(|reading| work.second_opinion(tools, &files, context, reading)).collect();
    }
    readings.iter_mut().for_each(|reading| work.look_at_print(tools, &files, reading));
    let alone = readings.len() == 1;
    if !alone {
        several(&mut readings);
    }
    if let Some(finding) = &work.no_invoice {
        for reading in readings.iter_mut().filter(|reading| structured::is_paper(reading)) {
            reading.document_type = DocumentType::Other;
            reading.findings.push(finding.clone());
        }
    }
    for reading in &mut readings {
        reading.media_type = media_type.to_owned();
        reading.reader_version.clone_from(&tools.version);
        // A paper among others knows its pages itself.
        if work.total > 0 {
            reading.pages = work.total;
        }
        if let Some(range) = work.range.filter(|_| alone) {
            reading.page_range = range;
        }
        reading.findings.extend(work.findings.iter().cloned());
        reading.took_ms = work.clock.took;
    }
    Ok(readings)
}

/// Says of each paper of a file which one it is.
fn several(readings: &mut [Reading]) {
    let count = readings.len();
    for (i, reading) in readings.iter_mut().enumerate() {
        let [first, last] = reading.page_range;
        let pages = match reading.region {
            Some(_) => format!("a part of page {first}"),
            None if first == last => format!("page {first}"),
            None => format!("pages {first} to {last}"),
        };
        let message = format!("The file holds {count} papers; this is paper {}, {pages}.", i + 1);
        reading.findings.push(Finding { code: "split".to_owned(), severity: Severity::Info, fields: Vec::new(), message });
    }
}

/// What the tokens say; version and times are the caller's to fill in.
pub fn from_pages(pages: &[Page], context: &Context) -> Reading {
    let mut reading = ocr::extract::extract(pages, context);
    ocr::evidence::apply_codes(&mut reading, pages);
    checked(reading, context)
}

/// A reading with what memory says of its seller's papers, checked anew.
pub fn amended(mut reading: Reading, pages: &[Page], context: &Context) -> Reading {
    ocr::extract::memory::amend(&mut reading, pages, &context.memory);
    reading.findings.retain(|finding| !ocr::check::CODES.contains(&finding.code.as_str()));
    checked(reading, context)
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
            return self
                .clock
                .time(|took| &mut took.extract, || structured::on_pages(papers, &self.pages, &self.hashes, context));
        }
        if self.pages.is_empty() && !others.is_empty() {
            return others;
        }
        let (pages, how) = (&self.pages, self.split);
        self.clock.time(
            |took| &mut took.extract,
            || ocr::split::papers(pages, how).into_iter().map(|range| from_pages(&pages[range], context)).collect(),
        )
    }

    fn note(&mut self, code: &str, message: String) {
        self.findings.push(Finding { code: code.to_owned(), severity: Severity::Warning, fields: Vec::new(), message });
    }
}

/// How the pages are divided: not at all where the paper has several files, or where its pages were told.
fn split(request: &Request, context: &Context) -> Split {
    let visual = request.inputs.iter().filter(|input| input.role == Role::Visual);
    let told = request.inputs.iter().any(|input| input.page_range.is_some() || input.region.is_some());
    if told || visual.count() > 1 { Split::None } else { context.split }
}

/// The files of the request, each of a kind that can be read. A signature beside the paper says nothing that is read here.
fn files<'a>(request: &'a Request, bytes: &'a [u8]) -> Result<Vec<File<'a>>, Failure> {
    let inputs = request.inputs.iter().filter(|input| input.role != Role::Signature);
    let files: Vec<File<'a>> = inputs
        .enumerate()
        .map(|(index, input)| {
            let bytes = slice(input, bytes)?;
            let (name, declared) = (input.name.as_deref(), input.declared.as_deref());
            Ok(File { index, name, declared, bytes, kind: kind(bytes)?, page_range: input.page_range, region: input.region })
        })
        .collect::<Result<_, Failure>>()?;
    if files.is_empty() { Err(Failure::internal("a request without a paper")) } else { Ok(files) }
}

fn kind(bytes: &[u8]) -> Result<Kind, Failure> {
    match Kind::of(bytes) {
        Kind::Empty => Err(Failure::new(ErrorCode::Empty, "the file is empty: ask its sender to send it again")),
        // An XML that begins with a comment or has lost its declaration.
        Kind::Html | Kind::Text if structured::is_invoice(bytes) => Ok(Kind::Xml),
        kind if kind.is_paper() => Ok(kind),
        kind => Err(unsupported(kind)),
    }
}

fn unsupported(kind: Kind) -> Failure {
    let what = match kind {
        Kind::Zip | Kind::SevenZip | Kind::Rar | Kind::Tar | Kind::Gzip | Kind::Compressed => "an archive",
        Kind::Office | Kind::Ole | Kind::Rtf => "an office file",
        Kind::Svg => "a drawing",
        Kind::Mail | Kind::Tnef => "a mail",
        Kind::Program => "a program",
        Kind::Text => "plain text",
        Kind::Avif | Kind::Jp2 => "a picture of a kind that is not read",
        _ => "of no kind that is known",
    };
    let message = format!("the file is {what}; PDF, XML, HTML and pictures (JPEG, PNG, HEIC, TIFF, WebP, GIF, BMP) can be read");
    Failure::new(ErrorCode::Unsupported, message)
}
