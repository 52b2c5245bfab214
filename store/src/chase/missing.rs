//! What a month lacks, company by company: everything, or the papers of sellers who are due.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde::Serialize;

use super::rhythm::{self, LOOK_BACK, Months, Rhythm};
use crate::error::Result;
use crate::id::CompanyId;
use crate::period::check;
use crate::scope::{Rows, Scope};
use crate::sql::{Tx, Value, params};
use crate::store::Store;

/// A seller whose paper is due and has not come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Expected {
    /// Its name as printed.
    pub seller: String,
    /// Its tax id, where it is known.
    pub tax_id: Option<String>,
    /// How often its papers come.
    pub rhythm: Rhythm,
    /// The month of the last one, `YYYY-MM`.
    pub last: String,
}

/// What a company's month lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Missing {
    /// Nothing came at all.
    pub nothing: bool,
    /// Whose papers are due.
    pub sellers: Vec<Expected>,
}

impl Missing {
    /// True where nothing is missing.
    pub fn is_empty(&self) -> bool {
        !self.nothing && self.sellers.is_empty()
    }
}

/// What each company of the scope lacks in a month; companies that lack nothing are not in it. Closed companies, and those that
/// came after the month, lack nothing.
pub async fn missing(store: &Store, scope: &Scope, period: &str) -> Result<BTreeMap<CompanyId, Missing>> {
    scope.allow(|role| role.is_office())?;
    let period = check(period)?;
    let mut tx = store.read(scope).await?;
    missing_in(&mut tx, scope, &period, None).await
}

/// The same within a transaction, of one company if given.
pub(crate) async fn missing_in(
    tx: &mut Tx,
    scope: &Scope,
    period: &str,
    only: Option<CompanyId>,
) -> Result<BTreeMap<CompanyId, Missing>> {
    let mut all: BTreeMap<CompanyId, Missing> = BTreeMap::new();
    for (company, months) in due(tx, scope, period, only).await? {
        all.entry(company).or_default().sellers.extend(months);
    }
    for company in silent(tx, scope, period, only).await? {
        all.entry(company).or_default().nothing = true;
    }
    let working = working(tx, scope, period, only).await?;
    all.retain(|company, _| working.contains(company));
    Ok(all)
}

fn first_of(period: &str) -> Option<Date> {
    format!("{period}-01").parse().ok()
}

/// The month so many before.
fn before(period: &str, months: u32) -> String {
    let day = first_of(period).and_then(|day| day.checked_sub(Span::new().months(i64::from(months))).ok());
    day.map_or_else(|| period.to_owned(), |day| day.strftime("%Y-%m").to_string())
}

/// The scope's condition, and the company if there is only one.
fn within(scope: &Scope, prefix: &str, only: Option<CompanyId>, params: &mut Vec<Value>) -> String {
    let mut condition = scope.condition(prefix, params);
    if let Some(company) = only {
        params.push(company.into());
        condition.push_str(&format!(" AND {prefix}company_id = ${}", params.len()));
    }
    condition
}

