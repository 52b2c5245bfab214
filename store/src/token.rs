//! API tokens: 256 random bits with a prefix that secret scanners know; only a keyed hash is kept.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::audit::{self, Note};
use crate::error::{Error, Result};
use crate::id::{CompanyId, OfficeId, TokenId, UserId};
use crate::keys::{self, Purpose, random_text};
use crate::restriction;
use crate::scope::{Actor, Companies, Role, Scope, Sight};
use crate::sql::{Row, Tx, Value, marks, params};
use crate::store::Store;

/// What tokens begin with.
pub const PREFIX: &str = "postroom_";

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it is for, in a person's words.
    pub name: String,
    /// What it may do; not more than who makes it.
    pub role: Role,
    /// For one company only.
    pub company: Option<CompanyId>,
    /// When it ends; never if none.
    pub expires_at: Option<Timestamp>,
}

/// A token without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The one company, if it is bound to one.
    pub company: Option<CompanyId>,
    /// Its first characters, to know it by.
    pub prefix: String,
    /// When it ends.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<Timestamp>,
    /// Since when it is not taken any more.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub revoked_at: Option<Timestamp>,
    /// Since when.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

/// Makes a token; gives its secret, which cannot be had again.
pub async fn create(store: &Store, scope: &Scope, new: NewToken) -> Result<(TokenId, String)> {
    check(scope, &new)?;
    let user: Option<UserId> = if let Actor::User(user) = scope.actor() { Some(user) } else { None };
    let made = Made::new(store)?;
    let (id, secret, scope_) = (made.id, made.secret.clone(), scope.clone());
    store
        .write(scope, move |tx| {
            Box::pin(async move { insert(tx, &made, scope_.office(), scope_.actor(), user, &new, Timestamp::now()).await })
        })
        .await?;
    Ok((id, secret))
}

/// A token's secret, before there is a row.
pub(crate) struct Made {
    pub id: TokenId,
    pub secret: String,
    hash: Vec<u8>,
}

impl Made {
    pub fn new(store: &Store) -> Result<Made> {
        let secret = format!("{PREFIX}{}", random_text()?);
        let hash = store.keys().hash(Purpose::Token, None, &secret);
        Ok(Made { id: TokenId::new(), secret, hash })
    }
}

/// Adds a token's row and its line in the audit.
pub(crate) async fn insert(
    tx: &mut Tx,
    made: &Made,
    office: OfficeId,
    actor: Actor,
    user: Option<UserId>,
    new: &NewToken,
    now: Timestamp,
) -> Result<()> {
    let (id, shown) = (made.id, &made.secret[..PREFIX.len() + 6]);
    tx.execute(
        "INSERT INTO token (id, office_id, company_id, user_id, name, role, prefix, hash, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![id, office, new.company, user, &new.name, new.role, shown, made.hash.clone(), new.expires_at, now],
    )
    .await?;
    let (company, subject, values) = (new.company, id.to_string(), new.role.as_str());
    audit::note(tx, Note { office, company, actor, action: "token.created", subject, values }).await
}

/// The scope of a token. None: unknown, ended, revoked, its maker may not sign in any more, or its company is closed to its people.
pub async fn verify(store: &Store, secret: &str, now: Timestamp) -> Result<Option<Scope>> {
    if !secret.starts_with(PREFIX) {
        return Ok(None);
    }
    let hash = store.keys().hash(Purpose::Token, None, secret);
    let scope = in_force(store, "hash", hash.into(), now).await?;
    Ok(scope.map(|(_, scope)| scope))
}

/// The token that has this value in a column, with its scope. None as with [`verify`].
async fn in_force(store: &Store, column: &'static str, value: Value, now: Timestamp) -> Result<Option<(TokenId, Scope)>> {
    let sql = format!(
        "SELECT t.id, t.office_id, t.company_id, t.role
         FROM token t LEFT JOIN users u ON u.id = t.user_id LEFT JOIN company c ON c.id = t.company_id
         WHERE t.{column} = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2) AND u.disabled_at IS NULL
               AND {}",
        crate::company::seen_by("t.role", "$2")
    );
    let mut tx = store.read_internal().await?;
    let Some(row) = tx.fetch_optional(sql, params![value, now]).await? else { return Ok(None) };
    let mut c = row.columns();
    let (id, office, company, role) = (c.parse()?, c.parse()?, c.opt_parse::<CompanyId>()?, c.parse()?);
    let companies = company.map_or(Companies::All, |company| Companies::Set([company].into()));
    let hidden = match restriction::applies(role) {
        true => restriction::hidden_in(&mut tx, office).await?,
        false => BTreeSet::new(),
    };
    let scope = Scope::new(office, companies, role, Actor::Token(id)).with_sight(Sight { own_only: false, hidden });
    Ok(Some((id, scope)))
}

