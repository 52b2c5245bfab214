//! Lists under a name: the filters of a list, kept for oneself or for everyone of the office.

use jiff::Timestamp;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::id::{UserId, ViewId};
use crate::scope::{Actor, Scope};
use crate::sql::params;
use crate::store::Store;

/// A list under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Its id.
    pub id: ViewId,
    /// Its name.
    pub name: String,
    /// The query string of the list.
    pub query: String,
    /// For everyone of the office, not only for who made it.
    pub shared: bool,
}

/// Names kept by one person at most.
const MOST: i64 = 50;

/// Keeps a list under a name; the same name again replaces it.
pub async fn create(store: &Store, scope: &Scope, name: &str, query: &str, shared: bool) -> Result<ViewId> {
    scope.allow(|role| role.may_see())?;
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 60 || query.len() > 2_000 {
        return Err(Error::invalid("name", "A view needs a name of at most 60 characters."));
    }
    if shared {
        scope.allow(|role| role.may_work())?;
    }
    let (user, scope_, query) = (person(scope)?, scope.clone(), query.to_owned());
    let owner = (!shared).then_some(user);
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let whose = "office_id = $1 AND COALESCE(user_id, '') = COALESCE($2, '')";
                let mut params = params![scope_.office(), owner];
                let count = tx.fetch_one(format!("SELECT COUNT(*) FROM saved_view WHERE {whose}"), params.clone()).await?;
                if count.columns().int()? >= MOST {
                    return Err(Error::conflict("views", "There are too many views: remove one first."));
                }
                params.push((&name).into());
                tx.execute(format!("DELETE FROM saved_view WHERE {whose} AND name = $3"), params).await?;
                let id = ViewId::new();
                let sql =
                    "INSERT INTO saved_view (id, office_id, user_id, name, query, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
                tx.execute(sql, params![id, scope_.office(), owner, name, query, Timestamp::now()]).await?;
                Ok(id)
            })
        })
        .await
}

/// One's own and the office's, by name.
pub async fn list(store: &Store, scope: &Scope) -> Result<Vec<View>> {
    scope.allow(|role| role.may_see())?;
    let Ok(user) = person(scope) else { return Ok(Vec::new()) };
    let shared = if scope.role().is_office() { "OR user_id IS NULL" } else { "" };
    let sql = format!(
        "SELECT id, name, query, user_id FROM saved_view WHERE office_id = $1 AND (user_id = $2 {shared}) ORDER BY name, id"
    );
    let rows = store.read(scope).await?.fetch_all(sql, params![scope.office(), user]).await?;
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            Ok(View { id: c.parse()?, name: c.text()?, query: c.text()?, shared: c.opt_text()?.is_none() })
        })
        .collect()
}

/// Forgets a name: one's own, or one of the office.
pub async fn remove(store: &Store, scope: &Scope, id: ViewId) -> Result<()> {
    let (user, office) = (person(scope)?, scope.office());
    let shared = if scope.role().may_work() { "OR user_id IS NULL" } else { "" };
    let sql = format!("DELETE FROM saved_view WHERE office_id = $1 AND id = $2 AND (user_id = $3 {shared})");
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                match tx.execute(sql, params![office, id, user]).await? {
                    0 => Err(Error::NotFound),
                    _ => Ok(()),
                }
            })
        })
        .await
}

fn person(scope: &Scope) -> Result<UserId> {
    if let Actor::User(user) = scope.actor() { Ok(user) } else { Err(Error::Forbidden) }
}