/// Sellers whose paper is due and has not come. The database makes each seller's months a number: the bit of the month in question
/// is the lowest, and only sellers without it, with two months at least, leave the database.
async fn due(tx: &mut Tx, scope: &Scope, period: &str, only: Option<CompanyId>) -> Result<Vec<(CompanyId, Vec<Expected>)>> {
    let from = before(period, LOOK_BACK);
    let mut params = params![&from, period];
    let mut condition = within(scope, "", only, &mut params);
    condition.push_str(&scope.only_shown(Rows::Documents, "", &mut params));
    let bits: String = (0..=LOOK_BACK).map(|n| format!(" WHEN '{}' THEN {}", before(period, n), 1u32 << n)).collect();
    let sql = format!(
        "SELECT company_id, seller_tax_id, seller_name, SUM(CASE period{bits} ELSE 0 END) FROM (
             SELECT DISTINCT company_id, seller_tax_id, seller_name, period FROM document
             WHERE {condition} AND period >= $1 AND period <= $2 AND seller_name IS NOT NULL AND trashed_at IS NULL
                   AND state <> 'rejected' AND direction <> 'sale' AND document_type IN ('invoice', 'statement')
         ) AS months GROUP BY company_id, seller_tax_id, seller_name"
    );
    let mut sellers: BTreeMap<(CompanyId, String), (String, Option<String>, u32)> = BTreeMap::new();
    for row in tx.fetch_all(sql, params).await? {
        let mut c = row.columns();
        let (company, tax_id, name): (CompanyId, Option<String>, String) = (c.parse()?, c.opt_text()?, c.text()?);
        let bits = u32::try_from(c.int()?).unwrap_or(0);
        // One seller prints its name in many ways: its tax id is what it is known by.
        let key = tax_id.clone().filter(|id| !id.is_empty()).unwrap_or_else(|| ocr::fold::fold(&name));
        let seller = sellers.entry((company, key)).or_insert((name, tax_id, 0));
        seller.2 |= bits;
    }
    let mut found: BTreeMap<CompanyId, Vec<Expected>> = BTreeMap::new();
    for ((company, _), (seller, tax_id, bits)) in sellers {
        let months = Months(bits >> 1);
        if bits & 1 == 0
            && let Some((rhythm, last)) = rhythm::due(months).zip(months.last())
        {
            found.entry(company).or_default().push(Expected { seller, tax_id, rhythm, last: before(period, last) });
        }
    }
    Ok(found.into_iter().collect())
}

/// Companies without any paper of the month, and without a mail that waits for the office.
async fn silent(tx: &mut Tx, scope: &Scope, period: &str, only: Option<CompanyId>) -> Result<Vec<CompanyId>> {
    let mut params = params![period];
    let condition = within(scope, "", only, &mut params).replace("company_id", "id");
    let sql = format!(
        "SELECT id FROM company WHERE {condition}
         AND NOT EXISTS (SELECT 1 FROM document d WHERE d.office_id = company.office_id AND d.company_id = company.id
                         AND d.period = $1 AND d.trashed_at IS NULL)"
    );
    let silent = ids(tx, sql, params).await?;
    let mut params = vec![];
    let condition = within(scope, "", only, &mut params);
    let held =
        ids(tx, format!("SELECT DISTINCT company_id FROM submission WHERE {condition} AND state = 'held'"), params).await?;
    Ok(silent.difference(&held).copied().collect())
}

/// Companies that the office worked for in the month, and works for now.
async fn working(tx: &mut Tx, scope: &Scope, period: &str, only: Option<CompanyId>) -> Result<BTreeSet<CompanyId>> {
    let zone = crate::document::time_zone(tx, scope).await?;
    let end = first_of(period).and_then(|day| day.last_of_month().tomorrow().ok()).and_then(|day| day.in_tz(&zone).ok());
    let end = end.map_or(Timestamp::MAX, |end| end.timestamp());
    let mut params = params![end];
    let condition = within(scope, "", only, &mut params).replace("company_id", "id");
    // One that came later has papers of the month only if they were brought.
    let sql = format!(
        "SELECT id FROM company WHERE {condition} AND closed_at IS NULL AND (created_at < $1 OR EXISTS (
             SELECT 1 FROM document d WHERE d.office_id = company.office_id AND d.company_id = company.id AND d.period IS NOT NULL))"
    );
    ids(tx, sql, params).await
}

async fn ids(tx: &mut Tx, sql: String, params: Vec<Value>) -> Result<BTreeSet<CompanyId>> {
    tx.fetch_all(sql, params).await?.into_iter().map(|row| row.columns().parse()).collect()
}

#[cfg(test)]
mod tests {
    use super::before;

    #[test]
    fn months_before() {
        assert_eq!(
            (before("2026-01", 1), before("2026-07", 13), before("2026-07", 0)),
            ("2025-12".into(), "2025-06".into(), "2026-07".into())
        );
    }
}
