//! `postroom ksef`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use ingest::channel::ksef as channel;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::ksef::{self, NewInbox};

use super::mailbox::secret;
use super::open::OfficeChoice;
use super::{Outcome, doors, open, output};
use crate::config::Config;

/// Arguments of `postroom ksef`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    office: OfficeChoice,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Set a company's inbox at KSeF up, or change its token
    Set {
        /// The company
        company: String,
        /// File with a KSeF token that may read invoices; - for standard input
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
        /// Its NIP [default: the company's own]
        #[arg(long)]
        nip: Option<String>,
        /// Fetch invoices from this day on, like 2026-07-01 [default: the first day of the month before]
        #[arg(long)]
        since: Option<Date>,
    },
    /// List the inboxes and how fetching goes
    List,
    /// Sign in and list, without keeping anything
    Test {
        /// The company
        company: String,
        /// File with the token to try; - for standard input
        #[arg(long, value_name = "FILE")]
        token_file: PathBuf,
        /// Its NIP [default: the company's own]
        #[arg(long)]
        nip: Option<String>,
    },
    /// Stop fetching; what was fetched stays
    Remove {
        /// The company
        company: String,
    },
}

/// Runs it.
pub async fn run(args: Args, config: &Config) -> Outcome {
    let store = open::open(config).await?;
    let scope = args.office.scope(&store).await?;
    let now = Timestamp::now();
    match args.action {
        Action::Set { company, token_file, nip, since } => {
            let company = open::find_company(&store, &scope, &company).await?;
            let token = token_file.as_ref().map(secret).transpose()?;
            let since = since.map(|day| day.to_zoned(TimeZone::UTC)).transpose()?.map(|day| day.timestamp());
            let inbox = ksef::put(&store, &scope, company.id, NewInbox { nip, token, since }, now).await?;
            output::line(format_args!("{}: NIP {}, invoices from {} on", company.facts.name, inbox.nip, inbox.point));
        }
        Action::List => {
            let companies = store::company::list(&store, &scope).await?;
            let inboxes = ksef::list(&store, &scope).await?;
            let rows: Vec<_> = inboxes
                .into_iter()
                .map(|inbox| {
                    let company = companies.iter().find(|company| company.id == inbox.company);
                    [
                        company.map(|company| company.facts.name.clone()).unwrap_or_default(),
                        inbox.nip,
                        inbox.fetched.to_string(),
                        inbox.waiting.to_string(),
                        inbox.checked_at.map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default(),
                        inbox.message.or(inbox.stuck).unwrap_or_default(),
                    ]
                })
                .collect();
            output::table(["COMPANY", "NIP", "FETCHED", "WAITING", "CHECKED", "PROBLEM"], &rows);
        }
        Action::Test { company, token_file, nip } => {
            let company = open::find_company(&store, &scope, &company).await?;
            let nip = ksef::nip(nip.as_deref(), &company.facts.tax_ids)?;
            let seen = channel::try_out(&doors::ksef_settings(config), &nip, &secret(&token_file)?).await;
            let seen = seen.map_err(|trouble| format!("{}: {trouble}", company.facts.name))?;
            output::line(format_args!(
                "{}: signed in; {seen} invoices of the last 30 days on the first page",
                company.facts.name
            ));
        }
        Action::Remove { company } => {
            let company = open::find_company(&store, &scope, &company).await?;
            ksef::remove(&store, &scope, company.id).await?;
        }
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}
