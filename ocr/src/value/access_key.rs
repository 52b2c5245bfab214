//! Brazil's access key (chave de acesso) of NF-e, NFC-e, CT-e, NFCom, NF3e, BP-e and MDF-e: 44 characters, the last a check digit
//! modulo 11 (Manual de Orientação do Contribuinte, 2.2.6): state 2, year and month 4, CNPJ 14, model 2, series 3, number 9, form of
//! emission 1, code 8, digit 1. With the alphanumeric CNPJ of 2026 the 14 characters of the issuer may hold letters.

use std::fmt;

use super::country::Country;
use super::tax_id::TaxId;

/// An access key whose check digit is right, without blanks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccessKey(String);

/// Why a text is no access key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessKeyError {
    /// Not 44 digits (letters only in the issuer's CNPJ).
    #[error("it does not have 44 digits")]
    Format,
    /// The last digit is wrong.
    #[error("its check digit is wrong")]
    Checksum,
}

impl AccessKey {
    /// Reads a key as printed, in groups or not; the `NFe`, `CTe`… in front of an XML Id is left out.
    pub fn parse(text: &str) -> Result<AccessKey, AccessKeyError> {
        let compacted: String = text.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_uppercase()).collect();
        let key = compacted.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let shaped = key.len() == 44 && key.bytes().enumerate().all(|(i, b)| b.is_ascii_digit() || (6..18).contains(&i));
        if !shaped {
            return Err(AccessKeyError::Format);
        }
        let key = key.to_owned();
        if key.as_bytes()[43] != b'0' + check_digit(&key.as_bytes()[..43]) {
            return Err(AccessKeyError::Checksum);
        }
        Ok(AccessKey(key))
    }

    /// The 44 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Model of the document: 55 NF-e, 65 NFC-e, 57 and 67 CT-e, 62 NFCom, 63 BP-e, 66 NF3e, 58 MDF-e (no invoice).
    pub fn model(&self) -> &str {
        &self.0[20..22]
    }

    /// The issuer's CNPJ, or the CPF of a producer who issues under one.
    pub fn issuer(&self) -> Option<TaxId> {
        let id = &self.0[6..20];
        let brazil = Country::parse("BR");
        TaxId::parse(id, brazil).or_else(|_| TaxId::parse(id.strip_prefix("000").unwrap_or(id), brazil)).ok()
    }

    /// Number of the document, without leading zeros.
    pub fn number(&self) -> &str {
        self.0[25..34].trim_start_matches('0')
    }

    /// Series, without leading zeros but at least one digit.
    pub fn series(&self) -> &str {
        let series = self.0[22..25].trim_start_matches('0');
        if series.is_empty() { "0" } else { series }
    }

    /// Year and month of issue, `YYYY-MM`.
    pub fn month(&self) -> String {
        format!("20{}-{}", &self.0[2..4], &self.0[4..6])
    }
}

impl fmt::Display for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Weights 2 to 9 from the right; a character counts as its ASCII code less 48, as for the alphanumeric CNPJ.
fn check_digit(first_43: &[u8]) -> u8 {
    let sum: u32 = first_43.iter().rev().zip((2..=9).cycle()).map(|(b, w)| u32::from(b - b'0') * w).sum();
    match sum % 11 {
        0 | 1 => 0,
        r => (11 - r) as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_key_in_groups_and_from_an_xml_id() {
        let text = "3526 0716 7272 3000 0197 5500 1000 0123 4511 2345 6788";
        let digit = check_digit(&text.replace(' ', "").as_bytes()[..43]);
        let text = format!("{}{digit}", &text[..text.len() - 1]);
        let key = AccessKey::parse(&text).expect("check digit was computed");
        assert_eq!(AccessKey::parse(&format!("NFe{key}")), Ok(key.clone()));
        assert_eq!((key.model(), key.series(), key.number(), key.month().as_str()), ("55", "1", "12345", "2026-07"));
        assert_eq!(key.issuer().map(|t| t.to_string()).as_deref(), Some("BR16727230000197"));
    }

    #[test]
    fn the_digit_is_that_of_real_keys() {
        // Published example of the Manual de Orientação do Contribuinte.
        assert_eq!(AccessKey::parse("5206043300991100250655012000000780026730161").map(|_| ()), Err(AccessKeyError::Format));
        assert_eq!(check_digit(b"5206043300991100250655012000000780026730161"), 5);
        assert!(AccessKey::parse("52060433009911002506550120000007800267301615").is_ok());
        assert_eq!(AccessKey::parse("52060433009911002506550120000007800267301616"), Err(AccessKeyError::Checksum));
    }
}
