//! Many invoices in one package (CIRFMF/ksef-docs: open-api.json, `POST /invoices/exports`; przyrostowe-pobieranie-faktur.md;
//! klucze-publiczne-do-szyfrowania.md). KSeF packs what it stored in a range of time into a ZIP, in parts of 50 MB at most, each encrypted by
//! AES-256-CBC with a key that was encrypted for KSeF alone. The ZIP is not opened here: it is an arrival, which the reader takes apart.

use std::time::Duration;

use aws_lc_rs::cipher::{AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{digest, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use store::ksef::KsefProblem;

use super::api::{self, Api, MOST_JSON, PublicKey, Session, Status};
use super::{Trouble, envelope, garbled};

/// Longest package that is fetched, in bytes: XML packs to a tenth or so, and the reader unpacks 200 MB of one file at most.
const MOST_PACKAGE: usize = 4 << 20;
/// How long between it is asked whether a package is ready, at first and at most; and for how long.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(240);

/// A package that was asked for.
pub struct Ordered {
    reference: String,
    key: [u8; 32],
    iv: [u8; 16],
}

/// A package that is ready.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Package {
    /// Invoices in it.
    pub invoice_count: usize,
    /// There were more than one package holds.
    pub is_truncated: bool,
    parts: Vec<Part>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    ordinal_number: u32,
    url: String,
    encrypted_part_size: usize,
    encrypted_part_hash: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    reference_number: String,
}

#[derive(Deserialize)]
struct Progress {
    status: Status,
    #[serde(default)]
    package: Option<Package>,
}

impl Api {
    /// Asks for the invoices of the company as a buyer that were stored in this range, its ends included.
    pub async fn order(&self, session: &Session, from: Timestamp, to: Timestamp) -> Result<Ordered, Trouble> {
        let keys: Vec<PublicKey> = self.json(self.0.request(Method::GET, "/security/public-key-certificates", None)).await?;
        let theirs = api::newest(&keys, "SymmetricKeyEncryption", Timestamp::now())?;
        let (mut key, mut iv) = ([0; 32], [0; 16]);
        rand::fill(&mut key).and_then(|()| rand::fill(&mut iv)).map_err(|_| garbled("there is no randomness to be had"))?;
        let sealed = STANDARD.decode(&theirs.certificate).ok().and_then(|der| envelope::seal(&der, &key));
        let sealed = sealed.ok_or_else(|| garbled("KSeF's key is none that a key can be encrypted with"))?;
        let mut encryption = json!({
            "encryptedSymmetricKey": STANDARD.encode(sealed),
            "initializationVector": STANDARD.encode(iv),
        });
        if let Some(id) = &theirs.public_key_id {
            encryption["publicKeyId"] = id.as_str().into();
        }
        let range = json!({
            "dateType": "PermanentStorage",
            "from": from.to_string(),
            "to": to.to_string(),
            "restrictToPermanentStorageHwmDate": true,
        });
        let body = json!({"encryption": encryption, "filters": {"subjectType": "Subject2", "dateRange": range}});
        let request = |access: &str| self.0.request(Method::POST, "/invoices/exports", Some(access)).json(&body);
        let answer = self.asked(session, request).await?;
        let created: Created = api::parsed(&api::body(answer, MOST_JSON).await?)?;
        Ok(Ordered { reference: created.reference_number, key, iv })
    }

    /// The package, once it is ready. None: KSeF does not make it, or not in time.
    pub async fn package(&self, session: &Session, ordered: &Ordered) -> Result<Option<Package>, Trouble> {
        let path = format!("/invoices/exports/{}", api::plain(&ordered.reference)?);
        let (mut pause, mut waited) = (PAUSE, Duration::ZERO);
        while waited < PATIENCE {
            let answer = self.asked(session, |access| self.0.request(Method::GET, &path, Some(access))).await?;
            let progress: Progress = api::parsed(&api::body(answer, MOST_JSON).await?)?;
            match progress.status.code {
                100..200 => tokio::time::sleep(pause).await,
                200 => return Ok(progress.package),
                code => {
                    tracing::warn!(code, said = %progress.status.description, "KSeF makes no package of invoices");
                    return Ok(None);
                }
            }
            waited += pause;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        tracing::warn!("KSeF's package of invoices is not ready in time");
        Ok(None)
    }

    /// The ZIP of a package. None: it is too long to be taken apart at once.
    pub async fn download(&self, ordered: &Ordered, mut package: Package) -> Result<Option<Bytes>, Trouble> {
        package.parts.sort_by_key(|part| part.ordinal_number);
        if package.parts.iter().fold(0, |sum: usize, part| sum.saturating_add(part.encrypted_part_size)) > MOST_PACKAGE {
            return Ok(None);
        }
        let mut whole: Vec<u8> = Vec::new();
        for part in &package.parts {
            // The address itself is the permission: no token goes there.
            let request = self.0.elsewhere(&part.url).ok_or_else(|| garbled("KSeF's package is at no address"))?;
            let answer = self.answer(request).await.map_err(|trouble| match trouble {
                // Of that address, and not of who signed in.
                Trouble::Problem(KsefProblem::Token | KsefProblem::Rights, message) => garbled(&message),
                other => other,
            })?;
            let sealed = api::body(answer, MOST_PACKAGE).await?;
            if STANDARD.encode(digest::digest(&digest::SHA256, &sealed)) != part.encrypted_part_hash {
                return Err(garbled("the package's bytes are not those whose hash KSeF names"));
            }
            whole.extend(ordered.open(&sealed).ok_or_else(|| garbled("KSeF's package does not open with the key it was given"))?);
        }
        Ok(Some(whole.into()))
    }
}

impl Ordered {
    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let key = UnboundCipherKey::new(&AES_256, &self.key).and_then(PaddedBlockDecryptingKey::cbc_pkcs7).ok()?;
        let mut bytes = sealed.to_vec();
        let len = key.decrypt(&mut bytes, DecryptionContext::Iv128(FixedLength::from(self.iv))).ok()?.len();
        bytes.truncate(len);
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::cipher::{EncryptionContext, PaddedBlockEncryptingKey};

    use super::*;

    #[test]
    fn parts_open_with_their_key_alone() {
        let ordered = Ordered { reference: String::new(), key: [7; 32], iv: [9; 16] };
        let key = UnboundCipherKey::new(&AES_256, &ordered.key).and_then(PaddedBlockEncryptingKey::cbc_pkcs7).expect("a key");
        let mut sealed = b"a part of a ZIP".to_vec();
        key.less_safe_encrypt(&mut sealed, EncryptionContext::Iv128(FixedLength::from(ordered.iv))).expect("encrypts");
        assert_eq!(ordered.open(&sealed).as_deref(), Some(b"a part of a ZIP".as_slice()));
        for end in [0, 15] {
            assert_eq!(ordered.open(&sealed[..end]), None, "{end}");
        }
        assert_ne!(Ordered { key: [8; 32], ..ordered }.open(&sealed).as_deref(), Some(b"a part of a ZIP".as_slice()));
    }
}
