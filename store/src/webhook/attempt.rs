//! Sending: whose turn it is, what is due, and what an attempt led to. One process at a time sends to a webhook, by a lease, so that
//! messages go in their order; one that fails is sent again by a schedule of its own, and its webhook rests a little.

use std::time::Duration;

use jiff::Timestamp;

use super::{WebhookProblem, owner, switch_off};
use crate::audit::{self, Note};
use crate::error::Result;
use crate::id::{CompanyId, DeliveryId, OfficeId, WebhookId};
use crate::outgoing::{self, Mail, OutgoingKind};
use crate::scope::Actor;
use crate::sql::{Row, Tx, params};
use crate::store::Store;

/// Pauses between attempts in seconds, as Standard Webhooks 1.0 proposes them; after the last one a message is given up.
const PAUSES: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// What never answered well for so long is switched off.
const PATIENCE: Duration = Duration::from_secs(5 * 86_400);
/// After a failure nothing is sent for a while, doubled with each failure in a row.
const REST: Duration = Duration::from_secs(5);
const LONGEST_REST: Duration = Duration::from_secs(300);
/// The longest rest that a receiver may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(3_600);
/// Messages of one turn, so that others have theirs.
const AT_ONCE: usize = 20;

/// A webhook under a lease, with what is due.
#[derive(Clone)]
pub struct Turn {
    /// The office.
    pub office: OfficeId,
    /// The webhook.
    pub webhook: WebhookId,
    /// Where messages go.
    pub url: String,
    /// What signs: the secret, and while both are good the one before it.
    pub secrets: Vec<String>,
    /// What is due, oldest first.
    pub due: Vec<Due>,
    fence: i64,
}

/// A message that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its id.
    pub id: DeliveryId,
    /// Its body.
    pub body: String,
    /// Attempts before this one.
    pub attempts: u32,
}

/// What an attempt led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Status of the answer.
    pub code: Option<u16>,
    /// Its beginning.
    pub response: String,
    /// What went wrong; none: delivered.
    pub problem: Option<WebhookProblem>,
    /// How long it took.
    pub took: Duration,
    /// How long the receiver asks to be left alone.
    pub rest: Option<Duration>,
}

/// A webhook that was switched off by itself.
#[derive(Clone, Debug)]
pub struct SwitchedOff {
    /// Its id.
    pub id: WebhookId,
    /// What it is for.
    pub name: String,
    /// Where messages went.
    pub url: String,
    /// Why.
    pub why: WebhookProblem,
    /// The office's language.
    pub language: String,
}

/// Someone who manages the office.
#[derive(Clone, Debug)]
pub struct Manager {
    /// Their address.
    pub email: String,
    /// Their language, if they chose one.
    pub language: Option<String>,
}

/// Where one process has the rows to itself, whoever had a lease is dead: they can be taken at once.
pub async fn reclaim(store: &Store) -> Result<()> {
    if !store.is_alone() {
        return Ok(());
    }
    let free = "UPDATE webhook SET leased_until = NULL WHERE leased_until IS NOT NULL";
    store.write_internal(move |tx| Box::pin(async move { tx.execute(free, vec![]).await.map(drop) })).await
}

const READY: &str = "w.active = 1 AND w.run_after <= $1 AND (w.leased_until IS NULL OR w.leased_until < $1)
    AND EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting' AND d.run_after <= $1)";

