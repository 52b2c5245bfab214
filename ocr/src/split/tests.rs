use super::*;
use crate::page::{Box, Code, Token};
use crate::reading::Source;

/// A page with the lines of `text`.
fn page(number: u32, text: &str) -> Page {
    let tokens = text.lines().enumerate().flat_map(|(row, line)| {
        let mut x = 50.0;
        line.split(' ')
            .map(|word| {
                let width = word.chars().count() as f32 * 5.0;
                let bbox = Box { left: x, top: 40.0 + row as f32 * 20.0, right: x + width, bottom: 50.0 + row as f32 * 20.0 };
                x += width + 4.0;
                let line = u32::try_from(row).expect("row");
                Token { text: word.to_owned(), bbox, confidence: 1.0, line, size: 10.0, bold: false, hidden: false }
            })
            .collect::<Vec<_>>()
    });
    let tokens = if text.is_empty() { Vec::new() } else { tokens.collect() };
    Page {
        number,
        width: 595.0,
        height: 842.0,
        turned: 0,
        skew: 0.0,
        region: None,
        source: Source::Text,
        tokens,
        codes: Vec::new(),
    }
}

/// The papers as pairs: first index, index behind the last.
fn cut(pages: &[Page], how: Split) -> Vec<(usize, usize)> {
    papers(pages, how).into_iter().map(|range| (range.start, range.end)).collect()
}

fn invoice(number: &str) -> String {
    format!(
        "Faktura VAT nr {number}\nData wystawienia: 2026-05-14\nSprzedawca: Młyn Łódź Sp. z o.o.\nNIP: 5260250274\nNabywca: Piekarnia Nowak\nNIP: 9451072360\nRazem netto 100,00\nRazem VAT 23,00\nDo zapłaty: 123,00 PLN"
    )
}

fn code(text: &str) -> Code {
    Code { symbology: "code128".into(), text: text.into(), bbox: Box::default() }
}

fn stack(texts: &[&str]) -> Vec<Page> {
    (1..).zip(texts).map(|(number, text)| page(number, text)).collect()
}

#[test]
fn two_invoices_in_one_file() {
    let (a, b) = (invoice("FV/1/2026"), invoice("FV/2/2026"));
    assert_eq!(cut(&stack(&[&a, &b]), Split::Automatic), [(0, 1), (1, 2)]);
    assert_eq!(cut(&stack(&[&a, &b]), Split::None), [(0, 2)]);
    let terms = "Ogólne warunki sprzedaży\nTowar pozostaje własnością sprzedawcy do zapłaty";
    assert_eq!(cut(&stack(&[&a, terms, &b, terms]), Split::Automatic), [(0, 2), (2, 4)]);
}

#[test]
fn the_pages_of_one_paper_stay_together() {
    let a = invoice("FV/1/2026");
    let second = "Faktura VAT nr FV/1/2026\nStrona 2 z 2\nRazem do zapłaty 123,00 PLN";
    assert_eq!(cut(&stack(&[&a, second]), Split::Automatic), [(0, 2)]);
    assert_eq!(cut(&stack(&[&a, &a]), Split::Automatic), [(0, 2)], "a copy belongs to its original");
    let other = format!("{}\nStrona 2/2", invoice("WZ/17/2026"));
    assert_eq!(cut(&stack(&[&format!("{a}\nStrona 1/2"), &other]), Split::Automatic), [(0, 2)]);
}

#[test]
fn blank_and_separator_sheets() {
    let (a, b) = (invoice("FV/1/2026"), invoice("FV/2/2026"));
    let back = "ciąg dalszy";
    for how in [Split::OneSided, Split::Automatic] {
        assert_eq!(cut(&stack(&[&a, "", &b]), how), [(0, 1), (2, 3)], "{how:?}");
    }
    assert_eq!(cut(&stack(&[&a, "", back]), Split::OneSided), [(0, 1), (2, 3)]);
    assert_eq!(cut(&stack(&[&a, "", back]), Split::Automatic), [(0, 3)], "a blank back does not end a paper");
    // Front, empty back, blank sheet, front and back.
    assert_eq!(cut(&stack(&[&a, "", "", "", back, back]), Split::TwoSided), [(0, 1), (4, 6)]);
    assert_eq!(cut(&stack(&[&a, "", back, ""]), Split::TwoSided), [(0, 3)]);
    let mut sheets = stack(&[&a, "Separator page", &a, "", "Separator page"]);
    sheets[1].codes.push(code("PATCHT"));
    sheets[4].codes.push(code("patch-t"));
    for how in [Split::OneSided, Split::TwoSided, Split::Automatic] {
        assert_eq!(cut(&sheets, how), [(0, 1), (2, 3)], "{how:?}");
    }
    assert_eq!(cut(&stack(&["", ""]), Split::OneSided), [(0, 2)]);
    assert_eq!(cut(&[], Split::Automatic), [(0, 0)]);
}

#[test]
fn a_first_page_with_the_code_on_it_stays() {
    let mut sheets = stack(&[&invoice("FV/1/2026"), &invoice("FV/1/2026")]);
    sheets[1].codes.push(code("PATCHT"));
    assert_eq!(cut(&sheets, Split::Automatic), [(0, 2)]);
}

#[test]
fn parts_of_a_page_are_papers_by_themselves() {
    let (a, b) = (invoice("FV/1/2026"), invoice("FV/1/2026"));
    let mut pages = stack(&[&a, &b, &a]);
    for (page, left) in pages[1..].iter_mut().zip([0.0, 300.0]) {
        (page.number, page.region) = (2, Some(Box { left, top: 0.0, right: left + 295.0, bottom: 842.0 }));
    }
    assert_eq!(cut(&pages, Split::Automatic), [(0, 1), (1, 2), (2, 3)]);
    assert_eq!(cut(&pages, Split::None), [(0, 3)]);
}

#[test]
fn numbers_of_pages_in_our_languages() {
    for (text, want) in [
        ("Seite 1 von 3", (1, 3)),
        ("Strona: 2/4", (2, 4)),
        ("Str. 1 z 2", (1, 2)),
        ("Pagina 3 din 3", (3, 3)),
        ("Sayfa 1 / 2", (1, 2)),
        ("Página 1 de 2", (1, 2)),
        ("Page 2 of 2", (2, 2)),
    ] {
        assert_eq!(head::numbering(&page(1, text)), Some(want), "{text}");
    }
    for text in ["Seite 1", "Rechnung 1 von 3", "Page 5 of 2", "1/2"] {
        assert_eq!(head::numbering(&page(1, text)), None, "{text}");
    }
}
