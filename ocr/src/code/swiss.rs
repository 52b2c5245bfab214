//! Swiss QR bill (SIX, Implementation Guidelines QR-bill 2.3), with the supplier's data of Swico S1 (`//S1/10/number/11/date/…`).

use jiff::ToSpan;

use super::{Kind, Said, amount, iso};
use crate::reading::FieldName;
use crate::value::iban::Iban;

/// Lines of the code, from 0: 3 IBAN, 4-10 creditor, 18 amount, 19 currency, 20-26 debtor, 27-28 reference, 29 message, 30 EPD, 31 bill data.
pub(super) fn read(text: &str) -> Option<Said> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let line = |i: usize| lines.get(i).copied().unwrap_or_default();
    if line(0) != "SPC" || !line(1).starts_with("02") {
        return None;
    }
    let mut said = Said::new(Kind::Swiss);
    said.add(FieldName::Iban, Iban::parse(line(3)).ok()?.as_str());
    said.add(FieldName::SellerName, line(5));
    said.add(FieldName::SellerAddress, address(&lines, 4));
    said.add(FieldName::SellerCountry, line(10));
    said.add(FieldName::AmountPayable, amount(line(18)).unwrap_or_default());
    said.add(FieldName::Currency, line(19));
    said.add(FieldName::BuyerName, line(21));
    said.add(FieldName::BuyerAddress, address(&lines, 20));
    said.add(FieldName::BuyerCountry, line(26));
    said.add(FieldName::PaymentReference, if line(28).is_empty() { line(29) } else { line(28) });
    if let Some(data) = line(31).strip_prefix("//S1/") {
        swico(data, &mut said);
    }
    Some(said)
}

/// Type S gives street, number, postcode and town one by one; K two address lines.
fn address(lines: &[&str], from: usize) -> String {
    let part = |i: usize| lines.get(from + i).copied().filter(|l| !l.is_empty());
    [part(2), part(3), part(4), part(5)].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Tags and values in turn; a slash in a value is escaped by a backslash.
fn swico(data: &str, said: &mut Said) {
    let hidden = data.replace("\\/", "\u{1}");
    let parts: Vec<String> = hidden.split('/').map(|p| p.replace('\u{1}', "/")).collect();
    let value = |tag: &str| parts.chunks_exact(2).find(|pair| pair[0] == tag).map(|pair| pair[1].as_str());
    said.add(FieldName::InvoiceNumber, value("10").unwrap_or_default());
    let issued =
        value("11").filter(|d| d.len() == 6 && d.is_ascii()).and_then(|d| iso(&format!("20{}", &d[..2]), &d[2..4], &d[4..]));
    if let Some(uid) = value("30").filter(|u| u.len() == 9 && u.bytes().all(|b| b.is_ascii_digit())) {
        said.add(FieldName::SellerTaxId, format!("CHE{uid}"));
    }
    // Terms are discount:days pairs; the one without discount says when it is due.
    let days = value("40").and_then(|t| t.split(';').find_map(|c| c.strip_prefix("0:")?.parse::<i64>().ok()));
    if let (Some(day), Some(days)) = (issued.as_deref().and_then(|d| d.parse::<jiff::civil::Date>().ok()), days)
        && let Ok(due) = day.checked_add(days.clamp(0, 3_650).days())
    {
        said.add(FieldName::DueDate, due.to_string());
    }
    said.add(FieldName::IssueDate, issued.unwrap_or_default());
}