/// Takes the webhook whose turn was the longest ago, of those with something due.
pub async fn next(store: &Store, lease: Duration, now: Timestamp) -> Result<Option<Turn>> {
    // A look first: where nothing is due the writer is left alone.
    let look = format!("SELECT 1 FROM webhook w WHERE {READY} LIMIT 1");
    if store.read_internal().await?.fetch_optional(look, params![now]).await?.is_none() {
        return Ok(None);
    }
    while let Some((row, due)) = store.write_internal(move |tx| Box::pin(async move { take(tx, lease, now).await })).await? {
        let mut c = row.columns();
        let (webhook, office, url, sealed): (WebhookId, _, _, _) = (c.parse()?, c.parse()?, c.text()?, c.blob()?);
        let (before, until, fence) = (c.opt_blob()?, c.opt_time()?, c.int()?);
        let open = |sealed: &[u8]| store.keys().unseal(&owner(webhook), sealed).ok();
        let Some(secret) = open(&sealed) else {
            // Sealed with another key than there is now, as after a restore without it. It keeps its lease and none of the others waiting.
            tracing::warn!(%webhook, "a webhook's secret cannot be opened: the master key is another one; give it a new secret");
            continue;
        };
        let before = before.filter(|_| until.is_some_and(|until| until > now)).and_then(|before| open(&before));
        let secrets = [Some(secret), before].into_iter().flatten().collect();
        return Ok(Some(Turn { office, webhook, url, secrets, due, fence }));
    }
    Ok(None)
}

async fn take(tx: &mut Tx, lease: Duration, now: Timestamp) -> Result<Option<(Row, Vec<Due>)>> {
    let skip = tx.skip_locked();
    let sql = format!(
        "UPDATE webhook SET leased_until = $2, turn_at = $1, fence = fence + 1
         WHERE id = (SELECT w.id FROM webhook w WHERE {READY} ORDER BY w.turn_at LIMIT 1 {skip})
         RETURNING id, office_id, url, sealed, sealed_before, before_until, fence"
    );
    let Some(row) = tx.fetch_optional(sql, params![now, now + lease]).await? else { return Ok(None) };
    let webhook: WebhookId = row.clone().columns().parse()?;
    let sql = format!(
        "SELECT id, body, attempts FROM webhook_delivery WHERE webhook_id = $1 AND state = 'waiting' AND run_after <= $2
         ORDER BY id LIMIT {AT_ONCE}"
    );
    let due = tx.fetch_all(sql, params![webhook, now]).await?.into_iter().map(|row| {
        let mut c = row.columns();
        Ok(Due { id: c.parse()?, body: c.text()?, attempts: u32::try_from(c.int()?).unwrap_or(u32::MAX) })
    });
    Ok(Some((row, due.collect::<Result<_>>()?)))
}

/// Notes what an attempt led to. Where it switches the webhook off, those who manage the office get the mail that `compose` writes,
/// in the same transaction. False: the lease was lost or the webhook is off, and nothing more may be sent under it.
pub async fn attempted<F>(store: &Store, turn: &Turn, due: &Due, outcome: Outcome, now: Timestamp, compose: F) -> Result<bool>
where
    F: Fn(&SwitchedOff, &Manager) -> Option<Mail> + Send + 'static,
{
    let (turn, due, keys) = (turn.clone(), due.clone(), store.keys().clone());
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                note(tx, &due, &outcome, now).await?;
                let Some(why) = outcome.problem else { return well(tx, &turn).await };
                let failing_since = failed(tx, &turn, why, outcome.rest, now).await?;
                let off = match (why, failing_since) {
                    (_, None) => return Ok(false),
                    (WebhookProblem::Gone, _) => WebhookProblem::Gone,
                    (_, Some(since)) if since + PATIENCE <= now => WebhookProblem::Failing,
                    _ => return Ok(true),
                };
                switch_off(tx, turn.webhook, Some(off)).await?;
                for (mail, webhook) in told(tx, &turn, off, compose).await? {
                    outgoing::put(tx, &keys, (turn.office, None), (OutgoingKind::Webhook, &webhook), &mail, now).await?;
                }
                Ok(false)
            })
        })
        .await
}

/// Gives the webhook back.
pub async fn release(store: &Store, turn: &Turn) -> Result<()> {
    let (id, fence) = (turn.webhook, turn.fence);
    let sql = "UPDATE webhook SET leased_until = NULL WHERE id = $1 AND fence = $2";
    store.write_internal(move |tx| Box::pin(async move { tx.execute(sql, params![id, fence]).await.map(drop) })).await
}

