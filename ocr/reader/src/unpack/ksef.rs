//! What an export of KSeF says of the invoices in it: `_metadata.json`, `{"invoices": [{"ksefNumber", "invoiceHash", …}]}` (CIRFMF/ksef-docs,
//! przyrostowe-pobieranie-faktur.md). An invoice does not hold its own number; its hash tells which one it is.

use std::collections::BTreeMap;

use ocr::value::ksef_number::KsefNumber;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::archive::Archive;

/// Longest file that is looked into: 10,000 invoices of 1 KB each.
const LONGEST: u64 = 16 << 20;

/// Numbers of invoices by their hashes.
#[derive(Debug, Default)]
pub struct Numbers(BTreeMap<String, KsefNumber>);

#[derive(Deserialize)]
struct Metadata {
    invoices: Vec<Invoice>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invoice {
    ksef_number: String,
    #[serde(default)]
    invoice_hash: Option<String>,
}

/// What the metadata in an archive say; nothing where there are none.
pub fn numbers(archive: &[u8], members: u64) -> Numbers {
    let Ok(archive) = Archive::open(archive, members) else { return Numbers::default() };
    let found = archive.named(|name| is_metadata(Some(name)), LONGEST);
    found.map_or_else(Numbers::default, |bytes| parse(&bytes).unwrap_or_default())
}

/// Whether a file of this name is such metadata.
pub fn is_metadata(name: Option<&str>) -> bool {
    name.is_some_and(|name| name.rsplit('/').next().unwrap_or(name).eq_ignore_ascii_case("_metadata.json"))
}

/// The metadata in bytes that are some.
pub fn parse(json: &[u8]) -> Option<Numbers> {
    let metadata: Metadata = serde_json::from_slice(json).ok()?;
    let number = |one: Invoice| Some((one.invoice_hash?, KsefNumber::parse(&one.ksef_number).ok()?));
    Some(Numbers(metadata.invoices.into_iter().filter_map(number).collect()))
}

impl Numbers {
    /// The number of the invoice that these bytes are.
    pub fn of(&self, xml: &[u8]) -> Option<&KsefNumber> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&base64(&Sha256::digest(xml)))
    }
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let letter = if i <= chunk.len() { char::from(LETTERS[(bits >> (18 - 6 * i) & 63) as usize]) } else { '=' };
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_by_hash() {
        let hash = base64(&Sha256::digest(b"<Faktura/>"));
        let json = format!(
            r#"{{"invoices": [{{"ksefNumber": "5265877635-20250826-0100001AF629-AF", "invoiceHash": "{hash}", "seller": {{}}}},
                {{"ksefNumber": "no number", "invoiceHash": "x"}}, {{"ksefNumber": "5265877635-20250826-0100001AF629-AF"}}]}}"#
        );
        let numbers = parse(json.as_bytes()).expect("metadata");
        assert_eq!(numbers.of(b"<Faktura/>").map(KsefNumber::as_str), Some("5265877635-20250826-0100001AF629-AF"));
        assert_eq!(numbers.of(b"<Faktura />"), None);
        assert!(parse(b"{}").is_none() && parse(b"[").is_none());
    }

    #[test]
    fn padding() {
        assert_eq!(["", "a", "ab", "abc"].map(|text| base64(text.as_bytes())), ["", "YQ==", "YWI=", "YWJj"]);
    }
}
