//! What speaks for and against a paper, with the figures: checks that passed and failed, and alarms, which one key never passes over.

use ocr::context::{Company as Buyer, Context};
use ocr::protocol::Role as PieceRole;
use ocr::reading::{DocumentType, FieldName, Finding, Reading, Severity, Source};
use store::document::{self, Document};
use store::review;

use crate::cli::country;
use crate::http::{DocumentDetail, Problem};
use crate::pages::Visit;
use crate::pages::lang::Lang;

/// One check.
pub struct Check {
    /// pass, info, warning or error.
    pub outcome: &'static str,
    /// Name of the icon.
    pub icon: &'static str,
    /// What was checked, or what is wrong.
    pub title: String,
    /// The figures.
    pub figures: String,
}

/// Something that wants a reason before the paper is approved.
pub struct Alarm {
    /// Its stable name.
    pub code: &'static str,
    /// What it is.
    pub title: String,
    /// The figures.
    pub figures: String,
}

/// All that speaks for and against a paper.
#[derive(Default)]
pub struct Verdict {
    /// What the checks found, with the values as they are now.
    pub findings: Vec<Finding>,
    /// To be shown.
    pub checks: Vec<Check>,
    /// To be answered.
    pub alarms: Vec<Alarm>,
    /// Earlier papers of the seller.
    pub kin: Vec<Document>,
}

/// Judges a paper as it is now.
pub async fn judge(visit: &Visit, detail: &DocumentDetail) -> Result<Verdict, Problem> {
    let Some(file) = &detail.reading else { return Ok(Verdict::default()) };
    let (reading, document) = (&file.reading, &detail.document);
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    let company = visit.companies.iter().find(|company| company.id == document.company).map(|company| &company.facts);
    let context = Context {
        company: company.map(|facts| Buyer {
            name: facts.name.clone(),
            country: facts.country.clone(),
            tax_ids: facts.tax_ids.clone(),
        }),
        today: Some(visit.today().to_string()),
        ..Context::default()
    };
    let mut findings = ocr::check::check(reading, &context);
    findings.extend(reading.findings.iter().filter(|f| !ocr::check::CODES.contains(&f.code.as_str())).cloned());
    let kin = document::of_seller(store, scope, document, 5).await?;
    let account_before = match kin.first() {
        Some(last) => review::effective_reading(store, scope, last.id).await?.and_then(|reading| text(&reading, FieldName::Iban)),
        None => None,
    };
    let home = company.and_then(|facts| country::of(&facts.country)).map(|usual| usual.currency.as_str());
    let elsewhere = document::elsewhere(store, scope, document).await?;
    let elsewhere = elsewhere.into_iter().map(|other| visit.company(other.company)).collect();
    let account_before = account_before.as_deref();
    let seen = Seen { detail, reading, findings: &findings, kin: &kin, account_before, home, elsewhere };
    let (alarms, checks) = (alarms(visit.l, &seen), checks(visit.l, &seen));
    Ok(Verdict { findings, checks, alarms, kin })
}

/// What is judged.
struct Seen<'a> {
    detail: &'a DocumentDetail,
    reading: &'a Reading,
    findings: &'a [Finding],
    kin: &'a [Document],
    account_before: Option<&'a str>,
    home: Option<&'a str>,
    /// Other companies of the office that the same invoice came for.
    elsewhere: Vec<String>,
}

fn text(reading: &Reading, name: FieldName) -> Option<String> {
    reading.fields.get(&name).map(|field| field.value.clone()).filter(|value| !value.is_empty())
}

impl Seen<'_> {
    fn value(&self, name: FieldName) -> String {
        text(self.reading, name).unwrap_or_default()
    }

    fn failed(&self, code: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.code == code)
    }

    fn fails_at(&self, name: FieldName) -> bool {
        self.findings.iter().any(|f| f.severity != Severity::Info && f.fields.contains(&name))
    }

    /// Is there a file that carries the values, beside the picture?
    fn has_data(&self) -> bool {
        self.detail.pieces.iter().any(|piece| piece.role == PieceRole::Structured)
            || self.reading.fields.values().any(|field| field.source == Source::Xml)
    }
}

