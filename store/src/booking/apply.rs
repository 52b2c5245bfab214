//! Rules carried out: when a paper has been read, and on the papers that are here. Only what nobody has said is set.

use ocr::reading::Reading;
use serde::Serialize;

use super::{Booking, Rule, put, rule};
use crate::document::{self, COLUMNS, Document};
use crate::error::{Error, Result};
use crate::id::{DocumentId, RuleId};
use crate::review;
use crate::scope::Scope;
use crate::sql::{Tx, params};
use crate::store::Store;

/// What came of carrying out a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Applied {
    /// Papers that it speaks of.
    pub fits: u64,
    /// Of these, papers in whose booking something was set.
    pub set: u64,
}

/// Papers of one transaction: bounds how long others wait for it.
const AT_ONCE: usize = 100;

/// Carries out a rule on the papers within the scope that are not exported yet.
pub async fn apply_rule(store: &Store, scope: &Scope, id: RuleId) -> Result<Applied> {
    scope.allow(|role| role.may_work())?;
    let rules = rule::rules(store, scope).await?;
    let rule = rules.into_iter().find(|rule| rule.id == id).ok_or(Error::NotFound)?;
    let (mut applied, mut after) = (Applied::default(), None);
    loop {
        let some = some(&mut store.read(scope).await?, scope, after).await?;
        let Some(last) = some.last().map(|document| document.id) else { break };
        let ids: Vec<DocumentId> = some.iter().filter(|document| rule.may_fit(document)).map(|document| document.id).collect();
        let (scope_, rule_) = (scope.clone(), rule.clone());
        let done = store.write(scope, move |tx| {
            Box::pin(async move {
                let mut done = Applied::default();
                for id in ids {
                    let document = document::fetch(tx, &scope_, id).await?;
                    let reading = review::effective_in(tx, &scope_, &document).await?;
                    if rule_.fits(&document, reading.as_ref()) && document.state != document::DocumentState::Exported {
                        done.fits += 1;
                        done.set += u64::from(fill(tx, &scope_, &document, &[&rule_]).await?);
                    }
                }
                Ok(done)
            })
        });
        let done = done.await?;
        (applied.fits, applied.set) = (applied.fits + done.fits, applied.set + done.set);
        after = Some(last);
    }
    store.events().notify_waiters();
    Ok(applied)
}

async fn some(tx: &mut Tx, scope: &Scope, after: Option<DocumentId>) -> Result<Vec<Document>> {
    let mut params = params![after];
    let condition = scope.condition("", &mut params);
    let sql = format!(
        "SELECT {COLUMNS} FROM document WHERE {condition} AND ($1 IS NULL OR id > $1) AND trashed_at IS NULL
         AND state IN ('new', 'reading', 'to_review', 'approved') ORDER BY id LIMIT {AT_ONCE}"
    );
    tx.fetch_all(sql, params).await?.into_iter().map(document::document).collect()
}

/// Carries out the rules that ask for it on a paper that has just been read.
pub(crate) async fn at_once(tx: &mut Tx, scope: &Scope, id: DocumentId, reading: &Reading) -> Result<()> {
    let mut rules = rule::fetch(tx, scope).await?;
    rules.retain(|rule| rule.at_once);
    if rules.is_empty() {
        return Ok(());
    }
    let document = document::fetch(tx, scope, id).await?;
    let fitting: Vec<&Rule> = rules.iter().filter(|rule| rule.fits(&document, Some(reading))).collect();
    fill(tx, scope, &document, &fitting).await.map(drop)
}

/// Sets what nobody has said; the first rule that says a part says it. True where something was set.
async fn fill(tx: &mut Tx, scope: &Scope, document: &Document, rules: &[&Rule]) -> Result<bool> {
    let mut parts = document.booking.parts()?;
    for rule in rules {
        for (name, value) in rule.booking.parts()? {
            parts.entry(name).or_insert(value);
        }
    }
    let booking = Booking::default().merged(&parts)?;
    let changed = booking != document.booking;
    put(tx, scope, document, &booking).await?;
    Ok(changed)
}
