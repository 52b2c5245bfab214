//! The master key and what is derived from it: keyed hashes of PINs, tokens and aliases, sealed values. The key is in a file
//! outside the database, so that a copy of the database gives no PIN away.

use std::fmt;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{constant_time, hmac, rand};

use crate::error::{Error, Result};
use crate::id::OfficeId;

/// Length of the master key in bytes.
const LEN: usize = 32;

/// What a keyed hash is for; the same text hashes differently for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Pin,
    Alias,
    Token,
    Session,
    Device,
    Invitation,
    Pairing,
    Link,
    Thread,
    Challenge,
}

/// Keys derived from the master key. Cheap to clone; `Debug` shows nothing.
#[derive(Clone)]
pub struct Keys(Arc<Derived>);

struct Derived {
    pin: hmac::Key,
    alias: hmac::Key,
    token: hmac::Key,
    session: hmac::Key,
    device: hmac::Key,
    invitation: hmac::Key,
    pairing: hmac::Key,
    link: hmac::Key,
    thread: hmac::Key,
    challenge: hmac::Key,
    seal: RandomizedNonceKey,
}

impl Keys {
    /// Reads the key file; makes one with a random key where there is none.
    pub fn open(file: &Path) -> Result<Keys> {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => create(file)?,
            Err(error) => return Err(Error::Unavailable(format!("the key file {} cannot be read: {error}", file.display()))),
        };
        let master = unhex(text.trim())
            .and_then(|bytes| <[u8; LEN]>::try_from(bytes).ok())
            .ok_or_else(|| Error::invalid("key_file", format!("{} does not hold 64 hex digits.", file.display())))?;
        Keys::from_master(&master)
    }

    /// Keys of a master key that is kept elsewhere (a secret store). A key without randomness is refused: it is an example.
    pub fn from_master(master: &[u8; LEN]) -> Result<Keys> {
        if master.iter().all(|b| *b == master[0]) {
            return Err(Error::invalid("key_file", "The master key is an example: make a random one."));
        }
        let master = hmac::Key::new(hmac::HMAC_SHA256, master);
        let derive = |name: &str| hmac::sign(&master, format!("postroom {name} 1").as_bytes());
        let key = |name: &str| hmac::Key::new(hmac::HMAC_SHA256, derive(name).as_ref());
        let seal = RandomizedNonceKey::new(&AES_256_GCM, derive("seal").as_ref()).map_err(|_| Error::internal("seal key"))?;
        Ok(Keys(Arc::new(Derived {
            pin: key("pin"),
            alias: key("alias"),
            token: key("token"),
            session: key("session"),
            device: key("device"),
            invitation: key("invitation"),
            pairing: key("pairing"),
            link: key("link"),
            thread: key("thread"),
            challenge: key("challenge"),
            seal,
        })))
    }

    /// Keyed hash of `text` within an office (or of no office, for tokens and sessions).
    pub(crate) fn hash(&self, purpose: Purpose, office: Option<OfficeId>, text: &str) -> Vec<u8> {
        let key = match purpose {
            Purpose::Pin => &self.0.pin,
            Purpose::Alias => &self.0.alias,
            Purpose::Token => &self.0.token,
            Purpose::Session => &self.0.session,
            Purpose::Device => &self.0.device,
            Purpose::Invitation => &self.0.invitation,
            Purpose::Pairing => &self.0.pairing,
            Purpose::Link => &self.0.link,
            Purpose::Thread => &self.0.thread,
            Purpose::Challenge => &self.0.challenge,
        };
        let mut context = hmac::Context::with_key(key);
        if let Some(office) = office {
            context.update(office.to_string().as_bytes());
        }
        context.update(text.as_bytes());
        context.sign().as_ref().to_vec()
    }

    /// Encrypts a value for a row of the database; `owner` must be the same when it is opened.
    pub(crate) fn seal(&self, owner: &str, text: &str) -> Result<Vec<u8>> {
        let mut sealed = text.as_bytes().to_vec();
        let nonce = self
            .0
            .seal
            .seal_in_place_append_tag(Aad::from(owner.as_bytes()), &mut sealed)
            .map_err(|_| Error::internal("a value could not be sealed"))?;
        let mut out = nonce.as_ref().to_vec();
        out.append(&mut sealed);
        Ok(out)
    }

    /// Decrypts what [`Keys::seal`] made.
    pub(crate) fn unseal(&self, owner: &str, sealed: &[u8]) -> Result<String> {
        let broken = || Error::internal("a sealed value cannot be opened: wrong master key?");
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or_else(broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
        let mut rest = rest.to_vec();
        let text = self.0.seal.open_in_place(nonce, Aad::from(owner.as_bytes()), &mut rest).map_err(|_| broken())?;
        String::from_utf8(text.to_vec()).map_err(|_| broken())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

/// Compares two hashes in constant time.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// Random bytes fit for secrets.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| Error::Unavailable("no random numbers to be had".to_owned()))?;
    Ok(bytes)
}

/// A secret of 256 bits as text.
pub(crate) fn random_text() -> Result<String> {
    Ok(hex(&random::<32>()?))
}

/// Letters and digits that are told apart on a display.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A secret to be typed or scanned: random letters, five bits each.
pub(crate) fn letters<const N: usize>() -> Result<String> {
    Ok(random::<N>()?.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect())
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|d| d.len() % 2 == 0)?;
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}

fn create(file: &Path) -> Result<String> {
    let fail = |error: std::io::Error| Error::Unavailable(format!("the key file {} cannot be made: {error}", file.display()));
    let text = hex(&random::<LEN>()?);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    let opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    match opened {
        Ok(mut out) => {
            out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(fail)?;
            Ok(text)
        }
        // Another process was first.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => std::fs::read_to_string(file).map_err(fail),
        Err(error) => Err(fail(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(first: u8) -> Keys {
        let mut master = [7; LEN];
        master[0] = first;
        Keys::from_master(&master).unwrap()
    }

    #[test]
    fn sealed_values_open_with_their_key_and_owner_only() {
        let sealed = keys(1).seal("pin", "483920").unwrap();
        assert_eq!(keys(1).unseal("pin", &sealed).unwrap(), "483920");
        assert!(keys(2).unseal("pin", &sealed).is_err());
        assert!(keys(1).unseal("alias", &sealed).is_err());
        assert!(keys(1).unseal("pin", &sealed[..20]).is_err());
        assert!(!sealed.windows(6).any(|w| w == b"483920"));
    }

    #[test]
    fn hashes_differ_by_purpose_office_and_key() {
        let (a, b) = (OfficeId::new(), OfficeId::new());
        let hash = keys(1).hash(Purpose::Pin, Some(a), "483920");
        assert!(same(&hash, &keys(1).hash(Purpose::Pin, Some(a), "483920")));
        for other in [
            keys(1).hash(Purpose::Pin, Some(b), "483920"),
            keys(1).hash(Purpose::Alias, Some(a), "483920"),
            keys(2).hash(Purpose::Pin, Some(a), "483920"),
            keys(1).hash(Purpose::Pin, Some(a), "483921"),
        ] {
            assert!(!same(&hash, &other));
        }
    }

    #[test]
    fn secrets_are_typed_easily_and_differ() {
        let (one, two) = (letters::<20>().unwrap(), letters::<20>().unwrap());
        assert!(one.len() == 20 && one.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{one}");
        assert!(!one.contains(['l', 'o', '0', '1']), "{one}");
        assert_ne!(one, two);
    }

    #[test]
    fn an_example_key_is_refused() {
        assert!(Keys::from_master(&[0; LEN]).is_err());
    }
}
