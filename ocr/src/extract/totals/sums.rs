//! What rows of sums say: the totals at the end of a table, amounts of a row that add up, taxes printed one rate a row.

use rust_decimal::Decimal;

use super::{ROLES, Ranked};
use crate::extract::candidate::Candidates;
use crate::extract::labels::Labels;
use crate::extract::sheet::Sheet;
use crate::extract::table::Table;
use crate::extract::vat;
use crate::vocab::{Column, Label};

/// `VAT @ 20% on £1,600.00   £320.00`: where a row states a rate, its base and the tax, what the label says of the first holds for the tax.
pub(super) fn bases_of_taxes(sheet: &Sheet<'_>, found: &Candidates, scores: &mut [[f32; 9]]) {
    let value = |i: usize| found.amounts[i].amount.value;
    for row in 0..sheet.rows.len() as u32 {
        let money: Vec<usize> = money_in(found, row).collect();
        if money.len() < 2 || money.iter().all(|i| scores[*i][1] <= 0.0) {
            continue;
        }
        let Some(rate) = rate_in(sheet, found, row).filter(|r| !r.is_zero()) else { continue };
        for base in money.iter().copied().filter(|i| value(*i).abs() >= Decimal::ONE) {
            let tax = money.iter().copied().find(|i| *i != base && vat::fits(value(base), rate, value(*i)));
            if let Some(tax) = tax.filter(|_| scores[base][1] > 0.0) {
                scores[tax][1] = scores[tax][1].max(scores[base][1]);
                scores[base][1] = 0.0;
                break;
            }
        }
    }
}

/// The row of sums at the end of a table: what stands in the columns for net, tax and gross are the totals of these. A row that names a
/// rate is one where it is the only one.
pub(super) fn in_sum_rows(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, tables: &[Table], scores: &mut [[f32; 9]]) {
    for (index, table) in tables.iter().enumerate().filter(|(_, t)| t.is_lines() || t.is_vat()) {
        let next = tables.get(index + 1).map_or(sheet.rows.len() as u32, |t| t.header.start);
        let page = sheet.row(table.header.start).page;
        let (mut sums, mut rated): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
        for row in table.body.start..next {
            if sheet.row(row).page != page {
                break;
            }
            let columns = totals_in(table, found, row).len();
            if row > table.body.end && columns < 2 {
                break;
            }
            if columns < 2 || (table.is_lines() && table.holds_line(found, row) && !adds_up(labels, found, table, row)) {
                continue;
            }
            if vat::states_rate(sheet, labels, found, table, row) {
                rated.push(row);
            } else if is_named_sum(labels, table, row) {
                sums.push(row);
            }
        }
        if sums.is_empty() && table.is_lines() && rated.len() == 1 && is_named_sum(labels, table, rated[0]) {
            sums = rated;
        }
        for (amount, role) in sums.into_iter().flat_map(|row| totals_in(table, found, row)) {
            scores[amount][role] = scores[amount][role].max(3.5);
        }
    }
}

/// `Total  100,00  21,00  121,00` where nothing but its numbers tells it from the lines above: each is the sum of its column.
fn adds_up(labels: &Labels<'_>, found: &Candidates, table: &Table, row: u32) -> bool {
    let goods = [Column::Quantity, Column::UnitPrice].iter().any(|k| table.first(*k).is_some());
    let above = |role: usize| -> Decimal {
        let rows = (table.body.start..row).flat_map(|r| totals_in(table, found, r));
        rows.filter(|(_, r)| *r == role).map(|(a, _)| found.amounts[a].amount.value).sum()
    };
    let here = totals_in(table, found, row);
    !goods && is_named_sum(labels, table, row) && here.iter().all(|(a, role)| above(*role) == found.amounts[*a].amount.value)
}

/// A label of a total stands in a column of the table.
fn is_named_sum(labels: &Labels<'_>, table: &Table, row: u32) -> bool {
    let is_sum = |l: Label| matches!(l, Label::Field(f) if ROLES[..4].contains(&f));
    labels.row(row).iter().any(|h| h.leads && labels.means(h, is_sum).is_some() && table.column_of(h.bbox).is_some())
}

/// Amounts of a row in the columns for net, tax and gross, with the role of each.
fn totals_in(table: &Table, found: &Candidates, row: u32) -> Vec<(usize, usize)> {
    let role = |i: usize| match table.kind_of(found.amounts[i].bbox)? {
        Column::Net => Some(0),
        Column::Vat => Some(1),
        Column::Gross => Some(2),
        _ => None,
    };
    money_in(found, row).filter_map(|i| Some((i, role(i)?))).collect()
}

