//! Inboxes at KSeF: is each of them fetched from?

use std::time::Duration;

use jiff::Timestamp;
use store::ksef::{self, Inbox};
use store::{Scope, Store, company, office};

use super::Check;
use crate::cli::open;
use crate::config::Config;

/// One that nobody looked into for so long is a fault, even if nothing says so.
const SILENT: Duration = Duration::from_secs(86_400);

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
    match (&inbox.message, &inbox.stuck) {
        (Some(message), _) => Err(format!("{message}; {state}")),
        (None, Some(stuck)) => Err(format!("{stuck}; {state}")),
        _ if !config.ksef.enabled => Err(format!("[ksef] is off in this configuration; {state}")),
        _ if inbox.next_at + SILENT < now => Err(format!("nobody looks into it: is `postroom serve` running? {state}")),
        _ => Ok(state),
    }
}
