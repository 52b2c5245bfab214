//! The number that KSeF gives an invoice: `NIP-YYYYMMDD-12 hex-2 hex`, 35 characters, the last two a CRC-8 (polynomial 0x07,
//! start 0) over the first 32 (CIRFMF/ksef-docs, faktury/numer-ksef.md).

use std::fmt;

use super::country::Country;
use super::tax_id::TaxId;

/// A KSeF number whose checksum is right, in capitals.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KsefNumber(String);

/// Why a text is no KSeF number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KsefNumberError {
    /// Not `NIP-YYYYMMDD-12 hex-2 hex`.
    #[error("it does not have the form 1234567890-20260131-0123456789AB-CD")]
    Format,
    /// The CRC-8 at its end is wrong.
    #[error("its checksum is wrong")]
    Checksum,
}

impl KsefNumber {
    /// Reads a KSeF number; blanks are left out.
    pub fn parse(text: &str) -> Result<KsefNumber, KsefNumberError> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let parts: Vec<&str> = text.split('-').collect();
        let [nip, date, id, crc] = parts[..] else { return Err(KsefNumberError::Format) };
        let digits = |s: &str, n| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        let hex = |s: &str, n| s.len() == n && s.bytes().all(|b| b.is_ascii_hexdigit());
        if !(digits(nip, 10) && digits(date, 8) && hex(id, 12) && hex(crc, 2)) {
            return Err(KsefNumberError::Format);
        }
        if u8::from_str_radix(crc, 16) != Ok(crc8(&text.as_bytes()[..32])) {
            return Err(KsefNumberError::Checksum);
        }
        Ok(KsefNumber(text))
    }

    /// The seller's NIP.
    pub fn nip(&self) -> &str {
        &self.0[..10]
    }

    /// The seller's NIP as a tax id, if its own check digit is right.
    pub fn seller(&self) -> Option<TaxId> {
        TaxId::parse(self.nip(), Country::parse("PL")).ok()
    }

    /// The day on which KSeF took the invoice, ISO 8601.
    pub fn received(&self) -> String {
        format!("{}-{}-{}", &self.0[11..15], &self.0[15..17], &self.0[17..19])
    }

    /// As printed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KsefNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, b| (0..8).fold(crc ^ b, |c, _| if c & 0x80 == 0 { c << 1 } else { (c << 1) ^ 0x07 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_example() {
        let number = KsefNumber::parse(" 5265877635-20250826-0100001af629-AF ").expect("documented example");
        assert_eq!(number.as_str(), "5265877635-20250826-0100001AF629-AF");
        assert_eq!((number.nip(), number.received().as_str()), ("5265877635", "2025-08-26"));
        assert_eq!(number.seller().map(|s| s.to_string()).as_deref(), Some("PL5265877635"));
    }

    #[test]
    fn any_wrong_digit_is_seen() {
        assert_eq!(KsefNumber::parse("5265877635-20250827-0100001AF629-AF"), Err(KsefNumberError::Checksum));
        assert_eq!(KsefNumber::parse("526587763-20250826-0100001AF629-AF"), Err(KsefNumberError::Format));
        assert_eq!(KsefNumber::parse("ł"), Err(KsefNumberError::Format));
    }
}
