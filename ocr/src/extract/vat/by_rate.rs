//! Invoice lines that state their rate, added up by rate: the summary of a paper that prints none.

use rust_decimal::Decimal;

use super::{RateRow, fits, rate_in_words};
use crate::extract::candidate::{AmountAt, Candidates};
use crate::extract::labels::Labels;
use crate::extract::sheet::Sheet;
use crate::extract::table::Table;
use crate::vocab::{Column, Label};

/// Net amounts of the lines by rate; the tax is the one printed outside the lines, or follows from the rate.
pub(in crate::extract) fn by_rate(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, tables: &[Table]) -> Vec<RateRow> {
    let mut out: Vec<RateRow> = Vec::new();
    let lines = tables.iter().filter(|t| t.is_lines() && t.first(Column::Net).is_some());
    for table in lines.clone() {
        for row in table.body.clone().filter(|r| table.holds_line(found, *r)) {
            let Some((rate, net)) = rate_and_net(sheet, labels, found, table, row) else { continue };
            match out.iter_mut().find(|r| r.rate == Some(rate)) {
                Some(sum) => {
                    sum.net += net.amount.value;
                    sum.bbox = sum.bbox.union(net.bbox);
                }
                None => {
                    let (net, bbox) = (net.amount.value, net.bbox);
                    out.push(RateRow { rate: Some(rate), net, vat: Decimal::ZERO, gross: None, row, bbox, proven: false });
                }
            }
        }
    }
    let outside = |a: &&AmountAt| {
        a.amount.decimals && !a.amount.percent && !lines.clone().any(|t| t.body.contains(&a.row) && t.holds_line(found, a.row))
    };
    for row in &mut out {
        let rate = row.rate.unwrap_or_default();
        row.vat = (row.net * rate / Decimal::ONE_HUNDRED).round_dp(2);
        let printed = found.amounts.iter().filter(outside).find(|a| !rate.is_zero() && fits(row.net, rate, a.amount.value));
        if let Some(vat) = printed {
            row.vat = vat.amount.value;
            row.proven = true;
        }
    }
    out
}

fn rate_and_net<'f>(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    found: &'f Candidates,
    table: &Table,
    row: u32,
) -> Option<(Decimal, &'f AmountAt)> {
    let here = found.amounts_in(row).map(|i| &found.amounts[i]);
    let money = |kind| here.clone().find(|a| a.amount.decimals && !a.amount.percent && table.kind_of(a.bbox) == Some(kind));
    let net = money(Column::Net)?;
    if table.first(Column::VatRate).is_none() {
        // A tax in each line tells its rate.
        let (vat, value) = (money(Column::Vat)?.amount.value, net.amount.value);
        let rate = (vat * Decimal::ONE_HUNDRED).checked_div(value)?.round();
        return (rate >= Decimal::ZERO && rate <= Decimal::from(30) && fits(value, rate, vat)).then_some((rate, net));
    }
    let in_column = here.clone().find(|a| table.kind_of(a.bbox) == Some(Column::VatRate)).map(|a| a.amount.value);
    let exempt = || labels.row(row).iter().any(|h| labels.is(h, |l| l == Label::Exempt)).then_some(Decimal::ZERO);
    let rate = in_column.or_else(|| rate_in_words(sheet, row)).or_else(exempt)?;
    (rate >= Decimal::ZERO && rate <= Decimal::from(30)).then_some((rate, net))
}

/// Rows of one rate are one row of the summary: a telephone bill states its services, each at the same rate.
pub(in crate::extract) fn by_rates(rows: Vec<RateRow>) -> Vec<RateRow> {
    let mut out: Vec<RateRow> = Vec::new();
    for row in rows {
        match out.iter_mut().find(|r| r.rate.is_some_and(|rate| !rate.is_zero()) && r.rate == row.rate) {
            Some(sum) => {
                sum.net += row.net;
                sum.vat += row.vat;
                sum.gross = sum.gross.zip(row.gross).map(|(a, b)| a + b);
                sum.bbox = sum.bbox.union(row.bbox);
                sum.proven &= row.proven;
            }
            None => out.push(row),
        }
    }
    out
}
