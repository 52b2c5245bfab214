//! Damaged XML never panics, and whatever comes out is in our forms.

use std::path::Path;
use std::sync::LazyLock;

use ocr::context::Context;
use ocr::reading::FieldName;
use proptest::prelude::*;

static SAMPLES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(samples);

fn samples() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/xml");
    let folders = std::fs::read_dir(root).expect("tests/xml").flatten();
    let files = folders.flat_map(|f| std::fs::read_dir(f.path()).expect("format").flatten());
    files
        .map(|f| f.path())
        .filter(|p| p.extension().is_some_and(|e| e == "xml"))
        .map(|p| std::fs::read(p).expect("sample"))
        .collect()
}

/// One change to a file.
#[derive(Clone, Copy, Debug)]
enum Change {
    Byte(usize, u8),
    Cut(usize, usize),
    Repeat(usize, usize),
    Insert(usize, &'static str),
}

fn change() -> impl Strategy<Value = Change> {
    let bits = prop::sample::select(vec![
        "<",
        "</",
        "&amp;",
        "&#0;",
        "<![CDATA[",
        "]]>",
        "-",
        ",",
        "1e28",
        "99999999999999999999999999999",
        "\u{0}",
        "ł",
        "<!-- -->",
        " ",
    ]);
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, b)| Change::Byte(at, b)),
        (any::<usize>(), 1..400usize).prop_map(|(at, n)| Change::Cut(at, n)),
        (any::<usize>(), 1..400usize).prop_map(|(at, n)| Change::Repeat(at, n)),
        (any::<usize>(), bits).prop_map(|(at, text)| Change::Insert(at, text)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: Change) {
    let len = bytes.len().max(1);
    match change {
        Change::Byte(at, b) => {
            if let Some(byte) = bytes.get_mut(at % len) {
                *byte = b;
            }
        }
        Change::Cut(at, n) => {
            let (from, to) = (at % len, (at % len + n).min(bytes.len()));
            bytes.drain(from..to);
        }
        Change::Repeat(at, n) => {
            let (from, to) = (at % len, (at % len + n).min(bytes.len()));
            let piece = bytes[from..to].to_vec();
            bytes.splice(from..from, piece);
        }
        Change::Insert(at, text) => {
            let at = at % len;
            bytes.splice(at..at, text.bytes());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_samples_never_panic(which in any::<prop::sample::Index>(), changes in prop::collection::vec(change(), 1..6)) {
        let mut bytes = which.get(SAMPLES.as_slice()).clone();
        changes.into_iter().for_each(|c| apply(&mut bytes, c));
        if let Ok(readings) = ocr::xml::read(&bytes) {
            for reading in readings {
                ocr::check::check(&reading, &Context::default());
                for name in [FieldName::IssueDate, FieldName::SaleDate, FieldName::DueDate] {
                    if let Some(field) = reading.fields.get(&name) {
                        prop_assert!(field.value.parse::<jiff::civil::Date>().is_ok(), "{}", field.value);
                    }
                }
            }
        }
    }

    #[test]
    fn values_print_and_read_the_same(digits in "[0-9]{9}", nrb in "[0-9]{24}", hex in "[0-9a-f]{32}", key in "[0-9]{43}") {
        use ocr::value::{access_key::AccessKey, country::Country, ettn::Ettn, iban::Iban, tax_id::TaxId};
        for last in 0..10 {
            for country in ["PL", "RO", "DE", "TR", "PT", "FR", "IT"] {
                if let Ok(id) = TaxId::parse(&format!("{digits}{last}"), Country::parse(country)) {
                    prop_assert_eq!(TaxId::parse(&id.to_string(), None), Ok(id));
                }
            }
            if let Ok(key) = AccessKey::parse(&format!("{key}{last}")) {
                prop_assert_eq!(AccessKey::parse(&key.to_string()), Ok(key));
            }
        }
        for check in 0..100 {
            if let Ok(iban) = Iban::parse(&format!("{check:02}{nrb}")) {
                prop_assert_eq!(Iban::parse(&iban.to_string()), Ok(iban));
            }
        }
        let ettn = Ettn::parse(&hex);
        prop_assert!(ettn.is_some());
        prop_assert_eq!(ettn.as_ref().and_then(|e| Ettn::parse(&e.to_string())), ettn);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = ocr::xml::read(&bytes);
        let _ = ocr::xml::looks_like(&bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let code = ocr::page::Code { symbology: "qr".into(), text, bbox: ocr::page::Box::default() };
        ocr::code::fields_of(&code);
    }
}
