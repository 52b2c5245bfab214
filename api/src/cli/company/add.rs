//! Adding one company with all it needs to receive mail.

use jiff::Timestamp;
use ocr::reading::Direction;
use store::company::CompanyFacts;
use store::move_in::{self, NewCompany};
use store::{Scope, Store};

use crate::config::Config;

/// Arguments of `postroom company add`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Its name
    pub name: String,
    /// Its country, ISO 3166-1
    #[arg(long, default_value = "PL")]
    pub country: String,
    /// Its tax id, with or without the country in front; may be repeated
    #[arg(long = "tax-id")]
    pub tax_ids: Vec<String>,
    /// Its mail address, or the part before the at sign [default: one that is easy to dictate]
    #[arg(long)]
    pub address: Option<String>,
    /// Its PIN [default: six digits]
    #[arg(long)]
    pub pin: Option<String>,
    /// Read papers as soon as they arrive
    #[arg(long)]
    pub auto_read: bool,
    /// Refuse mail without a valid PIN instead of holding it
    #[arg(long)]
    pub refuse: bool,
}

/// What is to be told to the client.
pub struct Added {
    /// The company's name.
    pub name: String,
    /// Where to send.
    pub address: String,
    /// What to write in the subject.
    pub pin: String,
}

/// Adds a company with its address and its PIN, or nothing.
pub async fn add(
    store: &Store,
    scope: &Scope,
    config: &Config,
    new: Args,
) -> Result<Added, Box<dyn std::error::Error + Send + Sync>> {
    let facts = CompanyFacts {
        name: new.name.clone(),
        tax_ids: new.tax_ids,
        country: new.country.to_uppercase(),
        auto_read: if new.auto_read { vec![Direction::Purchase, Direction::Sale, Direction::None] } else { Vec::new() },
        without_pin: if new.refuse { store::company::WithoutPin::Refuse } else { store::company::WithoutPin::Hold },
        ..CompanyFacts::default()
    };
    let wanted = match new.address {
        Some(address) => address,
        None => store::address::generate_local()?,
    };
    let (local, domain) = wanted.rsplit_once('@').unwrap_or((&wanted, &config.smtp.hostname));
    let address = (local.to_owned(), domain.to_owned());
    let company = NewCompany { facts, address, pin: new.pin, senders: Vec::new(), people: Vec::new() };
    let added = move_in::add(store, scope, company, Timestamp::now()).await.map_err(|error| format!("{}: {error}", new.name))?;
    Ok(Added { name: new.name, address: format!("{local}@{domain}"), pin: added.pin.value })
}
