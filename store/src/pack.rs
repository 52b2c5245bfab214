//! A company as rows, to be taken elsewhere and brought in again: each row of the tables that are its papers, column by column. Ids are
//! made anew when rows are brought, always in the same way, so that the same rows come once however often they are brought, keep
//! their order, and never meet those they were taken from.

use aws_lc_rs::digest;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::blob::{self, Sha256};
use crate::company::changed;
use crate::error::{Error, Result};
use crate::id::CompanyId;
use crate::keys::{hex, unhex};
use crate::queue::{self, JobKind, Urgency};
use crate::scope::Scope;
use crate::sql::insert::insert_all;
use crate::sql::{Kind, Tx, Value, marks, params};
use crate::store::Store;

/// A table whose rows go with a company.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its key: rows are walked in this order.
    key: &'static [&'static str],
}

/// Tables that go, in the order in which rows refer to one another.
pub const TABLES: &[Table] = &[
    Table { name: "submission", key: &["id"] },
    Table { name: "part", key: &["id"] },
    Table { name: "document", key: &["id"] },
    Table { name: "piece", key: &["document_id", "position"] },
    Table { name: "document_term", key: &["document_id", "term"] },
    Table { name: "reading", key: &["id"] },
    Table { name: "review", key: &["document_id"] },
    Table { name: "comment", key: &["id"] },
    Table { name: "history", key: &["id"] },
    Table { name: "period", key: &["period"] },
    Table { name: "sender", key: &["id"] },
];

/// Tables with rows of a company that stay: credentials, people's places, what is only of the moment, what the
/// office did with papers, and what is found by words, which is made anew.
pub const LEFT: &[&str] = &[
    "address",
    "secret_alias",
    "membership",
    "pin",
    "brake",
    "token",
    "device",
    "mailbox",
    "ksef_door",
    "ksef_invoice",
    "spv_grant",
    "spv_door",
    "spv_message",
    "job",
    "event",
    "audit",
    "invitation",
    "outgoing",
    "notice",
    "notice_setting",
    "desk",
    "chase",
    "batch",
    "batch_document",
    "document_serial",
    "pairing",
    "upload_link",
    "used_key",
    "partial_upload",
    "partial_piece",
    "search_entry",
    "talk_thread",
    "webhook",
    "webhook_delivery",
];

/// The table of that name.
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

/// Where a walk through a table is.
#[derive(Clone, Debug)]
pub struct Cursor(Vec<Value>);

/// A row: column and value. Bytes are `{"hex": "…"}`.
pub type Row = Map<String, Json>;

/// Rows of a company after a cursor, at most `limit`, and where to go on.
pub async fn rows(
    store: &Store,
    scope: &Scope,
    company: CompanyId,
    table: &'static Table,
    after: Option<Cursor>,
    limit: u32,
) -> Result<(Vec<Row>, Option<Cursor>)> {
    scope.allow_manage()?;
    scope.require(company)?;
    let mut tx = store.read(scope).await?;
    let columns = tx.columns(table.name).await?;
    let mut values = params![scope.office(), company, limit];
    let rest = after.map(|cursor| format!(" AND ({}) > ({})", table.key.join(", "), marks(&mut values, cursor.0)));
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let sql = format!(
        "SELECT {}, {} FROM {} WHERE office_id = $1 AND company_id = $2{} ORDER BY {} LIMIT $3",
        table.key.join(", "),
        names.join(", "),
        table.name,
        rest.unwrap_or_default(),
        table.key.join(", "),
    );
    let found = tx.fetch_all(sql, values).await?;
    let full = found.len() == limit as usize;
    let mut last = None;
    let mut rows = Vec::with_capacity(found.len());
    for row in found {
        let mut values = row.columns().rest();
        let data = values.split_off(table.key.len());
        last = Some(Cursor(values));
        rows.push(names.iter().map(|name| (*name).to_owned()).zip(data.into_iter().map(json)).collect());
    }
    Ok((rows, last.filter(|_| full)))
}

/// Brings rows of a table to a company; gives how many were new. A column that this version does not know is left out.
pub async fn bring(store: &Store, scope: &Scope, company: CompanyId, table: &'static Table, rows: Vec<Row>) -> Result<u64> {
    scope.allow_manage()?;
    let (scope_, store_) = (scope.clone(), store.clone());
    let brought =
        store.write(scope, move |tx| Box::pin(async move { bring_in(tx, &store_, &scope_, company, table, rows).await })).await?;
    store.cache().forget();
    store.jobs().notify_waiters();
    store.events().notify_waiters();
    Ok(brought)
}

/// Brings a file; gives its hash.
pub async fn bring_blob(store: &Store, scope: &Scope, content: Bytes) -> Result<Sha256> {
    scope.allow_manage()?;
    let staged = blob::stage(store, scope.office(), content).await?;
    let sha256 = staged.sha256().clone();
    store.write(scope, move |tx| Box::pin(async move { blob::keep(tx, std::slice::from_ref(&staged)).await })).await?;
    Ok(sha256)
}

/// Notes in the audit that a company was taken out or brought in; `sums` is the hash over all its files.
pub async fn note(store: &Store, scope: &Scope, company: CompanyId, brought: bool, sums: &str) -> Result<()> {
    scope.allow_manage()?;
    let (scope_, sums) = (scope.clone(), sums.to_owned());
    let action = if brought { "company.brought" } else { "company.packed" };
    store.write(scope, move |tx| Box::pin(async move { changed(tx, &scope_, company, action, &sums).await })).await
}

