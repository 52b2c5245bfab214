//! A KSeF code names the SHA-256 of the invoice's XML (kody-qr.md): where the XML is at hand, it proves that both are one paper.

use ocr::code;
use ocr::page::Page;
use ocr::reading::{Field, FieldName, Finding, Reading, Severity};
use ocr::value::ksef_number::KsefNumber;

/// The invoice does not hold its own KSeF number: KSeF gives it later, and names the file by it, alone and in packages. It is believed where
/// its checksum is right and the seller is the one that the invoice names.
pub fn number(reading: &mut Reading, file_name: Option<&str>) {
    let stem = file_name.map(|name| name.rsplit_once('.').map_or(name, |(stem, _)| stem));
    let Some(number) = stem.and_then(|stem| KsefNumber::parse(stem).ok()) else { return };
    let seller = reading.fields.get(&FieldName::SellerTaxId).map(|field| field.value.as_str()).unwrap_or_default();
    if seller.trim_start_matches("PL") == number.nip() {
        reading.fields.entry(FieldName::KsefNumber).or_insert_with(|| Field::exact(number.as_str()));
    }
}

/// Says whether the KSeF codes on the pages belong to the XML files whose hashes these are.
pub fn verify(reading: &mut Reading, pages: &[Page], hashes: &[[u8; 32]]) {
    let named = pages.iter().flat_map(|page| &page.codes).filter_map(|code| code::meaning(code)?.xml_sha256);
    let named: Vec<String> = named.collect();
    if named.is_empty() || hashes.is_empty() {
        return;
    }
    let own: Vec<String> = hashes.iter().map(|hash| base64url(hash)).collect();
    let finding = if named.iter().all(|hash| own.contains(hash)) {
        let message = "The KSeF code on the page holds the hash of this XML: both are the same invoice.".to_owned();
        Finding { code: "ksef_verified".to_owned(), severity: Severity::Info, fields: Vec::new(), message }
    } else {
        // A program may have written the same invoice anew; then the values still agree.
        let differs = reading.findings.iter().any(|f| matches!(f.code.as_str(), "page_differs" | "code_differs"));
        let severity = if differs { Severity::Error } else { Severity::Warning };
        let message = "The KSeF code on the page holds the hash of another file than this XML.".to_owned();
        Finding { code: "ksef_hash".to_owned(), severity, fields: vec![FieldName::InvoiceNumber], message }
    };
    reading.findings.push(finding);
}

/// RFC 4648, section 5, without padding.
fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            out.push(char::from(LETTERS[(bits >> (18 - 6 * i) & 63) as usize]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::base64url;

    #[test]
    fn hashes_as_codes_write_them() {
        assert_eq!(base64url(b"\xfb\xff\xfe"), "-__-");
        assert_eq!(base64url(b"ab"), "YWI");
        assert_eq!(base64url(&[0x52; 32]).len(), 43);
    }
}
