//! What ANAF granted for somebody's certificate (OAuth 2, RFC 6749): an access token for about 90 days, and a refresh token for about a year by
//! which both are made anew. Every new refresh token is kept before it is used: the one before may not be taken again. One process at a time
//! renews a grant, by a lease.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{SpvAccess, Turn};
use crate::audit::{self, Note};
use crate::error::{Error, Result};
use crate::id::{CompanyId, OfficeId};
use crate::scope::Scope;
use crate::sql::{Tx, params};
use crate::store::Store;

/// How long renewing is one process's own.
const LEASE: Duration = Duration::from_secs(120);

/// Tokens. Sealed as a whole.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// What ANAF is asked with; none where only a refresh token is known yet.
    pub access: Option<String>,
    /// When it ends.
    #[serde(skip)]
    pub access_until: Option<Timestamp>,
    /// What new ones are got by.
    pub refresh: String,
    /// When it ends, if that is known.
    #[serde(skip)]
    pub refresh_until: Option<Timestamp>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("refresh_until", &self.refresh_until).finish_non_exhaustive()
    }
}

/// What is told of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SpvGrant))]
pub struct GrantFacts {
    /// When it was given.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub granted_at: Timestamp,
    /// When it ends, unless it is renewed before: every look into an inbox does that in time. Null where ANAF did not say.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub until: Option<Timestamp>,
}

/// A grant as it is used.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Its tokens.
    pub tokens: Tokens,
    holder: String,
    fence: i64,
}

/// Gives the office its grant, or a newer one. Inboxes entered with it are looked into at once.
pub async fn put(store: &Store, scope: &Scope, tokens: Tokens, now: Timestamp) -> Result<GrantFacts> {
    scope.allow_manage()?;
    let (scope_, sealed, until) = (scope.clone(), seal(store, &tokens)?, tokens.refresh_until);
    store
        .write(scope, move |tx| Box::pin(async move { insert(tx, &scope_, None, (&tokens, sealed), now).await }))
        .await
        .map(|()| GrantFacts { granted_at: now, until })
}

/// Keeps a grant: the office's, or a company's own.
pub(super) async fn insert(
    tx: &mut Tx,
    scope: &Scope,
    company: Option<CompanyId>,
    (tokens, sealed): (&Tokens, Vec<u8>),
    now: Timestamp,
) -> Result<()> {
    let (office, access) = (scope.office(), if company.is_some() { SpvAccess::Own } else { SpvAccess::Office });
    let sql = "INSERT INTO spv_grant (holder, office_id, company_id, sealed, access_until, refresh_until, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (holder) DO UPDATE SET sealed = excluded.sealed,
                   access_until = excluded.access_until, refresh_until = excluded.refresh_until, leased_until = NULL,
                   created_at = excluded.created_at, fence = spv_grant.fence + 1";
    let (holder, ends) = (holder(office, company), (tokens.access_until, tokens.refresh_until));
    tx.execute(sql, params![&holder, office, company, sealed, ends.0, ends.1, now]).await?;
    let sql = "UPDATE spv_door SET run_after = $4, problem = NULL, message = NULL, failures = 0
               WHERE office_id = $1 AND access = $2 AND ($2 = 'office' OR company_id = $3) AND (problem IS NULL OR problem <> 'busy')";
    tx.execute(sql, params![office, access, company, now]).await?;
    note(tx, scope, company, "spv.granted").await
}

/// Takes the office's away: inboxes entered with it stop. At ANAF it stays until it ends, or is revoked there.
pub async fn remove(store: &Store, scope: &Scope) -> Result<()> {
    scope.allow_manage()?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "DELETE FROM spv_grant WHERE office_id = $1 AND holder = $2 RETURNING holder";
                tx.fetch_one(sql, params![scope_.office(), &holder(scope_.office(), None)]).await?;
                note(tx, &scope_, None, "spv.grant_removed").await
            })
        })
        .await
}

/// Takes a company's own away with its inbox.
pub(super) async fn drop_of(tx: &mut Tx, scope: &Scope, company: CompanyId) -> Result<()> {
    let sql = "DELETE FROM spv_grant WHERE office_id = $1 AND holder = $2";
    tx.execute(sql, params![scope.office(), &holder(scope.office(), Some(company))]).await.map(drop)
}

/// What is told of the office's grant, if it has one.
pub async fn get(store: &Store, scope: &Scope) -> Result<Option<GrantFacts>> {
    scope.allow_manage()?;
    let sql = "SELECT created_at, refresh_until FROM spv_grant WHERE office_id = $1 AND holder = $2";
    let row = store.read(scope).await?.fetch_optional(sql, params![scope.office(), &holder(scope.office(), None)]).await?;
    row.map(|row| {
        let mut c = row.columns();
        Ok(GrantFacts { granted_at: c.time()?, until: c.opt_time()? })
    })
    .transpose()
}

