//! CSV after RFC 4180: UTF-8, commas, decimal points, one row a document, its rates of VAT side by side. Cells that a spreadsheet would
//! take for a formula are made text. Read back in tests by the `csv` crate and, from outside, by Python's `csv`.

use crate::export::Problem;
use crate::export::facts::Facts;
use crate::export::format::columns;
use crate::export::text::cell;

/// The bytes of the file.
pub fn write(papers: &[Facts<'_>]) -> Result<Vec<u8>, Problem> {
    let rates = papers.iter().map(|facts| facts.rows.len()).max().unwrap_or(0).max(1);
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let mut headed = false;
    for facts in papers {
        let mut cells = columns::of(facts);
        for n in 0..rates {
            let empty = || ["rate", "category", "net", "vat", "gross"].map(|name| (name.to_owned(), String::new()));
            let row = facts.rows.get(n).map_or_else(empty, |row| columns::of_row(row.row));
            cells.extend(row.into_iter().map(|(name, value)| (format!("vat{}_{name}", n + 1), value)));
        }
        if !headed {
            writer.write_record(cells.iter().map(|(name, _)| name)).map_err(Problem::internal)?;
            headed = true;
        }
        writer.write_record(cells.iter().map(|(_, value)| cell(value))).map_err(Problem::internal)?;
    }
    writer.into_inner().map_err(Problem::internal)
}
