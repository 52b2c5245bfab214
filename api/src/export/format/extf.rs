//! DATEV EXTF Buchungsstapel (category 21, header version 700, format version 13): after DATEV's format description "DATEV-Format",
//! developer.datev.de/datev/platform/en/dtvf (header line of 31 fields, 125 columns; semicolons, CRLF, quotes, decimal comma), and DATEV's
//! sample file of version 13. Windows-1252. DATEV's own checker is a Windows program that could not be run here; the rules of its fields,
//! as the description has them, are checked from outside (`tests/tools/read_export.py`). One line for each rate of VAT; what reduces is
//! booked on the other side. A line names day and month alone: the year is that of the header's days, which lie in one calendar year. An
//! account that finds the tax by itself (AV, AM of the charts) gets no key: DATEV refuses it there.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::export::check::{account_of, rate_code, rate_code_of_sale};
use crate::export::facts::{Facts, Row, rounded};
use crate::export::text::{CodePage, encode};
use crate::export::{Ground, Problem};

/// Column names of format version 13. Groups that are numbered through are made from their pattern.
const HEAD: &str = "Umsatz (ohne Soll/Haben-Kz);Soll/Haben-Kennzeichen;WKZ Umsatz;Kurs;Basis-Umsatz;WKZ Basis-Umsatz;Konto;\
    Gegenkonto (ohne BU-Schlüssel);BU-Schlüssel;Belegdatum;Belegfeld 1;Belegfeld 2;Skonto;Buchungstext;Postensperre;\
    Diverse Adressnummer;Geschäftspartnerbank;Sachverhalt;Zinssperre;Beleglink;{Beleginfo 8};KOST1 - Kostenstelle;\
    KOST2 - Kostenstelle;Kost-Menge;EU-Land u. UStID (Bestimmung);EU-Steuersatz (Bestimmung);Abw. Versteuerungsart;\
    Sachverhalt L+L;Funktionsergänzung L+L;BU 49 Hauptfunktionstyp;BU 49 Hauptfunktionsnummer;BU 49 Funktionsergänzung;\
    {Zusatzinformation 20};Stück;Gewicht;Zahlweise;Forderungsart;Veranlagungsjahr;Zugeordnete Fälligkeit;Skontotyp;\
    Auftragsnummer;Buchungstyp;USt-Schlüssel (Anzahlungen);EU-Land (Anzahlungen);Sachverhalt L+L (Anzahlungen);\
    EU-Steuersatz (Anzahlungen);Erlöskonto (Anzahlungen);Herkunft-Kz;Buchungs GUID;KOST-Datum;SEPA-Mandatsreferenz;\
    Skontosperre;Gesellschaftername;Beteiligtennummer;Identifikationsnummer;Zeichnernummer;Postensperre bis;\
    Bezeichnung SoBil-Sachverhalt;Kennzeichen SoBil-Buchung;Festschreibung;Leistungsdatum;Datum Zuord. Steuerperiode;\
    Fälligkeit;Generalumkehr (GU);Steuersatz;Land;Abrechnungsreferenz;BVV-Position;EU-Land u. UStID (Ursprung);\
    EU-Steuersatz (Ursprung);Abw. Skontokonto";

const COLUMNS: usize = 125;

/// The bytes of the file.
pub fn write(ground: &Ground<'_>, papers: &[Facts<'_>]) -> Result<Vec<u8>, Problem> {
    let mut out = header(ground, papers);
    out.push_str("\r\n");
    out.push_str(&columns().join(";"));
    out.push_str("\r\n");
    for facts in papers {
        for row in &facts.rows {
            if let Some(line) = line(ground, facts, row) {
                out.push_str(&line.join(";"));
                out.push_str("\r\n");
            }
        }
    }
    Ok(encode(CodePage::Windows1252, &out))
}

