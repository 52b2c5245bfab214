//! What QR codes and barcodes on invoices mean: KSeF verification, payment codes (EPC, Polish, Swiss), the Turkish JSON, Brazil's access key,
//! Portugal's AT code. Pure: text in, fields out. A code can be pasted from another paper, so the reader compares it with the rest.

mod access_key;
mod ksef;
mod payment;
mod portugal;
mod swiss;
mod turkey;

use crate::page::Code;
use crate::reading::{Field, FieldName, Source, VatRow};

/// How sure a value from a code is: the code's own error correction leaves less doubt than any print.
const CONFIDENCE: f32 = 0.99;

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// KSeF KOD I: check of an invoice.
    Ksef,
    /// KSeF KOD II: check of the certificate of an invoice issued offline.
    KsefCertificate,
    /// European Payments Council, EPC069-12 (Girocode).
    Epc,
    /// Polish transfer code (ZBP recommendation).
    Zbp,
    /// Swiss QR bill.
    Swiss,
    /// Türkiye, JSON of the e-invoice print.
    Turkish,
    /// Brazil's access key, as CODE-128 or in a URL.
    AccessKey,
    /// Portugal's tax authority (AT).
    Portuguese,
}

/// What a code says.
#[derive(Clone, Debug, PartialEq)]
pub struct Meaning {
    /// What it is for.
    pub kind: Kind,
    /// Values, each at most once.
    pub fields: Vec<(FieldName, Field)>,
    /// BG-23, where it has the rates.
    pub vat_breakdown: Vec<VatRow>,
    /// KSeF: SHA-256 of the invoice's XML, base64url without padding, to prove that an XML is the same paper.
    pub xml_sha256: Option<String>,
}

/// What `code` means, if it is one that invoices carry.
pub fn meaning(code: &Code) -> Option<Meaning> {
    let text = code.text.trim_start_matches('\u{feff}').trim();
    let said = ksef::read(text)
        .or_else(|| payment::epc(text))
        .or_else(|| payment::zbp(text))
        .or_else(|| swiss::read(text))
        .or_else(|| portugal::read(text))
        .or_else(|| access_key::read(text))
        .or_else(|| turkey::read(text))?;
    let mut fields: Vec<(FieldName, Field)> = Vec::new();
    for (name, value) in said.values {
        if !value.is_empty() && fields.iter().all(|(n, _)| *n != name) {
            fields.push((name, field(code, value)));
        }
    }
    let vat_breakdown = said.rates.into_iter().map(|r| r.row(code)).collect();
    Some(Meaning { kind: said.kind, fields, vat_breakdown, xml_sha256: said.xml_sha256 })
}

/// The fields of [`meaning`]; none for a code that says nothing about an invoice.
pub fn fields_of(code: &Code) -> Vec<(FieldName, Field)> {
    meaning(code).map_or_else(Vec::new, |m| m.fields)
}

/// What one kind of code said, before it becomes fields.
struct Said {
    kind: Kind,
    values: Vec<(FieldName, String)>,
    rates: Vec<Rate>,
    xml_sha256: Option<String>,
}

impl Said {
    fn new(kind: Kind) -> Said {
        Said { kind, values: Vec::new(), rates: Vec::new(), xml_sha256: None }
    }

    fn add(&mut self, name: FieldName, value: impl Into<String>) {
        self.values.push((name, value.into().trim().to_owned()));
    }
}

/// A rate with its sums, as text.
struct Rate {
    percent: Option<String>,
    category: Option<&'static str>,
    net: Option<String>,
    vat: Option<String>,
}

impl Rate {
    fn row(self, code: &Code) -> VatRow {
        let number = |v: &Option<String>| v.as_deref().and_then(|v| v.parse::<rust_decimal::Decimal>().ok());
        let gross = number(&self.net).and_then(|n| n.checked_add(number(&self.vat).unwrap_or_default()));
        VatRow {
            rate: self.percent,
            category: self.category.map(str::to_owned),
            net: self.net,
            vat: self.vat,
            gross: gross.map(|g| g.to_string()),
            confidence: CONFIDENCE,
            source: Source::Code,
            page: None,
            bbox: Some(code.bbox),
        }
    }
}

fn field(code: &Code, value: String) -> Field {
    Field { confidence: CONFIDENCE, source: Source::Code, bbox: Some(code.bbox), ..Field::exact(value) }
}

/// `text` as a decimal in our form, if it is a number with a point or a comma.
fn amount(text: &str) -> Option<String> {
    let text = text.trim().replace(' ', "");
    let text = match (text.rfind(','), text.rfind('.')) {
        (Some(comma), Some(dot)) if comma > dot => text.replace('.', "").replace(',', "."),
        (Some(_), Some(_)) => text.replace(',', ""),
        (Some(_), None) => text.replace(',', "."),
        _ => text,
    };
    text.parse::<rust_decimal::Decimal>().ok().map(|_| text)
}

/// An ISO date out of year, month and day, if there is such a day.
fn iso(year: &str, month: &str, day: &str) -> Option<String> {
    let date = jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    date.ok().map(|d| d.to_string())
}

#[cfg(test)]
mod tests;
