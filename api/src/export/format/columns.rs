//! The columns of CSV and XLSX: all that is known of a document, under the words of the API.

use ocr::reading::FieldName;
use store::booking::PARTS;

use crate::export::facts::Facts;
use crate::pages::name_of;

/// A column and its value.
pub type Cell = (String, String);

/// Fields that are amounts: numbers in a spreadsheet.
pub const AMOUNTS: [FieldName; 11] = [
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
    FieldName::ExchangeRate,
];

/// All but the rates of VAT.
pub fn of(facts: &Facts<'_>) -> Vec<Cell> {
    let document = &facts.paper.document;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let mut cells: Vec<Cell> = vec![
        ("document".to_owned(), document.id.to_string()),
        ("name".to_owned(), document.name.clone()),
        ("document_type".to_owned(), name_of(&document.document_type)),
        ("direction".to_owned(), name_of(&document.direction)),
        ("period".to_owned(), text(&document.period)),
        ("payment_state".to_owned(), document.payment_state.as_str().to_owned()),
    ];
    cells.extend(FieldName::ALL.iter().map(|name| (name.as_str().to_owned(), facts.value(*name).to_owned())));
    let parts = document.booking.parts().unwrap_or_default();
    for name in PARTS {
        let value = parts.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        cells.push((format!("booking_{name}"), value.unwrap_or_default()));
    }
    let marks: Vec<String> = facts.paper.reading.marks.iter().map(name_of).collect();
    cells.push(("marks".to_owned(), marks.join(" ")));
    cells
}

/// A row of VAT: rate, category, net, VAT, gross.
pub fn of_row(row: &ocr::reading::VatRow) -> [Cell; 5] {
    let text = |name: &str, value: &Option<String>| (name.to_owned(), value.clone().unwrap_or_default());
    [
        text("rate", &row.rate),
        text("category", &row.category),
        text("net", &row.net),
        text("vat", &row.vat),
        text("gross", &row.gross),
    ]
}
