//! Does it add up? net + VAT = gross, each rate's row, the rows and the totals, the lines, the amount to pay, rates known.

use rust_decimal::Decimal;

use super::rules::Sum;
use super::{Paper, decimal, finding};
use crate::reading::{DocumentType, FieldName, Finding, Severity, VatRow};
use crate::value::currency::Currency;

pub(super) fn check(paper: &Paper<'_>, findings: &mut Vec<Finding>) {
    findings.extend(gross(paper));
    findings.extend(payable(paper));
    findings.extend(breakdown(paper));
    findings.extend(lines(paper));
    for row in &paper.reading.vat_breakdown {
        findings.extend(row_closes(paper, row));
        findings.extend(rate_known(paper, row));
    }
}

impl Paper<'_> {
    /// The smallest amount of the currency, or what the country's rules say, times the rows that were rounded.
    fn tolerance(&self, rows: usize) -> Decimal {
        let unit = match self.text(FieldName::Currency).and_then(Currency::parse) {
            Some(currency) if currency.decimals() < 2 => Decimal::ONE,
            _ => self.rules.tolerance.unwrap_or(Decimal::new(1, 2)),
        };
        unit * Decimal::from(rows.max(1) as u64)
    }

    /// The sum and how it was made, or None if none of its parts is there.
    fn sum(&self, sum: &Sum) -> Option<(Decimal, String)> {
        let (mut total, mut shown) = (Decimal::ZERO, String::new());
        let mut add = |sign: &str, what: &str, amount: Decimal| {
            total = if sign == "+" { total.checked_add(amount) } else { total.checked_sub(amount) }.unwrap_or(Decimal::MAX);
            let sign = if shown.is_empty() { String::new() } else { format!(" {sign} ") };
            shown.push_str(&format!("{sign}{what} {amount}"));
        };
        for name in &sum.plus {
            self.amount(*name).into_iter().for_each(|a| add("+", &words(*name), a));
        }
        for tax in self.reading.taxes.iter().filter(|t| sum.taxes.contains(&t.kind)) {
            decimal(&tax.amount).into_iter().for_each(|a| add("+", &tax.kind, a));
        }
        for name in &sum.minus {
            self.amount(*name).filter(|a| !a.is_zero()).into_iter().for_each(|a| add("-", &words(*name), a));
        }
        (!shown.is_empty()).then_some((total, shown))
    }

    /// Taxes beside VAT that are part of the total.
    fn taxes_on_top(&self) -> Decimal {
        let Some(rule) = &self.rules.gross else { return Decimal::ZERO };
        let taxes = self.reading.taxes.iter().filter(|t| rule.taxes.contains(&t.kind));
        taxes.filter_map(|t| decimal(&t.amount)).try_fold(Decimal::ZERO, |a, b| a.checked_add(b)).unwrap_or_default()
    }

    fn made_otherwise(&self) -> bool {
        self.rules.unless.as_ref().is_some_and(|marks| marks.iter().any(|m| self.reading.marks.contains(m)))
    }
}

fn words(name: FieldName) -> String {
    name.as_str().replace("total_vat", "VAT").replace("total_", "").replace('_', " ")
}

/// net + VAT (+ the country's other taxes) = gross; checked only where each field of the sum is there.
fn gross(paper: &Paper<'_>) -> Option<Finding> {
    let (gross, rule) = (paper.amount(FieldName::TotalGross)?, paper.rules.gross.as_ref()?);
    let needed = [FieldName::TotalNet, FieldName::TotalVat];
    if paper.made_otherwise() || rule.plus.iter().any(|f| needed.contains(f) && paper.amount(*f).is_none()) {
        return None;
    }
    let (sum, shown) = paper.sum(rule)?;
    let rows = paper.reading.vat_breakdown.len() + paper.reading.taxes.len();
    if (sum - gross).abs() <= paper.tolerance(rows) {
        return None;
    }
    let message = format!("{shown} = {sum}, but the gross total is {gross}.");
    Some(finding("sum_gross", Severity::Error, &[FieldName::TotalNet, FieldName::TotalVat, FieldName::TotalGross], message))
}

fn payable(paper: &Paper<'_>) -> Option<Finding> {
    let (payable, rule) = (paper.amount(FieldName::AmountPayable)?, paper.rules.payable.as_ref()?);
    paper.amount(FieldName::TotalGross)?;
    if paper.made_otherwise() {
        return None;
    }
    let (sum, shown) = paper.sum(rule)?;
    if (sum - payable).abs() <= paper.tolerance(1) {
        return None;
    }
    let message = format!("{shown} = {sum}, but the amount to pay is {payable}.");
    Some(finding("sum_payable", Severity::Warning, &[FieldName::TotalGross, FieldName::AmountPayable], message))
}

