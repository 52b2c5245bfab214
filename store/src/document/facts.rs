//! What lists show and search: copied out of the reading and the review whenever one of them changes.

use std::collections::BTreeSet;

use jiff::civil::Date;
use ocr::fold::fold;
use ocr::likeness::Traits;
use ocr::reading::{Direction, DocumentType, FieldName, Reading, Severity};

use super::{Document, Set, twin};
use crate::company::{self, PeriodRule};
use crate::error::Result;
use crate::id::{CompanyId, DocumentId};
use crate::money::ten_thousandths;
use crate::scope::Scope;
use crate::sql::insert::insert_all;
use crate::sql::{Tx, Value, params};
use crate::word;

/// Puts the columns of lists into `set`, and renews search terms. `effective` is the reading with the human's values over it; `traits`
/// are those of a new reading.
pub(crate) async fn copy_facts(
    tx: &mut Tx,
    scope: &Scope,
    document: &Document,
    effective: &Reading,
    traits: Option<&Traits>,
    set: &mut Set,
) -> Result<()> {
    let value = |name| effective.fields.get(&name).map(|field| field.value.as_str());
    let number = value(FieldName::InvoiceNumber);
    let seller = value(FieldName::SellerName);
    let amount = value(FieldName::AmountPayable).or(value(FieldName::TotalGross));
    let day = |name| value(name).filter(|text| text.parse::<Date>().is_ok()).unwrap_or_default();
    set.add("number_printed", number)
        .add("number", number.map(squeeze).unwrap_or_default())
        .add("seller_name", seller)
        .add("seller", seller.map(fold).unwrap_or_default())
        .add("seller_tax_id", value(FieldName::SellerTaxId))
        .add("issue_date", day(FieldName::IssueDate))
        .add("due_date", day(FieldName::DueDate))
        .add("currency", value(FieldName::Currency))
        .add("amount_printed", amount)
        .add("amount", amount.and_then(ten_thousandths).unwrap_or(0))
        .add("net_printed", value(FieldName::TotalNet))
        .add("vat_printed", value(FieldName::TotalVat))
        .add("findings", count_findings(effective));
    let kind = classify(tx, scope, document, effective, set).await?;
    let traits = match traits {
        Some(new) => {
            set.add("figures", new.figures.as_deref().unwrap_or_default())
                .add("printed_time", new.time.as_deref().unwrap_or_default())
                .add("xml_sha256", new.xml_sha256.as_deref().unwrap_or_default());
            new.clone()
        }
        None => known_traits(tx, scope, document.id).await?,
    };
    twin::mark(tx, scope, document, effective, kind, &traits, set).await?;
    let mut terms = Terms::default();
    for text in [Some(document.name.as_str()), document.subject.as_deref(), seller, number, value(FieldName::SellerTaxId)] {
        terms.add(text.unwrap_or_default());
    }
    for name in [FieldName::BuyerName, FieldName::KsefNumber, FieldName::AccessKey, FieldName::PurchaseOrder] {
        terms.add(value(name).unwrap_or_default());
    }
    terms.add_number(number.unwrap_or_default());
    terms.store(tx, scope, document.company, document.id).await
}

/// Type, direction and period, where nobody gave them. Gives the type.
async fn classify(tx: &mut Tx, scope: &Scope, document: &Document, reading: &Reading, set: &mut Set) -> Result<DocumentType> {
    let given = "SELECT type_given FROM document WHERE office_id = $1 AND id = $2";
    let given = tx.fetch_one(given, params![scope.office(), document.id]).await?.columns().bool()?;
    // The sender named a direction, the paper says its kind: each fills what the other left open.
    let document_type =
        if given && document.document_type != DocumentType::Other { document.document_type } else { reading.document_type };
    let direction = if given && document.direction != Direction::None { document.direction } else { reading.direction };
    set.add("document_type", word::document_type(document_type)).add("direction", word::direction(direction));
    if matches!(document.period_reason.as_deref(), Some("subject" | "human")) {
        return Ok(document_type);
    }
    let facts = company::fetch(tx, scope, document.company).await?.facts;
    let rule = if direction == Direction::Sale { facts.sale_period } else { facts.purchase_period };
    let day = |name| reading.fields.get(&name).and_then(|field| field.value.get(..7)).map(str::to_owned);
    let (wanted, reason) = match rule {
        PeriodRule::Receipt => return Ok(document_type),
        PeriodRule::IssueDate => (day(FieldName::IssueDate), "issue_date"),
        PeriodRule::SaleDate => (day(FieldName::SaleDate).or(day(FieldName::IssueDate)), "sale_date"),
    };
    if wanted.is_some() {
        let placed = place_period(tx, scope, document.company, direction, wanted, Some(reason)).await?;
        set.add("period", placed.period).add("period_reason", placed.reason);
        if placed.problem.is_some() {
            set.add("problem", placed.problem);
        }
    }
    Ok(document_type)
}

/// Where a paper goes.
pub(crate) struct Placed {
    pub period: Option<String>,
    pub reason: Option<&'static str>,
    pub problem: Option<&'static str>,
}

