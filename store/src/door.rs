//! What companies' inboxes at states' systems of e-invoices have in common (KSeF, SPV). One process at a time has one, by a lease; what is listed
//! there is a row here until its bytes are kept, so that nothing is left out and nothing is fetched twice.

use std::time::Duration;

use jiff::Timestamp;

use crate::company::changed;
use crate::error::{Error, Result};
use crate::id::{CompanyId, OfficeId, SubmissionId};
use crate::scope::{Role, Scope};
use crate::sql::insert::insert_all;
use crate::sql::{Row, Tx, Value, marks, params};
use crate::store::Store;

/// The tables of one system: `door` has a row for each company, `item` one for each invoice. `I`: what is told of an inbox there.
pub(crate) struct System<I> {
    /// Companies and how far listing came.
    pub door: &'static str,
    /// Invoices that are listed there.
    pub item: &'static str,
    /// What the audit says when an inbox is taken away.
    pub removed: &'static str,
    /// What [`System::inbox`] reads of `door`.
    pub columns: fn() -> String,
    /// What is told of an inbox.
    pub inbox: fn(Row) -> Result<I>,
}

/// An inbox under a lease.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    /// The office.
    pub office: OfficeId,
    /// The company.
    pub company: CompanyId,
    /// Of the lease.
    pub fence: i64,
}

