//! Adding one company with all it needs to receive mail.

use jiff::SignedDuration;
use ocr::reading::Direction;
use store::company::CompanyFacts;
use store::pin::PinOwner;
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

/// Adds a company, its address and its PIN.
pub async fn add(
    store: &Store,
    scope: &Scope,
    config: &Config,
    new: Args,
) -> Result<Added, Box<dyn std::error::Error + Send + Sync>> {
    let country = new.country.to_uppercase();
    let facts = CompanyFacts {
        name: new.name.clone(),
        tax_ids: new.tax_ids.iter().map(|id| normalised(id, &country)).collect(),
        country,
        auto_read: if new.auto_read { vec![Direction::Purchase, Direction::Sale, Direction::None] } else { Vec::new() },
        without_pin: if new.refuse { store::company::WithoutPin::Refuse } else { store::company::WithoutPin::Hold },
        ..CompanyFacts::default()
    };
    let wanted = match new.address {
        Some(address) => address,
        None => store::address::generate_local()?,
    };
    let (local, domain) = wanted.rsplit_once('@').unwrap_or((&wanted, &config.smtp.hostname));
    let company = store::company::create(store, scope, facts).await?;
    store::address::create(store, scope, company, local, domain).await.map_err(|e| format!("{}: {e}", new.name))?;
    let pin = store::pin::set(store, scope, PinOwner::Company(company), new.pin.as_deref(), SignedDuration::ZERO)
        .await
        .map_err(|e| format!("{}: {e}", new.name))?;
    Ok(Added { name: new.name, address: format!("{local}@{domain}"), pin: pin.value })
}

/// Country code and characters, as tax ids are kept.
fn normalised(id: &str, country: &str) -> String {
    let plain: String = id.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    let has_country = plain.starts_with(country) && plain.len() > country.len();
    if has_country { plain } else { format!("{country}{plain}") }
}

#[cfg(test)]
mod tests {
    #[test]
    fn tax_ids_get_their_country() {
        for (id, want) in
            [("526-025-09-95", "PL5260250995"), ("PL 526 025 09 95", "PL5260250995"), ("pl5260250995", "PL5260250995")]
        {
            assert_eq!(super::normalised(id, "PL"), want);
        }
    }
}
