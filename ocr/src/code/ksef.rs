//! KSeF verification codes (CIRFMF/ksef-docs, kody-qr.md). KOD I: `https://<host>/invoice/{NIP}/{DD-MM-YYYY}/{SHA-256, base64url}`;
//! KOD II: `https://<host>/certificate/{kind}/{value}/{NIP}/{serial}/{SHA-256}/{signature}`.

use super::{Kind, Said, iso};
use crate::reading::FieldName;

pub(super) fn read(text: &str) -> Option<Said> {
    let (host, path) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?.split_once('/')?;
    let host = host.to_ascii_lowercase();
    if !(host.ends_with(".mf.gov.pl") && host.contains("ksef")) {
        return None;
    }
    let parts: Vec<&str> = path.split(['?', '#']).next()?.split('/').collect();
    // Earlier hosts had a folder (client-app) in front.
    let start = parts.iter().position(|p| matches!(*p, "invoice" | "certificate"))?;
    match parts[start..] {
        ["invoice", nip, date, hash, ..] => {
            let mut said = Said::new(Kind::Ksef);
            said.add(FieldName::SellerTaxId, nip);
            let day: Vec<&str> = date.split('-').collect();
            if let [d, m, y] = day[..] {
                said.add(FieldName::IssueDate, iso(y, m, d).unwrap_or_default());
            }
            said.xml_sha256 = Some(hash.trim_end_matches('=').to_owned());
            Some(said)
        }
        ["certificate", _, _, nip, _, hash, ..] => {
            let mut said = Said::new(Kind::KsefCertificate);
            said.add(FieldName::SellerTaxId, nip);
            said.xml_sha256 = Some(hash.trim_end_matches('=').to_owned());
            Some(said)
        }
        _ => None,
    }
}