impl<I: Send + 'static> System<I> {
    /// Columns that say how many invoices are listed and not fetched yet, and why one of them is not.
    pub fn waiting(&self) -> String {
        let (door, item) = (self.door, self.item);
        let of = format!(
            "FROM {item} i WHERE i.office_id = {door}.office_id AND i.company_id = {door}.company_id AND i.submission_id IS NULL"
        );
        format!("(SELECT COUNT(*) {of}), (SELECT MIN(i.number || ': ' || i.problem) {of})")
    }

    /// A company's inbox, if it has one.
    pub async fn get(&self, store: &Store, scope: &Scope, company: CompanyId) -> Result<Option<I>> {
        scope.allow(|role| role.may_see())?;
        scope.require(company)?;
        self.fetch(&mut store.read(scope).await?, scope, company).await
    }

    /// Inboxes within the scope.
    pub async fn list(&self, store: &Store, scope: &Scope) -> Result<Vec<I>> {
        scope.allow(|role| role.may_see())?;
        let mut params = vec![];
        let condition = scope.condition("", &mut params);
        let sql = format!("SELECT {} FROM {} WHERE {condition} ORDER BY company_id", (self.columns)(), self.door);
        store.read(scope).await?.fetch_all(sql, params).await?.into_iter().map(self.inbox).collect()
    }

    /// The same as [`System::get`] within a transaction.
    pub async fn fetch(&self, tx: &mut Tx, scope: &Scope, company: CompanyId) -> Result<Option<I>> {
        let sql = format!("SELECT {} FROM {} WHERE office_id = $1 AND company_id = $2", (self.columns)(), self.door);
        tx.fetch_optional(sql, params![scope.office(), company]).await?.map(self.inbox).transpose()
    }

    /// Takes the inbox that waits longest to be looked into, of companies that are not closed; `returning` columns of it.
    pub async fn take(&self, tx: &mut Tx, returning: &str, lease: Duration, now: Timestamp) -> Result<Option<Row>> {
        let door = self.door;
        let sql = format!(
            "UPDATE {door} SET leased_until = $2, fence = fence + 1
             WHERE company_id = (SELECT d.company_id FROM {door} d JOIN company c ON c.office_id = d.office_id AND c.id = d.company_id
                 WHERE d.run_after <= $1 AND (d.leased_until IS NULL OR d.leased_until < $1) AND c.closed_at IS NULL
                 ORDER BY d.run_after LIMIT 1) AND (leased_until IS NULL OR leased_until < $1)
             RETURNING {returning}"
        );
        tx.fetch_optional(sql, params![now, now + lease]).await
    }

    /// Where one process has the rows to itself, whoever had a lease is dead: they can be taken at once.
    pub async fn reclaim(&self, store: &Store) -> Result<()> {
        if !store.is_alone() {
            return Ok(());
        }
        let free = format!("UPDATE {} SET leased_until = NULL WHERE leased_until IS NOT NULL", self.door);
        store.write_internal(move |tx| Box::pin(async move { tx.execute(free, vec![]).await.map(drop) })).await
    }

    /// Takes a company's inbox away, with what was still to be fetched.
    pub async fn remove(&self, tx: &mut Tx, scope: &Scope, company: CompanyId) -> Result<()> {
        self.forget(tx, scope, company).await?;
        let sql = format!("DELETE FROM {} WHERE office_id = $1 AND company_id = $2 RETURNING company_id", self.door);
        tx.fetch_one(sql, params![scope.office(), company]).await?;
        changed(tx, scope, company, self.removed, "").await
    }

    /// Forgets what is still to be fetched.
    pub async fn forget(&self, tx: &mut Tx, scope: &Scope, company: CompanyId) -> Result<()> {
        let sql = format!("DELETE FROM {} WHERE office_id = $1 AND company_id = $2 AND submission_id IS NULL", self.item);
        tx.execute(sql, params![scope.office(), company]).await.map(drop)
    }

    /// Has an inbox looked into at once; not sooner than the system asked for.
    pub async fn hurry(&'static self, store: &Store, scope: &Scope, company: CompanyId, now: Timestamp) -> Result<I> {
        scope.allow(|role| role.may_work() || role == Role::CompanyAdmin)?;
        scope.require(company)?;
        let scope_ = scope.clone();
        store
            .write(scope, move |tx| {
                Box::pin(async move {
                    let sql = format!(
                        "UPDATE {} SET run_after = $3 WHERE office_id = $1 AND company_id = $2 AND run_after > $3
                         AND (problem IS NULL OR problem <> 'busy')",
                        self.door
                    );
                    tx.execute(sql, params![scope_.office(), company, now]).await?;
                    self.fetch(tx, &scope_, company).await?.ok_or(Error::NotFound)
                })
            })
            .await
    }

    /// Notes a page of a listing and how far it came, in one transaction; `rows` have the item's `columns`. False: the lease was lost, and nothing
    /// more may be done under it.
    pub async fn listed(
        &'static self,
        store: &Store,
        held: Held,
        (columns, rows): (&'static str, Vec<Vec<Value>>),
        point: Timestamp,
        now: Timestamp,
    ) -> Result<bool> {
        store
            .write_internal(move |tx| {
                Box::pin(async move {
                    if !self.advance(tx, held, point).await? {
                        return Ok(false);
                    }
                    let head = format!("INSERT INTO {} (office_id, company_id, run_after, {columns})", self.item);
                    let whose = |row: Vec<Value>| [params![held.office, held.company, now], row].concat();
                    let rows = rows.into_iter().map(whose).collect();
                    insert_all(tx, &head, rows, "ON CONFLICT (company_id, number) DO NOTHING RETURNING 1").await?;
                    Ok(true)
                })
            })
            .await
    }

    /// `columns` of invoices whose time to be fetched has come, at most `limit`.
    pub async fn wanted(&self, store: &Store, held: Held, columns: &str, limit: u32, now: Timestamp) -> Result<Vec<Row>> {
        let sql = format!(
            "SELECT {columns} FROM {} WHERE company_id = $1 AND submission_id IS NULL AND run_after <= $2
             ORDER BY run_after, number LIMIT {limit}",
            self.item
        );
        store.read_internal().await?.fetch_all(sql, params![held.company, now]).await
    }

    /// Moves the point from which listing goes on; it never goes back. False: the lease was lost.
    async fn advance(&self, tx: &mut Tx, held: Held, point: Timestamp) -> Result<bool> {
        let sql = format!(
            "UPDATE {} SET point = CASE WHEN point > $3 THEN point ELSE $3 END WHERE company_id = $1 AND fence = $2",
            self.door
        );
        Ok(tx.execute(sql, params![held.company, held.fence, point]).await? == 1)
    }

    /// Notes that an invoice is kept. False: the lease was lost.
    pub async fn fetched(&self, store: &Store, held: Held, number: &str, kept: SubmissionId, fresh: bool) -> Result<bool> {
        let (number, door, item) = (number.to_owned(), self.door, self.item);
        store
            .write_internal(move |tx| {
                Box::pin(async move {
                    let sql =
                        format!("UPDATE {item} SET submission_id = $3, problem = NULL WHERE company_id = $1 AND number = $2");
                    tx.execute(sql, params![held.company, &number, kept]).await?;
                    let sql = format!("UPDATE {door} SET fetched = fetched + $3 WHERE company_id = $1 AND fence = $2");
                    Ok(tx.execute(sql, params![held.company, held.fence, i64::from(fresh)]).await? == 1)
                })
            })
            .await
    }

    /// Notes that invoices are kept in one arrival. False: the lease was lost.
    pub async fn fetched_together(&self, store: &Store, held: Held, numbers: Vec<String>, kept: SubmissionId) -> Result<bool> {
        let (door, item) = (self.door, self.item);
        store
            .write_internal(move |tx| {
                Box::pin(async move {
                    let mut params = params![held.company, kept];
                    let list = marks(&mut params, &numbers);
                    let sql = format!(
                        "UPDATE {item} SET submission_id = $2, problem = NULL
                         WHERE company_id = $1 AND submission_id IS NULL AND number IN ({list})"
                    );
                    let count = tx.execute(sql, params).await?;
                    let sql = format!("UPDATE {door} SET fetched = fetched + $3 WHERE company_id = $1 AND fence = $2");
                    let count = i64::try_from(count).unwrap_or(i64::MAX);
                    Ok(tx.execute(sql, params![held.company, held.fence, count]).await? == 1)
                })
            })
            .await
    }

    /// Notes that an invoice could not be fetched: it is tried again at `next`, the others go on.
    pub async fn failed(&self, store: &Store, held: Held, number: &str, problem: String, next: Timestamp) -> Result<()> {
        let (number, item) = (number.to_owned(), self.item);
        store
            .write_internal(move |tx| {
                Box::pin(async move {
                    let sql = format!(
                        "UPDATE {item} SET attempts = attempts + 1, problem = $3, run_after = $4 WHERE company_id = $1 AND number = $2"
                    );
                    tx.execute(sql, params![held.company, &number, &problem, next]).await.map(drop)
                })
            })
            .await
    }

    /// Gives the inbox back: with what went wrong, if anything did, and when it is looked into next.
    pub async fn release(
        &self,
        store: &Store,
        held: Held,
        problem: Option<(&'static str, String)>,
        next: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let door = self.door;
        let mut values = params![held.company, held.fence, next];
        let done = match problem {
            None => {
                values.push(now.into());
                "failures = 0, problem = NULL, message = NULL, checked_at = $4"
            }
            Some((problem, message)) => {
                values.extend(params![problem, message.as_str()]);
                "failures = failures + 1, problem = $4, message = $5"
            }
        };
        let sql = format!("UPDATE {door} SET leased_until = NULL, run_after = $3, {done} WHERE company_id = $1 AND fence = $2");
        store.write_internal(move |tx| Box::pin(async move { tx.execute(sql, values).await.map(drop) })).await
    }
}

/// The first day of the month before, as far as a new inbox goes back.
pub(crate) fn before(now: Timestamp) -> Timestamp {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC);
    let first = today.first_of_month().and_then(|day| day.checked_sub(jiff::Span::new().months(1)));
    first.and_then(|day| day.start_of_day()).map_or(now, |day| day.timestamp())
}
