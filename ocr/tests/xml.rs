//! Each `tests/xml/<format>/<case>.xml` beside what must be read from it, `<case>.json`: one object a reading, with values only, and
//! what the checks say about it. To write the JSON of a new case, run once with UPDATE=1 and read it with care.

use std::path::{Path, PathBuf};

use ocr::context::Context;
use ocr::reading::{Reading, Source};
use serde_json::{Value, json};

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/xml");
    let folders = std::fs::read_dir(root).expect("tests/xml").flatten().map(|e| e.path());
    let mut files: Vec<PathBuf> =
        folders.flat_map(|f| std::fs::read_dir(f).expect("format").flatten()).map(|e| e.path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "xml"));
    files.sort();
    files
}

/// What a bookkeeper sees of a reading.
fn shown(reading: &Reading) -> Value {
    let fields: serde_json::Map<String, Value> =
        reading.fields.iter().map(|(name, field)| (name.as_str().to_owned(), json!(field.value))).collect();
    let mut findings = reading.findings.clone();
    findings.extend(ocr::check::check(reading, &Context::default()));
    json!({
        "document_type": reading.document_type,
        "language": reading.language,
        "fields": fields,
        "vat_breakdown": reading.vat_breakdown.iter().map(|r| json!([r.rate, r.category, r.net, r.vat, r.gross])).collect::<Vec<_>>(),
        "lines": reading.lines.iter().map(|l| json!([l.name, l.quantity, l.unit, l.unit_price, l.net, l.vat_rate])).collect::<Vec<_>>(),
        "taxes": reading.taxes.iter().map(|t| json!([t.kind, t.base, t.rate, t.amount])).collect::<Vec<_>>(),
        "marks": reading.marks,
        "findings": findings.iter().map(|f| format!("{}: {}", f.code, f.message)).collect::<Vec<_>>(),
    })
}

#[test]
fn each_sample_says_what_stands_beside_it() {
    let cases = cases();
    assert!(cases.len() >= 12, "only {} cases were found", cases.len());
    for case in cases {
        let readings = ocr::xml::read(&std::fs::read(&case).expect("case")).expect("a sample is well-formed");
        let got = Value::Array(readings.iter().map(shown).collect());
        let beside = case.with_extension("json");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&beside, format!("{}\n", serde_json::to_string_pretty(&got).expect("JSON"))).expect("write");
        }
        let want: Value = serde_json::from_str(&std::fs::read_to_string(&beside).expect("expected JSON")).expect("JSON");
        assert_eq!(got, want, "{}", case.display());
    }
}

#[test]
fn values_are_exact_and_from_the_xml() {
    for case in cases() {
        for reading in ocr::xml::read(&std::fs::read(&case).expect("case")).expect("well-formed") {
            let exact = reading.fields.values().all(|f| f.confidence == 1.0 && f.source == Source::Xml && f.page.is_none());
            assert!(exact && reading.pages == 1, "{}", case.display());
        }
    }
}

#[test]
fn cut_short_is_an_error_wherever_it_is_cut() {
    for case in cases() {
        let bytes = std::fs::read(&case).expect("case");
        let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        for part in 1..10 {
            let mut end = text.len() * part / 10;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            assert!(ocr::xml::read(&text.as_bytes()[..end]).is_err(), "{} cut at {end}", case.display());
        }
    }
}

#[test]
fn entities_are_refused_and_a_harmless_doctype_is_not() {
    let bomb = b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]><x>&b;</x>";
    assert_eq!(ocr::xml::read(bomb), Err(ocr::xml::Error::Entities));
    let outside = b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>";
    assert_eq!(ocr::xml::read(outside), Err(ocr::xml::Error::Entities));
    assert!(ocr::xml::read(b"<!DOCTYPE x><x>1</x>").is_ok());
    assert!(ocr::xml::read(b"<!DOCTYPE x PUBLIC '-//x' 'http://x/y.dtd'><x>1</x>").is_ok());
}

#[test]
fn what_is_no_xml_is_an_error() {
    for bytes in [&b""[..], b"  \n", b"\x00\x00", b"no xml", b"<a>", b"<a></b>", b"<a/><b/>", b"%PDF-1.7"] {
        assert!(ocr::xml::read(bytes).is_err(), "{:?}", String::from_utf8_lossy(bytes));
    }
    let deep = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
    assert!(ocr::xml::read(deep.as_bytes()).is_err());
    assert!(ocr::xml::looks_like(b"\xef\xbb\xbf \n<?xml version='1.0'?>") && !ocr::xml::looks_like(b"< 5"));
}

/// The same paper in other clothes: UTF-16, a byte order mark with a stylesheet, an answer of a web service around it.
#[test]
fn the_form_of_a_file_changes_nothing() {
    for case in cases() {
        let bytes = std::fs::read(&case).expect("case");
        let Ok(text) = String::from_utf8(bytes.clone()) else { continue };
        let text = text.trim_start_matches('\u{feff}').trim();
        let root = text.strip_prefix("<?xml").and_then(|t| t.split_once("?>")).map_or(text, |(_, rest)| rest.trim());
        if root.starts_with("<!DOCTYPE") {
            continue; // stands before a root only
        }
        let wide: Vec<u8> = format!("\u{feff}{root}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let styled = format!("\u{feff}\r\n<?xml version='1.0'?><?xml-stylesheet href='x.xsl'?><!-- made by X -->{root}");
        let soap = format!(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><r:answer xmlns:r='urn:x'><return>{root}</return></r:answer></s:Body></s:Envelope>"
        );
        let want: Vec<Value> = ocr::xml::read(&bytes).expect("well-formed").iter().map(shown).collect();
        for (form, bytes) in [("UTF-16", wide), ("styled", styled.into_bytes()), ("SOAP", soap.into_bytes())] {
            let got = ocr::xml::read(&bytes).expect("well-formed");
            let fields =
                |v: &Value| (v["document_type"].clone(), v["fields"].clone(), v["vat_breakdown"].clone(), v["lines"].clone());
            let got: Vec<_> = got.iter().map(shown).map(|v| fields(&v)).collect();
            assert_eq!(got, want.iter().map(fields).collect::<Vec<_>>(), "{} as {form}", case.display());
        }
    }
}
