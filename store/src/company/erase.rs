//! A company erased for good, once its papers need not be kept any more: rows, words, people who worked for it alone, and with the last
//! row that names them the bytes (the sweep deletes those a day later). What is left is the audit, which holds no more than ids and
//! digests, and events, which hold ids and go within a week.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::{Company, CompanyState, changed, fetch, json};
use crate::document::time_zone;
use crate::error::{Error, Result};
use crate::id::{CompanyId, OfficeId, UserId};
use crate::scope::{Actor, Scope};
use crate::search;
use crate::sql::{Tx, marks, params};
use crate::store::Store;
use crate::trash::OF_DOCUMENT;
use crate::user;

/// Documents or mails of one transaction: others write in between.
const AT_ONCE: u32 = 100;

/// Rows of a company in tables that do not say so by a `company_id` of its own.
const BEHIND: &[&str] = &[
    "DELETE FROM mailbox_retry WHERE office_id = $1
     AND mailbox_id IN (SELECT id FROM mailbox WHERE office_id = $1 AND company_id = $2)",
    "DELETE FROM webhook_delivery WHERE office_id = $1
     AND webhook_id IN (SELECT id FROM webhook WHERE office_id = $1 AND company_id = $2)",
    "DELETE FROM choice WHERE office_id = $1 AND of_company = $2",
    "DELETE FROM booking_rule WHERE office_id = $1 AND of_company = $2",
];

/// Tables beside documents and mails, in the order in which rows refer to one another.
const REST: &[&str] = &[
    "batch",
    "search_entry",
    "job",
    "partial_piece",
    "partial_upload",
    "used_key",
    "upload_link",
    "pairing",
    "token",
    "device",
    "pin",
    "secret_alias",
    "address",
    "sender",
    "brake",
    "period",
    "notice_setting",
    "notice",
    "outgoing",
    "invitation",
    "chase",
    "ksef_invoice",
    "ksef_door",
    "spv_message",
    "spv_door",
    "spv_grant",
    "mailbox",
    "webhook_delivery",
    "webhook",
    "membership",
];

/// What is erased with a company, and until when its papers are to be kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outlook {
    /// Its papers, those in the trash among them.
    pub documents: u64,
    /// Mails, uploads and whatever else came for it.
    pub mails: u64,
    /// People who have no other place than with it: they are erased too.
    pub people: u64,
    /// The last day on which its papers are to be kept; none where there is none, or no paper.
    pub kept_until: Option<Date>,
}

/// What would be erased. `years`: for how many years papers are kept, from the end of the year they are of; 0 where they need not be
/// kept here.
pub async fn outlook(store: &Store, scope: &Scope, id: CompanyId, years: u32) -> Result<Outlook> {
    allow(scope)?;
    let people = people(store, scope, id).await?.len() as u64;
    let mut tx = store.read(scope).await?;
    fetch(&mut tx, scope, id).await?;
    let mut count = [0; 2];
    for (table, count) in ["document", "submission"].into_iter().zip(&mut count) {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE office_id = $1 AND company_id = $2");
        *count = tx.fetch_one(sql, params![scope.office(), id]).await?.columns().count()?;
    }
    let [documents, mails] = count;
    Ok(Outlook { documents, mails, people, kept_until: kept_until(&mut tx, scope, id, years).await? })
}

