//! Tax ids: PL NIP, RO CUI, DE USt-IdNr. and Steuernummer, TR VKN and TCKN, BR CNPJ and CPF, VAT ids of the EU and its
//! neighbours. The checksums are `stdnum`'s; what it gets wrong is put right in `check`.

use std::fmt;

use stdnum::ErrorKind;

use super::country::Country;

/// VAT prefix (where it differs from the country it is an entry of its own), country, and `stdnum` schemes in the order in
/// which they are tried: the company's number first.
const SCHEMES: &[(&str, &str, &[&str])] = &[
    ("AT", "AT", &["at/uid"]),
    ("BE", "BE", &["be/vat"]),
    ("BG", "BG", &["bg/vat"]),
    ("BR", "BR", &["br/cnpj", "br/cpf"]),
    ("CHE", "CH", &["ch/vat", "ch/uid"]),
    ("CH", "CH", &["ch/vat", "ch/uid"]),
    ("CY", "CY", &["cy/vat"]),
    ("CZ", "CZ", &["cz/dic"]),
    ("DE", "DE", &["de/vat", "de/stnr"]),
    ("DK", "DK", &["dk/cvr"]),
    ("EE", "EE", &["ee/kmkr"]),
    ("EL", "GR", &["gr/vat"]),
    ("GR", "GR", &["gr/vat"]),
    ("ES", "ES", &["es/nif"]),
    ("FI", "FI", &["fi/alv"]),
    ("FR", "FR", &["fr/tva"]),
    ("GB", "GB", &["gb/vat"]),
    ("HR", "HR", &["hr/oib"]),
    ("HU", "HU", &["hu/anum"]),
    ("IE", "IE", &["ie/vat"]),
    ("IT", "IT", &["it/iva", "it/codicefiscale"]),
    ("LT", "LT", &["lt/pvm"]),
    ("LU", "LU", &["lu/tva"]),
    ("LV", "LV", &["lv/pvn"]),
    ("MT", "MT", &["mt/vat"]),
    ("NL", "NL", &["nl/btw"]),
    ("NO", "NO", &["no/mva", "no/orgnr"]),
    ("PL", "PL", &["pl/nip", "pl/pesel"]),
    ("PT", "PT", &["pt/nif"]),
    ("RO", "RO", &["ro/cif", "ro/cnp"]),
    ("RS", "RS", &["rs/pib"]),
    ("SE", "SE", &["se/vat"]),
    ("SI", "SI", &["si/ddv"]),
    ("SK", "SK", &["sk/dph"]),
    ("TR", "TR", &["tr/vkn", "tr/tckimlik"]),
    ("UA", "UA", &["ua/edrpou"]),
    ("XI", "GB", &["gb/vat"]),
];

/// A tax id whose checksum is right.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaxId {
    country: Country,
    number: String,
    scheme: &'static str,
}

/// Why a text is no tax id; of several schemes that refuse it, the one that came nearest speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum TaxIdError {
    /// No characters, or a country whose numbers are not known here.
    #[error("no numbering scheme is known for it")]
    Unknown,
    /// Too many or too few characters.
    #[error("it has the wrong length")]
    Length,
    /// Characters or parts that the scheme does not have.
    #[error("it has characters the scheme does not allow")]
    Format,
    /// A digit is wrong.
    #[error("its check digit is wrong")]
    Checksum,
}

impl TaxId {
    /// Reads `text` as a tax id of `country`, or of the country its own prefix names. Blanks, dots, dashes and slashes
    /// do not matter. Without a prefix and a country the answer is [`TaxIdError::Unknown`].
    pub fn parse(text: &str, country: Option<Country>) -> Result<TaxId, TaxIdError> {
        let text = compact(text);
        let mut error = TaxIdError::Unknown;
        for (prefix, of, schemes) in SCHEMES {
            let home = country.is_some_and(|c| c.as_str() == *of).then_some(text.as_str());
            for number in text.strip_prefix(prefix).into_iter().chain(home) {
                for scheme in *schemes {
                    match (check(scheme, prefix, number), Country::parse(of)) {
                        (Ok(number), Some(country)) => return Ok(TaxId { country, number, scheme }),
                        (Ok(_), None) => {}
                        (Err(e), _) => error = error.max(e),
                    }
                }
            }
        }
        Err(error)
    }

    /// The country it belongs to.
    pub fn country(&self) -> Country {
        self.country
    }

    /// The number without a country prefix.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Name of the numbering scheme, as `stdnum` has it (`pl/nip`, `br/cpf`, …).
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// A person's number (PESEL, CNP, TCKN, CPF), not to be shown more than needed.
    pub fn is_personal(&self) -> bool {
        matches!(self.scheme, "pl/pesel" | "ro/cnp" | "tr/tckimlik" | "br/cpf" | "it/codicefiscale")
    }
}

/// Normalised: country and number, as rows keep it.
impl fmt::Display for TaxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.country, self.number)
    }
}

/// Whether numbers of `country` can be checked here.
pub fn is_checked(country: Country) -> bool {
    SCHEMES.iter().any(|(_, of, _)| *of == country.as_str())
}