/// Amounts of a row that are money.
fn money_in(found: &Candidates, row: u32) -> impl Iterator<Item = usize> {
    found.amounts_in(row).filter(move |i| found.amounts[*i].amount.decimals && !found.amounts[*i].amount.percent)
}

/// The rate that a row states, as a number or within a word.
fn rate_in(sheet: &Sheet<'_>, found: &Candidates, row: u32) -> Option<Decimal> {
    let percent = found.amounts_in(row).map(|i| &found.amounts[i].amount).find(|a| a.percent).map(|a| a.value);
    percent.or_else(|| vat::rate_in_words(sheet, row))
}

/// `Razem  3037,71  698,67  3736,38`: three amounts of a row of which the last is the sum of the others, and the second a tax on the
/// first, whatever stands above them.
pub(super) fn in_triples(labels: &Labels<'_>, found: &Candidates, tables: &[Table], rows: u32, scores: &mut [[f32; 9]]) {
    let is_sum = |l: Label| matches!(l, Label::Field(f) if ROLES[..4].contains(&f));
    for row in 0..rows {
        if !labels.row(row).iter().any(|h| h.leads && labels.means(h, is_sum).is_some())
            || tables
                .iter()
                .any(|t| t.is_lines() && t.body.contains(&row) && t.holds_line(found, row) && !adds_up(labels, found, t, row))
        {
            continue;
        }
        let money: Vec<usize> = money_in(found, row).collect();
        for three in money.windows(3) {
            let [net, vat, gross] = [0, 1, 2].map(|i| found.amounts[three[i]].amount.value);
            if net + vat == gross && !vat.is_zero() && vat.abs() * Decimal::from(3) < net.abs() {
                for (role, amount) in three.iter().enumerate() {
                    scores[*amount][role] = scores[*amount][role].max(3.0);
                }
                // `Restforderung  5.400,00  1.026,00  6.426,00`: with its tax.
                let asked = three.iter().map(|i| scores[*i][3]).fold(0.0, f32::max);
                for (index, amount) in three.iter().enumerate() {
                    scores[*amount][3] = if index == 2 { asked } else { 0.0 };
                }
            }
        }
    }
}

/// Taxes that are printed one rate a row, without their sum.
pub(super) fn sum_of_taxes(sheet: &Sheet<'_>, found: &Candidates, scores: &[[f32; 9]]) -> Option<Ranked> {
    let mut parts: Vec<(usize, Decimal, Decimal)> = Vec::new();
    for (index, at) in found.amounts.iter().enumerate() {
        if scores[index][1] < 1.5 || at.amount.percent || !at.amount.decimals {
            continue;
        }
        // In a row of several rates the one before it.
        let before =
            found.amounts_in(at.row).map(|i| &found.amounts[i]).rfind(|a| a.amount.percent && a.words.start < at.words.start);
        let Some(rate) = before.map(|a| a.amount.value).or_else(|| rate_in(sheet, found, at.row)) else { continue };
        match parts.iter_mut().find(|(_, r, _)| *r == rate) {
            // Of the amounts in a rate's row the one the label means most is its tax.
            Some(known) if scores[known.0][1] < scores[index][1] => *known = (index, rate, at.amount.value),
            Some(_) => {}
            None => parts.push((index, rate, at.amount.value)),
        }
    }
    let first = parts.first().filter(|_| parts.len() >= 2)?.0;
    let score = parts.iter().map(|(i, ..)| scores[*i][1]).fold(f32::MAX, f32::min);
    Some(Ranked { value: parts.iter().map(|p| p.2).sum(), score: score + 0.2, at: Some(first) })
}

/// `Total FOB 6,900.00`, `Freight 310.00`, `Total CFR 7,210.00` under each other: the sum that holds the other is the total.
pub(super) fn running(found: &Candidates, others: &[f32], gross: &mut [Ranked]) {
    let place = |at: Option<usize>| at.map(|i| &found.amounts[i]);
    let before: Vec<(usize, f32)> = gross.iter().filter_map(|o| Some((o.at?, o.score))).collect();
    for option in gross.iter_mut() {
        let Some(last) = place(option.at).filter(|l| option.value == l.amount.value) else { continue };
        for (first, score) in &before {
            let start = &found.amounts[*first];
            let added = (first + 1..found.amounts.len()).find(|i| {
                let at = &found.amounts[*i];
                at.row > start.row
                    && at.row < last.row
                    && others[*i] <= 1.0
                    && at.amount.value > Decimal::ZERO
                    && (at.bbox.right - last.bbox.right).abs() < 3.0
                    && start.amount.value + at.amount.value == last.amount.value
            });
            if added.is_some() && (start.bbox.right - last.bbox.right).abs() < 3.0 {
                option.score = option.score.max(score + 0.5);
            }
        }
    }
    gross.sort_by(|a, b| b.score.total_cmp(&a.score));
}
