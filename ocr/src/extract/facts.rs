//! What a label simply states: how it is paid, the kind of note, the exchange rate and the tax in the accounting currency.

use super::after::{self, Place};
use super::bind::{self, Relation};
use super::candidate::Candidates;
use super::labels::{Hit, Labels};
use super::pick::Choice;
use super::sheet::Sheet;
use super::weights::Weights;
use crate::reading::FieldName;
use crate::vocab::Label;

/// All of them; `currency` is the paper's.
pub(super) fn decide(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    found: &Candidates,
    currency: Option<&str>,
    weights: &Weights,
) -> Vec<(FieldName, Choice)> {
    let mut out = Vec::new();
    for field in [FieldName::PaymentMeans, FieldName::TypeCode, FieldName::SpvId] {
        out.extend(stated(sheet, labels, field, weights).map(|c| (field, c)));
    }
    for field in [FieldName::ExchangeRate, FieldName::TotalVatAccounting] {
        out.extend(amount(sheet, labels, found, field, weights).map(|c| (field, c)));
    }
    let home = labels.language.and_then(|l| labels.vocab.languages()[usize::from(l)].currency.clone());
    if let (Some((_, from)), Some(home)) = (out.iter().find(|(f, _)| *f == FieldName::TotalVatAccounting), home)
        && currency.is_some_and(|c| c != home)
    {
        out.push((FieldName::AccountingCurrency, Choice { value: home, alternatives: Vec::new(), ..from.clone() }));
    }
    out
}

/// The words after a label, of a form that the field allows.
fn stated(sheet: &Sheet<'_>, labels: &Labels<'_>, field: FieldName, weights: &Weights) -> Option<Choice> {
    let mut best: Option<Choice> = None;
    for hit in &labels.hits {
        let Some((_, trust)) = labels.means(hit, |l| l == Label::Field(field)).filter(|(m, w)| !m.weak && *w >= 0.6) else {
            continue;
        };
        for place in after::after(sheet, labels, hit).into_iter().filter(|p| p.place != Place::Below) {
            let Some(end) = end_of(sheet, labels, hit, &place.words) else { continue };
            let words = place.words.start..end;
            let text = sheet.text(words.clone());
            let text = text.trim_matches(|c: char| !c.is_alphanumeric() && c != ')');
            if !is_form(field, text) {
                continue;
            }
            let score = (weights.inline + weights.strong_label) * trust;
            if best.as_ref().is_none_or(|b| score > b.score) {
                let page = Some(sheet.page_number(hit.row));
                let (bbox, raw) = (Some(sheet.bbox(words.clone())), Some(sheet.text(words)));
                best = Some(Choice { value: text.to_owned(), score, page, bbox, raw, alternatives: Vec::new() });
            }
            break;
        }
    }
    best
}

/// Up to five words, ended by another label or the end of a sentence.
fn end_of(sheet: &Sheet<'_>, labels: &Labels<'_>, hit: &Hit, words: &std::ops::Range<u32>) -> Option<u32> {
    let row = sheet.words.get(words.start as usize)?.row;
    for word in words.clone().take(5) {
        let label = labels
            .row(row)
            .iter()
            .any(|h| h.words.start == word && h.words.start != hit.words.start && h.colon && after::blocks(labels, h));
        if label && word > words.start {
            return Some(word);
        }
        if sheet.words[word as usize].token.text.ends_with(['.', ',', ';']) {
            return Some(word + 1);
        }
    }
    Some(words.end.min(words.start + 5))
}

fn is_form(field: FieldName, text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    match field {
        FieldName::PaymentMeans => letters >= 3 && digits <= 3 && text.chars().count() <= 40 && !text.contains(':'),
        FieldName::TypeCode => {
            (digits == 3 && letters == 0)
                || (letters >= 2 && text.len() <= 20 && text.chars().all(|c| c.is_uppercase() || c == '_'))
        }
        _ => digits >= 6 && letters == 0 && text.len() <= 12,
    }
}

/// The amount a label points at directly.
fn amount(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, field: FieldName, weights: &Weights) -> Option<Choice> {
    let binds = bind::amounts(sheet, labels, found, |l| l == Label::Field(field));
    let near = binds.iter().filter(|b| matches!(b.relation, Relation::Inline | Relation::Right(0) | Relation::Below(0)));
    let mut best: Option<Choice> = None;
    for bind in near {
        let (hit, at) = (&labels.hits[bind.hit as usize], &found.amounts[bind.value as usize]);
        let Some((meaning, trust)) = labels.means(hit, |l| l == Label::Field(field)) else { continue };
        if !at.amount.decimals && at.amount.value.scale() == 0 || at.amount.percent || meaning.weak {
            continue;
        }
        let score = bind.evidence(weights, meaning.weak, trust, hit);
        if score > 2.0 && best.as_ref().is_none_or(|b| score > b.score) {
            best = Some(Choice {
                value: at.amount.value.to_string(),
                score,
                page: Some(sheet.page_number(at.row)),
                bbox: Some(at.bbox),
                raw: Some(sheet.text(at.words.clone())),
                alternatives: Vec::new(),
            });
        }
    }
    best
}
