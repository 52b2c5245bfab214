//! Golden files: the same papers through each writer, byte for byte as committed in `golden/`. `POSTROOM_GOLDEN=write` writes them anew: what
//! changes is then held against the documentation that the writer names.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use ocr::protocol::Role;
use ocr::reading::{Direction, DocumentType, Field, FieldName, Line, Mark, Reading, Source, Tax, TookMs, VatRow};
use serde_json::{Value, json};
use store::batch::Paper;
use store::booking::{Choice, ChoiceKind};
use store::company::{Company, CompanyFacts};
use store::document::{Books, BooksState, Document, DocumentState, PaymentState};

use crate::export::facts::Facts;
use crate::export::profile::{self, Profile};
use crate::export::{Ground, Original, Originals, check};

const COMPANY: &str = "01980000-0000-7000-8000-00000000c0c0";

fn company(country: &str, tax_id: &str) -> Company {
    let facts = CompanyFacts {
        name: "Młyn Łódź sp. z o.o.".to_owned(),
        country: country.to_owned(),
        tax_ids: vec![tax_id.to_owned()],
        ..CompanyFacts::default()
    };
    Company {
        id: COMPANY.parse().unwrap(),
        facts,
        closed_at: None,
        read_only_until: None,
        created_at: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn choices() -> Vec<Choice> {
    let entry = |kind, code: &str, name: &str, account: Option<&str>| Choice {
        id: "01980000-0000-7000-8000-00000000ffff".parse().unwrap(),
        kind,
        company: None,
        code: code.to_owned(),
        name: name.to_owned(),
        account: account.map(str::to_owned),
        vat_code: None,
        hidden: false,
    };
    vec![
        entry(ChoiceKind::Category, "mat", "Materiały", Some("401")),
        entry(ChoiceKind::Category, "büro", "Bürobedarf", Some("4930")),
        entry(ChoiceKind::Category, "erlöse", "Erlöse", Some("8400")),
        entry(ChoiceKind::Target, "datev_consultant", "29098", None),
        entry(ChoiceKind::Target, "datev_client", "55003", None),
        entry(ChoiceKind::Target, "datev_chart", "03", None),
        entry(ChoiceKind::Target, "jpk_tax_office", "1433", None),
        entry(ChoiceKind::Target, "jpk_email", "biuro@mlyn.example", None),
        entry(ChoiceKind::Target, "dominio_species", "1", None),
        entry(ChoiceKind::Target, "dominio_species_55", "36", None),
        entry(ChoiceKind::Target, "dominio_cfop", "1556", None),
    ]
}

/// `taxes: [[kind, base, rate, amount]]`, else one that no profile takes.
fn taxes(what: &Value) -> Vec<Tax> {
    let otv = || vec![Tax { kind: "otv".to_owned(), base: None, rate: None, amount: "3.50".to_owned() }];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let one = |tax: &Value| Tax {
        kind: text(&tax[0]).unwrap(),
        base: text(&tax[1]),
        rate: text(&tax[2]),
        amount: text(&tax[3]).unwrap(),
    };
    what["taxes"].as_array().map_or_else(otv, |taxes| taxes.iter().map(one).collect())
}

/// A paper from `{fields, vat: [[rate, category, net, vat]], booking, type, direction, …}`.
fn paper(n: u32, what: &Value) -> Paper {
    let field = |(name, value): (&String, &Value)| (name.parse::<FieldName>().unwrap(), Field::exact(value.as_str().unwrap()));
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let row = |row: &Value| VatRow {
        rate: text(&row[0]),
        category: text(&row[1]),
        net: text(&row[2]),
        vat: text(&row[3]),
        gross: None,
        confidence: 1.0,
        source: Source::Xml,
        page: None,
        bbox: None,
    };
    let kind = match what["type"].as_str() {
        Some("credit_note") => DocumentType::CreditNote,
        Some("receipt") => DocumentType::Receipt,
        _ => DocumentType::Invoice,
    };
    let direction = if what["direction"] == "sale" { Direction::Sale } else { Direction::Purchase };
    let reading = Reading {
        media_type: "application/pdf".to_owned(),
        pages: 1,
        page_range: [1, 1],
        region: None,
        reader_version: "test".to_owned(),
        document_type: kind,
        direction,
        language: None,
        fields: what["fields"].as_object().unwrap().iter().map(field).collect(),
        vat_breakdown: what["vat"].as_array().unwrap().iter().map(row).collect(),
        lines: vec![Line { name: Some("=HYPERLINK(\"x\")".to_owned()), net: Some("1.00".to_owned()), ..Line::default() }],
        taxes: taxes(what),
        marks: vec![Mark::SplitPayment],
        findings: vec![],
        took_ms: TookMs::default(),
    };
    let value = |name| reading.fields.get(&name).map(|field| field.value.clone());
    let document = Document {
        id: format!("01980000-0000-7000-8000-{n:012}").parse().unwrap(),
        company: COMPANY.parse().unwrap(),
        submission: "01980000-0000-7000-8000-00000000aaaa".parse().unwrap(),
        channel: store::accept::Channel::Upload,
        assignee: None,
        net: None,
        vat: None,
        duplicate_reason: None,
        corrects: None,
        ksef: String::new(),
        state: DocumentState::Approved,
        version: 7,
        problem: None,
        name: format!("{n}.pdf"),
        subject: None,
        media_type: "application/pdf".to_owned(),
        size: 3,
        pages: Some(1),
        document_type: kind,
        direction,
        period: Some("2026-07".to_owned()),
        period_reason: None,
        booking: serde_json::from_value(what["booking"].clone()).unwrap_or_default(),
        batch: None,
        books: Books { state: BooksState::None, number: None },
        payment_state: PaymentState::Unpaid,
        duplicate_of: None,
        trashed_at: None,
        postponed_until: None,
        number: value(FieldName::InvoiceNumber),
        seller_name: value(FieldName::SellerName),
        seller_tax_id: value(FieldName::SellerTaxId),
        issue_date: None,
        due_date: None,
        currency: value(FieldName::Currency),
        amount: None,
        findings: 0,
        reading_version: Some(1),
        created_at: "2026-07-20T08:00:00Z".parse().unwrap(),
    };
    let corrects_of = what["corrects_of"].as_str().and_then(|day| day.parse().ok());
    Paper { document, reading, pieces: vec![], corrects_of, before: None }
}

fn polish() -> Vec<Paper> {
    let seller = json!({"seller_name": "Hurtownia \"Zboże\" Kowalski, Żak i Wspólnicy", "seller_tax_id": "PL7251801126",
                        "seller_address": "ul. Polna 4, 90-001 Łódź", "issue_date": "2026-07-05", "due_date": "2026-07-19",
                        "currency": "PLN"});
    let with = |more: Value| {
        let mut fields = seller.clone();
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fields
    };
    vec![
        paper(
            1,
            &json!({"fields": with(json!({"invoice_number": "FV/07/2026", "sale_date": "2026-07-02", "total_gross": "1338.00",
                "ksef_number": "7251801126-20260705-0100001AF629-AF", "payment_means": "6"})),
            "vat": [["23", "S", "1000.00", "230.00"], ["8", "S", "100.00", "8.00"]],
            "booking": {"category": "mat", "register": "ZK", "description": "Zakup mąki", "split_payment": true}}),
        ),
        paper(
            2,
            &json!({"fields": with(json!({"invoice_number": "RE-2026-004711-ABCDEF-XYZ", "total_gross": "200.00", "currency": "EUR",
                "seller_name": "Müller & Söhne GmbH", "seller_tax_id": "DE129273398", "seller_address": "Hauptstr. 12, 10115 Berlin"})),
            "vat": [["0", "K", "200.00", "0.00"]],
            "booking": {"category": "mat", "exchange_rate": "4.3021", "exchange_rate_date": "2026-07-03"}}),
        ),
        paper(
            3,
            &json!({"type": "credit_note", "fields": with(json!({"invoice_number": "KOR/1/2026", "total_gross": "-123.00",
                "preceding_invoice": "FV/06/2026", "type_code": "KOR"})),
            "corrects_of": "2026-06-11",
            "vat": [["23", "S", "-100.00", "-23.00"]], "booking": {"category": "mat", "note": "zwrot"}}),
        ),
        paper(
            4,
            &json!({"type": "receipt", "fields": with(json!({"invoice_number": "W0123", "total_gross": "61.50",
                "payment_means": "gotówka"})),
            "vat": [["23", null, "50.00", "11.50"]], "booking": {"category": "mat", "paid_on": "2026-07-05"}}),
        ),
        paper(
            5,
            &json!({"direction": "sale", "fields": {"invoice_number": "S/9/2026", "issue_date": "2026-07-30", "currency": "PLN",
                "total_gross": "500.00", "buyer_name": "Szkoła nr 1", "buyer_tax_id": "7250018312"},
            "vat": [[null, "E", "500.00", null]], "booking": {"category": "mat"}}),
        ),
    ]
}

fn german() -> Vec<Paper> {
    let seller = json!({"seller_name": "Bürohaus Süd; \"Meyer\" KG", "seller_tax_id": "DE129273398", "currency": "EUR",
                        "seller_address": "Hauptstr. 12, 10115 Berlin", "issue_date": "2026-07-05", "due_date": "2026-08-04",
                        "iban": "DE89370400440532013000"});
    let with = |more: Value| {
        let mut fields = seller.clone();
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fields
    };
    vec![
        paper(
            1,
            &json!({"fields": with(json!({"invoice_number": "RE 2026/07-1", "total_gross": "226.00"})),
            "vat": [["19", "S", "100.00", "19.00"], ["7", "S", "100.00", "7.00"]],
            "booking": {"category": "büro", "description": "Papier"}}),
        ),
        paper(
            2,
            &json!({"type": "credit_note", "fields": with(json!({"invoice_number": "GS-1", "type_code": "381",
                "total_gross": "119.00"})), "vat": [["19", "S", "100.00", "19.00"]], "booking": {"category": "büro"}}),
        ),
        paper(
            3,
            &json!({"fields": with(json!({"invoice_number": "INV-7", "currency": "USD", "total_gross": "100.00",
                "seller_name": "Cloud Inc.", "seller_tax_id": "US12", "seller_country": "US"})),
            "vat": [["0", "AE", "100.00", "0.00"]], "booking": {"category": "4930", "exchange_rate": "0.92"}}),
        ),
        paper(
            4,
            &json!({"direction": "sale", "fields": {"invoice_number": "A-1", "issue_date": "2026-07-30", "currency": "EUR",
                "total_gross": "119.00", "buyer_name": "Kunde AG"},
            "vat": [["19", "S", "100.00", "19.00"]], "booking": {"category": "erlöse"}}),
        ),
    ]
}

fn romanian() -> Vec<Paper> {
    let fields = json!({"invoice_number": "ABC 123", "issue_date": "2026-07-05", "due_date": "2026-07-20", "currency": "RON",
                        "seller_name": "Moara Veche S.R.L.", "seller_tax_id": "RO1234567897", "seller_country": "RO",
                        "seller_address": "Str. Lungă 5, Cluj-Napoca", "total_gross": "242.00", "spv_id": "3001"});
    vec![paper(
        1,
        &json!({"fields": fields, "vat": [["21", "S", "200.00", "42.00"]],
                          "booking": {"category": "mat", "description": "Făină & mălai", "cash_basis": true}}),
    )]
}

fn brazilian() -> Vec<Paper> {
    let fields = json!({"invoice_number": "000.123", "issue_date": "2026-07-05", "currency": "BRL", "seller_name": "Moinho São João Ltda",
                        "seller_tax_id": "11222333000181", "seller_country": "BRASIL", "total_net": "1000.00", "total_gross": "1050.00",
                        "seller_address": "Rua das Flores, 12, Centro, 30110010, Belo Horizonte, MG",
                        "access_key": "31260711222333000181550010000001231000001239"});
    let taxes = json!([
        ["icms", "1000.00", "18.00", "180.00"],
        ["ipi", null, null, "50.00"],
        ["pis", null, null, "16.50"],
        ["cofins", null, null, "76.00"]
    ]);
    vec![
        paper(1, &json!({"fields": fields, "vat": [], "taxes": taxes, "booking": {"category": "mat", "note": "pedido 7|8"}})),
        paper(
            2,
            &json!({"fields": {"invoice_number": "77", "issue_date": "2026-07-06", "currency": "BRL", "seller_name": "Contábil Luz",
                "seller_tax_id": "11222333000181", "total_gross": "300.00"}, "vat": [], "taxes": [],
                "booking": {"category": "mat"}}),
        ),
    ]
}

fn write(name: &str, country: &str, tax_id: &str, home: &str, papers: &[Paper]) -> (Vec<u8>, &'static Profile) {
    let (company, choices, profile) = (company(country, tax_id), choices(), profile::of(name).unwrap());
    let ground = Ground {
        profile,
        company: &company,
        choices: &choices,
        office: "Biuro Lipa",
        period: Some("2026-07"),
        asked: "2026-08-03T10:15:30+02:00[Europe/Warsaw]".parse().unwrap(),
        home,
    };
    let facts: Vec<Facts<'_>> = papers.iter().map(|paper| Facts::of(paper, home)).collect();
    let facts: Vec<Facts<'_>> = facts
        .into_iter()
        .filter(|facts| {
            let reasons = check::reasons(&ground, facts);
            // What a profile leaves out on purpose: sales in purchase registers, and pictures that these papers do not have.
            reasons.iter().all(|reason| ["purchase", "picture", "structured"].contains(&reason.code.as_str()))
                && !reasons.iter().any(|reason| reason.code == "purchase")
        })
        .collect();
    let original = |bytes: &'static [u8], name: &str, media_type: &str, role| Original {
        name: name.to_owned(),
        role,
        media_type: media_type.to_owned(),
        sha256: "00".repeat(32),
        bytes: Bytes::from_static(bytes),
    };
    let mut originals = Originals::new();
    for paper in papers {
        let files = vec![
            original(b"%PDF", "../etc/faktura:1.pdf", "application/pdf", Role::Visual),
            original(b"<Invoice/>", "e.xml", "text/xml", Role::Structured),
        ];
        originals.insert(paper.document.id, files);
    }
    (super::write(&ground, &facts, &originals).unwrap(), profile)
}

fn golden(name: &str, bytes: &[u8], extension: &str) {
    let path: PathBuf =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/export/format/golden").join(format!("{name}.{extension}"));
    if std::env::var_os("POSTROOM_GOLDEN").is_some_and(|what| what == "write") {
        std::fs::write(&path, bytes).unwrap();
    }
    let committed = std::fs::read(&path).unwrap_or_default();
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(committed == bytes, "{name}: is\n{}\nnot as committed\n{}", shown(bytes), shown(&committed));
}

#[test]
fn files_are_as_committed() {
    for (name, country, tax_id, home, papers) in [
        ("csv", "PL", "PL5260250995", "PLN", polish()),
        ("epp", "PL", "PL5260250995", "PLN", polish()),
        ("optima", "PL", "PL5260250995", "PLN", polish()),
        ("jpk-v7m", "PL", "PL5260250995", "PLN", polish()),
        ("datev", "DE", "DE123456789", "EUR", german()),
        ("saga", "RO", "RO9876543", "RON", romanian()),
        ("dominio", "BR", "BR12345678000195", "BRL", brazilian()),
    ] {
        let (bytes, profile) = write(name, country, tax_id, home, &papers);
        golden(name, &bytes, &profile.extension);
        assert_eq!(write(name, country, tax_id, home, &papers).0, bytes, "{name}: made again, it is the same");
    }
}

#[test]
fn archives_hold_what_they_name() {
    let entries = |bytes: Vec<u8>| {
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        (0..zip.len())
            .map(|n| {
                let mut text = String::new();
                let mut file = zip.by_index(n).unwrap();
                std::io::Read::read_to_string(&mut file, &mut text).unwrap();
                (file.name().unwrap().into_owned(), text)
            })
            .collect::<Vec<_>>()
    };
    let files = entries(write("datev-xml", "DE", "DE123456789", "EUR", &german()).0);
    let index = &files.last().unwrap().1;
    golden("datev-xml-document", index.as_bytes(), "xml");
    golden("datev-xml-ledger", files[0].1.as_bytes(), "xml");
    for (name, _) in files.iter().filter(|(name, _)| name != "document.xml") {
        assert!(index.contains(&format!("\"{name}\"")), "{name} is named by document.xml");
    }
    let files = entries(write("originals", "PL", "PL5260250995", "PLN", &polish()).0);
    assert_eq!(files.len(), 11, "two files each, and the index");
    assert!(files.iter().all(|(name, _)| !name.contains("..") && !name.contains(':')), "{files:?}");
    let files = entries(write("ksef", "PL", "PL5260250995", "PLN", &polish()).0);
    assert!(files.iter().all(|(name, _)| name.ends_with(".xml") || name == "index.csv") && files.len() == 6, "{files:?}");
    let sheet = write("xlsx", "PL", "PL5260250995", "PLN", &polish()).0;
    assert_eq!(write("xlsx", "PL", "PL5260250995", "PLN", &polish()).0, sheet, "made again, it is the same");
    let files: Vec<_> =
        zip::ZipArchive::new(std::io::Cursor::new(sheet)).unwrap().file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(files.iter().filter(|name| name.starts_with("xl/worksheets/sheet")).count(), 4, "{files:?}");
}

#[test]
fn what_is_missing_is_a_reason() {
    let company = company("DE", "DE123456789");
    let list: Vec<Choice> = choices().into_iter().filter(|choice| choice.code != "datev_client").collect();
    let ground = Ground {
        profile: profile::of("datev").unwrap(),
        company: &company,
        choices: &list,
        office: "Biuro Lipa",
        period: Some("2026-07"),
        asked: "2026-08-03T10:15:30+02:00[Europe/Berlin]".parse().unwrap(),
        home: "EUR",
    };
    let lacks = |what: Value| {
        let paper = paper(1, &what);
        let reasons = check::reasons(&ground, &Facts::of(&paper, "EUR"));
        reasons.into_iter().map(|reason| format!("{} {}", reason.code, reason.detail.unwrap_or_default())).collect::<Vec<_>>()
    };
    let found =
        lacks(json!({"fields": {"invoice_number": "1", "issue_date": "2025-12-30", "currency": "USD", "total_gross": "100.00"},
        "vat": [["13", "S", "80.00", "10.40"]], "booking": {"category": "unbekannt"}}));
    assert_eq!(
        found,
        [
            "known_rate 13",
            "sums 90.40 ≠ 100.00",
            "exchange_rate USD",
            "account unbekannt",
            "target datev_client",
            "financial_year 2025-12-30"
        ]
    );
    let found = lacks(json!({"fields": {"currency": "EUR"}, "vat": [], "booking": {}}));
    assert_eq!(
        found,
        ["invoice_number ", "issue_date ", "total_gross ", "vat_code ", "category ", "account ", "target datev_client"]
    );
}
