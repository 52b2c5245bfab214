//! Idempotency-Keys: an upload repeated under its key answers what the first one made, also after a restart.

use std::time::Duration;

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::id::{CompanyId, SubmissionId};
use crate::scope::Scope;
use crate::sql::params;
use crate::store::Store;

/// How long a key is known.
pub const LIFE: Duration = Duration::from_secs(24 * 3600);

/// Longest key.
const LONGEST: usize = 255;

/// Takes a key for files of this digest. Gives what was made under it before, nothing where it is new (or was cut off before anything
/// was made: then the bytes tell a repeat). A key used for other files within a day is the conflict `key_reused`.
pub async fn claim(
    store: &Store,
    scope: &Scope,
    company: CompanyId,
    key: &str,
    digest: &str,
    now: Timestamp,
) -> Result<Vec<SubmissionId>> {
    scope.require(company)?;
    if key.is_empty() || key.len() > LONGEST {
        return Err(Error::invalid("idempotency-key", format!("An Idempotency-Key has 1 to {LONGEST} characters.")));
    }
    let (scope_, key, digest) = (scope.clone(), key.to_owned(), digest.to_owned());
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let (office, actor) = (scope_.office(), scope_.actor().to_string());
                let sql = "DELETE FROM used_key WHERE office_id = $1 AND actor = $2 AND name = $3 AND created_at < $4";
                tx.execute(sql, params![office, &actor, &key, now - LIFE]).await?;
                let sql = "INSERT INTO used_key (office_id, company_id, actor, name, digest, submissions, created_at)
                           VALUES ($1, $2, $3, $4, $5, '', $6) ON CONFLICT (office_id, actor, name) DO NOTHING";
                tx.execute(sql, params![office, company, &actor, &key, &digest, now]).await?;
                let sql =
                    "SELECT company_id, digest, submissions FROM used_key WHERE office_id = $1 AND actor = $2 AND name = $3";
                let mut c = tx.fetch_one(sql, params![office, &actor, &key]).await?.columns();
                let before: (CompanyId, String) = (c.parse()?, c.text()?);
                if before != (company, digest) {
                    let message = "This Idempotency-Key was used for other files; take a new one.";
                    return Err(Error::conflict("key_reused", message));
                }
                c.text()?.split_whitespace().map(str::parse).collect()
            })
        })
        .await
}

/// Notes what was made under a key.
pub async fn made(store: &Store, scope: &Scope, key: &str, submissions: &[SubmissionId]) -> Result<()> {
    let list = submissions.iter().map(SubmissionId::to_string).collect::<Vec<_>>().join(" ");
    let (office, actor, key) = (scope.office(), scope.actor().to_string(), key.to_owned());
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "UPDATE used_key SET submissions = $4 WHERE office_id = $1 AND actor = $2 AND name = $3";
                tx.execute(sql, params![office, &actor, &key, &list]).await.map(drop)
            })
        })
        .await
}
