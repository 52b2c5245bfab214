//! Who has a document on their desk. It keeps two people from doing the same work twice; what protects the work itself is the
//! document's version.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::document;
use crate::error::Result;
use crate::id::{DocumentId, UserId};
use crate::scope::{Actor, Scope};
use crate::sql::params;
use crate::store::Store;

/// Somebody else who is at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sitting {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
}

/// After this time without a sign someone has gone.
const GONE: Duration = Duration::from_secs(120);

/// Takes a document to one's desk, or says that one is still there. Where another person has it, says who, and changes nothing
/// unless `take` is set.
pub async fn sit(
    store: &Store,
    scope: &Scope,
    id: DocumentId,
    name: &str,
    now: Timestamp,
    take: bool,
) -> Result<Option<Sitting>> {
    scope.allow(|role| role.may_work())?;
    let Actor::User(user) = scope.actor() else { return Ok(None) };
    let (scope_, name) = (scope.clone(), name.to_owned());
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let company = document::fetch(tx, &scope_, id).await?.company;
                let sql = "SELECT user_id, name, since FROM desk WHERE office_id = $1 AND document_id = $2 AND seen_at > $3";
                let found = tx.fetch_optional(sql, params![scope_.office(), id, now - GONE]).await?;
                let other = found.map(|row| {
                    let mut c = row.columns();
                    Ok::<_, crate::Error>(Sitting { user: c.parse()?, name: c.text()?, since: c.time()? })
                });
                let other = other.transpose()?;
                let mine = other.as_ref().is_some_and(|sitting| sitting.user == user);
                if other.is_some() && !mine && !take {
                    return Ok(other);
                }
                let since = other.filter(|_| mine).map_or(now, |sitting| sitting.since);
                tx.execute(
                    "INSERT INTO desk (document_id, office_id, company_id, user_id, name, since, seen_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (document_id) DO UPDATE SET user_id = excluded.user_id,
                     name = excluded.name, since = excluded.since, seen_at = excluded.seen_at",
                    params![id, scope_.office(), company, user, name, since, now],
                )
                .await?;
                Ok(None)
            })
        })
        .await
}

/// Puts it back.
pub async fn leave(store: &Store, scope: &Scope, id: DocumentId) -> Result<()> {
    let Actor::User(user) = scope.actor() else { return Ok(()) };
    let office = scope.office();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "DELETE FROM desk WHERE office_id = $1 AND document_id = $2 AND user_id = $3";
                tx.execute(sql, params![office, id, user]).await.map(drop)
            })
        })
        .await
}
