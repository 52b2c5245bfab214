//! What accounting programs say back, as CSV.

use std::collections::HashMap;

use store::DocumentId;
use store::document::BooksState;

/// A row of the file.
pub struct BooksRow {
    /// Its line, from 1 for the first behind the head.
    pub line: u64,
    /// What it says, or why that cannot be understood.
    pub wanted: Result<Wanted, String>,
}

/// What a row says.
pub struct Wanted {
    /// The document, if it is named.
    pub document: Option<DocumentId>,
    /// Else its number.
    pub invoice_number: String,
    /// And its seller, empty if not said.
    pub seller_tax_id: String,
    /// How far it is in the books.
    pub state: BooksState,
    /// Its number there.
    pub number: Option<String>,
}

/// The rows; the head decides whether commas or semicolons part the cells.
pub fn books_rows(bytes: &[u8]) -> Result<Vec<BooksRow>, String> {
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let head = text.lines().next().unwrap_or_default();
    let delimiter = if head.matches(';').count() > head.matches(',').count() { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let names: Vec<String> =
        reader.headers().map_err(|error| error.to_string())?.iter().map(|name| name.trim().to_lowercase()).collect();
    if !names.iter().any(|name| name == "state") || !names.iter().any(|name| name == "document" || name == "invoice_number") {
        return Err("The first line names the columns: document or invoice_number, seller_tax_id, state, number.".to_owned());
    }
    Ok((1u64..).zip(reader.records()).map(|(line, record)| BooksRow { line, wanted: row(&names, record) }).collect())
}

fn row(names: &[String], record: Result<csv::StringRecord, csv::Error>) -> Result<Wanted, String> {
    let record = record.map_err(|error| error.to_string())?;
    let cells: HashMap<&str, &str> = names.iter().map(String::as_str).zip(record.iter().map(str::trim)).collect();
    let cell = |name: &str| cells.get(name).copied().unwrap_or_default();
    let document = Some(cell("document")).filter(|id| !id.is_empty());
    let document = document.map(|id| id.parse().map_err(|_| format!("{id:?} is no id of a document."))).transpose()?;
    if document.is_none() && cell("invoice_number").is_empty() {
        return Err("The row names neither a document nor an invoice number.".to_owned());
    }
    let state = cell("state");
    Ok(Wanted {
        document,
        invoice_number: cell("invoice_number").to_owned(),
        seller_tax_id: cell("seller_tax_id").to_owned(),
        state: state.parse().map_err(|_| format!("The state is buffer, entered or booked, not {state:?}."))?,
        number: Some(cell("number").to_owned()).filter(|number| !number.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_with_commas_or_semicolons() {
        let rows = books_rows(b"\xef\xbb\xbfinvoice_number;state;number\r\nFV/1;booked;PK 7\r\n;booked;\r\nFV/2;lost;").unwrap();
        let first = rows[0].wanted.as_ref().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            (first.invoice_number.as_str(), first.state, first.number.as_deref()),
            ("FV/1", BooksState::Booked, Some("PK 7"))
        );
        assert!(rows[1].wanted.is_err() && rows[2].wanted.is_err() && rows[2].line == 3);
        assert!(books_rows(b"a,b\n1,2").is_err());
    }
}
