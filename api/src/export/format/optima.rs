//! Comarch ERP Optima, registers of VAT (REJESTRY_ZAKUPU_VAT, REJESTRY_SPRZEDAZY_VAT): after Comarch's "Struktura plików XML do pracy
//! rozproszonej" (namespace <http://www.comarch.pl/cdn/optima/offline>, WERSJA 2.00). Its schema is not public: the golden file is held
//! against the elements and the order of that document and of files that Optima exports; no reader but Optima itself is known. EKSPORT is
//! `nie` for what is dealt at home, as Optima's own files of registers have it (`krajowy` is a word of its partners' records); its words
//! for foreign partners are those of partners and could not be seen in a register. An empty WALUTA is PLN. ID_ZRODLA is the document's
//! id, so that the same document imported again is the same.

use rust_decimal::Decimal;

use crate::export::check::rate_code;
use crate::export::facts::{Facts, Row};
use crate::export::format::xml::Xml;
use crate::export::text::place_of;
use crate::export::{Ground, Problem};

const YES_NO: [&str; 2] = ["Nie", "Tak"];

fn yes(is: bool) -> &'static str {
    YES_NO[usize::from(is)]
}

/// The bytes of the file.
pub fn write(ground: &Ground<'_>, papers: &[Facts<'_>]) -> Result<Vec<u8>, Problem> {
    let mut xml = Xml::new();
    xml.open_with("ROOT", &[("xmlns", "http://www.comarch.pl/cdn/optima/offline")]);
    for (sale, all, one) in
        [(false, "REJESTRY_ZAKUPU_VAT", "REJESTR_ZAKUPU_VAT"), (true, "REJESTRY_SPRZEDAZY_VAT", "REJESTR_SPRZEDAZY_VAT")]
    {
        let mut of = papers.iter().filter(|facts| facts.sale == sale).peekable();
        if of.peek().is_none() {
            continue;
        }
        let source = ground.target("optima_source").unwrap_or("KSIEG");
        xml.open(all).leaf("WERSJA", "2.00").leaf("BAZA_ZRD_ID", source).leaf("BAZA_DOC_ID", source);
        for facts in of {
            xml.open(one);
            register(&mut xml, ground, facts);
            xml.close();
        }
        xml.close();
    }
    Ok(xml.finish())
}

fn register(xml: &mut Xml, ground: &Ground<'_>, facts: &Facts<'_>) {
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let usual = if facts.sale { "SPRZEDAŻ" } else { "ZAKUP" };
    let id = facts.paper.document.id.to_string().to_uppercase();
    let period = facts.paper.document.period.as_deref().or(ground.period).unwrap_or_default();
    xml.leaf("ID_ZRODLA", &id).leaf("MODUL", "Rejestr Vat");
    xml.leaf("TYP", if facts.sale { "Rejestr sprzedaży" } else { "Rejestr zakupu" });
    xml.leaf("REJESTR", facts.booking.register.as_deref().unwrap_or(usual));
    xml.leaf("DATA_WYSTAWIENIA", day(facts.issued));
    xml.leaf(if facts.sale { "DATA_SPRZEDAZY" } else { "DATA_ZAKUPU" }, day(facts.sold));
    if !facts.sale {
        xml.leaf("DATA_WPLYWU", day(facts.received(ground)));
    }
    xml.leaf("TERMIN", day(facts.due.or(facts.issued)));
    xml.leaf("DATA_DATAOBOWIAZKUPODATKOWEGO", day(facts.sold));
    if !facts.sale {
        xml.leaf("DATA_DATAPRAWAODLICZENIA", day(facts.received(ground).max(facts.sold)));
    }
    xml.leaf("NUMER", facts.number).leaf("KOREKTA", yes(facts.correction));
    xml.leaf("KOREKTA_NUMER", facts.value(ocr::reading::FieldName::PrecedingInvoice));
    xml.leaf("WEWNETRZNA", "Nie").leaf("METODA_KASOWA", yes(facts.booking.cash_basis == Some(true)));
    xml.leaf("FISKALNA", "Nie").leaf("DETALICZNA", "Nie").leaf("EKSPORT", transaction(ground, facts)).leaf("FINALNY", "Nie");
    xml.leaf("PODATNIK_CZYNNY", yes(!facts.party.tax_id.is_empty())).leaf("IDENTYFIKATOR_KSIEGOWY", "");
    party(xml, ground, facts);
    xml.leaf("KATEGORIA", facts.booking.category.as_deref().unwrap_or_default());
    xml.leaf("OPIS", facts.booking.description.as_deref().unwrap_or_default());
    xml.leaf("FORMA_PLATNOSCI", ground.means(facts)).leaf("DEKLARACJA_VAT7", period).leaf("DEKLARACJA_VATUE", "Nie");
    currency(xml, facts);
    xml.leaf("JPK_FA", "Nie").leaf("MPP", yes(facts.booking.split_payment == Some(true)));
    xml.leaf("NR_KSEF", facts.value(ocr::reading::FieldName::KsefNumber));
    xml.leaf("DODATKOWY_OPIS", facts.booking.note.as_deref().unwrap_or_default());
    xml.open("POZYCJE");
    for (n, row) in (1u32..).zip(&facts.rows) {
        position(xml, ground, facts, n, row);
    }
    xml.close();
    payment(xml, ground, facts, &id);
}

