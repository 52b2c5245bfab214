//! The fields of a paper as the document page shows them.

use std::collections::BTreeMap;

use ocr::reading::{Field, FieldName, Reading, Source};

use super::words;

/// Fields that belong together.
pub struct Group {
    /// Its heading.
    pub label: &'static str,
    /// Its fields.
    pub fields: Vec<Shown>,
}

/// One field.
pub struct Shown {
    /// Its name.
    pub name: &'static str,
    /// The same for a person.
    pub label: String,
    /// The value, or what was typed.
    pub value: String,
    /// What is on the paper, where it differs.
    pub raw: String,
    /// How sure it is, in a word.
    pub sure: &'static str,
    /// The same for the style sheet.
    pub sure_class: &'static str,
    /// It is named by a check that failed.
    pub wrong: bool,
    /// What is wrong with what was typed.
    pub message: String,
}

use FieldName::{
    AccessKey, AccountingCurrency, AllowancesTotal, AmountPaid, AmountPayable, Bic, BuyerAddress, BuyerCountry, BuyerName,
    BuyerTaxId, ChargesTotal, Currency, DueDate, Ettn, ExchangeRate, Iban, InvoiceNumber, IssueDate, KsefNumber, PaymentMeans,
    PaymentReference, PrecedingInvoice, PurchaseOrder, Rounding, SaleDate, SellerAddress, SellerCountry, SellerName, SellerTaxId,
    SpvId, TotalGross, TotalNet, TotalVat, TotalVatAccounting, TypeCode, Withholding,
};

/// Heading, fields that are always shown, fields that are shown where the paper has them.
const GROUPS: [(&str, &[FieldName], &[FieldName]); 5] = [
    (
        "Document",
        &[InvoiceNumber, IssueDate, SaleDate, DueDate, Currency],
        &[TypeCode, PurchaseOrder, PrecedingInvoice, AccountingCurrency, ExchangeRate, KsefNumber, AccessKey, Ettn, SpvId],
    ),
    ("Seller", &[SellerName, SellerTaxId], &[SellerAddress, SellerCountry]),
    ("Buyer", &[BuyerName, BuyerTaxId], &[BuyerAddress, BuyerCountry]),
    (
        "Totals",
        &[TotalNet, TotalVat, TotalGross, AmountPayable],
        &[TotalVatAccounting, AllowancesTotal, ChargesTotal, Withholding, AmountPaid, Rounding],
    ),
    ("Payment", &[Iban], &[Bic, PaymentMeans, PaymentReference]),
];

/// All groups. `typed` stands over what was read, so that a form that was refused keeps what was typed.
pub fn groups(reading: &Reading, typed: Option<&BTreeMap<String, String>>) -> Vec<Group> {
    let group = |(label, always, sometimes): &(&'static str, &[FieldName], &[FieldName])| {
        let there = sometimes.iter().filter(|name| reading.fields.contains_key(name));
        let fields = always.iter().chain(there).map(|name| shown(reading, *name, typed)).collect();
        Group { label, fields }
    };
    GROUPS.iter().map(group).collect()
}

fn shown(reading: &Reading, name: FieldName, typed: Option<&BTreeMap<String, String>>) -> Shown {
    let field = reading.fields.get(&name);
    let value = field.map(|field| field.value.clone()).unwrap_or_default();
    let wrong = reading.findings.iter().any(|f| f.severity != ocr::reading::Severity::Info && f.fields.contains(&name));
    let (sure, sure_class) = certainty(field, wrong);
    let raw = field.and_then(|field| field.raw.clone()).filter(|raw| *raw != value).unwrap_or_default();
    Shown {
        name: name.as_str(),
        label: words::label(name.as_str()),
        value: typed.and_then(|typed| typed.get(name.as_str()).cloned()).unwrap_or(value),
        raw,
        sure,
        sure_class,
        wrong,
        message: String::new(),
    }
}

/// Below this a person is to look: one in ten of such values would be wrong.
const SURE: f32 = 0.9;

/// A word and a class.
pub fn certainty(field: Option<&Field>, wrong: bool) -> (&'static str, &'static str) {
    match field {
        None => ("missing", ""),
        Some(field) if field.source == Source::Human => ("confirmed", "good"),
        Some(_) if wrong => ("check", "check"),
        Some(field) if matches!(field.source, Source::Xml | Source::Code) => ("exact", "good"),
        Some(field) if field.confidence >= SURE => ("sure", "good"),
        Some(_) => ("check", "check"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_one_place() {
        for name in FieldName::ALL {
            let places =
                GROUPS.iter().flat_map(|(_, always, sometimes)| always.iter().chain(*sometimes)).filter(|n| *n == name).count();
            assert_eq!(places, 1, "{}", name.as_str());
        }
    }
}
