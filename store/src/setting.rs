//! What a person chose for their pages, and their second factor.

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::id::UserId;
use crate::scope::Actor;
use crate::sql::params;
use crate::store::Store;
use crate::user;

/// What a person chose. None: as the office and the browser have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// Language of the pages.
    pub language: Option<String>,
    /// `light` or `dark`.
    pub theme: Option<String>,
    /// Columns of the inbox.
    pub columns: Option<Vec<String>>,
    /// A second factor is asked for.
    pub second_factor: bool,
}

/// The second factor of a person.
#[derive(Clone)]
pub struct SecondFactor {
    /// The shared secret, as it was made (base32).
    pub secret: String,
    /// It was confirmed with a first code, and is asked for.
    pub confirmed: bool,
    /// The last time step whose code was taken: neither it nor an earlier one is taken again (RFC 6238 §5.2).
    pub used_step: i64,
}

/// What a person chose.
pub async fn get(store: &Store, user: UserId) -> Result<Setting> {
    let sql = "SELECT language, theme, columns, totp_confirmed_at FROM user_setting WHERE user_id = $1";
    let row = store.read_internal().await?.fetch_optional(sql, params![user]).await?;
    row.map_or(Ok(Setting::default()), |row| {
        let mut c = row.columns();
        let (language, theme, columns) = (c.opt_text()?, c.opt_text()?, c.opt_text()?);
        let columns = columns.map(|columns| columns.split(',').map(str::to_owned).collect());
        Ok(Setting { language, theme, columns, second_factor: c.opt_time()?.is_some() })
    })
}

/// Keeps language and theme.
pub async fn set(store: &Store, user: UserId, language: Option<String>, theme: Option<String>) -> Result<()> {
    let sql = "INSERT INTO user_setting (user_id, language, theme) VALUES ($1, $2, $3)
               ON CONFLICT (user_id) DO UPDATE SET language = excluded.language, theme = excluded.theme";
    store.write_internal(move |tx| Box::pin(async move { tx.execute(sql, params![user, language, theme]).await.map(drop) })).await
}

/// Keeps which columns the inbox has; none: the usual ones.
pub async fn set_columns(store: &Store, user: UserId, columns: Option<&[&str]>) -> Result<()> {
    let columns = columns.map(|columns| columns.join(","));
    let sql = "INSERT INTO user_setting (user_id, columns) VALUES ($1, $2)
               ON CONFLICT (user_id) DO UPDATE SET columns = excluded.columns";
    store.write_internal(move |tx| Box::pin(async move { tx.execute(sql, params![user, columns]).await.map(drop) })).await
}

/// The second factor, if one was begun.
pub async fn second_factor(store: &Store, user: UserId) -> Result<Option<SecondFactor>> {
    let sql = "SELECT totp, totp_confirmed_at, totp_step FROM user_setting WHERE user_id = $1";
    let Some(row) = store.read_internal().await?.fetch_optional(sql, params![user]).await? else { return Ok(None) };
    let mut c = row.columns();
    let Some(sealed) = c.opt_blob()? else { return Ok(None) };
    let secret = store.keys().unseal(&owner(user), &sealed)?;
    Ok(Some(SecondFactor { secret, confirmed: c.opt_time()?.is_some(), used_step: c.opt_int()?.unwrap_or(0) }))
}

/// Begins a second factor with this secret: it is not asked for before a first code was used. Not where one is asked for already.
pub async fn begin_second_factor(store: &Store, user: UserId, secret: &str) -> Result<()> {
    let sealed = store.keys().seal(&owner(user), secret)?;
    let sql = "INSERT INTO user_setting (user_id, totp) VALUES ($1, $2)
               ON CONFLICT (user_id) DO UPDATE SET totp = excluded.totp, totp_step = NULL
               WHERE user_setting.totp_confirmed_at IS NULL";
    store.write_internal(move |tx| Box::pin(async move { tx.execute(sql, params![user, sealed]).await.map(drop) })).await
}

/// Takes the code of a time step, once: a step taken before, or a later one, is refused with [`Error::Stale`].
pub async fn use_step(store: &Store, user: UserId, step: i64) -> Result<()> {
    let sql = "UPDATE user_setting SET totp_step = $2, totp_confirmed_at = COALESCE(totp_confirmed_at, $3)
               WHERE user_id = $1 AND totp IS NOT NULL AND COALESCE(totp_step, 0) < $2";
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let confirmed = "SELECT 1 FROM user_setting WHERE user_id = $1 AND totp_confirmed_at IS NOT NULL";
                let known = tx.fetch_optional(confirmed, params![user]).await?.is_some();
                match tx.execute(sql, params![user, step, Timestamp::now()]).await? {
                    0 => Err(Error::Stale),
                    _ if known => Ok(()),
                    _ => user::noted(tx, user, Actor::User(user), "user.second_factor_on").await,
                }
            })
        })
        .await
}

/// Takes the second factor away.
pub async fn end_second_factor(store: &Store, user: UserId) -> Result<()> {
    let sql = "UPDATE user_setting SET totp = NULL, totp_confirmed_at = NULL, totp_step = NULL WHERE user_id = $1";
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                tx.execute(sql, params![user]).await?;
                user::noted(tx, user, Actor::User(user), "user.second_factor_off").await
            })
        })
        .await
}

fn owner(user: UserId) -> String {
    format!("totp {user}")
}
