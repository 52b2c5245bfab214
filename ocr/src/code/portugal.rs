//! Portugal's tax authority prescribes a QR code on every invoice (Portaria 195/2020, Especificações técnicas do código QR):
//! `A:seller*B:buyer*C:country*D:type*F:date*G:number*H:ATCUD*I1:region*I2:exempt*I3:net*I4:VAT*…*N:VAT*O:gross*P:withheld*…`.

use rust_decimal::Decimal;

use super::{Kind, Rate, Said, amount, iso};
use crate::reading::FieldName;

/// Bases and taxes of the reduced, intermediate and normal rate: the second digits in each region's group (I, J, K).
const PAIRS: [(&str, &str); 3] = [("3", "4"), ("5", "6"), ("7", "8")];

pub(super) fn read(text: &str) -> Option<Said> {
    let parts: Vec<(&str, &str)> = text.split('*').filter_map(|p| p.split_once(':')).collect();
    let value = |key: &str| parts.iter().find(|(k, _)| *k == key).map(|(_, v)| v.trim());
    if parts.first()?.0 != "A" || value("H").is_none() || value("O").is_none() {
        return None;
    }
    let mut said = Said::new(Kind::Portuguese);
    said.add(FieldName::SellerTaxId, value("A")?);
    said.add(FieldName::SellerCountry, "PT");
    // 999999990 stands for a consumer without a number.
    said.add(FieldName::BuyerTaxId, value("B").filter(|b| *b != "999999990").unwrap_or_default());
    said.add(FieldName::BuyerCountry, value("C").filter(|c| c.len() == 2).unwrap_or_default());
    said.add(FieldName::TypeCode, value("D").unwrap_or_default());
    let date = value("F").filter(|d| d.len() == 8 && d.is_ascii()).and_then(|d| iso(&d[..4], &d[4..6], &d[6..]));
    said.add(FieldName::IssueDate, date.unwrap_or_default());
    said.add(FieldName::InvoiceNumber, value("G").unwrap_or_default());
    said.add(FieldName::Currency, "EUR");
    let money = |key: &str| value(key).and_then(amount);
    let number = |key: &str| money(key).and_then(|m| m.parse::<Decimal>().ok());
    said.add(FieldName::TotalVat, money("N").unwrap_or_default());
    said.add(FieldName::TotalGross, money("O").unwrap_or_default());
    said.add(FieldName::Withholding, money("P").unwrap_or_default());
    if let Some(net) = number("O").and_then(|o| o.checked_sub(number("N")?)) {
        said.add(FieldName::TotalNet, net.to_string());
    }
    for region in ["I", "J", "K"] {
        if let Some(net) = money(&format!("{region}2")) {
            said.rates.push(Rate { percent: None, category: Some("E"), net: Some(net), vat: None });
        }
        for (base, tax) in PAIRS {
            let (net, vat) = (money(&format!("{region}{base}")), money(&format!("{region}{tax}")));
            if net.is_some() {
                said.rates.push(Rate { percent: None, category: Some("S"), net, vat });
            }
        }
    }
    Some(said)
}
