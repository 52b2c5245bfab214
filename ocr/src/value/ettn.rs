//! ETTN, the UUID of a Turkish e-invoice (GİB UBL-TR 1.2, `cbc:UUID`).

use std::fmt;

/// A UUID in the usual groups, lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ettn(String);

impl Ettn {
    /// Reads a UUID with or without dashes; anything else is `None`.
    pub fn parse(text: &str) -> Option<Ettn> {
        let hex: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_lowercase()).collect();
        if hex.len() != 32 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        Some(Ettn([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")))
    }

    /// In the usual groups, lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ettn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Ettn;

    #[test]
    fn with_and_without_dashes() {
        let want = "f47ac10b-58cc-4372-a567-0e02b2c3d479";
        assert_eq!(Ettn::parse("F47AC10B-58CC-4372-A567-0E02B2C3D479").as_ref().map(Ettn::as_str), Some(want));
        assert_eq!(Ettn::parse("f47ac10b58cc4372a5670e02b2c3d479").as_ref().map(Ettn::as_str), Some(want));
        assert_eq!(Ettn::parse("f47ac10b58cc4372a5670e02b2c3d47"), None);
        assert_eq!(Ettn::parse("ł47ac10b58cc4372a5670e02b2c3d479"), None);
    }
}
