//! What speaks against a paper: the checks asked again with the values as they are now, and alarms, which nobody passes over without
//! saying why. The page, the API and a list's bulk approval all come through here.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ocr::context::{Company as Buyer, Context};
use ocr::protocol::Role as PieceRole;
use ocr::reading::{DocumentType, FieldName, Finding, Reading, Severity, Source};
use serde::Serialize;

use crate::company;
use crate::country;
use crate::document::{self, Document, Piece};
use crate::error::Result;
use crate::id::DocumentId;
use crate::review;
use crate::scope::Scope;
use crate::sql::Tx;
use crate::store::Store;
use crate::word::words;

words! {
    /// What wants a reason before a paper is approved.
    pub enum AlarmCode {
        /// Another document says the same.
        Duplicate = "duplicate",
        /// It is addressed to somebody else.
        NotAddressed = "not_addressed",
        /// Nothing of this seller was approved before.
        FirstSeller = "first_seller",
        /// The seller's account is not that of last time.
        ChangedAccount = "changed_account",
        /// No invoice yet.
        Proforma = "proforma",
        /// Not in the currency of the company's country.
        ForeignCurrency = "foreign_currency",
        /// A picture of an invoice whose data are at the tax office.
        KsefWithoutXml = "ksef_without_xml",
        /// The same invoice came for another company of the office.
        Elsewhere = "elsewhere",
        /// A check failed: sums, checksums, dates.
        FailedCheck = "failed_check",
    }
}

/// One alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Alarm {
    /// Which.
    pub code: AlarmCode,
    /// The figures it is about; empty where the code says it all.
    pub figures: String,
}

/// All that is known for and against a paper.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// What the checks found, with the values as they are now.
    pub findings: Vec<Finding>,
    /// What wants a reason.
    pub alarms: Vec<Alarm>,
    /// Earlier papers of the seller, newest first.
    pub kin: Vec<Document>,
    /// The seller's account on the last of them.
    pub account_before: Option<String>,
}

/// Judges a document as it is now.
pub async fn judge(store: &Store, scope: &Scope, id: DocumentId) -> Result<Judgement> {
    scope.allow(|role| role.may_see())?;
    let mut tx = store.read(scope).await?;
    let document = document::fetch(&mut tx, scope, id).await?;
    judge_in(&mut tx, scope, &document).await
}

pub(crate) async fn judge_in(tx: &mut Tx, scope: &Scope, document: &Document) -> Result<Judgement> {
    let Some(reading) = review::effective_in(tx, scope, document).await? else { return Ok(unread(document)) };
    let facts = company::fetch(tx, scope, document.company).await?.facts;
    let zone = TimeZone::get(&document::time_zone(tx, scope).await?).unwrap_or(TimeZone::UTC);
    let home = country::of(&facts.country).map(|usual| usual.currency.as_str());
    let context = Context {
        company: Some(Buyer { name: facts.name, country: facts.country, tax_ids: facts.tax_ids }),
        today: Some(Timestamp::now().to_zoned(zone).date().to_string()),
        ..Context::default()
    };
    let mut findings = ocr::check::check(&reading, &context);
    findings.extend(reading.findings.iter().filter(|f| !ocr::check::CODES.contains(&f.code.as_str())).cloned());
    let kin = document::kin_in(tx, scope, document, 5).await?;
    let account_before = match kin.first() {
        Some(last) => review::effective_in(tx, scope, last).await?.and_then(|reading| text(&reading, FieldName::Iban)),
        None => None,
    };
    let pieces = document::pieces_in(tx, scope, document.id).await?;
    let mut elsewhere = Vec::new();
    for other in document::elsewhere_in(tx, scope, document).await? {
        elsewhere.push(company::fetch(tx, scope, other.company).await?.facts.name);
    }
    let first = kin.is_empty();
    let seen = Seen { document, pieces: &pieces, reading: &reading, findings: &findings, first, home, elsewhere };
    let alarms = seen.alarms(account_before.as_deref());
    Ok(Judgement { findings, alarms, kin, account_before })
}

/// A paper that nobody read says nothing against itself, but that it came before.
fn unread(document: &Document) -> Judgement {
    let again = document.duplicate_of.map(|_| Alarm { code: AlarmCode::Duplicate, figures: document.name.clone() });
    Judgement { alarms: again.into_iter().collect(), ..Judgement::default() }
}

fn text(reading: &Reading, name: FieldName) -> Option<String> {
    reading.fields.get(&name).map(|field| field.value.clone()).filter(|value| !value.is_empty())
}

/// What is judged.
struct Seen<'a> {
    document: &'a Document,
    pieces: &'a [Piece],
    reading: &'a Reading,
    findings: &'a [Finding],
    first: bool,
    home: Option<&'a str>,
    /// Other companies of the office that the same invoice came for.
    elsewhere: Vec<String>,
}

impl Seen<'_> {
    fn value(&self, name: FieldName) -> String {
        text(self.reading, name).unwrap_or_default()
    }

    /// Is there a file that carries the values, beside the picture?
    fn has_data(&self) -> bool {
        self.pieces.iter().any(|piece| piece.role == PieceRole::Structured)
            || self.reading.fields.values().any(|field| field.source == Source::Xml)
    }

    fn alarms(&self, account_before: Option<&str>) -> Vec<Alarm> {
        let kind = self.document.document_type;
        let bill = matches!(kind, DocumentType::Invoice | DocumentType::CreditNote | DocumentType::Proforma);
        let mut alarms = Vec::new();
        let mut add = |on: bool, code, figures: String| {
            if on {
                alarms.push(Alarm { code, figures });
            }
        };
        add(self.document.duplicate_of.is_some(), AlarmCode::Duplicate, self.value(FieldName::InvoiceNumber));
        let addressed = self.findings.iter().all(|finding| finding.code != "not_addressed");
        add(!addressed, AlarmCode::NotAddressed, self.value(FieldName::BuyerName));
        add(bill && self.first, AlarmCode::FirstSeller, self.value(FieldName::SellerName));
        let account = self.value(FieldName::Iban);
        let changed = account_before.is_some_and(|before| !account.is_empty() && before != account);
        add(changed, AlarmCode::ChangedAccount, format!("{} → {account}", account_before.unwrap_or_default()));
        add(kind == DocumentType::Proforma, AlarmCode::Proforma, String::new());
        let currency = self.value(FieldName::Currency);
        let foreign = !currency.is_empty() && self.home.is_some_and(|home| home != currency);
        add(foreign, AlarmCode::ForeignCurrency, format!("{currency} / {}", self.home.unwrap_or_default()));
        let ksef = self.value(FieldName::KsefNumber);
        add(!ksef.is_empty() && !self.has_data(), AlarmCode::KsefWithoutXml, ksef);
        add(!self.elsewhere.is_empty(), AlarmCode::Elsewhere, self.elsewhere.join(", "));
        let failed = |f: &&Finding| f.severity == Severity::Error && f.code != "not_addressed";
        let errors: Vec<&str> = self.findings.iter().filter(failed).map(|finding| finding.message.as_str()).collect();
        add(!errors.is_empty(), AlarmCode::FailedCheck, errors.join(" "));
        alarms
    }
}
