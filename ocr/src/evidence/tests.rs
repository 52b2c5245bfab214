use super::*;
use crate::context::Context;
use crate::extract::extract;
use crate::page::{Code, Token};

const XML: &str = r#"<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/"><Naglowek><KodFormularza kodSystemowy="FA (3)">FA</KodFormularza></Naglowek>
<Podmiot1><DaneIdentyfikacyjne><NIP>5260250274</NIP><Nazwa>Młyn Łódź Sp. z o.o.</Nazwa></DaneIdentyfikacyjne></Podmiot1>
<Podmiot2><DaneIdentyfikacyjne><NIP>9451072360</NIP><Nazwa>Piekarnia Nowak</Nazwa></DaneIdentyfikacyjne></Podmiot2>
<Fa><KodWaluty>PLN</KodWaluty><P_1>2026-05-14</P_1><P_2>FV/7/05/2026</P_2><P_13_1>1000.00</P_13_1><P_14_1>230.00</P_14_1><P_15>1230.00</P_15>
<FaWiersz><P_7>Mąka pszenna typ 500</P_7><P_8B>10</P_8B><P_9A>100.00</P_9A><P_11>1000.00</P_11><P_12>23</P_12></FaWiersz>
<Platnosc><TerminPlatnosci><Termin>2026-05-28</Termin></TerminPlatnosci><RachunekBankowy><NrRB>61109010140000071219812874</NrRB></RachunekBankowy></Platnosc></Fa></Faktura>"#;

const PRINT: &str = "Faktura VAT nr FV/7/05/2026
Data wystawienia: 14.05.2026 Termin płatności: 28 maja 2026
Sprzedawca: Młyn Łódź
NIP: 526-025-02-74
Nabywca: Piekarnia Nowak
NIP: PL9451072360
Mąka pszenna typ 500 10 100,00 1 000,00
Razem netto VAT 23% brutto
1 000,00 230,00 1 230,00
Do zapłaty: 1.230,00 PLN
Konto: PL 61 1090 1014 0000 0712 1981 2874";

fn page(text: &str) -> Page {
    let tokens = text.lines().enumerate().flat_map(|(row, line)| {
        let (mut x, top) = (50.0, 40.0 + row as f32 * 20.0);
        let words = line.split(' ').map(|word| {
            let bbox = Box { left: x, top, right: x + word.chars().count() as f32 * 5.0, bottom: top + 10.0 };
            x = bbox.right + 4.0;
            Token { text: word.into(), bbox, confidence: 1.0, line: row as u32, size: 10.0, bold: false, hidden: false }
        });
        words.collect::<Vec<_>>()
    });
    Page {
        number: 3,
        width: 595.0,
        height: 842.0,
        turned: 0,
        skew: 0.0,
        region: None,
        source: Source::Text,
        tokens: tokens.collect(),
        codes: Vec::new(),
    }
}

fn beside(print: &str) -> Reading {
    let pages = [page(print)];
    let mut reading = crate::xml::read(XML.as_bytes()).expect("XML").remove(0);
    let printed = extract(&pages, &Context::default());
    lay_beside(&mut reading, &printed, &pages);
    reading
}

fn codes(reading: &Reading) -> Vec<&str> {
    reading.findings.iter().map(|f| f.code.as_str()).collect()
}

#[test]
fn values_get_the_places_where_they_are_printed() {
    let reading = beside(PRINT);
    assert_eq!(codes(&reading), Vec::<&str>::new());
    use FieldName::*;
    for (name, row) in [
        (InvoiceNumber, 0),
        (IssueDate, 1),
        (DueDate, 1),
        (SellerName, 2),
        (SellerTaxId, 3),
        (BuyerName, 4),
        (BuyerTaxId, 5),
        (TotalNet, 8),
        (TotalVat, 8),
        (AmountPayable, 9),
        (Iban, 10),
    ] {
        let field = &reading.fields[&name];
        let place = field.bbox.unwrap_or_else(|| panic!("{} has no place", name.as_str()));
        assert_eq!((field.page, field.source), (Some(3), Source::Xml));
        assert!((place.top - (40.0 + row as f32 * 20.0)).abs() < 1.0, "{}: {place:?}", name.as_str());
    }
    assert_eq!(reading.fields[&IssueDate].raw.as_deref(), Some("14.05.2026"));
    assert_eq!(reading.vat_breakdown[0].bbox.map(|b| b.top), Some(200.0));
    assert_eq!(reading.lines[0].bbox.map(|b| b.top), Some(160.0));
}

