//! Papers of one seller, drawn as text, learned and read again.

use super::*;
use crate::context::Context;
use crate::extract::extract;
use crate::reading::{Direction, DocumentType, Field};

fn page(text: &str) -> Page {
    let mut tokens = Vec::new();
    for (line, row) in (0u32..).zip(text.lines()) {
        let mut column = 0;
        for word in row.split(' ') {
            let width = word.chars().count();
            if width > 0 {
                let (left, top) = (20.0 + 5.0 * column as f32, 20.0 + 14.0 * line as f32);
                let bbox = Box { left, top, right: left + 5.0 * width as f32, bottom: top + 10.0 };
                tokens.push(crate::page::Token {
                    text: word.to_owned(),
                    bbox,
                    confidence: 1.0,
                    line,
                    size: 0.0,
                    bold: false,
                    hidden: false,
                });
            }
            column += width + 1;
        }
    }
    let json = serde_json::json!({"number": 1, "width": 595.0, "height": 842.0, "source": "text", "tokens": tokens});
    serde_json::from_value(json).unwrap()
}

fn paper(number: &str, folder: &str, total: &str) -> Page {
    page(&format!(
        "ZIELONA BRAMA\nul. Polna 4, 90-001 Lodz\nNIP: 526-025-02-74\n\nFaktura VAT nr {number}     Data wystawienia: 2026-10-05\n\n\
         Nabywca:\nMlyn sp. z o.o.\nNIP: 725-18-01-126\n\nTeczka   {folder}\nKwota   {total}   PLN\n"
    ))
}

fn read(page: &Page) -> Reading {
    extract(std::slice::from_ref(page), &Context::default())
}

/// A reading in which a person set these values, or took them away.
fn approved(read: &Reading, values: &[(FieldName, Option<&str>)]) -> Reading {
    let mut approved = read.clone();
    for (name, value) in values {
        approved.fields.remove(name);
        approved.fields.extend(value.map(|value| (*name, Field { source: Source::Human, ..Field::exact(value) })));
    }
    approved
}

fn remembered(layout: Layout) -> Vec<Remembered> {
    vec![Remembered { id: "m".to_owned(), version: 1, layout }]
}

fn taught(page: &Page, values: &[(FieldName, Option<&str>)]) -> Layout {
    let read = read(page);
    learn(std::slice::from_ref(page), &read, &approved(&read, values)).unwrap()
}

#[test]
fn what_was_corrected_once_is_found_again() {
    let layout = taught(
        &paper("FV/1/2026", "AB-12", "123,00"),
        &[
            (FieldName::PurchaseOrder, Some("AB-12")),
            (FieldName::SellerName, Some("Zielona Brama sp. z o.o.")),
            (FieldName::AmountPayable, Some("123.00")),
        ],
    );
    let next = paper("FV/2/2026", "XY-7", "1 845,50");
    let mut reading = read(&next);
    assert!(amend(&mut reading, &[next], &remembered(layout)).is_some());
    for (name, value) in [
        (FieldName::PurchaseOrder, "XY-7"),
        (FieldName::SellerName, "Zielona Brama sp. z o.o."),
        (FieldName::AmountPayable, "1845.50"),
        (FieldName::InvoiceNumber, "FV/2/2026"),
    ] {
        assert_eq!(reading.fields[&name].value, value, "{}", name.as_str());
    }
    assert!(reading.findings.iter().any(|f| f.code == "memory" && f.fields.contains(&FieldName::PurchaseOrder)));
}

#[test]
fn what_was_taken_away_stays_away() {
    let first = page(
        "ZIELONA BRAMA sp. z o.o.\nNIP: 526-025-02-74\nFaktura VAT nr FV/1/2026\nData wystawienia: 2026-10-05\n\
         Termin platnosci: 2026-10-19\nRazem brutto:  123,00 PLN\n",
    );
    let next = page(
        "ZIELONA BRAMA sp. z o.o.\nNIP: 526-025-02-74\nFaktura VAT nr FV/2/2026\nData wystawienia: 2026-11-05\n\
         Termin platnosci: 2026-11-19\nRazem brutto:  99,00 PLN\n",
    );
    let layout = taught(&first, &[(FieldName::DueDate, None)]);
    let mut reading = read(&next);
    assert!(reading.fields.contains_key(&FieldName::DueDate));
    amend(&mut reading, &[next], &remembered(layout));
    assert!(!reading.fields.contains_key(&FieldName::DueDate));
}

