//! `postroom spv`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use ingest::channel::spv::pasted;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::spv::grant::{self, GrantFacts};
use store::spv::{self, Inbox, NewInbox, SpvAccess};
use store::{Scope, Store};

use super::mailbox::secret;
use super::open::OfficeChoice;
use super::{Outcome, open, output};
use crate::config::Config;

/// Arguments of `postroom spv`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    office: OfficeChoice,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Set a company's inbox at SPV up, or change how it is entered
    Set {
        /// The company
        company: String,
        /// File with a refresh token that ANAF granted for this company; - for standard input
        #[arg(long, value_name = "FILE")]
        refresh_token_file: Option<PathBuf>,
        /// Enter it with the office's grant
        #[arg(long, conflicts_with = "refresh_token_file")]
        office_grant: bool,
        /// Its CIF [default: the company's own]
        #[arg(long)]
        cif: Option<String>,
        /// Fetch invoices from this day on, like 2026-07-01 [default: the first day of the month before; SPV keeps 60 days]
        #[arg(long)]
        since: Option<Date>,
    },
    /// List the inboxes and how fetching goes
    List,
    /// Stop fetching; what was fetched stays
    Remove {
        /// The company
        company: String,
    },
    /// What ANAF granted the office, for companies that gave its people rights in SPV
    #[command(subcommand)]
    Grant(OfficeAction),
}

#[derive(Debug, Subcommand)]
enum OfficeAction {
    /// Give the office its refresh token, or a newer one
    Set {
        /// File with it; - for standard input
        #[arg(long, value_name = "FILE")]
        refresh_token_file: PathBuf,
    },
    /// Say since when it is there and when it ends
    Show,
    /// Take it away
    Remove,
}

/// Runs it.
pub async fn run(args: Args, config: &Config) -> Outcome {
    let store = open::open(config).await?;
    let scope = args.office.scope(&store).await?;
    let now = Timestamp::now();
    match args.action {
        Action::Set { company, refresh_token_file, office_grant, cif, since } => {
            let company = open::find_company(&store, &scope, &company).await?;
            let granted = refresh_token_file.as_ref().map(secret).transpose()?.map(|token| pasted(&token));
            let since = since.map(|day| day.to_zoned(TimeZone::UTC)).transpose()?.map(|day| day.timestamp());
            let access = office_grant.then_some(SpvAccess::Office);
            let inbox = spv::put(&store, &scope, company.id, NewInbox { cif, access, since, granted }, now).await?;
            let (name, cif, point) = (company.facts.name, &inbox.cif, inbox.point);
            output::line(format_args!("{name}: CIF {cif}, with {}, invoices from {point} on", entered(inbox.access)));
        }
        Action::List => list(&store, &scope).await?,
        Action::Remove { company } => {
            let company = open::find_company(&store, &scope, &company).await?;
            spv::remove(&store, &scope, company.id).await?;
        }
        Action::Grant(OfficeAction::Set { refresh_token_file }) => {
            let facts = grant::put(&store, &scope, pasted(&secret(&refresh_token_file)?), now).await?;
            output::line(format_args!("{}", described(&facts)));
        }
        Action::Grant(OfficeAction::Show) => match grant::get(&store, &scope).await? {
            Some(facts) => output::line(format_args!("{}", described(&facts))),
            None => output::line(format_args!("ANAF has granted the office nothing")),
        },
        Action::Grant(OfficeAction::Remove) => grant::remove(&store, &scope).await?,
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

fn entered(access: SpvAccess) -> &'static str {
    match access {
        SpvAccess::Own => "a grant of its own",
        SpvAccess::Office => "the office's grant",
    }
}

fn described(facts: &GrantFacts) -> String {
    let since = facts.granted_at.strftime("%Y-%m-%d");
    match facts.until {
        Some(until) => format!("granted on {since}, until {} if it is not renewed before", until.strftime("%Y-%m-%d")),
        None => format!("granted on {since}"),
    }
}

async fn list(store: &Store, scope: &Scope) -> store::Result<()> {
    let companies = store::company::list(store, scope).await?;
    let row = |inbox: Inbox| {
        let company = companies.iter().find(|company| company.id == inbox.company);
        [
            company.map(|company| company.facts.name.clone()).unwrap_or_default(),
            inbox.cif,
            entered(inbox.access).to_owned(),
            inbox.fetched.to_string(),
            inbox.waiting.to_string(),
            inbox.checked_at.map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default(),
            inbox.message.or(inbox.stuck).unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = spv::list(store, scope).await?.into_iter().map(row).collect();
    output::table(["COMPANY", "CIF", "ENTERED WITH", "FETCHED", "WAITING", "CHECKED", "PROBLEM"], &rows);
    Ok(())
}
