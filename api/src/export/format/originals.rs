//! A ZIP of originals, byte for byte as they came, in a folder a document, with an index that says what each is and its SHA-256. Made so
//! that the same documents give the same bytes: entries are stored, in order, without times. Read back in tests by Python's `zipfile`.

use std::io::Write;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::export::facts::Facts;
use crate::export::text::{cell, slug};
use crate::export::{Original, Originals, Problem};

/// The bytes of the file, of those originals that are `wanted`.
pub fn write(papers: &[Facts<'_>], originals: &Originals, wanted: &dyn Fn(&Original) -> bool) -> Result<Vec<u8>, Problem> {
    let mut zip = Zip::new();
    let mut index = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let head = [
        "file",
        "document",
        "role",
        "media_type",
        "sha256",
        "size",
        "direction",
        "document_type",
        "period",
        "invoice_number",
        "issue_date",
        "seller_name",
        "seller_tax_id",
        "currency",
        "total_gross",
    ];
    index.write_record(head).map_err(Problem::internal)?;
    for (n, facts) in (1u32..).zip(papers) {
        let document = &facts.paper.document;
        let files = originals.get(&document.id).map(Vec::as_slice).unwrap_or_default();
        for (m, file) in (1u32..).zip(files.iter().filter(|file| wanted(file))) {
            let path = path(n, m, facts, file);
            zip.add(&path, &file.bytes)?;
            let value = |name| facts.value(name).to_owned();
            use ocr::reading::FieldName as F;
            let row = [
                path,
                document.id.to_string(),
                crate::pages::name_of(&file.role),
                file.media_type.clone(),
                file.sha256.clone(),
                file.bytes.len().to_string(),
                crate::pages::name_of(&document.direction),
                crate::pages::name_of(&document.document_type),
                document.period.clone().unwrap_or_default(),
                facts.number.to_owned(),
                value(F::IssueDate),
                value(F::SellerName),
                value(F::SellerTaxId),
                facts.currency.to_owned(),
                value(F::TotalGross),
            ];
            index.write_record(row.iter().map(|text| cell(text))).map_err(Problem::internal)?;
        }
    }
    zip.add("index.csv", &index.into_inner().map_err(Problem::internal)?)?;
    zip.finish()
}

/// `0001_fv-07-2026/1_faktura.pdf`: the name that it came under, made harmless.
fn path(n: u32, m: u32, facts: &Facts<'_>, file: &Original) -> String {
    let folder = if facts.number.is_empty() { "document".to_owned() } else { slug(facts.number) };
    let name: String =
        file.name.chars().map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c }).take(120).collect();
    format!("{n:04}_{folder}/{m}_{}", name.trim_matches(['.', ' ']))
}

/// A ZIP whose bytes depend on its content alone.
pub struct Zip(ZipWriter<std::io::Cursor<Vec<u8>>>);

impl Zip {
    /// An empty one.
    pub fn new() -> Zip {
        Zip(ZipWriter::new(std::io::Cursor::new(Vec::new())))
    }

    /// Adds a file.
    pub fn add(&mut self, path: &str, bytes: &[u8]) -> Result<(), Problem> {
        // Pictures and PDFs do not get smaller; XML and text do.
        let dense = ["pdf", "jpg", "jpeg", "png", "heic", "webp", "zip"];
        let stored = path.rsplit('.').next().is_some_and(|end| dense.contains(&end.to_ascii_lowercase().as_str()));
        let method = if stored { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let options = SimpleFileOptions::default().compression_method(method).last_modified_time(DateTime::default());
        self.0.start_file(path, options).map_err(Problem::internal)?;
        self.0.write_all(bytes).map_err(Problem::internal)
    }

    /// Its bytes.
    pub fn finish(self) -> Result<Vec<u8>, Problem> {
        Ok(self.0.finish().map_err(Problem::internal)?.into_inner())
    }
}
