//! Which amounts and which VAT table make the most consistent whole.

use rust_decimal::Decimal;

use super::Ranked;
use super::untaxed::Printed;
use crate::extract::vat::RateBlock;
use crate::extract::weights::Weights;

/// Which of the options for net, tax and gross amount go with which VAT table; each by its index.
#[derive(Clone, Debug, Default)]
pub(super) struct Combination {
    pub net: Option<usize>,
    pub vat: Option<usize>,
    pub gross: Option<usize>,
    pub block: Option<usize>,
    pub score: f32,
    pub closes: bool,
    pub rows_close: bool,
    /// What the rows of the VAT table leave of the net total: the base of what bears no tax.
    pub untaxed: Option<Decimal>,
}

/// Tries all combinations of net, tax, gross and VAT table.
pub(super) fn combine(options: &[Vec<Ranked>], blocks: &[RateBlock], printed: &Printed, weights: &Weights) -> Combination {
    let mut best = Combination { score: f32::MIN, ..Combination::default() };
    let with_none = |n: usize| (0..n).map(Some).chain(std::iter::once(None));
    for block in with_none(blocks.len()) {
        for net in with_none(options[0].len()) {
            for vat in with_none(options[1].len()) {
                for gross in with_none(options[2].len() + options[3].len().min(3)) {
                    let tried = judge(options, blocks, (net, vat, gross, block), printed, weights);
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
pub(super) fn gross_option(options: &[Vec<Ranked>], index: usize) -> (&Ranked, f32) {
    let own = options[2].len();
    if index < own { (&options[2][index], 0.0) } else { (&options[3][index - own], -1.5) }
}

fn judge(
    options: &[Vec<Ranked>],
    blocks: &[RateBlock],
    (net, vat, gross, block): (Option<usize>, Option<usize>, Option<usize>, Option<usize>),
    printed: &Printed,
    weights: &Weights,
) -> Combination {
    let n = net.map(|i| &options[0][i]);
    let v = vat.map(|i| &options[1][i]);
    let g = gross.map(|i| gross_option(options, i));
    let mut score = n.map_or(0.0, |o| o.score) + v.map_or(0.0, |o| o.score) + g.map_or(0.0, |(o, minus)| o.score + minus);
    let near = |a: Decimal, b: Decimal| (a - b).abs() <= Decimal::new(2, 2);
    let mut closes = false;
    // A subtotal that is the total proves no tax of zero where another tax is printed.
    let taxed = options[1].iter().any(|o| o.value > Decimal::ZERO && o.score > 3.5);
    let no_tax = v.is_none_or(|v| v.value.is_zero()) && matches!((n, g), (Some(n), Some((g, _))) if n.value == g.value);
    score -= if no_tax && taxed { weights.does_not_close + weights.closes * 0.5 } else { 0.0 };
    match (n, v, g) {
        (Some(n), Some(v), Some((g, _))) => {
            let rounding = options[6].first().map(|r| r.value).filter(|r| r.abs() < Decimal::ONE).unwrap_or_default();
            let exact = n.value + v.value == g.value;
            closes = near(n.value + v.value, g.value) || near(n.value + v.value + rounding, g.value);
            score -= if closes && !exact { INEXACT } else { 0.0 };
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
    let values = [n.map(|n| n.value), v.map(|v| v.value), g.map(|(g, _)| g.value)];
    let rows = block.map(|b| beside_rows(&blocks[b], values, closes, printed, weights)).unwrap_or_default();
    Combination {
        net,
        vat,
        gross,
        block,
        score: score + rows.score,
        closes: closes || rows.closes,
        rows_close: rows.close,
        untaxed: rows.untaxed,
    }
}

/// What a VAT table says of totals.
#[derive(Default)]
struct Beside {
    score: f32,
    /// The rows add up to the totals.
    close: bool,
    /// The totals close with what bears no tax.
    closes: bool,
    untaxed: Option<Decimal>,
}

/// Lays the rows of a VAT table beside net, tax and gross amount.
fn beside_rows(block: &RateBlock, [n, v, g]: [Option<Decimal>; 3], closes: bool, printed: &Printed, weights: &Weights) -> Beside {
    let (sum_net, sum_vat) = (block.net(), block.vat());
    let slack = Decimal::new(2, 2) * Decimal::from(block.rows.len().max(1));
    let within = |a: Decimal, b: Decimal| (a - b).abs() <= slack;
    let mut beside = Beside { score: block.score, ..Beside::default() };
    // Rows that prove nothing themselves support little.
    let trust = if block.rows.iter().any(|r| r.proven) { 1.0 } else { 0.4 };
    let vat_fits = v.map(|v| within(v, sum_vat));
    if vat_fits == Some(true) && !sum_vat.is_zero() {
        // Where all the tax is accounted for, what is left of the base bears none, if it is printed too.
        let net_total = n.or_else(|| Some(g? - v?).filter(|_| printed.exempt));
        let rest = net_total.map(|total| total - sum_net).filter(|rest| rest.abs() > slack);
        let rest = rest.filter(|rest| rest.is_sign_negative() == sum_net.is_sign_negative());
        beside.untaxed = rest.filter(|rest| printed.values.contains(rest));
    }
    // `Imponibile 2.152,80, IVA 473,62, Anticipazioni escluse 98,00, Totale 2.724,42`: the labelled base is that of the tax alone.
    if let (Some(n), Some(v), Some(g), false, Some(true)) = (n, v, g, closes, vat_fits) {
        let more = g - n - v;
        if within(n, sum_net) && more > Decimal::ZERO && printed.exempt && printed.values.contains(&more) {
            beside.untaxed = Some(more);
            beside.closes = true;
            beside.score += weights.does_not_close + weights.closes * 0.5;
        }
    }
    let base = sum_net + beside.untaxed.unwrap_or_default();
    let net_fits = n.map(|n| within(n, base) || (beside.untaxed.is_some() && within(n, sum_net)));
    let gross_fits = g.map(|g| within(g, base + sum_vat));
    beside.score -= if beside.untaxed.is_some() { UNTAXED } else { 0.0 };
    beside.close = gross_fits == Some(true) || (net_fits == Some(true) && vat_fits == Some(true));
    // A base or tax that rows contradict which make up the total is none.
    let misfit = if gross_fits == Some(true) && trust == 1.0 { 1.0 } else { 0.6 };
    for fit in [net_fits, vat_fits, gross_fits].into_iter().flatten() {
        beside.score += if fit { weights.rows_close * 0.6 * trust } else { -weights.rows_close * misfit };
    }
    beside
}

/// A sum that holds but for a rounding is a little less likely than one that holds.
const INEXACT: f32 = 1.0;

/// Rows that account for everything are likelier than rows that leave something untaxed.
const UNTAXED: f32 = 1.0;
