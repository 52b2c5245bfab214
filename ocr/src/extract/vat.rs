//! The VAT table: what is due by rate. Found in three ways (a table with headings, rows whose numbers are a base, its rate and
//! its tax, values beside each other on neighbouring lines); which of them is the paper's is decided with the totals.

pub(super) mod by_rate;

use std::ops::Range;

use rust_decimal::Decimal;

use super::candidate::{AmountAt, Candidates};
use super::labels::Labels;
use super::sheet::Sheet;
use super::table::Table;
use crate::page::Box;
use crate::vocab::{Column, Label};

/// One rate.
#[derive(Clone, Debug)]
pub(super) struct RateRow {
    pub rate: Option<Decimal>,
    pub net: Decimal,
    pub vat: Decimal,
    pub gross: Option<Decimal>,
    pub row: u32,
    pub bbox: Box,
    /// The tax is the base times the rate.
    pub proven: bool,
}

/// Rows that belong together.
#[derive(Clone, Debug)]
pub(super) struct RateBlock {
    pub rows: Vec<RateRow>,
    /// Evidence that this is the paper's summary of VAT, in log-odds.
    pub score: f32,
}

impl RateBlock {
    /// Sum of the bases.
    pub fn net(&self) -> Decimal {
        self.rows.iter().map(|r| r.net).sum()
    }

    /// Sum of the taxes.
    pub fn vat(&self) -> Decimal {
        self.rows.iter().map(|r| r.vat).sum()
    }
}

/// Every set of rows that could be the summary of VAT.
pub(super) fn blocks(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, tables: &[Table]) -> Vec<RateBlock> {
    let mut blocks: Vec<RateBlock> = Vec::new();
    for table in tables.iter().filter(|t| t.is_vat()) {
        if let Some(rows) = non_empty(from_table(sheet, labels, found, table)) {
            let proven = rows.iter().filter(|r| r.proven).count();
            let score = if proven == rows.len() { 3.0 } else { 1.0 + proven as f32 / rows.len() as f32 };
            blocks.push(RateBlock { rows, score: score + if table.is_lines() { -2.0 } else { 0.5 } });
        }
    }
    let in_body = |row: u32| tables.iter().any(|t| t.is_lines() && !t.is_vat() && t.body.contains(&row));
    let in_lines =
        |row: u32| tables.iter().any(|t| t.is_lines() && !t.is_vat() && t.body.contains(&row) && t.holds_line(found, row));
    let rows = 0..sheet.rows.len() as u32;
    let free = |excluded: &dyn Fn(u32) -> bool| -> Vec<RateRow> {
        rows.clone().filter(|r| !excluded(*r)).filter_map(|r| from_row(labels, found, r, 4)).collect()
    };
    let outside = distinct(free(&in_body));
    let summary = distinct(free(&in_lines));
    if summary.len() > outside.len() {
        // The summary may be the last rows of the table of goods.
        blocks.push(RateBlock { rows: summary, score: 1.8 });
    }
    if let Some(rows) = non_empty(outside) {
        blocks.push(RateBlock { rows, score: 2.0 });
    }
    if let Some(rows) = non_empty(distinct(neighbours(sheet, labels, found, &in_lines))) {
        blocks.push(RateBlock { rows, score: 1.5 });
    }
    if let Some(rows) = non_empty(distinct(from_labels(sheet, labels, found))) {
        blocks.push(RateBlock { rows, score: 1.2 });
    }
    if let Some(rows) = non_empty(distinct(unrated(sheet, labels, found, &in_lines))) {
        blocks.push(RateBlock { rows, score: 0.8 });
    }
    let lines: Vec<RateRow> = rows.clone().filter(|r| in_lines(*r)).filter_map(|r| from_row(labels, found, r, 4)).collect();
    if let Some(rows) = non_empty(summed(lines)) {
        blocks.push(RateBlock { rows, score: -0.5 });
    }
    if let Some(rows) = non_empty(by_rate::by_rate(sheet, labels, found, tables)) {
        blocks.push(RateBlock { rows, score: 0.3 });
    }
    blocks
}

fn non_empty(rows: Vec<RateRow>) -> Option<Vec<RateRow>> {
    (!rows.is_empty()).then_some(rows)
}

/// Whether `vat` is `net` at `rate` percent, as rounding by line or by sum allows.
pub(super) fn fits(net: Decimal, rate: Decimal, vat: Decimal) -> bool {
    let want = net * rate / Decimal::ONE_HUNDRED;
    (want - vat).abs() <= Decimal::new(2, 2) + (net.abs() * Decimal::new(1, 5)).min(Decimal::new(30, 2))
}

