//! A certificate for KSeF and its private key, as files hold them: PEM or DER, both in one file or in two, the key locked with a passphrase or not
//! (certyfikaty-KSeF.md; KSeF's own application gives a `.crt` and a `.key` that is locked PKCS#8).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::Decode;
use store::ksef::{Certificate, CertificateFacts};
use x509_cert::Certificate as X509;
use x509_cert::ext::pkix::name::DirectoryString;

/// Longest file: one with a chain has a few kilobytes.
const LONGEST: usize = 64 << 10;
/// Most turns of the function that makes a key of a passphrase; programs choose up to a million. Each costs time here.
const MOST_TURNS: u32 = 5_000_000;

/// Why a certificate and its key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// There is no certificate in what was given.
    NoCertificate,
    /// There is no private key in it.
    NoKey,
    /// The key is locked, and the passphrase is missing or wrong.
    Locked,
    /// The key is locked in a way that cannot be opened here.
    Lock,
    /// The key is neither RSA of 2,048 bits or more nor of the curve P-256.
    Kind,
    /// The key is another certificate's.
    Apart,
}

impl Unfit {
    /// A stable name.
    pub fn name(self) -> &'static str {
        match self {
            Unfit::NoCertificate => "no_certificate",
            Unfit::NoKey => "no_key",
            Unfit::Locked => "locked",
            Unfit::Lock => "lock",
            Unfit::Kind => "kind",
            Unfit::Apart => "apart",
        }
    }

    /// Which of the things given it is about.
    pub fn field(self) -> &'static str {
        match self {
            Unfit::NoCertificate => "certificate",
            Unfit::Locked => "passphrase",
            Unfit::NoKey | Unfit::Lock | Unfit::Kind | Unfit::Apart => "key",
        }
    }
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Unfit::NoCertificate => "This holds no certificate: give the .crt file that KSeF made, PEM or DER.",
            Unfit::NoKey => "This holds no private key: give the .key file that belongs to the certificate, PEM or DER.",
            Unfit::Locked => "The key is locked: give the passphrase that was chosen when it was made.",
            Unfit::Lock => {
                "The key is locked in a way that is not opened here: rewrite it with `openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW`."
            }
            Unfit::Kind => "The key is neither RSA of 2,048 bits or more nor of the curve P-256, which KSeF's certificates have.",
            Unfit::Apart => "The key does not belong to the certificate.",
        })
    }
}

/// The certificate and its key in these files; the second may be empty where the first holds both. Takes as long as opening a locked key does.
pub fn read(certificate: &[u8], key: &[u8], passphrase: &str) -> Result<Certificate, Unfit> {
    let blocks = [blocks(certificate), blocks(key)].concat();
    let certificates: Vec<(Vec<u8>, X509)> =
        blocks.iter().filter_map(|block| Some((block.der.clone(), X509::from_der(&block.der).ok()?))).collect();
    if certificates.is_empty() {
        return Err(Unfit::NoCertificate);
    }
    let key = unlocked(&blocks, passphrase)?;
    let signing = Key::load(&key).ok_or(Unfit::Kind)?;
    // A file with its chain holds the issuers' certificates, too.
    let own = certificates.into_iter().find(|(_, one)| signing.belongs_to(one)).ok_or(Unfit::Apart)?;
    Ok(Certificate { der: own.0, key, facts: facts(&own.1) })
}

/// The same aside: opening a locked key takes a while.
pub async fn read_aside(certificate: Vec<u8>, key: Vec<u8>, passphrase: String) -> Result<Certificate, Unfit> {
    match (certificate.len() <= LONGEST, key.len() <= LONGEST) {
        (false, _) => Err(Unfit::NoCertificate),
        (_, false) => Err(Unfit::NoKey),
        _ => tokio::task::spawn_blocking(move || read(&certificate, &key, &passphrase)).await.unwrap_or(Err(Unfit::Lock)),
    }
}

/// A private key that signs as KSeF's certificates do.
pub(super) enum Key {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Key {
    pub(super) fn load(der: &[u8]) -> Option<Key> {
        const EC: &aws_lc_rs::signature::EcdsaSigningAlgorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let ec = EcdsaKeyPair::from_pkcs8(EC, der).or_else(|_| EcdsaKeyPair::from_private_key_der(EC, der));
        if let Ok(pair) = ec {
            return Some(Key::Ec(pair));
        }
        let pair = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)).ok()?;
        (pair.public_modulus_len() >= 256).then_some(Key::Rsa(pair))
    }

    /// The value of a signature as XML has it (xmldsig-core1, 6.4): for a curve both numbers, each as long as the curve's order.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Key::Ec(pair) => Some(pair.sign(&random, message).ok()?.as_ref().to_vec()),
            Key::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).ok()?;
                Some(signature)
            }
        }
    }

    fn belongs_to(&self, certificate: &X509) -> bool {
        let public = match self {
            Key::Ec(pair) => pair.public_key().as_ref(),
            Key::Rsa(pair) => pair.public_key().as_ref(),
        };
        certificate.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes() == public
    }
}

