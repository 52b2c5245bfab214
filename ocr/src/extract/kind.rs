//! What kind of paper it is, in which currency, with which legal marks and which taxes beside VAT.

use std::collections::BTreeMap;

use super::after;
use super::bind::{self, Relation};
use super::candidate::Candidates;
use super::labels::Labels;
use super::pick::Choice;
use super::sheet::Sheet;
use super::weights::Weights;
use crate::reading::{DocumentType, FieldName, Mark, Tax};
use crate::value::amount;
use crate::value::currency::Currency;
use crate::value::tax_id::TaxId;
use crate::vocab::Label;

/// The kind of paper: its title, and what only papers of that kind say. `taxed`: it has a number, and states a tax that adds up to its
/// total, which letters and contracts do not.
pub(super) fn document_type(sheet: &Sheet<'_>, labels: &Labels<'_>, has_total: bool, taxed: bool) -> DocumentType {
    let mut votes: BTreeMap<DocumentType, f32> = BTreeMap::new();
    let usual = median_height(sheet);
    let rows = sheet.rows.len().max(1) as f32;
    for hit in &labels.titles {
        let Some((Label::Type(kind), weight)) = labels.means(hit, |l| matches!(l, Label::Type(_))).map(|(m, w)| (m.label, w))
        else {
            continue;
        };
        let first_page = sheet.row(hit.row).page == 0;
        let high = 1.0 - hit.row as f32 / rows;
        // `Fatura Tipi: IADE` says it in so many words.
        let named = hit.whole
            && labels.row(hit.row).iter().any(|h| {
                h.cell + 1 == hit.cell && h.whole && h.colon && labels.means(h, |l| !matches!(l, Label::Type(_))).is_some()
            });
        let size = (hit.bbox.height() / usual).clamp(0.8, 2.5) - 0.8;
        let title = if hit.whole {
            1.2
        } else if hit.leads {
            0.5
        } else {
            0.0
        };
        let each = weight
            * (0.3
                + if first_page { 0.8 * high } else { 0.0 }
                + title
                + size
                + if named { 1.0 } else { 0.0 }
                + f32::from(hit.length.min(20)) * 0.03);
        let slot = votes.entry(kind).or_default();
        *slot = slot.max(each) + 0.05;
    }
    // Words of letters and contracts stand on invoices too.
    for weak in [DocumentType::Contract, DocumentType::Letter, DocumentType::Statement, DocumentType::Proforma] {
        if let Some(vote) = votes.get_mut(&weak) {
            *vote -= if has_total { 0.9 } else { 0.0 };
        }
    }
    // A credit note says invoice as well; its own word decides where it is nearly as prominent.
    if let Some(vote) = votes.get_mut(&DocumentType::CreditNote) {
        *vote += 0.6;
    }
    let best = votes.into_iter().filter(|(_, v)| *v > 0.4).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(kind, _)| kind);
    match best {
        Some(DocumentType::Letter | DocumentType::Contract) if taxed => DocumentType::Invoice,
        Some(kind) => kind,
        None if has_total && is_narrow(sheet) => DocumentType::Receipt,
        None => DocumentType::Other,
    }
}

fn is_narrow(sheet: &Sheet<'_>) -> bool {
    sheet.pages.first().is_some_and(|p| p.width * 1.6 < p.height)
}

fn median_height(sheet: &Sheet<'_>) -> f32 {
    let mut heights: Vec<f32> = sheet.words.iter().map(|w| w.token.bbox.height()).collect();
    heights.sort_by(f32::total_cmp);
    heights.get(heights.len() / 2).copied().unwrap_or(10.0).max(1.0)
}

/// The currency: labelled; else what stands beside the amounts; else the language's usual one.
pub(super) fn currency(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    found: &Candidates,
    gross: Option<&Choice>,
    seller_id: Option<&str>,
    weights: &Weights,
) -> Option<Choice> {
    let mut ranked: Vec<Choice> = Vec::new();
    for hit in labels.hits.iter() {
        let Some((meaning, trust)) = labels.means(hit, |l| l == Label::Field(FieldName::Currency)) else { continue };
        for place in after::after(sheet, labels, hit) {
            let word = place.words.start;
            let text = place
                .first
                .as_deref()
                .unwrap_or(&sheet.words[word as usize].token.text)
                .trim_matches(|c: char| !c.is_alphanumeric());
            if let Some(code) = named(text).or_else(|| currency_word(sheet, word + 1).filter(|_| place.words.len() > 1)) {
                let score =
                    (weights.inline + if meaning.weak { 0.5 } else { weights.strong_label + weights.clean_label }) * trust;
                add(&mut ranked, sheet, code, word, score);
                break;
            }
        }
    }
    for at in &found.amounts {
        if let Some(code) = at.amount.currency {
            let of_gross = gross.is_some_and(|g| g.bbox == Some(at.bbox));
            add(&mut ranked, sheet, code, at.words.start, if of_gross { 3.4 } else { 1.4 });
        }
    }
    for word in 0..sheet.words.len() as u32 {
        let text = sheet.words[word as usize]
            .token
            .text
            .trim_matches(|c: char| matches!(c, '(' | ')' | '[' | ']' | ':' | ',' | '.' | '-'));
        if text.len() == 3
            && text.bytes().all(|b| b.is_ascii_uppercase())
            && let Some(code) = amount::currency_sign(text)
        {
            add(&mut ranked, sheet, code, word, 0.6);
        } else if matches!(text, "€" | "£" | "₺" | "zł" | "$" | "R$" | "RM" | "lei" | "Lei" | "LEI")
            && let Some(code) = amount::currency_sign(text)
        {
            add(&mut ranked, sheet, code, word, 0.6);
        }
    }
    let language = labels.language.map(|l| &labels.vocab.languages()[usize::from(l)]);
    let of_seller = |l: &crate::vocab::Language| {
        let home = l.currencies.iter().find(|(country, _)| seller_id.is_some_and(|id| TaxId::parse(id, Some(*country)).is_ok()));
        home.map(|(_, code)| code.clone())
    };
    if let Some(usual) = language.and_then(|l| l.currency.clone().or_else(|| of_seller(l))) {
        match ranked.iter_mut().find(|c| c.value == usual) {
            Some(known) => known.score += 0.3,
            None => ranked.push(Choice { value: usual, score: 0.4, ..Choice::default() }),
        }
    }
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut ranked = ranked.into_iter();
    let best = ranked.next()?;
    Some(Choice { alternatives: ranked.take(3).collect(), ..best })
}

