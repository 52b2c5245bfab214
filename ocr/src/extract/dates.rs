//! Issue, sale and due date: labelled dates first, then what their order and place allow.

use jiff::civil::Date;

use super::bind::{self, Relation};
use super::candidate::{Candidates, DateAt};
use super::labels::{Hit, Labels};
use super::pick::Choice;
use super::sheet::Sheet;
use super::weights::Weights;
use crate::context::Context;
use crate::reading::FieldName;
use crate::vocab::Label;

const ROLES: [FieldName; 3] = [FieldName::IssueDate, FieldName::SaleDate, FieldName::DueDate];

#[derive(Clone, Debug)]
struct Ranked {
    date: Date,
    score: f32,
    at: usize,
}

/// Decides the three dates.
pub(super) fn decide(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    found: &Candidates,
    context: &Context,
    weights: &Weights,
) -> Vec<(FieldName, Choice)> {
    let scores = score_all(sheet, labels, found, context, weights);
    let mut ranked: Vec<Vec<Ranked>> = (0..3).map(|role| rank(found, &scores, role)).collect();
    if ranked[0].is_empty() {
        ranked[0] = unlabelled(sheet, found, &scores, weights);
    }
    let chosen = in_order(&ranked);
    let date = |role: usize| chosen[role].map(|best| ranked[role][best].date);
    let early = matches!((date(0), date(2)), (Some(issue), Some(due)) if due < issue);
    let mut out = Vec::new();
    for (role, pick) in chosen.into_iter().enumerate() {
        if let Some(best) = pick {
            let choice = choice(sheet, found, &ranked[role], best);
            // Whichever of the two is wrong, neither is sure.
            let doubt = if early && role != 1 { 2.0 * BEFORE } else { 0.0 };
            out.push((ROLES[role], Choice { score: choice.score - doubt, ..choice }));
        }
    }
    out
}

/// What speaks against a paper that is due before it is issued: less than against reading a date the other way round.
const BEFORE: f32 = 2.4;

/// Evidence for issue, sale, due and for being some other date.
fn score_all(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, context: &Context, weights: &Weights) -> Vec<[f32; 4]> {
    let wanted = |l: Label| l == Label::OtherDate || matches!(l, Label::Field(f) if ROLES.contains(&f));
    let mut scores = vec![[0f32; 4]; found.dates.len()];
    for bind in bind::dates(sheet, labels, found, wanted) {
        let hit = &labels.hits[bind.hit as usize];
        if matches!(bind.relation, Relation::Below(1..)) {
            continue;
        }
        for meaning in labels.meanings(hit) {
            let role = match meaning.label {
                Label::Field(field) => ROLES.iter().position(|r| *r == field),
                Label::OtherDate => Some(3),
                _ => None,
            };
            // `do faktury nr 7 z dnia 3.10.2025`: the date of what is referred to.
            let role = role.map(|r| if r == 0 && !hit.leads && is_reference(sheet, labels, hit) { 3 } else { r });
            if let Some(role) = role {
                let evidence = bind.evidence(weights, meaning.weak, labels.trust(meaning.language), hit);
                let slot = &mut scores[bind.value as usize][role];
                *slot = slot.max(evidence);
            }
        }
    }
    from_titles(sheet, labels, found, &mut scores, weights);
    let today: Option<Date> = context.today.as_deref().and_then(|t| t.parse().ok());
    for (index, at) in found.dates.iter().enumerate() {
        let other = scores[index][3];
        // The closest label has the last word: `Lieferscheindatum` against a `Datum` further off.
        let far = today.is_some_and(|t| (at.found.date.year() - t.year()).abs() > 2);
        for role in 0..3 {
            let rivals = (0..3).filter(|r| *r != role).map(|r| scores[index][r]).fold(0.0, f32::max);
            let slot = &mut scores[index][role];
            if *slot > 0.0 {
                *slot -= 0.8 * (other - 1.0).max(0.0) + 0.25 * (rivals - *slot).max(0.0);
                *slot -= (1.0 - at.found.confidence * sheet.confidence(at.words.clone())) * 2.0 + if far { 1.0 } else { 0.0 };
            }
        }
    }
    scores
}

/// A word like `z dnia` behind the number of another paper.
fn is_reference(sheet: &Sheet<'_>, labels: &Labels<'_>, hit: &Hit) -> bool {
    let text: String = hit.words.clone().map(|w| crate::vocab::compact(sheet.folded(w))).collect();
    labels.vocab.links_date(&text) && labels.owner(hit).is_some_and(|(l, _)| l != Label::Field(FieldName::InvoiceNumber))
}

