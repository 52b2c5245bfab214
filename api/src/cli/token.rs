//! `postroom token`

use std::process::ExitCode;

use clap::Subcommand;
use jiff::{SignedDuration, Timestamp};
use store::token::{self, NewToken};
use store::{Role, Scope, Store, TokenId};

use super::open::OfficeChoice;
use super::{Outcome, open, output};
use crate::config::Config;

/// Arguments of `postroom token`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    office: OfficeChoice,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token for a program or device; prints it once
    Add {
        /// What it is for
        name: String,
        /// owner, admin, bookkeeper, read_only, company_admin, company_member or scanner
        #[arg(long, default_value = "bookkeeper")]
        role: Role,
        /// Only for this company
        #[arg(long)]
        company: Option<String>,
        /// Days until it ends [default: never]
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
        days: Option<u16>,
    },
    /// List the tokens
    List,
    /// Print user name and token for the XML calls (docs/xml-api.md) in the name of a token
    Signing {
        /// Its id or its first characters
        token: String,
    },
    /// Take a token away
    Revoke {
        /// Its id or its first characters
        token: String,
    },
}

/// Runs it.
pub async fn run(args: Args, config: &Config) -> Outcome {
    let store = open::open(config).await?;
    let scope = args.office.scope(&store).await?;
    match args.action {
        Action::Add { name, role, company, days } => {
            let company = match company {
                Some(wanted) => Some(open::find_company(&store, &scope, &wanted).await?.id),
                None => None,
            };
            let expires_at = days.map(|days| Timestamp::now() + SignedDuration::from_hours(24 * i64::from(days)));
            let (_, secret) = token::create(&store, &scope, NewToken { name, role, company, expires_at }).await?;
            output::line(secret);
        }
        Action::List => {
            let day = |at: Option<Timestamp>| at.map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_default();
            let rows: Vec<_> = token::list(&store, &scope)
                .await?
                .into_iter()
                .map(|t| [t.id.to_string(), t.prefix, t.name, t.role.to_string(), day(t.expires_at), day(t.revoked_at)])
                .collect();
            output::table(["ID", "BEGINS", "NAME", "ROLE", "ENDS", "REVOKED"], &rows);
        }
        Action::Signing { token } => {
            let id = find(&store, &scope, &token).await?;
            output::line(format!("username {id}"));
            output::line(format!("token    {}", token::signing(&store, &scope, id).await?));
        }
        Action::Revoke { token } => {
            let id = find(&store, &scope, &token).await?;
            token::revoke(&store, &scope, id).await?;
        }
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// The token of this id, or with these first characters.
async fn find(store: &Store, scope: &Scope, wanted: &str) -> Result<TokenId, Box<dyn std::error::Error + Send + Sync>> {
    let tokens = token::list(store, scope).await?;
    let fits = |t: &&token::Token| t.id.to_string() == wanted || (!t.prefix.is_empty() && wanted.starts_with(&t.prefix));
    Ok(tokens.iter().find(fits).map(|t| t.id).ok_or("there is no such token; see `postroom token list`")?)
}
