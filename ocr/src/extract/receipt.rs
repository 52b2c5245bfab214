//! What a till says beside the total: what was handed over, and what was given back. Their difference is the total, printed or
//! not, and a total that is smudged shows here once more.

use rust_decimal::Decimal;

use super::bind::{self, Relation};
use super::candidate::Candidates;
use super::labels::Labels;
use super::sheet::Sheet;
use crate::vocab::Label;

/// An amount that was paid, with its evidence in log-odds and the place where it is printed.
#[derive(Clone, Debug)]
pub(super) struct Paid {
    pub value: Decimal,
    pub score: f32,
    pub at: Option<usize>,
}

/// Handed over less given back is right wherever both are read right: two amounts seldom differ by a third one by chance.
const DIFFERENCE: f32 = 2.5;
/// The exact sum, with nothing given back.
const EXACT: f32 = 2.0;
/// Handed over, and nothing said of change: by card it is the total, in cash it may be more.
const TENDERED: f32 = 0.8;
/// The amount is printed elsewhere too.
const PRINTED: f32 = 1.5;

/// What may have been paid, from the labels of tills.
pub(super) fn paid(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates) -> Vec<Paid> {
    let (tendered, change) = (named(sheet, labels, found, Label::Tendered), named(sheet, labels, found, Label::Change));
    let value = |index: usize| found.amounts[index].amount.value;
    let mut out: Vec<Paid> = Vec::new();
    for &given in &tendered {
        if change.is_empty() {
            add(&mut out, found, value(given), TENDERED, &[given]);
        }
        for &back in &change {
            let back_value = value(back).abs();
            let (sum, score) = if back_value.is_zero() { (value(given), EXACT) } else { (value(given) - back_value, DIFFERENCE) };
            // Change is less than the largest note.
            if sum > Decimal::ZERO && back_value <= Decimal::from(500) {
                add(&mut out, found, sum, score, &[given, back]);
            }
        }
    }
    out
}

fn add(out: &mut Vec<Paid>, found: &Candidates, value: Decimal, score: f32, made_of: &[usize]) {
    let printed = (0..found.amounts.len()).find(|i| !made_of.contains(i) && found.amounts[*i].amount.value == value);
    let same = made_of.iter().copied().find(|i| found.amounts[*i].amount.value == value);
    let score = score + if printed.is_some() { PRINTED } else { 0.0 };
    match out.iter_mut().find(|p| p.value == value) {
        Some(known) => known.score = known.score.max(score) + 0.2,
        None => out.push(Paid { value, score, at: printed.or(same) }),
    }
}

/// The amounts that labels of one kind point at directly.
fn named(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, kind: Label) -> Vec<usize> {
    let mut out: Vec<usize> = Vec::new();
    for bind in bind::amounts(sheet, labels, found, |l| l == kind) {
        let at = &found.amounts[bind.value as usize].amount;
        let near = matches!(bind.relation, Relation::Inline | Relation::Right(0) | Relation::Below(0)) && bind.strangers < 3;
        if near && at.decimals && !at.percent && !out.contains(&(bind.value as usize)) {
            out.push(bind.value as usize);
        }
    }
    out
}
