//! Approval: what has an open alarm is approved only with a reason, which is kept.

use super::{Action, Document, Set, fetch, fetch_version, told, update};
use crate::alarm;
use crate::error::{Error, Result};
use crate::history;
use crate::id::DocumentId;
use crate::memory;
use crate::scope::Scope;
use crate::sql::Tx;
use crate::store::Store;

/// Longest reason, in characters.
const LONGEST: usize = 500;

/// Approves a document. One with open alarms answers [`Error::Alarmed`] with them, unless a reason is given: that is kept beside the
/// alarms it answers, and audited. `version` is the one the person saw, if they say it.
pub async fn approve(
    store: &Store,
    scope: &Scope,
    id: DocumentId,
    version: Option<u64>,
    reason: Option<&str>,
) -> Result<Document> {
    scope.allow(|role| role.may_work())?;
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty()).map(str::to_owned);
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > LONGEST) {
        return Err(Error::invalid("reason", format!("Say in a few words why it is right ({LONGEST} characters at most).")));
    }
    let scope_ = scope.clone();
    let approved = store
        .write(scope, move |tx| Box::pin(async move { approve_in(tx, &scope_, id, version, reason.as_deref()).await }))
        .await?;
    store.events().notify_waiters();
    Ok(approved)
}

async fn approve_in(tx: &mut Tx, scope: &Scope, id: DocumentId, version: Option<u64>, reason: Option<&str>) -> Result<Document> {
    let document = fetch_version(tx, scope, id, version).await?;
    if document.trashed_at.is_some() {
        return Err(Error::conflict("trashed", "This document is in the trash: restore it first."));
    }
    let next = document.state.after(Action::Approve)?;
    let alarms = alarm::judge_in(tx, scope, &document).await?.alarms;
    if !alarms.is_empty() {
        let Some(reason) = reason else { return Err(Error::Alarmed(alarms)) };
        let codes: Vec<&str> = alarms.iter().map(|alarm| alarm.code.as_str()).collect();
        let codes = codes.join(" ");
        history::keep(tx, scope, document.company, id, "reason", Some(&codes), Some(reason)).await?;
        told(tx, scope, document.company, id, "document.alarms_answered", &format!("{codes}: {reason}")).await?;
    }
    let mut set = Set::of(("state", next.into()));
    set.action = "document.approved";
    set.add("problem", None::<&str>);
    update(tx, scope, &document, set).await?;
    memory::learn(tx, scope, &document).await?;
    fetch(tx, scope, id).await
}
