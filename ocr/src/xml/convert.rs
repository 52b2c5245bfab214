//! Texts of an XML file to values in our forms: decimals with the file's own scale, ISO dates, tax ids without blanks.

use rust_decimal::Decimal;

use crate::reading::{FieldName, Reading};
use crate::value::country::Country;
use crate::value::{ettn, iban, tax_id};

/// Form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Amount,
    Rate,
    Date,
    TaxId,
    Iban,
    Country,
    Currency,
    AccessKey,
    Ettn,
}

/// `raw` in the form that `name` has; None where it cannot be read so.
pub(super) fn field(name: FieldName, raw: &str) -> Option<String> {
    value(kind(name), raw)
}

fn kind(name: FieldName) -> Kind {
    use FieldName::*;
    match name {
        IssueDate | SaleDate | DueDate => Kind::Date,
        AllowancesTotal | ChargesTotal | TotalNet | TotalVat | TotalVatAccounting | TotalGross | Withholding | AmountPaid
        | Rounding | AmountPayable | ExchangeRate => Kind::Amount,
        SellerTaxId | BuyerTaxId => Kind::TaxId,
        SellerCountry | BuyerCountry => Kind::Country,
        Currency | AccountingCurrency => Kind::Currency,
        Iban => Kind::Iban,
        AccessKey => Kind::AccessKey,
        Ettn => Kind::Ettn,
        _ => Kind::Text,
    }
}

/// `raw` in the form `kind`; None where it cannot be read so.
pub(super) fn value(kind: Kind, raw: &str) -> Option<String> {
    let text = raw.trim();
    match kind {
        Kind::Text => (!text.is_empty()).then(|| text.to_owned()),
        Kind::Amount => decimal(text).map(|_| plain(text)),
        Kind::Rate => rate(text),
        Kind::Date => date(text),
        Kind::TaxId => Some(tax_id::compact(text)).filter(|t| !t.is_empty()),
        Kind::Iban => Some(account(text)).filter(|t| !t.is_empty()),
        Kind::Country => Country::from_name(text).map(|c| c.as_str().to_owned()),
        Kind::Currency => (text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic())).then(|| text.to_ascii_uppercase()),
        Kind::AccessKey => Some(key(text).to_owned()).filter(|t| !t.is_empty()),
        Kind::Ettn => Some(ettn::Ettn::parse(text).map_or_else(|| text.to_owned(), |e| e.to_string())),
    }
}

/// A number as XML writes it (`-12.50`, `1E2`), or with a decimal comma where there is no dot.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    let text = plain(text);
    text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()
}

/// Without a plus sign, with a decimal point.
fn plain(text: &str) -> String {
    let text = text.trim().trim_start_matches('+');
    if !text.contains('.') && text.matches(',').count() == 1 { text.replace(',', ".") } else { text.to_owned() }
}

/// The amount with the other sign, in its own scale.
pub(super) fn negated(text: &str) -> String {
    match decimal(text) {
        Some(d) if !d.is_zero() => (-d).to_string(),
        _ => text.to_owned(),
    }
}

/// A percentage: the number that starts the text (`23`, `0 WDT`, `8%`); None for words (`zw`).
fn rate(text: &str) -> Option<String> {
    let number = text.split(|c: char| c.is_whitespace() || c == '%').next()?;
    decimal(number).map(|_| plain(number))
}

/// ISO date out of `2026-01-31`, `2026-01-31T10:00:00+01:00`, `2026-01-31+01:00`, `20260131` (UNTDID 2379 code 102) and
/// `31.01.2026`.
fn date(text: &str) -> Option<String> {
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let iso = match text.get(..10) {
        Some(day) if day.as_bytes()[4] == b'-' => day.to_owned(),
        Some(day) if day.as_bytes()[2] == b'.' => format!("{}-{}-{}", day.get(6..)?, day.get(3..5)?, day.get(..2)?),
        _ if text.len() >= 8 && text.get(..8).is_some_and(digits) => format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..8]),
        _ => return None,
    };
    iso.parse::<jiff::civil::Date>().ok().map(|d| d.to_string())
}

/// The 44 characters behind the name of the note in an Id (`NFe…`, `NF3e…`).
fn key(text: &str) -> &str {
    let plain = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    plain.len().checked_sub(44).and_then(|extra| plain.get(extra..)).unwrap_or(plain)
}

/// An account as BT-84 allows it: an IBAN, or the number a bank gives. A bare Polish number is an IBAN without its PL.
fn account(text: &str) -> String {
    iban::Iban::parse(text).map_or_else(|_| iban::compact(text), |i| i.as_str().to_owned())
}

/// The language of a paper by the seller's country, where that has one.
pub(super) fn language(reading: &Reading) -> Option<String> {
    let seller = &reading.fields.get(&FieldName::SellerCountry)?.value;
    crate::check::rules::language(seller).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_their_forms() {
        for (kind, raw, want) in [
            (Kind::Amount, " +12,50 ", Some("12.50")),
            (Kind::Amount, "-0.10", Some("-0.10")),
            (Kind::Amount, "1.234.567", None),
            (Kind::Amount, "1E2", Some("1E2")),
            (Kind::Rate, "0 WDT", Some("0")),
            (Kind::Rate, "zw", None),
            (Kind::Date, "20260131", Some("2026-01-31")),
            (Kind::Date, "2026-01-31T23:59:00-03:00", Some("2026-01-31")),
            (Kind::Date, "31.01.2026", Some("2026-01-31")),
            (Kind::Date, "2026-02-30", None),
            (Kind::Date, "łłłłłłłłłłłł", None),
            (Kind::TaxId, "PL 526-58-77-635", Some("PL5265877635")),
            (Kind::Iban, "61 1090 1014 0000 0712 1981 2874", Some("PL61109010140000071219812874")),
            (Kind::Iban, "160-0000000111111-50", Some("160000000011111150")),
            (Kind::Country, "Türkiye", Some("TR")),
            (Kind::Currency, "pln", Some("PLN")),
            (Kind::AccessKey, "NFe123", Some("123")),
        ] {
            assert_eq!(value(kind, raw).as_deref(), want, "{raw}");
        }
        assert_eq!(negated("5.00"), "-5.00");
        assert_eq!(negated("0.00"), "0.00");
    }
}
