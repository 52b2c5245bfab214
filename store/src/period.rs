//! Booking periods of a company: `YYYY-MM` in the office's time zone, open unless said otherwise.

use jiff::Timestamp;
use serde::Serialize;

use crate::company::{self, changed};
use crate::error::{Error, Result};
use crate::id::CompanyId;
use crate::scope::Scope;
use crate::sql::params;
use crate::store::Store;
use crate::word::words;

words! {
    /// Whether papers may enter a period.
    pub enum PeriodState {
        /// They may.
        Open = "open",
        /// They may; the office is about to close it.
        Closing = "closing",
        /// They may not.
        Closed = "closed",
    }
}

/// A period whose state was set once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Period {
    /// `YYYY-MM`.
    pub period: String,
    /// Its state.
    pub state: PeriodState,
    /// Since when.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub changed_at: Timestamp,
}

/// Sets the state of a period.
pub async fn set(store: &Store, scope: &Scope, company: CompanyId, period: &str, state: PeriodState) -> Result<()> {
    scope.allow(|role| role.may_work())?;
    put(store, scope, company, check(period)?, state, "", ("period.set", format!("{period} {state}"))).await
}

/// The company says that it has sent everything of a period: an open one is closing then, and the office closes it.
pub async fn complete(store: &Store, scope: &Scope, company: CompanyId, period: &str) -> Result<()> {
    scope.allow(|role| role.may_send())?;
    let only_open = "WHERE period.state = 'open'";
    put(store, scope, company, check(period)?, PeriodState::Closing, only_open, ("period.completed", period.to_owned())).await
}

/// Writes the state, over an earlier one if `rule` lets it, and what the audit says of it.
async fn put(
    store: &Store,
    scope: &Scope,
    company: CompanyId,
    period: String,
    state: PeriodState,
    rule: &'static str,
    (action, values): (&'static str, String),
) -> Result<()> {
    scope.require(company)?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                if !scope_.role().is_office() {
                    company::writable(tx, &scope_, company).await?;
                }
                let sql = format!(
                    "INSERT INTO period (office_id, company_id, period, state, changed_at) VALUES ($1, $2, $3, $4, $5)
                     ON CONFLICT (company_id, period) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at {rule}"
                );
                tx.execute(sql, params![scope_.office(), company, &period, state, Timestamp::now()]).await?;
                changed(tx, &scope_, company, action, &values).await
            })
        })
        .await?;
    store.cache().forget();
    Ok(())
}

/// Periods of a company whose state was set, newest first. All others are open.
pub async fn list(store: &Store, scope: &Scope, company: CompanyId) -> Result<Vec<Period>> {
    scope.allow(|role| role.may_see())?;
    scope.require(company)?;
    let sql = "SELECT period, state, changed_at FROM period WHERE office_id = $1 AND company_id = $2 ORDER BY period DESC";
    let rows = store.read(scope).await?.fetch_all(sql, params![scope.office(), company]).await?;
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            Ok(Period { period: c.text()?, state: c.parse()?, changed_at: c.time()? })
        })
        .collect()
}

/// `YYYY-MM` of a month that exists.
pub(crate) fn check(period: &str) -> Result<String> {
    let good = period.len() == 7 && format!("{period}-01").parse::<jiff::civil::Date>().is_ok();
    if good { Ok(period.to_owned()) } else { Err(Error::invalid("period", "A period is written as 2026-07.")) }
}
