//! A readable page for a paper that is data only: what the XML says, set as an invoice is set, in the words of its language and
//! marked as made from the XML. Pure layout: the caller measures text and draws.

mod labels;
mod set;
mod table;
#[cfg(test)]
mod tests;

use crate::page::Box;
use crate::reading::{DocumentType, FieldName, Reading};
use labels::Labels;
use set::Setter;

pub(crate) use set::wrap;
pub use set::{Ink, Item, Measure};

/// A page, ready to be drawn.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Points; A4.
    pub width: f32,
    /// Points; A4 or longer, as long as the paper needs.
    pub height: f32,
    /// What is on it.
    pub items: Vec<Item>,
    /// Where the values of fields stand.
    pub places: Vec<(FieldName, Box)>,
}

/// Lines that are shown; a reading of 10,000 lines would be a page of 200 m.
const MOST_LINES: usize = 1_000;

/// Facts beside the number, in this order.
const FACTS: &[FieldName] = &[
    FieldName::IssueDate,
    FieldName::SaleDate,
    FieldName::DueDate,
    FieldName::Currency,
    FieldName::TypeCode,
    FieldName::PurchaseOrder,
    FieldName::PrecedingInvoice,
    FieldName::AccountingCurrency,
    FieldName::ExchangeRate,
    FieldName::KsefNumber,
    FieldName::AccessKey,
    FieldName::Ettn,
    FieldName::SpvId,
];

/// Sums, in the order in which they are added up.
const TOTALS: &[FieldName] = &[
    FieldName::AllowancesTotal,
    FieldName::ChargesTotal,
    FieldName::TotalNet,
    FieldName::TotalVat,
    FieldName::TotalVatAccounting,
    FieldName::TotalGross,
    FieldName::Withholding,
    FieldName::AmountPaid,
    FieldName::Rounding,
    FieldName::AmountPayable,
];

/// How it is paid.
const PAYMENT: &[FieldName] = &[FieldName::Iban, FieldName::Bic, FieldName::PaymentMeans, FieldName::PaymentReference];

/// Sets a page. `measure` gives the width of a text in points.
pub fn of(reading: &Reading, measure: &Measure<'_>) -> Sheet {
    let labels = Labels::of(reading.language.as_deref());
    let mut page = Setter::new(measure);
    head(&mut page, reading, labels);
    parties(&mut page, reading, labels);
    facts(&mut page, reading, labels);
    table::lines(&mut page, reading, labels);
    table::vat(&mut page, reading, labels);
    table::taxes(&mut page, reading, labels);
    totals(&mut page, reading, labels);
    payment(&mut page, reading, labels);
    page.finish()
}

fn head(page: &mut Setter<'_>, reading: &Reading, labels: &Labels) {
    let title = match reading.document_type {
        DocumentType::Invoice => &labels.invoice,
        DocumentType::CreditNote => &labels.credit_note,
        DocumentType::Proforma => &labels.proforma,
        DocumentType::Receipt => &labels.receipt,
        _ => &labels.other,
    };
    page.banner(&labels.made_from);
    page.text(page.left(), title, Ink::TITLE);
    if let Some(number) = value(reading, FieldName::InvoiceNumber) {
        let place = page.text_right(page.right(), number, Ink::TITLE);
        page.place(FieldName::InvoiceNumber, place);
    }
    page.down(26.0);
    for mark in &reading.marks {
        if let Some(text) = labels.marks.get(mark) {
            page.text(page.left(), text, Ink::BOLD);
            page.down(14.0);
        }
    }
    if reading.document_type == DocumentType::Other {
        for finding in &reading.findings {
            page.paragraph(page.left(), page.right(), &finding.message, Ink::PLAIN);
        }
        page.down(8.0);
    }
}