fn columns() -> Vec<String> {
    let numbered = |name: &str, many: u32| {
        // The one group is written so in DATEV's own files, the other so.
        let dash = if name == "Beleginfo" { " - " } else { "- " };
        (1..=many).flat_map(move |n| [format!("{name} - Art {n}"), format!("{name}{dash}Inhalt {n}")]).collect::<Vec<_>>()
    };
    let each = |part: &str| match part.strip_prefix('{').and_then(|part| part.trim_end_matches('}').rsplit_once(' ')) {
        Some((name, many)) => numbered(name, many.parse().unwrap_or(0)),
        None => vec![part.to_owned()],
    };
    HEAD.split(';').flat_map(each).collect()
}

fn quoted(text: &str, most: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// The beginning of the financial year that a day is in.
pub fn year_start(ground: &Ground<'_>, day: Date) -> Date {
    let begins = ground.target("datev_year_start").unwrap_or("01-01");
    let of = |year: i16| format!("{year:04}-{begins}").parse::<Date>().unwrap_or(jiff::civil::date(year, 1, 1));
    if of(day.year()) <= day { of(day.year()) } else { of(day.year() - 1) }
}

fn header(ground: &Ground<'_>, papers: &[Facts<'_>]) -> String {
    let days = papers.iter().filter_map(|facts| facts.issued);
    let (from, to) = ground.days();
    let first = days.clone().chain(from).min().unwrap_or_default();
    let last = days.chain(to).max().unwrap_or_default();
    let day = |day: Date| day.strftime("%Y%m%d").to_string();
    let made = ground.asked.strftime("%Y%m%d%H%M%S000").to_string();
    let title = format!("Postroom {}", ground.period.unwrap_or_default());
    let fields = [
        "\"EXTF\"".to_owned(),
        "700".to_owned(),
        "21".to_owned(),
        "\"Buchungsstapel\"".to_owned(),
        "13".to_owned(),
        made,
        String::new(),
        "\"PR\"".to_owned(),
        quoted(ground.office, 25),
        "\"\"".to_owned(),
        ground.target("datev_consultant").unwrap_or_default().to_owned(),
        ground.target("datev_client").unwrap_or_default().to_owned(),
        day(year_start(ground, first)),
        ground.target("datev_account_length").unwrap_or("4").to_owned(),
        day(first),
        day(last),
        quoted(title.trim(), 30),
        "\"\"".to_owned(),
        "1".to_owned(),
        "0".to_owned(),
        "0".to_owned(),
        quoted(ground.home, 3),
        String::new(),
        "\"\"".to_owned(),
        String::new(),
        String::new(),
        quoted(ground.target("datev_chart").unwrap_or_default(), 2),
        String::new(),
        String::new(),
        "\"\"".to_owned(),
        "\"\"".to_owned(),
    ];
    fields.join(";")
}

/// One booking: the category's account against the partner's.
fn line(ground: &Ground<'_>, facts: &Facts<'_>, row: &Row<'_>) -> Option<Vec<String>> {
    let gross = Some(facts.signed(row.gross()?)).filter(|gross| !rounded(*gross, 2).is_zero())?;
    let own = account_of(ground, facts)?;
    let partner = partner(ground, facts);
    let (account, contra) = if facts.sale { (partner, own) } else { (own, partner) };
    let side = if gross.is_sign_negative() { "\"H\"" } else { "\"S\"" };
    let comma = |amount: Decimal, scale: u32| format!("{:.1$}", rounded(amount.abs(), scale), scale as usize).replace('.', ",");
    let mut line = vec![String::new(); COLUMNS];
    line[0] = comma(gross, 2);
    line[1] = side.to_owned();
    line[2] = quoted(facts.currency, 3);
    let rate = facts.rate?;
    if facts.currency != ground.home {
        // Units of the paper's currency for one of the books'.
        line[3] = comma(Decimal::ONE / rate, 6);
        line[4] = comma(facts.home(gross)?, 2);
        line[5] = quoted(ground.home, 3);
    }
    line[6] = account.to_owned();
    line[7] = contra.to_owned();
    line[8] = quoted(&tax_key(ground, facts, row)?, 4);
    line[9] = facts.issued?.strftime("%d%m").to_string();
    line[10] = quoted(&reference(facts.number), 36);
    line[11] = quoted(&facts.due.map(|day| day.strftime("%d%m%y").to_string()).unwrap_or_default(), 12);
    line[13] = quoted(&text(facts), 60);
    line[39] = quoted(if union_id(ground, facts) { facts.party.tax_id } else { "" }, 15);
    line[113] = "0".to_owned();
    // A day of supply of its own asks for the period of the tax beside it (field 116).
    if let Some(sold) = facts.sold.filter(|sold| Some(*sold) != facts.issued) {
        line[114] = sold.strftime("%d%m%Y").to_string();
        line[115] = facts.issued?.strftime("%d%m%Y").to_string();
    }
    line[116] = facts.due.map(|day| day.strftime("%d%m%Y").to_string()).unwrap_or_default();
    Some(line)
}

