//! What can be said about a reading without asking anyone: sums, checksums, dates, rates, addressee. A check never changes a
//! value; it adds a finding with the figures in its sentence. What needs rows (duplicates, a changed account) is the worker's.

mod dates;
mod identifiers;
mod parties;
pub(crate) mod rules;
mod sums;

use rust_decimal::Decimal;

use crate::context::Context;
use crate::reading::{DocumentType, FieldName, Finding, Reading, Severity};
pub use parties::direction;

/// Codes of the findings that [`check`] gives. They are asked again when values change; what else the reader found stays.
pub const CODES: [&str; 20] = [
    "access_key",
    "account_no_iban",
    "buyer_unsure",
    "currency_unknown",
    "date_in_future",
    "date_long_ago",
    "due_before_issue",
    "ettn",
    "iban_checksum",
    "ksef_number",
    "missing",
    "not_addressed",
    "rate_unknown",
    "seller_is_buyer",
    "sum_breakdown",
    "sum_gross",
    "sum_lines",
    "sum_payable",
    "tax_id",
    "vat_row",
];

/// Everything the checks have to say about `reading`, worst first.
pub fn check(reading: &Reading, context: &Context) -> Vec<Finding> {
    let paper = Paper { reading, rules: rules::of(text(reading, FieldName::SellerCountry)) };
    let mut findings = Vec::new();
    if reading.document_type != DocumentType::Other {
        identifiers::check(&paper, &mut findings);
        dates::check(&paper, context, &mut findings);
    }
    if matches!(
        reading.document_type,
        DocumentType::Invoice | DocumentType::CreditNote | DocumentType::Receipt | DocumentType::Proforma
    ) {
        missing(reading, &mut findings);
        sums::check(&paper, &mut findings);
        parties::check(&paper, context, &mut findings);
    }
    findings.sort_by_key(|f| std::cmp::Reverse(f.severity));
    findings
}

/// A reading with the rules of its seller's country.
struct Paper<'a> {
    reading: &'a Reading,
    rules: rules::Rules,
}

impl Paper<'_> {
    fn text(&self, name: FieldName) -> Option<&str> {
        text(self.reading, name)
    }

    fn amount(&self, name: FieldName) -> Option<Decimal> {
        decimal(self.text(name)?)
    }

    fn date(&self, name: FieldName) -> Option<jiff::civil::Date> {
        self.text(name)?.parse().ok()
    }
}

fn text(reading: &Reading, name: FieldName) -> Option<&str> {
    reading.fields.get(&name).map(|f| f.value.as_str()).filter(|v| !v.is_empty())
}

fn decimal(text: &str) -> Option<Decimal> {
    text.parse().or_else(|_| Decimal::from_scientific(text)).ok()
}

fn finding(code: &str, severity: Severity, fields: &[FieldName], message: String) -> Finding {
    Finding { code: code.into(), severity, fields: fields.to_vec(), message }
}

/// Without number, date or total nothing can be booked.
fn missing(reading: &Reading, findings: &mut Vec<Finding>) {
    for name in [FieldName::InvoiceNumber, FieldName::IssueDate, FieldName::TotalGross] {
        let receipt = name == FieldName::InvoiceNumber && reading.document_type == DocumentType::Receipt;
        let payable = name == FieldName::TotalGross && text(reading, FieldName::AmountPayable).is_some();
        if text(reading, name).is_none() && !receipt && !payable {
            let what = name.as_str().replace('_', " ");
            findings.push(finding("missing", Severity::Warning, &[name], format!("No {what} was found.")));
        }
    }
}
