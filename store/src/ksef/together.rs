//! Invoices that are fetched as one package: those that KSeF stored beside one another, none of which was fetched or tried yet.

use std::time::Duration;

use jiff::Timestamp;

use super::{SYSTEM, Turn};
use crate::accept::Channel;
use crate::error::Result;
use crate::id::SubmissionId;
use crate::sql::params;
use crate::store::Store;

/// Instants are kept in microseconds; KSeF's are finer.
const TICK: Duration = Duration::from_micros(1);

/// Invoices to be fetched as a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Their numbers, in the order in which they were stored.
    pub numbers: Vec<String>,
    /// No other invoice of the company was stored from here,
    pub from: Timestamp,
    /// to here.
    pub to: Timestamp,
}

impl Batch {
    /// What the package is called: the first and the last number in it.
    pub fn file_name(&self) -> String {
        let number = |number: Option<&String>| number.cloned().unwrap_or_default();
        format!("{}_{}.zip", number(self.numbers.first()), number(self.numbers.last()))
    }
}

/// The oldest invoices that wait, `many` at most; none where they are fewer than `few`.
pub async fn batch(store: &Store, turn: &Turn, few: usize, many: usize) -> Result<Option<Batch>> {
    let sql = format!(
        "SELECT number, stored_at, CASE WHEN submission_id IS NULL AND attempts = 0 THEN 1 ELSE 0 END FROM ksef_invoice
         WHERE company_id = $1 AND stored_at >= (
             SELECT MIN(stored_at) FROM ksef_invoice WHERE company_id = $1 AND submission_id IS NULL AND attempts = 0)
         ORDER BY stored_at, number LIMIT {}",
        many + 1
    );
    let rows = store.read_internal().await?.fetch_all(sql, params![turn.company]).await?;
    let row = |row: crate::sql::Row| {
        let mut c = row.columns();
        Ok((c.text()?, c.time()?, c.bool()?))
    };
    let rows = rows.into_iter().map(row).collect::<Result<Vec<(String, Timestamp, bool)>>>()?;
    let instants: Vec<(Timestamp, bool)> = rows.iter().map(|(_, stored, waits)| (*stored, *waits)).collect();
    let Some(end) = beside(&instants, few, many) else { return Ok(None) };
    let (from, to) = (instants[0].0, instants[end - 1].0 + TICK);
    Ok(Some(Batch { numbers: rows.into_iter().take(end).map(|(number, ..)| number).collect(), from, to }))
}

/// How many of these, by when they were stored and whether they wait, make a range with no other in it.
fn beside(instants: &[(Timestamp, bool)], few: usize, many: usize) -> Option<usize> {
    let mut end = instants.iter().take(many).take_while(|(_, waits)| *waits).count();
    // The range ends between two instants.
    while let Some(next) = instants.get(end)
        && end > 0
        && next.0 <= instants[end - 1].0 + TICK
    {
        end -= 1;
    }
    (end >= few.max(1)).then_some(end)
}

/// The package that begins with the same invoice and is kept already, and the numbers that are in it.
pub async fn arrived_together(store: &Store, turn: &Turn, batch: &Batch) -> Result<Option<(SubmissionId, Vec<String>)>> {
    let Some(first) = batch.numbers.first() else { return Ok(None) };
    let sql =
        "SELECT id, file_name FROM submission WHERE office_id = $1 AND company_id = $2 AND channel = $3 AND file_name LIKE $4
               ORDER BY id LIMIT 1";
    let values = params![turn.office, turn.company, Channel::Ksef, format!("{first}_%.zip")];
    let Some(row) = store.read_internal().await?.fetch_optional(sql, values).await? else { return Ok(None) };
    let mut c = row.columns();
    let (submission, name) = (c.parse()?, c.text()?);
    let last = name.strip_suffix(".zip").and_then(|name| name.split_once('_')).map(|(_, last)| last);
    let end = batch.numbers.iter().position(|number| Some(number.as_str()) == last);
    Ok(end.map(|end| (submission, batch.numbers[..=end].to_vec())))
}

/// Notes that all of them are kept in one arrival. False: the lease was lost.
pub async fn fetched_together(store: &Store, turn: &Turn, numbers: Vec<String>, submission: SubmissionId) -> Result<bool> {
    SYSTEM.fetched_together(store, turn.held(), numbers, submission).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_what_waits_and_nothing_else() {
        let start: Timestamp = "2026-10-01T08:00:00Z".parse().unwrap();
        let at = |micros: i64, waits| (start + jiff::SignedDuration::from_micros(micros), waits);
        let all = [at(0, true), at(10, true), at(10, true), at(30, true), at(40, false), at(50, true)];
        for (many, few, want) in [
            (10, 2, Some(4)),
            (10, 5, None),
            (3, 2, Some(3)),
            // The third was stored in the same instant as the second.
            (2, 1, Some(1)),
            (2, 2, None),
            (1, 1, Some(1)),
        ] {
            assert_eq!(beside(&all, few, many), want, "{many} {few}");
        }
        assert_eq!(beside(&[at(0, true), at(1, false)], 1, 9), None, "a tick apart is too near");
        assert_eq!(beside(&[at(0, true)], 1, 9), Some(1), "the last there is");
        assert_eq!(beside(&[], 0, 9), None);
    }
}
