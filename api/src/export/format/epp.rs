//! EPP, "EDI++" of InsERT (Subiekt, Rewizor, Rachmistrz), for an accounting office: after "Komunikacja - Struktura danych EDI++ (wersja
//! formatu 1.05)", tables 2 (INFO, 24 fields), 3 (NAGLOWEK, 62 fields), 4 (ZAWARTOSC: a table of VAT, 5 fields) and §1.5, §1.6 (rates,
//! Windows-1250, dates, an empty line at the end). A file says its version in its first field and programs that write 1.11 read 1.05; the
//! text of 1.11 could be had as a picture only, so 1.05 is written. Another reader of the format, `epp2json` (Go, for 1.11), takes the
//! same fields from the same places. Amounts are in PLN.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::export::check::rate_code;
use crate::export::facts::Facts;
use crate::export::text::{CodePage, encode, place_of};
use crate::export::{Ground, Problem};

/// One record: its fields in their order.
struct Record(Vec<String>);

impl Record {
    fn new() -> Record {
        Record(Vec::new())
    }

    /// A text of so many characters at most, in quotes; nothing where it is empty.
    fn text(&mut self, text: &str, most: usize) -> &mut Record {
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
        self.0.push(if text.is_empty() { text } else { format!("\"{}\"", text.replace('"', "\"\"")) });
        self
    }

    fn number(&mut self, number: i64) -> &mut Record {
        self.0.push(number.to_string());
        self
    }

    /// Four decimals (§1.6, CurrencyDigits).
    fn amount(&mut self, amount: Decimal) -> &mut Record {
        self.0.push(format!("{amount:.4}"));
        self
    }

    /// `yyyymmddhhnnss`.
    fn day(&mut self, day: Option<Date>) -> &mut Record {
        self.0.push(day.map(|day| day.strftime("%Y%m%d000000").to_string()).unwrap_or_default());
        self
    }

    fn nothing(&mut self, times: usize) -> &mut Record {
        self.0.extend(std::iter::repeat_n(String::new(), times));
        self
    }

    fn end(self, out: &mut String) {
        out.push_str(&self.0.join(","));
        out.push_str("\r\n");
    }
}

/// The bytes of the file.
pub fn write(ground: &Ground<'_>, papers: &[Facts<'_>]) -> Result<Vec<u8>, Problem> {
    let mut out = String::from("[INFO]\r\n");
    info(ground).end(&mut out);
    for (n, facts) in (1i64..).zip(papers) {
        out.push_str("\r\n[NAGLOWEK]\r\n");
        head(ground, facts, n).end(&mut out);
        out.push_str("\r\n[ZAWARTOSC]\r\n");
        for row in &facts.rows {
            let (Some(code), Some(net), Some(vat)) = (rate_code(ground.profile, row), row.net, row.vat) else { continue };
            let (net, vat) = (facts.signed_home(net), facts.signed_home(vat));
            let mut record = Record::new();
            record.text(code, 6).amount(percent(ground, code)).amount(net).amount(vat).amount(net + vat);
            record.end(&mut out);
        }
    }
    out.push_str("\r\n");
    Ok(encode(CodePage::Windows1250, &out))
}

/// §1.5: what is no rate has a negative one.
fn percent(ground: &Ground<'_>, code: &str) -> Decimal {
    let special = ground.profile.words.get(&format!("percent_{code}")).map(String::as_str);
    special.unwrap_or(code).parse().unwrap_or(Decimal::ZERO)
}

/// Table 2.
fn info(ground: &Ground<'_>) -> Record {
    let company = &ground.company.facts;
    let (from, to) = ground.days();
    let nip = company.tax_ids.first().map(|id| id.trim_start_matches("PL")).unwrap_or_default();
    let mut record = Record::new();
    record.text(&ground.profile.words["version"], 50).number(0).number(1250).text("Postroom", 255);
    record.text(ground.target("epp_sender").unwrap_or("POSTROOM"), 20);
    record.text(&company.name, 40).text(&company.name, 80).nothing(3).text(nip, 13);
    record.text("MAG", 20).text("Główny", 40).nothing(2);
    // Field 16: the file is of a period.
    record.number(i64::from(from.is_some())).day(from).day(to).text(ground.office, 35);
    record.0.push(ground.asked.strftime("%Y%m%d%H%M%S").to_string());
    record.text("Polska", 50).text("PL", 2).text(&format!("PL{nip}"), 20).number(0);
    record
}

