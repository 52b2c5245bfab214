//! Extracts again from tokens that were kept, without opening a file: what scoring and fitting need.
//!
//!     postroom read --tokens FILE... > tokens.jsonl
//!     cargo run --release --example extract -p ocr < tokens.jsonl > readings.jsonl
//!
//! One JSON object a line in, `{"file": …, "pages": […]}` with an optional `context`; one reading a line out, with its `file`.

#![allow(clippy::print_stderr)]

use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

use ocr::context::Context;
use ocr::page::Page;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Input {
    file: String,
    #[serde(default)]
    pages: Vec<Page>,
    #[serde(default)]
    context: Context,
}

#[derive(Serialize)]
struct Output<'a> {
    file: &'a str,
    #[serde(flatten)]
    reading: ocr::reading::Reading,
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let (mut papers, mut spent) = (0u32, Duration::ZERO);
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let input: Input = match serde_json::from_str(&line) {
            Ok(input) => input,
            Err(error) => {
                eprintln!("a line that is no paper was left out: {error}");
                continue;
            }
        };
        let start = Instant::now();
        let reading = ocr::extract::extract(&input.pages, &input.context);
        spent += start.elapsed();
        papers += 1;
        serde_json::to_writer(&mut out, &Output { file: &input.file, reading })?;
        out.write_all(b"\n")?;
    }
    eprintln!("{papers} papers, {:.2} ms each", spent.as_secs_f64() * 1000.0 / f64::from(papers.max(1)));
    out.flush()
}
