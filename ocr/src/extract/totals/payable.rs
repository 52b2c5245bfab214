//! What is to be paid: labelled, or what an advance, a withholding, a balance carried over leave of the total.

use rust_decimal::Decimal;

use super::{Ranked, Totals, choice, is_money};
use crate::extract::candidate::Candidates;
use crate::extract::pick::Choice;
use crate::extract::sheet::Sheet;
use crate::extract::weights::Weights;
use crate::reading::FieldName;

/// What an amount that only its place and its value explain counts.
const REST: f32 = 2.0;

/// Decides what is to be paid, and what was paid; where nothing says so, it is the total.
pub(super) fn decide(
    sheet: &Sheet<'_>,
    found: &Candidates,
    options: &[Vec<Ranked>],
    others: &[f32],
    decided: &[Option<Decimal>; 3],
    totals: &mut Totals,
    weights: &Weights,
) {
    let gross = decided[2];
    let paid = options[4].first().filter(|o| o.score > 2.0);
    let expected = gross.map_or(Vec::new(), |g| expected(options, g));
    let balanced = gross.map_or(Vec::new(), |g| balanced(found, others, [&options[4], &options[5]], decided, g));
    let rest = gross.and_then(|g| rest_below(found, decided, g));
    let mut ranked: Vec<Ranked> = options[3].clone();
    ranked.extend(rest.clone().filter(|rest| options[3].iter().all(|o| o.value != rest.value)));
    for option in &mut ranked {
        option.score += weights.closes
            * match expected.iter().position(|e| *e == option.value) {
                Some(0) => 0.5,
                _ if balanced.contains(&option.value) => 1.0,
                Some(_) => 0.6,
                None => 0.0,
            };
    }
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    let is_rest = |value: &Decimal| rest.as_ref().is_some_and(|rest| rest.value == *value);
    let explained = |value: &Decimal| expected.contains(value) || balanced.contains(value) || is_rest(value);
    if let Some(best) = ranked.first().filter(|o| o.score > if expected.is_empty() || explained(&o.value) { 1.0 } else { 4.5 }) {
        let bonus = if explained(&best.value) { weights.closes * 0.5 } else { 0.0 };
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

/// The total, and the total less what was paid or withheld.
fn expected(options: &[Vec<Ranked>], gross: Decimal) -> Vec<Decimal> {
    let sure = |role: usize| options[role].first().filter(|o| o.score > 2.0).map_or(Decimal::ZERO, |o| o.value.abs());
    let (paid, withheld) = (sure(4), sure(5));
    vec![gross, gross - paid, gross - withheld, gross - paid - withheld]
}

/// What the total comes to with one or two of the amounts that are called a balance, arrears, interest, a payment or withheld.
fn balanced(
    found: &Candidates,
    others: &[f32],
    less: [&[Ranked]; 2],
    decided: &[Option<Decimal>; 3],
    gross: Decimal,
) -> Vec<Decimal> {
    let mut named: Vec<Decimal> = Vec::new();
    let called = found.amounts.iter().enumerate().filter(|(i, a)| others[*i] > 2.0 && is_money(a)).map(|(_, a)| a.amount.value);
    let less = less.into_iter().flatten().filter(|o| o.score > 2.0).map(|o| o.value);
    for value in called.chain(less).map(|v| v.abs()) {
        if !value.is_zero() && !decided.contains(&Some(value)) && !named.contains(&value) && named.len() < 8 {
            named.push(value);
        }
    }
    let mut out = Vec::new();
    for (index, a) in named.iter().enumerate() {
        out.extend([gross + a, gross - a]);
        for b in &named[index + 1..] {
            out.extend([gross + a + b, gross + a - b, gross - a + b, gross - a - b]);
        }
    }
    out
}

/// The total, what comes off it, and what is left, one under the other: what is left is to be paid, whatever it is called.
fn rest_below(found: &Candidates, decided: &[Option<Decimal>; 3], gross: Decimal) -> Option<Ranked> {
    let under = |total: usize| {
        let (right, row) = (found.amounts[total].bbox.right, found.amounts[total].row);
        let mut column = (total + 1..found.amounts.len()).filter(move |i| {
            let at = &found.amounts[*i];
            is_money(at) && at.row > row && at.row <= row + 4 && (at.bbox.right - right).abs() < 3.0
        });
        Some((column.next()?, column.next()?))
    };
    let totals = (0..found.amounts.len()).filter(|i| found.amounts[*i].amount.value == gross && is_money(&found.amounts[*i]));
    totals.filter_map(under).find_map(|(less, left)| {
        let (off, rest) = (found.amounts[less].amount.value.abs(), found.amounts[left].amount.value);
        let leaves = gross > Decimal::ZERO && !off.is_zero() && gross - off == rest && !decided.contains(&Some(off));
        leaves.then_some(Ranked { value: rest, score: REST, at: Some(left) })
    })
}