/// Table 3.
fn head(ground: &Ground<'_>, facts: &Facts<'_>, n: i64) -> Record {
    let kind = match (facts.sale, facts.correction) {
        (false, false) => "FZ",
        (false, true) => "KFZ",
        (true, false) => "FS",
        (true, true) => "KFS",
    };
    let (party, place) = (&facts.party, place_of(facts.party.address));
    let code = if facts.party_number().is_empty() { party.name } else { facts.party_number() };
    let (net, vat, gross) = facts.sums();
    let due = facts.due.or(facts.issued);
    let mut record = Record::new();
    record.text(kind, 3).number(1).number(0).number(n);
    // Field 5 is the number that the supplier gave; what is longer stands whole in the remarks (49).
    record.text(if facts.sale { "" } else { facts.number }, 20).nothing(1);
    record.text(&format!("{kind} {}", facts.number), 30);
    // Fields 8 and 9: number and day of what is corrected.
    record.text(facts.value(ocr::reading::FieldName::PrecedingInvoice), 30);
    record.day(facts.paper.corrects_of.filter(|_| facts.correction)).nothing(2);
    record.text(code, 20).text(party.name, 40).text(party.name, 255);
    record
        .text(&place.city, 30)
        .text(&place.post_code, 6)
        .text(&place.street, 50)
        .text(party.tax_id.trim_start_matches("PL"), 20);
    record.text(facts.booking.category.as_deref().unwrap_or_default(), 30);
    record.text(facts.booking.description.as_deref().unwrap_or_default(), 50);
    record.nothing(1).day(facts.issued).day(facts.sold).day(facts.received(ground));
    record.number(i64::try_from(facts.rows.len()).unwrap_or(0)).number(1).nothing(1);
    record.amount(net).amount(vat).amount(gross).amount(Decimal::ZERO);
    record.nothing(1).amount(Decimal::ZERO).text(ground.means(facts), 30).day(due);
    record.amount(if facts.paid() { gross } else { Decimal::ZERO }).amount(gross);
    record.number(0).number(0).number(1).number(0).nothing(3).amount(Decimal::ZERO).amount(Decimal::ZERO);
    record.text("PLN", 3).amount(Decimal::ONE);
    record.text(&remarks(facts), 255).nothing(3).number(0).number(0).number(transaction(ground, facts));
    record.nothing(1).amount(Decimal::ZERO).nothing(1).amount(Decimal::ZERO);
    record.text(if party.country == "PL" || party.country.is_empty() { "Polska" } else { party.country }, 50);
    let union = ground.in_union(party.country);
    record.text(if union { party.country } else { "" }, 2).number(i64::from(union && party.country != "PL"));
    record
}

/// Number, KSeF number and the amount as printed where it is in another currency.
fn remarks(facts: &Facts<'_>) -> String {
    let ksef = facts.value(ocr::reading::FieldName::KsefNumber);
    let mut parts = vec![];
    if facts.number.chars().count() > 20 {
        parts.push(facts.number.to_owned());
    }
    if !ksef.is_empty() {
        parts.push(format!("KSeF {ksef}"));
    }
    if let Some(gross) = facts.gross.filter(|_| facts.rate != Some(Decimal::ONE)) {
        parts.push(format!("{gross} {}", facts.currency));
    }
    parts.extend(facts.booking.note.clone());
    parts.join("; ")
}

/// Field 55: 0 in the country, 1 import or export, 2 within the Union, 6 reverse charge. Others are not told from a paper.
fn transaction(ground: &Ground<'_>, facts: &Facts<'_>) -> i64 {
    let country = facts.party.country;
    match country {
        "" | "PL" if facts.booking.reverse_charge == Some(true) => 6,
        "" | "PL" => 0,
        country if ground.in_union(country) => 2,
        _ => 1,
    }
}
