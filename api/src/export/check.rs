//! What a document lacks for a target program: one list of reasons, each with what it is about.

use ocr::protocol::Role;
use ocr::reading::{Direction, DocumentType};
use rust_decimal::Decimal;
use store::batch::Reason;
use store::booking::ChoiceKind;

use super::Ground;
use super::facts::Facts;
use super::profile::{Need, Profile, Writer};

/// Sums may differ by this much for each row: papers round rates one by one.
const CENTS: Decimal = Decimal::from_parts(2, 0, 0, false, 2);

/// Why the document cannot be in the file; empty where it can.
pub fn reasons(ground: &Ground<'_>, facts: &Facts<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for need in &ground.profile.needs {
        if let Some(detail) = lacks(*need, ground, facts) {
            let code = serde_json::to_value(need).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
            let detail = Some(detail).filter(|detail| !detail.is_empty());
            reasons.push(Reason { code, detail });
        }
    }
    reasons
}

/// None where the document has it; else what it is about, perhaps empty.
fn lacks(need: Need, ground: &Ground<'_>, facts: &Facts<'_>) -> Option<String> {
    let document = &facts.paper.document;
    let missing = |is: bool| is.then(String::new);
    let bill = matches!(document.document_type, DocumentType::Invoice | DocumentType::CreditNote);
    match need {
        Need::Bookable => missing(!bill && document.document_type != DocumentType::Receipt),
        Need::Direction => missing(document.direction == Direction::None),
        Need::Purchase => missing(document.direction != Direction::Purchase),
        // A till receipt may have none, but for the tax office.
        Need::InvoiceNumber => missing((bill || ground.profile.writer == Writer::Jpk) && facts.number.is_empty()),
        Need::IssueDate => missing(facts.issued.is_none()),
        Need::PartyName => missing(facts.party.name.is_empty()),
        Need::PartyTaxId => missing(facts.party.tax_id.is_empty()),
        Need::Currency => missing(facts.currency.len() != 3),
        Need::TotalGross => missing(facts.gross.is_none()),
        Need::VatCode => missing(bill && has_vat(ground) || !facts.rows.is_empty()).and_then(|_| vat_code(facts)),
        Need::Sums => sums(facts),
        Need::KnownRate => unknown_rate(ground.profile, facts),
        Need::Category => missing(facts.booking.category.is_none()),
        Need::Account => account(ground, facts),
        Need::ExchangeRate => facts.rate.is_none().then(|| facts.currency.to_owned()),
        Need::Structured => missing(!has_data(facts)),
        Need::CompanyTaxId => missing(ground.company.facts.tax_ids.is_empty()),
        Need::Target => ground.profile.targets.iter().find(|name| ground.target(name).is_none()).cloned(),
        Need::FinancialYear => financial_year(ground, facts),
        Need::SomeAmount => facts.gross.filter(Decimal::is_zero).map(|gross| gross.to_string()),
        Need::Picture => missing(!facts.paper.pieces.iter().any(|piece| piece.role != Role::Signature)),
    }
}

/// Brazil has other taxes than VAT: its papers have no rates of it.
fn has_vat(ground: &Ground<'_>) -> bool {
    ground.company.facts.country != "BR"
}

fn vat_code(facts: &Facts<'_>) -> Option<String> {
    if facts.rows.is_empty() {
        return Some(String::new());
    }
    let bad = facts.rows.iter().find(|row| row.keys().is_empty() || row.net.is_none() || row.vat.is_none())?;
    Some([&bad.row.net, &bad.row.gross].into_iter().flatten().next().cloned().unwrap_or_default())
}

fn sums(facts: &Facts<'_>) -> Option<String> {
    let gross = facts.gross?;
    let rows = facts.rows.iter().map(super::facts::Row::gross).collect::<Option<Vec<_>>>().filter(|rows| !rows.is_empty())?;
    let (sum, count): (Decimal, Decimal) = (rows.iter().sum(), rows.len().into());
    ((sum - gross).abs() > CENTS * count).then(|| format!("{sum} ≠ {gross}"))
}

fn unknown_rate(profile: &Profile, facts: &Facts<'_>) -> Option<String> {
    let unknown = facts.rows.iter().find(|row| !row.keys().is_empty() && rate_code(profile, row).is_none())?;
    unknown.keys().into_iter().next()
}

/// What the target program calls the rate of a row.
pub fn rate_code<'a>(profile: &'a Profile, row: &super::facts::Row<'_>) -> Option<&'a str> {
    row.keys().iter().find_map(|key| profile.vat.get(key)).map(String::as_str)
}

/// The account of the document's category: of the office's list, or the category itself where it is a number.
pub fn account_of<'a>(ground: &'a Ground<'_>, facts: &'a Facts<'_>) -> Option<&'a str> {
    let category = facts.booking.category.as_deref()?;
    let listed = ground.choice(ChoiceKind::Category, Some(category)).and_then(|choice| choice.account.as_deref());
    listed.or_else(|| category.bytes().all(|b| b.is_ascii_digit()).then_some(category))
}

fn account(ground: &Ground<'_>, facts: &Facts<'_>) -> Option<String> {
    let Some(account) = account_of(ground, facts) else { return Some(facts.booking.category.clone().unwrap_or_default()) };
    // An account that finds the tax by itself would find another one than the paper has.
    let own = super::format::automatic_rate(ground, facts)?.parse::<Decimal>().ok()?;
    let rates = facts.rows.iter().map(|row| row.rate.filter(|_| row.vat.is_some_and(|vat| !vat.is_zero())).unwrap_or_default());
    let other = rates.filter(|rate| *rate != own).max()?;
    Some(format!("{account}: {own} % ≠ {} %", other.normalize()))
}

/// The file that carries the values is there: beside the picture, or as the paper itself.
fn has_data(facts: &Facts<'_>) -> bool {
    let pieces = &facts.paper.pieces;
    pieces.iter().any(|piece| piece.role == Role::Structured || piece.part.media_type.ends_with("xml"))
}

/// The same for what was sold.
pub fn rate_code_of_sale<'a>(profile: &'a Profile, row: &super::facts::Row<'_>) -> Option<&'a str> {
    row.keys().iter().find_map(|key| profile.vat_sale.get(key).or_else(|| profile.vat.get(key))).map(String::as_str)
}

/// A booking names day and month alone: the day must be in the financial year that the file is of, and in its calendar year, from which
/// DATEV takes the year.
fn financial_year(ground: &Ground<'_>, facts: &Facts<'_>) -> Option<String> {
    let (first, _) = ground.days();
    let (issued, first) = (facts.issued?, first?);
    let year = |day| super::format::year_start(ground, day);
    (year(issued) != year(first) || issued.year() != first.year()).then(|| issued.to_string())
}