#[test]
fn what_the_page_says_against_the_data_is_a_finding() {
    for (from, to, name) in [
        ("61 1090 1014 0000 0712 1981 2874", "27 1140 2004 0000 3002 0135 5387", FieldName::Iban),
        ("14.05.2026", "15.05.2026", FieldName::IssueDate),
        ("FV/7/05/2026", "FV/8/05/2026", FieldName::InvoiceNumber),
    ] {
        let reading = beside(&PRINT.replace(from, to));
        let found: Vec<_> = reading.findings.iter().filter(|f| f.code == "page_differs").collect();
        assert_eq!(found.iter().flat_map(|f| f.fields.clone()).collect::<Vec<_>>(), [name], "{to}");
    }
    let dearer = PRINT.replace("1 230,00", "1 476,00").replace("1.230,00", "1.476,00").replace(" 230,00", " 476,00");
    assert!(codes(&beside(&dearer)).contains(&"page_differs"));
    assert_eq!(codes(&beside("Załącznik do faktury")), Vec::<&str>::new(), "a page that says nothing says nothing against it");
}

fn with_code(print: &str, text: &str) -> Reading {
    let mut page = page(print);
    page.codes.push(Code {
        symbology: "qr".into(),
        text: text.into(),
        bbox: Box { left: 400.0, top: 40.0, right: 480.0, bottom: 120.0 },
    });
    let pages = [page];
    let mut reading = extract(&pages, &Context::default());
    apply_codes(&mut reading, &pages);
    reading
}

#[test]
fn codes_are_taken_as_they_are_and_agree_with_the_page() {
    let epc = "BCD\n002\n1\nSCT\nBREXPLPW\nMlyn Lodz\nPL61109010140000071219812874\nEUR1230.00\n\n\nFV/7/05/2026";
    let reading = with_code(PRINT, epc);
    assert_eq!(codes(&reading), Vec::<&str>::new());
    let iban = &reading.fields[&FieldName::Iban];
    assert_eq!((iban.source, iban.value.as_str()), (Source::Code, "PL61109010140000071219812874"));
    assert!(iban.bbox.is_some_and(|b| b.top > 200.0), "shown where a person can read it");
    assert_eq!(reading.fields[&FieldName::Bic].value, "BREXPLPW");
    assert_eq!(reading.fields[&FieldName::Currency].value, "PLN", "what the page says in words stays");
}

#[test]
fn a_code_from_another_paper_is_an_error() {
    let other = "BCD\n002\n1\nSCT\n\nMlyn\nDE89370400440532013000\nEUR99.00";
    let reading = with_code(PRINT, other);
    let found: Vec<_> = reading.findings.iter().filter(|f| f.code == "code_differs").collect();
    assert!(found.iter().any(|f| f.fields == [FieldName::Iban] && f.severity == Severity::Error), "{found:?}");
    // A pasted KSeF code does not bring its values with it.
    let ksef = "https://qr.ksef.mf.gov.pl/invoice/7743231854/02-01-2026/UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE";
    let reading = with_code(PRINT, ksef);
    let found: Vec<_> = reading.findings.iter().filter(|f| f.code == "code_differs").flat_map(|f| f.fields.clone()).collect();
    assert_eq!(found, [FieldName::SellerTaxId, FieldName::IssueDate]);
    assert_eq!(reading.fields[&FieldName::SellerTaxId].value, "5260250274");
    assert!(codes(&reading).contains(&"ksef_number_missing"));
}

#[test]
fn a_paper_that_is_offline_says_so_under_its_code() {
    let own = "https://qr.ksef.mf.gov.pl/invoice/5260250274/14-05-2026/UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE";
    let mut page = page(PRINT);
    page.codes.push(Code {
        symbology: "qr".into(),
        text: own.into(),
        bbox: Box { left: 400.0, top: 500.0, right: 480.0, bottom: 580.0 },
    });
    let place = Box { left: 410.0, top: 590.0, right: 460.0, bottom: 600.0 };
    page.tokens.push(Token {
        text: "OFFLINE".into(),
        bbox: place,
        confidence: 1.0,
        line: 99,
        size: 10.0,
        bold: false,
        hidden: false,
    });
    let pages = [page];
    let mut reading = extract(&pages, &Context::default());
    apply_codes(&mut reading, &pages);
    assert_eq!(codes(&reading), ["ksef_offline"]);
    assert_eq!(reading.fields[&FieldName::SellerTaxId].source, Source::Code);
}
