//! The totals: the combination of labelled amounts that adds up best, judged together with the VAT table.

mod sums;

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

use sums::{bases_of_taxes, in_sum_rows, in_triples, sum_of_taxes};

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
    let best = combine(&options, blocks, weights);
    assemble(sheet, found, &options, &others, blocks, &best, weights)
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

#[derive(Clone, Debug, Default)]
struct Combination {
    net: Option<usize>,
    vat: Option<usize>,
    gross: Option<usize>,
    block: Option<usize>,
    score: f32,
    closes: bool,
    rows_close: bool,
}

/// Tries all combinations of net, tax, gross and VAT table.
fn combine(options: &[Vec<Ranked>], blocks: &[RateBlock], weights: &Weights) -> Combination {
    let mut best = Combination { score: f32::MIN, ..Combination::default() };
    let with_none = |n: usize| (0..n).map(Some).chain(std::iter::once(None));
    for block in with_none(blocks.len()) {
        for net in with_none(options[0].len()) {
            for vat in with_none(options[1].len()) {
                for gross in with_none(options[2].len() + options[3].len().min(3)) {
                    let tried = judge(options, blocks, (net, vat, gross, block), weights);
                    if tried.score > best.score + 1e-4 {
                        best = tried;
                    }
                }
            }
        }
    }
    best
}

/// The gross amount may also come from what is to be paid.
fn gross_option(options: &[Vec<Ranked>], index: usize) -> (&Ranked, f32) {
    let own = options[2].len();
    if index < own { (&options[2][index], 0.0) } else { (&options[3][index - own], -1.5) }
}

fn judge(
    options: &[Vec<Ranked>],
    blocks: &[RateBlock],
    (net, vat, gross, block): (Option<usize>, Option<usize>, Option<usize>, Option<usize>),
    weights: &Weights,
) -> Combination {
    let n = net.map(|i| &options[0][i]);
    let v = vat.map(|i| &options[1][i]);
    let g = gross.map(|i| gross_option(options, i));
    let mut score = n.map_or(0.0, |o| o.score) + v.map_or(0.0, |o| o.score) + g.map_or(0.0, |(o, minus)| o.score + minus);
    let near = |a: Decimal, b: Decimal| (a - b).abs() <= Decimal::new(2, 2);
    let mut closes = false;
    match (n, v, g) {
        (Some(n), Some(v), Some((g, _))) => {
            let rounding = options[6].first().map(|r| r.value).filter(|r| r.abs() < Decimal::ONE).unwrap_or_default();
            closes = near(n.value + v.value, g.value) || near(n.value + v.value + rounding, g.value);
            let trivial = v.value.is_zero() || n.value.is_zero();
            score += if closes { if trivial { weights.closes * 0.5 } else { weights.closes } } else { -weights.does_not_close };
            // Tax and total have one sign.
            if v.value.is_sign_negative() != g.value.is_sign_negative() && !v.value.is_zero() {
                score -= 2.0 * weights.does_not_close;
            }
            // All three from one place would be circular.
            if !v.value.is_zero() && n.at == g.at {
                score -= weights.does_not_close;
            }
        }
        (Some(n), None, Some((g, _))) if n.value.abs() > g.value.abs() => score -= weights.does_not_close * 0.5,
        (None, Some(v), Some((g, _))) if v.value.abs() > g.value.abs() * Decimal::new(3, 1) => {
            score -= weights.does_not_close * 0.5;
        }
        (Some(n), Some(v), None) if v.value.abs() > n.value.abs() * Decimal::new(4, 1) => score -= weights.does_not_close * 0.5,
        _ => {}
    }
    let mut rows_close = false;
    if let Some(block) = block.map(|b| &blocks[b]) {
        let (sum_net, sum_vat) = (block.net(), block.vat());
        let slack = Decimal::new(2, 2) * Decimal::from(block.rows.len().max(1));
        let within = |a: Decimal, b: Decimal| (a - b).abs() <= slack;
        score += block.score;
        // Rows that prove nothing themselves support little.
        let trust = if block.rows.iter().any(|r| r.proven) { 1.0 } else { 0.4 };
        let net_fits = n.map(|n| within(n.value, sum_net));
        let vat_fits = v.map(|v| within(v.value, sum_vat));
        let gross_fits = g.map(|(g, _)| within(g.value, sum_net + sum_vat));
        rows_close = gross_fits == Some(true) || (net_fits == Some(true) && vat_fits == Some(true));
        for fit in [net_fits, vat_fits, gross_fits].into_iter().flatten() {
            score += if fit { weights.rows_close * 0.6 * trust } else { -weights.rows_close * 0.6 };
        }
    }
    Combination { net, vat, gross, block, score, closes, rows_close }
}

