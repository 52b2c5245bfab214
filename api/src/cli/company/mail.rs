//! PINs and addresses of a company.

use jiff::{SignedDuration, Timestamp};
use store::pin::PinOwner;
use store::{Scope, Store};

use crate::cli::{open, output};

type Done = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Arguments of `postroom company pin`.
#[derive(Debug, clap::Args)]
pub struct PinArgs {
    /// Name, id, tax id or address of the company
    company: String,
    /// Give it this PIN
    #[arg(long, value_name = "PIN", conflicts_with = "new")]
    set: Option<String>,
    /// Give it a new PIN of random digits
    #[arg(long)]
    new: bool,
    /// Days for which the old PIN stays valid
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u16).range(0..=365))]
    days: u16,
}

/// Shows or sets.
pub async fn pin(store: &Store, scope: &Scope, args: PinArgs) -> Done {
    let company = open::find_company(store, scope, &args.company).await?;
    let owner = PinOwner::Company(company.id);
    if args.new || args.set.is_some() {
        let overlap = SignedDuration::from_hours(24 * i64::from(args.days));
        store::pin::set(store, scope, owner, args.set.as_deref(), overlap).await?;
    }
    let rows: Vec<_> = store::pin::list(store, scope, owner)
        .await?
        .into_iter()
        .map(|pin| [pin.value, pin.valid_until.map_or("in use".to_owned(), |until| format!("until {}", day(until)))])
        .collect();
    output::table(["PIN", "VALID"], &rows);
    Ok(())
}

/// Arguments of `postroom company address`.
#[derive(Debug, clap::Args)]
pub struct AddressArgs {
    /// Name, id, tax id or address of the company
    company: String,
    /// Add this address
    #[arg(long, value_name = "LOCAL@DOMAIN")]
    add: Option<String>,
    /// End this address
    #[arg(long, value_name = "LOCAL@DOMAIN")]
    end: Option<String>,
    /// Days for which an ended address still takes mail
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(0..=730))]
    days: u16,
    /// Add a secret alias: mail to it needs no PIN
    #[arg(long)]
    secret: bool,
}

/// Shows, adds, ends.
pub async fn address(store: &Store, scope: &Scope, args: AddressArgs) -> Done {
    let company = open::find_company(store, scope, &args.company).await?.id;
    if let Some(new) = &args.add {
        let (local, domain) = new.rsplit_once('@').ok_or("an address has the form local@domain")?;
        store::address::create(store, scope, company, local, domain).await?;
    }
    if args.secret {
        store::address::create_secret_alias(store, scope, company).await?;
    }
    let mut addresses = store::address::list(store, scope, company).await?;
    if let Some(old) = &args.end {
        let fits = |a: &&store::address::Address| format!("{}@{}", a.local, a.domain).eq_ignore_ascii_case(old);
        let id = addresses.iter().find(fits).ok_or_else(|| format!("the company has no address {old}"))?.id;
        let until = Timestamp::now() + SignedDuration::from_hours(24 * i64::from(args.days));
        store::address::retire(store, scope, id, until).await?;
        addresses = store::address::list(store, scope, company).await?;
    }
    let secrets = store::address::secret_aliases(store, scope, company).await?;
    let mut rows = Vec::new();
    for address in &addresses {
        let plain = format!("{}@{}", address.local, address.domain);
        rows.push([plain, address.valid_until.map_or("in use".to_owned(), |until| format!("until {}", day(until)))]);
        if address.valid_until.is_none() {
            let with =
                |(_, alias): &(_, String)| [format!("{}+{alias}@{}", address.local, address.domain), "no PIN needed".to_owned()];
            rows.extend(secrets.iter().map(with));
        }
    }
    output::table(["ADDRESS", "VALID"], &rows);
    Ok(())
}

fn day(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%d").to_string()
}
