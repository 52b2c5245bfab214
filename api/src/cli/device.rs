//! `postroom device`

use std::process::ExitCode;

use clap::Subcommand;
use jiff::Timestamp;
use store::DeviceId;
use store::device;

use super::open::OfficeChoice;
use super::{Outcome, open, output};
use crate::config::Config;

/// Arguments of `postroom device`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    office: OfficeChoice,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a login for a scanner or printer; prints its secret once
    Add {
        /// Name, id, tax id or address of the company it sends for
        company: String,
        /// Which device it is
        name: String,
    },
    /// List the logins
    List,
    /// Take a login away
    Revoke {
        /// Its id or login
        device: String,
    },
}

/// Runs it.
pub async fn run(args: Args, config: &Config) -> Outcome {
    let store = open::open(config).await?;
    let scope = args.office.scope(&store).await?;
    match args.action {
        Action::Add { company, name } => {
            let company = open::find_company(&store, &scope, &company).await?;
            let new = device::create(&store, &scope, company.id, &name).await?;
            output::line(format_args!("{}  {}", new.login, new.secret));
        }
        Action::List => {
            let companies = store::company::list(&store, &scope).await?;
            let name = |id| companies.iter().find(|c| c.id == id).map(|c| c.facts.name.clone()).unwrap_or_default();
            let day = |at: Option<Timestamp>| at.map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_default();
            let rows: Vec<_> = device::list(&store, &scope)
                .await?
                .into_iter()
                .map(|d| [d.id.to_string(), d.login, d.name, name(d.company), day(d.revoked_at)])
                .collect();
            output::table(["ID", "LOGIN", "NAME", "COMPANY", "REVOKED"], &rows);
        }
        Action::Revoke { device: wanted } => {
            let devices = device::list(&store, &scope).await?;
            let found = devices.iter().find(|d| d.login == wanted.to_lowercase() || d.id.to_string() == wanted);
            let id: DeviceId = found.map(|d| d.id).ok_or("there is no such login; see `postroom device list`")?;
            device::revoke(&store, &scope, id).await?;
        }
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}
