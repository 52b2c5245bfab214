//! The totals: the combination of labelled amounts that adds up best, judged together with the VAT table.

mod combine;
mod payable;
mod sums;
mod untaxed;

use rust_decimal::Decimal;

use super::bind::{self, Bind, Relation};
use super::candidate::{AmountAt, Candidates};
use super::labels::Labels;
use super::pick::Choice;
use super::receipt;
use super::sheet::Sheet;
use super::table::Table;
use super::vat::{RateBlock, RateRow};
use super::weights::Weights;
use crate::reading::FieldName;
use crate::vocab::Label;

use combine::{Combination, combine, gross_option};
use sums::{bases_of_taxes, in_sum_rows, in_triples, running, sum_of_taxes};
use untaxed::{Printed, says_exempt, untaxed};

const ROLES: [FieldName; 9] = [
    FieldName::TotalNet,
    FieldName::TotalVat,
    FieldName::TotalGross,
    FieldName::AmountPayable,
    FieldName::AmountPaid,
    FieldName::Withholding,
    FieldName::Rounding,
    FieldName::AllowancesTotal,
    FieldName::ChargesTotal,
];

/// What was decided.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub fields: Vec<(FieldName, Choice)>,
    pub rows: Vec<RateRow>,
    /// The rows add up to the totals.
    pub rows_close: bool,
}

/// A value a role could have.
#[derive(Clone, Debug)]
struct Ranked {
    value: Decimal,
    score: f32,
    at: Option<usize>,
}

/// Decides all totals.
pub(super) fn decide(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    found: &Candidates,
    tables: &[Table],
    blocks: &[RateBlock],
    weights: &Weights,
) -> Totals {
    let (scores, others) = score_all(sheet, labels, found, tables, weights);
    let mut options: Vec<Vec<Ranked>> = (0..ROLES.len()).map(|role| options(found, &scores, role)).collect();
    paid(&mut options[2], receipt::paid(sheet, labels, found));
    options[1].extend(sum_of_taxes(sheet, found, &scores));
    running(found, &others, &mut options[2]);
    let printed = Printed::of(sheet, labels, found);
    let best = combine(&options, blocks, &printed, weights);
    assemble(sheet, labels, found, &options, &others, blocks, &best, weights)
}

/// Evidence for each role of each amount.
fn score_all(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    found: &Candidates,
    tables: &[Table],
    weights: &Weights,
) -> (Vec<[f32; 9]>, Vec<f32>) {
    let is_amount = |l: Label| {
        matches!(l, Label::OtherAmount | Label::Tendered | Label::Change | Label::Tax(_))
            || matches!(l, Label::Field(f) if ROLES.contains(&f))
    };
    let binds = bind::amounts(sheet, labels, found, is_amount);
    let mut scores = vec![[0f32; 9]; found.amounts.len()];
    let mut others = vec![0f32; found.amounts.len()];
    for bind in &binds {
        let hit = &labels.hits[bind.hit as usize];
        for meaning in labels.meanings(hit) {
            let evidence = bind.evidence(weights, meaning.weak, labels.trust(meaning.language), hit);
            let value = bind.value as usize;
            match meaning.label {
                Label::Field(field) => {
                    if let Some(role) = ROLES.iter().position(|r| *r == field) {
                        let slot = &mut scores[value][role];
                        *slot = slot.max(evidence);
                    }
                }
                Label::OtherAmount | Label::Tendered | Label::Change | Label::Tax(_) if closest(bind) => {
                    others[value] = others[value].max(evidence);
                }
                _ => {}
            }
        }
    }
    bases_of_taxes(sheet, found, &mut scores);
    in_sum_rows(sheet, labels, found, tables, &mut scores);
    in_triples(labels, found, tables, sheet.rows.len() as u32, &mut scores);
    let largest = found.amounts.iter().filter(|a| a.amount.decimals && !a.amount.percent).map(|a| a.amount.value).max();
    for (index, at) in found.amounts.iter().enumerate() {
        let other = others[index] * weights.other_label;
        let in_lines = tables.iter().any(|t| t.is_lines() && t.body.contains(&at.row) && t.holds_line(found, at.row));
        for score in scores[index].iter_mut().filter(|s| **s > 0.0) {
            *score -= other;
            *score += if at.amount.decimals { weights.decimals } else { -2.0 * weights.decimals };
            *score += if at.amount.currency.is_some() { weights.currency_beside } else { 0.0 };
            *score -= if in_lines { 1.5 } else { 0.0 };
            *score -= (1.0 - sheet.confidence(at.words.clone()) * at.amount.confidence) * 2.0;
            if at.amount.percent
                || (!at.amount.decimals && at.amount.value.scale() == 0 && at.amount.value > Decimal::from(100_000_000))
            {
                *score = 0.0;
            }
        }
        if Some(at.amount.value) == largest && scores[index][2] > 0.0 {
            scores[index][2] += weights.largest;
        }
    }
    (scores, others)
}

