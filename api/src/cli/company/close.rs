//! Ending work for a company.

use jiff::{SignedDuration, Timestamp};
use store::{Scope, Store, company};

use crate::cli::{open, output};

/// Arguments of `postroom company close`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name, id, tax id or address of the company
    company: String,
    /// Days for which its people can still look at their papers
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(0..=3650))]
    days: u16,
    /// Open it again
    #[arg(long, conflicts_with = "days")]
    open: bool,
}

/// Closes or opens.
pub async fn run(store: &Store, scope: &Scope, args: Args) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let found = open::find_company(store, scope, &args.company).await?;
    let name = &found.facts.name;
    if args.open {
        company::open(store, scope, found.id).await?;
        output::line(format_args!("{name} takes mail again"));
        return Ok(());
    }
    let until = Timestamp::now() + SignedDuration::from_hours(24 * i64::from(args.days));
    company::close(store, scope, found.id, until).await?;
    output::line(format_args!("{name} takes no mail; its people can look until {}", until.strftime("%Y-%m-%d")));
    Ok(())
}
