//! The fields of a paper as the review shows them.

use std::collections::BTreeMap;

use ocr::reading::{Field, FieldName, Finding, Reading, Severity, Source, ValueKind};

use crate::pages::lang::Lang;

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
    /// What kind of value: `date`, `amount` or `text`.
    pub kind: &'static str,
    /// What is on the paper, where it differs.
    pub raw: String,
    /// How it stands: confirmed, exact, sure, check, failed, missing.
    pub how: &'static str,
    /// The same in words.
    pub how_label: String,
    /// It was chosen from what is known of the seller.
    pub from_memory: bool,
    /// Other values that may be meant.
    pub alternatives: Vec<String>,
}

use FieldName::{
    AccessKey, AccountingCurrency, AllowancesTotal, AmountPaid, AmountPayable, Bic, BuyerAddress, BuyerCountry, BuyerName,
    BuyerTaxId, ChargesTotal, Currency, DueDate, Ettn, ExchangeRate, Iban, InvoiceNumber, IssueDate, KsefNumber, PaymentMeans,
    PaymentReference, PrecedingInvoice, PurchaseOrder, Rounding, SaleDate, SellerAddress, SellerCountry, SellerName, SellerTaxId,
    SpvId, TotalGross, TotalNet, TotalVat, TotalVatAccounting, TypeCode, Withholding,
};

/// Key of the heading, fields that are always shown, fields that are shown where the paper has them.
const GROUPS: [(&str, &[FieldName], &[FieldName]); 5] = [
    (
        "document",
        &[InvoiceNumber, IssueDate, SaleDate, DueDate, Currency],
        &[TypeCode, PurchaseOrder, PrecedingInvoice, AccountingCurrency, ExchangeRate, KsefNumber, AccessKey, Ettn, SpvId],
    ),
    ("seller", &[SellerName, SellerTaxId], &[SellerAddress, SellerCountry]),
    ("buyer", &[BuyerName, BuyerTaxId], &[BuyerAddress, BuyerCountry]),
    (
        "totals",
        &[TotalNet, TotalVat, TotalGross, AmountPayable],
        &[TotalVatAccounting, AllowancesTotal, ChargesTotal, Withholding, AmountPaid, Rounding],
    ),
    ("payment", &[Iban], &[Bic, PaymentMeans, PaymentReference]),
];

/// All groups. `typed` stands over what was read, so that a form that was refused keeps what was typed.
pub fn groups(l: &'static Lang, reading: &Reading, findings: &[Finding], typed: Option<&BTreeMap<String, String>>) -> Vec<Group> {
    let heading = |name: &str| match name {
        "document" => l.t("group.document"),
        "seller" => l.t("group.seller"),
        "buyer" => l.t("group.buyer"),
        "totals" => l.t("group.totals"),
        _ => l.t("group.payment"),
    };
    let group = |(name, always, sometimes): &(&str, &[FieldName], &[FieldName])| {
        let there = sometimes.iter().filter(|name| reading.fields.contains_key(name));
        let fields = always.iter().chain(there).map(|name| shown(l, reading, findings, *name, typed)).collect();
        Group { label: heading(name), fields }
    };
    GROUPS.iter().map(group).collect()
}

fn shown(
    l: &'static Lang,
    reading: &Reading,
    findings: &[Finding],
    name: FieldName,
    typed: Option<&BTreeMap<String, String>>,
) -> Shown {
    let field = reading.fields.get(&name);
    let value = field.map(|field| field.value.clone()).unwrap_or_default();
    let wrong = findings.iter().any(|f| f.severity != Severity::Info && f.fields.contains(&name));
    let how = standing(field, wrong);
    let raw = field.and_then(|field| field.raw.clone()).filter(|raw| *raw != value).unwrap_or_default();
    let others = field.into_iter().flat_map(|field| &field.alternatives).map(|other| other.value.clone());
    Shown {
        name: name.as_str(),
        label: l.word("field", name.as_str()),
        kind: kind(name),
        raw,
        how,
        how_label: how_label(l, how).to_owned(),
        from_memory: field.is_some_and(|field| field.via.is_some()),
        alternatives: others.filter(|other| *other != value).take(3).collect(),
        value: typed.and_then(|typed| typed.get(name.as_str()).cloned()).unwrap_or(value),
    }
}

fn kind(name: FieldName) -> &'static str {
    match name.kind() {
        ValueKind::Date => "date",
        ValueKind::Amount => "amount",
        ValueKind::Text => "text",
    }
}

/// Below this a person is to look: one in ten of such values would be wrong.
const SURE: f32 = 0.9;

/// How a value stands. What a person confirmed stands, whatever the checks say of it.
pub fn standing(field: Option<&Field>, wrong: bool) -> &'static str {
    match field {
        None if wrong => "failed",
        None => "missing",
        Some(field) if field.source == Source::Human => "confirmed",
        Some(_) if wrong => "failed",
        Some(field) if matches!(field.source, Source::Xml | Source::Code) => "exact",
        Some(field) if field.confidence >= SURE => "sure",
        Some(_) => "check",
    }
}

fn how_label(l: &'static Lang, how: &str) -> &'static str {
    match how {
        "confirmed" => l.t("how.confirmed"),
        "exact" => l.t("how.exact"),
        "sure" => l.t("how.sure"),
        "check" => l.t("how.check"),
        "failed" => l.t("how.failed"),
        _ => l.t("how.missing"),
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

    #[test]
    fn a_person_outweighs_the_checks_and_the_checks_outweigh_the_machine() {
        let field = |source, confidence| Field { source, confidence, ..Field::exact("1") };
        for (field, wrong, want) in [
            (field(Source::Human, 1.0), true, "confirmed"),
            (field(Source::Xml, 1.0), true, "failed"),
            (field(Source::Xml, 1.0), false, "exact"),
            (field(Source::Text, 0.95), false, "sure"),
            (field(Source::Ocr, 0.7), false, "check"),
        ] {
            assert_eq!(standing(Some(&field), wrong), want);
        }
        assert_eq!((standing(None, false), standing(None, true)), ("missing", "failed"));
    }
}
