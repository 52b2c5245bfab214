//! Payment codes. EPC069-12: lines BCD, version, charset, SCT, BIC, name, IBAN, EUR and amount, purpose, structured reference,
//! text. ZBP: `NIP|PL|account|grosze|name|title|||`.

use super::{Kind, Said, amount};
use crate::reading::FieldName;
use crate::value::iban::Iban;

pub(super) fn epc(text: &str) -> Option<Said> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let line = |i: usize| lines.get(i).copied().unwrap_or_default();
    if line(0) != "BCD" || !matches!(line(1), "001" | "002") {
        return None;
    }
    let mut said = Said::new(Kind::Epc);
    said.add(FieldName::Bic, line(4));
    said.add(FieldName::SellerName, line(5));
    said.add(FieldName::Iban, Iban::parse(line(6)).ok()?.as_str());
    if let Some((currency, value)) = line(7).split_at_checked(3)
        && let Some(value) = amount(value)
    {
        said.add(FieldName::Currency, currency);
        said.add(FieldName::AmountPayable, value);
    }
    said.add(FieldName::PaymentReference, if line(9).is_empty() { line(10) } else { line(9) });
    Some(said)
}

pub(super) fn zbp(text: &str) -> Option<Said> {
    let parts: Vec<&str> = text.split('|').map(str::trim).collect();
    let [nip, "PL", account, grosze, name, title, ..] = parts[..] else { return None };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if account.len() != 26 || !digits(account) || !(nip.is_empty() || nip.len() == 10 && digits(nip)) {
        return None;
    }
    let mut said = Said::new(Kind::Zbp);
    said.add(FieldName::SellerTaxId, nip);
    said.add(FieldName::Iban, Iban::parse(account).ok()?.as_str());
    if let Some(sum) = grosze.parse::<i64>().ok().filter(|g| *g > 0) {
        said.add(FieldName::Currency, "PLN");
        said.add(FieldName::AmountPayable, format!("{}.{:02}", sum / 100, sum % 100));
    }
    said.add(FieldName::SellerName, name);
    said.add(FieldName::PaymentReference, title);
    Some(said)
}
