//! `postroom import`

use std::collections::HashMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use ingest::channel::upload::{Upload, upload};
use ocr::reading::{Direction, DocumentType};
use store::accept::Channel;
use store::{CompanyId, Scope, Store, SubmissionId, mailbox};

use super::open::OfficeChoice;
use super::{Outcome, open, output, serve};
use crate::config::Config;

/// A watched folder is looked at this often.
const LOOK: Duration = Duration::from_secs(2);
/// Folders within folders.
const DEPTH: usize = 32;

/// Arguments of `postroom import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    office: OfficeChoice,
    /// Files (papers, archives, mails as .eml), or folders with all that is in them
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Name, id, tax id or address of the company they are for
    #[arg(long)]
    company: String,
    /// Period they belong to, YYYY-MM
    #[arg(long)]
    period: Option<String>,
    /// Go on and take what is put into the folders from now on, until stopped
    #[arg(long)]
    watch: bool,
}

/// Keeps the files; a worker (of `postroom serve`) takes them from there. What came before, in this run or an earlier one, is told and
/// not kept twice: an import that was cut off is simply started again.
pub async fn run(args: Args, config: &Config) -> Outcome {
    let store = open::open(config).await?;
    let scope = args.office.scope(&store).await?;
    let company = open::find_company(&store, &scope, &args.company).await?.id;
    let mut import = Import { store: &store, scope, company, period: args.period, seen: HashMap::new(), failed: 0 };
    for missing in args.files.iter().filter(|path| !path.exists()) {
        import.failed += 1;
        output::error(&*Problem::from(format!("cannot read {}: there is no such file or folder", missing.display())));
    }
    import.all(files(&args.files)).await;
    if args.watch {
        import.watch(&args.files).await?;
    }
    let failed = import.failed > 0;
    store.close().await;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

type Problem = Box<dyn std::error::Error + Send + Sync>;

/// What a file looked like: one that is still being written looks different the next time.
type Look = (u64, Option<SystemTime>);

struct Import<'a> {
    store: &'a Store,
    scope: Scope,
    company: CompanyId,
    period: Option<String>,
    /// Files that were taken, as they looked then.
    seen: HashMap<PathBuf, Look>,
    failed: u32,
}

/// What became of a file.
enum Kept {
    New(SubmissionId),
    Known(Option<SubmissionId>),
}

impl Import<'_> {
    /// Keeps files, with a bar where somebody looks.
    async fn all(&mut self, files: Vec<PathBuf>) {
        let bar = match files.len() > 1 && std::io::stderr().is_terminal() {
            true => ProgressBar::new(files.len() as u64),
            false => ProgressBar::hidden(),
        };
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {wide_msg}") {
            bar.set_style(style);
        }
        let (mut new, mut known) = (0u32, 0u32);
        let count = files.len();
        for file in files {
            bar.set_message(file.display().to_string());
            let outcome = self.one(&file).await;
            bar.suspend(|| self.tell(&file, &outcome));
            match outcome {
                Ok(Kept::New(_)) => new += 1,
                Ok(Kept::Known(_)) => known += 1,
                Err(_) => self.failed += 1,
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        if count > 1 {
            output::line(format_args!("{new} kept, {known} there already, {} failed", self.failed));
        }
    }

    fn tell(&self, file: &Path, outcome: &Result<Kept, Problem>) {
        match outcome {
            Ok(Kept::New(id)) => output::line(format_args!("{}: kept ({id})", file.display())),
            Ok(Kept::Known(Some(id))) => output::line(format_args!("{}: is there already ({id})", file.display())),
            Ok(Kept::Known(None)) => output::line(format_args!("{}: is there already", file.display())),
            Err(error) => output::error(&**error),
        }
    }

    async fn one(&mut self, file: &Path) -> Result<Kept, Problem> {
        if let Some(look) = look(file) {
            self.seen.insert(file.to_owned(), look);
        }
        let bytes = Bytes::from(std::fs::read(file).map_err(|e| format!("cannot read {}: {e}", file.display()))?);
        let wrong = |e: store::Error| format!("{}: {e}", file.display());
        if mailbox::has_arrived(self.store, self.scope.office(), self.company, &bytes).await.map_err(wrong)? {
            return Ok(Kept::Known(None));
        }
        let new = Upload {
            company: self.company,
            channel: Channel::Import,
            user: None,
            peer: None,
            file_name: file.file_name().map(|name| name.to_string_lossy().into_owned()),
            period: self.period.clone(),
            direction: Direction::None,
            document_type: None::<DocumentType>,
            split: None,
            together: false,
            bytes,
        };
        let accepted = upload(self.store, &self.scope, new).await.map_err(wrong)?;
        Ok(if accepted.duplicate { Kept::Known(Some(accepted.submission)) } else { Kept::New(accepted.submission) })
    }

    /// Takes what comes into the folders. A file is taken once it has looked the same twice: what is still being copied is not.
    async fn watch(&mut self, folders: &[PathBuf]) -> Result<(), Problem> {
        let stop = serve::stop_signal()?;
        let mut before: HashMap<PathBuf, Look> = HashMap::new();
        output::line(format_args!("watching; Ctrl-C ends"));
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(LOOK) => {}
            }
            let now: HashMap<PathBuf, Look> =
                files(folders).into_iter().filter_map(|file| look(&file).map(|look| (file, look))).collect();
            let still = |file: &&PathBuf| before.get(*file) == now.get(*file) && self.seen.get(*file) != now.get(*file);
            let mut ready: Vec<PathBuf> = now.keys().filter(still).cloned().collect();
            ready.sort();
            if !ready.is_empty() {
                self.all(ready).await;
            }
            before = now;
        }
    }
}

fn look(file: &Path) -> Option<Look> {
    let facts = std::fs::metadata(file).ok()?;
    Some((facts.len(), facts.modified().ok()))
}

/// Files named, and those in folders named, in order. Hidden ones and those that programs leave while they write are passed over.
fn files(named: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in named {
        match path.is_dir() {
            true => found.extend(within(path)),
            false if path.is_file() => found.push(path.clone()),
            false => {}
        }
    }
    found
}

fn within(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            // Links are not followed: they may lead in circles.
            let Ok(kind) = entry.file_type() else { continue };
            if is_passed_over(&name) {
                continue;
            }
            if kind.is_dir() && depth < DEPTH {
                open.push((path, depth + 1));
            } else if kind.is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn is_passed_over(name: &str) -> bool {
    let ends = [".part", ".tmp", ".crdownload", ".partial", "~"];
    name.starts_with('.')
        || name.starts_with("~$")
        || ends.iter().any(|end| name.ends_with(end))
        || matches!(name, "Thumbs.db" | "desktop.ini")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_give_their_files_in_order() {
        let folder = std::env::temp_dir().join(format!("postroom-import-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("b/c")).unwrap();
        for name in ["b/c/2.pdf", "1.pdf", ".hidden", "3.pdf.part", "b/~$x.docx"] {
            std::fs::write(folder.join(name), "x").unwrap();
        }
        let found = files(&[folder.clone(), folder.join("none")]);
        assert_eq!(found, [folder.join("1.pdf"), folder.join("b/c/2.pdf")]);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
