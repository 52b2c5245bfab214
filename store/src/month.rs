//! The month board: all companies by one period, and how far each is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::document::DocumentState;
use crate::error::Result;
use crate::id::CompanyId;
use crate::period::{PeriodState, check};
use crate::scope::{Rows, Scope};
use crate::sql::{Value, params};
use crate::store::Store;

/// One company in one period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Papers of the period, by state.
    pub states: BTreeMap<DocumentState, u64>,
    /// When the last of them came.
    pub last: Option<Timestamp>,
    /// Mails of the company that are held now.
    pub held: u64,
    /// Questions that wait for an answer.
    pub questions: u64,
    /// Whether the period is closed; none: open, nobody said anything.
    pub period: Option<PeriodState>,
}

impl Line {
    /// Papers of the period.
    pub fn papers(&self) -> u64 {
        self.states.values().sum()
    }

    /// Papers in these states.
    pub fn in_states(&self, states: &[DocumentState]) -> u64 {
        states.iter().filter_map(|state| self.states.get(state)).sum()
    }
}

/// Companies of the scope of which there is something to say; the others have nothing yet.
pub async fn board(store: &Store, scope: &Scope, period: &str) -> Result<BTreeMap<CompanyId, Line>> {
    scope.allow(|role| role.may_see())?;
    let period = check(period)?;
    let mut tx = store.read(scope).await?;
    let mut board: BTreeMap<CompanyId, Line> = BTreeMap::new();
    let within = |rows: Rows, first: Vec<Value>| {
        let mut params = first;
        (scope.papers(rows, "", &mut params), params)
    };
    let (condition, params) = within(Rows::Documents, params![&period]);
    let sql = format!(
        "SELECT company_id, state, COUNT(*), MAX(created_at) FROM document
         WHERE {condition} AND period = $1 AND trashed_at IS NULL GROUP BY company_id, state"
    );
    for row in tx.fetch_all(sql, params).await? {
        let mut c = row.columns();
        let line = board.entry(c.parse()?).or_default();
        line.states.insert(c.parse()?, c.count()?);
        line.last = line.last.max(c.opt_time()?);
    }
    let (condition, params) = within(Rows::Submissions, vec![]);
    let held = format!("SELECT company_id, COUNT(*) FROM submission WHERE {condition} AND state = 'held' GROUP BY company_id");
    for row in tx.fetch_all(held, params).await? {
        let mut c = row.columns();
        let line = board.entry(c.parse()?).or_default();
        line.held = c.count()?;
    }
    let (condition, params) = within(Rows::OfDocuments, vec![]);
    let open = format!(
        "SELECT company_id, COUNT(*) FROM comment WHERE {condition} AND question = 1 AND answered_at IS NULL GROUP BY company_id"
    );
    for row in tx.fetch_all(open, params).await? {
        let mut c = row.columns();
        let line = board.entry(c.parse()?).or_default();
        line.questions = c.count()?;
    }
    let mut params = params![&period];
    let condition = scope.condition("", &mut params);
    let states = format!("SELECT company_id, state FROM period WHERE {condition} AND period = $1");
    for row in tx.fetch_all(states, params).await? {
        let mut c = row.columns();
        let line = board.entry(c.parse()?).or_default();
        line.period = Some(c.parse()?);
    }
    Ok(board)
}
