//! Inbound addresses of companies, aliases among them, and secret aliases: hints after the plus sign that stand for the PIN.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::company::changed;
use crate::error::{Error, Result};
use crate::id::{AddressId, AliasId, CompanyId};
use crate::keys::{Keys, Purpose, random};
use crate::scope::Scope;
use crate::sql::{Row, Tx, params};
use crate::store::Store;

/// An address that takes mail for a company. The newest without an end is the one to show; the others are aliases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Address {
    /// Its id.
    pub id: AddressId,
    /// The company.
    pub company: CompanyId,
    /// Before the at sign, lower case.
    pub local: String,
    /// After it, lower case.
    pub domain: String,
    /// End of its grace period; none while it is in use.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub valid_until: Option<Timestamp>,
    /// Since when.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

/// Letters and digits that cannot be taken for one another, by ear or eye.
const CLEAR: &[u8] = b"abcdefghkmnprstuvwxyz23456789";

/// A new local part that nobody can guess, to be dictated: `kx7-m2f-9tr`. About 43 bits.
pub fn generate_local() -> Result<String> {
    let letters: Vec<char> = random::<9>()?.iter().map(|b| char::from(CLEAR[usize::from(*b) % CLEAR.len()])).collect();
    Ok(letters.chunks(3).map(|chunk| chunk.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}

/// Gives a company an address. A taken one is a conflict, whoever has it.
pub async fn create(store: &Store, scope: &Scope, company: CompanyId, local: &str, domain: &str) -> Result<AddressId> {
    scope.allow_manage()?;
    scope.require(company)?;
    let (local, domain) = acceptable(local, domain)?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| Box::pin(async move { insert(tx, &scope_, company, &local, &domain).await }))
        .await
        .inspect(|_| store.cache().forget())
}

/// Inserts an address that was found acceptable.
pub(crate) async fn insert(tx: &mut Tx, scope: &Scope, company: CompanyId, local: &str, domain: &str) -> Result<AddressId> {
    let id = AddressId::new();
    tx.execute(
        "INSERT INTO address (id, office_id, company_id, local, domain, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        params![id, scope.office(), company, local, domain, Timestamp::now()],
    )
    .await
    .map_err(|error| match error {
        Error::Conflict { code: "exists", .. } => Error::conflict("address_taken", "This address is taken."),
        other => other,
    })?;
    changed(tx, scope, company, "address.created", &format!("{local}@{domain}")).await?;
    Ok(id)
}

/// The address as it is kept, if it has the form of one: a dot-atom (RFC 5322 section 3.2.3) without the plus sign, which begins a
/// hint, and a domain name.
pub fn acceptable(local: &str, domain: &str) -> Result<(String, String)> {
    let (local, domain) = (local.to_lowercase(), domain.to_lowercase());
    check(&local, &domain)?;
    Ok((local, domain))
}

/// Ends an address at `until`: mail is taken until then.
pub async fn retire(store: &Store, scope: &Scope, id: AddressId, until: Timestamp) -> Result<()> {
    scope.allow_manage()?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "UPDATE address SET valid_until = $3 WHERE office_id = $1 AND id = $2 RETURNING company_id";
                let company = tx.fetch_one(sql, params![scope_.office(), id, until]).await?.columns().parse()?;
                changed(tx, &scope_, company, "address.retired", &id.to_string()).await
            })
        })
        .await?;
    store.cache().forget();
    Ok(())
}

/// Addresses of a company, newest first.
pub async fn list(store: &Store, scope: &Scope, company: CompanyId) -> Result<Vec<Address>> {
    scope.allow(|role| role.may_see())?;
    scope.require(company)?;
    let sql = "SELECT id, company_id, local, domain, valid_until, created_at FROM address
               WHERE office_id = $1 AND company_id = $2 ORDER BY id DESC";
    store.read(scope).await?.fetch_all(sql, params![scope.office(), company]).await?.into_iter().map(address).collect()
}

/// The address to show of each company of the scope: the newest without an end.
pub async fn main_ones(store: &Store, scope: &Scope) -> Result<BTreeMap<CompanyId, String>> {
    scope.allow(|role| role.may_see())?;
    let mut params = vec![];
    let condition = scope.condition("", &mut params);
    let sql = format!("SELECT company_id, local, domain FROM address WHERE {condition} AND valid_until IS NULL ORDER BY id");
    let rows = store.read(scope).await?.fetch_all(sql, params).await?;
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            Ok((c.parse()?, format!("{}@{}", c.text()?, c.text()?)))
        })
        .collect()
}

/// That of one company: local part and domain.
pub(crate) async fn main_in(tx: &mut Tx, scope: &Scope, company: CompanyId) -> Result<Option<(String, String)>> {
    let sql = "SELECT local, domain FROM address WHERE office_id = $1 AND company_id = $2 AND valid_until IS NULL ORDER BY id DESC LIMIT 1";
    let Some(row) = tx.fetch_optional(sql, params![scope.office(), company]).await? else { return Ok(None) };
    let mut c = row.columns();
    Ok(Some((c.text()?, c.text()?)))
}

