//! Passwords: Argon2id, on threads of its own, two at a time: a burst of sign-ins neither stalls other requests nor takes
//! more than 2 × 19 MiB.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

/// Shortest password (NIST SP 800-63B-4 asks for 8 where it is not the only factor; length counts, rules of composition don't).
pub const SHORTEST: usize = 12;

/// Long passwords that many people have, folded to letters and digits.
const COMMON: &str = include_str!("../vocab/common-passwords.txt");

static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// What is verified where there is no such account, so that both cases take the same time.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody has this password").unwrap_or_default());

/// 19 MiB, 2 passes, 1 lane: the OWASP cheat sheet's first choice.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str) -> Result<String, String> {
    argon2().hash_password(password.as_bytes()).map(|hash: PasswordHash| hash.to_string()).map_err(|error| error.to_string())
}

/// The PHC string to keep.
pub async fn hash(password: String) -> Result<String, String> {
    if password.chars().count() < SHORTEST {
        return Err(format!("a password has at least {SHORTEST} characters"));
    }
    if is_common(&password) {
        return Err("this password is one that many people have".to_owned());
    }
    on_a_thread(move || hash_now(&password)).await?
}

/// One of the list, or hardly more than one character again and again.
fn is_common(password: &str) -> bool {
    let plain: String = password.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let kinds: std::collections::BTreeSet<char> = password.chars().collect();
    kinds.len() < 4 || COMMON.lines().any(|common| common == plain)
}

/// True where the password fits. `None` for an account that is not there: false, after the same time.
pub async fn verify(password: String, kept: Option<String>) -> Result<bool, String> {
    on_a_thread(move || {
        let hash = kept.as_deref().unwrap_or(&NOBODY);
        let fits = PasswordHash::new(hash).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok());
        fits && kept.is_some()
    })
    .await
}

async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let _permit = AT_ONCE.acquire().await.map_err(|error| error.to_string())?;
    tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn fits_or_does_not() {
        let kept = hash("correct horse".to_owned()).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(verify("correct horse".to_owned(), Some(kept.clone())).await.unwrap());
        assert!(!verify("correct horsf".to_owned(), Some(kept)).await.unwrap());
        assert!(!verify("nobody has this password".to_owned(), None).await.unwrap());
        for weak in ["short", "eleven char", "aaaaaaaaaaaaaaaa", "Password1234", "qwertyuiop-123", "123456789012"] {
            assert!(hash(weak.to_owned()).await.is_err(), "{weak}");
        }
    }
}
