//! Bringing an old archive: a folder of files and a table of what they say.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::archive::{self as kept, Archived, Paper};
use store::{CompanyId, Scope, Store};

use crate::cli::{open, output};
use crate::config::Config;
use crate::moving::archive::{self, Archive, Line};
use crate::pages::lang;

/// Arguments of `postroom company archive`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name, id, tax id or address of the company
    company: String,
    /// The folder with the files
    folder: PathBuf,
    /// The table: CSV with a column `file`, and any of state (filed, approved, to_review), document_type, direction, period,
    /// payment_state, category, register, note, received, and the fields of invoices (invoice_number, issue_date, …)
    table: PathBuf,
    /// Say what is wrong with the table; bring nothing
    #[arg(long)]
    dry_run: bool,
}

type Error = Box<dyn std::error::Error + Send + Sync>;

/// What became of the lines.
#[derive(Default)]
struct Counts {
    added: usize,
    known: usize,
    wrong: usize,
}

/// Brings what is not there yet. It may be broken off at any time and begun again.
pub async fn run(store: &Store, scope: &Scope, config: &Config, args: Args) -> Result<ExitCode, Error> {
    let company = open::find_company(store, scope, &args.company).await?.id;
    let office = store::office::get(store, scope).await?.facts;
    let zone = TimeZone::get(&office.time_zone).unwrap_or(TimeZone::UTC);
    let bytes = std::fs::read(&args.table).map_err(|e| format!("cannot read {}: {e}", args.table.display()))?;
    let table = archive::read(&bytes, None, &office.country, &zone).map_err(|e| format!("{}: {e}", args.table.display()))?;
    let known = kept::known(store, scope, company).await?;
    let bar = bar(table.lines.len());
    let mut counts = Counts::default();
    for line in &table.lines {
        let said = if known.contains(&line.path) {
            counts.known += 1;
            Vec::new()
        } else {
            bring(store, scope, config, company, &args, line, &mut counts).await?
        };
        counts.wrong += usize::from(!said.is_empty());
        for sentence in said {
            bar.suspend(|| output::line(format_args!("line {}, {sentence}", line.line)));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    tell_rest(&args, &table);
    let verb = if args.dry_run { "would be added" } else { "added" };
    output::line(format_args!("{} {verb}, {} there already, {} not added", counts.added, counts.known, counts.wrong));
    Ok(if counts.wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn bar(lines: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}  {per_sec}, {eta} left");
    ProgressBar::new(lines as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Brings one paper; gives what is wrong with its line.
async fn bring(
    store: &Store,
    scope: &Scope,
    config: &Config,
    company: CompanyId,
    args: &Args,
    line: &Line,
    counts: &mut Counts,
) -> Result<Vec<String>, Error> {
    let said: Vec<String> =
        line.findings.iter().map(|finding| format!("{}: {}", finding.column, finding.sentence(lang::english()))).collect();
    if !said.is_empty() {
        return Ok(said);
    }
    let place = args.folder.join(&line.path);
    let content = match read(&place, config.http.max_upload_bytes) {
        Ok(content) => content,
        Err(problem) => return Ok(vec![problem]),
    };
    let Some(media_type) = archive::media_type(&content) else {
        let kinds = "it is no PDF, picture or XML: bring archives and mails with postroom import";
        return Ok(vec![format!("file: {}: {kinds}", place.display())]);
    };
    if args.dry_run {
        counts.added += 1;
        return Ok(Vec::new());
    }
    match kept::add(store, scope, company, paper(line, media_type, content)).await {
        Ok(Archived::Added(_)) => counts.added += 1,
        Ok(Archived::Known) => counts.known += 1,
        Err(store::Error::Invalid { message, .. } | store::Error::Conflict { message, .. }) => return Ok(vec![message]),
        Err(error) => return Err(error.into()),
    }
    Ok(Vec::new())
}

fn read(place: &Path, most: u64) -> Result<Vec<u8>, String> {
    let cannot = |error: std::io::Error| format!("file: cannot read {}: {error}", place.display());
    let size = std::fs::metadata(place).map_err(cannot)?.len();
    if size > most {
        return Err(format!("file: {} has {size} bytes, at most {most} are taken", place.display()));
    }
    std::fs::read(place).map_err(cannot)
}

fn paper(line: &Line, media_type: &str, content: Vec<u8>) -> Paper {
    Paper {
        path: line.path.clone(),
        media_type: media_type.to_owned(),
        content: content.into(),
        state: line.state,
        document_type: line.document_type,
        direction: line.direction,
        period: line.period.clone(),
        booking: line.booking.clone(),
        payment_state: line.payment_state,
        values: line.values.clone(),
        received_at: line.received_at.unwrap_or_else(Timestamp::now),
    }
}

/// Names what the table does not: nothing is left behind in silence.
fn tell_rest(args: &Args, table: &Archive) {
    if !table.unknown.is_empty() {
        output::line(format_args!("columns that were not used: {}", table.unknown.join(", ")));
    }
    let named: BTreeSet<&str> = table.lines.iter().map(|line| line.path.as_str()).collect();
    let mut rest = Vec::new();
    files(&args.folder, &args.folder, &mut rest);
    let own = args.table.canonicalize().ok();
    let is_table = |path: &str| own.is_some() && args.folder.join(path).canonicalize().ok() == own;
    rest.retain(|path| !named.contains(path.as_str()) && !is_table(path));
    rest.sort();
    for path in rest.iter().take(20) {
        output::line(format_args!("not in the table: {path}"));
    }
    if rest.len() > 20 {
        output::line(format_args!("not in the table: {} more", rest.len() - 20));
    }
}

fn files(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, kind) = (entry.path(), entry.file_type());
        if kind.as_ref().is_ok_and(std::fs::FileType::is_dir) {
            files(root, &path, found);
        } else if let Ok(inner) = path.strip_prefix(root) {
            found.push(inner.to_string_lossy().replace('\\', "/"));
        }
    }
}