/// What became of the message.
async fn note(tx: &mut Tx, due: &Due, outcome: &Outcome, now: Timestamp) -> Result<()> {
    let pause = PAUSES.get(due.attempts as usize).map(|pause| Duration::from_secs(*pause));
    let (state, again) = match (outcome.problem, pause) {
        (None, _) => ("delivered", now),
        (Some(WebhookProblem::Gone), _) | (Some(_), None) => ("failed", now),
        (Some(_), Some(pause)) => ("waiting", now + pause),
    };
    let sql =
        "UPDATE webhook_delivery SET state = $2, attempts = $3, run_after = $4, problem = $5, response_code = $6, response = $7,
                      took_ms = $8, attempted_at = $9 WHERE id = $1 AND state = 'waiting'";
    let (code, took) = (outcome.code.map(i64::from), i64::try_from(outcome.took.as_millis()).unwrap_or(i64::MAX));
    let attempts = due.attempts.saturating_add(1);
    tx.execute(sql, params![due.id, state, attempts, again, outcome.problem, code, &outcome.response, took, now]).await.map(drop)
}

async fn well(tx: &mut Tx, turn: &Turn) -> Result<bool> {
    let sql = "UPDATE webhook SET failures = 0, failing_since = NULL, problem = NULL WHERE id = $1 AND fence = $2 AND active = 1";
    Ok(tx.execute(sql, params![turn.webhook, turn.fence]).await? == 1)
}

/// Since when it fails. None: it is not ours any more.
async fn failed(
    tx: &mut Tx,
    turn: &Turn,
    why: WebhookProblem,
    asked: Option<Duration>,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let sql = "UPDATE webhook SET failures = failures + 1, failing_since = COALESCE(failing_since, $3), problem = $4
               WHERE id = $1 AND fence = $2 AND active = 1 RETURNING failures, failing_since";
    let Some(row) = tx.fetch_optional(sql, params![turn.webhook, turn.fence, now, why]).await? else { return Ok(None) };
    let mut c = row.columns();
    let (failures, since) = (u32::try_from(c.int()?).unwrap_or(u32::MAX), c.time()?);
    let rest = REST.saturating_mul(2u32.saturating_pow(failures.saturating_sub(1))).min(LONGEST_REST);
    let rest = rest.max(asked.unwrap_or_default().min(LONGEST_ASKED));
    tx.execute("UPDATE webhook SET run_after = $2 WHERE id = $1", params![turn.webhook, now + rest]).await?;
    Ok(Some(since))
}

/// The mails that tell of it, with the webhook's id; and a line in the audit.
async fn told<F>(tx: &mut Tx, turn: &Turn, why: WebhookProblem, compose: F) -> Result<Vec<(Mail, String)>>
where
    F: Fn(&SwitchedOff, &Manager) -> Option<Mail> + Send + 'static,
{
    let (office, subject) = (turn.office, turn.webhook.to_string());
    let sql = "SELECT w.name, w.url, w.company_id, o.language FROM webhook w JOIN office o ON o.id = w.office_id WHERE w.id = $1";
    let mut c = tx.fetch_one(sql, params![turn.webhook]).await?.columns();
    let (name, url, company, language): (_, _, Option<CompanyId>, _) = (c.text()?, c.text()?, c.opt_parse()?, c.text()?);
    let values = why.as_str();
    let action = "webhook.switched_off";
    audit::note(tx, Note { office, company, actor: Actor::Worker, action, subject: subject.clone(), values }).await?;
    let off = SwitchedOff { id: turn.webhook, name, url, why, language };
    let sql = "SELECT DISTINCT u.email, s.language FROM membership m JOIN users u ON u.id = m.user_id
               LEFT JOIN user_setting s ON s.user_id = u.id
               WHERE m.office_id = $1 AND m.role IN ('owner', 'admin') AND u.disabled_at IS NULL ORDER BY u.email";
    let mut mails = Vec::new();
    for row in tx.fetch_all(sql, params![office]).await? {
        let mut c = row.columns();
        let manager = Manager { email: c.text()?, language: c.opt_text()? };
        mails.extend(compose(&off, &manager).map(|mail| (mail, subject.clone())));
    }
    Ok(mails)
}
