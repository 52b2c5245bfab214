//! JPK_V7M(3), rows of purchases, as a draft: after the structure JPK_V7M(3) v1-0E (<http://crd.gov.pl/wzor/2025/12/19/14090/schemat.xsd>, in
//! force for periods from 2026-02), element ZakupWiersz: each row names its KSeF number, or OFF, BFK or DI. It is not to be sent: sales and
//! the declaration are the accounting program's, and of what the buyer accounts for there is the row without the tax. The schema itself
//! could not be fetched here; order, names, lengths and patterns are those of classes that a public program has had made from it, and
//! `tests/tools/read_export.py` holds the file against them. A comment in the file says that it is a draft.

use rust_decimal::Decimal;

use crate::export::facts::Facts;
use crate::export::format::xml::Xml;
use crate::export::{Ground, Problem};

/// The bytes of the file.
pub fn write(ground: &Ground<'_>, papers: &[Facts<'_>]) -> Result<Vec<u8>, Problem> {
    let mut xml = Xml::new();
    let period = ground.period.unwrap_or_default();
    let (year, month) = period.split_once('-').unwrap_or_default();
    xml.comment("SZKIC: tylko wiersze zakupów. Urząd, podatnika, sprzedaż i deklarację uzupełnia program księgowy.");
    xml.open_with("JPK", &[("xmlns", "http://crd.gov.pl/wzor/2025/12/19/14090/"), ("xmlns:etd", TYPES)]);
    xml.open("Naglowek");
    xml.leaf_with("KodFormularza", &[("kodSystemowy", "JPK_V7M (3)"), ("wersjaSchemy", "1-0E")], "JPK_VAT");
    xml.leaf("WariantFormularza", "3");
    xml.leaf("DataWytworzeniaJPK", ground.asked.strftime("%Y-%m-%dT%H:%M:%S").to_string()).leaf("NazwaSystemu", "Postroom");
    xml.leaf_with("CelZlozenia", &[("poz", "P_7")], "1").maybe("KodUrzedu", ground.target("jpk_tax_office").unwrap_or_default());
    xml.leaf("Rok", year).leaf("Miesiac", month.trim_start_matches('0')).close();
    taxpayer(&mut xml, ground);
    xml.open("Ewidencja");
    xml.open("SprzedazCtrl").leaf("LiczbaWierszySprzedazy", "0").leaf("PodatekNalezny", "0.00").close();
    let mut tax = Decimal::ZERO;
    for (n, facts) in (1u32..).zip(papers) {
        tax += row(&mut xml, ground, facts, n);
    }
    xml.open("ZakupCtrl")
        .leaf("LiczbaWierszyZakupow", papers.len().to_string())
        .leaf("PodatekNaliczony", format!("{tax:.2}"))
        .close();
    Ok(xml.finish())
}

/// Types of the ministry that the structure uses.
const TYPES: &str = "http://crd.gov.pl/xml/schematy/dziedzinowe/mf/2022/09/13/eD/DefinicjeTypy/";

/// A person has names and a birthday, said in the list `target`; anybody else has one name.
fn taxpayer(xml: &mut Xml, ground: &Ground<'_>) {
    let nip = ground.company.facts.tax_ids.first().map(|id| id.trim_start_matches("PL")).unwrap_or_default();
    let said = |name: &str| ground.target(name).map(token).unwrap_or_default();
    let [first, last, born] = ["jpk_first_name", "jpk_last_name", "jpk_birth_date"].map(said);
    xml.open_with("Podmiot1", &[("rola", "Podatnik")]);
    if first.is_empty() || last.is_empty() || born.is_empty() {
        xml.open("OsobaNiefizyczna").leaf("NIP", nip).leaf("PelnaNazwa", cut(&ground.company.facts.name, 240));
    } else {
        xml.open("OsobaFizyczna").leaf("etd:NIP", nip).leaf("etd:ImiePierwsze", first).leaf("etd:Nazwisko", last);
        xml.leaf("etd:DataUrodzenia", born);
    }
    xml.leaf("Email", said("jpk_email")).close().close();
}

/// `xsd:token`: no blanks at its ends, one between words.
fn token(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str, most: usize) -> String {
    token(&token(text).chars().take(most).collect::<String>())
}

