//! Events become deliveries. It costs a change nothing: this happens afterwards, and only where a webhook is on.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use crate::error::Result;
use crate::id::{CompanyId, DeliveryId, OfficeId, WebhookId};
use crate::scope::Scope;
use crate::sql::insert::insert_all;
use crate::sql::{Row, Tx, marks, params};
use crate::store::Store;

/// Events looked at in one transaction.
const AT_ONCE: usize = 200;

/// An event, as far as a message needs it.
struct Happened {
    seq: i64,
    company: Option<CompanyId>,
    kind: String,
    subject: String,
    at: Timestamp,
}

impl Happened {
    /// What it is about: `document`, `submission`, `batch`.
    fn noun(&self) -> &str {
        self.kind.split('.').next().unwrap_or_default()
    }
}

/// Makes deliveries of the events that webhooks were not told of yet. True: there are more. Several processes may do the same at once.
pub async fn fan_out(store: &Store, now: Timestamp) -> Result<bool> {
    let behind = "SELECT w.id, w.office_id FROM webhook w JOIN office o ON o.id = w.office_id
                  WHERE w.active = 1 AND w.seq < o.next_event - 1 ORDER BY w.seq LIMIT 100";
    let rows = store.read_internal().await?.fetch_all(behind, vec![]).await?;
    let mut more = false;
    for row in rows {
        let mut c = row.columns();
        let (id, office): (WebhookId, OfficeId) = (c.parse()?, c.parse()?);
        let scope = Scope::service(office);
        let op_scope = scope.clone();
        more |= store.write(&scope, move |tx| Box::pin(async move { advance(tx, &op_scope, id, now).await })).await?;
    }
    Ok(more)
}

async fn advance(tx: &mut Tx, scope: &Scope, id: WebhookId, now: Timestamp) -> Result<bool> {
    let office = scope.office();
    // Read before the events: what is not among them was forgotten by now.
    let newest = "SELECT w.seq, w.company_id, w.events, o.next_event - 1 FROM webhook w JOIN office o ON o.id = w.office_id
                  WHERE w.office_id = $1 AND w.id = $2 AND w.active = 1";
    let Some(row) = tx.fetch_optional(newest, params![office, id]).await? else { return Ok(false) };
    let mut c = row.columns();
    let (seq, company, kinds, newest): (_, Option<CompanyId>, _, _) = (c.int()?, c.opt_parse()?, c.text()?, c.int()?);
    let sql = format!(
        "SELECT seq, company_id, kind, subject_id, at FROM event WHERE office_id = $1 AND seq > $2 ORDER BY seq LIMIT {AT_ONCE}"
    );
    let events: Vec<Happened> =
        tx.fetch_all(sql, params![office, seq]).await?.into_iter().map(happened).collect::<Result<_>>()?;
    let last = events.last().map_or(newest, |event| event.seq);
    let moved = "UPDATE webhook SET seq = $3 WHERE office_id = $1 AND id = $2 AND seq = $4";
    if tx.execute(moved, params![office, id, last, seq]).await? == 0 {
        // Another process was faster.
        return Ok(false);
    }
    let more = events.len() == AT_ONCE;
    let wanted = |event: &Happened| {
        (kinds.is_empty() || kinds.split(' ').any(|kind| kind == event.kind)) && (company.is_none() || event.company == company)
    };
    let chosen: Vec<Happened> = events.into_iter().filter(wanted).collect();
    let states = states(tx, office, &chosen).await?;
    let rows = chosen.iter().map(|event| {
        let body = body(event, states.get(&event.subject));
        params![DeliveryId::new(), office, event.company, id, &event.kind, event.seq, body, "waiting", now, now]
    });
    let head =
        "INSERT INTO webhook_delivery (id, office_id, company_id, webhook_id, kind, seq, body, state, run_after, created_at)";
    insert_all(tx, head, rows.collect(), "RETURNING 1").await?;
    Ok(more)
}

/// States by the ids of what events are about.
async fn states(tx: &mut Tx, office: OfficeId, events: &[Happened]) -> Result<BTreeMap<String, String>> {
    let mut states = BTreeMap::new();
    for table in ["document", "submission", "batch"] {
        let mut ids: Vec<&str> =
            events.iter().filter(|event| event.noun() == table).map(|event| event.subject.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            continue;
        }
        let mut values = params![office];
        let list = marks(&mut values, ids);
        let sql = format!("SELECT id, state FROM {table} WHERE office_id = $1 AND id IN ({list})");
        for row in tx.fetch_all(sql, values).await? {
            let mut c = row.columns();
            states.insert(c.text()?, c.text()?);
        }
    }
    Ok(states)
}

/// Ids, company and state: nothing of what a paper says.
fn body(event: &Happened, state: Option<&String>) -> String {
    let mut data = Map::new();
    data.insert("seq".to_owned(), json!(event.seq));
    data.insert("company".to_owned(), json!(event.company));
    data.insert(event.noun().to_owned(), Json::from(event.subject.as_str()));
    data.insert("state".to_owned(), json!(state));
    json!({"type": event.kind, "timestamp": event.at, "data": data}).to_string()
}

fn happened(row: Row) -> Result<Happened> {
    let mut c = row.columns();
    Ok(Happened { seq: c.int()?, company: c.opt_parse()?, kind: c.text()?, subject: c.text()?, at: c.time()? })
}
