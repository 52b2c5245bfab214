//! Inboxes at KSeF: is each of them fetched from?

use std::time::Duration;

use jiff::Timestamp;
use store::ksef::{self, Inbox};
use store::{Scope, Store, company, office};

use super::Check;
use crate::cli::open;
use crate::config::Config;

/// One that nobody looked into for so long is a fault, even if nothing says so.
pub(super) const SILENT: Duration = Duration::from_secs(86_400);
/// A certificate that ends within this time is a fault: to get a new one takes a while.
const SOON: Duration = Duration::from_secs(30 * 86_400);

/// What is to be said of each; nothing where there are none, or no database (which is said elsewhere).
pub async fn check(config: &Config) -> Vec<Check> {
    let Ok(store) = open::open_as_is(config).await else { return Vec::new() };
    let found = inboxes(&store, config).await;
    store.close().await;
    found.unwrap_or_else(|error| vec![Check::bad("KSeF inboxes", error.to_string())])
}

async fn inboxes(store: &Store, config: &Config) -> store::Result<Vec<Check>> {
    let mut checks = Vec::new();
    for office in office::list(store).await? {
        let scope = Scope::operator(office.id);
        for inbox in ksef::list(store, &scope).await? {
            let name = company::get(store, &scope, inbox.company).await?.facts.name;
            checks.push(Check::of(&format!("KSeF inbox of {name}"), finding(&inbox, config, Timestamp::now())));
        }
    }
    Ok(checks)
}

fn finding(inbox: &Inbox, config: &Config, now: Timestamp) -> Result<String, String> {
    let checked = inbox.checked_at.map_or("never".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string());
    let state = format!("last look {checked}; {} fetched, {} waiting", inbox.fetched, inbox.waiting);
    let ends = inbox.certificate.as_ref().filter(|one| one.valid_until < now + SOON);
    match (&inbox.message, &inbox.stuck) {
        (Some(message), _) => Err(format!("{message}; {state}")),
        (None, Some(stuck)) => Err(format!("{stuck}; {state}")),
        _ if ends.is_some() => {
            let day = ends.map(|one| one.valid_until.strftime("%Y-%m-%d").to_string()).unwrap_or_default();
            Err(format!("its certificate ends on {day}: get a new one at KSeF; {state}"))
        }
        _ if !config.ksef.enabled => Err(format!("[ksef] is off in this configuration; {state}")),
        _ if inbox.next_at + SILENT < now => Err(format!("nobody looks into it: is `postroom serve` running? {state}")),
        _ => Ok(state),
    }
}
