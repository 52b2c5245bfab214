//! Domínio Sistemas, notes of purchase as text: after "Importação Padrão – Leiaute Domínio Sistemas com Separador" (Central de Soluções,
//! solução 672), registros 0000 (the company), 0020 (suppliers), 1000 (notes, 92 fields) and 1020 (their taxes, 19 fields). Fields stand
//! between bars, a line ends with one; days are dd/mm/yyyy, decimals have a comma, the code page is Windows-1252. The page itself could not
//! be fetched here: the fields are those of a transcript of it and of two public programs that write the same file; no other reader is
//! known. What Domínio calls a note's kind (espécie), its acumulador and CFOP are the office's: the list `target`, and account and tax
//! code of the category. Users with the XML of their notes import that instead (profile `br-xml`): it says more.

use std::collections::BTreeSet;

use jiff::civil::Date;
use ocr::reading::{FieldName, Tax};
use rust_decimal::Decimal;
use store::booking::ChoiceKind;

use crate::export::check::account_of;
use crate::export::facts::{Facts, decimal, rounded};
use crate::export::text::{CodePage, encode, place_of};
use crate::export::{Ground, Problem};

/// A line: its fields by their numbers in the layout, from 1.
struct Line(Vec<String>);

impl Line {
    fn new(kind: &str, fields: usize) -> Line {
        let mut line = Line(vec![String::new(); fields]);
        line.text(1, kind, 4);
        line
    }

    fn text(&mut self, field: usize, text: &str, most: usize) -> &mut Line {
        let clean = text.chars().map(|c| if c.is_control() || c == '|' { ' ' } else { c }).take(most).collect::<String>();
        if let Some(place) = self.0.get_mut(field - 1) {
            *place = clean.trim().to_owned();
        }
        self
    }

    fn amount(&mut self, field: usize, amount: Decimal) -> &mut Line {
        self.text(field, &format!("{:.2}", rounded(amount, 2)).replace('.', ","), 20)
    }

    fn day(&mut self, field: usize, day: Option<Date>) -> &mut Line {
        self.text(field, &day.map(|day| day.strftime("%d/%m/%Y").to_string()).unwrap_or_default(), 10)
    }

    fn end(self, out: &mut String) {
        out.push_str(&format!("|{}|\r\n", self.0.join("|")));
    }
}

/// The bytes of the file.
pub fn write(ground: &Ground<'_>, papers: &[Facts<'_>]) -> Result<Vec<u8>, Problem> {
    let mut out = String::new();
    let own = ground.company.facts.tax_ids.first().map(|id| number(id)).unwrap_or_default();
    let mut company = Line::new("0000", 2);
    company.text(2, &own, 14);
    company.end(&mut out);
    let mut known = BTreeSet::new();
    for facts in papers {
        if known.insert(number(facts.party.tax_id)) {
            supplier(facts).end(&mut out);
        }
    }
    for facts in papers {
        note(ground, facts).end(&mut out);
        for tax in &facts.paper.reading.taxes {
            if let Some(line) = tax_line(ground, facts, tax) {
                line.end(&mut out);
            }
        }
    }
    Ok(encode(CodePage::Windows1252, &out))
}

/// A CNPJ or CPF as Domínio writes it: without its country. A CNPJ may have letters (from July 2026).
fn number(id: &str) -> String {
    id.trim_start_matches("BR").chars().filter(char::is_ascii_alphanumeric).collect()
}

fn supplier(facts: &Facts<'_>) -> Line {
    let (party, place) = (&facts.party, place_of(facts.party.address));
    let abroad = !matches!(party.country, "" | "BR" | "BRASIL" | "Brasil");
    let state = if abroad { "EX" } else { state_of(party.address).unwrap_or_default() };
    let mut line = Line::new("0020", 33);
    line.text(2, &number(party.tax_id), 20).text(3, party.name, 150).text(4, party.name, 40).text(5, &place.street, 150);
    line.text(10, state, 2).text(12, &place.post_code.replace('-', ""), 8);
    line
}

