//! Is what was read what the paper says?

use ocr::fold::fold;
use serde_json::Value;

use super::samples::Truth;

/// How a reading stands against the truth.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Fields that are right.
    pub right: usize,
    /// Fields in all.
    pub all: usize,
    /// What is wrong although it has to be right, as sentences.
    pub wrong: Vec<String>,
}

/// Compares a reading, as the API serves it, with the truth.
pub fn compare(truth: &Truth, reading: &Value) -> Comparison {
    let mut found = Comparison { all: truth.fields.len() + 1, ..Comparison::default() };
    let kind = reading["document_type"].as_str().unwrap_or_default();
    match kind == truth.document_type {
        true => found.right += 1,
        false => found.wrong.push(format!("document_type is {kind:?}, not {:?}", truth.document_type)),
    }
    for (name, wanted) in &truth.fields {
        let value = reading["fields"][name]["value"].as_str();
        if value.is_some_and(|value| same(name, wanted, value)) {
            found.right += 1;
        } else if truth.must.contains(name) {
            found.wrong.push(match value {
                Some(value) => format!("{name} is {value:?}, not {wanted:?}"),
                None => format!("{name} was not found; it is {wanted:?}"),
            });
        }
    }
    found
}

fn same(name: &str, wanted: &str, value: &str) -> bool {
    let plain = |text: &str| fold(text).chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>();
    match name {
        "seller_tax_id" | "buyer_tax_id" => without_country(&plain(wanted)) == without_country(&plain(value)),
        _ if name.starts_with("total_") || name == "amount_payable" || name == "withholding" => cents(wanted) == cents(value),
        "seller_name" | "buyer_name" => plain(value).contains(&plain(wanted)) || plain(wanted) == plain(value),
        _ => plain(wanted) == plain(value),
    }
}

fn without_country(id: &str) -> &str {
    id.trim_start_matches(|c: char| c.is_ascii_alphabetic())
}

/// An amount without zeros that say nothing: `12.50` and `12.5000` are the same money.
fn cents(amount: &str) -> &str {
    match amount.contains('.') {
        true => amount.trim_end_matches('0').trim_end_matches('.'),
        false => amount,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn truth() -> Truth {
        serde_json::from_value(json!({
            "document_type": "invoice",
            "fields": {"total_gross": "12.50", "seller_tax_id": "RO123", "invoice_number": "A/1"},
            "must": ["total_gross", "seller_tax_id"]
        }))
        .expect("a truth")
    }

    #[test]
    fn the_same_value_in_another_form_is_right() {
        let reading = json!({"document_type": "invoice", "fields": {"total_gross": {"value": "12.5"},
            "seller_tax_id": {"value": "123"}, "invoice_number": {"value": "a/1"}}});
        assert_eq!(compare(&truth(), &reading), Comparison { right: 4, all: 4, wrong: vec![] });
    }

    #[test]
    fn only_what_has_to_be_right_counts_as_wrong() {
        let reading = json!({"document_type": "invoice", "fields": {"total_gross": {"value": "12.51"}}});
        let found = compare(&truth(), &reading);
        assert_eq!(found.right, 1);
        assert_eq!(found.wrong, ["seller_tax_id was not found; it is \"RO123\"", "total_gross is \"12.51\", not \"12.50\""]);
    }
}