/// `text` without blanks, dots, dashes, slashes and the like, in capitals; nothing is checked.
pub fn compact(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// Whether two ids name the same party, whatever separators and country prefix they are written with.
pub fn same(a: &str, b: &str) -> bool {
    let (a, b) = (compact(a), compact(b));
    !a.is_empty() && (a == b || without_prefix(&a) == b || a == without_prefix(&b) || eu_prefix(&a) == eu_prefix(&b))
}

/// The id without the two letters of a country in front.
fn without_prefix(compacted: &str) -> &str {
    match compacted.get(..2) {
        Some(p) if SCHEMES.iter().any(|(prefix, ..)| *prefix == p) && compacted.len() > 4 => &compacted[2..],
        _ => compacted,
    }
}

/// Greece writes EL where ISO 3166 says GR.
fn eu_prefix(compacted: &str) -> String {
    match compacted.strip_prefix("EL") {
        Some(rest) => format!("GR{rest}"),
        None => compacted.to_owned(),
    }
}

/// The number as its scheme writes it, without the country's prefix.
fn check(scheme: &str, prefix: &str, number: &str) -> Result<String, TaxIdError> {
    let same_digits = number.bytes().all(|b| Some(&b) == number.as_bytes().first());
    // stdnum 0.2.0 takes a leading 0, which no USt-IdNr. has (python-stdnum's de.vat refuses it). Eleven equal digits satisfy
    // the sums of a CPF and are never given out (Receita Federal); all zeros satisfy most sums.
    if number.bytes().all(|b| b == b'0')
        || (scheme == "de/vat" && number.trim_start_matches("DE").starts_with('0'))
        || (scheme == "br/cpf" && same_digits)
    {
        return Err(TaxIdError::Format);
    }
    let validator = stdnum::find(scheme).ok_or(TaxIdError::Unknown)?;
    // A Swiss UID is CHE and nine digits; the letters behind it (MWST, TVA, IVA) only say that it is registered for VAT.
    let digits = number.trim_matches(|c: char| c.is_ascii_alphabetic());
    let given = if prefix.starts_with("CH") { format!("CHE{digits}") } else { number.to_owned() };
    let valid = validator.validate(&given).map_err(|e| match e.kind() {
        ErrorKind::InvalidLength => TaxIdError::Length,
        ErrorKind::InvalidChecksum => TaxIdError::Checksum,
        _ => TaxIdError::Format,
    })?;
    Ok(valid.compact.strip_prefix(&prefix[..2]).unwrap_or(&valid.compact).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_numbers_of_our_countries() {
        for (text, country, want) in [
            ("526-58-77-635", "PL", "PL5265877635"),
            ("PL 5265877635", "DE", "PL5265877635"),
            ("RO 18547290", "RO", "RO18547290"),
            ("18547290", "RO", "RO18547290"),
            ("DE136695976", "DE", "DE136695976"),
            ("4540536920", "TR", "TR4540536920"),
            ("16.727.230/0001-97", "BR", "BR16727230000197"),
            ("12.ABC.345/01DE-35", "BR", "BR12ABC34501DE35"),
            ("390.533.447-05", "BR", "BR39053344705"),
            ("ATU13585627", "PL", "ATU13585627"),
            ("BE0403019261", "BE", "BE0403019261"),
            ("EL094259216", "GR", "GR094259216"),
            ("CHE-107.787.577 MWST", "CH", "CHE107787577"),
            ("FR40303265045", "FR", "FR40303265045"),
            ("IT 00743110157", "IT", "IT00743110157"),
            ("NL4495445B01", "NL", "NL004495445B01"),
            ("PT 501 964 843", "PT", "PT501964843"),
            ("ES A13585625", "ES", "ESA13585625"),
        ] {
            let id = TaxId::parse(text, Country::parse(country)).map(|id| id.to_string());
            assert_eq!(id.as_deref(), Ok(want), "{text}");
            assert_eq!(TaxId::parse(want, None).map(|id| id.to_string()).as_deref(), Ok(want), "{want} printed and read again");
        }
    }

    #[test]
    fn refuses_what_cannot_be_one() {
        for (text, country, want) in [
            ("5265877636", "PL", TaxIdError::Checksum),
            ("0000000000", "PL", TaxIdError::Format),
            ("DE012345679", "DE", TaxIdError::Format),
            ("111.111.111-11", "BR", TaxIdError::Format),
            ("526587763", "PL", TaxIdError::Length),
            ("", "PL", TaxIdError::Format),
            ("5265877635", "XK", TaxIdError::Unknown),
        ] {
            assert_eq!(TaxId::parse(text, Country::parse(country)), Err(want), "{text}");
        }
    }

    #[test]
    fn the_same_party_however_written() {
        assert!(same("PL 526-58-77-635", "5265877635"));
        assert!(same("EL094259216", "GR094259216"));
        assert!(same("16.727.230/0001-97", "16727230000197"));
        assert!(!same("5265877635", "5265877636"));
        assert!(!same("", ""));
    }
}