/// What a certificate says of itself, for signing in.
pub(super) struct Named {
    /// A tax or personal number that KSeF knows stands in its subject; else KSeF goes by its fingerprint.
    pub by_number: bool,
    /// When it ends.
    pub valid_until: Timestamp,
}

/// None: it is no certificate.
pub(super) fn named(der: &[u8]) -> Option<Named> {
    let certificate = X509::from_der(der).ok()?;
    let numbers = attributes(&certificate).any(|(oid, text)| match oid.as_str() {
        SERIAL_NUMBER => has_number(&text, &["PNOPL", "PESEL"], 11) || has_number(&text, &["TINPL", "NIP"], 10),
        ORGANIZATION_IDENTIFIER => has_number(&text, &["VATPL"], 10),
        _ => false,
    });
    Some(Named { by_number: numbers, valid_until: facts(&certificate).valid_until })
}

const COMMON_NAME: &str = "2.5.4.3";
const SERIAL_NUMBER: &str = "2.5.4.5";
const ORGANIZATION_IDENTIFIER: &str = "2.5.4.97";

/// `(PNOPL|PESEL).*?(\d{11})` and its like (auth/podpis-xades.md).
fn has_number(text: &str, marks: &[&str], digits: usize) -> bool {
    let after = |mark: &&str| text.find(mark).map(|at| &text[at + mark.len()..]);
    let is_long = |rest: &str| rest.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() >= digits);
    marks.iter().filter_map(after).any(is_long)
}

fn facts(certificate: &X509) -> CertificateFacts {
    let name = attributes(certificate).find(|(oid, _)| oid == COMMON_NAME).map(|(_, text)| text);
    let subject = name.unwrap_or_else(|| certificate.tbs_certificate().subject().to_string());
    let until = certificate.tbs_certificate().validity().not_after.to_unix_duration().as_secs();
    let valid_until =
        i64::try_from(until).ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or(Timestamp::MAX);
    CertificateFacts { subject: subject.chars().filter(|c| !c.is_control()).take(200).collect(), valid_until }
}

fn attributes(certificate: &X509) -> impl Iterator<Item = (String, String)> + '_ {
    certificate.tbs_certificate().subject().iter().filter_map(|one| {
        let text = DirectoryString::try_from(&one.value).ok()?;
        Some((one.oid.to_string(), text.value().into_owned()))
    })
}

/// DER, and what PEM says that it is.
#[derive(Clone)]
struct Block {
    label: String,
    der: Vec<u8>,
}

/// What a file holds: one piece of DER, the same in base64, or PEM with anything around it.
fn blocks(file: &[u8]) -> Vec<Block> {
    const SEQUENCE: u8 = 0x30;
    if file.first() == Some(&SEQUENCE) {
        return vec![Block { label: String::new(), der: file.to_vec() }];
    }
    let Ok(text) = std::str::from_utf8(file) else { return Vec::new() };
    let bare = |text: &str| STANDARD.decode(text.split_whitespace().collect::<String>()).ok();
    if !text.contains("-----BEGIN ") {
        return bare(text).filter(|der| !der.is_empty()).map(|der| Block { label: String::new(), der }).into_iter().collect();
    }
    let pieces = text.split("-----BEGIN ").skip(1).filter_map(|piece| {
        let (label, rest) = piece.split_once("-----")?;
        let (body, _) = rest.split_once("-----END ")?;
        // The old form says in headers how it is locked ("Proc-Type: 4,ENCRYPTED"): what follows is no DER.
        let der = if body.contains(':') { Vec::new() } else { bare(body)? };
        Some(Block { label: label.to_owned(), der })
    });
    pieces.collect()
}

/// The private key's DER: the first piece that is one, opened if it is locked.
fn unlocked(blocks: &[Block], passphrase: &str) -> Result<Vec<u8>, Unfit> {
    for block in blocks {
        let is_key = block.label.ends_with("PRIVATE KEY");
        match EncryptedPrivateKeyInfoRef::try_from(block.der.as_slice()) {
            Ok(locked) => return open(&locked, passphrase),
            Err(_) if is_key && (block.der.is_empty() || block.label.starts_with("ENCRYPTED")) => return Err(Unfit::Lock),
            Err(_) if is_key || (block.label.is_empty() && Key::load(&block.der).is_some()) => return Ok(block.der.clone()),
            Err(_) => {}
        }
    }
    Err(Unfit::NoKey)
}

fn open(locked: &EncryptedPrivateKeyInfoRef<'_>, passphrase: &str) -> Result<Vec<u8>, Unfit> {
    let turns = locked.encryption_algorithm.pbes2().and_then(|how| how.kdf.pbkdf2()).map(|kdf| kdf.iteration_count);
    match turns {
        Some(turns) if turns <= MOST_TURNS => {}
        _ => return Err(Unfit::Lock),
    }
    if passphrase.is_empty() {
        return Err(Unfit::Locked);
    }
    locked.decrypt(passphrase).map(|key| key.as_bytes().to_vec()).map_err(|_| Unfit::Locked)
}

#[cfg(test)]
mod tests;
