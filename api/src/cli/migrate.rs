//! `postroom migrate`

use std::process::ExitCode;

use super::{Outcome, open, output};
use crate::config::Config;

/// Arguments of `postroom migrate`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Brings the schema up to date.
pub async fn run(_args: Args, config: &Config) -> Outcome {
    let store = open::open_as_is(config).await?;
    match store.migrate().await? {
        0 => output::line("the schema is up to date"),
        n => output::line(format_args!("{n} migrations applied")),
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}
