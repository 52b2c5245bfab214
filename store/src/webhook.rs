//! Webhooks: addresses elsewhere that are told what happens. The events of an office are the outbox: they are rows of the transaction
//! that changes something, numbered without gaps, so a webhook only has to know how far it was told. What it is to be told becomes
//! deliveries ([`fan_out`]); a worker takes one webhook at a time and sends what is due in its order ([`next`]).

mod attempt;
mod delivery;
mod fan_out;

pub use attempt::{Due, Manager, Outcome, SwitchedOff, Turn, attempted, next, reclaim, release};
pub use delivery::{Delivery, DeliveryState, deliveries, redeliver, test};
pub use fan_out::fan_out;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Serialize;

use crate::audit::{self, Note};
use crate::error::{Error, Result};
use crate::event;
use crate::id::{CompanyId, WebhookId};
use crate::keys;
use crate::scope::Scope;
use crate::sql::{Row, Tx, params};
use crate::store::Store;
use crate::word::words;

words! {
    /// What goes wrong with a webhook.
    pub enum WebhookProblem {
        /// Its host is, or leads to, an address that may not be reached.
        Address = "address",
        /// Nobody answers there, or not by TLS with a valid certificate.
        Unreachable = "unreachable",
        /// The answer took too long.
        Timeout = "timeout",
        /// It answers with another place; nothing is sent there.
        Redirect = "redirect",
        /// It answers something else than 2xx.
        Status = "status",
        /// It answered 410: it wants nothing more.
        Gone = "gone",
        /// It never answered well for days.
        Failing = "failing",
        /// It was switched off before this was sent.
        SwitchedOff = "switched_off",
    }
}

/// A webhook to be made.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// What it is for, in a person's words.
    pub name: String,
    /// Where messages go.
    pub url: String,
    /// Kinds of events; none named: all.
    pub events: Vec<String>,
    /// Events of one company only.
    pub company: Option<CompanyId>,
    /// Whether it is told anything yet.
    pub active: bool,
}

/// What is to be another; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// What it is for.
    pub name: Option<String>,
    /// Where messages go.
    pub url: Option<String>,
    /// Kinds of events; none named: all.
    pub events: Option<Vec<String>>,
    /// On or off. Once on again, it is told what happens from then on.
    pub active: Option<bool>,
}

/// A webhook without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// What it is for.
    pub name: String,
    /// Where messages go.
    pub url: String,
    /// Kinds of events it is told; empty: all.
    pub events: Vec<String>,
    /// The one company, if it is told of one only.
    pub company: Option<CompanyId>,
    /// Whether it is told anything.
    pub active: bool,
    /// What went wrong with the last attempt, or why it was switched off.
    pub problem: Option<WebhookProblem>,
    /// Since when no attempt succeeded.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub failing_since: Option<Timestamp>,
    /// Messages that wait to be sent.
    pub waiting: u64,
    /// Until when messages are signed by the secret before the present one as well.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub old_secret_until: Option<Timestamp>,
    /// Since when.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

/// Webhooks of one office, at most: each costs a message an event.
const MOST: i64 = 30;
/// The secret before the present one signs too for so long.
const GRACE: Duration = Duration::from_secs(24 * 3_600);

const COLUMNS: &str = "id, name, url, events, company_id, active, problem, failing_since,
    (SELECT COUNT(*) FROM webhook_delivery d WHERE d.webhook_id = webhook.id AND d.state = 'waiting'), before_until, created_at";

/// Webhooks of the office, oldest first.
pub async fn list(store: &Store, scope: &Scope) -> Result<Vec<Webhook>> {
    scope.allow_manage()?;
    let sql = format!("SELECT {COLUMNS} FROM webhook WHERE office_id = $1 ORDER BY id");
    store.read(scope).await?.fetch_all(sql, params![scope.office()]).await?.into_iter().map(webhook).collect()
}

/// One of them.
pub async fn get(store: &Store, scope: &Scope, id: WebhookId) -> Result<Webhook> {
    scope.allow_manage()?;
    fetch(&mut store.read(scope).await?, scope, id).await
}