fn named(text: &str) -> Option<&'static str> {
    if text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Currency::parse(text).map(|c| c.as_str());
    }
    amount::currency_sign(text)
}

fn currency_word(sheet: &Sheet<'_>, word: u32) -> Option<&'static str> {
    named(sheet.words.get(word as usize)?.token.text.trim_matches(|c: char| !c.is_alphanumeric()))
}

fn add(ranked: &mut Vec<Choice>, sheet: &Sheet<'_>, code: &str, word: u32, score: f32) {
    if let Some(known) = ranked.iter_mut().find(|c| c.value == code) {
        known.score = known.score.max(score) + 0.12;
        return;
    }
    let at = &sheet.words[word as usize];
    ranked.push(Choice {
        value: code.to_owned(),
        score,
        page: Some(sheet.page_number(at.row)),
        bbox: Some(at.token.bbox),
        raw: Some(at.token.text.clone()),
        alternatives: Vec::new(),
    });
}

/// Legal marks that are printed and not denied (`Samofakturowanie: Nie`).
pub(super) fn marks(sheet: &Sheet<'_>, labels: &Labels<'_>) -> Vec<Mark> {
    let mut out = Vec::new();
    for hit in &labels.hits {
        let Some((Label::Mark(mark), _)) =
            labels.means(hit, |l| matches!(l, Label::Mark(_))).map(|(m, w)| (m.label, w)).filter(|(_, w)| *w >= 0.6)
        else {
            continue;
        };
        let row = labels.row(hit.row);
        let denied = row.iter().any(|h| h.words.start >= hit.words.end && labels.means(h, |l| l == Label::No).is_some());
        let affirmed = row.iter().any(|h| h.words.start >= hit.words.end && labels.means(h, |l| l == Label::Yes).is_some());
        if !denied && (affirmed || !hit.colon || sheet.cell(hit.cell).words.end > hit.words.end) && !out.contains(&mark) {
            out.push(mark);
        }
    }
    // `Duplikat faktury nr 7` is one phrase; what it begins with is the mark.
    let numbered = |hit: &&super::labels::Hit| labels.means(hit, |l| l == Label::Field(FieldName::InvoiceNumber)).is_some();
    let says = |phrase: u32| labels.vocab.meanings(phrase).iter().any(|m| m.label == Label::Mark(Mark::Duplicate));
    for hit in labels.hits.iter().filter(numbered) {
        let text: String = hit.words.clone().map(|word| crate::vocab::compact(sheet.folded(word))).collect();
        if !out.contains(&Mark::Duplicate) && labels.vocab.find(&text).any(|(phrase, ..)| says(phrase)) {
            out.push(Mark::Duplicate);
        }
    }
    out.sort();
    out
}

/// Taxes beside VAT that a label names, with an amount that is not zero.
pub(super) fn taxes(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates) -> Vec<Tax> {
    let mut out: Vec<Tax> = Vec::new();
    for bind in bind::amounts(sheet, labels, found, |l| matches!(l, Label::Tax(_))) {
        let hit = &labels.hits[bind.hit as usize];
        let Some((Label::Tax(kind), _)) =
            labels.means(hit, |l| matches!(l, Label::Tax(_))).map(|(m, w)| (m.label, w)).filter(|(_, w)| *w >= 0.6)
        else {
            continue;
        };
        let at = &found.amounts[bind.value as usize];
        let near = matches!(bind.relation, Relation::Inline | Relation::Right(0) | Relation::Below(0));
        if !near || !at.amount.decimals || at.amount.percent || at.amount.value.is_zero() {
            continue;
        }
        let kind = labels.vocab.tax_kind(kind).to_owned();
        if !out.iter().any(|t| t.kind == kind) {
            out.push(Tax {
                kind,
                base: None,
                rate: super::vat::rate_in_words(sheet, hit.row).map(|r| r.to_string()),
                amount: at.amount.value.to_string(),
            });
        }
    }
    out
}
