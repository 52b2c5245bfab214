//! What of a document is handed over, written down: as values, to say later what changed, and in one hash, to see whether anything did.
//! An approval taken back and given again is no change, another value is one.

use serde::Serialize;
use serde_json::{Map, Value, json};
use store::batch::Paper;
use store::blob::Sha256;
use utoipa::ToSchema;

/// Values, booking, kind, direction and period. Where they stand on the page and how sure the reader was is no part of it.
pub fn values(paper: &Paper) -> Value {
    let (document, reading) = (&paper.document, &paper.reading);
    let fields: Map<String, Value> =
        reading.fields.iter().map(|(name, field)| (name.as_str().to_owned(), field.value.clone().into())).collect();
    let vat: Vec<_> =
        reading.vat_breakdown.iter().map(|row| (&row.rate, &row.category, &row.net, &row.vat, &row.gross)).collect();
    let lines: Vec<_> = reading
        .lines
        .iter()
        .map(|line| (&line.name, &line.quantity, &line.unit, &line.unit_price, &line.net, &line.vat_rate))
        .collect();
    let facts = json!({
        "document_type": document.document_type,
        "direction": document.direction,
        "period": document.period,
    });
    json!({
        "field": fields,
        "fact": facts,
        "booking": document.booking,
        "rows": { "vat_breakdown": vat, "lines": lines, "taxes": reading.taxes, "marks": reading.marks },
    })
}

/// Of all of it.
pub fn of(values: &Value) -> String {
    Sha256::of(values.to_string().as_bytes()).as_str().to_owned()
}

/// One value that is not any more as it was handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Since {
    /// Which kind of value: `field` (of the paper), `fact` (type, direction, period), `booking`, `rows` (VAT by rate, lines, taxes,
    /// marks).
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// As it was handed over; none where there was nothing.
    pub before: Option<String>,
    /// As it is now; none where there is nothing.
    pub after: Option<String>,
}

/// What is not any more as it was handed over.
pub fn changes(before: &Value, now: &Value) -> Vec<Since> {
    let mut changes = Vec::new();
    for kind in ["field", "fact", "booking", "rows"] {
        let part = |all: &Value| all[kind].as_object().cloned().unwrap_or_default();
        let (old, new) = (part(before), part(now));
        let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
        for name in names {
            let (before, after) = (old.get(name).and_then(text), new.get(name).and_then(text));
            if before != after {
                changes.push(Since { kind, name: name.clone(), before, after });
            }
        }
    }
    changes
}

/// A value as a person reads it: the parts of a row side by side, rows one after the other.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Array(parts) if parts.iter().any(|part| part.is_array() || part.is_object()) => {
            parts.iter().filter_map(text).collect::<Vec<_>>().join("; ")
        }
        Value::Array(parts) => parts.iter().filter_map(text).collect::<Vec<_>>().join(" "),
        Value::Object(parts) => parts.values().filter_map(text).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    };
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_value_by_value() {
        let before = json!({
            "field": {"invoice_number": "FV/1", "iban": "PL61"}, "fact": {"period": "2026-07"}, "booking": {"category": "402"},
            "rows": {"vat_breakdown": [["23.00", "S", "100.00", "23.00", "123.00"]], "marks": []},
        });
        let now = json!({
            "field": {"invoice_number": "FV/1/A", "due_date": "2026-08-01"}, "fact": {"period": "2026-07"},
            "booking": {"category": "402", "split_payment": true},
            "rows": {"vat_breakdown": [["8.00", "S", "100.00", "8.00", null], ["0.00", "E", "5.00", null, null]], "marks": []},
        });
        let told: Vec<String> = changes(&before, &now)
            .iter()
            .map(|one| format!("{} {}: {:?} {:?}", one.kind, one.name, one.before, one.after))
            .collect();
        assert_eq!(
            told,
            [
                "field iban: Some(\"PL61\") None",
                "field invoice_number: Some(\"FV/1\") Some(\"FV/1/A\")",
                "field due_date: None Some(\"2026-08-01\")",
                "booking split_payment: None Some(\"true\")",
                "rows vat_breakdown: Some(\"23.00 S 100.00 23.00 123.00\") Some(\"8.00 S 100.00 8.00; 0.00 E 5.00\")",
            ]
        );
        assert_eq!(changes(&now, &now), []);
    }
}