/// Rows of a table with headings.
fn from_table(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, table: &Table) -> Vec<RateRow> {
    let mut out: Vec<RateRow> = Vec::new();
    for row in table.body.clone() {
        if !out.is_empty() && (is_sum_row(sheet, labels, row) || has_other_label(labels, row)) {
            break;
        }
        if is_their_sum(labels, found, &out, row) {
            break;
        }
        if let Some(made) = from_row(labels, found, row, 1) {
            out.push(made);
            continue;
        }
        let rate = rate_in(found, table, row).or_else(|| rate_in_words(sheet, row));
        let mut by_kind: [Option<Decimal>; 3] = [None; 3];
        let mut bbox = None;
        for at in found.amounts_in(row).map(|i| &found.amounts[i]).filter(|a| !a.amount.percent) {
            let Some(column) = table.column_of(at.bbox) else { continue };
            for kind in &table.columns[column].kinds {
                let slot = match kind {
                    Column::Net => 0,
                    Column::Vat => 1,
                    Column::Gross => 2,
                    _ => continue,
                };
                if by_kind[slot].is_none() && (at.amount.decimals || by_kind.iter().any(Option::is_some)) {
                    by_kind[slot] = Some(at.amount.value);
                    bbox = Some(bbox.map_or(at.bbox, |b: Box| b.union(at.bbox)));
                    break;
                }
            }
        }
        let Some(bbox) = bbox else {
            if !out.is_empty() && has_label_row(labels, row) {
                break;
            }
            continue;
        };
        let exempt = found.amounts_in(row).len() == 1
            && sheet.row(row).words.clone().any(|w| sheet.words[w as usize].token.text.contains(char::is_alphabetic));
        if let Some(made) = complete(rate, by_kind, exempt, row, bbox) {
            out.push(made);
        }
    }
    out
}

/// A row called a total, even by a word that heads columns too, whose numbers are the sums of the rows before it.
fn is_their_sum(labels: &Labels<'_>, found: &Candidates, rows: &[RateRow], row: u32) -> bool {
    let total = |l: Label| matches!(l, Label::Field(f) if matches!(f.as_str(), "total_gross" | "total_net" | "amount_payable"));
    let called = labels.row(row).iter().any(|h| h.leads && labels.means(h, total).is_some());
    let (net, vat): (Decimal, Decimal) = (rows.iter().map(|r| r.net).sum(), rows.iter().map(|r| r.vat).sum());
    let holds = |value: Decimal| found.amounts_in(row).any(|i| found.amounts[i].amount.value == value);
    called && !rows.is_empty() && holds(net) && holds(vat) && !vat.is_zero()
}

/// Fills the third of net, tax and gross from two of them, or from the rate.
fn complete(
    rate: Option<Decimal>,
    [net, vat, gross]: [Option<Decimal>; 3],
    exempt: bool,
    row: u32,
    bbox: Box,
) -> Option<RateRow> {
    let from_rate = |net: Decimal| rate.map(|r| (net * r / Decimal::ONE_HUNDRED).round_dp(2));
    let (net, vat) = match (net, vat, gross) {
        (Some(n), Some(v), _) => (n, v),
        (Some(n), None, Some(g)) => (n, g - n),
        (None, Some(v), Some(g)) => (g - v, v),
        // No rate and no tax: exempt or outside the tax.
        (Some(n), None, None) if rate.is_none() && exempt => (n, Decimal::ZERO),
        (Some(n), None, None) => (n, from_rate(n)?),
        _ => return None,
    };
    // A tax that is a whole percentage of its base tells the rate that the row leaves out.
    let told = || {
        let rate = (vat * Decimal::ONE_HUNDRED).checked_div(net)?.round();
        (gross == Some(net + vat) && !rate.is_zero() && is_rate(rate) && fits(net, rate, vat)).then_some(rate)
    };
    let rate = rate.filter(|r| fits(net, *r, vat)).or_else(told).or(rate);
    let proven = rate.is_some_and(|r| fits(net, r, vat)) && gross.is_none_or(|g| (g - net - vat).abs() <= Decimal::new(1, 2));
    Some(RateRow { rate, net, vat, gross, row, bbox, proven })
}

/// A row that begins with the label of some other amount.
fn has_other_label(labels: &Labels<'_>, row: u32) -> bool {
    labels.row(row).iter().any(|h| {
        h.leads
            && labels.is(h, |l| matches!(l, Label::OtherAmount | Label::Tendered | Label::Change))
            && labels.means(h, |l| matches!(l, Label::Column(_))).is_none()
    })
}

