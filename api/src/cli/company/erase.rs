//! Erasing a company whose papers need not be kept any more.

use std::io::BufRead;

use jiff::Timestamp;
use store::{Scope, Store, company, country};

use crate::cli::{open, output};

/// Arguments of `postroom company erase`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name, id, tax id or address of the company
    company: String,
    /// Years for which its papers are kept, from the end of the year they are of; 0: its own people keep them [default: its country's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=50))]
    years: Option<u32>,
    /// The company's name, to say that it is meant; asked for if missing
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
}

/// Says what would go, asks for the name, and erases.
pub async fn run(store: &Store, scope: &Scope, args: Args) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let found = open::find_company(store, scope, &args.company).await?;
    let (name, now) = (found.facts.name, Timestamp::now());
    let years = args.years.unwrap_or_else(|| country::keep_years(&found.facts.country));
    let outlook = company::outlook(store, scope, found.id, years).await?;
    output::line(format_args!(
        "{name}: {} documents, {} mails and uploads, {} people with no place elsewhere",
        outlook.documents, outlook.mails, outlook.people
    ));
    if let Some(until) = outlook.kept_until {
        output::line(format_args!("its papers are kept until {until}: {years} years from the end of the year of the last one"));
    }
    let confirmed = match args.confirm {
        Some(name) => name,
        None => ask()?,
    };
    company::erase(store, scope, found.id, &confirmed, years, now).await?;
    output::line(format_args!("{name} ({}) was erased on {}", found.id, now.strftime("%Y-%m-%d %H:%M UTC")));
    output::line("the service deletes its files within two days; copies of the data keep it until they are replaced");
    Ok(())
}

/// One line of standard input.
fn ask() -> std::io::Result<String> {
    output::prompt("Nothing brings it back. Type the company's name to erase it: ");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line)
}