/// Makes one; gives it with its secret, which cannot be had again. It is told what happens from now on. Whether its address may be
/// reached is the caller's to judge.
pub async fn create(store: &Store, scope: &Scope, new: NewWebhook, now: Timestamp) -> Result<(Webhook, String)> {
    scope.allow_manage()?;
    let (name, url, events) = (name(&new.name)?, url(&new.url)?, kinds(&new.events)?);
    let (id, secret) = (WebhookId::new(), secret()?);
    let sealed = store.keys().seal(&owner(id), &secret)?;
    let scope_ = scope.clone();
    let made = store
        .write(scope, move |tx| {
            Box::pin(async move {
                let office = scope_.office();
                if let Some(company) = new.company {
                    crate::company::fetch(tx, &scope_, company).await?;
                }
                let count = "SELECT COUNT(*) FROM webhook WHERE office_id = $1";
                if tx.fetch_one(count, params![office]).await?.columns().int()? >= MOST {
                    return Err(Error::conflict("too_many_webhooks", format!("An office has at most {MOST} webhooks.")));
                }
                let sql = "INSERT INTO webhook (id, office_id, company_id, name, url, events, active, sealed, seq, run_after, turn_at, created_at)
                           SELECT $1, id, $3, $4, $5, $6, $7, $8, next_event - 1, $9, $9, $9 FROM office WHERE id = $2";
                tx.execute(sql, params![id, office, new.company, name, url, events, new.active, sealed, now]).await?;
                let made = fetch(tx, &scope_, id).await?;
                noted(tx, &scope_, &made, "webhook.created").await?;
                Ok(made)
            })
        })
        .await?;
    Ok((made, secret))
}

/// Changes one.
pub async fn change(store: &Store, scope: &Scope, id: WebhookId, change: Change, now: Timestamp) -> Result<Webhook> {
    scope.allow_manage()?;
    let new_name = change.name.as_deref().map(name).transpose()?;
    let new_url = change.url.as_deref().map(url).transpose()?;
    let events = change.events.as_deref().map(kinds).transpose()?;
    let scope_ = scope.clone();
    let changed = store
        .write(scope, move |tx| {
            Box::pin(async move {
                let before = fetch(tx, &scope_, id).await?;
                let sql = "UPDATE webhook SET name = COALESCE($3, name), url = COALESCE($4, url), events = COALESCE($5, events), run_after = $6
                           WHERE office_id = $1 AND id = $2";
                tx.execute(sql, params![scope_.office(), id, new_name, new_url, events, now]).await?;
                match change.active {
                    Some(true) if !before.active => switch_on(tx, &scope_, id, now).await?,
                    Some(false) if before.active => switch_off(tx, id, None).await?,
                    _ => {}
                }
                let after = fetch(tx, &scope_, id).await?;
                noted(tx, &scope_, &after, "webhook.changed").await?;
                Ok(after)
            })
        })
        .await?;
    store.events().notify_waiters();
    Ok(changed)
}

/// Takes one away, with its deliveries.
pub async fn remove(store: &Store, scope: &Scope, id: WebhookId) -> Result<()> {
    scope.allow_manage()?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let gone = fetch(tx, &scope_, id).await?;
                for sql in [
                    "DELETE FROM webhook_delivery WHERE office_id = $1 AND webhook_id = $2",
                    "DELETE FROM webhook WHERE office_id = $1 AND id = $2",
                ] {
                    tx.execute(sql, params![scope_.office(), id]).await?;
                }
                noted(tx, &scope_, &gone, "webhook.removed").await
            })
        })
        .await
}

