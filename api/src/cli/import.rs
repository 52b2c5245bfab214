//! `postroom import`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ingest::channel::upload::{Upload, upload};
use ocr::reading::{Direction, DocumentType};
use store::accept::{Accepted, Channel};
use store::{CompanyId, Scope, Store};

use super::open::OfficeChoice;
use super::{Outcome, open, output};
use crate::config::Config;

/// Arguments of `postroom import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    office: OfficeChoice,
    /// Files: papers, archives, or mails (.eml)
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Name, id, tax id or address of the company they are for
    #[arg(long)]
    company: String,
    /// Period they belong to, YYYY-MM
    #[arg(long)]
    period: Option<String>,
}

/// Keeps the files; a worker (of `postroom serve`) takes them from there.
pub async fn run(args: Args, config: &Config) -> Outcome {
    let store = open::open(config).await?;
    let scope = args.office.scope(&store).await?;
    let company = open::find_company(&store, &scope, &args.company).await?.id;
    let mut failed = false;
    for file in &args.files {
        match import(&store, &scope, company, file, args.period.clone()).await {
            Ok(kept) if kept.duplicate => {
                output::line(format_args!("{}: is there already ({})", file.display(), kept.submission));
            }
            Ok(kept) => output::line(format_args!("{}: kept ({})", file.display(), kept.submission)),
            Err(error) => {
                failed = true;
                output::error(&*error);
            }
        }
    }
    store.close().await;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn import(
    store: &Store,
    scope: &Scope,
    company: CompanyId,
    file: &Path,
    period: Option<String>,
) -> Result<Accepted, Box<dyn std::error::Error + Send + Sync>> {
    let bytes = std::fs::read(file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
    let new = Upload {
        company,
        channel: Channel::Import,
        user: None,
        peer: None,
        file_name: file.file_name().map(|name| name.to_string_lossy().into_owned()),
        period,
        direction: Direction::None,
        document_type: None::<DocumentType>,
        split: None,
        together: false,
        bytes: bytes.into(),
    };
    Ok(upload(store, scope, new).await.map_err(|e| format!("{}: {e}", file.display()))?)
}