pub(super) async fn exists(tx: &mut Tx, office: OfficeId, company: Option<CompanyId>) -> Result<bool> {
    let sql = "SELECT holder FROM spv_grant WHERE office_id = $1 AND holder = $2";
    Ok(tx.fetch_optional(sql, params![office, &holder(office, company)]).await?.is_some())
}

/// The grant that an inbox is entered with. None: it was taken away, or what is sealed cannot be opened.
pub async fn of(store: &Store, turn: &Turn) -> Result<Option<Grant>> {
    let company = (turn.access == SpvAccess::Own).then_some(turn.company);
    let holder = holder(turn.office, company);
    let sql = "SELECT sealed, access_until, refresh_until, fence FROM spv_grant WHERE office_id = $1 AND holder = $2";
    let row = store.read_internal().await?.fetch_optional(sql, params![turn.office, &holder]).await?;
    let Some(row) = row else { return Ok(None) };
    let mut c = row.columns();
    let sealed = c.blob()?;
    let opened = store.keys().unseal("spv", &sealed).ok().and_then(|text| serde_json::from_str::<Tokens>(&text).ok());
    let Some(mut tokens) = opened else { return Ok(None) };
    (tokens.access_until, tokens.refresh_until) = (c.opt_time()?, c.opt_time()?);
    Ok(Some(Grant { tokens, holder, fence: c.int()? }))
}

/// Takes a grant to renew it. None: another process does so at the moment, or it was changed.
pub async fn take(store: &Store, grant: &Grant, now: Timestamp) -> Result<Option<Grant>> {
    let mine = grant.clone();
    let row = store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE spv_grant SET leased_until = $3, fence = fence + 1
                           WHERE holder = $1 AND fence = $2 AND (leased_until IS NULL OR leased_until < $4) RETURNING fence";
                tx.fetch_optional(sql, params![&mine.holder, mine.fence, now + LEASE, now]).await
            })
        })
        .await?;
    row.map(|row| Ok(Grant { fence: row.columns().int()?, ..grant.clone() })).transpose()
}

/// Ends renewing: keeps new tokens, if there are any. False: somebody gave a newer grant meanwhile.
pub async fn give_back(store: &Store, grant: &Grant, renewed: Option<&Tokens>) -> Result<bool> {
    let (holder, fence) = (grant.holder.clone(), grant.fence);
    let (sql, values) = match renewed {
        None => ("UPDATE spv_grant SET leased_until = NULL WHERE holder = $1 AND fence = $2", params![&holder, fence]),
        Some(tokens) => (
            "UPDATE spv_grant SET leased_until = NULL, fence = fence + 1, sealed = $3, access_until = $4, refresh_until = $5
             WHERE holder = $1 AND fence = $2",
            params![&holder, fence, seal(store, tokens)?, tokens.access_until, tokens.refresh_until],
        ),
    };
    store.write_internal(move |tx| Box::pin(async move { Ok(tx.execute(sql, values).await? == 1) })).await
}

pub(super) async fn reclaim(store: &Store) -> Result<()> {
    if !store.is_alone() {
        return Ok(());
    }
    let free = "UPDATE spv_grant SET leased_until = NULL WHERE leased_until IS NOT NULL";
    store.write_internal(move |tx| Box::pin(async move { tx.execute(free, vec![]).await.map(drop) })).await
}

pub(super) fn seal(store: &Store, tokens: &Tokens) -> Result<Vec<u8>> {
    let good = |token: &str| !token.is_empty() && token.len() <= 10_000 && token.bytes().all(|b| b.is_ascii_graphic());
    if !good(&tokens.refresh) || tokens.access.as_deref().is_some_and(|token| !good(token)) {
        return Err(Error::invalid("refresh_token", "This is no refresh token: paste it as ANAF gave it."));
    }
    store.keys().seal("spv", &serde_json::to_string(tokens).map_err(Error::internal)?)
}

fn holder(office: OfficeId, company: Option<CompanyId>) -> String {
    company.map_or_else(|| office.to_string(), |company| company.to_string())
}

async fn note(tx: &mut Tx, scope: &Scope, company: Option<CompanyId>, action: &'static str) -> Result<()> {
    let subject = company.map(|company| company.to_string()).unwrap_or_default();
    audit::note(tx, Note { office: scope.office(), company, actor: scope.actor(), action, subject, values: "" }).await
}
