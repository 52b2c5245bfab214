//! JPK_V7M(3), rows of purchases, as a draft: after the structure JPK_V7M(3) v1-0E (<http://crd.gov.pl/wzor/2025/12/19/14090/>, in force for
//! periods from 2026-02), element ZakupWiersz: each row names its KSeF number, or OFF, BFK or DI. It is not to be sent: office of taxes,
//! taxpayer and sales are the accounting program's. The public schema could not be had here, so the golden file is held against the
//! order of the structure's description; a comment in the file says that it is a draft.

use rust_decimal::Decimal;

use crate::export::facts::Facts;
use crate::export::format::xml::Xml;
use crate::export::{Ground, Problem};

/// The bytes of the file.
pub fn write(ground: &Ground<'_>, papers: &[Facts<'_>]) -> Result<Vec<u8>, Problem> {
    let mut xml = Xml::new();
    let nip = ground.company.facts.tax_ids.first().map(|id| id.trim_start_matches("PL")).unwrap_or_default();
    let period = ground.period.unwrap_or_default();
    let (year, month) = period.split_once('-').unwrap_or_default();
    xml.comment("SZKIC: tylko wiersze zakupów. Urząd, podatnika, sprzedaż i deklarację uzupełnia program księgowy.");
    xml.open_with("JPK", &[("xmlns", "http://crd.gov.pl/wzor/2025/12/19/14090/")]);
    xml.open("Naglowek");
    xml.leaf_with("KodFormularza", &[("kodSystemowy", "JPK_V7M (3)"), ("wersjaSchemy", "1-0E")], "JPK_VAT");
    xml.leaf("WariantFormularza", "3");
    xml.leaf("DataWytworzeniaJPK", ground.asked.strftime("%Y-%m-%dT%H:%M:%S").to_string()).leaf("NazwaSystemu", "Postroom");
    xml.leaf_with("CelZlozenia", &[("poz", "P_7")], "1").maybe("KodUrzedu", ground.target("jpk_tax_office").unwrap_or_default());
    xml.leaf("Rok", year).leaf("Miesiac", month.trim_start_matches('0')).close();
    xml.open_with("Podmiot1", &[("rola", "Podatnik")]).open("OsobaNiefizyczna");
    xml.leaf("NIP", nip).leaf("PelnaNazwa", &ground.company.facts.name).close().close();
    xml.open("Ewidencja");
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

/// One row; gives its tax.
fn row(xml: &mut Xml, ground: &Ground<'_>, facts: &Facts<'_>, n: u32) -> Decimal {
    let party = &facts.party;
    let foreign = !party.country.is_empty() && party.country != "PL";
    xml.open("ZakupWiersz").leaf("LpZakupu", n.to_string());
    xml.maybe("KodKrajuNadaniaTIN", if foreign { party.country } else { "" });
    xml.leaf("NrDostawcy", if party.tax_id.is_empty() { "BRAK" } else { facts.party_number() });
    xml.leaf("NazwaDostawcy", party.name.chars().take(512).collect::<String>()).leaf("DowodZakupu", facts.number);
    xml.leaf("DataZakupu", facts.issued.map(|day| day.to_string()).unwrap_or_default());
    let received = facts.received(ground).filter(|day| Some(*day) != facts.issued);
    xml.maybe("DataWplywu", received.map(|day| day.to_string()).unwrap_or_default());
    let ksef = facts.value(ocr::reading::FieldName::KsefNumber);
    match ksef.is_empty() {
        false => xml.leaf("NrKSeF", ksef),
        true => xml.leaf(mark(ground, facts), "1"),
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

/// OFF: issued offline, the number is still to come; DI: no invoice; BFK: an invoice outside KSeF.
fn mark(ground: &Ground<'_>, facts: &Facts<'_>) -> &'static str {
    let receipt = facts.paper.document.document_type == ocr::reading::DocumentType::Receipt;
    let noted = facts.booking.note.as_deref().unwrap_or_default();
    let offline = noted.split_whitespace().any(|word| Some(word) == ground.profile.words.get("offline").map(String::as_str));
    match (offline, receipt) {
        (true, _) => "OFF",
        (_, true) => "DI",
        _ => "BFK",
    }
}
