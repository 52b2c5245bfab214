//! Codes as they stand on papers, and what they say.

use super::{Kind, meaning};
use crate::page::{Box, Code};

fn said(text: &str) -> Option<(Kind, Vec<(String, String)>)> {
    let code = Code { symbology: "qr".into(), text: text.into(), bbox: Box::default() };
    let m = meaning(&code)?;
    Some((m.kind, m.fields.into_iter().map(|(n, f)| (n.as_str().to_owned(), f.value)).collect()))
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn ksef_codes() {
    let url = "https://qr-test.ksef.mf.gov.pl/invoice/5265877635/26-08-2025/UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE";
    assert_eq!(said(url), Some((Kind::Ksef, pairs(&[("seller_tax_id", "5265877635"), ("issue_date", "2025-08-26")]))));
    let code = Code { symbology: "qr".into(), text: url.into(), bbox: Box::default() };
    assert_eq!(meaning(&code).and_then(|m| m.xml_sha256).as_deref(), Some("UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE"));
    let certificate = "https://qr.ksef.mf.gov.pl/certificate/Nip/5265877635/5265877635/01F20A5D352AE590/UtQp9Gpc51y/abc";
    assert_eq!(said(certificate), Some((Kind::KsefCertificate, pairs(&[("seller_tax_id", "5265877635")]))));
    assert_eq!(said("https://ksef.example.org/invoice/5265877635/26-08-2025/x"), None, "not the ministry's host");
}

#[test]
fn payment_codes() {
    let epc = "BCD\n002\n1\nSCT\nBYLADEM1001\nBäckerei Huber GmbH\nDE02120300000000202051\nEUR12.34\n\n\nRechnung 2026-17\n";
    let want = [
        ("bic", "BYLADEM1001"),
        ("seller_name", "Bäckerei Huber GmbH"),
        ("iban", "DE02120300000000202051"),
        ("currency", "EUR"),
        ("amount_payable", "12.34"),
        ("payment_reference", "Rechnung 2026-17"),
    ];
    assert_eq!(said(epc), Some((Kind::Epc, pairs(&want))));
    let zbp = "5265877635|PL|61109010140000071219812874|012345|Piekarnia Żuraw|FV/07/2026|||";
    let want = [
        ("seller_tax_id", "5265877635"),
        ("iban", "PL61109010140000071219812874"),
        ("currency", "PLN"),
        ("amount_payable", "123.45"),
        ("seller_name", "Piekarnia Żuraw"),
        ("payment_reference", "FV/07/2026"),
    ];
    assert_eq!(said(zbp), Some((Kind::Zbp, pairs(&want))));
    assert_eq!(said("BCD\n002\n1\nSCT\n\nX\nDE02120300000000202052\nEUR1"), None, "the IBAN's check digits are wrong");
}

#[test]
fn swiss_bill_with_the_suppliers_data() {
    let text = "SPC\r\n0200\r\n1\r\nCH5604835012345678009\r\nS\r\nMuster Ofenbau AG\r\nGasse\r\n7\r\n3000\r\nBern\r\nCH\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\
        211.10\r\nCHF\r\nS\r\nPia Rot\r\nWeg\r\n1\r\n9400\r\nRorschach\r\nCH\r\nSCOR\r\nRF18539007547034\r\n\r\nEPD\r\n//S1/10/RE\\/26-17/11/260115/30/107787577/40/0:30";
    let (kind, fields) = said(text).expect("a Swiss bill");
    assert_eq!(kind, Kind::Swiss);
    for want in [
        ("iban", "CH5604835012345678009"),
        ("amount_payable", "211.10"),
        ("currency", "CHF"),
        ("seller_address", "Gasse 7 3000 Bern"),
        ("buyer_name", "Pia Rot"),
        ("payment_reference", "RF18539007547034"),
        ("invoice_number", "RE/26-17"),
        ("issue_date", "2026-01-15"),
        ("due_date", "2026-02-14"),
        ("seller_tax_id", "CHE107787577"),
    ] {
        assert!(fields.contains(&(want.0.to_owned(), want.1.to_owned())), "{want:?} in {fields:?}");
    }
}

#[test]
fn turkish_json_whole_and_broken() {
    let whole = r#"{"vkntckn":"4540536920","avkntckn":"11111111111","senaryo":"EARSIVFATURA","tip":"SATIS","tarih":"2026-03-05","no":"ABC2026000000017",
        "ettn":"f47ac10b-58cc-4372-a567-0e02b2c3d479","parabirimi":"TRY","malhizmettoplam":"1100.00","kdvmatrah(20)":"1000.00","hesaplanankdv(20)":"200.00",
        "kdvmatrah(1)":"100.00","hesaplanankdv(1)":"1.00","vergidahil":"1301.00","odenecek":"1301.00"}"#;
    let broken = r#"{vkntckn:"4540536920" "avkntckn":11111111111,"tip":"SATIS,"tarih":"05.03.2026","no":"ABC2026000000017",
        "ettn":"F47AC10B58CC4372A5670E02B2C3D479","parabirimi":"TL","kdvmatrah (20)":"1.000,00","hesaplanankdv (20)":"200,00","kdvmatrah (1)":100,00
        "vergidahil":"1301,00""#;
    for (text, more) in
        [(whole, vec![("buyer_tax_id", "11111111111"), ("total_net", "1100.00"), ("total_vat", "201.00")]), (broken, vec![])]
    {
        let (kind, fields) = said(text).expect("Turkish JSON");
        assert_eq!(kind, Kind::Turkish);
        let always = [
            ("seller_tax_id", "4540536920"),
            ("issue_date", "2026-03-05"),
            ("invoice_number", "ABC2026000000017"),
            ("ettn", "f47ac10b-58cc-4372-a567-0e02b2c3d479"),
            ("currency", "TRY"),
            ("total_gross", "1301.00"),
        ];
        for want in always.iter().chain(&more) {
            assert!(fields.contains(&(want.0.to_owned(), want.1.to_owned())), "{want:?} in {fields:?}");
        }
    }
    let code = Code { symbology: "qr".into(), text: whole.into(), bbox: Box::default() };
    let rows = meaning(&code).map(|m| m.vat_breakdown).unwrap_or_default();
    let rows: Vec<_> = rows.iter().map(|r| (r.rate.as_deref(), r.net.as_deref(), r.vat.as_deref())).collect();
    assert_eq!(rows, [(Some("20"), Some("1000.00"), Some("200.00")), (Some("1"), Some("100.00"), Some("1.00"))]);
}

