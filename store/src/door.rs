//! What companies' inboxes at states' systems of e-invoices have in common (KSeF, SPV). One process at a time has one, by a lease; what is listed
//! there is a row here until its bytes are kept, so that nothing is left out and nothing is fetched twice.

use std::time::Duration;

use jiff::Timestamp;

use crate::company::changed;
use crate::error::Result;
use crate::id::{CompanyId, OfficeId, SubmissionId};
use crate::scope::Scope;
use crate::sql::{Row, Tx, params};
use crate::store::Store;

/// The tables of one system: `door` has a row for each company, `item` one for each invoice.
#[derive(Clone, Copy)]
pub(crate) struct System {
    /// Companies and how far listing came.
    pub door: &'static str,
    /// Invoices that are listed there.
    pub item: &'static str,
    /// What the audit says when an inbox is taken away.
    pub removed: &'static str,
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

impl System {
    /// Columns that say how many invoices are listed and not fetched yet, and why one of them is not.
    pub fn waiting(&self) -> String {
        let (door, item) = (self.door, self.item);
        let of = format!(
            "FROM {item} i WHERE i.office_id = {door}.office_id AND i.company_id = {door}.company_id AND i.submission_id IS NULL"
        );
        format!("(SELECT COUNT(*) {of}), (SELECT MIN(i.number || ': ' || i.problem) {of})")
    }

    /// Takes the inbox that waits longest to be looked into, of companies that are not closed; `returning` columns of it.
    pub async fn take(&self, store: &Store, returning: &str, lease: Duration, now: Timestamp) -> Result<Option<Row>> {
        let door = self.door;
        let sql = format!(
            "UPDATE {door} SET leased_until = $2, fence = fence + 1
             WHERE company_id = (SELECT d.company_id FROM {door} d JOIN company c ON c.office_id = d.office_id AND c.id = d.company_id
                 WHERE d.run_after <= $1 AND (d.leased_until IS NULL OR d.leased_until < $1) AND c.closed_at IS NULL
                 ORDER BY d.run_after LIMIT 1) AND (leased_until IS NULL OR leased_until < $1)
             RETURNING {returning}"
        );
        store.write_internal(move |tx| Box::pin(async move { tx.fetch_optional(sql, params![now, now + lease]).await })).await
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
        let System { door, item, removed } = *self;
        let sql = format!("DELETE FROM {item} WHERE office_id = $1 AND company_id = $2 AND submission_id IS NULL");
        tx.execute(sql, params![scope.office(), company]).await?;
        let sql = format!("DELETE FROM {door} WHERE office_id = $1 AND company_id = $2 RETURNING company_id");
        tx.fetch_one(sql, params![scope.office(), company]).await?;
        changed(tx, scope, company, removed, "").await
    }

    /// Has an inbox looked into at once; not sooner than the system asked for.
    pub async fn hurry(&self, tx: &mut Tx, scope: &Scope, company: CompanyId, now: Timestamp) -> Result<()> {
        let sql = format!(
            "UPDATE {} SET run_after = $3 WHERE office_id = $1 AND company_id = $2 AND run_after > $3
             AND (problem IS NULL OR problem <> 'busy')",
            self.door
        );
        tx.execute(sql, params![scope.office(), company, now]).await.map(drop)
    }

    /// Moves the point from which listing goes on; it never goes back. False: the lease was lost.
    pub async fn advance(&self, tx: &mut Tx, held: Held, point: Timestamp) -> Result<bool> {
        let sql = format!(
            "UPDATE {} SET point = CASE WHEN point > $3 THEN point ELSE $3 END WHERE company_id = $1 AND fence = $2",
            self.door
        );
        Ok(tx.execute(sql, params![held.company, held.fence, point]).await? == 1)
    }

    /// Notes that an invoice is kept. False: the lease was lost.
    pub async fn fetched(&self, store: &Store, held: Held, number: &str, kept: SubmissionId, fresh: bool) -> Result<bool> {
        let (number, System { door, item, .. }) = (number.to_owned(), *self);
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

/// The arrival that these very bytes made before, however long ago.
pub(crate) async fn arrived(store: &Store, held: Held, raw: &[u8]) -> Result<Option<SubmissionId>> {
    let sql = "SELECT id FROM submission WHERE office_id = $1 AND raw_sha256 = $2 AND company_id = $3 ORDER BY id LIMIT 1";
    let values = params![held.office, &crate::blob::Sha256::of(raw), held.company];
    let row = store.read_internal().await?.fetch_optional(sql, values).await?;
    row.map(|row| row.columns().parse()).transpose()
}

/// The first day of the month before, as far as a new inbox goes back.
pub(crate) fn before(now: Timestamp) -> Timestamp {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC);
    let first = today.first_of_month().and_then(|day| day.checked_sub(jiff::Span::new().months(1)));
    first.and_then(|day| day.start_of_day()).map_or(now, |day| day.timestamp())
}
