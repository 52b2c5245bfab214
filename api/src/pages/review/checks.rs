//! What speaks for and against a paper, in words and with the figures: checks that passed and failed, and alarms, which one key never
//! passes over. The store judges.

use ocr::reading::{FieldName, Finding, Reading, Severity, ValueKind};
use rust_decimal::Decimal;
use store::alarm;
use store::document::Document;

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
    let judged = alarm::judge(visit.app.store(), &visit.caller.scope, detail.document.id).await?;
    let mut alarms: Vec<Alarm> = judged.alarms.iter().map(|alarm| alarm_words(visit.l, alarm)).collect();
    if let Some(reason) = detail.document.duplicate_reason {
        let why = visit.l.word("duplicate", reason.as_str());
        alarms
            .iter_mut()
            .filter(|alarm| alarm.code == "duplicate")
            .for_each(|alarm| alarm.figures = joined(&why, &alarm.figures));
    }
    let Some(file) = &detail.reading else { return Ok(Verdict { alarms, ..Verdict::default() }) };
    if let Some(alarm) = alarms.iter_mut().find(|alarm| alarm.code == FAILED && !in_english(visit.l)) {
        let errors = judged.findings.iter().filter(|f| f.severity == Severity::Error && f.code != "not_addressed");
        let said = errors.map(|f| joined(&visit.l.word("finding", &f.code), &figures(visit.l, f, &file.reading)));
        alarm.figures = said.collect::<Vec<_>>().join(" · ");
    }
    let seen =
        Seen { detail, reading: &file.reading, findings: &judged.findings, account_before: judged.account_before.as_deref() };
    let checks = checks(visit.l, &seen);
    Ok(Verdict { findings: judged.findings, checks, alarms, kin: judged.kin })
}

/// An alarm in words.
pub fn alarm_words(l: &Lang, alarm: &store::alarm::Alarm) -> Alarm {
    let code = alarm.code.as_str();
    // Which check failed is said in English; where there is no reading at hand to say it otherwise, the title has to do.
    let figures = if code == FAILED && !in_english(l) { String::new() } else { alarm.figures.clone() };
    Alarm { code, title: l.word("alarm", code), figures }
}

const FAILED: &str = store::alarm::AlarmCode::FailedCheck.as_str();

fn in_english(l: &Lang) -> bool {
    l.code == "en"
}

/// What a finding is about. The checks say it in an English sentence, for programs and the log; in other languages the title says what
/// is wrong, and this the values it is wrong with: of a sum, what is stated and what it makes.
fn figures(l: &Lang, finding: &Finding, reading: &Reading) -> String {
    if in_english(l) {
        return finding.message.clone();
    }
    let label = |name: FieldName| l.word("field", name.as_str());
    let words = finding.message.split_whitespace().map(|word| word.trim_end_matches(['.', ',']));
    let numbers: Vec<&str> = words.filter(|word| word.parse::<Decimal>().is_ok()).collect();
    match (finding.code.as_str(), numbers.as_slice(), finding.fields.last()) {
        ("rate_unknown", [rate, ..], _) => return format!("{rate} %"),
        ("vat_row", [.., makes, stated], Some(name)) => {
            return format!("{} {} ≠ {}", label(*name), l.money(stated), l.money(makes));
        }
        (code, [.., makes, stated], Some(name)) if code.starts_with("sum_") => {
            return format!("{} {} ≠ {}", label(*name), l.money(stated), l.money(makes));
        }
        _ => {}
    }
    let shown = |name: &FieldName| match text(reading, *name) {
        Some(value) => format!("{} {}", label(*name), written(l, *name, &value)),
        None => label(*name),
    };
    finding.fields.iter().map(shown).collect::<Vec<_>>().join(" · ")
}

/// A value as people write it.
pub fn written(l: &Lang, name: FieldName, value: &str) -> String {
    match name.kind() {
        ValueKind::Amount => l.money(value),
        ValueKind::Date => value.parse::<jiff::civil::Date>().map_or_else(|_| value.to_owned(), |day| l.day(day)),
        ValueKind::Text => value.to_owned(),
    }
}

/// What is judged.
struct Seen<'a> {
    detail: &'a DocumentDetail,
    reading: &'a Reading,
    findings: &'a [Finding],
    account_before: Option<&'a str>,
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
            Check { outcome, icon, title: l.word("finding", &finding.code), figures: figures(l, finding, seen.reading) }
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
        // An account that is no IBAN is no fault, but no checksum spoke for it either.
        let unproven = name == FieldName::Iban && seen.failed("account_no_iban").is_some();
        pass(!value.is_empty() && !unproven && !seen.fails_at(name), title, value);
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
