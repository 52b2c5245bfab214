//! `postroom config`

use std::process::ExitCode;

use super::{Outcome, output};
use crate::config::{Config, DEFAULT_FILE};

/// Arguments of `postroom config`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the commented default file instead
    #[arg(long)]
    default: bool,
}

/// Prints a configuration.
pub fn run(args: &Args, config: &Config) -> Outcome {
    match args.default {
        true => output::raw(DEFAULT_FILE),
        false => output::raw(&toml::to_string(config)?),
    }
    Ok(ExitCode::SUCCESS)
}
