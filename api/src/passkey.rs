//! What a browser says when a passkey is made or used (W3C Web Authentication, Level 2): whether it is for this address, this challenge
//! and a person who was verified, and whether the signature is the key's. Attestation is not asked for: which make a device is of matters
//! to nobody here, and without it the key is worth what the session is that brings it.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer};

/// COSE algorithms that are taken (RFC 9053, RFC 8812): ES256, EdDSA, RS256.
pub const ALGORITHMS: [i64; 3] = [-7, -8, -257];

/// Flags of authenticator data (section 6.1): a person was there, was verified, and a key is told.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// Bytes in base64url, as scripts send them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map(Bytes).map_err(serde::de::Error::custom)
    }
}

/// Who asks: where its pages are, and what passkeys are bound to.
#[derive(Clone, Debug)]
pub struct Party {
    /// `https://post.example.com`
    pub origin: String,
    /// `post.example.com`
    pub id: String,
}

impl Party {
    /// Of an address.
    pub fn of(origin: &str) -> Party {
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        let id =
            host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |(name, _)| name);
        Party { origin: origin.to_owned(), id: id.to_owned() }
    }
}

/// What is signed.
#[derive(Clone, Debug, Deserialize)]
pub struct Said {
    /// JSON that the browser made.
    pub client_data: Bytes,
    /// What the device adds.
    pub authenticator_data: Bytes,
}

#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: Bytes,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
}

impl Said {
    /// The challenge that it answers.
    pub fn challenge(&self) -> Option<String> {
        let data: ClientData = serde_json::from_slice(&self.client_data.0).ok()?;
        String::from_utf8(data.challenge.0).ok()
    }

    /// What the device counted; none where it is not for this party, or nobody was verified. `kind`: `webauthn.create` or `webauthn.get`
    /// (sections 7.1 and 7.2). The challenge is the caller's to judge.
    fn checked(&self, party: &Party, kind: &str) -> Option<u32> {
        let data: ClientData = serde_json::from_slice(&self.client_data.0).ok()?;
        let ours = data.kind == kind && data.origin == party.origin && !data.cross_origin;
        let bytes = &self.authenticator_data.0;
        let (hash, rest) = bytes.split_at_checked(32)?;
        let (flags, counter) = (rest.first()?, rest.get(1..5)?);
        let here = hash == digest::digest(&digest::SHA256, party.id.as_bytes()).as_ref();
        let person = flags & (PRESENT | VERIFIED) == PRESENT | VERIFIED;
        (ours && here && person).then(|| u32::from_be_bytes([counter[0], counter[1], counter[2], counter[3]]))
    }

    /// The count of a key that was made, if this is one for this party and it is called `credential`.
    pub fn made(&self, party: &Party, credential: &[u8]) -> Option<u32> {
        let counter = self.checked(party, "webauthn.create")?;
        // Section 6.5.1: AAGUID, length, id, key.
        let bytes = &self.authenticator_data.0;
        let attested = bytes.get(32)? & ATTESTED != 0;
        let length = bytes.get(53..55).map(|two| usize::from(two[0]) << 8 | usize::from(two[1]))?;
        let named = bytes.get(55..55 + length)? == credential && (1..=1023).contains(&length);
        (attested && named).then_some(counter)
    }

    /// The count of a key that was used, if the signature is its own.
    pub fn signed(&self, party: &Party, algorithm: i64, public_key: &[u8], signature: &[u8]) -> Option<u32> {
        let counter = self.checked(party, "webauthn.get")?;
        let mut signed = self.authenticator_data.0.clone();
        signed.extend_from_slice(digest::digest(&digest::SHA256, &self.client_data.0).as_ref());
        UnparsedPublicKey::new(verifier(algorithm)?, public_key).verify(&signed, signature).ok().map(|()| counter)
    }
}

fn verifier(algorithm: i64) -> Option<&'static dyn VerificationAlgorithm> {
    match algorithm {
        -7 => Some(&signature::ECDSA_P256_SHA256_ASN1),
        -8 => Some(&signature::ED25519),
        -257 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        _ => None,
    }
}