async fn bring_in(tx: &mut Tx, store: &Store, scope: &Scope, company: CompanyId, table: &Table, rows: Vec<Row>) -> Result<u64> {
    let columns = tx.columns(table.name).await?;
    let Some(first) = rows.first() else { return Ok(0) };
    let known: Vec<_> = columns.iter().filter(|(name, _)| first.contains_key(name)).collect();
    let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
    let mut unfinished = Vec::new();
    let mut values = Vec::with_capacity(rows.len());
    for mut row in rows {
        settle(table, &mut row);
        if table.name == "submission" && row.get("state").is_some_and(|state| state == "received") {
            unfinished.extend(row.get("id").and_then(Json::as_str).and_then(|id| moved(id, company)));
        }
        let value = |(name, kind): &&(String, Kind)| place(scope, company, name, *kind, row.get(name).unwrap_or(&Json::Null));
        values.push(known.iter().map(value).collect::<Result<Vec<_>>>()?);
    }
    let head = format!("INSERT INTO {} ({})", table.name, names.join(", "));
    let new = insert_all(tx, &head, values, "ON CONFLICT DO NOTHING RETURNING 1").await?.len() as u64;
    for id in unfinished {
        let turn = store.turns().next(company, Timestamp::now());
        queue::push(tx, scope, company, JobKind::Unpack, &id, Urgency::Background, turn).await?;
    }
    Ok(new)
}

/// What was in a reader's hands when it was packed is nobody's now.
fn settle(table: &Table, row: &mut Row) {
    if table.name == "document" && row.get("state").is_some_and(|state| state == "reading") {
        let read = row.get("reading_version").is_some_and(|version| !version.is_null());
        row.insert("state".to_owned(), Json::from(if read { "to_review" } else { "new" }));
    }
}

/// A column's value as it is in its new place.
fn place(scope: &Scope, company: CompanyId, name: &str, kind: Kind, value: &Json) -> Result<Value> {
    let wrong = || Error::invalid("pack", format!("The column {name} holds what it cannot hold."));
    Ok(match (name, kind, value) {
        ("office_id", ..) => scope.office().into(),
        ("company_id", ..) => company.into(),
        // People and exports stay where they are; what people wrote carries their name.
        ("user_id" | "assignee" | "batch_id", ..) => Value::Text(None),
        (_, Kind::Text, Json::Null) => Value::Text(None),
        (_, Kind::Int, Json::Null) => Value::Int(None),
        (_, Kind::Blob, Json::Null) => Value::Blob(None),
        ("apart_from", _, Json::String(text)) => {
            text.split_whitespace().filter_map(|id| moved(id, company)).collect::<Vec<_>>().join(" ").into()
        }
        (_, Kind::Text, Json::String(text)) => {
            let is_id = name == "id" || name.ends_with("_id") || matches!(name, "duplicate_of" | "corrects" | "again");
            let new = if is_id { moved(text, company) } else { None };
            new.unwrap_or_else(|| text.clone()).into()
        }
        (_, Kind::Int, Json::Number(number)) => number.as_i64().ok_or_else(wrong)?.into(),
        (_, Kind::Blob, Json::Object(bytes)) => bytes.get("hex").and_then(Json::as_str).and_then(unhex).ok_or_else(wrong)?.into(),
        _ => return Err(wrong()),
    })
}

/// The id that a row gets in this company: of the same time, so that orders stay, and the same each time. None for what is no id.
fn moved(id: &str, company: CompanyId) -> Option<String> {
    let old = Uuid::try_parse(id).ok().filter(|_| id.len() == 36)?;
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(company.to_string().as_bytes());
    context.update(old.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&context.finish().as_ref()[..16]);
    // The first 48 bits of a UUIDv7 are its time (RFC 9562 section 5.7), the next twelve order those of one millisecond here.
    bytes[..8].copy_from_slice(&old.as_bytes()[..8]);
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Some(Uuid::from_bytes(bytes).to_string())
}

fn json(value: Value) -> Json {
    match value {
        Value::Text(text) => text.map_or(Json::Null, Json::from),
        Value::Int(int) => int.map_or(Json::Null, Json::from),
        Value::Blob(blob) => blob.map_or(Json::Null, |bytes| serde_json::json!({ "hex": hex(&bytes) })),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// A table that is added must be sorted: it goes with a company, or it stays.
    #[test]
    fn every_table_of_a_company_goes_or_stays() {
        let text = include_str!("../migrations/0001_start.sql");
        let mut tables = BTreeSet::new();
        for part in text.split("CREATE TABLE ").skip(1) {
            let name = part.split_whitespace().next().unwrap();
            let body = part.split(");").next().unwrap();
            if body.contains("company_id TEXT") {
                tables.insert(name);
            }
        }
        let sorted: BTreeSet<&str> = TABLES.iter().map(|table| table.name).chain(LEFT.iter().copied()).collect();
        assert_eq!(tables, sorted);
    }

    proptest! {
        #[test]
        fn moved_ids_keep_their_order_and_their_company(a in any::<u128>(), b in any::<u128>()) {
            let (one, two) = (CompanyId::new(), CompanyId::new());
            let (a, b) = (Uuid::from_u128(a).to_string(), Uuid::from_u128(b).to_string());
            prop_assert_eq!(moved(&a, one), moved(&a, one));
            prop_assert_ne!(moved(&a, one), moved(&a, two));
            prop_assert_ne!(&moved(&a, one).unwrap(), &a);
            if a[..18] < b[..18] {
                prop_assert!(moved(&a, one) < moved(&b, one));
            }
        }
    }

    #[test]
    fn what_is_no_id_stays() {
        for text in ["", "archive:2024/a.pdf", "<1@mlyn.example>", "PL5260250995", "0123456789abcdef0123456789abcdef"] {
            assert_eq!(moved(text, CompanyId::new()), None, "{text}");
        }
    }
}
