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

/// What speaks for an instalment before the one above it.
const LATER: f32 = 0.3;

/// Evidence for issue, sale, due and for being some other date.
fn score_all(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, context: &Context, weights: &Weights) -> Vec<[f32; 4]> {
    let wanted = |l: Label| l == Label::OtherDate || matches!(l, Label::Field(f) if ROLES.contains(&f));
    let mut scores = vec![[0f32; 4]; found.dates.len()];
    for bind in bind::dates(sheet, labels, found, wanted) {
        let hit = &labels.hits[bind.hit as usize];
        let at = &found.dates[bind.value as usize];
        // Instalments stand under their heading, each with its amount: the last of them settles the paper.
        let further = matches!(bind.relation, Relation::Below(1..));
        if further && !lists_amounts(found, at.row) {
            continue;
        }
        for meaning in labels.meanings(hit) {
            let role = match meaning.label {
                Label::Field(field) => ROLES.iter().position(|r| *r == field),
                Label::OtherDate => Some(3),
                _ => None,
            };
            // `do faktury nr 7 z dnia 3.10.2025`: the date of what is referred to.
            let role = role.filter(|r| *r == 2 || !further);
            let role = role.map(|r| if r == 2 && is_early(sheet, labels, found, at) { 3 } else { r });
            let role = role.map(|r| if r == 0 && is_reference(sheet, labels, found, hit) { 3 } else { r });
            if let Some(role) = role {
                // A linking word within a sentence dates whatever stands before it.
                let weak = meaning.weak || (role == 0 && links(sheet, labels, hit) && !hit.leads && !names_paper(labels, hit));
                let evidence = bind.evidence(weights, weak, labels.trust(meaning.language), hit);
                let last =
                    if let Relation::Below(n @ 1..) = bind.relation { (weights.below_step + LATER) * f32::from(n) } else { 0.0 };
                let slot = &mut scores[bind.value as usize][role];
                *slot = slot.max(evidence + last);
            }
        }
    }
    from_titles(sheet, labels, found, &mut scores, weights);
    from_datelines(sheet, labels, found, &mut scores, weights);
    not_of_periods(sheet, labels, found, &mut scores);
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

/// A word like `z dnia` behind the number of another paper, also where the line was broken between them; or behind one in a row of
/// amounts, which lists what was deducted before.
fn is_reference(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, hit: &Hit) -> bool {
    if !links(sheet, labels, hit) {
        return false;
    }
    if hit.leads {
        return refers_above(sheet, labels, hit);
    }
    lists_amounts(found, hit.row) || labels.owner(hit).is_some_and(|(l, _)| l != Label::Field(FieldName::InvoiceNumber))
}

/// Whether a label is no more than a word that joins a date to what stands before it.
fn links(sheet: &Sheet<'_>, labels: &Labels<'_>, hit: &Hit) -> bool {
    let text: String = hit.words.clone().map(|w| crate::vocab::compact(sheet.folded(w))).collect();
    labels.vocab.links_date(&text)
}

/// Whether the paper's own name or number stands before a label in its cell.
fn names_paper(labels: &Labels<'_>, hit: &Hit) -> bool {
    let own = |l: Label| matches!(l, Label::Type(_) | Label::Field(FieldName::InvoiceNumber));
    let mut before = labels.row(hit.row).iter().filter(|h| h.cell == hit.cell && h.words.end <= hit.words.start);
    before.any(|h| labels.is(h, own))
}

/// `zur Rechnung 471102` with `vom 05.03.2018` under it; `substitui o RPS Nº 1522,` with `emitido em 05/11/2025` under it.
fn refers_above(sheet: &Sheet<'_>, labels: &Labels<'_>, hit: &Hit) -> bool {
    let Some(above) = hit.row.checked_sub(1).filter(|r| sheet.row(*r).page == sheet.row(hit.row).page) else { return false };
    let (left, height) = (sheet.cell(hit.cell).bbox.left, hit.bbox.height().max(4.0));
    let Some(cell) = sheet.row(above).cells.clone().find(|c| (sheet.cell(*c).bbox.left - left).abs() < 0.5 * height) else {
        return false;
    };
    let goes_on = sheet.words[sheet.cell(cell).words.end as usize - 1].token.text.ends_with(',');
    let refers = |l: Label| l == Label::Field(FieldName::PrecedingInvoice) || (goes_on && l == Label::OtherNumber);
    hit.bbox.top - sheet.row(above).bbox.bottom < height
        && labels.row(above).iter().any(|h| h.cell == cell && labels.is(h, refers))
}

/// `bei Zahlung bis 14.11.2025 2 % Skonto, ohne Abzug bis 04.12.2025`: until the first of them less is taken for all.
fn is_early(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, at: &DateAt) -> bool {
    let cell = sheet.cell(sheet.words[at.words.start as usize].cell).words.clone();
    let printed = |w: u32| sheet.words[w as usize].token.text.as_str();
    let ends = |w: &u32| {
        // A longer word than an abbreviation, and a capital after it.
        let stops = |text: &str| text.ends_with('.') && text.chars().filter(|c| c.is_alphabetic()).count() > 3;
        printed(*w).ends_with([',', ';'])
            || (stops(printed(*w)) && *w + 1 < cell.end && printed(*w + 1).starts_with(char::is_uppercase))
    };
    let dates = || found.dates_in(at.row).map(|d| found.dates[d].words.start);
    let next = dates().find(|d| *d > at.words.start).unwrap_or(cell.end).min(cell.end);
    let end = (at.words.end - 1..next).find(ends).map_or(next, |w| w + 1);
    let first = !dates().any(|d| cell.contains(&d) && d < at.words.start);
    let start = (cell.start..at.words.start).rev().find(ends).map_or(cell.start, |w| w + 1);
    let clause = if first { start..end } else { at.words.end..end };
    labels.row(at.row).iter().any(|h| clause.contains(&h.words.start) && labels.is(h, |l| l == Label::EarlyPayment))
}

/// Whether money stands in a row.
fn lists_amounts(found: &Candidates, row: u32) -> bool {
    found.amounts_in(row).any(|i| found.amounts[i].amount.decimals && !found.amounts[i].amount.percent)
}

/// `Rybnik, dn. 06.11.2025`, `Bremen, den 3. September 2025`: a place and a date, alone in their cell, say where and when a paper was
/// written.
fn from_datelines(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, scores: &mut [[f32; 4]], weights: &Weights) {
    for (index, at) in found.dates.iter().enumerate() {
        let cell = sheet.cell(sheet.words[at.words.start as usize].cell).words.clone();
        let printed = |w: u32| sheet.words[w as usize].token.text.as_str();
        let Some(comma) = (cell.start..at.words.start).rev().find(|w| printed(*w).ends_with(',')) else { continue };
        let link: String = (comma + 1..at.words.start).map(|w| crate::vocab::compact(sheet.folded(w))).collect();
        let place = cell.start..comma + 1;
        let named = place.len() <= 4
            && printed(place.start).starts_with(char::is_uppercase)
            && place.clone().all(|w| !printed(w).contains(|c: char| c.is_ascii_digit() || c == ':'));
        // `12 marca 2026 r.`
        let alone = (at.words.end..cell.end).all(|w| crate::vocab::compact(sheet.folded(w)).len() <= 1);
        let labelled = labels.row(at.row).iter().any(|h| {
            place.contains(&h.words.start)
                && labels.is(h, |l| matches!(l, Label::OtherDate | Label::Field(_) | Label::OtherNumber))
        });
        if named && alone && !labelled && (link.is_empty() || labels.vocab.links_date(&link)) {
            scores[index][0] = scores[index][0].max(weights.inline + weights.weak_label + 2.0 * weights.clean_label);
        }
    }
}

/// `01.11.2024 bis 31.10.2025`, `Nov 3 – Dec 3, 2025`: the ends of a period are neither when a paper was issued nor when it is due.
fn not_of_periods(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, scores: &mut [[f32; 4]]) {
    let is_dash = |w: u32| matches!(sheet.words[w as usize].token.text.as_str(), "-" | "–" | "—" | "÷");
    let joins = |words: std::ops::Range<u32>| {
        let text: String = words.clone().map(|w| crate::vocab::compact(sheet.folded(w))).collect();
        (words.len() == 1 && is_dash(words.start)) || labels.vocab.joins_period(&text)
    };
    for (index, at) in found.dates.iter().enumerate() {
        let start = at.words.start;
        let row = sheet.row(at.row).words.start;
        let before = index.checked_sub(1).filter(|b| {
            let other = &found.dates[*b];
            let near = other.row == at.row || (other.row + 1 == at.row && start == row);
            near && other.found.date < at.found.date && joins(other.words.end..start)
        });
        // A day and month whose year is that of the end.
        let part = || start >= row + 2 && is_dash(start - 1) && is_day(sheet, labels, row..start - 1);
        if before.is_some() || part() {
            for end in before.into_iter().chain([index]) {
                let [issue, _, due, other] = &mut scores[end];
                (*issue, *due, *other) = (0.0, 0.0, other.max(4.0));
            }
        }
    }
}

/// Words that end in a day and its month: `03.10.`, `Nov 3`, `3 Nov`.
fn is_day(sheet: &Sheet<'_>, labels: &Labels<'_>, words: std::ops::Range<u32>) -> bool {
    let last = sheet.folded(words.end - 1);
    let number = |text: &str| text.len() <= 3 && text.trim_end_matches('.').parse::<u8>().is_ok_and(|day| day <= 31);
    let month = |text: &str| labels.vocab.months().contains_key(text.trim_end_matches('.'));
    let parts: Vec<&str> = last.split(['.', '/']).filter(|p| !p.is_empty()).collect();
    if parts.len() == 2 && parts.iter().all(|p| number(p)) {
        return true;
    }
    words.len() >= 2 && {
        let first = sheet.folded(words.end - 2);
        (month(first) && number(last)) || (number(first) && month(last))
    }
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
        let cell = sheet.words[at.words.start as usize].cell;
        let said = if cell == hit.cell {
            weights.inline + weights.strong_label
        } else if cell == hit.cell + 1 && sheet.cell(cell).words == at.words {
            // `Rechnung Nr. 25/00733      18.11.2025`
            weights.right + weights.weak_label
        } else {
            continue;
        };
        if numbered && !labelled && !referred && !lists_amounts(found, hit.row) && between.len() <= 6 {
            scores[first][0] = scores[first][0].max(said);
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