fn closest(bind: &Bind) -> bool {
    matches!(bind.relation, Relation::Inline | Relation::Right(0) | Relation::Below(0))
}

/// The best values of a role; the same value printed twice is one, and surer.
fn options(found: &Candidates, scores: &[[f32; 9]], role: usize) -> Vec<Ranked> {
    let mut out: Vec<Ranked> = Vec::new();
    for (index, at) in found.amounts.iter().enumerate() {
        let score = scores[index][role];
        if score <= 0.0 {
            continue;
        }
        for (value, score) in std::iter::once((at.amount.value, score)).chain(at.amount.other.map(|o| (o, score - 1.0))) {
            match out.iter_mut().find(|o| o.value == value) {
                Some(known) => {
                    let (high, low) = if score > known.score { (score, known.score) } else { (known.score, score) };
                    if score > known.score {
                        known.at = Some(index);
                    }
                    known.score = high + 0.1 * low.clamp(0.0, 4.0);
                }
                None => out.push(Ranked { value, score, at: Some(index) }),
            }
        }
    }
    if role == 1 {
        // On a correction the minus sign may stand on a line of its own.
        let mirrored: Vec<Ranked> = out
            .iter()
            .filter(|o| !o.value.is_zero())
            .map(|o| Ranked { value: -o.value, score: o.score - 2.5, at: o.at })
            .collect();
        out.extend(mirrored.into_iter().filter(|m| m.value.is_sign_negative()));
    }
    out.sort_by(|a, b| b.score.total_cmp(&a.score));
    out.truncate(7);
    out
}

/// What was paid at the till speaks for the total, and is one where no label names it.
fn paid(gross: &mut Vec<Ranked>, till: Vec<receipt::Paid>) {
    for paid in till {
        match gross.iter_mut().find(|o| o.value == paid.value) {
            Some(known) => known.score = known.score.max(paid.score) + 0.5 * known.score.min(paid.score).clamp(0.0, 3.0),
            None => gross.push(Ranked { value: paid.value, score: paid.score, at: paid.at }),
        }
    }
    gross.sort_by(|a, b| b.score.total_cmp(&a.score));
    gross.truncate(8);
}

/// Whether a number can be money.
fn is_money(at: &AmountAt) -> bool {
    at.amount.decimals && !at.amount.percent
}

