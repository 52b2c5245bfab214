//! Passkeys (WebAuthn): public keys that a person's devices sign in with. What a signature is over is judged by the caller; here are the
//! keys, and challenges that are worth something once. A challenge needs no row before it was answered rightly: it says itself until when
//! it holds, under a key of ours.

use std::time::Duration;

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::id::{PasskeyId, UserId};
use crate::keys::{Purpose, hex, random_text, same};
use crate::scope::Actor;
use crate::sql::params;
use crate::store::Store;
use crate::user;

/// A challenge holds so long.
const LIFE: Duration = Duration::from_secs(300);

/// Passkeys of one person.
const MOST: u64 = 20;

/// A key to be kept.
#[derive(Clone, Debug)]
pub struct NewPasskey {
    /// What the device calls it.
    pub credential: Vec<u8>,
    /// DER, SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
    /// COSE algorithm.
    pub algorithm: i64,
    /// How often it has signed, as the device counts; 0 where it does not.
    pub counter: u32,
    /// What the person calls it.
    pub name: String,
}

/// A key as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// What the device calls it.
    pub credential: Vec<u8>,
    /// What the person calls it.
    pub name: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When somebody last signed in with it.
    pub used_at: Option<Timestamp>,
}

/// A key to verify a signature with.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its id.
    pub id: PasskeyId,
    /// Whose it is.
    pub user: UserId,
    /// DER, SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
    /// COSE algorithm.
    pub algorithm: i64,
}

/// A new challenge; for a person who adds a key, or for whoever is about to sign in.
pub fn challenge(store: &Store, user: Option<UserId>, now: Timestamp) -> Result<String> {
    let (nonce, until) = (random_text()?, (now + LIFE).as_second());
    Ok(format!("{nonce}.{until}.{}", mac(store, user, &nonce, until)))
}

fn mac(store: &Store, user: Option<UserId>, nonce: &str, until: i64) -> String {
    let whose = user.map(|user| user.to_string()).unwrap_or_default();
    hex(&store.keys().hash(Purpose::Challenge, None, &format!("{whose} {nonce} {until}")))
}

/// Whether it is one of ours for this person (or nobody yet) and still holds. That it is not taken twice is seen to where what it was
/// answered with is kept.
pub fn holds(store: &Store, challenge: &str, user: Option<UserId>, now: Timestamp) -> bool {
    let mut parts = challenge.split('.');
    let (Some(nonce), Some(until), Some(given), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let Ok(until) = until.parse::<i64>() else { return false };
    now.as_second() < until && same(given.as_bytes(), mac(store, user, nonce, until).as_bytes())
}

/// Adds a key to a person's. [`Error::Stale`] where the challenge was answered before.
pub async fn add(store: &Store, user: UserId, new: NewPasskey, challenge: &str, now: Timestamp) -> Result<PasskeyId> {
    let name: String = new.name.trim().chars().take(80).collect();
    let (id, spent) = (PasskeyId::new(), spent(store, challenge));
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                spend(tx, spent, now).await?;
                let count = tx.fetch_one("SELECT COUNT(*) FROM passkey WHERE user_id = $1", params![user]).await?;
                if count.columns().count()? >= MOST {
                    return Err(Error::conflict("passkeys", "These are enough passkeys: remove one first."));
                }
                let sql = "INSERT INTO passkey (id, user_id, credential, public_key, algorithm, counter, name, created_at)
                           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
                let params = params![id, user, new.credential, new.public_key, new.algorithm, i64::from(new.counter), name, now];
                tx.execute(sql, params).await?;
                user::noted(tx, user, Actor::User(user), "user.passkey_added").await?;
                Ok(id)
            })
        })
        .await
}

/// Keys of a person, oldest first.
pub async fn list(store: &Store, user: UserId) -> Result<Vec<Passkey>> {
    let sql = "SELECT id, credential, name, created_at, used_at FROM passkey WHERE user_id = $1 ORDER BY id";
    let rows = store.read_internal().await?.fetch_all(sql, params![user]).await?;
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            let (id, credential, name) = (c.parse()?, c.blob()?, c.text()?);
            Ok(Passkey { id, credential, name, created_at: c.time()?, used_at: c.opt_time()? })
        })
        .collect()
}

/// Takes a key away.
pub async fn remove(store: &Store, user: UserId, id: PasskeyId) -> Result<()> {
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = "DELETE FROM passkey WHERE user_id = $1 AND id = $2 RETURNING 1";
                tx.fetch_one(sql, params![user, id]).await?;
                user::noted(tx, user, Actor::User(user), "user.passkey_removed").await
            })
        })
        .await
}

/// The key that a device calls so, of somebody who may sign in.
pub async fn find(store: &Store, credential: &[u8]) -> Result<Option<Kept>> {
    let sql = "SELECT p.id, p.user_id, p.public_key, p.algorithm FROM passkey p
               JOIN users u ON u.id = p.user_id AND u.disabled_at IS NULL WHERE p.credential = $1";
    let row = store.read_internal().await?.fetch_optional(sql, params![credential]).await?;
    row.map(|row| {
        let mut c = row.columns();
        Ok(Kept { id: c.parse()?, user: c.parse()?, public_key: c.blob()?, algorithm: c.int()? })
    })
    .transpose()
}

/// Notes that somebody signed in with a key, whose device counts so far now. [`Error::Stale`] where the challenge was answered before,
/// or the count did not rise: then the key was copied.
pub async fn used(store: &Store, id: PasskeyId, counter: u32, challenge: &str, now: Timestamp) -> Result<()> {
    let spent = spent(store, challenge);
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                spend(tx, spent, now).await?;
                let sql = "UPDATE passkey SET counter = $2, used_at = $3
                           WHERE id = $1 AND (counter < $2 OR (counter = 0 AND $2 = 0))";
                match tx.execute(sql, params![id, i64::from(counter), now]).await? {
                    0 => Err(Error::Stale),
                    _ => Ok(()),
                }
            })
        })
        .await
}

fn spent(store: &Store, challenge: &str) -> Vec<u8> {
    store.keys().hash(Purpose::Challenge, None, challenge)
}

async fn spend(tx: &mut crate::sql::Tx, hash: Vec<u8>, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO spent_challenge (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING";
    match tx.execute(sql, params![hash, now + LIFE]).await? {
        0 => Err(Error::Stale),
        _ => Ok(()),
    }
}
