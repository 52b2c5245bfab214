//! XLSX (ECMA-376) by `rust_xlsxwriter`: sheets of documents, rates of VAT, lines and other taxes. Texts are written as texts, never as
//! formulas; amounts and days as what they are. Read back from outside by Python's `zipfile` and XML parser (`tests/tools/read_export.py`).

use std::collections::BTreeSet;

use ocr::reading::FieldName;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};

use crate::export::Problem;
use crate::export::facts::{Facts, decimal};
use crate::export::format::columns::{self, AMOUNTS, Cell};

/// The bytes of the file.
pub fn write(papers: &[Facts<'_>]) -> Result<Vec<u8>, Problem> {
    let mut book = Workbook::new();
    // A file made again is the same, byte for byte.
    let made = ExcelDateTime::from_ymd(2026, 1, 1).map_err(Problem::internal)?;
    book.set_properties(&rust_xlsxwriter::DocProperties::new().set_creation_datetime(&made));
    let amounts: BTreeSet<&str> =
        AMOUNTS.iter().map(|name| name.as_str()).chain(["net", "vat", "gross", "base", "amount"]).collect();
    let days: BTreeSet<&str> = [FieldName::IssueDate, FieldName::SaleDate, FieldName::DueDate]
        .iter()
        .map(|name| name.as_str())
        .chain(["booking_paid_on", "booking_exchange_rate_date"])
        .collect();
    let kinds = Kinds { amounts, days, day: Format::new().set_num_format("yyyy-mm-dd"), head: Format::new().set_bold() };
    let id = |facts: &Facts<'_>| ("document".to_owned(), facts.paper.document.id.to_string());
    let number = |facts: &Facts<'_>| ("invoice_number".to_owned(), facts.number.to_owned());
    let with = |facts: &Facts<'_>, cells: Vec<Cell>| [vec![id(facts), number(facts)], cells].concat();
    let text = |name: &str, value: &Option<String>| (name.to_owned(), value.clone().unwrap_or_default());
    let documents: Vec<Vec<Cell>> = papers.iter().map(columns::of).collect();
    let rates: Vec<Vec<Cell>> =
        papers.iter().flat_map(|f| f.rows.iter().map(move |row| with(f, columns::of_row(row.row).to_vec()))).collect();
    let lines = papers.iter().flat_map(|f| {
        f.paper.reading.lines.iter().map(move |line| {
            let cells = vec![
                text("name", &line.name),
                text("quantity", &line.quantity),
                text("unit", &line.unit),
                text("unit_price", &line.unit_price),
                text("net", &line.net),
                text("vat_rate", &line.vat_rate),
            ];
            with(f, cells)
        })
    });
    let taxes = papers.iter().flat_map(|f| {
        f.paper.reading.taxes.iter().map(move |tax| {
            let amount = ("amount".to_owned(), tax.amount.clone());
            with(f, vec![("kind".to_owned(), tax.kind.clone()), text("base", &tax.base), text("rate", &tax.rate), amount])
        })
    });
    sheet(book.add_worksheet(), "documents", &documents, &kinds)?;
    sheet(book.add_worksheet(), "vat", &rates, &kinds)?;
    sheet(book.add_worksheet(), "lines", &lines.collect::<Vec<_>>(), &kinds)?;
    sheet(book.add_worksheet(), "taxes", &taxes.collect::<Vec<_>>(), &kinds)?;
    book.save_to_buffer().map_err(Problem::internal)
}

struct Kinds<'a> {
    amounts: BTreeSet<&'a str>,
    days: BTreeSet<&'a str>,
    day: Format,
    head: Format,
}

fn sheet(sheet: &mut Worksheet, name: &str, rows: &[Vec<Cell>], kinds: &Kinds<'_>) -> Result<(), Problem> {
    sheet.set_name(name).map_err(Problem::internal)?;
    sheet.set_freeze_panes(1, 0).map_err(Problem::internal)?;
    for (y, row) in (1u32..).zip(rows) {
        for (x, (column, value)) in (0u16..).zip(row) {
            if y == 1 {
                sheet.write_string_with_format(0, x, column, &kinds.head).map_err(Problem::internal)?;
            }
            write_cell(sheet, y, x, column, value, kinds).map_err(Problem::internal)?;
        }
    }
    Ok(())
}

fn write_cell(
    sheet: &mut Worksheet,
    y: u32,
    x: u16,
    column: &str,
    value: &str,
    kinds: &Kinds<'_>,
) -> Result<(), rust_xlsxwriter::XlsxError> {
    if value.is_empty() {
        return Ok(());
    }
    let number = decimal(value).and_then(|amount| amount.to_f64()).filter(|_| kinds.amounts.contains(column));
    let day = ExcelDateTime::parse_from_str(value).ok().filter(|_| kinds.days.contains(column));
    match (number, day) {
        (Some(number), _) => sheet.write_number(y, x, number).map(drop),
        (None, Some(day)) => sheet.write_datetime_with_format(y, x, &day, &kinds.day).map(drop),
        // Excel takes at most 32,767 characters in a cell.
        (None, None) => sheet.write_string(y, x, value.chars().take(32_000).collect::<String>()).map(drop),
    }
}
