//! `postroom reindex`

use std::process::ExitCode;

use store::{Scope, office, search};

use super::{Outcome, open, output};
use crate::config::Config;

/// Arguments of `postroom reindex`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Writes anew what papers and mails are found by. The service may run meanwhile.
pub async fn run(_args: Args, config: &Config) -> Outcome {
    let store = open::open(config).await?;
    for office in office::list(&store).await? {
        let written = search::rebuild(&store, &Scope::operator(office.id)).await?;
        output::line(format_args!("{}: {written} documents and mails are found by their words", office.facts.name));
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}