/// Members of the federation.
const STATES: [&str; 27] = [
    "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA", "PB", "PE", "PI", "PR", "RJ", "RN", "RO",
    "RR", "RS", "SC", "SE", "SP", "TO",
];

/// The last word of an address that is one of them.
fn state_of(address: &str) -> Option<&str> {
    address.rsplit(|c: char| !c.is_ascii_alphanumeric()).find(|word| STATES.contains(word))
}

/// Registro 1000.
fn note(ground: &Ground<'_>, facts: &Facts<'_>) -> Line {
    let key = facts.value(FieldName::AccessKey);
    let (model, series) = (key.get(20..22), key.get(22..25).map(|series| series.trim_start_matches('0')));
    let of_model = model.and_then(|model| ground.target(&format!("dominio_species_{model}")));
    let category = ground.choice(ChoiceKind::Category, facts.booking.category.as_deref());
    let cfop = category.and_then(|category| category.vat_code.as_deref()).or(ground.target("dominio_cfop"));
    let total = home(facts, facts.gross);
    let net = home(facts, decimal(facts.value(FieldName::TotalNet)).or(facts.gross));
    let mut line = Line::new("1000", 92);
    line.text(2, of_model.or(ground.target("dominio_species")).unwrap_or_default(), 7).text(3, &number(facts.party.tax_id), 20);
    line.text(5, account_of(ground, facts).unwrap_or_default(), 7).text(6, cfop.unwrap_or_default(), 7);
    let digits: String = facts.number.chars().filter(char::is_ascii_digit).collect();
    line.text(8, digits.trim_start_matches('0'), 15);
    line.text(9, series.map_or("", |series| if series.is_empty() { "0" } else { series }), 7);
    line.day(11, facts.received(ground)).day(12, facts.issued).amount(13, total);
    line.text(15, facts.booking.note.as_deref().unwrap_or_default(), 250).text(16, "S", 1).text(17, "T", 1);
    for (field, kind) in [(29, "pis"), (31, "cofins"), (90, "ipi"), (91, "icms_st")] {
        if let Some(amount) = tax_of(facts, kind) {
            line.amount(field, amount);
        }
    }
    line.amount(39, net).text(41, "0", 1).day(48, ground.days().0).text(54, key, 44);
    line
}

/// An amount of the paper in the currency of the books, with its sign.
fn home(facts: &Facts<'_>, amount: Option<Decimal>) -> Decimal {
    amount.map(|amount| facts.signed_home(amount)).unwrap_or_default()
}

fn tax_of(facts: &Facts<'_>, kind: &str) -> Option<Decimal> {
    let tax = facts.paper.reading.taxes.iter().find(|tax| tax.kind == kind)?;
    decimal(&tax.amount).filter(|amount| !amount.is_zero())
}

/// Registro 1020: what the office's books take of ICMS and IPI.
fn tax_line(ground: &Ground<'_>, facts: &Facts<'_>, tax: &Tax) -> Option<Line> {
    let code = ground.profile.words.get(tax.kind.as_str())?;
    let amount = decimal(&tax.amount).filter(|amount| !amount.is_zero())?;
    let mut line = Line::new("1020", 19);
    line.text(2, code, 3);
    if let Some(base) = tax.base.as_deref().and_then(decimal) {
        line.amount(4, base);
    }
    if let Some(rate) = tax.rate.as_deref().and_then(decimal) {
        line.amount(5, rate);
    }
    line.amount(6, amount).amount(11, home(facts, facts.gross));
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::{number, state_of};

    #[test]
    fn numbers_and_states() {
        assert_eq!(
            (number("BR12345678000195"), number("12.ABC.345/01DE-35")),
            ("12345678000195".into(), "12ABC34501DE35".into())
        );
        assert_eq!(state_of("Rua SP, 12, Centro, 30110-010, Belo Horizonte, MG"), Some("MG"));
        assert_eq!(state_of("Rua A"), None);
    }
}