/// Whether a key is one that can be verified with.
pub fn is_key(algorithm: i64, public_key: &[u8]) -> bool {
    let kind: Option<&'static dyn VerificationAlgorithm> = verifier(algorithm);
    kind.is_some_and(|kind| signature::ParsedPublicKey::new(kind, public_key).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

    fn party() -> Party {
        Party::of("https://post.example")
    }

    fn said(kind: &str, origin: &str, rp: &str, flags: u8, counter: u32, more: &[u8]) -> Said {
        let challenge = URL_SAFE_NO_PAD.encode("c.1.m");
        let data = format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#);
        let mut bytes = digest::digest(&digest::SHA256, rp.as_bytes()).as_ref().to_vec();
        bytes.push(flags);
        bytes.extend_from_slice(&counter.to_be_bytes());
        bytes.extend_from_slice(more);
        Said { client_data: Bytes(data.into_bytes()), authenticator_data: Bytes(bytes) }
    }

    #[test]
    fn addresses_have_their_ids() {
        for (origin, id) in
            [("https://post.example", "post.example"), ("http://localhost:8080", "localhost"), ("https://a.b:443", "a.b")]
        {
            assert_eq!(Party::of(origin).id, id);
        }
    }

    #[test]
    fn a_signature_is_for_one_address_one_person_and_one_key() {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let der = AsDer::<PublicKeyX509Der<'_>>::as_der(key.public_key()).unwrap().as_ref().to_vec();
        assert!(is_key(-7, &der) && !is_key(-8, &der) && !is_key(-7, &der[..20]) && !is_key(-36, &der));
        let sign = |said: &Said| {
            let mut signed = said.authenticator_data.0.clone();
            signed.extend_from_slice(digest::digest(&digest::SHA256, &said.client_data.0).as_ref());
            key.sign(&SystemRandom::new(), &signed).unwrap().as_ref().to_vec()
        };
        let (get, home, rp) = ("webauthn.get", "https://post.example", "post.example");
        let good = said(get, home, rp, 0x05, 7, &[]);
        assert_eq!(good.challenge().as_deref(), Some("c.1.m"));
        assert_eq!(good.signed(&party(), -7, &der, &sign(&good)), Some(7));
        for (what, bad) in [
            ("made, not used", said("webauthn.create", home, rp, 0x05, 7, &[])),
            ("another page", said(get, "https://evil.example", rp, 0x05, 7, &[])),
            ("a page below", said(get, "https://x.post.example", rp, 0x05, 7, &[])),
            ("without TLS", said(get, "http://post.example", rp, 0x05, 7, &[])),
            ("another party", said(get, home, "evil.example", 0x05, 7, &[])),
            ("nobody verified", said(get, home, rp, 0x01, 7, &[])),
            ("nobody there", said(get, home, rp, 0x04, 7, &[])),
        ] {
            assert_eq!(bad.signed(&party(), -7, &der, &sign(&bad)), None, "{what}");
        }
        let other = said(get, home, rp, 0x05, 8, &[]);
        assert_eq!(other.signed(&party(), -7, &der, &sign(&good)), None, "a signature of something else");
        assert_eq!(good.signed(&party(), -257, &der, &sign(&good)), None, "another algorithm");
        let mut cut = good.clone();
        cut.authenticator_data.0.truncate(36);
        assert_eq!(cut.signed(&party(), -7, &der, &sign(&cut)), None, "cut");
        let mut framed = good;
        framed.client_data.0 = String::from_utf8(framed.client_data.0)
            .unwrap()
            .replace("\"crossOrigin\":false", "\"crossOrigin\":true")
            .into_bytes();
        assert_eq!(framed.signed(&party(), -7, &der, &sign(&framed)), None, "within another page");
    }

    #[test]
    fn a_key_that_is_made_is_named() {
        let attested = |id: &[u8]| [&[0; 16][..], &[0, u8::try_from(id.len()).unwrap()], id, &[1, 2, 3]].concat();
        let (create, home, rp) = ("webauthn.create", "https://post.example", "post.example");
        assert_eq!(said(create, home, rp, 0x45, 0, &attested(b"id")).made(&party(), b"id"), Some(0));
        assert_eq!(said(create, home, rp, 0x45, 0, &attested(b"id")).made(&party(), b"di"), None);
        assert_eq!(said(create, home, rp, 0x05, 0, &attested(b"id")).made(&party(), b"id"), None, "no key is told");
        assert_eq!(said(create, home, rp, 0x45, 0, &attested(b"")).made(&party(), b""), None);
        assert_eq!(said(create, home, rp, 0x45, 0, &[0; 17]).made(&party(), b"id"), None, "cut");
        assert_eq!(said("webauthn.get", home, rp, 0x45, 0, &attested(b"id")).made(&party(), b"id"), None);
    }
}
