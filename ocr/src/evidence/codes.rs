//! What the codes on a page say, laid beside the rest of the paper. A code is exact, so its values are taken; but it can be pasted from
//! another paper, so a value that the page shows nowhere is a finding.

use super::find::{self, Finder};
use super::{SURE, overlaps};
use crate::code::{self, Kind, Meaning};
use crate::page::{Code, Page};
use crate::reading::{DocumentType, Field, FieldName, Finding, Reading, Severity, Source};
use crate::value::access_key::AccessKey;

/// How sure a value is that a code gives in a shortened form: names of 20 letters, references.
const SHORTENED: f32 = 0.8;

/// Points below a KSeF code within which its number or OFFLINE is printed.
const BELOW: f32 = 60.0;

/// Takes what the codes on `pages` say into a reading of these pages, with findings where the page says something else.
pub fn apply(reading: &mut Reading, pages: &[Page]) {
    if pages.iter().all(|page| page.codes.is_empty()) {
        return;
    }
    let finder = Finder::new(pages);
    for page in pages {
        for code in &page.codes {
            let Some(meaning) = code::meaning(code) else { continue };
            take(reading, &finder, page, &meaning);
            if meaning.kind == Kind::Ksef {
                offline(reading, page, code);
            }
        }
    }
}

fn take(reading: &mut Reading, finder: &Finder<'_>, page: &Page, meaning: &Meaning) {
    for (name, said) in &meaning.fields {
        let said = Field { page: Some(page.number), ..said.clone() };
        let known = reading.fields.get(name).cloned();
        let field = match known {
            None if fills(*name) => Field { confidence: SHORTENED, ..said },
            None => said,
            Some(known) if find::same(*name, &known.value, &said.value) => agreeing(known, &said, *name),
            Some(_) if fills(*name) => continue,
            Some(known) => {
                let printed = !finder.all(*name, &said.value).is_empty();
                let sure = !printed && known.confidence >= SURE;
                if sure {
                    reading.findings.extend(disagreement(meaning.kind, *name, &known, &said));
                }
                if stays(meaning.kind, *name, &known, sure) {
                    continue;
                }
                instead(said, known, finder, *name)
            }
        };
        reading.fields.insert(*name, field);
    }
    if !meaning.vat_breakdown.is_empty() && reading.vat_breakdown.iter().all(|row| row.confidence < SURE) {
        reading.vat_breakdown =
            meaning.vat_breakdown.iter().map(|row| crate::reading::VatRow { page: Some(page.number), ..row.clone() }).collect();
    }
    if reading.document_type == DocumentType::Other {
        reading.document_type = paper(meaning).unwrap_or(DocumentType::Other);
    }
}

/// Whether the known value stays where a code says something else: data is exact itself; a pasted KSeF code must not bring its values with it;
/// the issuer in an access key is not always the seller (notes that a tax office issues for a producer).
fn stays(kind: Kind, name: FieldName, known: &Field, sure: bool) -> bool {
    match kind {
        _ if known.source == Source::Xml => true,
        Kind::Ksef | Kind::KsefCertificate => sure,
        Kind::AccessKey => name == FieldName::SellerTaxId,
        _ => false,
    }
}

/// Fields that codes shorten or write in their own words: they only fill gaps.
fn fills(name: FieldName) -> bool {
    use FieldName::*;
    matches!(
        name,
        SellerName
            | BuyerName
            | SellerAddress
            | BuyerAddress
            | SellerCountry
            | BuyerCountry
            | PaymentReference
            | TypeCode
            | Bic
            | Currency
    )
}

/// Both say the same: as sure as the code, at the place where a person can read it.
fn agreeing(known: Field, said: &Field, name: FieldName) -> Field {
    if known.source == Source::Xml || fills(name) {
        return Field { confidence: known.confidence.max(said.confidence), ..known };
    }
    let place = if known.bbox.is_some() { (known.page, known.bbox) } else { (said.page, said.bbox) };
    // The page's own way of writing it stays: an amount with its decimals, a number with its signs.
    Field { source: Source::Code, confidence: said.confidence, page: place.0, bbox: place.1, alternatives: Vec::new(), ..known }
}

/// The code's value, with the page's own as another that it could be.
fn instead(said: Field, known: Field, finder: &Finder<'_>, name: FieldName) -> Field {
    let place = finder.all(name, &said.value).into_iter().next().map(|p| (Some(p.page), Some(p.bbox), Some(p.raw)));
    let (page, bbox, raw) = place.unwrap_or((said.page, said.bbox, None));
    let other =
        crate::reading::Alternative { value: known.value, confidence: 1.0 - said.confidence, page: known.page, bbox: known.bbox };
    Field { page, bbox, raw, alternatives: vec![other], ..said }
}

fn disagreement(kind: Kind, name: FieldName, known: &Field, said: &Field) -> Option<Finding> {
    use FieldName::*;
    let severity = match (kind, name) {
        (Kind::AccessKey, SellerTaxId) => Severity::Warning,
        (_, Iban | SellerTaxId | BuyerTaxId | InvoiceNumber | AccessKey | Ettn | TotalGross) => Severity::Error,
        (Kind::Ksef | Kind::KsefCertificate, IssueDate) => Severity::Error,
        // A payment code may ask for a part, or for less within a term.
        (_, AmountPayable | IssueDate | TotalNet | TotalVat | Withholding) => Severity::Warning,
        _ => return None,
    };
    let what = name.as_str().replace('_', " ");
    let from = if known.source == Source::Xml { "the data" } else { "the page" };
    let message = format!("The code on the page gives {} as {what}, {from} {}.", said.value, known.value);
    Some(Finding { code: "code_differs".into(), severity, fields: vec![name], message })
}

/// What a paper is that carries nothing but its code.
fn paper(meaning: &Meaning) -> Option<DocumentType> {
    match meaning.kind {
        Kind::Ksef | Kind::Turkish | Kind::Portuguese => Some(DocumentType::Invoice),
        Kind::AccessKey => {
            let key = meaning.fields.iter().find(|(name, _)| *name == FieldName::AccessKey)?;
            let key = AccessKey::parse(&key.1.value).ok()?;
            Some(if key.model() == "65" { DocumentType::Receipt } else { DocumentType::Invoice })
        }
        _ => None,
    }
}

/// Under a KSeF code stands the invoice's KSeF number, or OFFLINE where it has none yet (kody-qr.md).
fn offline(reading: &mut Reading, page: &Page, code: &Code) {
    if reading.fields.contains_key(&FieldName::KsefNumber) {
        return;
    }
    let mut under = code.bbox;
    (under.top, under.bottom) = (code.bbox.bottom - code.bbox.height() * 0.2, code.bbox.bottom + BELOW);
    let stands = page.tokens.iter().any(|t| !t.hidden && t.text.eq_ignore_ascii_case("OFFLINE") && overlaps(t.bbox, under));
    let message = if stands {
        "The invoice was issued offline: it has no KSeF number yet."
    } else {
        "The invoice has a KSeF code, but no KSeF number was found on it."
    };
    let finding = Finding {
        code: if stands { "ksef_offline" } else { "ksef_number_missing" }.into(),
        severity: Severity::Info,
        fields: vec![FieldName::KsefNumber],
        message: message.into(),
    };
    if reading.findings.iter().all(|f| f.code != finding.code) {
        reading.findings.push(finding);
    }
}