/// Seller on the left, buyer on the right.
fn parties(page: &mut Setter<'_>, reading: &Reading, labels: &Labels) {
    use FieldName::*;
    let sides = [
        (&labels.seller, [SellerName, SellerAddress, SellerCountry, SellerTaxId]),
        (&labels.buyer, [BuyerName, BuyerAddress, BuyerCountry, BuyerTaxId]),
    ];
    if sides.iter().flat_map(|(_, names)| names).all(|name| value(reading, *name).is_none()) {
        return;
    }
    let top = page.y();
    let middle = (page.left() + page.right()) / 2.0;
    let mut lowest = top;
    for ((title, names), (from, to)) in sides.into_iter().zip([(page.left(), middle - 8.0), (middle + 8.0, page.right())]) {
        page.go(top);
        page.text(from, title, Ink::LABEL);
        page.down(13.0);
        for (i, name) in names.into_iter().enumerate() {
            let Some(text) = value(reading, name) else { continue };
            let text = if i == 3 { format!("{}: {text}", labels.tax_id) } else { text.to_owned() };
            let place = page.paragraph(from, to, &text, if i == 0 { Ink::BOLD } else { Ink::PLAIN });
            page.place(name, place);
        }
        lowest = lowest.max(page.y());
    }
    page.go(lowest + 6.0);
    page.rule();
}

/// Label and value in two columns; long keys take a row of their own.
fn facts(page: &mut Setter<'_>, reading: &Reading, labels: &Labels) {
    let middle = (page.left() + page.right()) / 2.0 + 8.0;
    let mut left = true;
    for name in FACTS {
        let Some(text) = shown(reading, *name, labels) else { continue };
        let wide = text.chars().count() > 28;
        if wide && !left {
            page.down(14.0);
            left = true;
        }
        let x = if left { page.left() } else { middle };
        page.text(x, labels.field(*name), Ink::LABEL);
        let room = if wide { page.right() } else { x + (page.right() - page.left()) / 2.0 - 8.0 };
        let place = page.text_within(x + 112.0, room, &text, Ink::PLAIN);
        page.place(*name, place);
        if !left || wide {
            page.down(14.0);
        }
        left = !left || wide;
    }
    if !left {
        page.down(14.0);
    }
    page.down(6.0);
}

fn totals(page: &mut Setter<'_>, reading: &Reading, labels: &Labels) {
    let currency = value(reading, FieldName::Currency).unwrap_or_default();
    let last = TOTALS.iter().rfind(|name| value(reading, **name).is_some());
    for name in TOTALS {
        let Some(text) = value(reading, *name) else { continue };
        let ink = if Some(name) == last || *name == FieldName::TotalGross { Ink::BOLD } else { Ink::PLAIN };
        page.text(page.right() - 250.0, labels.field(*name), ink);
        let currency = match name {
            FieldName::TotalVatAccounting => value(reading, FieldName::AccountingCurrency).unwrap_or_default(),
            _ => currency,
        };
        let place = page.text_right(page.right(), &format!("{} {currency}", labels.amount(text)), ink);
        page.place(*name, place);
        page.down(14.0);
    }
    page.down(8.0);
}

fn payment(page: &mut Setter<'_>, reading: &Reading, labels: &Labels) {
    if PAYMENT.iter().all(|name| value(reading, *name).is_none()) {
        return;
    }
    page.heading(&labels.payment);
    for name in PAYMENT {
        let Some(text) = shown(reading, *name, labels) else { continue };
        page.text(page.left(), labels.field(*name), Ink::LABEL);
        let place = page.text_within(page.left() + 112.0, page.right(), &text, Ink::PLAIN);
        page.place(*name, place);
        page.down(14.0);
    }
}

fn value(reading: &Reading, name: FieldName) -> Option<&str> {
    reading.fields.get(&name).map(|field| field.value.as_str()).filter(|text| !text.is_empty())
}

/// A value as people write it.
fn shown(reading: &Reading, name: FieldName, labels: &Labels) -> Option<String> {
    let text = value(reading, name)?;
    Some(match name {
        FieldName::IssueDate | FieldName::SaleDate | FieldName::DueDate => labels.day(text),
        FieldName::ExchangeRate => labels.amount(text),
        FieldName::Iban | FieldName::AccessKey => grouped(text),
        _ => text.to_owned(),
    })
}

/// In groups of four, as accounts and keys are printed.
fn grouped(text: &str) -> String {
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        if i > 0 && i % 4 == 0 {
            out.push(' ');
        }
        out.push(c);
    }
    out
}
