//! `postroom completions SHELL`

use std::process::ExitCode;

use clap::CommandFactory;

use super::{Cli, Outcome};

/// Arguments of `postroom completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// bash, zsh, fish, elvish or powershell
    shell: clap_complete::Shell,
}

/// Prints the completion script.
pub fn run(args: &Args) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "postroom", &mut script);
    super::output::raw(&String::from_utf8_lossy(&script));
    Ok(ExitCode::SUCCESS)
}