#[allow(clippy::too_many_arguments)]
fn assemble(
    sheet: &Sheet<'_>,
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
    }
    payable(sheet, found, options, &decided, &mut totals, weights);
    for role in 5..ROLES.len() {
        if let Some(option) = options[role].first().filter(|o| o.score > 2.0 && !o.value.is_zero()) {
            totals.fields.push((ROLES[role], choice(sheet, found, option, &options[role], 0.0)));
        }
    }
    totals
}

/// `Valor total 130,98, Desconto 5,98, Valor a pagar 125,00`: where nothing was paid before, what a discount leaves to be paid is the total.
fn after_allowance(options: &[Vec<Ranked>], gross: &Ranked) -> Option<Ranked> {
    let allowance = options[7].first().filter(|o| o.score > 2.0 && !o.value.is_zero())?;
    let left = gross.value - allowance.value.abs();
    let paid = options[4].iter().any(|o| o.score > 2.0 && o.value.abs() == allowance.value.abs());
    options[3].iter().find(|o| o.value == left && !paid).cloned()
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

/// What is to be paid: labelled; else gross less what is paid and withheld.
fn payable(
    sheet: &Sheet<'_>,
    found: &Candidates,
    options: &[Vec<Ranked>],
    decided: &[Option<Decimal>; 3],
    totals: &mut Totals,
    weights: &Weights,
) {
    let gross = decided[2];
    let paid = options[4].first().filter(|o| o.score > 2.0);
    let withheld = options[5].first().filter(|o| o.score > 2.0);
    let expected: Vec<Decimal> = gross
        .map(|g| {
            let paid = paid.map_or(Decimal::ZERO, |p| p.value.abs());
            let withheld = withheld.map_or(Decimal::ZERO, |w| w.value.abs());
            vec![g, g - paid, g - withheld, g - paid - withheld]
        })
        .unwrap_or_default();
    let mut ranked: Vec<Ranked> = options[3].clone();
    for option in &mut ranked {
        if let Some(at) = expected.iter().position(|e| *e == option.value) {
            option.score += weights.closes * if at == 0 { 0.5 } else { 0.6 };
        }
    }
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    if let Some(best) =
        ranked.first().filter(|o| o.score > if expected.is_empty() || expected.contains(&o.value) { 1.0 } else { 4.5 })
    {
        let bonus = if expected.contains(&best.value) { weights.closes * 0.5 } else { 0.0 };
        totals.fields.push((FieldName::AmountPayable, choice(sheet, found, best, &ranked, bonus)));
        // A paid amount is believed where it explains the rest.
        if let (Some(paid), Some(gross)) = (paid, gross)
            && gross - paid.value.abs() == best.value
            && !paid.value.is_zero()
        {
            let paid = Ranked { value: paid.value.abs(), ..paid.clone() };
            totals.fields.push((FieldName::AmountPaid, choice(sheet, found, &paid, &options[4], weights.closes)));
        }
        return;
    }
    if let Some((_, gross)) = totals.fields.iter().find(|(f, _)| *f == FieldName::TotalGross) {
        let choice = Choice { score: gross.score - 0.5, alternatives: Vec::new(), ..gross.clone() };
        totals.fields.push((FieldName::AmountPayable, choice));
    }
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
