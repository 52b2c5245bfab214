//! Inboxes at SPV: is each of them fetched from, and does what ANAF granted last?

use std::time::Duration;

use jiff::Timestamp;
use store::spv::grant;
use store::spv::{self, Gap, Inbox, SpvAccess};
use store::{Scope, Store, company, office};

use super::Check;
use super::inboxes::SILENT;
use crate::cli::open;
use crate::config::Config;

/// A grant that ends within this time is a fault: nobody renews it, and to get a new one takes a person with a certificate.
const SOON: Duration = Duration::from_secs(30 * 86_400);

/// What is to be said of each; nothing where there are none, or no database (which is said elsewhere).
pub async fn check(config: &Config) -> Vec<Check> {
    let Ok(store) = open::open_as_is(config).await else { return Vec::new() };
    let found = inboxes(&store, config, Timestamp::now()).await;
    store.close().await;
    found.unwrap_or_else(|error| vec![Check::bad("SPV inboxes", error.to_string())])
}

async fn inboxes(store: &Store, config: &Config, now: Timestamp) -> store::Result<Vec<Check>> {
    let mut checks = Vec::new();
    for office in office::list(store).await? {
        let scope = Scope::operator(office.id);
        let shared = grant::get(store, &scope).await?.and_then(|facts| facts.until);
        for inbox in spv::list(store, &scope).await? {
            let name = company::get(store, &scope, inbox.company).await?.facts.name;
            let until = if inbox.access == SpvAccess::Office { shared } else { inbox.granted_until };
            checks.push(Check::of(&format!("SPV inbox of {name}"), finding(&inbox, until, config, now)));
        }
    }
    Ok(checks)
}

fn finding(inbox: &Inbox, until: Option<Timestamp>, config: &Config, now: Timestamp) -> Result<String, String> {
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    let checked = inbox.checked_at.map_or("never".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string());
    let gap = |gap: Gap| format!("; nothing can be had of {} to {} any more", day(gap.from), day(gap.until));
    let gap = inbox.gap.map(gap).unwrap_or_default();
    let state = format!("last look {checked}; {} fetched, {} waiting{gap}", inbox.fetched, inbox.waiting);
    let ends = until.filter(|until| *until < now + SOON);
    match (&inbox.message, &inbox.stuck, ends) {
        (Some(message), ..) => Err(format!("{message}; {state}")),
        (None, Some(stuck), _) => Err(format!("{stuck}; {state}")),
        (.., Some(until)) => Err(format!("what ANAF granted ends on {}: connect again before; {state}", day(until))),
        _ if !config.spv.enabled => Err(format!("[spv] is off in this configuration; {state}")),
        _ if inbox.next_at + SILENT < now => Err(format!("nobody looks into it: is `postroom serve` running? {state}")),
        _ => Ok(state),
    }
}
