//! `postroom backup` and `postroom check`

use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::process::ExitCode;

use store::backup::{self, Found};
use store::{Store, audit, office};

use super::{Outcome, open, output};
use crate::config::Config;

/// Arguments of `postroom backup`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of the copy; a copy that is there is brought up to date
    folder: PathBuf,
}

/// Arguments of `postroom check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Only look whether files are there and as long as they were, without reading them
    #[arg(long)]
    quick: bool,
}

/// Copies everything but the master key; the service may run meanwhile. Exit status 1 if something cannot be had any more.
pub async fn run(args: Args, config: &Config) -> Outcome {
    let folder = &args.folder;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    let same = |path: &std::path::Path| path.canonicalize().ok();
    if same(folder) == same(&config.storage.folder) {
        return Err("this is the data folder itself: name another one, best on another disk".into());
    }
    let store = open::open_as_is(config).await?;
    let found = backup::copy(&store, folder).await?;
    store.close().await;
    let Found { blobs, new, removed, .. } = found;
    output::line(format_args!("{}: all rows, and {blobs} files ({new} new, {removed} removed)", folder.display()));
    let key = config.storage.for_store().key_file;
    output::line(format_args!("Not in it: the master key, {}. Keep a copy of that elsewhere.", key.display()));
    Ok(lost(&found))
}

/// Looks whether all is there that rows name, and whether the audits are whole. Exit status 1 if not.
pub async fn check(args: CheckArgs, config: &Config) -> Outcome {
    let store = open::open_as_is(config).await?;
    let found = backup::check(&store, !args.quick).await?;
    let how = if args.quick { "are there" } else { "are there, unchanged" };
    let good = found.blobs - found.lost.len() as u64;
    output::line(format_args!("{good} of {} files of mails and papers ({} MB) {how}", found.blobs, found.bytes / 1_000_000));
    let audits = audits(&store).await?;
    store.close().await;
    let files = lost(&found);
    Ok(if audits { files } else { ExitCode::FAILURE })
}

/// Names what is lost.
fn lost(found: &Found) -> ExitCode {
    for one in &found.lost {
        output::line(format_args!("LOST  office {}  sha256 {}: {}", one.office, one.sha256, one.why));
    }
    if found.lost.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// True where no audit was changed.
async fn audits(store: &Store) -> Result<bool, store::Error> {
    let mut whole = true;
    for office in office::list(store).await? {
        let name = &office.facts.name;
        match audit::verify(store, office.id).await? {
            None => output::line(format_args!("the audit of {name} is whole")),
            Some(broken) => {
                whole = false;
                output::line(format_args!(
                    "CHANGED  the audit of {name}: entry {} (id {}) is not what was sealed",
                    broken.seq, broken.audit
                ));
            }
        }
    }
    Ok(whole)
}
