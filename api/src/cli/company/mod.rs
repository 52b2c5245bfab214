//! `postroom company`

pub(super) mod add;
mod archive;
mod close;
mod erase;
mod import;
mod mail;
mod pack;

use std::process::ExitCode;

use clap::Subcommand;

use super::open::OfficeChoice;
use super::{Outcome, open, output};
use crate::config::Config;

/// Arguments of `postroom company`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    office: OfficeChoice,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add a company; prints its mail address and PIN
    Add(add::Args),
    /// List the companies with their addresses
    List,
    /// Add companies from a table with a heading line: name, country, tax_id, address, pin, users, bookkeeper, senders, bank_accounts,
    /// language, contact (all but the name may be missing)
    Import(import::Args),
    /// Bring an old archive: a folder of files and a table of what they say; may be broken off and begun again
    Archive(archive::Args),
    /// Take a company away: its originals, rows and hashes, as a ZIP or a folder
    Pack(pack::PackArgs),
    /// Bring a company in that was taken away, from a folder
    Unpack(pack::UnpackArgs),
    /// Close a company, let its people only look for a while, or open it again
    Close(close::Args),
    /// Erase a company for good, once it is closed and its papers need not be kept any more
    Erase(erase::Args),
    /// Show the PINs of a company, or give it a new one; the old one stays valid for a while
    Pin(mail::PinArgs),
    /// Show the addresses of a company, add one, or end one
    Address(mail::AddressArgs),
}

/// Runs it.
pub async fn run(args: Args, config: &Config) -> Outcome {
    let store = open::open(config).await?;
    let scope = args.office.scope(&store).await?;
    match args.action {
        Action::Add(new) => {
            let added = add::add(&store, &scope, config, new).await?;
            output::line(format_args!("{}  {}  PIN {}", added.name, added.address, added.pin));
        }
        Action::List => {
            let mut rows = Vec::new();
            for company in store::company::list(&store, &scope).await? {
                let addresses = store::address::list(&store, &scope, company.id).await?;
                let addresses: Vec<String> = addresses.iter().map(|a| format!("{}@{}", a.local, a.domain)).collect();
                let facts = company.facts;
                rows.push([company.id.to_string(), facts.name, facts.country, facts.tax_ids.join(" "), addresses.join(" ")]);
            }
            output::table(["ID", "NAME", "COUNTRY", "TAX ID", "ADDRESSES"], &rows);
        }
        Action::Import(args) => {
            let exit = import::import(&store, &scope, config, args).await?;
            store.close().await;
            return Ok(exit);
        }
        Action::Archive(args) => {
            let exit = archive::run(&store, &scope, config, args).await?;
            store.close().await;
            return Ok(exit);
        }
        Action::Pack(args) => pack::pack(&store, &scope, args).await?,
        Action::Unpack(args) => pack::unpack(&store, &scope, config, args).await?,
        Action::Close(args) => close::run(&store, &scope, args).await?,
        Action::Erase(args) => erase::run(&store, &scope, args).await?,
        Action::Pin(args) => mail::pin(&store, &scope, args).await?,
        Action::Address(args) => mail::address(&store, &scope, args).await?,
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}