/// Erases a company; gives what went. `name`: its name, to say that it is meant. A conflict while the office works for it, its people can
/// look at its papers, or those are to be kept. Broken off, it is begun again where it was.
pub async fn erase(store: &Store, scope: &Scope, id: CompanyId, name: &str, years: u32, now: Timestamp) -> Result<Outlook> {
    let outlook = outlook(store, scope, id, years).await?;
    let (scope_, name, said) = (scope.clone(), name.trim().to_owned(), json(&outlook)?);
    let begun = said.clone();
    store.write(scope, move |tx| Box::pin(async move { begin(tx, &scope_, id, &name, years, now, &begun).await })).await?;
    for step in [Step::Documents, Step::Mails] {
        loop {
            let scope_ = scope.clone();
            if store.write(scope, move |tx| Box::pin(async move { erase_some(tx, &scope_, id, step, now).await })).await? == 0 {
                break;
            }
        }
    }
    search::settle(store, scope).await?;
    for user in people(store, scope, id).await? {
        match user::erase_with(store, scope, user, Some(id)).await {
            // They were given another place meanwhile.
            Ok(()) | Err(Error::Conflict { code: "member", .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let scope_ = scope.clone();
    store.write(scope, move |tx| Box::pin(async move { erase_rest(tx, &scope_, id, &said, now).await })).await?;
    store.cache().forget();
    Ok(outlook)
}

/// Only whoever runs the installation: nothing brings it back.
fn allow(scope: &Scope) -> Result<()> {
    if scope.actor() == Actor::Operator { Ok(()) } else { Err(Error::Forbidden) }
}

/// Those who have no place but in this company.
async fn people(store: &Store, scope: &Scope, id: CompanyId) -> Result<Vec<UserId>> {
    let sql = "SELECT DISTINCT user_id FROM membership m WHERE office_id = $1 AND company_id = $2 AND NOT EXISTS (
                   SELECT 1 FROM membership o WHERE o.user_id = m.user_id
                   AND (o.office_id <> $1 OR o.company_id IS NULL OR o.company_id <> $2))";
    let rows = store.read_internal().await?.fetch_all(sql, params![scope.office(), id]).await?;
    rows.into_iter().map(|row| row.columns().parse()).collect()
}

/// The end of the year that is so many years after that of the last paper, by its month or by its arrival, whichever is later.
async fn kept_until(tx: &mut Tx, scope: &Scope, id: CompanyId, years: u32) -> Result<Option<Date>> {
    let sql = "SELECT MAX(period), MAX(created_at) FROM document WHERE office_id = $1 AND company_id = $2";
    let mut c = tx.fetch_one(sql, params![scope.office(), id]).await?.columns();
    let (period, arrived) = (c.opt_text()?, c.opt_time()?);
    let Some(arrived) = arrived.filter(|_| years > 0) else { return Ok(None) };
    let arrived = arrived.to_zoned(zone(tx, scope).await?).year();
    let of = period.and_then(|period| period.get(..4)?.parse::<i16>().ok()).map_or(arrived, |year| year.max(arrived));
    let years = i16::try_from(years).map_err(Error::internal)?;
    Date::new(of.saturating_add(years), 12, 31).map(Some).map_err(Error::internal)
}

async fn zone(tx: &mut Tx, scope: &Scope) -> Result<TimeZone> {
    Ok(TimeZone::get(&time_zone(tx, scope).await?).unwrap_or(TimeZone::UTC))
}

/// The company, if nobody works for it and its people see nothing any more.
async fn closed(tx: &mut Tx, scope: &Scope, id: CompanyId, now: Timestamp) -> Result<Company> {
    let company = fetch(tx, scope, id).await?;
    match company.state(now) {
        CompanyState::Closed => Ok(company),
        CompanyState::Active => Err(Error::conflict("not_closed", "The office works for this company: close it first.")),
        CompanyState::ReadOnly => {
            Err(Error::conflict("not_closed", "The people of this company can still look at its papers: wait until they cannot."))
        }
    }
}

async fn begin(tx: &mut Tx, scope: &Scope, id: CompanyId, name: &str, years: u32, now: Timestamp, said: &str) -> Result<()> {
    let company = closed(tx, scope, id, now).await?;
    if company.facts.name != name {
        return Err(Error::invalid("name", "This is not the company's name: type it as it is written."));
    }
    let today = now.to_zoned(zone(tx, scope).await?).date();
    if let Some(until) = kept_until(tx, scope, id, years).await?.filter(|until| today <= *until) {
        return Err(Error::conflict("kept", format!("Its papers are to be kept until {until}.")));
    }
    tx.execute("DELETE FROM job WHERE office_id = $1 AND company_id = $2", params![scope.office(), id]).await?;
    changed(tx, scope, id, "company.erasing", said).await
}

#[derive(Clone, Copy)]
enum Step {
    Documents,
    Mails,
}

/// Gives how many documents or mails there were.
async fn erase_some(tx: &mut Tx, scope: &Scope, id: CompanyId, step: Step, now: Timestamp) -> Result<usize> {
    closed(tx, scope, id, now).await?;
    let office = scope.office();
    let table = match step {
        Step::Documents => "document",
        Step::Mails => "submission",
    };
    let sql = format!("SELECT id FROM {table} WHERE office_id = $1 AND company_id = $2 ORDER BY id LIMIT {AT_ONCE}");
    let rows = tx.fetch_all(sql, params![office, id]).await?;
    let ids = rows.into_iter().map(|row| row.columns().text()).collect::<Result<Vec<_>>>()?;
    if ids.is_empty() {
        return Ok(0);
    }
    search::forget(tx, office, &ids).await?;
    match step {
        Step::Documents => {
            for of in OF_DOCUMENT.iter().chain(&["batch_document"]) {
                delete(tx, office, of, "document_id", &ids).await?;
            }
        }
        Step::Mails => delete(tx, office, "part", "submission_id", &ids).await?,
    }
    delete(tx, office, table, "id", &ids).await?;
    Ok(ids.len())
}

async fn delete(tx: &mut Tx, office: OfficeId, table: &str, column: &str, ids: &[String]) -> Result<()> {
    let mut params = params![office];
    let list = marks(&mut params, ids);
    tx.execute(format!("DELETE FROM {table} WHERE office_id = $1 AND {column} IN ({list})"), params).await.map(drop)
}

async fn erase_rest(tx: &mut Tx, scope: &Scope, id: CompanyId, said: &str, now: Timestamp) -> Result<()> {
    closed(tx, scope, id, now).await?;
    for sql in BEHIND {
        tx.execute(*sql, params![scope.office(), id]).await?;
    }
    for table in REST {
        let sql = format!("DELETE FROM {table} WHERE office_id = $1 AND company_id = $2");
        tx.execute(sql, params![scope.office(), id]).await?;
    }
    tx.execute("DELETE FROM company WHERE office_id = $1 AND id = $2", params![scope.office(), id]).await?;
    changed(tx, scope, id, "company.erased", said).await
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A table that is added must be erased too, or hold nothing that says anything.
    #[test]
    fn every_table_of_a_company_is_erased() {
        let text = include_str!("../../migrations/0001_start.sql");
        let (mut of_company, mut by_other_names) = (BTreeSet::new(), BTreeSet::new());
        for part in text.split("CREATE TABLE ").skip(1) {
            let name = part.split_whitespace().next().unwrap();
            let body = part.split(");").next().unwrap();
            if body.contains("company_id TEXT") {
                of_company.insert(name);
            } else if body.contains("of_company TEXT") {
                by_other_names.insert(name);
            }
        }
        let erased: BTreeSet<&str> = OF_DOCUMENT
            .iter()
            .chain(&["batch_document", "document", "part", "submission"])
            .chain(REST)
            .chain(&["audit", "event"])
            .copied()
            .collect();
        assert_eq!(of_company, erased);
        for table in by_other_names {
            assert!(BEHIND.iter().any(|sql| sql.contains(&format!("FROM {table} "))), "{table}");
        }
    }
}