#[allow(clippy::too_many_arguments)]
fn assemble(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    found: &Candidates,
    options: &[Vec<Ranked>],
    others: &[f32],
    blocks: &[RateBlock],
    best: &Combination,
    weights: &Weights,
) -> Totals {
    let mut totals = Totals::default();
    let block = best.block.map(|b| &blocks[b]);
    let bonus = if best.closes { weights.closes } else { 0.0 } + if best.rows_close { weights.rows_close } else { 0.0 };
    let mut chosen = [
        best.net.map(|i| options[0][i].clone()),
        best.vat.map(|i| options[1][i].clone()),
        best.gross.map(|i| gross_option(options, i).0.clone()),
    ];
    if let Some(less) = chosen[2].as_ref().filter(|_| !best.closes && !best.rows_close).and_then(|g| after_allowance(options, g))
    {
        chosen[2] = Some(less);
    }
    let with_rest = block.map(|block| {
        let mut block = block.clone();
        block.rows.extend(best.untaxed.and_then(|rest| untaxed(sheet, labels, found, rest, Decimal::ZERO)));
        block
    });
    let block = with_rest.as_ref();
    if let (Some(_), Some(net)) = (best.untaxed, best.block.map(|b| blocks[b].net())) {
        // The base of what is taxed is not the whole base.
        chosen[0] = chosen[0].take().filter(|n| n.value != net);
    }
    let sums = block.map(|b| [b.net(), b.vat(), b.net() + b.vat()]);
    let mut decided: [Option<Decimal>; 3] = [None; 3];
    for (role, field) in [FieldName::TotalNet, FieldName::TotalVat, FieldName::TotalGross].into_iter().enumerate() {
        if let Some(option) = &chosen[role] {
            decided[role] = Some(option.value);
            totals.fields.push((field, choice(sheet, found, option, &options[role], bonus)));
        } else if let (Some(sums), Some(block), true) = (sums, block, best.rows_close || chosen.iter().all(Option::is_none)) {
            decided[role] = Some(sums[role]);
            totals.fields.push((field, from_rows(sheet, block, sums[role], if best.rows_close { 3.0 } else { 0.5 })));
        }
    }
    if decided[2].is_none() && options[2].is_empty() && options[3].is_empty() {
        totals.fields.extend(largest(sheet, found, others, weights).map(|c| (FieldName::TotalGross, c)));
    }
    derive_third(&mut totals, &mut decided, best.block.is_some());
    if let Some(block) = block {
        totals.rows = super::vat::by_rate::by_rates(block.rows.clone());
        totals.rows_close = best.rows_close;
    } else if let Some(row) = single_rate(sheet, found, &decided) {
        if decided[1].is_none() {
            let from = option_at(&totals, FieldName::TotalGross);
            decided[1] = Some(row.vat);
            totals
                .fields
                .extend(from.map(|from| (FieldName::TotalVat, Choice { value: row.vat.to_string(), raw: None, ..from })));
        }
        totals.rows_close = decided.iter().all(Option::is_some);
        totals.rows.push(row);
    } else if let [Some(net), Some(vat), Some(gross)] = decided
        && vat.is_zero()
        && net == gross
        && chosen[1].is_some()
    {
        totals.rows.extend(untaxed(sheet, labels, found, net, vat).filter(|row| row.rate.is_some() || says_exempt(labels)));
        totals.rows_close = !totals.rows.is_empty();
    }
    payable::decide(sheet, found, options, others, &decided, &mut totals, weights);
    for role in 5..ROLES.len() {
        if let Some(option) = options[role].first().filter(|o| o.score > 2.0 && !o.value.is_zero()) {
            totals.fields.push((ROLES[role], choice(sheet, found, option, &options[role], 0.0)));
        }
    }
    totals
}

/// `Valor total 130,98, Desconto 5,98, Valor a pagar 125,00`: where nothing was paid before, what a discount and a charge make of the sum of
/// the lines is the total.
fn after_allowance(options: &[Vec<Ranked>], gross: &Ranked) -> Option<Ranked> {
    let sure = |role: usize| options[role].first().filter(|o| o.score > 2.0).map_or(Decimal::ZERO, |o| o.value.abs());
    let (allowance, charge) = (sure(7), sure(8));
    let paid = |value: Decimal| options[4].iter().any(|o| o.score > 2.0 && o.value.abs() == value);
    [(allowance, charge), (allowance, Decimal::ZERO), (Decimal::ZERO, charge)]
        .into_iter()
        .filter(|(less, more)| !(less.is_zero() && more.is_zero()) && (less.is_zero() || !paid(*less)))
        .find_map(|(less, more)| options[3].iter().find(|o| o.value == gross.value - less + more).cloned())
}

