//! Whether a value is what the label says: amounts by value, ids by their characters, names by their words.

use ocr::fold::fold;
use ocr::reading::FieldName;
use rust_decimal::Decimal;
use serde_json::Value;

/// Nothing where the label does not state the field, or the paper does not print it.
pub fn judge(label: &Value, field: FieldName, got: &str) -> Option<bool> {
    let name = field.as_str();
    if label["seen"].get(name).is_some_and(|s| s == &Value::Bool(false)) {
        return None;
    }
    let fields = &label["fields"];
    let mut choices: Vec<String> = fields.get(name).and_then(text).into_iter().collect();
    for more in ["_any_of", "_all"] {
        let list = fields.get(format!("{name}{more}")).and_then(Value::as_array);
        choices.extend(list.into_iter().flatten().filter_map(text));
    }
    if name == "seller_tax_id" && !choices.is_empty() {
        choices.extend(fields.get("seller_local_tax_id").and_then(text));
    }
    if choices.is_empty() {
        return None;
    }
    Some(choices.iter().any(|want| same(field, want, got)))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) if !s.is_empty() => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

fn same(field: FieldName, want: &str, got: &str) -> bool {
    use FieldName as F;
    let characters = |s: &str| -> String { s.to_uppercase().chars().filter(char::is_ascii_alphanumeric).collect() };
    match field {
        F::TotalNet | F::TotalVat | F::TotalGross | F::AmountPayable | F::AmountPaid | F::Withholding | F::Rounding => {
            matches!((want.parse::<Decimal>(), got.parse::<Decimal>()), (Ok(a), Ok(b)) if a.round_dp(2) == b.round_dp(2))
        }
        F::SellerTaxId | F::BuyerTaxId => {
            let bare = |s: &str| {
                let s = characters(s);
                s.get(2..).filter(|_| s.bytes().take(2).all(|b| b.is_ascii_uppercase())).map(str::to_owned).unwrap_or(s)
            };
            characters(want) == characters(got) || bare(want) == bare(got)
        }
        F::Iban | F::AccessKey | F::Ettn | F::KsefNumber | F::Bic => characters(want) == characters(got),
        F::SellerName | F::BuyerName => same_name(want, got),
        F::InvoiceNumber | F::PurchaseOrder | F::PrecedingInvoice => {
            let close = |s: &str| fold(&s.split_whitespace().collect::<String>());
            close(want) == close(got)
        }
        F::SellerAddress | F::BuyerAddress => {
            let sorted = |s: &str| {
                let mut all = words(s);
                all.sort();
                all.dedup();
                all
            };
            sorted(want) == sorted(got)
        }
        _ => want.trim() == got.trim(),
    }
}

fn words(name: &str) -> Vec<String> {
    fold(name).split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// One holds the other, or six of ten words are shared.
fn same_name(want: &str, got: &str) -> bool {
    let (a, b) = (words(want), words(got));
    let (whole_a, whole_b) = (a.concat(), b.concat());
    if whole_a.is_empty() || whole_b.is_empty() {
        return false;
    }
    if whole_a.contains(&whole_b) || whole_b.contains(&whole_a) {
        return whole_a.len().min(whole_b.len()) >= 4;
    }
    let (a, b): (std::collections::BTreeSet<_>, std::collections::BTreeSet<_>) =
        (a.into_iter().collect(), b.into_iter().collect());
    a.intersection(&b).count() as f32 / a.union(&b).count() as f32 >= 0.6
}