/// A tax id of another member of the Union, written with its country.
fn union_id(ground: &Ground<'_>, facts: &Facts<'_>) -> bool {
    let (country, id) = (facts.party.country, facts.party.tax_id);
    ground.in_union(country) && country != "DE" && id.len() > 4 && id.bytes().take(2).all(|b| b.is_ascii_uppercase())
}

/// The category's own key (`-`: none), else none for an account that finds the tax by itself, else that of the rate.
pub fn tax_key(ground: &Ground<'_>, facts: &Facts<'_>, row: &Row<'_>) -> Option<String> {
    let choice = ground.choice(store::booking::ChoiceKind::Category, facts.booking.category.as_deref());
    if let Some(code) = choice.and_then(|choice| choice.vat_code.as_deref()) {
        return Some(code.trim_start_matches('-').to_owned());
    }
    if automatic_rate(ground, facts).is_some() {
        return Some(String::new());
    }
    let code = if facts.sale { rate_code_of_sale(ground.profile, row) } else { rate_code(ground.profile, row) };
    code.map(str::to_owned)
}

/// The rate that the account of the document's category finds by itself, if it does.
pub fn automatic_rate<'a>(ground: &'a Ground<'_>, facts: &Facts<'_>) -> Option<&'a str> {
    ground.profile.automatic_rate(ground.target("datev_chart")?, account_of(ground, facts)?)
}

/// The account of creditors or debtors: one for all, unless the office says otherwise.
pub fn partner<'a>(ground: &'a Ground<'_>, facts: &Facts<'_>) -> &'a str {
    match facts.sale {
        true => ground.target("datev_debtor").unwrap_or("10000"),
        false => ground.target("datev_creditor").unwrap_or("70000"),
    }
}

/// Belegfeld 1 takes letters, digits and `$ & % * + - /` only.
pub fn reference(number: &str) -> String {
    number.chars().filter(|c| c.is_ascii_alphanumeric() || "$&%*+-/".contains(*c)).collect()
}

fn text(facts: &Facts<'_>) -> String {
    let description = facts.booking.description.as_deref().unwrap_or_default();
    [facts.party.name, description].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_are_as_many_columns_as_datev_says() {
        let columns = super::columns();
        assert_eq!(columns.len(), super::COLUMNS);
        assert_eq!((columns[20].as_str(), columns[39].as_str()), ("Beleginfo - Art 1", "EU-Land u. UStID (Bestimmung)"));
        assert_eq!((columns[47].as_str(), columns[114].as_str()), ("Zusatzinformation - Art 1", "Leistungsdatum"));
        assert_eq!((columns[21].as_str(), columns[48].as_str()), ("Beleginfo - Inhalt 1", "Zusatzinformation- Inhalt 1"));
        assert_eq!(columns[116], "Fälligkeit");
    }

    #[test]
    fn references_have_the_characters_that_datev_takes() {
        assert_eq!(super::reference("RE 2026/07-Ä#12.5"), "RE2026/07-125");
    }
}
