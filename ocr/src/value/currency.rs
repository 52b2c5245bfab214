//! Currencies: ISO 4217, and the signs and words that stand for them on paper.

use std::fmt;

/// A currency in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

/// Signs and words that mean one currency on the papers we read. `$`, `kr` and the like mean several and are left out.
const SIGNS: &[(&str, &str)] = &[
    ("€", "EUR"),
    ("EURO", "EUR"),
    ("ZŁ", "PLN"),
    ("ZŁOTYCH", "PLN"),
    ("LEI", "RON"),
    ("LEU", "RON"),
    ("₺", "TRY"),
    ("TL", "TRY"),
    ("YTL", "TRY"),
    ("R$", "BRL"),
    ("US$", "USD"),
    ("£", "GBP"),
    ("SFR", "CHF"),
    ("FR.", "CHF"),
    ("KČ", "CZK"),
    ("FT", "HUF"),
];

impl Currency {
    /// Reads an ISO 4217 code, in capitals or not.
    pub fn parse(code: &str) -> Option<Currency> {
        iso_currency::Currency::from_code(&code.trim().to_ascii_uppercase()).map(Currency)
    }

    /// Reads a code, a sign or a word as printed beside an amount.
    pub fn from_sign(text: &str) -> Option<Currency> {
        let sign = text.trim().to_uppercase();
        let code = SIGNS.iter().find(|(s, _)| *s == sign || *s == sign.trim_end_matches('.')).map(|(_, code)| *code);
        Currency::parse(code.unwrap_or(&sign))
    }

    /// The ISO 4217 code.
    pub fn as_str(&self) -> &'static str {
        self.0.code()
    }

    /// Digits behind the decimal point in use: 2 for most, 0 for JPY and HUF's likes.
    pub fn decimals(&self) -> u32 {
        u32::from(self.0.exponent().unwrap_or(2))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_signs_and_words() {
        for (text, want) in [
            ("zł", "PLN"),
            ("PLN", "PLN"),
            ("lei", "RON"),
            ("TL", "TRY"),
            ("₺", "TRY"),
            ("R$", "BRL"),
            ("€", "EUR"),
            ("eur", "EUR"),
        ] {
            assert_eq!(Currency::from_sign(text).map(|c| c.as_str()), Some(want), "{text}");
        }
        assert_eq!(Currency::parse("ZZZ").map(|c| c.as_str()), None);
        assert_eq!(Currency::from_sign("$"), None);
        assert_eq!(Currency::parse("JPY").map(|c| c.decimals()), Some(0));
    }
}
