//! Pairing of a scanner app: someone of the office or company shows a QR with a code, the app exchanges it once for a token that
//! sends papers for this one company and sees nothing.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::id::{CompanyId, OfficeId, PairingId, TokenId};
use crate::keys::{Purpose, letters};
use crate::scope::{Actor, Role, Scope};
use crate::sql::params;
use crate::store::Store;
use crate::token::{self, Made, NewToken};

/// How long a code can be exchanged.
pub const LIFE: Duration = Duration::from_secs(10 * 60);

/// A code to be shown as a QR.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pairing {
    /// Its id.
    pub id: PairingId,
    /// The code: 130 random bits. It is shown this once.
    pub code: String,
    /// When it ends.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub expires_at: Timestamp,
}

/// What an app got for a code.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Paired {
    /// Id of the token, by which it is revoked.
    pub id: TokenId,
    /// The token. It is shown this once.
    pub token: String,
    /// The company it sends for.
    pub company: CompanyId,
    /// That company's name, for the app to show.
    pub company_name: String,
}

/// Makes a code for a company. `name` says which device is meant; the app may say better.
pub async fn create(store: &Store, scope: &Scope, company: CompanyId, name: &str, now: Timestamp) -> Result<Pairing> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    scope.require(company)?;
    let name = named(name)?;
    let pairing = Pairing { id: PairingId::new(), code: letters::<26>()?, expires_at: now + LIFE };
    let hash = store.keys().hash(Purpose::Pairing, None, &pairing.code);
    let (office, id, expires_at) = (scope.office(), pairing.id, pairing.expires_at);
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "SELECT id FROM company WHERE office_id = $1 AND id = $2 AND closed_at IS NULL";
                tx.fetch_one(sql, params![office, company]).await?;
                let sql = "INSERT INTO pairing (id, office_id, company_id, name, hash, expires_at, created_at)
                           VALUES ($1, $2, $3, $4, $5, $6, $7)";
                tx.execute(sql, params![id, office, company, &name, hash, expires_at, now]).await.map(drop)
            })
        })
        .await?;
    Ok(pairing)
}

/// Exchanges a code, once. `device` is what the app calls itself; empty, the pairing's name stands. [`Error::NotFound`]: unknown,
/// used, over, or the company is closed.
pub async fn exchange(store: &Store, code: &str, device: &str, now: Timestamp) -> Result<Paired> {
    let hash = store.keys().hash(Purpose::Pairing, None, code.trim());
    let device = if device.trim().is_empty() { String::new() } else { named(device)? };
    let made = Made::new(store)?;
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql =
                    "SELECT p.id, p.office_id, p.company_id, p.name, c.name FROM pairing p JOIN company c ON c.id = p.company_id
                           WHERE p.hash = $1 AND p.token_id IS NULL AND p.expires_at > $2 AND c.closed_at IS NULL";
                let mut c = tx.fetch_one(sql, params![hash, now]).await?.columns();
                let (id, office, company): (PairingId, OfficeId, CompanyId) = (c.parse()?, c.parse()?, c.parse()?);
                let (name, company_name) = (c.text()?, c.text()?);
                let name = if device.is_empty() { name } else { device };
                // Nobody's token in particular: it outlives whoever showed the code.
                let new = NewToken { name, role: Role::Scanner, company: Some(company), expires_at: None };
                token::insert(tx, &made, office, Actor::Intake, None, &new, now).await?;
                let sql = "UPDATE pairing SET token_id = $2 WHERE id = $1 AND token_id IS NULL RETURNING 1";
                tx.fetch_one(sql, params![id, made.id]).await?;
                Ok(Paired { id: made.id, token: made.secret, company, company_name })
            })
        })
        .await
}

fn named(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        return Err(Error::invalid(
            "name",
            "A device needs a name that says which one it is, in a line of 200 characters at most.",
        ));
    }
    Ok(name.to_owned())
}
