//! From tokens on pages to the most consistent invoice. The steps, each a module:
//!
//! `sheet` lays tokens out in rows and cells; `labels` finds the phrases of the vocabularies and the language; `candidate` finds
//! numbers and dates; `bind` says which label points at which of them; `table` finds headings with rows under them; `vat`,
//! `totals`, `dates`, `number`, `codes`, `facts`, `party`, `kind` and `lines` decide the fields, each as the combination with the most
//! evidence; `confidence` says how sure each
//! is. The weights are data (`ocr/weights`).

mod after;
mod bind;
mod candidate;
mod codes;
mod confidence;
mod dates;
mod facts;
mod frames;
mod kind;
mod labels;
mod letterhead;
mod lines;
pub mod memory;
mod number;
mod party;
mod pick;
mod receipt;
mod sheet;
mod table;
mod totals;
mod vat;
mod weights;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::context::Context;
use crate::page::Page;
use crate::reading::{Direction, DocumentType, Field, FieldName, Reading, Source, TookMs, VatRow};
use crate::value::access_key::AccessKey;
use crate::value::tax_id;
use crate::vocab;

use candidate::Candidates;
use confidence::Witness;
use labels::Labels;
use pick::Choice;
use sheet::Sheet;
use vat::RateRow;

pub use confidence::{Evidence, FEATURES, Kind, Model};
pub use weights::Weights;

/// Below the 0.9 that is a promise.
const UNSURE: f32 = 0.8;

/// Reads one paper from the tokens of its pages. Never fails: a page without an invoice gives a reading without fields.
///
/// `media_type`, `reader_version` and times are left for the caller, who knows them.
pub fn extract(pages: &[Page], context: &Context) -> Reading {
    let mut reading = explain(pages, context, Weights::shared(), Model::shared()).0;
    memory::amend(&mut reading, pages, &context.memory);
    reading
}

/// As [`extract`], with weights of the caller's and with what spoke for each value: what fitting the weights needs.
pub fn explain(pages: &[Page], context: &Context, weights: &Weights, model: &Model) -> (Reading, Vec<Evidence>) {
    let framed = frames::without(pages);
    let pages: &[Page] = &framed;
    let sheet = Sheet::new(pages);
    let labels = Labels::find(&sheet, vocab::shared());
    let found = Candidates::find(&sheet, &labels);
    let tables = table::find(&sheet, &labels, &found);
    let blocks = vat::blocks(&sheet, &labels, &found, &tables);
    let totals = totals::decide(&sheet, &labels, &found, &tables, &blocks, weights);
    let gross = totals.fields.iter().find(|(f, _)| *f == FieldName::TotalGross).map(|(_, c)| c.clone());

    let mut chosen: Vec<(FieldName, Choice)> = dates::decide(&sheet, &labels, &found, context, weights);
    chosen.extend(codes::decide(&sheet, &labels, weights));
    for field in [FieldName::InvoiceNumber, FieldName::PurchaseOrder, FieldName::PrecedingInvoice, FieldName::PaymentReference] {
        chosen.extend(number::decide(&sheet, &labels, &found, field, weights).map(|c| (field, c)));
    }
    chosen.extend(party::decide(&sheet, &labels, &found, &tables, context, weights));
    let seller_id = chosen.iter().find(|(f, _)| *f == FieldName::SellerTaxId).map(|(_, c)| c.value.clone());
    // The first page of an invoice says its currency too; a letter that mentions one has none.
    if gross.is_some() || chosen.iter().any(|(f, _)| *f == FieldName::InvoiceNumber) {
        let currency = kind::currency(&sheet, &labels, &found, gross.as_ref(), seller_id.as_deref(), weights);
        let currency = currency.filter(|c| gross.is_some() || c.bbox.is_some());
        chosen.extend(currency.map(|c| (FieldName::Currency, c)));
    }
    let paid_in = chosen.iter().find(|(f, _)| *f == FieldName::Currency).map(|(_, c)| c.value.clone());
    chosen.extend(facts::decide(&sheet, &labels, &found, paid_in.as_deref(), weights));
    chosen.extend(totals.fields);
    number_from_key(&mut chosen);

    let source = pages.first().map_or(Source::Text, |p| p.source);
    let witness = Witness { sheet: &sheet, labels: &labels, found: &found, rows: &totals.rows, source };
    let evidence: Vec<Evidence> = chosen.iter().map(|(field, choice)| witness.evidence(*field, choice, &chosen)).collect();
    let fields = to_fields(chosen, source, &evidence, model);
    let numbered = fields.contains_key(&FieldName::InvoiceNumber) && totals.rows_close;
    let document_type = kind::document_type(&sheet, &labels, gross.is_some(), numbered);
    let mut reading = Reading {
        media_type: String::new(),
        pages: pages.len() as u32,
        page_range: [pages.first().map_or(1, |p| p.number), pages.last().map_or(1, |p| p.number)],
        region: if let [page] = pages { page.region } else { None },
        reader_version: String::new(),
        document_type,
        direction: direction(&fields, context, document_type),
        language: labels.language.map(|l| labels.vocab.languages()[usize::from(l)].code.clone()),
        vat_breakdown: totals.rows.iter().map(|r| vat_row(&sheet, r, totals.rows_close, source)).collect(),
        lines: lines::read(&sheet, &found, &tables),
        taxes: kind::taxes(&sheet, &labels, &found),
        marks: kind::marks(&sheet, &labels),
        findings: Vec::new(),
        took_ms: TookMs::default(),
        fields,
    };
    if matches!(document_type, DocumentType::Letter | DocumentType::Contract) {
        as_letter(&mut reading);
    }
    (reading, evidence)
}

