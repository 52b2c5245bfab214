//! Sessions of people who signed in, and the memory of failed attempts that slows guessing down.

use std::time::Duration;

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::id::{SessionId, UserId};
use crate::keys::{Purpose, random_text};
use crate::sql::params;
use crate::store::Store;
use crate::user::{self, Identity};

/// What someone signed in with, as they will know it again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The program, as it names itself.
    pub agent: String,
    /// Its network address.
    pub source: String,
}

/// A session as it is shown to the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// With what.
    pub device: Device,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// It is the one of the secret given.
    pub current: bool,
}

/// Starts a session; gives the secret for the cookie. It is not kept, only its keyed hash.
pub async fn create(store: &Store, user: UserId, device: Device, now: Timestamp, lives: Duration) -> Result<String> {
    let secret = random_text()?;
    let hash = store.keys().hash(Purpose::Session, None, &secret);
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = "INSERT INTO session (hash, id, user_id, agent, source, expires_at, seen_at, created_at)
                           VALUES ($1, $2, $3, $4, $5, $6, $7, $7)";
                let agent: String = device.agent.chars().take(300).collect();
                let params = params![hash, SessionId::new(), user, agent, device.source, now + lives, now];
                tx.execute(sql, params).await.map(drop)
            })
        })
        .await?;
    Ok(secret)
}

/// Sessions of a person that are not over, newest first. `secret` is the one that is asked with.
pub async fn list(store: &Store, user: UserId, secret: &str, now: Timestamp) -> Result<Vec<Session>> {
    let hash = store.keys().hash(Purpose::Session, None, secret);
    let sql = "SELECT hash, id, agent, source, created_at, expires_at FROM session WHERE user_id = $1 AND expires_at > $2
               ORDER BY created_at DESC LIMIT 100";
    let rows = store.read_internal().await?.fetch_all(sql, params![user, now]).await?;
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            let current = c.blob()? == hash;
            let (id, device) = (c.parse()?, Device { agent: c.text()?, source: c.text()? });
            Ok(Session { id, device, created_at: c.time()?, expires_at: c.time()?, current })
        })
        .collect()
}

/// Ends one session of a person, known by its id.
pub async fn end_one(store: &Store, user: UserId, id: SessionId) -> Result<()> {
    let sql = "DELETE FROM session WHERE user_id = $1 AND id = $2";
    let ended =
        store.write_internal(move |tx| Box::pin(async move { tx.execute(sql, params![user, id.to_string()]).await })).await?;
    if ended == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Who has this session, with their places as they are now. None: over, unknown, or the person may not sign in.
pub async fn verify(store: &Store, secret: &str, now: Timestamp) -> Result<Option<Identity>> {
    let hash = store.keys().hash(Purpose::Session, None, secret);
    let mut tx = store.read_internal().await?;
    let sql = "SELECT user_id FROM session WHERE hash = $1 AND expires_at > $2";
    match tx.fetch_optional(sql, params![hash, now]).await? {
        Some(row) => user::identity(&mut tx, row.columns().parse()?, now).await,
        None => Ok(None),
    }
}

/// Ends a session.
pub async fn end(store: &Store, secret: &str) -> Result<()> {
    let hash = store.keys().hash(Purpose::Session, None, secret);
    store
        .write_internal(move |tx| {
            Box::pin(async move { tx.execute("DELETE FROM session WHERE hash = $1", params![hash]).await.map(drop) })
        })
        .await
}

/// Ends all sessions of a person.
pub async fn end_all(store: &Store, user: UserId) -> Result<()> {
    store
        .write_internal(move |tx| {
            Box::pin(async move { tx.execute("DELETE FROM session WHERE user_id = $1", params![user]).await.map(drop) })
        })
        .await
}

/// Failed logins without pause before an attempt has to wait.
const FREE: u32 = 5;

/// How long an attempt for `subject` (a mail address, a source) has to wait from `now` on: nothing for the first five failures,
/// then 2 s, 4 s, … up to 15 minutes. A day without a failure forgets them.
pub async fn must_wait(store: &Store, subject: &str, now: Timestamp) -> Result<Duration> {
    let sql = "SELECT failures, last_at FROM login_failure WHERE subject = $1 AND last_at > $2";
    let params = params![subject, now - Duration::from_secs(24 * 3600)];
    let Some(row) = store.read_internal().await?.fetch_optional(sql, params).await? else { return Ok(Duration::ZERO) };
    let mut c = row.columns();
    let (failures, last) = (u32::try_from(c.int()?).unwrap_or(u32::MAX), c.time()?);
    if failures < FREE {
        return Ok(Duration::ZERO);
    }
    let pause = Duration::from_secs(2u64.saturating_pow(failures - FREE + 1).min(900));
    Ok(Duration::try_from((last + pause).duration_since(now)).unwrap_or(Duration::ZERO))
}

/// Counts a failed login.
pub async fn failed(store: &Store, subject: &str, now: Timestamp) -> Result<()> {
    let subject = subject.to_owned();
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = "INSERT INTO login_failure (subject, failures, last_at) VALUES ($1, 1, $2)
                           ON CONFLICT (subject) DO UPDATE SET last_at = excluded.last_at,
                               failures = CASE WHEN login_failure.last_at < $3 THEN 1 ELSE login_failure.failures + 1 END";
                tx.execute(sql, params![subject, now, now - Duration::from_secs(24 * 3600)]).await.map(drop)
            })
        })
        .await
}

/// Forgets failed logins, after one that worked.
pub async fn succeeded(store: &Store, subject: &str) -> Result<()> {
    let subject = subject.to_owned();
    store
        .write_internal(move |tx| {
            Box::pin(async move { tx.execute("DELETE FROM login_failure WHERE subject = $1", params![subject]).await.map(drop) })
        })
        .await
}
