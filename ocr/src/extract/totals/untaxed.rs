//! What bears no tax beside what does: its base may be printed in the lines alone.

use std::collections::HashSet;

use rust_decimal::Decimal;

use super::is_money;
use crate::extract::candidate::{AmountAt, Candidates};
use crate::extract::labels::Labels;
use crate::extract::sheet::Sheet;
use crate::extract::vat::{self, RateRow};
use crate::vocab::Label;

/// What the paper says of what bears no tax.
pub(super) struct Printed {
    /// Every amount of money that is no other tax.
    pub values: HashSet<Decimal>,
    /// A rate of zero is printed, or a word that stands for none.
    pub exempt: bool,
}

impl Printed {
    /// Reads it off the paper.
    pub fn of(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates) -> Printed {
        let taxes = |row: u32| labels.row(row).iter().any(|h| labels.is(h, |l| matches!(l, Label::Tax(_))));
        let money = found.amounts.iter().filter(|a| is_money(a) && !taxes(a.row));
        Printed { values: money.map(|a| a.amount.value).collect(), exempt: says_exempt(labels) || zero_rate(sheet, found) }
    }
}

/// The row of what bears no tax: at a rate of zero, if the paper prints one.
pub(super) fn untaxed(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, net: Decimal, vat: Decimal) -> Option<RateRow> {
    let places = || found.amounts.iter().filter(|a| is_money(a) && a.amount.value == net);
    let exempt = |a: &&AmountAt| labels.row(a.row).iter().any(|h| labels.is(h, |l| l == Label::Exempt));
    let at = places().find(exempt).or_else(|| places().next_back())?;
    let rate = zero_rate(sheet, found).then_some(Decimal::ZERO);
    Some(RateRow { rate, net, vat, gross: None, row: at.row, bbox: at.bbox, proven: true })
}

/// Whether a rate of zero is printed.
fn zero_rate(sheet: &Sheet<'_>, found: &Candidates) -> bool {
    found.amounts.iter().any(|a| a.amount.percent && a.amount.value.is_zero())
        || (0..sheet.rows.len() as u32).any(|row| vat::rate_in_words(sheet, row).is_some_and(|rate| rate.is_zero()))
}

/// Whether a word for what bears no tax is printed anywhere.
pub(super) fn says_exempt(labels: &Labels<'_>) -> bool {
    labels.hits.iter().any(|h| labels.is(h, |l| l == Label::Exempt))
}
