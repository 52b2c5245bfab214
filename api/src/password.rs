//! Passwords: what the office asks of them, and Argon2id, on threads of its own, two at a time: a burst of sign-ins neither stalls
//! other requests nor takes more than 2 × 19 MiB.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use store::office::PasswordRule;
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

/// Shortest password of the usual rule (NIST SP 800-63B-4 asks for 8 where it is not the only factor; length counts, rules of
/// composition don't).
const LONG: usize = 12;
/// Shortest password of the classic rule.
const CLASSIC: usize = 8;
/// Longer ones are refused: each try to sign in hashes all of it.
const LONGEST: usize = 1_000;

/// Long passwords that many people have, folded to letters and digits: in languages that zxcvbn knows no words of.
const COMMON: &str = include_str!("../vocab/common-passwords.txt");

static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// What is verified where there is no such account, so that both cases take the same time.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody has this password").unwrap_or_default());

/// What a password lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Weak {
    /// Characters: so many are asked for.
    Short(usize),
    /// It is longer than anybody types.
    Long(usize),
    /// These kinds of characters: `digit`, `upper`, `lower`, `sign`.
    Kinds(Vec<&'static str>),
    /// Many people have it, or one like it.
    Common,
}

impl std::fmt::Display for Weak {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = |kind: &&str| match *kind {
            "digit" => "a digit",
            "upper" => "a capital letter",
            "lower" => "a small letter",
            _ => "a sign such as ! or ?",
        };
        match self {
            Weak::Short(least) => write!(f, "The password is too short: it needs {least} characters or more."),
            Weak::Long(most) => write!(f, "The password is too long: at most {most} characters."),
            Weak::Kinds(kinds) => {
                write!(f, "The password lacks {}.", kinds.iter().map(word).collect::<Vec<_>>().join(", "))
            }
            Weak::Common => f.write_str("Many people have this password, or one like it: take one that nobody guesses."),
        }
    }
}

/// Why a password was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It is not what the office asks for.
    #[error("{0}")]
    Weak(Weak),
    /// It could not be hashed.
    #[error("{0}")]
    Failed(String),
}

/// Characters that a password needs at least under all these rules.
pub fn shortest(rules: &[PasswordRule]) -> usize {
    rules.iter().map(|rule| if *rule == PasswordRule::Classic { CLASSIC } else { LONG }).max().unwrap_or(LONG)
}

/// What a password lacks under these rules; without any, the usual one holds. `about` is what others know of its owner: a password made
/// of it is soon guessed.
pub fn weakness(password: &str, rules: &[PasswordRule], about: &[&str]) -> Option<Weak> {
    let (length, least) = (password.chars().count(), shortest(rules));
    if length < least {
        return Some(Weak::Short(least));
    }
    if length > LONGEST {
        return Some(Weak::Long(LONGEST));
    }
    let lacks = lacking(password);
    if rules.contains(&PasswordRule::Classic) && !lacks.is_empty() {
        return Some(Weak::Kinds(lacks));
    }
    is_common(password, about).then_some(Weak::Common)
}

fn lacking(password: &str) -> Vec<&'static str> {
    let has = |kind: fn(char) -> bool| password.chars().any(kind);
    let kinds = [
        ("digit", has(|c| c.is_ascii_digit())),
        ("upper", has(char::is_uppercase)),
        ("lower", has(char::is_lowercase)),
        ("sign", has(|c| !c.is_alphanumeric())),
    ];
    kinds.into_iter().filter(|(_, there)| !there).map(|(kind, _)| kind).collect()
}

/// One of the lists, hardly more than one character again and again, or fewer than 10^8 guesses away from them.
fn is_common(password: &str, about: &[&str]) -> bool {
    let plain: String = password.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let kinds: std::collections::BTreeSet<char> = password.chars().collect();
    let about: Vec<&str> =
        about.iter().flat_map(|text| text.split(['@', '.', ' ', '-', '_'])).filter(|word| word.len() > 2).collect();
    kinds.len() < 4 || COMMON.lines().any(|common| common == plain) || zxcvbn(password, &about).score() < Score::Three
}

/// 19 MiB, 2 passes, 1 lane: the OWASP cheat sheet's first choice.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str) -> Result<String, String> {
    argon2().hash_password(password.as_bytes()).map(|hash: PasswordHash| hash.to_string()).map_err(|error| error.to_string())
}

/// The PHC string to keep, of a password that is what the rules ask for.
pub async fn hash(password: String, rules: &[PasswordRule], about: &[&str]) -> Result<String, Refused> {
    if let Some(weak) = weakness(&password, rules, about) {
        return Err(Refused::Weak(weak));
    }
    on_a_thread(move || hash_now(&password)).await.and_then(|hash| hash).map_err(Refused::Failed)
}

/// True where the password fits. `None` for an account that is not there: false, after the same time.
pub async fn verify(password: String, kept: Option<String>) -> Result<bool, String> {
    if password.chars().count() > LONGEST {
        return Ok(false);
    }
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
    use PasswordRule::{Classic, Long};

    #[tokio::test]
    async fn fits_or_does_not() {
        let kept = hash("correct horse".to_owned(), &[], &[]).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(verify("correct horse".to_owned(), Some(kept.clone())).await.unwrap());
        assert!(!verify("correct horsf".to_owned(), Some(kept)).await.unwrap());
        assert!(!verify("nobody has this password".to_owned(), None).await.unwrap());
        assert!(matches!(hash("short".to_owned(), &[Long], &[]).await, Err(Refused::Weak(Weak::Short(12)))));
    }

    #[test]
    fn each_rule_says_what_is_missing() {
        for (rules, password, want) in [
            (&[Long][..], "eleven char", Some(Weak::Short(12))),
            (&[], "eleven char", Some(Weak::Short(12))),
            (&[Long], "twelve chars", None),
            (&[Long], "jesień liście most", None),
            (&[Long], "aaaaaaaaaaaaaaaa", Some(Weak::Common)),
            (&[Long], "Password1234", Some(Weak::Common)),
            (&[Long], "p4ssw0rd1234!", Some(Weak::Common)),
            (&[Long], "123456789012", Some(Weak::Common)),
            (&[Long], "ksiegowosc123", Some(Weak::Common)),
            (&[Classic], "Ab1!xyz", Some(Weak::Short(8))),
            (&[Classic], "abcdefgh", Some(Weak::Kinds(vec!["digit", "upper", "sign"]))),
            (&[Classic], "ŁÓDŹ2026", Some(Weak::Kinds(vec!["lower", "sign"]))),
            (&[Classic], "Passw0rd!", Some(Weak::Common)),
            (&[Classic], "wT9!okręt", None),
            // Who works for two offices satisfies both.
            (&[Classic, Long], "wT9!okręt", Some(Weak::Short(12))),
            (&[Classic, Long], "a long sentence", Some(Weak::Kinds(vec!["digit", "upper"]))),
        ] {
            assert_eq!(weakness(password, rules, &[]), want, "{password:?} under {rules:?}");
        }
        assert_eq!(weakness("annakowalska", &[Long], &["anna.kowalska@biuro.example"]), Some(Weak::Common));
        assert_eq!(weakness(&"ab1 ".repeat(300), &[Long], &[]), Some(Weak::Long(1000)));
    }
}