#[test]
fn another_seller_and_another_layout_are_left_alone() {
    let layout = taught(&paper("FV/1/2026", "AB-12", "123,00"), &[(FieldName::PurchaseOrder, Some("AB-12"))]);
    let memory = remembered(layout);
    let text = |page: &Page| page.tokens.iter().map(|t| t.text.clone()).collect::<Vec<_>>();
    // The seller as a buyer: its id stands elsewhere.
    let mut bought = paper("FV/9/2026", "AB-13", "1,00");
    for token in &mut bought.tokens {
        token.text = match token.text.as_str() {
            "526-025-02-74" => "725-18-01-126".to_owned(),
            "725-18-01-126" => "526-025-02-74".to_owned(),
            other => other.to_owned(),
        };
    }
    assert_ne!(text(&bought), text(&paper("FV/9/2026", "AB-13", "1,00")));
    // The seller's till: the same id, other labels.
    let till = page("ZIELONA BRAMA\nNIP: 526-025-02-74\nPARAGON FISKALNY\n2026-10-05  18:24\nSUMA PLN  12,50\nAB-14\n");
    for page in [bought, till] {
        let mut reading = read(&page);
        let before = reading.clone();
        assert!(amend(&mut reading, &[page], &memory).is_none());
        assert_eq!(reading, before);
    }
}

#[test]
fn data_and_codes_are_not_touched() {
    let first = paper("FV/1/2026", "AB-12", "123,00");
    let memory = remembered(taught(&first, &[(FieldName::PurchaseOrder, Some("AB-12"))]));
    let next = paper("FV/2/2026", "XY-7", "9,00");
    let mut reading = read(&next);
    for source in [Source::Xml, Source::Code, Source::Human] {
        let own = Field { source, ..Field::exact("PO-1") };
        reading.fields.insert(FieldName::PurchaseOrder, own.clone());
        amend(&mut reading, std::slice::from_ref(&next), &memory);
        assert_eq!(reading.fields[&FieldName::PurchaseOrder], own);
    }
    // A paper that is data teaches nothing.
    let mut data = read(&first);
    data.fields.insert(FieldName::InvoiceNumber, Field::exact("FV/1/2026"));
    assert_eq!(learn(&[first], &data, &data), None);
}

#[test]
fn figures_that_add_up_are_not_changed() {
    let rows = |net: &str, vat: &str, gross: &str| {
        page(&format!(
            "ALFA sp. z o.o.\nNIP: 526-025-02-74\nFaktura VAT nr 1/26\nData wystawienia: 2026-10-05\n\
             Razem netto:  {net}\nVAT:  {vat}\nRazem brutto:  {gross}\nZaliczka   50,00\n"
        ))
    };
    // Taught, wrongly, from a paper whose figures are at odds.
    let layout = taught(&rows("40,65", "9,35", "55,00"), &[(FieldName::TotalGross, Some("50.00"))]);
    let next = rows("100,00", "23,00", "123,00");
    let mut reading = read(&next);
    amend(&mut reading, &[next], &remembered(layout));
    assert_eq!(reading.fields[&FieldName::TotalGross].value, "123.00");
}

#[test]
fn a_lesson_that_did_not_hold_is_learned_anew() {
    let first = paper("FV/1/2026", "AB-12", "123,00");
    let layout = taught(&first, &[(FieldName::PurchaseOrder, Some("AB-12"))]);
    let second = page(
        "ZIELONA BRAMA\nul. Polna 4, 90-001 Lodz\nNIP: 526-025-02-74\n\nFaktura VAT nr FV/2/2026     Data wystawienia: 2026-10-05\n\n\
         Nabywca:\nMlyn sp. z o.o.\nNIP: 725-18-01-126\n\nTeczka   AB-13\nKwota   9,00   PLN\n\n\nZnak sprawy   QQ-99\n",
    );
    let read = read(&second);
    let approved = approved(&read, &[(FieldName::PurchaseOrder, Some("QQ-99"))]);
    let new = learn(std::slice::from_ref(&second), &read, &approved).unwrap();
    let after = relearn(&layout, std::slice::from_ref(&second), new, &approved);
    let lesson = &after.lessons[&FieldName::PurchaseOrder];
    assert_eq!((lesson.right, lesson.wrong, lesson.labels()), (1, 1, vec!["znaksprawy"]));
    assert_eq!((read.direction, read.document_type), (Direction::None, DocumentType::Invoice));
}
