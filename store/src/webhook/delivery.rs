//! Deliveries: what a webhook is to be told, and what came of it. They are kept for 30 days.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::{WebhookProblem, fetch};
use crate::error::{Error, Result};
use crate::id::{CompanyId, DeliveryId, WebhookId};
use crate::scope::Scope;
use crate::sql::{Row, Tx, params};
use crate::store::Store;
use crate::word::words;

words! {
    /// Where a delivery is.
    pub enum DeliveryState {
        /// To be sent, for the first time or again.
        Waiting = "waiting",
        /// The receiver answered 2xx.
        Delivered = "delivered",
        /// Given up.
        Failed = "failed",
    }
}

/// A message to a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// Its id: the `webhook-id` of the message, the same in every attempt.
    pub id: DeliveryId,
    /// What is told: the message's `type`.
    pub kind: String,
    /// The event's number; none for what was sent to try the webhook out.
    pub seq: Option<u64>,
    /// The company it is about.
    pub company: Option<CompanyId>,
    /// Where it is.
    pub state: DeliveryState,
    /// Attempts since it was queued.
    pub attempts: u32,
    /// When it is sent next, if it waits.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub next_at: Option<Timestamp>,
    /// What went wrong with the last attempt.
    pub problem: Option<WebhookProblem>,
    /// Status of the last answer.
    pub response_code: Option<u16>,
    /// The beginning of the last answer.
    pub response: Option<String>,
    /// How long the last attempt took.
    pub took_ms: Option<u64>,
    /// When the last attempt was.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub attempted_at: Option<Timestamp>,
    /// The message's body, byte for byte.
    pub body: String,
    /// When it was queued.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

const COLUMNS: &str = "id, kind, seq, company_id, state, attempts, run_after, problem, response_code, response, took_ms, attempted_at, body, created_at";

/// Deliveries of a webhook, newest first, at most `limit` (200 at most); of one state if given; before one id if given.
pub async fn deliveries(
    store: &Store,
    scope: &Scope,
    webhook: WebhookId,
    state: Option<DeliveryState>,
    before: Option<DeliveryId>,
    limit: u32,
) -> Result<Vec<Delivery>> {
    scope.allow_manage()?;
    let mut tx = store.read(scope).await?;
    fetch(&mut tx, scope, webhook).await?;
    let sql = format!(
        "SELECT {COLUMNS} FROM webhook_delivery WHERE office_id = $1 AND webhook_id = $2 AND ($3 IS NULL OR state = $3)
         AND ($4 IS NULL OR id < $4) ORDER BY id DESC LIMIT $5"
    );
    let values = params![scope.office(), webhook, state, before, limit.min(200)];
    tx.fetch_all(sql, values).await?.into_iter().map(from_row).collect()
}

/// Queues a message that says nothing, to try a webhook out.
pub async fn test(store: &Store, scope: &Scope, webhook: WebhookId, now: Timestamp) -> Result<Delivery> {
    scope.allow_manage()?;
    let scope_ = scope.clone();
    let queued = store
        .write(scope, move |tx| {
            Box::pin(async move {
                let known = fetch(tx, &scope_, webhook).await?;
                is_on(known.active)?;
                let (id, kind) = (DeliveryId::new(), "webhook.test");
                let body = json!({"type": kind, "timestamp": now, "data": {"webhook": webhook}}).to_string();
                let sql = "INSERT INTO webhook_delivery (id, office_id, company_id, webhook_id, kind, body, state, run_after, created_at)
                           VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, $7)";
                tx.execute(sql, params![id, scope_.office(), known.company, webhook, kind, body, now]).await?;
                hurry(tx, &scope_, webhook, now).await?;
                one(tx, &scope_, id).await
            })
        })
        .await?;
    store.events().notify_waiters();
    Ok(queued)
}

/// Sends a message again, with the id it has: what was given up, or what was delivered and lost there.
pub async fn redeliver(store: &Store, scope: &Scope, id: DeliveryId, now: Timestamp) -> Result<Delivery> {
    scope.allow_manage()?;
    let scope_ = scope.clone();
    let queued = store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "SELECT webhook_id FROM webhook_delivery WHERE office_id = $1 AND id = $2";
                let webhook = tx.fetch_one(sql, params![scope_.office(), id]).await?.columns().parse()?;
                is_on(fetch(tx, &scope_, webhook).await?.active)?;
                let sql = "UPDATE webhook_delivery SET state = 'waiting', attempts = 0, run_after = $3 WHERE office_id = $1 AND id = $2";
                tx.execute(sql, params![scope_.office(), id, now]).await?;
                hurry(tx, &scope_, webhook, now).await?;
                one(tx, &scope_, id).await
            })
        })
        .await?;
    store.events().notify_waiters();
    Ok(queued)
}

fn is_on(active: bool) -> Result<()> {
    if active { Ok(()) } else { Err(Error::conflict("webhook_off", "This webhook is switched off: switch it on first.")) }
}

/// Ends its rest.
async fn hurry(tx: &mut Tx, scope: &Scope, webhook: WebhookId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE webhook SET run_after = $3 WHERE office_id = $1 AND id = $2 AND run_after > $3";
    tx.execute(sql, params![scope.office(), webhook, now]).await.map(drop)
}

async fn one(tx: &mut Tx, scope: &Scope, id: DeliveryId) -> Result<Delivery> {
    let sql = format!("SELECT {COLUMNS} FROM webhook_delivery WHERE office_id = $1 AND id = $2");
    from_row(tx.fetch_one(sql, params![scope.office(), id]).await?)
}

fn from_row(row: Row) -> Result<Delivery> {
    let mut c = row.columns();
    let (id, kind, seq, company, state) = (c.parse()?, c.text()?, c.opt_int()?, c.opt_parse()?, c.parse()?);
    let (attempts, run_after) = (c.int()?, c.time()?);
    Ok(Delivery {
        id,
        kind,
        seq: seq.and_then(|seq| u64::try_from(seq).ok()),
        company,
        state,
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        next_at: (state == DeliveryState::Waiting).then_some(run_after),
        problem: c.opt_parse()?,
        response_code: c.opt_int()?.and_then(|code| u16::try_from(code).ok()),
        response: c.opt_text()?,
        took_ms: c.opt_int()?.and_then(|took| u64::try_from(took).ok()),
        attempted_at: c.opt_time()?,
        body: c.text()?,
        created_at: c.time()?,
    })
}
