//! Taking a company away as a pack, and bringing one in.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use store::{Scope, Store};
use tokio::sync::mpsc::channel;

use crate::cli::{open, output};
use crate::config::Config;
use crate::moving::unpack::Brought;
use crate::moving::{pack, target, unpack};

type Done = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Arguments of `postroom company pack`.
#[derive(Debug, clap::Args)]
pub struct PackArgs {
    /// Name, id, tax id or address of the company
    company: String,
    /// Where to: a name that ends with .zip, or a folder that is not there yet
    target: PathBuf,
}

/// Files on their way to the disk.
const AHEAD: usize = 16;

/// Writes a company with all its papers.
pub async fn pack(store: &Store, scope: &Scope, args: PackArgs) -> Done {
    let company = open::find_company(store, scope, &args.company).await?;
    let (to, pieces) = channel(AHEAD);
    let place = args.target.clone();
    let writer =
        tokio::task::spawn_blocking(move || match place.extension().is_some_and(|end| end.eq_ignore_ascii_case("zip")) {
            true => target::into_zip_file(&place, pieces),
            false => target::into_folder(&place, pieces),
        });
    let sent = pack::send(store, scope, &company, to).await;
    writer.await?.map_err(|e| format!("cannot write {}: {e}", args.target.display()))?;
    sent.map_err(|problem| problem.sentence())?;
    output::line(format_args!("{} is in {}", company.facts.name, args.target.display()));
    Ok(())
}

/// Arguments of `postroom company unpack`.
#[derive(Debug, clap::Args)]
pub struct UnpackArgs {
    /// The pack: a folder, or what a ZIP was unpacked into
    folder: PathBuf,
    /// Go on with this company, where an earlier run was broken off
    #[arg(long)]
    into: Option<String>,
    /// Check all hashes; bring nothing
    #[arg(long)]
    dry_run: bool,
}

/// Checks a pack and brings it in.
pub async fn unpack(store: &Store, scope: &Scope, config: &Config, args: UnpackArgs) -> Done {
    let pack = unpack::open(&args.folder).map_err(|e| format!("{}: {e}", args.folder.display()))?;
    output::line(format_args!("every hash is right: {}", pack.about.facts.name));
    if args.dry_run {
        return Ok(());
    }
    let mut brought = Brought::default();
    let company = match &args.into {
        Some(wanted) => open::find_company(store, scope, wanted).await?.id,
        None => pack.create(store, scope, &config.smtp.hostname, &mut brought).await?,
    };
    output::line(format_args!("company {company}; if this is broken off, go on with --into {company}"));
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} files, {eta} left");
    let bar = ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let step = |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    };
    pack.bring(store, scope, company, &mut brought, step).await?;
    bar.finish_and_clear();
    let rows: Vec<_> = brought.rows.iter().map(|(table, count)| [(*table).to_owned(), count.to_string()]).collect();
    output::table(["ROWS", "NEW"], &rows);
    output::line(format_args!("{} files", brought.files));
    if !brought.addresses.is_empty() {
        output::line(format_args!("its addresses here as well: {}", brought.addresses.join(", ")));
    }
    if !brought.taken.is_empty() {
        output::line(format_args!("taken here, or not of a form that is used here: {}", brought.taken.join(", ")));
    }
    Ok(())
}