/// Gives one a new secret. The one before it signs too for a day, so that the receiver can be changed in peace.
pub async fn rotate(store: &Store, scope: &Scope, id: WebhookId, now: Timestamp) -> Result<(Webhook, String)> {
    scope.allow_manage()?;
    let secret = secret()?;
    let sealed = store.keys().seal(&owner(id), &secret)?;
    let scope_ = scope.clone();
    let rotated = store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql =
                    "UPDATE webhook SET sealed_before = sealed, before_until = $3, sealed = $4 WHERE office_id = $1 AND id = $2";
                tx.execute(sql, params![scope_.office(), id, now + GRACE, sealed]).await?;
                let rotated = fetch(tx, &scope_, id).await?;
                noted(tx, &scope_, &rotated, "webhook.rotated").await?;
                Ok(rotated)
            })
        })
        .await?;
    Ok((rotated, secret))
}

async fn switch_on(tx: &mut Tx, scope: &Scope, id: WebhookId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE webhook SET active = 1, problem = NULL, failures = 0, failing_since = NULL, run_after = $3,
                      seq = (SELECT next_event - 1 FROM office WHERE office.id = $1) WHERE office_id = $1 AND id = $2";
    tx.execute(sql, params![scope.office(), id, now]).await.map(drop)
}

/// What waits is not sent any more.
async fn switch_off(tx: &mut Tx, id: WebhookId, why: Option<WebhookProblem>) -> Result<()> {
    let sql =
        "UPDATE webhook_delivery SET state = 'failed', problem = 'switched_off' WHERE webhook_id = $1 AND state = 'waiting'";
    tx.execute(sql, params![id]).await?;
    tx.execute("UPDATE webhook SET active = 0, problem = $2 WHERE id = $1", params![id, why]).await.map(drop)
}

async fn noted(tx: &mut Tx, scope: &Scope, webhook: &Webhook, action: &'static str) -> Result<()> {
    let values = format!("{} {} {}", webhook.url, webhook.events.join(" "), webhook.active);
    let (office, company, actor, subject) = (scope.office(), webhook.company, scope.actor(), webhook.id.to_string());
    audit::note(tx, Note { office, company, actor, action, subject, values: &values }).await
}

async fn fetch(tx: &mut Tx, scope: &Scope, id: WebhookId) -> Result<Webhook> {
    let sql = format!("SELECT {COLUMNS} FROM webhook WHERE office_id = $1 AND id = $2");
    webhook(tx.fetch_one(sql, params![scope.office(), id]).await?)
}

fn webhook(row: Row) -> Result<Webhook> {
    let mut c = row.columns();
    let (id, name, url, events) = (c.parse()?, c.text()?, c.text()?, c.text()?);
    let words = |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    Ok(Webhook {
        id,
        name,
        url,
        events: words(&events),
        company: c.opt_parse()?,
        active: c.bool()?,
        problem: c.opt_parse()?,
        failing_since: c.opt_time()?,
        waiting: c.count()?,
        old_secret_until: c.opt_time()?,
        created_at: c.time()?,
    })
}

/// A secret as the specification writes it: a prefix, then base64 of 24 to 64 random bytes.
fn secret() -> Result<String> {
    Ok(format!("whsec_{}", STANDARD.encode(keys::random::<32>()?)))
}

fn owner(id: WebhookId) -> String {
    format!("webhook {id}")
}

fn name(text: &str) -> Result<String> {
    let text = text.trim();
    match text.chars().count() > 100 || text.chars().any(char::is_control) {
        true => Err(Error::invalid("name", "A name has at most 100 characters.")),
        false => Ok(text.to_owned()),
    }
}

fn url(text: &str) -> Result<String> {
    match text.len() > 1_000 || !text.bytes().all(|b| b.is_ascii_graphic()) || !text.starts_with("http") {
        true => Err(Error::invalid("url", "An address begins with https:// and has at most 1000 characters.")),
        false => Ok(text.to_owned()),
    }
}

fn kinds(events: &[String]) -> Result<String> {
    if let Some(wrong) = events.iter().find(|kind| !event::KINDS.contains(&kind.as_str())) {
        return Err(Error::invalid("events", format!("{wrong:?} is none of: {}.", event::KINDS.join(", "))));
    }
    let chosen: Vec<&str> = event::KINDS.iter().copied().filter(|kind| events.iter().any(|chosen| chosen == kind)).collect();
    Ok(chosen.join(" "))
}