/// A closed period: a purchase goes to the next open one; anything else stays and is a problem for a person.
pub(crate) async fn place_period(
    tx: &mut Tx,
    scope: &Scope,
    company: CompanyId,
    direction: Direction,
    wanted: Option<String>,
    reason: Option<&'static str>,
) -> Result<Placed> {
    let Some(period) = wanted.filter(|period| crate::period::check(period).is_ok()) else {
        return Ok(Placed { period: None, reason: None, problem: None });
    };
    let sql = "SELECT period FROM period WHERE office_id = $1 AND company_id = $2 AND state = 'closed' AND period >= $3";
    let rows = tx.fetch_all(sql, params![scope.office(), company, &period]).await?;
    let closed: BTreeSet<String> = rows.into_iter().map(|row| row.columns().text()).collect::<Result<_>>()?;
    if !closed.contains(&period) {
        return Ok(Placed { period: Some(period), reason, problem: None });
    }
    if direction != Direction::Purchase {
        return Ok(Placed { period: Some(period), reason, problem: Some("period_closed") });
    }
    let mut next = period;
    while closed.contains(&next) {
        next = following(&next);
    }
    Ok(Placed { period: Some(next), reason: Some("next_open"), problem: None })
}

fn following(period: &str) -> String {
    let first: Option<Date> = format!("{period}-01").parse().ok();
    let next = first.and_then(|day| day.checked_add(jiff::Span::new().months(1)).ok());
    next.map_or_else(|| period.to_owned(), |day| day.strftime("%Y-%m").to_string())
}

async fn known_traits(tx: &mut Tx, scope: &Scope, id: DocumentId) -> Result<Traits> {
    let sql = "SELECT figures, printed_time, xml_sha256 FROM document WHERE office_id = $1 AND id = $2";
    let mut c = tx.fetch_one(sql, params![scope.office(), id]).await?.columns();
    let mut next = || c.text().map(|text| Some(text).filter(|text| !text.is_empty()));
    Ok(Traits { figures: next()?, time: next()?, xml_sha256: next()? })
}

fn count_findings(reading: &Reading) -> i64 {
    let count = reading.findings.iter().filter(|finding| finding.severity > Severity::Info).count();
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Letters and digits only, folded: `FV/07/2026` and `fv 07-2026` are one number.
pub(crate) fn squeeze(number: &str) -> String {
    fold(number).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Words that a document is found by.
#[derive(Default)]
pub(crate) struct Terms {
    words: BTreeSet<String>,
}

/// Words of a document, and characters of a word, that are kept for searching.
const MOST: usize = 96;
const LONGEST: usize = 48;

impl Terms {
    pub fn add(&mut self, text: &str) -> &mut Terms {
        self.words.extend(words(text));
        self
    }

    /// Makes the number be found by its beginning, and from each of its groups of letters or digits on.
    fn add_number(&mut self, number: &str) {
        let (mut before, folded) = (None, fold(number));
        for (at, c) in folded.char_indices() {
            if c.is_alphanumeric() && before.is_none_or(|b: char| !b.is_alphanumeric() || b.is_numeric() != c.is_numeric()) {
                self.words.insert(number_term(&folded[at..]));
            }
            before = Some(c);
        }
    }

    /// Replaces the document's words.
    pub async fn store(self, tx: &mut Tx, scope: &Scope, company: CompanyId, id: DocumentId) -> Result<()> {
        tx.execute("DELETE FROM document_term WHERE document_id = $1", params![id]).await?;
        let rows: Vec<Vec<Value>> = self
            .words
            .into_iter()
            .filter(|word| !word.is_empty())
            .take(MOST)
            .map(|word| params![scope.office(), company, id, word])
            .collect();
        let head = "INSERT INTO document_term (office_id, company_id, document_id, term)";
        insert_all(tx, head, rows, "RETURNING 1").await.map(drop)
    }
}

/// The term that stands for an invoice number, or for its beginning; the mark keeps it apart from words.
pub(crate) fn number_term(number: &str) -> String {
    std::iter::once('#').chain(squeeze(number).chars().take(LONGEST)).collect()
}

/// Folded words of a text.
pub(crate) fn words(text: &str) -> Vec<String> {
    fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(LONGEST).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_one_however_they_are_written() {
        assert_eq!(squeeze("FV/07/2026"), squeeze("fv 07-2026"));
        assert_ne!(squeeze("FV/07/2026"), squeeze("FV/7/2026"));
    }

    #[test]
    fn a_number_is_found_from_each_of_its_groups_on() {
        let mut terms = Terms::default();
        terms.add_number("FV 47-A/2026");
        let words: Vec<&str> = terms.words.iter().map(String::as_str).collect();
        assert_eq!(words, ["#2026", "#47a2026", "#a2026", "#fv47a2026"]);
        assert!(words.iter().any(|word| word.starts_with(&number_term("47/a"))));
    }

    #[test]
    fn the_month_after_december_is_january() {
        assert_eq!(following("2026-12"), "2027-01");
        assert_eq!(following("2026-01"), "2026-02");
    }
}