fn alarms(l: &Lang, seen: &Seen<'_>) -> Vec<Alarm> {
    let document = &seen.detail.document;
    let seller = seen.value(FieldName::SellerName);
    let bill = matches!(document.document_type, DocumentType::Invoice | DocumentType::CreditNote | DocumentType::Proforma);
    let mut alarms = Vec::new();
    let mut add = |on: bool, code: &'static str, figures: String| {
        if on {
            alarms.push(Alarm { code, title: l.word("alarm", code), figures });
        }
    };
    let why = document.duplicate_reason.map(|reason| l.word("duplicate", reason.as_str())).unwrap_or_default();
    add(document.duplicate_of.is_some(), "duplicate", joined(&why, &seen.value(FieldName::InvoiceNumber)));
    add(!seen.elsewhere.is_empty(), "elsewhere", seen.elsewhere.join(", "));
    add(seen.failed("not_addressed").is_some(), "not_addressed", seen.value(FieldName::BuyerName));
    add(bill && seen.kin.is_empty(), "first_seller", seller);
    let account = seen.value(FieldName::Iban);
    let changed = seen.account_before.is_some_and(|before| !account.is_empty() && before != account);
    add(changed, "changed_account", format!("{} → {account}", seen.account_before.unwrap_or_default()));
    add(document.document_type == DocumentType::Proforma, "proforma", String::new());
    let currency = seen.value(FieldName::Currency);
    let foreign = !currency.is_empty() && seen.home.is_some_and(|home| home != currency);
    add(foreign, "foreign_currency", format!("{currency} / {}", seen.home.unwrap_or_default()));
    let ksef = seen.value(FieldName::KsefNumber);
    add(!ksef.is_empty() && !seen.has_data(), "ksef_without_xml", ksef);
    let errors: Vec<&str> = seen
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error && finding.code != "not_addressed")
        .map(|finding| finding.message.as_str())
        .collect();
    add(!errors.is_empty(), "failed_check", errors.join(" "));
    alarms
}

/// Two texts with a colon, or the one there is.
fn joined(a: &str, b: &str) -> String {
    [a, b].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ")
}

fn checks(l: &Lang, seen: &Seen<'_>) -> Vec<Check> {
    let mut checks: Vec<Check> = seen
        .findings
        .iter()
        .map(|finding| {
            let (outcome, icon) = match finding.severity {
                Severity::Error => ("error", "x"),
                Severity::Warning => ("warning", "warn"),
                Severity::Info => ("info", "info"),
            };
            Check { outcome, icon, title: l.word("finding", &finding.code), figures: finding.message.clone() }
        })
        .collect();
    let mut pass = |on: bool, title: &str, figures: String| {
        if on {
            checks.push(Check { outcome: "pass", icon: "check", title: title.to_owned(), figures });
        }
    };
    let money = |name| l.money(seen.value(name));
    let (net, vat, gross) = (money(FieldName::TotalNet), money(FieldName::TotalVat), money(FieldName::TotalGross));
    let summed = [&net, &vat, &gross].iter().all(|amount| !amount.is_empty()) && seen.failed("sum_gross").is_none();
    pass(summed, l.t("pass.sums"), format!("{net} + {vat} = {gross}"));
    for (name, title) in [
        (FieldName::SellerTaxId, l.t("pass.seller_tax_id")),
        (FieldName::Iban, l.t("pass.iban")),
        (FieldName::BuyerTaxId, l.t("pass.buyer")),
    ] {
        let value = seen.value(name);
        pass(!value.is_empty() && !seen.fails_at(name), title, value);
    }
    let (issued, due) = (seen.value(FieldName::IssueDate), seen.value(FieldName::DueDate));
    let ordered = !issued.is_empty() && !due.is_empty() && !seen.fails_at(FieldName::DueDate);
    let day = |text: &str| text.parse().map(|day| l.day(day)).unwrap_or_default();
    pass(ordered, l.t("pass.dates"), format!("{} → {}", day(&issued), day(&due)));
    let account = seen.value(FieldName::Iban);
    pass(!account.is_empty() && seen.account_before == Some(&account), l.t("pass.account"), String::new());
    pass(
        seen.detail.document.duplicate_of.is_none() && !seen.value(FieldName::InvoiceNumber).is_empty(),
        l.t("pass.once"),
        String::new(),
    );
    checks
}
