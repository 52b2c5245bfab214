//! `postroom openapi`

use std::process::ExitCode;

use super::{Outcome, output};

/// Arguments of `postroom openapi`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Prints the description as JSON.
pub fn run(_args: &Args) -> Outcome {
    output::line(crate::http::openapi().to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}
