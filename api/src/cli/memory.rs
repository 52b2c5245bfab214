//! `postroom memory`

use std::process::ExitCode;

use clap::Subcommand;
use store::MemoryId;
use store::memory;

use super::open::OfficeChoice;
use super::{Outcome, open, output};
use crate::config::Config;

/// Arguments of `postroom memory`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    office: OfficeChoice,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List what approvals taught about sellers' papers
    List {
        /// A part of the seller's name, or of its tax id or IBAN
        seller: Option<String>,
    },
    /// Forget a layout
    Forget {
        /// Its id
        memory: MemoryId,
    },
    /// Take back what the last approval taught
    Revert {
        /// Its id
        memory: MemoryId,
    },
}

/// Runs it.
pub async fn run(args: Args, config: &Config) -> Outcome {
    let store = open::open(config).await?;
    let scope = args.office.scope(&store).await?;
    match args.action {
        Action::List { seller } => {
            let row = |m: memory::Memory| {
                let taught: Vec<&str> = m.lessons.iter().filter(|l| l.corrected).map(|l| l.field.as_str()).collect();
                let fields = m.lessons.len().to_string();
                [m.id.to_string(), m.seller, m.seller_name, m.version.to_string(), fields, taught.join(", ")]
            };
            let rows: Vec<_> = memory::list(&store, &scope, seller.as_deref()).await?.into_iter().map(row).collect();
            output::table(["ID", "SELLER", "NAME", "VERSION", "FIELDS", "CORRECTED"], &rows);
        }
        Action::Forget { memory } => memory::revoke(&store, &scope, memory).await?,
        Action::Revert { memory } => memory::revert(&store, &scope, memory).await?,
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}
