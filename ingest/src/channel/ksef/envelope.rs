//! What KSeF alone may read: text encrypted for the key of a certificate of its own, RSA-OAEP with SHA-256 (uwierzytelnianie.md, 2.2).

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

/// Encrypts for whoever has the key of this certificate (X.509, DER). None: it is none, its key is no RSA key, or the text is too long for it.
pub fn seal(certificate: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let key = PublicEncryptingKey::from_der(&certificate.tbs_certificate().subject_public_key_info().to_der().ok()?).ok()?;
    let key = OaepPublicEncryptingKey::new(key).ok()?;
    let mut sealed = vec![0; key.ciphertext_size()];
    let len = key.encrypt(&OAEP_SHA256_MGF1SHA256, text, &mut sealed, None).ok()?.len();
    sealed.truncate(len);
    Some(sealed)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rsa::{OaepPrivateDecryptingKey, PrivateDecryptingKey};
    use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};

    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_key() {
        let pair = KeyPair::generate_for(&PKCS_RSA_SHA256).expect("a key");
        let certificate =
            CertificateParams::new(vec!["ksef.example".to_owned()]).expect("names").self_signed(&pair).expect("made");
        let sealed = seal(certificate.der(), b"token|1786789012345").expect("sealed");
        let key = PrivateDecryptingKey::from_pkcs8(&pair.serialize_der()).expect("the key");
        let key = OaepPrivateDecryptingKey::new(key).expect("for OAEP");
        let mut out = vec![0; key.min_output_size()];
        let text = key.decrypt(&OAEP_SHA256_MGF1SHA256, &sealed, &mut out, None).expect("opens");
        assert_eq!(text, b"token|1786789012345");
        for end in [0, 1, 5, 40, 200] {
            assert_eq!(seal(&certificate.der()[..end], b"x"), None);
        }
        assert_eq!(seal(certificate.der(), &[0; 4_000]), None, "too long");
    }

    #[test]
    fn keys_that_are_no_rsa_keys_are_refused() {
        let pair = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new(vec![]).expect("names").self_signed(&pair).expect("made");
        assert_eq!(seal(certificate.der(), b"x"), None);
    }
}