/// `Rechnung Nr. 471102 vom 05.03.2018`: a date in the line that names the paper and its number is the issue date.
fn from_titles(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, scores: &mut [[f32; 4]], weights: &Weights) {
    for hit in labels.hits.iter().filter(|h| labels.means(h, |l| l == Label::Field(FieldName::InvoiceNumber)).is_some()) {
        let Some(first) = found.dates_in(hit.row).find(|d| found.dates[*d].words.start >= hit.words.end) else { continue };
        let at = &found.dates[first];
        let between = hit.words.end..at.words.start;
        let numbered = between.clone().any(|w| sheet.words[w as usize].token.text.contains(|c: char| c.is_ascii_digit()));
        let labelled = labels
            .row(hit.row)
            .iter()
            .any(|h| between.contains(&h.words.start) && labels.is(h, |l| matches!(l, Label::OtherDate | Label::Field(_))));
        let weak = labels.means(hit, |l| l == Label::Field(FieldName::InvoiceNumber)).is_some_and(|(m, _)| m.weak);
        let referred = weak && labels.owner(hit).is_some_and(|(l, _)| l != Label::Field(FieldName::InvoiceNumber));
        if numbered && !labelled && !referred && between.len() <= 6 && sheet.words[at.words.start as usize].cell == hit.cell {
            scores[first][0] = scores[first][0].max(weights.inline + weights.strong_label);
        }
    }
}

fn rank(found: &Candidates, scores: &[[f32; 4]], role: usize) -> Vec<Ranked> {
    let mut out: Vec<Ranked> = Vec::new();
    for (index, at) in found.dates.iter().enumerate() {
        add(&mut out, at.found.date, scores[index][role], index);
        if let Some(other) = at.found.other {
            add(&mut out, other, scores[index][role] - 2.5, index);
        }
    }
    out.retain(|r| r.score > 0.8);
    out.sort_by(|a, b| b.score.total_cmp(&a.score));
    out.truncate(5);
    out
}

fn add(out: &mut Vec<Ranked>, date: Date, score: f32, at: usize) {
    if score <= 0.0 {
        return;
    }
    match out.iter_mut().find(|r| r.date == date) {
        Some(known) => {
            let low = known.score.min(score);
            if score > known.score {
                known.at = at;
            }
            known.score = known.score.max(score) + 0.1 * low.min(4.0);
        }
        None => out.push(Ranked { date, score, at }),
    }
}

/// No label says issue date: the sale date, the most frequent one, the first on the paper.
fn unlabelled(sheet: &Sheet<'_>, found: &Candidates, scores: &[[f32; 4]], weights: &Weights) -> Vec<Ranked> {
    let mut out: Vec<Ranked> = Vec::new();
    let rows = sheet.rows.len().max(1) as f32;
    for (index, at) in found.dates.iter().enumerate() {
        let due = scores[index][2];
        let other = scores[index][3];
        let early = 1.0 - at.row as f32 / rows;
        let score = 1.2 + 0.6 * early + 0.3 * scores[index][1] - 0.5 * due - 0.5 * other - (1.0 - at.found.confidence) * 2.0;
        add(&mut out, at.found.date, score.max(0.05), index);
        if let Some(rival) = at.found.other {
            add(&mut out, rival, (score - 2.0).max(0.01), index);
        }
    }
    let _ = weights;
    out.sort_by(|a, b| b.score.total_cmp(&a.score));
    out.truncate(5);
    out
}

/// The best choice in which nothing is due before it is issued.
fn in_order(ranked: &[Vec<Ranked>]) -> [Option<usize>; 3] {
    let with_none = |n: usize| (0..n).map(Some).chain(std::iter::once(None));
    let mut best = ([None; 3], f32::MIN);
    for issue in with_none(ranked[0].len()) {
        for sale in with_none(ranked[1].len()) {
            for due in with_none(ranked[2].len()) {
                let at = |role: usize, i: Option<usize>| i.map(|i| &ranked[role][i]);
                let (i, s, d) = (at(0, issue), at(1, sale), at(2, due));
                let mut score: f32 = [i, s, d].iter().flatten().map(|r| r.score).sum();
                if let (Some(i), Some(d)) = (i, d) {
                    let days = (d.date - i.date).get_days();
                    score -= if days < 0 {
                        BEFORE
                    } else if days > 200 {
                        1.0
                    } else {
                        0.0
                    };
                }
                if let (Some(i), Some(s)) = (i, s) {
                    let days = (i.date - s.date).get_days();
                    score -= if !(-45..=400).contains(&days) { 1.0 } else { 0.0 };
                }
                if score > best.1 {
                    best = ([issue, sale, due], score);
                }
            }
        }
    }
    best.0
}

fn choice(sheet: &Sheet<'_>, found: &Candidates, ranked: &[Ranked], best: usize) -> Choice {
    let make = |r: &Ranked| {
        let at: &DateAt = &found.dates[r.at];
        Choice {
            value: r.date.to_string(),
            score: r.score,
            page: Some(sheet.page_number(at.row)),
            bbox: Some(at.bbox),
            raw: Some(sheet.text(at.words.clone())),
            alternatives: Vec::new(),
        }
    };
    let alternatives = ranked.iter().enumerate().filter(|(i, _)| *i != best).take(3).map(|(_, r)| make(r)).collect();
    Choice { alternatives, ..make(&ranked[best]) }
}
