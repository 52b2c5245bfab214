//! How fast e-invoices are read: `xml-rate SECONDS FILE…` reads the files over and over, with checks and JSON, on one core, and prints
//! files a second, their number and how many invoices came out.

#![allow(clippy::print_stdout, reason = "a tool")]

use std::time::{Duration, Instant};

use ocr::context::Context;
use ocr::reading::DocumentType;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let time = Duration::from_secs_f64(args.next().ok_or("seconds?")?.parse()?);
    let files = args.map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    let (start, mut passes, mut invoices) = (Instant::now(), 0usize, 0usize);
    while start.elapsed() < time && !files.is_empty() {
        invoices = 0;
        for file in &files {
            for mut reading in ocr::xml::read(file)? {
                reading.findings.extend(ocr::check::check(&reading, &Context::default()));
                std::hint::black_box(serde_json::to_string(&reading)?);
                invoices += usize::from(reading.document_type != DocumentType::Other);
            }
        }
        passes += 1;
    }
    let rate = (passes * files.len()) as f64 / start.elapsed().as_secs_f64();
    println!("{rate:.0} {} {invoices}", files.len());
    Ok(())
}