fn party(xml: &mut Xml, ground: &Ground<'_>, facts: &Facts<'_>) {
    let (party, place) = (&facts.party, place_of(facts.party.address));
    let part = |from: usize| party.name.chars().skip(from).take(50).collect::<String>();
    let number = facts.party_number();
    // Optima's acronym of a partner has 20 characters.
    let acronym: String = if number.is_empty() { party.name } else { number }.chars().take(20).collect();
    xml.leaf("TYP_PODMIOTU", "kontrahent").leaf("PODMIOT", acronym).leaf("PODMIOT_NIP", number);
    xml.leaf("NAZWA1", part(0)).leaf("NAZWA2", part(50)).leaf("NAZWA3", part(100));
    xml.leaf("NIP_KRAJ", if party.country == "PL" { "" } else { party.country }).leaf("NIP", number);
    let home = if party.country.is_empty() { "PL" } else { party.country };
    xml.leaf("KRAJ", ground.profile.countries.get(home).map_or(home, String::as_str));
    xml.leaf("ULICA", place.street).leaf("MIASTO", place.city).leaf("KOD_POCZTOWY", place.post_code);
}

fn currency(xml: &mut Xml, facts: &Facts<'_>) {
    let rate = facts.rate.unwrap_or(Decimal::ONE);
    let day = facts.booking.exchange_rate_date.clone().or(facts.issued.map(|day| day.to_string())).unwrap_or_default();
    if rate == Decimal::ONE {
        xml.leaf("WALUTA", "");
        return;
    }
    xml.leaf("WALUTA", facts.currency).leaf("KURS_WALUTY", "NBP").leaf("NOTOWANIE_WALUTY_ILE", rate.normalize().to_string());
    xml.leaf("NOTOWANIE_WALUTY_ZA_ILE", "1").leaf("DATA_KURSU", day).leaf("KURS_DO_KSIEGOWANIA", "Nie");
}

fn position(xml: &mut Xml, ground: &Ground<'_>, facts: &Facts<'_>, n: u32, row: &Row<'_>) {
    let (Some(code), Some(net), Some(vat)) = (rate_code(ground.profile, row), row.net, row.vat) else { return };
    // The table gives rate and status in one word: "23 opodatkowana".
    let (rate, status) = code.split_once(' ').unwrap_or((code, "opodatkowana"));
    let kind = |name: &str, usual: &'static str| ground.target(name).unwrap_or(usual).to_owned();
    xml.open("POZYCJA").leaf("LP", n.to_string());
    xml.leaf("KATEGORIA_POS", facts.booking.category.as_deref().unwrap_or_default());
    xml.leaf("STAWKA_VAT", rate).leaf("STATUS_VAT", status);
    xml.leaf("NETTO", facts.money(facts.signed(net))).leaf("VAT", facts.money(facts.signed(vat)));
    xml.leaf("NETTO_SYS", facts.money(facts.signed_home(net))).leaf("VAT_SYS", facts.money(facts.signed_home(vat)));
    match facts.sale {
        true => xml.leaf("RODZAJ_SPRZEDAZY", kind("optima_sale_kind", "usługi")),
        false => xml.leaf("RODZAJ_ZAKUPU", kind("optima_purchase_kind", "usługi")).leaf("ODLICZENIA_VAT", "tak"),
    };
    xml.leaf("KOLUMNA_KPR", kind("optima_kpr", if facts.sale { "Sprzedaż" } else { "Inne" })).close();
}

fn payment(xml: &mut Xml, ground: &Ground<'_>, facts: &Facts<'_>, id: &str) {
    let (_, vat, gross) = facts.sums();
    let foreign = facts.rate != Some(Decimal::ONE);
    let amount = facts.gross.map(|gross| facts.signed(gross)).unwrap_or(gross);
    let due = facts.due.or(facts.issued).map(|day| day.to_string()).unwrap_or_default();
    xml.open("PLATNOSCI").open("PLATNOSC").leaf("ID_ZRODLA_PLAT", id).leaf("TERMIN_PLAT", due);
    xml.leaf("FORMA_PLATNOSCI_PLAT", ground.means(facts)).leaf("KWOTA_PLAT", facts.money(amount));
    xml.leaf("WALUTA_PLAT", if foreign { facts.currency } else { "" }).leaf("KWOTA_PLN_PLAT", facts.money(gross));
    xml.leaf("KIERUNEK", if facts.sale { "przychód" } else { "rozchód" }).leaf("PODLEGA_ROZLICZENIU", "tak");
    let split = facts.booking.split_payment == Some(true);
    xml.leaf("PLAT_SPLIT_PAYMENT", yes(split));
    if split {
        xml.leaf("PLAT_SPLIT_KWOTA_VAT", facts.money(vat)).leaf("PLAT_SPLIT_NIP", facts.party_number());
        xml.leaf("PLAT_SPLIT_NR_DOKUMENTU", facts.number);
    }
    xml.close().close();
}

fn transaction(ground: &Ground<'_>, facts: &Facts<'_>) -> &'static str {
    match facts.party.country {
        "" | "PL" => "nie",
        country if ground.in_union(country) => "wewnątrzunijny",
        _ => "pozaunijny",
    }
}
