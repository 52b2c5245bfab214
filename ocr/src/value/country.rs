//! Countries: ISO 3166-1 alpha-2, and the names under which they stand in addresses.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use crate::fold::fold;

/// Every alpha-2 code of ISO 3166-1, and XK, which KSeF and ECB use for Kosovo.
const CODES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ \
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG \
GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ \
LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR \
NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ \
TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/// Names by code, folded; data, so that a language is added without code.
static NAMES: LazyLock<HashMap<String, Country>> = LazyLock::new(|| {
    let table: HashMap<String, Vec<String>> = toml::from_str(include_str!("../../rules/country_names.toml")).unwrap_or_default();
    let pairs = table.into_iter().filter_map(|(code, names)| Some((Country::parse(&code)?, names)));
    pairs.flat_map(|(country, names)| names.into_iter().map(move |n| (fold(&n), country))).collect()
});

/// A country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country(&'static str);

impl Country {
    /// Reads an alpha-2 code in capitals or not; EL (Greece in VAT ids), UK and XI (Northern Ireland) are understood.
    pub fn parse(code: &str) -> Option<Country> {
        let code = code.trim().to_ascii_uppercase();
        let code = match code.as_str() {
            "EL" => "GR",
            "UK" | "XI" => "GB",
            code => code,
        };
        let known = |c: &&'static str| *c == code;
        CODES.split_ascii_whitespace().find(known).map(Country)
    }

    /// Reads a name in any of the languages of `rules/country_names.toml`, or an alpha-2 or alpha-3 code given there.
    pub fn from_name(name: &str) -> Option<Country> {
        Country::parse(name).or_else(|| NAMES.get(fold(name.trim()).as_str()).copied())
    }

    /// The alpha-2 code.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names() {
        for (text, want) in [
            ("pl", "PL"),
            ("EL", "GR"),
            ("Türkiye", "TR"),
            ("TÜRKİYE", "TR"),
            ("România", "RO"),
            ("Polska", "PL"),
            ("Deutschland", "DE"),
            ("BRASIL", "BR"),
            ("DEU", "DE"),
            ("Hellas", "GR"),
        ] {
            assert_eq!(Country::from_name(text).map(Country::as_str), Some(want), "{text}");
        }
        assert_eq!(Country::parse("ZZ"), None);
        assert_eq!(Country::parse(""), None);
        assert_eq!(CODES.split_ascii_whitespace().count(), 250);
    }
}