#[test]
fn brazilian_keys_and_urls() {
    let key = "52060433009911002506550120000007800267301615";
    let (kind, fields) = said(key).expect("a key");
    assert_eq!((kind, &fields[0]), (Kind::AccessKey, &("access_key".to_owned(), key.to_owned())));
    assert!(fields.contains(&("invoice_number".to_owned(), "780".to_owned())), "{fields:?}");
    for url in [
        format!("http://nfce.example.gov.br/qrcode?p={key}|2|1|27|45.90|0102|000001|ABCDEF"),
        format!("http://nfce.example.gov.br/qrcode?p={key}%7C2%7C1%7C27%7C45.90%7C0102%7C000001%7CABCDEF"),
        format!("http://nfce.example.gov.br/qrcode?chNFe={key}&nVersao=100&vNF=45.90"),
    ] {
        let (_, fields) = said(&url).expect("a URL");
        assert!(
            fields.contains(&("access_key".to_owned(), key.to_owned()))
                && fields.contains(&("total_gross".to_owned(), "45.90".to_owned()))
        );
    }
}

#[test]
fn portuguese_code() {
    let text = "A:501964843*B:503504564*C:PT*D:FT*E:N*F:20260131*G:FT A/35*H:CSDF7T5H-35*I1:PT*I2:10.00*I7:100.00*I8:23.00*N:23.00*O:133.00*Q:kLp0*R:9999";
    let (kind, fields) = said(text).expect("AT code");
    assert_eq!(kind, Kind::Portuguese);
    for want in [
        ("invoice_number", "FT A/35"),
        ("issue_date", "2026-01-31"),
        ("total_net", "110.00"),
        ("total_vat", "23.00"),
        ("total_gross", "133.00"),
    ] {
        assert!(fields.contains(&(want.0.to_owned(), want.1.to_owned())), "{want:?} in {fields:?}");
    }
}

#[test]
fn other_codes_say_nothing() {
    for text in
        ["", "https://example.org/", "WIFI:S:Guest;;", "4006381333931", "{\"a\":1}", "||||||", "BCD", "SPC\n0200", "A:1*B:2"]
    {
        assert_eq!(said(text), None, "{text}");
    }
}
