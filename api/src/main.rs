//! The `postroom` command: the service, its workers and the tools beside them.

mod chase;
mod cli;
mod config;
mod export;
mod http;
mod mail_out;
mod moving;
mod oidc;
mod pages;
mod passkey;
mod password;
mod pool;
mod totp;
mod webhooks;
mod worker;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // First of all: two TLS providers are in the dependency tree, and rustls panics at first use unless one is chosen.
    // An error means that one is installed already, which is all we want.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    cli::run(cli::Cli::parse())
}
