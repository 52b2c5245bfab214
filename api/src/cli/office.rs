//! `postroom office`

use std::process::ExitCode;

use clap::Subcommand;
use store::country;
use store::office::{self, NewOffice};

use super::{Outcome, open, output};
use crate::config::Config;

/// Arguments of `postroom office`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add an office
    Add {
        /// Its name
        name: String,
        /// Its country, ISO 3166-1: PL, RO, DE, TR, BR, …
        #[arg(long, default_value = "PL")]
        country: String,
        /// Time zone of dates and periods [default: the country's]
        #[arg(long)]
        time_zone: Option<String>,
        /// Language of mails, ISO 639-1 [default: the country's]
        #[arg(long)]
        language: Option<String>,
        /// Shortest PIN a company may choose
        #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(4..=10))]
        pin_length: u32,
    },
    /// List the offices
    List,
}

/// Runs it.
pub async fn run(args: Args, config: &Config) -> Outcome {
    let store = open::open(config).await?;
    match args.action {
        Action::Add { name, country, time_zone, language, pin_length } => {
            let usual = country::of(&country);
            let time_zone = time_zone.or_else(|| usual.map(|c| c.time_zone.clone()));
            let language = language.or_else(|| usual.map(|c| c.language.clone()));
            let (Some(time_zone), Some(language)) = (time_zone, language) else {
                return Err(format!("say --time-zone and --language: nothing is known of the country {country:?}").into());
            };
            let new = NewOffice { name, country: country.to_uppercase(), time_zone, language, pin_length };
            output::line(office::create(&store, new).await?);
        }
        Action::List => {
            let offices = office::list(&store).await?;
            let rows: Vec<_> = offices
                .into_iter()
                .map(|o| [o.id.to_string(), o.facts.name, o.facts.country, o.facts.time_zone, o.facts.language])
                .collect();
            output::table(["ID", "NAME", "COUNTRY", "TIME ZONE", "LANGUAGE"], &rows);
        }
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}