fn has_label_row(labels: &Labels<'_>, row: u32) -> bool {
    labels.row(row).iter().any(|h| h.leads && labels.is(h, |l| matches!(l, Label::Field(_) | Label::Seller | Label::Buyer)))
}

fn is_sum_row(sheet: &Sheet<'_>, labels: &Labels<'_>, row: u32) -> bool {
    let first = sheet.row(row).cells.start;
    labels.row(row).iter().any(|h| {
        h.leads
            && h.cell <= first + 1
            && labels.means(h, |l| matches!(l, Label::Field(f) if matches!(f.as_str(), "total_gross" | "total_net" | "total_vat" | "amount_payable"))).is_some_and(|(m, w)| w > 0.25 && !names_rate(labels, h, m.weak))
    })
}

/// `VAT 23 %` begins a row of the table, not its sum.
fn names_rate(labels: &Labels<'_>, hit: &super::labels::Hit, weak: bool) -> bool {
    weak && labels.meanings(hit).iter().any(|m| matches!(m.label, Label::Column(Column::VatRate | Column::Vat | Column::Net)))
}

/// Whether a row is that of one rate.
pub(super) fn states_rate(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, table: &Table, row: u32) -> bool {
    rate_in(found, table, row).is_some()
        || rate_in_words(sheet, row).is_some()
        || labels.row(row).iter().any(|h| labels.is(h, |l| l == Label::Exempt))
}

/// The rate of a row: a percentage, or a bare number in the rate's column.
fn rate_in(found: &Candidates, table: &Table, row: u32) -> Option<Decimal> {
    let amounts = found.amounts_in(row).map(|i| &found.amounts[i]);
    if let Some(percent) = amounts.clone().find(|a| a.amount.percent && is_rate(a.amount.value)) {
        return Some(percent.amount.value);
    }
    let column = table.columns.iter().position(|c| c.kinds.contains(&Column::VatRate))?;
    amounts.filter(|a| table.column_of(a.bbox) == Some(column)).map(|a| a.amount.value).find(|v| is_rate(*v))
}

/// `KDV(%20)`, `19%ig`: a percentage inside a word, or after one.
pub(super) fn rate_in_words(sheet: &Sheet<'_>, row: u32) -> Option<Decimal> {
    sheet.row(row).words.clone().find_map(|w| percent_in(&sheet.words[w as usize].token.text))
}

pub(super) fn percent_in(text: &str) -> Option<Decimal> {
    let at = text.find('%')?;
    let after: String = text[at + 1..].chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    let before: String = text[..at].chars().rev().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    let digits: String = if before.is_empty() { after } else { before.chars().rev().collect() };
    digits.trim_matches(['.', ',']).replace(',', ".").parse().ok().filter(|v| is_rate(*v))
}

fn is_rate(value: Decimal) -> bool {
    value >= Decimal::ZERO && value <= Decimal::from(30)
}

/// A row whose numbers prove each other; `bare` is how much a rate without a percent sign must prove.
///
/// base, rate and tax, and perhaps the gross amount.
fn from_row(labels: &Labels<'_>, found: &Candidates, row: u32, bare: u32) -> Option<RateRow> {
    let all: Vec<&AmountAt> = found.amounts_in(row).map(|i| &found.amounts[i]).collect();
    if all.len() < 2 {
        return None;
    }
    let money: Vec<&AmountAt> = all.iter().copied().filter(|a| !a.amount.percent && a.amount.decimals).collect();
    if let Some(made) = exempt_row(labels, &money, row) {
        return Some(made);
    }
    let says_vat =
        labels.row(row).iter().any(|h| labels.means(h, |l| matches!(l, Label::Column(Column::Vat | Column::VatRate))).is_some());
    let mut best: Option<(RateRow, u32)> = None;
    for rate_at in all.iter().filter(|a| is_rate(a.amount.value) && (a.amount.percent || a.amount.value.scale() <= 2)) {
        let rate = rate_at.amount.value;
        for (i, a) in money.iter().enumerate() {
            for b in money.iter().skip(i + 1) {
                for (net, vat) in [(a, b), (b, a)] {
                    let distinct = net.words.start != rate_at.words.start && vat.words.start != rate_at.words.start;
                    if !distinct || net.amount.value.is_zero() || !fits(net.amount.value, rate, vat.amount.value) {
                        continue;
                    }
                    let sum = net.amount.value + vat.amount.value;
                    let gross = money
                        .iter()
                        .find(|g| g.words.start != net.words.start && g.words.start != vat.words.start && g.amount.value == sum);
                    let strength = u32::from(rate_at.amount.percent) * 2
                        + u32::from(says_vat && rate.is_zero()) * 2
                        + u32::from(gross.is_some()) * 3
                        + u32::from(!vat.amount.value.is_zero());
                    // A zero rate proves nothing unless a gross amount stands beside it.
                    let enough = strength
                        >= if rate.is_zero() {
                            4
                        } else if rate_at.amount.percent {
                            1
                        } else {
                            bare
                        };
                    if enough && best.as_ref().is_none_or(|(_, s)| strength > *s) {
                        let bbox = [Some(*net), Some(*vat), gross.copied()]
                            .into_iter()
                            .flatten()
                            .map(|x| x.bbox)
                            .reduce(Box::union)
                            .unwrap_or_default();
                        let made = RateRow {
                            rate: Some(rate),
                            net: net.amount.value,
                            vat: vat.amount.value,
                            gross: gross.map(|g| g.amount.value),
                            row,
                            bbox,
                            proven: true,
                        };
                        best = Some((made, strength));
                    }
                }
            }
        }
    }
    best.map(|(row, _)| row)
}