fn to_fields(
    chosen: Vec<(FieldName, Choice)>,
    source: Source,
    evidence: &[Evidence],
    model: &Model,
) -> BTreeMap<FieldName, Field> {
    let mut fields = BTreeMap::new();
    for ((name, choice), evidence) in chosen.into_iter().zip(evidence) {
        fields.entry(name).or_insert_with(|| choice.into_field(source, model.confidence(evidence)));
    }
    fields
}

/// A letter or a contract speaks of amounts and numbers and asks for none of them: what it says of itself is who wrote it to whom,
/// and when. How sure a value is was learned on invoices, so none of it is called sure.
fn as_letter(reading: &mut Reading) {
    use FieldName as F;
    reading.vat_breakdown.clear();
    reading.lines.clear();
    reading.fields.retain(|name, _| {
        let seller = matches!(name, F::SellerName | F::SellerTaxId | F::SellerAddress | F::SellerCountry);
        let buyer = matches!(name, F::BuyerName | F::BuyerTaxId | F::BuyerAddress | F::BuyerCountry);
        seller || buyer || *name == F::IssueDate
    });
    reading.fields.values_mut().for_each(|field| field.confidence = field.confidence.min(UNSURE));
}

/// An access key holds the number of its note (positions 26 to 34), which is printed with zeros and dots before it.
fn number_from_key(chosen: &mut Vec<(FieldName, Choice)>) {
    let key = chosen
        .iter()
        .find(|(f, _)| *f == FieldName::AccessKey)
        .and_then(|(_, c)| Some((AccessKey::parse(&c.value).ok()?, c.clone())));
    let Some((key, from)) = key else {
        for (_, choice) in chosen.iter_mut().filter(|(f, c)| *f == FieldName::InvoiceNumber && is_note_number(&c.value)) {
            choice.value = choice.value.replace('.', "").trim_start_matches('0').to_owned();
        }
        return;
    };
    let printed = chosen.iter().position(|(f, _)| *f == FieldName::InvoiceNumber);
    let number = key.number().trim_start_matches('0').to_owned();
    let choice = Choice { value: number, alternatives: Vec::new(), ..from };
    match printed {
        Some(at) => {
            let old = &chosen[at].1;
            let choice = Choice { page: old.page, bbox: old.bbox, raw: old.raw.clone(), ..choice };
            chosen[at].1 = choice;
        }
        None => chosen.push((FieldName::InvoiceNumber, choice)),
    }
}

/// `000.047.428`, as Brazil prints the number of a note.
fn is_note_number(text: &str) -> bool {
    text.len() == 11
        && text.starts_with('0')
        && text.bytes().enumerate().all(|(i, b)| if i == 3 || i == 7 { b == b'.' } else { b.is_ascii_digit() })
}

/// Bought or sold: whose tax id is the company's.
fn direction(fields: &BTreeMap<FieldName, Field>, context: &Context, kind: DocumentType) -> Direction {
    let Some(company) = &context.company else { return Direction::None };
    let own = |field: FieldName| fields.get(&field).is_some_and(|f| company.tax_ids.iter().any(|id| tax_id::same(id, &f.value)));
    if own(FieldName::BuyerTaxId) {
        Direction::Purchase
    } else if own(FieldName::SellerTaxId) {
        Direction::Sale
    } else if matches!(kind, DocumentType::Receipt) {
        Direction::Purchase
    } else {
        Direction::None
    }
}

fn vat_row(sheet: &Sheet<'_>, row: &RateRow, closes: bool, source: Source) -> VatRow {
    let category = row.rate.map(|r| if r.is_zero() { "Z" } else { "S" }.to_owned());
    let confidence = match (row.proven, closes) {
        (true, true) => 0.98,
        (false, true) => 0.9,
        (true, false) => 0.7,
        (false, false) => 0.4,
    };
    VatRow {
        rate: row.rate.map(|r| r.to_string()),
        category: category.filter(|c| c == "S"),
        net: Some(row.net.to_string()),
        vat: Some(row.vat.to_string()),
        gross: row.gross.map(|g| g.to_string()),
        confidence: if source == Source::Ocr { confidence - 0.05 } else { confidence },
        source,
        page: Some(sheet.page_number(row.row)),
        bbox: Some(row.bbox),
    }
}