/// Gives a company a secret alias and says it: mail to `<local>+<alias>@…` needs no PIN.
pub async fn create_secret_alias(store: &Store, scope: &Scope, company: CompanyId) -> Result<(AliasId, String)> {
    scope.allow_manage()?;
    scope.require(company)?;
    let alias = generate_local()?;
    let hash = store.keys().hash(Purpose::Alias, Some(scope.office()), &alias);
    let sealed = store.keys().seal("alias", &alias)?;
    let (id, scope_) = (AliasId::new(), scope.clone());
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                tx.execute(
                    "INSERT INTO secret_alias (id, office_id, company_id, hash, sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
                    params![id, scope_.office(), company, hash, sealed, Timestamp::now()],
                )
                .await?;
                changed(tx, &scope_, company, "alias.created", &id.to_string()).await
            })
        })
        .await?;
    store.cache().forget();
    Ok((id, alias))
}

/// What stands after the plus sign before the secret by which an answer to a mail of ours comes. That an arrival came so may be seen;
/// the secret may not.
pub const ANSWER: &str = "re-";

/// Where a company answers what we ask: its address with the alias for answers, which needs no PIN. `fresh` is used where it has none
/// yet. None: the company has no address.
pub(crate) async fn answer_path(
    tx: &mut Tx,
    keys: &Keys,
    scope: &Scope,
    company: CompanyId,
    fresh: &str,
) -> Result<Option<String>> {
    let Some((local, domain)) = main_in(tx, scope, company).await? else { return Ok(None) };
    let sql = "SELECT sealed FROM secret_alias WHERE office_id = $1 AND company_id = $2 AND purpose = 'answer' ORDER BY id DESC LIMIT 1";
    let alias = match tx.fetch_optional(sql, params![scope.office(), company]).await? {
        Some(row) => keys.unseal("alias", &row.columns().blob()?)?,
        None => {
            let alias = format!("{ANSWER}{fresh}");
            let hash = keys.hash(Purpose::Alias, Some(scope.office()), &alias);
            let (id, sealed) = (AliasId::new(), keys.seal("alias", &alias)?);
            tx.execute(
                "INSERT INTO secret_alias (id, office_id, company_id, hash, sealed, purpose, created_at)
                 VALUES ($1, $2, $3, $4, $5, 'answer', $6)",
                params![id, scope.office(), company, hash, sealed, Timestamp::now()],
            )
            .await?;
            changed(tx, scope, company, "alias.created", &id.to_string()).await?;
            alias
        }
    };
    Ok(Some(format!("{local}+{alias}@{domain}")))
}

/// Secret aliases of a company for rules of mail programs, newest first, as they are to be shown to those who manage it.
pub async fn secret_aliases(store: &Store, scope: &Scope, company: CompanyId) -> Result<Vec<(AliasId, String)>> {
    scope.allow(|role| role.may_manage())?;
    scope.require(company)?;
    let sql =
        "SELECT id, sealed FROM secret_alias WHERE office_id = $1 AND company_id = $2 AND purpose = 'forward' ORDER BY id DESC";
    let rows = store.read(scope).await?.fetch_all(sql, params![scope.office(), company]).await?;
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            Ok((c.parse()?, store.keys().unseal("alias", &c.blob()?)?))
        })
        .collect()
}

/// Takes a secret alias away at once.
pub async fn remove_secret_alias(store: &Store, scope: &Scope, id: AliasId) -> Result<()> {
    scope.allow_manage()?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "DELETE FROM secret_alias WHERE office_id = $1 AND id = $2 RETURNING company_id";
                let company = tx.fetch_one(sql, params![scope_.office(), id]).await?.columns().parse()?;
                changed(tx, &scope_, company, "alias.removed", &id.to_string()).await
            })
        })
        .await?;
    store.cache().forget();
    Ok(())
}

fn address(row: Row) -> Result<Address> {
    let mut c = row.columns();
    Ok(Address {
        id: c.parse()?,
        company: c.parse()?,
        local: c.text()?,
        domain: c.text()?,
        valid_until: c.opt_time()?,
        created_at: c.time()?,
    })
}

fn check(local: &str, domain: &str) -> Result<()> {
    let atom = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let dots = |text: &str| !text.starts_with('.') && !text.ends_with('.') && !text.contains("..");
    if local.is_empty() || local.len() > 64 || !local.bytes().all(atom) || !dots(local) {
        return Err(Error::invalid("local", "The part before the at sign takes letters, digits, dots, hyphens, underscores."));
    }
    let host = |b: u8| b.is_ascii_alphanumeric() || b"-.".contains(&b);
    if domain.is_empty() || domain.len() > 253 || !domain.bytes().all(host) || !dots(domain) {
        return Err(Error::invalid("domain", format!("{domain:?} is no domain name.")));
    }
    Ok(())
}
