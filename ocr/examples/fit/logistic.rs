//! Logistic regression with weights for each kind of value that are drawn towards common ones, and what it gives for groups it has
//! not seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use ocr::extract::{FEATURES, Kind, Model};

use super::Given;

const COUNT: usize = FEATURES.len();
/// How strongly all weights are drawn to zero, and a kind's to the common ones.
const SHRINK: f32 = 0.5;
const TOGETHER: f32 = 6.0;
/// The least that a proof speaks for a value.
const PROOF: f32 = 0.3;
/// The share of values given with 0.9 or more that must be right: above the promised 0.99, for the interval and for sets unlike these.
const SURE_RIGHT: f32 = 0.997;

/// The model fitted on everything, and for each value the confidence of a model that has not seen its group.
pub fn cross_validated(given: &[Given]) -> (Model, Vec<f32>) {
    let groups: BTreeSet<&str> = given.iter().map(|g| g.group.as_str()).collect();
    let order: BTreeMap<&str, usize> = groups.iter().enumerate().map(|(i, g)| (*g, i)).collect();
    let votes = votes(given);
    let folds = groups.len().clamp(2, 12);
    let mut logits = vec![0f32; given.len()];
    for fold in 0..folds {
        let held = |g: &Given| order[g.group.as_str()] % folds == fold;
        let weights = fit(given.iter().zip(&votes).filter(|(g, _)| !held(g)));
        for (slot, value) in logits.iter_mut().zip(given).filter(|(_, g)| held(g)) {
            *slot = logit(&weights, value);
        }
    }
    let shift = caution(given, &votes, &logits);
    let mut weights = fit(given.iter().zip(&votes));
    weights.values_mut().for_each(|w| w[0] -= shift);
    let held_out = logits.iter().map(|x| sigmoid(x - shift)).collect();
    (Model { weights }, held_out)
}

/// How much each value counts. The promise is about layouts never seen, so a hundred papers of one layout do not count a hundred times
/// one paper of another; but more papers of it say more: a group counts as the root of its values. One on average.
fn votes(given: &[Given]) -> Vec<f32> {
    let mut count: BTreeMap<&str, f32> = BTreeMap::new();
    given.iter().for_each(|g| *count.entry(g.group.as_str()).or_default() += 1.0);
    let all: f32 = count.values().map(|n| n.sqrt()).sum();
    given.iter().map(|g| given.len() as f32 / all / count[g.group.as_str()].sqrt()).collect()
}

type Weights = BTreeMap<Kind, [f32; COUNT]>;

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

fn logit(weights: &Weights, value: &Given) -> f32 {
    weights[&Kind::of(value.evidence.field)].iter().zip(&value.evidence.features).map(|(w, f)| w * f).sum()
}

/// How far all logits must be lowered for a confidence of 0.9 to keep its promise on groups that were not seen.
fn caution(given: &[Given], votes: &[f32], logits: &[f32]) -> f32 {
    let mut ranked: Vec<(f32, f32, bool)> =
        logits.iter().zip(votes).zip(given).map(|((x, vote), value)| (*x, *vote, value.right)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut right, mut all, mut cut) = (0f32, 0f32, f32::MAX);
    for (x, vote, ok) in &ranked {
        all += vote;
        right += if *ok { *vote } else { 0.0 };
        if right >= SURE_RIGHT * all {
            cut = *x;
        }
    }
    let sure = (0.9f32 / 0.1).ln();
    (cut - sure).clamp(-1.0, 4.0)
}

/// Gradient descent with momentum on the penalised log loss; a proof never speaks against a value.
#[allow(clippy::needless_range_loop)] // the same index goes through three arrays
fn fit<'g>(given: impl Iterator<Item = (&'g Given, &'g f32)>) -> Weights {
    let rows: Vec<(&Given, &f32)> = given.collect();
    let mut common = [0f32; COUNT];
    let mut own: BTreeMap<Kind, [f32; COUNT]> = Kind::ALL.iter().map(|k| (*k, [0f32; COUNT])).collect();
    let (mut speed_common, mut speed_own) = (common, own.clone());
    let total = rows.len().max(1) as f32;
    for _ in 0..1500 {
        let mut slope_common = common.map(|w| SHRINK * w / total);
        let mut slope_own: BTreeMap<Kind, [f32; COUNT]> =
            own.iter().map(|(k, w)| (*k, w.map(|w| TOGETHER * w / total))).collect();
        for (row, vote) in &rows {
            let kind = Kind::of(row.evidence.field);
            let x: f32 = (0..COUNT).map(|i| (common[i] + own[&kind][i]) * row.evidence.features[i]).sum();
            let error = *vote * (sigmoid(x) - f32::from(u8::from(row.right))) / total;
            let slopes = slope_own.entry(kind).or_default();
            for i in 0..COUNT {
                slope_common[i] += error * row.evidence.features[i];
                slopes[i] += error * row.evidence.features[i];
            }
        }
        for i in 0..COUNT {
            speed_common[i] = 0.9 * speed_common[i] - 0.4 * slope_common[i];
            common[i] += speed_common[i];
        }
        for (kind, weights) in &mut own {
            for i in 0..COUNT {
                let speed = &mut speed_own.entry(*kind).or_default()[i];
                *speed = 0.9 * *speed - 0.4 * slope_own[kind][i];
                weights[i] += *speed;
            }
        }
    }
    let whole = |own: [f32; COUNT]| {
        let mut sum = common;
        sum.iter_mut().zip(own).for_each(|(s, o)| *s += o);
        // Score, margin, proof and repetition speak for a value or not at all, a proof always somewhat; OCR and a bare paper never do.
        sum[1..5].iter_mut().for_each(|w| *w = w.max(0.0));
        sum[3] = sum[3].max(PROOF);
        sum[6..8].iter_mut().for_each(|w| *w = w.min(0.0));
        sum
    };
    own.into_iter().map(|(kind, weights)| (kind, whole(weights))).collect()
}

/// Writes the model as the file that is built in.
pub fn write(path: &Path, model: &Model) -> std::io::Result<()> {
    let mut out = format!("# Weights of what speaks for a value, by kind of value, in the order: {}.\n", FEATURES.join(", "));
    out.push_str("# Fitted by `make fit`.\n\n[weights]\n");
    for (kind, weights) in &model.weights {
        let name = serde_json::to_value(kind)?;
        let list: Vec<String> = weights.iter().map(|w| format!("{w:.3}")).collect();
        let _ = writeln!(out, "{} = [{}]", name.as_str().unwrap_or_default(), list.join(", "));
    }
    std::fs::write(path, out)
}