/// `zw  798,00  0,00  798,00`: a word in place of the rate, and a base that is the gross amount, or has no tax beside it.
fn exempt_row(labels: &Labels<'_>, money: &[&AmountAt], row: u32) -> Option<RateRow> {
    labels.row(row).iter().find(|h| (h.leads || h.whole) && labels.is(h, |l| l == Label::Exempt))?;
    let sums: Vec<&&AmountAt> = money.iter().filter(|a| !a.amount.value.is_zero()).collect();
    let same = sums.len() >= 2 && sums[sums.len() - 2].amount.value == sums[sums.len() - 1].amount.value;
    let zero = money.len() > sums.len();
    if sums.is_empty() || !(same || (zero && sums.len() == 1)) {
        return None;
    }
    let net = sums[sums.len() - 1];
    let bbox = money.iter().map(|a| a.bbox).reduce(Box::union)?;
    let gross = same.then_some(net.amount.value);
    Some(RateRow { rate: None, net: net.amount.value, vat: Decimal::ZERO, gross, row, bbox, proven: true })
}

/// A percentage with its base and tax on lines nearby (data sheets print one value a line).
fn neighbours(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, in_lines: &impl Fn(u32) -> bool) -> Vec<RateRow> {
    let mut out = Vec::new();
    for row in 0..sheet.rows.len() as u32 {
        if in_lines(row) {
            continue;
        }
        let rates: Vec<Decimal> = found
            .amounts_in(row)
            .map(|i| &found.amounts[i].amount)
            .filter(|a| a.percent && is_rate(a.value))
            .map(|a| a.value)
            .chain(rate_in_words(sheet, row))
            .collect();
        for rate in rates.into_iter().take(2) {
            if let Some(made) = nearby(sheet, labels, found, row, rate) {
                out.push(made);
            }
        }
    }
    out
}

/// Rows of base, tax and gross amount whose rate is printed elsewhere, or in words: the tax is a whole percentage of the base.
fn unrated(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, in_lines: &impl Fn(u32) -> bool) -> Vec<RateRow> {
    let mut out = Vec::new();
    for row in (0..sheet.rows.len() as u32).filter(|r| !in_lines(*r) && !is_sum_row(sheet, labels, *r)) {
        let money: Vec<&AmountAt> = found
            .amounts_in(row)
            .map(|i| &found.amounts[i])
            .filter(|a| a.amount.decimals && !a.amount.percent && !a.amount.value.is_zero())
            .collect();
        for three in money.windows(3) {
            let [net, vat, gross] = [0, 1, 2].map(|i| three[i].amount.value);
            let rate = (vat * Decimal::ONE_HUNDRED).checked_div(net).unwrap_or_default().round();
            if net + vat == gross && !rate.is_zero() && is_rate(rate) && fits(net, rate, vat) {
                let bbox = three.iter().map(|a| a.bbox).reduce(Box::union).unwrap_or_default();
                out.push(RateRow { rate: Some(rate), net, vat, gross: Some(gross), row, bbox, proven: true });
                break;
            }
        }
    }
    out
}