/// The rows of the breakdown add up to the totals.
fn breakdown(paper: &Paper<'_>) -> Vec<Finding> {
    let rows = &paper.reading.vat_breakdown;
    let total = |pick: fn(&VatRow) -> &Option<String>| -> Option<Decimal> {
        rows.iter()
            .map(|r| pick(r).as_deref().map_or(Some(Decimal::ZERO), decimal))
            .try_fold(Decimal::ZERO, |a, b| a.checked_add(b?))
    };
    let every_net = rows.iter().all(|r| r.net.is_some());
    let mut findings = Vec::new();
    for (name, sum, usable) in [
        (FieldName::TotalNet, total(|r| &r.net), every_net && !paper.made_otherwise()),
        (FieldName::TotalVat, total(|r| &r.vat), true),
    ] {
        let (Some(stated), Some(sum)) = (paper.amount(name), sum) else { continue };
        // VAT is due on the other taxes too where they are part of the total (ÖTV): then its base is net and these.
        let with_taxes =
            if name == FieldName::TotalNet { stated.checked_add(paper.taxes_on_top()).unwrap_or(stated) } else { stated };
        let tolerance = paper.tolerance(rows.len() + paper.reading.taxes.len());
        if usable && !rows.is_empty() && (sum - stated).abs() > tolerance && (sum - with_taxes).abs() > tolerance {
            let message = format!("The {} rates add up to {} {sum}, but the total is {stated}.", rows.len(), words(name));
            findings.push(finding("sum_breakdown", Severity::Warning, &[name], message));
        }
    }
    findings
}

/// VAT = net x rate; a program that rounds line by line is off by up to one unit a line.
fn row_closes(paper: &Paper<'_>, row: &VatRow) -> Option<Finding> {
    let (rate, net, vat) = (decimal(row.rate.as_deref()?)?, decimal(row.net.as_deref()?)?, decimal(row.vat.as_deref()?)?);
    let lines = paper.reading.lines.iter().filter(|l| l.vat_rate.as_deref().and_then(decimal) == Some(rate)).count();
    let want = net.checked_mul(rate)?.checked_div(Decimal::ONE_HUNDRED)?;
    if (want - vat).abs() <= paper.tolerance(lines + 1) {
        return None;
    }
    let want = want.round_dp(2);
    let message = format!("{} % of {net} is {want}, but the row says {vat}.", rate.normalize());
    Some(finding("vat_row", Severity::Warning, &[FieldName::TotalVat], message))
}

/// Was there such a rate in the seller's country on that day?
fn rate_known(paper: &Paper<'_>, row: &VatRow) -> Option<Finding> {
    let rate = decimal(row.rate.as_deref()?)?;
    let day = paper.date(FieldName::SaleDate).or_else(|| paper.date(FieldName::IssueDate))?;
    // A correction may speak of any earlier time.
    if paper.rules.rate.is_empty() || paper.reading.document_type == DocumentType::CreditNote {
        return None;
    }
    let holds = |r: &&super::rules::Rate| r.from.is_none_or(|f| f <= day) && r.until.is_none_or(|u| day <= u);
    let known: Vec<Decimal> = paper.rules.rate.iter().filter(holds).map(|r| r.percent).collect();
    if known.contains(&rate) {
        return None;
    }
    let list = known.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let country = paper.text(FieldName::SellerCountry).unwrap_or_default();
    let message = format!("{} % is no VAT rate of {country} on {day} (those are {list}).", rate.normalize());
    Some(finding("rate_unknown", Severity::Warning, &[FieldName::TotalVat], message))
}

/// The lines less allowances, with charges, are the net total.
fn lines(paper: &Paper<'_>) -> Option<Finding> {
    let (net, lines) = (paper.amount(FieldName::TotalNet)?, &paper.reading.lines);
    let sum = lines.iter().map(|l| decimal(l.net.as_deref()?)).try_fold(Decimal::ZERO, |a, b| a.checked_add(b?))?;
    if lines.is_empty() || paper.made_otherwise() {
        return None;
    }
    let off = |name| paper.amount(name).unwrap_or_default();
    let want = sum.checked_sub(off(FieldName::AllowancesTotal))?.checked_add(off(FieldName::ChargesTotal))?;
    if (want - net).abs() <= paper.tolerance(lines.len()) {
        return None;
    }
    let message = format!("The {} lines, allowances and charges make {want}, but the net total is {net}.", lines.len());
    Some(finding("sum_lines", Severity::Info, &[FieldName::TotalNet], message))
}
