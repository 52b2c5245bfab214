//! The command line: one file a command, each with its `Args` and `run`.

mod alone;
mod backup;
mod company;
mod completions;
mod config;
mod demo;
mod device;
mod doctor;
mod doors;
mod import;
mod ksef;
mod mailbox;
mod memory;
mod migrate;
mod office;
mod open;
mod openapi;
mod output;
mod read;
mod reindex;
mod serve;
mod spv;
mod token;
mod user;
mod worker;

pub use doors::spv_settings;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, Format, Log, load};

/// What a command answers: the exit status, or an error whose text tells the user what to do.
pub type Outcome = Result<ExitCode, Box<dyn std::error::Error + Send + Sync>>;

/// The post room of an accounting office: takes in invoice mails, keeps them, reads them.
#[derive(Debug, Parser)]
#[command(name = "postroom", version, max_term_width = 110, arg_required_else_help = true)]
pub struct Cli {
    /// Configuration file [default: ./postroom.toml, then /etc/postroom/postroom.toml, where they exist]
    #[arg(long, short, global = true, value_name = "FILE", env = "POSTROOM_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service: mail in, API and pages, and workers
    Serve(serve::Args),
    /// Run workers only, beside services started with --no-workers
    Worker(worker::Args),
    /// Run a whole office on this machine with sample mails, to look around
    Demo(demo::Args),
    /// Read papers without a server and print what they say
    Read(read::Args),
    /// Take in files for a company, as if they had been uploaded
    Import(import::Args),
    /// Bring the database's schema up to date
    Migrate(migrate::Args),
    /// Write anew what papers and mails are found by (after a restore, or rows that were made by other means)
    Reindex(reindex::Args),
    /// Copy everything but the master key into a folder, while the service runs (SQLite)
    Backup(backup::Args),
    /// Check that all mails and papers are there, unchanged, and that no audit was changed (after a restore)
    Check(backup::CheckArgs),
    /// Add and list offices
    Office(office::Args),
    /// Add and list companies, their addresses and PINs
    Company(company::Args),
    /// Add, list, remove and erase people, set passwords
    User(user::Args),
    /// Make, list and revoke tokens
    Token(token::Args),
    /// Make, list and revoke logins of scanners and printers that send mail
    Device(device::Args),
    /// Add, list, test and remove mailboxes elsewhere that mail is fetched from (IMAP)
    Mailbox(mailbox::Args),
    /// Set up, list, test and remove companies' inboxes at KSeF that e-invoices are fetched from
    Ksef(ksef::Args),
    /// Set up, list and remove companies' inboxes at SPV that e-invoices are fetched from
    Spv(spv::Args),
    /// List, take back and forget what approvals taught about sellers' papers
    Memory(memory::Args),
    /// Check database, blobs, native parts, sandbox and OCR languages
    Doctor(doctor::Args),
    /// Print the configuration in force, secrets masked
    Config(config::Args),
    /// Print the OpenAPI description of the API
    Openapi(openapi::Args),
    /// Print completions for a shell
    Completions(completions::Args),
}

/// Runs a parsed command line to its end.
pub fn run(cli: Cli) -> ExitCode {
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(std::boxed::Box::pin(dispatch(cli))));
    outcome.unwrap_or_else(|error| {
        output::error(&*error);
        ExitCode::FAILURE
    })
}

async fn dispatch(cli: Cli) -> Outcome {
    let config = configuration(cli.config)?;
    match cli.command {
        Command::Serve(args) => serve::run(args, config).await,
        Command::Worker(args) => worker::run(args, config).await,
        Command::Demo(args) => demo::run(args, config).await,
        Command::Read(args) => read::run(args, config).await,
        Command::Import(args) => import::run(args, &config).await,
        Command::Migrate(args) => migrate::run(args, &config).await,
        Command::Reindex(args) => reindex::run(args, &config).await,
        Command::Backup(args) => backup::run(args, &config).await,
        Command::Check(args) => backup::check(args, &config).await,
        Command::Office(args) => office::run(args, &config).await,
        Command::Company(args) => company::run(args, &config).await,
        Command::User(args) => user::run(args, &config).await,
        Command::Token(args) => token::run(args, &config).await,
        Command::Device(args) => device::run(args, &config).await,
        Command::Mailbox(args) => mailbox::run(args, &config).await,
        Command::Ksef(args) => ksef::run(args, &config).await,
        Command::Spv(args) => spv::run(args, &config).await,
        Command::Memory(args) => memory::run(args, &config).await,
        Command::Doctor(args) => doctor::run(args, &config).await,
        Command::Config(args) => config::run(&args, &config),
        Command::Openapi(args) => openapi::run(&args),
        Command::Completions(args) => completions::run(&args),
    }
}

fn configuration(file: Option<PathBuf>) -> Result<Config, crate::config::ConfigError> {
    let usual = ["postroom.toml", "/etc/postroom/postroom.toml"];
    let file = file.or_else(|| usual.iter().map(PathBuf::from).find(|path| Path::is_file(path)));
    load(
        file.as_deref(),
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
    )
}

/// Starts the log of a long-running command. PINs, subjects and amounts never go there.
fn start_log(log: &Log) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let filter = tracing_subscriber::EnvFilter::try_new(&log.level).map_err(|e| format!("[log] level {:?}: {e}", log.level))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match log.format {
        Format::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        Format::Json => builder.json().flatten_event(true).init(),
    }
    Ok(())
}
