//! `postroom read`: reads papers without a server.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;
use futures::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use ocr::context::Context;
use ocr::page::Page;
use ocr::protocol::{ErrorCode, Limits, Tier, Verb};
use ocr::reading::Reading;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Outcome, output};
use crate::config::Config;
use crate::pool::{self, Failure, Job, Pool, Settings};

/// Arguments of `postroom read`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The papers: PDF, XML, pictures
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// One line of JSON a paper
    #[arg(long)]
    json: bool,
    /// One line of JSON a file with its pages and tokens, instead of readings
    #[arg(long)]
    tokens: bool,
    /// Files read at a time [default: one a core]
    #[arg(long, short, value_name = "N")]
    jobs: Option<usize>,
    /// Models that read pictures: fast, normal or thorough [default: as configured]
    #[arg(long, value_name = "MODELS", value_parser = models)]
    models: Option<Tier>,
    /// Seconds after which a file is given up [default: as configured]
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
}

/// A line of `--json`.
#[derive(Serialize)]
#[serde(untagged)]
enum Line<'a> {
    Reading {
        file: &'a str,
        sha256: &'a str,
        #[serde(flatten)]
        reading: &'a Reading,
    },
    Tokens {
        file: &'a str,
        sha256: &'a str,
        pages: &'a [Page],
    },
    Error {
        file: &'a str,
        error: Problem<'a>,
    },
}

#[derive(Serialize)]
struct Problem<'a> {
    code: ErrorCode,
    message: &'a str,
}

/// What became of a file.
struct Done {
    file: String,
    sha256: String,
    outcome: Result<pool::Outcome, Failure>,
}

/// Reads the files, in parallel, and prints what they say in the order in which they were given.
pub async fn run(args: Args, mut config: Config) -> Outcome {
    config.reader.heavy = args.jobs.unwrap_or(config.reader.heavy);
    config.reader.models = args.models.unwrap_or(config.reader.models);
    config.reader.timeout_seconds = args.timeout.unwrap_or(config.reader.timeout_seconds);
    let settings = Settings::find(&config.reader)?;
    let limits = Limits { pages: config.reader.max_pages, ..Limits::default() };
    // A slow file at the head holds back the output of those behind it, so more are in work than there are readers.
    let ahead = settings.heavy * 4;
    let pool = Pool::new(settings);
    let bar = progress(args.files.len());
    let mut done = futures::stream::iter(&args.files).map(|path| read(&pool, path, &limits, args.tokens)).buffered(ahead);
    while let Some(one) = done.next().await {
        bar.suspend(|| print(&args, &one));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(ExitCode::SUCCESS)
}

fn models(name: &str) -> Result<Tier, String> {
    Tier::parse(name).ok_or_else(|| "one of fast, normal, thorough".to_owned())
}

async fn read(pool: &Pool, path: &Path, limits: &Limits, tokens: bool) -> Done {
    let file = path.to_string_lossy().into_owned();
    let bytes = match tokio::fs::read(path).await {
        Ok(bytes) => Bytes::from(bytes),
        Err(error) => {
            let message = format!("{file} cannot be opened: {error}");
            return Done { file, sha256: String::new(), outcome: Err(Failure { code: ErrorCode::Internal, message }) };
        }
    };
    let sha256 = hex(&Sha256::digest(&bytes));
    let verb = Verb::Read { context: Context::default(), tokens };
    let job = Job { limits: limits.clone(), ..Job::new(&file, verb, bytes) };
    let outcome = pool.run(job).await;
    Done { file, sha256, outcome }
}

fn print(args: &Args, done: &Done) {
    let Done { file, sha256, outcome } = done;
    match outcome {
        Err(Failure { code, message }) if args.json || args.tokens => {
            json(&Line::Error { file, error: Problem { code: *code, message } });
        }
        Err(failure) => output::line(format_args!("{file}\n  {failure}\n")),
        Ok(outcome) if args.tokens => json(&Line::Tokens { file, sha256, pages: &outcome.pages }),
        Ok(outcome) if args.json => {
            for reading in &outcome.readings {
                json(&Line::Reading { file, sha256, reading });
            }
        }
        Ok(outcome) => outcome.readings.iter().for_each(|reading| table(file, reading)),
    }
}

fn json(line: &Line<'_>) {
    match serde_json::to_string(line) {
        Ok(text) => output::line(text),
        Err(error) => output::error(&error),
    }
}

/// A reading for people.
fn table(file: &str, reading: &Reading) {
    output::line(file);
    let rows: Vec<[String; 4]> = reading
        .fields
        .iter()
        .map(|(name, field)| {
            let source = serde_json::to_value(field.source).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
            [name.as_str().to_owned(), field.value.clone(), format!("{:.0} %", field.confidence * 100.0), source]
        })
        .collect();
    output::table(["field", "value", "sure", "from"], &rows);
    for finding in &reading.findings {
        output::line(format_args!("! {}", finding.message));
    }
    output::line("");
}

fn progress(files: usize) -> ProgressBar {
    // Hidden by itself where standard error is no terminal.
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} files, {per_sec}, {eta} left");
    let bar = if files < 2 { ProgressBar::hidden() } else { ProgressBar::new(files as u64) };
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
