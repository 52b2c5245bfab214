//! What an inbox is entered with, sealed and open.

use jiff::Timestamp;
use serde::Serialize;

use super::KsefAccess;
use crate::error::{Error, Result};
use crate::keys::{Keys, hex, unhex};
use crate::sql::Columns;

/// Whose sealed values these are.
const TOKEN: &str = "ksef";
const CERTIFICATE: &str = "ksef certificate";

/// A certificate for KSeF and its key. Who makes one has seen that they belong together.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    /// X.509, DER.
    pub der: Vec<u8>,
    /// The private key: PKCS#8, SEC 1 or PKCS#1, DER.
    pub key: Vec<u8>,
    /// What is shown of it.
    pub facts: CertificateFacts,
}

/// What is shown of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CertificateFacts {
    /// Whom it names.
    pub subject: String,
    /// When it ends.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub valid_until: Timestamp,
}

/// What an inbox is to be entered with.
#[derive(Clone, PartialEq, Eq)]
pub enum NewAccess {
    /// A KSeF token with the right to read invoices.
    Token(String),
    /// A certificate of the company's own.
    Certificate(Certificate),
    /// The office's certificate.
    Office,
}

/// What KSeF is asked with.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A token.
    Token(String),
    /// A certificate and its key, DER.
    Certificate {
        /// X.509.
        der: Vec<u8>,
        /// The private key.
        key: Vec<u8>,
    },
}

impl CertificateFacts {
    /// Two columns: subject and end. None where either is missing.
    pub(super) fn from_row(c: &mut Columns) -> Result<Option<CertificateFacts>> {
        let (subject, valid_until) = (c.opt_text()?, c.opt_time()?);
        Ok(subject.zip(valid_until).map(|(subject, valid_until)| CertificateFacts { subject, valid_until }))
    }
}

impl Certificate {
    /// Sealed; one that has ended is refused.
    pub(super) fn seal(&self, keys: &Keys, now: Timestamp) -> Result<Vec<u8>> {
        if self.facts.valid_until <= now {
            let day = self.facts.valid_until.strftime("%Y-%m-%d");
            return Err(Error::invalid("certificate", format!("This certificate ended on {day}: get a new one at KSeF.")));
        }
        keys.seal(CERTIFICATE, &format!("{} {}", hex(&self.der), hex(&self.key)))
    }
}

impl Credential {
    pub(super) fn unseal(keys: &Keys, access: KsefAccess, sealed: &[u8]) -> Result<Credential> {
        if access == KsefAccess::Token {
            return Ok(Credential::Token(keys.unseal(TOKEN, sealed)?));
        }
        let text = keys.unseal(CERTIFICATE, sealed)?;
        let parts = text.split_once(' ').and_then(|(der, key)| Some((unhex(der)?, unhex(key)?)));
        let (der, key) = parts.ok_or_else(|| Error::internal("a sealed certificate is none"))?;
        Ok(Credential::Certificate { der, key })
    }
}

/// The columns of an inbox that say what it is entered with.
pub(super) struct Entry {
    pub access: KsefAccess,
    pub sealed: Option<Vec<u8>>,
    pub subject: Option<String>,
    pub valid_until: Option<Timestamp>,
}

impl Entry {
    pub(super) fn of(keys: &Keys, access: NewAccess, now: Timestamp) -> Result<Entry> {
        let empty = Entry { access: KsefAccess::Office, sealed: None, subject: None, valid_until: None };
        match access {
            NewAccess::Office => Ok(empty),
            NewAccess::Token(token) => {
                let token = token.trim();
                if token.is_empty() || token.len() > 1_000 || !token.bytes().all(|b| b.is_ascii_graphic()) {
                    return Err(Error::invalid("token", "This is no KSeF token: paste it as KSeF showed it."));
                }
                Ok(Entry { access: KsefAccess::Token, sealed: Some(keys.seal(TOKEN, token)?), ..empty })
            }
            NewAccess::Certificate(certificate) => Ok(Entry {
                access: KsefAccess::Certificate,
                sealed: Some(certificate.seal(keys, now)?),
                subject: Some(certificate.facts.subject),
                valid_until: Some(certificate.facts.valid_until),
            }),
        }
    }

    /// Four columns: access, sealed, subject, end.
    pub(super) fn from_row(c: &mut Columns) -> Result<Entry> {
        Ok(Entry { access: c.parse()?, sealed: c.opt_blob()?, subject: c.opt_text()?, valid_until: c.opt_time()? })
    }
}
