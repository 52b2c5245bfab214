//! Text that nobody sees decides no field, in whatever way it is hidden.

use serde_json::Value;

use crate::harness::{pdf_of, read, set};

const IBAN: &str = "PL61109010140000071219812874";
/// A total and an account that would be taken if they were seen: labelled, above the true ones, and right by their check digits.
const FALSE: &str =
    "BT /F1 11 Tf 14 TL 60 600 Td (Razem do zaplaty: 9 999,00 PLN) Tj T* (IBAN: PL27 1140 2004 0000 3002 0135 5387) Tj ET";

fn lines() -> String {
    set(&[
        "Faktura VAT nr FV/07/2026",
        "Data wystawienia: 2026-10-05",
        "Sprzedawca: Zielona Brama sp. z o.o.",
        "NIP: 725-18-01-126",
        "Nabywca: Mlyn Lodz sp. z o.o.",
        "NIP: 526-025-09-95",
    ])
}

fn sums() -> String {
    let text = "(Razem netto: 1 000,00 PLN) Tj T* (VAT 23%: 230,00 PLN) Tj T* (Razem do zaplaty: 1 230,00 PLN) Tj T* (IBAN: PL61 1090 1014 0000 0712 1981 2874) Tj";
    format!("BT /F1 11 Tf 14 TL 60 500 Td {text} ET\n")
}

/// The reading of a paper whose pages have these contents and entries.
fn reading(pages: &[(&str, &str)]) -> Value {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("paper.pdf");
    std::fs::write(&file, pdf_of(pages, "null")).expect("the file");
    read(&[file]).remove(0)
}

fn value<'a>(reading: &'a Value, field: &str) -> &'a str {
    reading["fields"][field]["value"].as_str().unwrap_or("nothing")
}

#[test]
fn hidden_totals_and_accounts_decide_nothing() {
    let plain = |trick: &str| (format!("{}{trick}\n{}", lines(), sums()), String::new());
    // What is not hidden at all is taken, or the others prove nothing.
    let seen = reading(&[(plain(FALSE).0.as_str(), "")]);
    let traces = |reading: &Value| {
        ["9999.00", "PL27114020040000300201355387"].map(|false_one| reading["fields"].to_string().contains(false_one))
    };
    assert_eq!(traces(&seen), [true, true], "{seen:#}");

    let white = "1 1 1 rg 50 580 500 40 re f 0 g";
    let black = "0 g 50 580 500 40 re f";
    let below = FALSE.replace("60 600 Td", "60 -200 Td");
    for (name, (content, entries)) in [
        ("drawn invisibly", plain(&format!("q 3 Tr {FALSE} Q"))),
        ("white on white", plain(&format!("1 1 1 rg {FALSE} 0 g"))),
        ("nearly white", plain(&format!("0.97 0.97 0.98 rg {FALSE} 0 g"))),
        ("transparent", plain(&format!("q /G gs {FALSE} Q"))),
        ("one point high", plain(&FALSE.replace("/F1 11 Tf", "/F1 1 Tf"))),
        ("scaled down", plain(&format!("q 0.05 0 0 0.05 100 500 cm {FALSE} Q"))),
        ("off the page", plain(&below)),
        ("outside of what is shown", (plain(&below).0, "/MediaBox [0 -400 595 842] /CropBox [0 0 595 842]".to_owned())),
        ("clipped away", plain(&format!("q 0 0 20 20 re W n {FALSE} Q"))),
        ("under a white field", plain(&format!("{FALSE} {white}"))),
        ("under a black field", plain(&format!("{FALSE} {black}"))),
        (
            "under other words",
            plain(&format!(
                "{FALSE} {white} BT /F1 11 Tf 14 TL 60 600 Td (Dziekujemy za zakupy i zapraszamy) Tj T* (do naszego sklepu przy ulicy Polnej) Tj ET"
            )),
        ),
    ] {
        for first in [None, Some(set(&["Warunki dostawy wedlug umowy nr 4 z dnia 2026-01-15, strona pierwsza z dwoch."]))] {
            let mut pages = vec![(content.as_str(), entries.as_str())];
            if let Some(first) = &first {
                pages.insert(0, (first.as_str(), ""));
            }
            let read = reading(&pages);
            let said = [value(&read, "total_gross"), value(&read, "iban")];
            assert_eq!(said, ["1230.00", IBAN], "{name}, pages: {}", pages.len());
            assert_eq!(traces(&read), [false, false], "{name}: {:#}", read["fields"]);
        }
    }
}

#[test]
fn what_the_text_says_and_nobody_sees_is_compared_with_what_is_printed() {
    // The text says 9,230.00; a field covers it, and letters that say nothing show another amount.
    let said = sums().replace("1 230,00", "9 230,00");
    let shown = "1 1 1 rg 152.5 468 46.5 12 re f 0 g BT /F2 11 Tf 154.1 472 Td (1 230,00) Tj ET";
    let paper = format!("{}{said}{shown}", lines());
    let cover = set(&["Pismo przewodnie do faktury, ktora jest na drugiej stronie tego pliku, wraz z warunkami 2026."]);
    for pages in [vec![(paper.as_str(), "")], vec![(cover.as_str(), ""), (paper.as_str(), "")]] {
        let read = reading(&pages);
        let finding = read["findings"].as_array().expect("findings").iter().find(|finding| finding["code"] == "text_differs");
        let finding = finding.unwrap_or_else(|| panic!("{} pages: {read:#}", pages.len()));
        assert!(finding["severity"] == "error" && finding["message"].to_string().contains("230,00"), "{finding}");
        for field in finding["fields"].as_array().expect("a list") {
            let sure = read["fields"][field.as_str().expect("a name")]["confidence"].as_f64().expect("a number");
            assert!(sure < 0.5, "{read:#}");
        }
    }
}
