//! What of a document is handed over, in one hash: an approval taken back and given again is no change, another value is one.

use serde_json::json;
use store::batch::Paper;
use store::blob::Sha256;

/// Of values, booking, kind, direction and period. Where they stand on the page and how sure the reader was is no part of it.
pub fn of(paper: &Paper) -> String {
    let (document, reading) = (&paper.document, &paper.reading);
    let fields: Vec<_> = reading.fields.iter().map(|(name, field)| (name.as_str(), field.value.as_str())).collect();
    let rows: Vec<_> =
        reading.vat_breakdown.iter().map(|row| (&row.rate, &row.category, &row.net, &row.vat, &row.gross)).collect();
    let lines: Vec<_> = reading
        .lines
        .iter()
        .map(|line| (&line.name, &line.quantity, &line.unit, &line.unit_price, &line.net, &line.vat_rate))
        .collect();
    let all = json!([
        fields,
        rows,
        lines,
        reading.taxes,
        reading.marks,
        document.document_type,
        document.direction,
        document.period,
        document.booking
    ]);
    Sha256::of(all.to_string().as_bytes()).as_str().to_owned()
}
