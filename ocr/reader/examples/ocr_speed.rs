//! What reading pictures costs: the engine alone beside the whole read of the same pages, in processor time of one process.
//!
//!     cargo run --release -p postroom-reader --example ocr_speed -- NATIVE fast|normal|thorough FILE…
//!
//! Prints one line of JSON: pages, the medians in milliseconds a page, the rate of the whole read against the engine alone with
//! and without looking for codes, seconds from the start to the first page, and the most memory held.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::io;
use std::path::PathBuf;
use std::time::Instant;

use image::GrayImage;
use ocr::context::Context;
use ocr::protocol::{Input, Limits, Reply, Request, Role, Tier, VERSION, Verb};
use postroom_reader::args::Kind;
use postroom_reader::native::Folder;
use postroom_reader::pdf::Shades;
use postroom_reader::sniff;
use postroom_reader::verb::{self, Tools};
use postroom_reader::wire::Out;
use postroom_reader::{code, picture};

type Failed = Box<dyn std::error::Error>;

/// Counts what comes back.
#[derive(Default)]
struct Count {
    pages: usize,
    failed: Option<String>,
}

impl Out for Count {
    fn send(&mut self, reply: &Reply, _: &[u8]) -> io::Result<()> {
        match reply {
            Reply::Page(_) => self.pages += 1,
            Reply::Error { message, .. } => self.failed = Some(message.clone()),
            _ => {}
        }
        Ok(())
    }
}

fn main() -> Result<(), Failed> {
    let start = Instant::now();
    let mut words = std::env::args().skip(1);
    let usage = "NATIVE fast|normal|thorough FILE…";
    let native = PathBuf::from(words.next().ok_or(usage)?).canonicalize()?;
    let tier = words.next().as_deref().and_then(Tier::parse).ok_or(usage)?;
    let folder = Folder::new(native).ok_or(usage)?;
    let mut tools = Tools::open(folder, Kind::Heavy, tier).map_err(|f| f.message)?;
    let (mut alone, mut whole, mut codes) = (Vec::new(), Vec::new(), Vec::new());
    let (mut first, mut warm) = (None, false);
    for file in words {
        let bytes = std::fs::read(&file)?;
        let before = cpu();
        let mut count = Count::default();
        verb::run(&mut tools, &request(&bytes), &bytes, &mut count)?;
        let spent = cpu() - before;
        first.get_or_insert_with(|| start.elapsed().as_secs_f64());
        if let Some(failed) = count.failed {
            eprintln!("{file}: {failed}");
            continue;
        }
        let pages = pages(&tools, &bytes)?;
        let engines = tools.models.engines().map_err(|f| f.message)?;
        for (page, dpi) in pages {
            let before = cpu();
            engines.read_page(&page, dpi)?;
            let read = cpu();
            code::scan(&page, dpi);
            if warm {
                alone.push(read - before);
                codes.push(cpu() - read);
            }
        }
        // The first file opens the models and warms their memory: it counts for the time to the first page alone.
        if warm {
            whole.extend(std::iter::repeat_n(spent / count.pages.max(1) as f64, count.pages));
        }
        warm = true;
    }
    let sum = |v: &[f64]| v.iter().sum::<f64>();
    let (engine, read, scan) = (sum(&alone), sum(&whole), sum(&codes));
    println!(
        "{}",
        serde_json::json!({
            "models": tier.as_str(), "pages": alone.len(), "engine_ms": median(alone), "read_ms": median(whole),
            "codes_ms": median(codes), "rate": engine / read, "rate_without_codes": engine / (read - scan),
            "first_page_s": first, "peak_mib": peak(),
        })
    );
    Ok(())
}

fn request(bytes: &[u8]) -> Request {
    let input = Input {
        role: Role::Visual,
        name: None,
        declared: None,
        page_range: None,
        region: None,
        offset: 0,
        len: bytes.len() as u64,
    };
    let verb = Verb::Read { context: Context::default(), tokens: true };
    let limits = Limits::default();
    Request { version: VERSION, job: "speed".to_owned(), verb, deadline_ms: 600_000, limits, inputs: vec![input] }
}

/// The pages as the engine gets them.
fn pages(tools: &Tools, bytes: &[u8]) -> Result<Vec<(GrayImage, f32)>, Failed> {
    if sniff::Kind::of(bytes) != sniff::Kind::Pdf {
        return picture::open(bytes, &Limits::default())?
            .map(|page| page.map(|page| (page.grey().into_owned(), page.dpi())).map_err(Failed::from))
            .collect();
    }
    let document = tools.pdf.open(bytes)?;
    (1..=document.pages())
        .map(|number| {
            let drawn = document.draw(number, 200.0, Shades::Grey, 25_000_000)?;
            Ok((drawn.picture.into_luma8(), drawn.dpi))
        })
        .collect()
}

/// Processor time of this process in milliseconds.
fn cpu() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).map_or(0.0, |v| (v * 10.0).round() / 10.0)
}

/// The most memory held so far, in MiB.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}
