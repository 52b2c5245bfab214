use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256};

use super::*;

/// Made with OpenSSL for these tests alone; the passphrase is "haslo".
const CERTIFICATE: &str = include_str!("fixtures/certificate.pem");
const PLAIN: &str = include_str!("fixtures/key.pem");

#[test]
fn keys_in_all_their_forms_are_read() {
    let whole = read(CERTIFICATE.as_bytes(), PLAIN.as_bytes(), "").expect("the plain form");
    assert_eq!(whole.facts.subject, "Jan Kowalski");
    for (form, file) in [
        ("AES-256, SHA-256", include_str!("fixtures/aes.pem")),
        ("3DES, SHA-1", include_str!("fixtures/des3.pem")),
        ("SEC 1", include_str!("fixtures/sec1.pem")),
    ] {
        let read_so = |file: &str| read(CERTIFICATE.as_bytes(), file.as_bytes(), "haslo").map(|one| (one.der, one.facts)).ok();
        assert_eq!(read_so(file), Some((whole.der.clone(), whole.facts.clone())), "{form}");
        assert!(read_so(&file.replace('\n', "\r\n")).is_some(), "{form}, as Windows writes it");
        // One file with both, in either order, and what OpenSSL writes around them.
        for both in [format!("Bag Attributes: none\n{file}{CERTIFICATE}"), format!("{CERTIFICATE}\n{file}")] {
            assert!(read(both.as_bytes(), b"", "haslo").is_ok(), "{form}, one file");
        }
    }
    let der = |text: &str| blocks(text.as_bytes())[0].der.clone();
    assert!(read(&der(CERTIFICATE), &der(PLAIN), "") == Ok(whole.clone()), "DER");
    let bare = |text: &str| STANDARD.encode(der(text));
    assert!(read(bare(CERTIFICATE).as_bytes(), bare(PLAIN).as_bytes(), "") == Ok(whole), "base64, as KSeF's API gives it");
}

#[test]
fn what_cannot_be_used_is_said() {
    let locked = include_str!("fixtures/aes.pem");
    let other = KeyPair::generate().expect("a key").serialize_pem();
    let big = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).expect("a key").serialize_pem();
    for (certificate, key, passphrase, why) in [
        (CERTIFICATE, locked, "", Unfit::Locked),
        (CERTIFICATE, locked, "hasło", Unfit::Locked),
        (CERTIFICATE, include_str!("fixtures/old.pem"), "haslo", Unfit::Lock),
        (CERTIFICATE, include_str!("fixtures/pbe1.pem"), "haslo", Unfit::Lock),
        // A key would be made of the passphrase for many seconds.
        (CERTIFICATE, include_str!("fixtures/slow.pem"), "haslo", Unfit::Lock),
        (CERTIFICATE, &other, "", Unfit::Apart),
        (CERTIFICATE, &big, "", Unfit::Kind),
        (CERTIFICATE, "", "", Unfit::NoKey),
        (CERTIFICATE, CERTIFICATE, "", Unfit::NoKey),
        (PLAIN, "", "", Unfit::NoCertificate),
        ("", PLAIN, "", Unfit::NoCertificate),
        ("no PEM at all", "-----BEGIN PRIVATE KEY-----", "", Unfit::NoCertificate),
    ] {
        assert_eq!(read(certificate.as_bytes(), key.as_bytes(), passphrase).err(), Some(why), "{why:?}");
    }
}

#[test]
fn a_whole_chain_and_an_rsa_key_are_taken() {
    let pair = KeyPair::generate_for(&PKCS_RSA_SHA256).expect("a key");
    let own = CertificateParams::new(vec![]).expect("names").self_signed(&pair).expect("made");
    let chain = format!("{CERTIFICATE}{}", own.pem());
    let taken = read(chain.as_bytes(), pair.serialize_pem().as_bytes(), "").expect("taken");
    assert_eq!(taken.der, own.der().to_vec(), "its own, not the issuer's");
    let key = Key::load(&taken.key).expect("a key");
    assert_eq!(key.sign(b"x").map(|value| value.len()), Some(256));
    let curve = Key::load(&blocks(PLAIN.as_bytes())[0].der).expect("a key");
    assert_eq!(curve.sign(b"x").map(|value| value.len()), Some(64), "two numbers of 32 bytes, no DER");
}

#[test]
fn who_has_no_number_is_known_by_the_fingerprint() {
    let with = |kind: DnType, value: &str| {
        let mut params = CertificateParams::new(vec![]).expect("names");
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(kind, value);
        let pair = KeyPair::generate().expect("a key");
        named(params.self_signed(&pair).expect("made").der()).expect("a certificate").by_number
    };
    let (serial, organization) = (|| DnType::CustomDnType(vec![2, 5, 4, 5]), || DnType::CustomDnType(vec![2, 5, 4, 97]));
    for (kind, value, by_number) in [
        (serial(), "PNOPL-44051401359", true),
        (serial(), "TINPL-5260250995", true),
        (serial(), "NIP: 5260250995", true),
        (serial(), "IDCDE-L01X00T47", false),
        (serial(), "PNOPL-440514", false),
        (organization(), "VATPL-5260250995", true),
        (organization(), "NTRDE-HRB1234567890", false),
        (DnType::CommonName, "PNOPL-44051401359", false),
    ] {
        assert_eq!(with(kind, value), by_number, "{value}");
    }
}
