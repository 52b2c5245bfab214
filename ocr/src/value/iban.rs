//! Bank accounts: IBAN (ISO 13616) and the bare 26-digit Polish account number (NRB), which is an IBAN without its PL.

use std::fmt;

use super::country::Country;

/// An IBAN whose length and checksum are right, without blanks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Iban(String);

/// Why a text is no IBAN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IbanError {
    /// Not two letters, two digits and letters or digits.
    #[error("it does not have the form of an IBAN")]
    Format,
    /// The check digits are wrong.
    #[error("its check digits are wrong")]
    Checksum,
    /// The country has no IBAN, or another length.
    #[error("its country has IBANs of another length or form")]
    Country,
}

impl Iban {
    /// Reads an IBAN as printed, in groups or not, or a bare Polish account number of 26 digits.
    pub fn parse(text: &str) -> Result<Iban, IbanError> {
        let mut text = compact(text);
        if text.len() == 26 && text.bytes().all(|b| b.is_ascii_digit()) {
            text.insert_str(0, "PL");
        }
        match text.parse::<iban::Iban>() {
            Ok(_) => Ok(Iban(text)),
            Err(iban::ParseIbanError::InvalidBaseIban { source: iban::ParseBaseIbanError::InvalidChecksum }) => {
                Err(IbanError::Checksum)
            }
            Err(iban::ParseIbanError::InvalidBaseIban { .. }) => Err(IbanError::Format),
            Err(_) => Err(IbanError::Country),
        }
    }

    /// Without blanks.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Country of the account.
    pub fn country(&self) -> Option<Country> {
        Country::parse(self.0.get(..2)?)
    }
}

/// In groups of four, as people read it.
impl fmt::Display for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, c) in self.0.chars().enumerate() {
            if i > 0 && i % 4 == 0 {
                f.write_str(" ")?;
            }
            write!(f, "{c}")?;
        }
        Ok(())
    }
}

/// `text` without blanks, dots and dashes, in capitals, without a leading word IBAN; nothing is checked.
pub fn compact(text: &str) -> String {
    let text: String = text.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_uppercase()).collect();
    match text.strip_prefix("IBAN") {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_alphanumeric()) => rest.to_owned(),
        _ => text,
    }
}

/// Whether `text` has the form of an IBAN (two letters, two digits, 11 to 30 more), right or wrong.
pub fn looks_like(text: &str) -> bool {
    let text = compact(text);
    let b = text.as_bytes();
    (15..=34).contains(&b.len()) && b[..2].iter().all(u8::is_ascii_alphabetic) && b[2..4].iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_ibans_and_polish_account_numbers() {
        for (text, want) in [
            ("DE02 1203 0000 0000 2020 51", "DE02120300000000202051"),
            ("IBAN: NL57 RABO 0107 3075 10", "NL57RABO0107307510"),
            ("61 1090 1014 0000 0712 1981 2874", "PL61109010140000071219812874"),
            ("RO49AAAA1B31007593840000", "RO49AAAA1B31007593840000"),
            ("tr33 0006 1005 1978 6457 8413 26", "TR330006100519786457841326"),
        ] {
            let iban = Iban::parse(text);
            assert_eq!(iban.as_ref().map(Iban::as_str), Ok(want));
            assert_eq!(iban.as_ref().map(|i| Iban::parse(&i.to_string())), Ok(iban.clone()), "printed and read again");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(Iban::parse("DE02120300000000202052"), Err(IbanError::Checksum));
        assert_eq!(Iban::parse("61109010140000071219812875"), Err(IbanError::Checksum));
        assert_eq!(Iban::parse("12345678"), Err(IbanError::Format));
        assert_eq!(Iban::parse(""), Err(IbanError::Format));
        assert!(looks_like("DE02120300000000202052") && !looks_like("160000000011111150") && !looks_like("ł"));
    }
}
