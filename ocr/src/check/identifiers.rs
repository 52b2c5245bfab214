//! Numbers with a checksum: tax ids, bank account, KSeF number, access key; and whether they agree with the rest.

use super::{Paper, finding};
use crate::reading::{FieldName, Finding, Severity};
use crate::value::access_key::AccessKey;
use crate::value::country::Country;
use crate::value::currency::Currency;
use crate::value::ettn::Ettn;
use crate::value::iban::{self, Iban};
use crate::value::ksef_number::KsefNumber;
use crate::value::tax_id::{self, TaxId, TaxIdError};

pub(super) fn check(paper: &Paper<'_>, findings: &mut Vec<Finding>) {
    findings.extend(tax_id(paper, FieldName::SellerTaxId, FieldName::SellerCountry, "seller"));
    findings.extend(tax_id(paper, FieldName::BuyerTaxId, FieldName::BuyerCountry, "buyer"));
    findings.extend(account(paper));
    findings.extend(currency(paper));
    findings.extend(ksef_number(paper));
    findings.extend(access_key(paper));
    findings.extend(ettn(paper));
}

fn tax_id(paper: &Paper<'_>, id: FieldName, country: FieldName, whose: &str) -> Option<Finding> {
    let text = paper.text(id)?;
    let country = paper.text(country).and_then(Country::parse);
    let error = TaxId::parse(text, country).err()?;
    let severity = match error {
        TaxIdError::Unknown => return None,
        TaxIdError::Checksum => Severity::Error,
        TaxIdError::Length | TaxIdError::Format => Severity::Warning,
    };
    Some(finding("tax_id", severity, &[id], format!("The {whose}'s tax id {text} is not valid: {error}.")))
}

fn account(paper: &Paper<'_>) -> Option<Finding> {
    let text = paper.text(FieldName::Iban)?;
    let error = Iban::parse(text).err()?;
    let polish = text.len() == 26 && text.bytes().all(|b| b.is_ascii_digit());
    if !iban::looks_like(text) && !polish {
        return Some(finding("account_no_iban", Severity::Info, &[FieldName::Iban], format!("The account {text} is no IBAN.")));
    }
    Some(finding("iban_checksum", Severity::Error, &[FieldName::Iban], format!("The account {text} is not valid: {error}.")))
}

fn currency(paper: &Paper<'_>) -> Option<Finding> {
    let text = paper.text(FieldName::Currency).filter(|c| Currency::parse(c).is_none())?;
    Some(finding("currency_unknown", Severity::Error, &[FieldName::Currency], format!("{text} is no ISO 4217 currency.")))
}

fn ksef_number(paper: &Paper<'_>) -> Option<Finding> {
    let text = paper.text(FieldName::KsefNumber)?;
    let say = |severity, fields: &[FieldName], message| Some(finding("ksef_number", severity, fields, message));
    let number = match KsefNumber::parse(text) {
        Ok(number) => number,
        Err(e) => return say(Severity::Error, &[FieldName::KsefNumber], format!("The KSeF number {text} is not valid: {e}.")),
    };
    // A self-billed invoice has the number of the one who sends it, the buyer.
    let parties: Vec<&str> = [FieldName::SellerTaxId, FieldName::BuyerTaxId].into_iter().filter_map(|f| paper.text(f)).collect();
    if !parties.is_empty() && !parties.iter().any(|id| tax_id::same(id, number.nip())) {
        let message = format!("The KSeF number is one of NIP {}, but the seller's is {}.", number.nip(), parties[0]);
        return say(Severity::Error, &[FieldName::KsefNumber, FieldName::SellerTaxId], message);
    }
    let (received, issued) = (number.received(), paper.text(FieldName::IssueDate)?);
    if received.as_str() < issued {
        let message = format!("KSeF took it on {received}, before its date {issued}.");
        return say(Severity::Info, &[FieldName::KsefNumber, FieldName::IssueDate], message);
    }
    None
}

fn access_key(paper: &Paper<'_>) -> Option<Finding> {
    let text = paper.text(FieldName::AccessKey)?;
    let key = match AccessKey::parse(text) {
        Ok(key) => key,
        Err(e) => {
            let message = format!("The access key {text} is not valid: {e}.");
            return Some(finding("access_key", Severity::Error, &[FieldName::AccessKey], message));
        }
    };
    let issuer = key.issuer().map(|i| i.number().to_owned()).unwrap_or_default();
    let stated = [
        (FieldName::SellerTaxId, issuer.clone(), "tax id", paper.text(FieldName::SellerTaxId).map(|s| tax_id::same(s, &issuer))),
        (
            FieldName::InvoiceNumber,
            key.number().to_owned(),
            "number",
            paper.text(FieldName::InvoiceNumber).map(|n| same_number(n, key.number())),
        ),
        (FieldName::IssueDate, key.month(), "month", paper.text(FieldName::IssueDate).map(|d| d.starts_with(&key.month()))),
    ];
    let (field, in_key, what, _) = stated.into_iter().find(|(_, in_key, _, same)| !in_key.is_empty() && *same == Some(false))?;
    let message = format!("The access key has the {what} {in_key}, the note has {}.", paper.text(field).unwrap_or_default());
    Some(finding("access_key", Severity::Warning, &[FieldName::AccessKey, field], message))
}

/// Printed with dots and leading zeros, or with the series behind it.
fn same_number(printed: &str, in_key: &str) -> bool {
    let digits = |s: &str| s.chars().filter(char::is_ascii_digit).collect::<String>().trim_start_matches('0').to_owned();
    digits(printed) == in_key || printed.split(['/', '-', ' ']).any(|part| digits(part) == in_key)
}

fn ettn(paper: &Paper<'_>) -> Option<Finding> {
    let text = paper.text(FieldName::Ettn).filter(|t| Ettn::parse(t).is_none())?;
    Some(finding("ettn", Severity::Warning, &[FieldName::Ettn], format!("The ETTN {text} is no UUID.")))
}