/// `Hesaplanan KDV(%20)  5.400,00`: a tax with its rate; the base is the labelled amount that it fits.
fn from_labels(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates) -> Vec<RateRow> {
    let mut out = Vec::new();
    for row in 0..sheet.rows.len() as u32 {
        let says_vat = labels
            .row(row)
            .iter()
            .any(|h| h.leads && labels.means(h, |l| matches!(l, Label::Field(f) if f.as_str() == "total_vat")).is_some());
        if !says_vat {
            continue;
        }
        let near = row.saturating_sub(1)..(row + 2).min(sheet.rows.len() as u32);
        let Some(rate) = near.clone().find_map(|r| rate_in_words(sheet, r)).filter(|r| !r.is_zero()) else { continue };
        let taxes = near
            .flat_map(|r| found.amounts_in(r))
            .map(|i| &found.amounts[i])
            .filter(|a| a.amount.decimals && !a.amount.percent && !a.amount.value.is_zero());
        for vat in taxes {
            let base = found
                .amounts
                .iter()
                .filter(|n| n.amount.decimals && !n.amount.percent && fits(n.amount.value, rate, vat.amount.value));
            if let Some(net) = base.clone().find(|n| names(labels, n, true) > 0.0).or_else(|| base.clone().next_back()) {
                out.push(RateRow {
                    rate: Some(rate),
                    net: net.amount.value,
                    vat: vat.amount.value,
                    gross: None,
                    row,
                    bbox: net.bbox.union(vat.bbox),
                    proven: true,
                });
                break;
            }
        }
    }
    out
}

fn nearby(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, row: u32, rate: Decimal) -> Option<RateRow> {
    let page = sheet.row(row).page;
    let rows: Range<u32> = row.saturating_sub(3)..(row + 4).min(sheet.rows.len() as u32);
    let money: Vec<&AmountAt> = rows
        .filter(|r| sheet.row(*r).page == page)
        .flat_map(|r| found.amounts_in(r))
        .map(|i| &found.amounts[i])
        .filter(|a| a.amount.decimals && !a.amount.percent)
        .collect();
    let mut best: Option<(RateRow, f32)> = None;
    for net in &money {
        for vat in &money {
            let zero = rate.is_zero();
            if net.words.start == vat.words.start
                || net.amount.value.is_zero()
                || !fits(net.amount.value, rate, vat.amount.value)
                || (zero && !vat.amount.value.is_zero())
            {
                continue;
            }
            let distance = row.abs_diff(net.row) + row.abs_diff(vat.row);
            let labelled = names(labels, net, true) + names(labels, vat, false);
            let aligned = (net.bbox.right - vat.bbox.right).abs() < 3.0 || net.row == vat.row;
            let score = labelled * 2.0 + if aligned { 1.0 } else { 0.0 } - distance as f32 * 0.4;
            if (zero && labelled < 2.0) || (!aligned && labelled < 1.0) {
                continue;
            }
            if best.as_ref().is_none_or(|(_, s)| score > *s) {
                let made = RateRow {
                    rate: Some(rate),
                    net: net.amount.value,
                    vat: vat.amount.value,
                    gross: None,
                    row,
                    bbox: net.bbox.union(vat.bbox),
                    proven: true,
                };
                best = Some((made, score));
            }
        }
    }
    best.map(|(row, _)| row)
}

/// 1 if a label in the amount's row says base (or tax).
fn names(labels: &Labels<'_>, at: &AmountAt, net: bool) -> f32 {
    let said = labels.row(at.row).iter().filter(|h| h.words.end <= at.words.start + 1).any(|h| {
        labels
            .means(h, |l| match l {
                Label::Column(c) => c == if net { Column::Net } else { Column::Vat },
                Label::Field(f) => f.as_str() == if net { "total_net" } else { "total_vat" },
                _ => false,
            })
            .is_some()
    });
    if said { 1.0 } else { 0.0 }
}

/// The same row printed twice counts once.
fn distinct(rows: Vec<RateRow>) -> Vec<RateRow> {
    let mut out: Vec<RateRow> = Vec::new();
    for row in rows {
        if !out.iter().any(|r| r.net == row.net && r.vat == row.vat) {
            out.push(row);
        }
    }
    out
}

/// Invoice lines added up by rate.
fn summed(rows: Vec<RateRow>) -> Vec<RateRow> {
    let mut out: Vec<RateRow> = Vec::new();
    for row in rows {
        match out.iter_mut().find(|r| r.rate == row.rate) {
            Some(sum) => {
                sum.net += row.net;
                sum.vat += row.vat;
                sum.gross = None;
                sum.bbox = sum.bbox.union(row.bbox);
            }
            None => out.push(row),
        }
    }
    out
}