/// One row; gives its tax.
fn row(xml: &mut Xml, ground: &Ground<'_>, facts: &Facts<'_>, n: u32) -> Decimal {
    let party = &facts.party;
    let foreign = !party.country.is_empty() && party.country != "PL";
    xml.open("ZakupWiersz").leaf("LpZakupu", n.to_string());
    let country = if party.country == "GR" { "EL" } else { party.country };
    xml.maybe("KodKrajuNadaniaTIN", if foreign { country } else { "" });
    xml.leaf("NrDostawcy", if party.tax_id.is_empty() { "BRAK".to_owned() } else { cut(facts.party_number(), 50) });
    xml.leaf("NazwaDostawcy", cut(party.name, 512)).leaf("DowodZakupu", cut(facts.number, 256));
    xml.leaf("DataZakupu", facts.issued.map(|day| day.to_string()).unwrap_or_default());
    let received = facts.received(ground).filter(|day| Some(*day) != facts.issued);
    xml.maybe("DataWplywu", received.map(|day| day.to_string()).unwrap_or_default());
    let ksef = facts.value(ocr::reading::FieldName::KsefNumber);
    match is_ksef(ksef) {
        true => xml.leaf("NrKSeF", ksef),
        false => xml.leaf(mark(ground, facts), "1"),
    };
    // Fixed assets stand in fields of their own: categories of the list whose tax code is "fixed".
    let choice = ground.choice(store::booking::ChoiceKind::Category, facts.booking.category.as_deref());
    let fixed = choice.is_some_and(|choice| choice.vat_code.as_deref() == Some("fixed"));
    let (base_name, tax_name) = if fixed { ("K_40", "K_41") } else { ("K_42", "K_43") };
    let sum = |pick: fn(&crate::export::facts::Row<'_>) -> Option<Decimal>| -> Decimal {
        let taxed = facts.rows.iter().filter(|row| row.vat.is_some_and(|vat| !vat.is_zero()));
        taxed.filter_map(pick).map(|amount| facts.signed_home(amount)).sum()
    };
    let base = sum(|row| row.net);
    let said = facts.booking.vat_accounting.as_deref().and_then(crate::export::facts::decimal);
    let tax = said.unwrap_or_else(|| sum(|row| row.vat));
    xml.leaf(base_name, format!("{base:.2}")).leaf(tax_name, format!("{tax:.2}")).close();
    tax
}

/// The form of TNumerKSeF: `NIP-yyyymmdd-6 hex[-]6 hex-2 hex`.
fn is_ksef(number: &str) -> bool {
    let mut parts = number.splitn(3, '-');
    let (Some(nip), Some(day), Some(rest)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let rest = rest.replace('-', "");
    let hex = rest.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b));
    nip.len() == 10 && day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit()) && rest.len() == 14 && hex
}

/// A receipt of up to this gross amount that names the buyer's tax id is an invoice (art. 106e ust. 5 pkt 3 of the VAT act).
const SIMPLIFIED: Decimal = Decimal::from_parts(450, 0, 0, false, 0);

/// OFF: issued offline, the number is still to come; DI: no invoice; BFK: an invoice outside KSeF.
fn mark(ground: &Ground<'_>, facts: &Facts<'_>) -> &'static str {
    let named = !facts.value(ocr::reading::FieldName::BuyerTaxId).is_empty();
    let simplified = named && facts.sums().2 <= SIMPLIFIED;
    let receipt = facts.paper.document.document_type == ocr::reading::DocumentType::Receipt && !simplified;
    let noted = facts.booking.note.as_deref().unwrap_or_default();
    let offline = noted.split_whitespace().any(|word| Some(word) == ground.profile.words.get("offline").map(String::as_str));
    match (offline, receipt) {
        (true, _) => "OFF",
        (_, true) => "DI",
        _ => "BFK",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_number_of_ksef_has_its_form() {
        assert!(super::is_ksef("7251801126-20260705-0100001AF629-AF") && super::is_ksef("7251801126-20260705-010000-1AF629-AF"));
        assert!(!super::is_ksef("") && !super::is_ksef("KSEF-1") && !super::is_ksef("7251801126-20260705-0100001af629-AF"));
    }

    #[test]
    fn texts_have_no_blanks_too_many() {
        assert_eq!(super::cut(" Hurtownia \n  Zboże ", 12), "Hurtownia Zb");
        assert_eq!(super::cut("Hurtownia Zboże", 10), "Hurtownia");
    }
}