/// What a program signs its calls with that cannot send the token itself: derived from the token's id under the master key, so that
/// nothing more is kept. Ends with the token. [`Error::Forbidden`] for a token that the caller could not have made.
pub async fn signing(store: &Store, scope: &Scope, id: TokenId) -> Result<String> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    let mut params = params![id];
    let condition = scope.condition("", &mut params);
    let sql = format!("SELECT company_id, role FROM token WHERE {condition} AND id = $1");
    let mut c = store.read(scope).await?.fetch_one(sql, params).await?.columns();
    let (company, role): (Option<CompanyId>, Role) = (c.opt_parse()?, c.parse()?);
    // A company's admin must not act with a token that the office has for this company.
    may_give(scope, role)?;
    let (office, actor, subject) = (scope.office(), scope.actor(), id.to_string());
    store
        .write(scope, move |tx| {
            let note = Note { office, company, actor, action: "token.signing", subject, values: "" };
            Box::pin(async move { audit::note(tx, note).await })
        })
        .await?;
    Ok(derived(store, id))
}

fn derived(store: &Store, id: TokenId) -> String {
    keys::hex(&store.keys().hash(Purpose::Token, None, &format!("signing {id}")))
}

/// The scope of a token by its id, and what its calls are signed with. None as with [`verify`].
pub async fn signed_by(store: &Store, id: TokenId, now: Timestamp) -> Result<Option<(Scope, String)>> {
    let scope = in_force(store, "id", id.into(), now).await?;
    Ok(scope.map(|(id, scope)| (scope, derived(store, id))))
}

/// Tokens of the scope, newest first.
pub async fn list(store: &Store, scope: &Scope) -> Result<Vec<Token>> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    let mut params = vec![];
    let condition = theirs(scope, &mut params);
    let sql = format!(
        "SELECT id, name, role, company_id, prefix, expires_at, revoked_at, created_at FROM token WHERE {condition} ORDER BY id DESC"
    );
    store.read(scope).await?.fetch_all(sql, params).await?.into_iter().map(token).collect()
}

/// Ends a token at once.
pub async fn revoke(store: &Store, scope: &Scope, id: TokenId) -> Result<()> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    let mut params = params![id];
    let condition = theirs(scope, &mut params);
    store.read(scope).await?.fetch_one(format!("SELECT id FROM token WHERE {condition} AND id = $1"), params).await?;
    end(store, scope, "token", "token.revoked", id.to_string()).await
}

/// The tokens that someone may know of: a company's admin those of the company's own people and devices, not what the office has for
/// its work on this company.
fn theirs(scope: &Scope, params: &mut Vec<Value>) -> String {
    let mut condition = scope.condition("", params);
    if !scope.role().is_office() {
        let roles = Role::ALL.iter().filter(|role| !role.is_office()).map(|role| role.as_str());
        condition.push_str(&format!(" AND role IN ({})", marks(params, roles)));
    }
    condition
}

/// Ends a credential of `table` (tokens and logins of devices are alike in this), with its line in the audit.
pub(crate) async fn end(store: &Store, scope: &Scope, table: &'static str, action: &'static str, id: String) -> Result<()> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    end_row(store, scope, table, action, id).await
}

/// The same, where the caller has judged the role.
pub(crate) async fn end_row(store: &Store, scope: &Scope, table: &'static str, action: &'static str, id: String) -> Result<()> {
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let mut params = params![&id, Timestamp::now()];
                let condition = scope_.condition("", &mut params);
                let sql = format!(
                    "UPDATE {table} SET revoked_at = COALESCE(revoked_at, $2) WHERE {condition} AND id = $1 RETURNING company_id"
                );
                let company = tx.fetch_one(sql, params).await?.columns().opt_parse()?;
                let (office, actor) = (scope_.office(), scope_.actor());
                audit::note(tx, Note { office, company, actor, action, subject: id, values: "" }).await
            })
        })
        .await
}

/// Nobody gives more than they have.
fn may_give(scope: &Scope, role: Role) -> Result<()> {
    if role < scope.role() || (role.is_office() && !scope.role().may_manage()) { Err(Error::Forbidden) } else { Ok(()) }
}

fn check(scope: &Scope, new: &NewToken) -> Result<()> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    match new.company {
        Some(company) => scope.require(company)?,
        None => scope.allow_manage()?,
    }
    may_give(scope, new.role)?;
    if new.company.is_none() && !new.role.is_office() {
        return Err(Error::invalid("company", "A token with a company's role is bound to one company: name it."));
    }
    if new.name.trim().is_empty() {
        return Err(Error::invalid("name", "A token needs a name that says what it is for."));
    }
    Ok(())
}

fn token(row: Row) -> Result<Token> {
    let mut c = row.columns();
    Ok(Token {
        id: c.parse()?,
        name: c.text()?,
        role: c.parse()?,
        company: c.opt_parse()?,
        prefix: c.text()?,
        expires_at: c.opt_time()?,
        revoked_at: c.opt_time()?,
        created_at: c.time()?,
    })
}