/// No label says total: the largest amount that is not called something else, surer where it is printed again.
fn largest(sheet: &Sheet<'_>, found: &Candidates, others: &[f32], weights: &Weights) -> Option<Choice> {
    let mut ranked: Vec<Ranked> = Vec::new();
    for (index, at) in found.amounts.iter().enumerate() {
        if !at.amount.decimals
            || at.amount.percent
            || at.amount.value.scale() != 2
            || others[index] > 1.0
            || at.amount.value <= Decimal::ZERO
        {
            continue;
        }
        match ranked.iter_mut().find(|r| r.value == at.amount.value) {
            Some(known) => known.score += 0.3,
            None => ranked.push(Ranked {
                value: at.amount.value,
                score: if at.amount.currency.is_some() { weights.currency_beside } else { 0.0 },
                at: Some(index),
            }),
        }
    }
    ranked.sort_by_key(|r| std::cmp::Reverse(r.value));
    let best = ranked.first()?;
    Some(choice(sheet, found, best, &ranked, 0.0))
}

/// With two of the three known and no VAT table to ask, the third follows if net is labelled and plausible.
fn derive_third(totals: &mut Totals, decided: &mut [Option<Decimal>; 3], has_block: bool) {
    if has_block {
        return;
    }
    if let [Some(net), None, Some(gross)] = *decided
        && net == gross
    {
        let zero = Choice { value: Decimal::ZERO.to_string(), score: 0.5, ..totals.fields[0].1.clone() };
        decided[1] = Some(Decimal::ZERO);
        totals.fields.push((FieldName::TotalVat, Choice { alternatives: Vec::new(), ..zero }));
    }
}

fn option_at(totals: &Totals, field: FieldName) -> Option<Choice> {
    let (_, choice) = totals.fields.iter().find(|(f, _)| *f == field)?;
    Some(Choice { score: 1.0, alternatives: Vec::new(), ..choice.clone() })
}

/// One rate on the whole paper, and no summary: the tax is a printed rate of the base, where base and gross amount, or tax and gross amount
/// are known. The base itself may be printed nowhere, where a discount comes off the sum of the lines.
fn single_rate(sheet: &Sheet<'_>, found: &Candidates, decided: &[Option<Decimal>; 3]) -> Option<RateRow> {
    let gross = decided[2]?;
    let vat = decided[1].or_else(|| decided[0].map(|net| gross - net)).filter(|vat| !vat.is_zero())?;
    let net = gross - vat;
    let mut rates: Vec<Decimal> = found.amounts.iter().filter(|a| a.amount.percent).map(|a| a.amount.value).collect();
    rates.extend((0..sheet.rows.len() as u32).filter_map(|row| super::vat::rate_in_words(sheet, row)));
    let rate = rates.into_iter().find(|rate| !rate.is_zero() && super::vat::fits(net, *rate, vat))?;
    let at = found.amounts.iter().rfind(|a| a.amount.value == vat && a.amount.decimals && !a.amount.percent);
    let at = at.or_else(|| found.amounts.iter().rfind(|a| a.amount.value == gross))?;
    Some(RateRow { rate: Some(rate), net, vat, gross: Some(gross), row: at.row, bbox: at.bbox, proven: true })
}

fn choice(sheet: &Sheet<'_>, found: &Candidates, option: &Ranked, all: &[Ranked], bonus: f32) -> Choice {
    let place = |at: &AmountAt| (Some(sheet.page_number(at.row)), Some(at.bbox), Some(sheet.text(at.words.clone())));
    let (page, bbox, raw) = option.at.map_or((None, None, None), |i| place(&found.amounts[i]));
    let alternatives = all
        .iter()
        .filter(|o| o.value != option.value)
        .take(3)
        .map(|o| Choice {
            value: o.value.to_string(),
            score: o.score,
            page: o.at.map(|i| sheet.page_number(found.amounts[i].row)),
            bbox: o.at.map(|i| found.amounts[i].bbox),
            raw: None,
            alternatives: Vec::new(),
        })
        .collect::<Vec<_>>();
    Choice { value: option.value.to_string(), score: option.score + bonus, page, bbox, raw, alternatives }
}

fn from_rows(sheet: &Sheet<'_>, block: &RateBlock, value: Decimal, score: f32) -> Choice {
    let bbox = block.rows.iter().map(|r| r.bbox).reduce(crate::page::Box::union);
    let page = block.rows.first().map(|r| sheet.page_number(r.row));
    Choice { value: value.to_string(), score: block.score + score, page, bbox, raw: None, alternatives: Vec::new() }
}
