//! Document numbers: the invoice's own, the order's, the corrected invoice's. Text after a label, cut where something else begins.

use std::ops::Range;

use super::after::{self, After, Place};
use super::candidate::Candidates;
use super::labels::{Hit, Labels};
use super::pick::Choice;
use super::sheet::Sheet;
use super::weights::Weights;
use crate::reading::FieldName;
use crate::vocab::Label;

/// Decides one number field.
pub(super) fn decide(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    found: &Candidates,
    field: FieldName,
    weights: &Weights,
) -> Option<Choice> {
    let mut ranked: Vec<Choice> = Vec::new();
    let mut others: Vec<(String, f32)> = Vec::new();
    for hit in &labels.hits {
        let mut own = labels.means(hit, |l| l == Label::Field(field));
        // `nr` after `do faktury zaliczkowej` is that invoice's.
        let plain = |from: u32| (from..hit.words.start).all(|w| !has_digit(&sheet.words[w as usize].token.text));
        let foreign = |(label, end): (Label, u32)| label != Label::Field(field) && plain(end);
        if own.is_some_and(|(m, _)| m.weak) && labels.owner(hit).is_some_and(foreign) {
            own = None;
        }
        let foreign = labels.means(hit, |l| is_other(l, field)).filter(|(m, w)| !m.weak && own.is_none_or(|(_, o)| o <= *w));
        let Some((meaning, trust)) = foreign.or(own) else { continue };
        for place in after::after(sheet, labels, hit) {
            let titled = || labels.titles.iter().any(|t| t.words.start == hit.words.start);
            let later = || {
                own.filter(|_| place.place == Place::Inline && titled())
                    .and_then(|_| later_in_title(sheet, labels, found, &place))
            };
            let Some((value, words)) = value_of(sheet, labels, found, &place, meaning.weak).or_else(later) else { continue };
            let score = evidence(sheet, hit, &place, &value, meaning.weak, trust, weights);
            // What a payer is asked to quote is the invoice's number as often as not.
            if foreign.is_some() {
                others.extend((meaning.label != Label::Field(FieldName::PaymentReference)).then_some((value, score)));
            } else if score > 0.3 && (field == FieldName::InvoiceNumber || !meaning.weak) {
                add(sheet, &mut ranked, value, words, score);
            }
            break;
        }
    }
    if field == FieldName::InvoiceNumber {
        after_title(sheet, labels, found, &mut ranked, weights);
    }
    for choice in &mut ranked {
        let other = others.iter().filter(|(v, _)| *v == choice.value).map(|(_, s)| *s).fold(0.0, f32::max);
        choice.score -= 0.6 * other;
    }
    ranked.retain(|c| c.score > 0.3);
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut ranked = ranked.into_iter();
    let best = ranked.next()?;
    Some(Choice { alternatives: ranked.take(3).collect(), ..best })
}

/// `Korekta faktury FS-877/25`: what follows the title of the paper, where no label names it.
fn after_title(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, ranked: &mut Vec<Choice>, weights: &Weights) {
    under_title(sheet, labels, found, ranked, weights);
    for hit in labels.titles.iter().filter(|h| h.leads && !h.whole && sheet.row(h.row).page == 0) {
        let number = |l: Label| l == Label::Field(FieldName::InvoiceNumber);
        let named = labels
            .row(hit.row)
            .iter()
            .any(|h| h.words.start < hit.words.end && h.words.end > hit.words.start && labels.means(h, number).is_some());
        let Some((_, trust)) = labels.means(hit, |l| matches!(l, Label::Type(_))).filter(|_| !named) else { continue };
        for place in after::after(sheet, labels, hit).into_iter().filter(|p| p.place == Place::Inline) {
            if let Some((value, words)) = value_of(sheet, labels, found, &place, true) {
                let own = if is_composed(&value) { 0.3 } else { -0.5 };
                let score = evidence(sheet, hit, &place, &value, true, 0.5 * trust, weights) + own;
                if score > 0.3 {
                    add(sheet, ranked, value, words, score);
                }
                break;
            }
            if let Some((value, words)) = later_in_title(sheet, labels, found, &place) {
                let score = evidence(sheet, hit, &place, &value, true, 0.5 * trust, weights);
                add(sheet, ranked, value, words, score);
                break;
            }
        }
    }
}

/// `Korekta faktury sprzedaży KFS 31/MAG/11/2025`: up to three words of the title stand before its number.
fn later_in_title(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, place: &After) -> Option<(String, Range<u32>)> {
    let row = sheet.words[place.words.start as usize].row;
    for start in place.words.start + 1..place.words.end.min(place.words.start + 4) {
        let passed = start - 1;
        let plain = !has_digit(&sheet.words[passed as usize].token.text);
        let labelled = labels.row(row).iter().any(|h| h.words.start == passed && after::blocks(labels, h));
        if !plain || labelled {
            return None;
        }
        let rest = After { words: start..place.words.end, first: None, place: Place::Inline };
        if let Some(found) = value_of(sheet, labels, found, &rest, true) {
            return Some(found).filter(|(value, _)| is_composed(value));
        }
    }
    None
}

/// `FS 402/MAG/10/2025`, `RE-2025-0017`, `KGT2025000000259`: parts with signs between, or letters before many digits, as numbers of
/// papers are made.
fn is_composed(value: &str) -> bool {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let lettered = (2..=4).contains(&value.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(0));
    (value.contains(['/', '-']) && digits >= 3) || (lettered && digits >= 6)
}

/// A line under the title that is nothing but a number of letters, digits and signs, with its date perhaps: `FA/2025/10/0991`.
fn under_title(sheet: &Sheet<'_>, labels: &Labels<'_>, found: &Candidates, ranked: &mut Vec<Choice>, weights: &Weights) {
    for hit in labels.titles.iter().filter(|h| h.leads && sheet.row(h.row).page == 0) {
        let Some((_, trust)) = labels.means(hit, |l| matches!(l, Label::Type(_))) else { continue };
        let title = sheet.cell(hit.cell);
        let below = (hit.row + 1..hit.row + 3)
            .filter_map(|row| sheet.rows.get(row as usize))
            .flat_map(|row| row.cells.clone())
            .map(|c| sheet.cell(c))
            .find(|c| {
                let edges =
                    [c.bbox.left - title.bbox.left, c.bbox.center_x() - title.bbox.center_x(), c.bbox.right - title.bbox.right];
                edges.iter().any(|e| e.abs() < 3.0)
            });
        let Some(cell) = below.filter(|c| c.bbox.top - title.bbox.bottom < 1.5 * title.bbox.height()) else { continue };
        let place = After { words: cell.words.clone(), first: None, place: Place::Below };
        let Some((value, words)) = value_of(sheet, labels, found, &place, true) else { continue };
        // Its date may stand behind it: `PF-2025-0642 / 13.11.2025`, `17/25 z dnia 3.11.2025`.
        let dated = found.dates[found.dates_in(cell.row)].iter().map(|d| d.words.start).filter(|w| cell.words.contains(w)).min();
        let rest = words.end..dated.unwrap_or(cell.words.end);
        let linked = |w: u32| {
            let word = crate::vocab::compact(sheet.folded(w));
            word.is_empty() || labels.vocab.links_date(&word) || word.chars().all(char::is_alphabetic) && word.len() <= 4
        };
        if words.start == cell.words.start
            && is_composed(&value)
            && rest.start <= rest.end
            && (rest.is_empty() || dated.is_some() && rest.clone().all(linked))
        {
            let score = evidence(sheet, hit, &place, &value, true, 0.5 * trust, weights);
            add(sheet, ranked, value, words, score);
        }
    }
}

fn is_other(label: Label, field: FieldName) -> bool {
    match label {
        Label::OtherNumber | Label::OtherId | Label::TaxId | Label::LocalTaxId | Label::BankAccount => true,
        Label::Field(f) => {
            f != field
                && matches!(
                    f,
                    FieldName::PurchaseOrder
                        | FieldName::PrecedingInvoice
                        | FieldName::InvoiceNumber
                        | FieldName::PaymentReference
                        | FieldName::Iban
                        | FieldName::Bic
                        | FieldName::KsefNumber
                )
        }
        _ => false,
    }
}

fn add(sheet: &Sheet<'_>, ranked: &mut Vec<Choice>, value: String, words: Range<u32>, score: f32) {
    if let Some(known) = ranked.iter_mut().find(|c| c.value.replace(' ', "") == value.replace(' ', "")) {
        known.score = known.score.max(score) + 0.3;
        return;
    }
    let row = sheet.words[words.start as usize].row;
    ranked.push(Choice {
        value,
        score,
        page: Some(sheet.page_number(row)),
        bbox: Some(sheet.bbox(words.clone())),
        raw: Some(sheet.text(words)),
        alternatives: Vec::new(),
    });
}

fn evidence(sheet: &Sheet<'_>, hit: &Hit, place: &After, value: &str, weak: bool, trust: f32, weights: &Weights) -> f32 {
    let relation = match place.place {
        Place::Inline => weights.inline,
        Place::Right => weights.right,
        Place::Below => weights.below,
    };
    let label = if weak { weights.weak_label } else { weights.strong_label };
    let form = if hit.whole || (hit.leads && hit.colon) {
        weights.clean_label
    } else if hit.leads || (hit.colon && !weak) {
        weights.leading_label
    } else {
        // `Sanayi Sitesi 4. Blok No:118`: words as general as this one stand within addresses too.
        -0.4 - if weak { 0.6 } else { 0.0 }
    };
    let trust = if weak { trust * 2.0 } else { trust };
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    let shape = match digits {
        1 => -1.2,
        2 => -0.4,
        3..=16 => 0.5,
        _ => -0.6,
    } + if value.contains(['/', '-']) { 0.4 } else { 0.0 }
        - if letters > 10 { 1.0 } else { 0.0 };
    let first_page = if sheet.row(hit.row).page == 0 { 0.3 } else { -0.3 };
    let length = f32::from(hit.length.min(14)) * 0.03;
    (relation + label + form) * trust + shape + first_page + length - (1.0 - sheet.confidence(place.words.clone())) * 1.5
}

/// The number at the start of some words: as many of them as belong to it.
fn value_of(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    found: &Candidates,
    place: &After,
    weak: bool,
) -> Option<(String, Range<u32>)> {
    let row = sheet.words[place.words.start as usize].row;
    let dates = &found.dates[found.dates_in(row)];
    let mut value = String::new();
    let (mut start, mut end) = (place.words.start, place.words.start);
    for word in place.words.clone().take(6) {
        let glued = if word == place.words.start { place.first.as_deref() } else { None };
        let text = glued.unwrap_or(&sheet.words[word as usize].token.text);
        let long = text.len() > 10 && text.contains(char::is_alphabetic) && !names_month(text);
        let dated = dates.iter().any(|d| d.words.start == word);
        if dated && !(value.is_empty() && (long || is_monthly_number(sheet, found, text, place, weak))) {
            break;
        }
        // `NR BON FISCAL: 0098`: the rest of the label.
        if value.is_empty() && text.ends_with(':') && !has_digit(text) {
            start = word + 1;
            continue;
        }
        let is_label =
            labels.row(row).iter().any(|h| h.words.start == word && h.length > 2 && after::blocks(labels, h) && glued.is_none());
        if (is_label && (!value.is_empty() || !has_digit(text))) || !continues(&value, text) {
            break;
        }
        if !value.is_empty() {
            value.push(' ');
        }
        value.push_str(text);
        end = word + 1;
        if text.ends_with([',', ';']) {
            break;
        }
    }
    end = end.max(groups_end(sheet, end, place, &mut value, weak));
    end = end.max(after_series(sheet, labels, end, &mut value));
    let value = value
        .trim_matches(|c: char| {
            matches!(c, ':' | '#' | ',' | ';' | '.' | ' ' | '(' | ')' | '*' | '-' | '–' | '/' | '|' | '"' | '_' | '[' | ']')
        })
        .to_owned();
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let series =
        !weak && value.len() >= 5 && value.contains('/') && value.chars().all(|c| c.is_uppercase() || matches!(c, '/' | '-'));
    let plausible =
        (digits > 0 || series) && value.len() <= 40 && !value.contains('@') && !value.contains("://") && !value.ends_with('%');
    let money = crate::value::amount::parse(&value, crate::value::amount::DecimalMark::Unknown)
        .is_some_and(|a| a.currency.is_some() || (weak && a.decimals && value.len() < 9));
    // A bare year or a one-digit number after a word like "Rechnung" is no number of it.
    let bare = weak && digits == value.len() && digits < 3;
    let registered = labels.vocab.is_register_number(&value);
    (plausible && !money && !bare && !registered).then_some((value, start..end.max(start + 1)))
}

/// `Seria OBL nr. 1042`, `Seria RPD118    Nr. 00027714`, `SERİ A SIRA NO 041877`, `Seria MBX · Număr 00215`: a series, a word for number,
/// and the number, in one cell or two.
fn after_series(sheet: &Sheet<'_>, labels: &Labels<'_>, end: u32, value: &mut String) -> u32 {
    let series = value.len() <= 6
        && value.starts_with(|c: char| c.is_ascii_uppercase())
        && value.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let Some(last) = end.checked_sub(1).filter(|_| series) else { return end };
    let row = sheet.words[last as usize].row;
    let (mut next, mut named) = (end, false);
    for word in (end..sheet.row(row).words.end).take(5) {
        let number_word = labels.vocab.is_number_word(crate::vocab::compact(sheet.folded(word)).as_str());
        next = word;
        if !number_word && sheet.folded(word).contains(char::is_alphanumeric) {
            break;
        }
        named |= number_word;
    }
    let number = sheet
        .words
        .get(next as usize)
        .filter(|w| named && w.row == row)
        .map_or("", |w| w.token.text.trim_end_matches([',', ';']));
    let whole = number.len() >= 2 && number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'/' | b'-')) && has_digit(number);
    if !whole {
        return end;
    }
    value.push(' ');
    value.push_str(number);
    next + 1
}

/// `18/10/2025`: the eighteenth invoice of the month reads as a date. Right after a label of numbers it is one where the paper's own
/// dates are written otherwise; after a strong label in any case, if the paper has other dates.
fn is_monthly_number(sheet: &Sheet<'_>, found: &Candidates, text: &str, place: &After, weak: bool) -> bool {
    let slashed = |t: &str| t.matches('/').count() == 2;
    if !slashed(text) || !text.bytes().all(|b| b.is_ascii_digit() || b == b'/') || place.place == Place::Below {
        return false;
    }
    let others: Vec<&str> =
        found.dates.iter().map(|d| sheet.words[d.words.start as usize].token.text.as_str()).filter(|t| *t != text).collect();
    !others.is_empty() && (!others.iter().any(|t| slashed(t)) || (!weak && place.place == Place::Inline))
}

/// `52 6110 4470 0918`: all of a cell's groups of digits, after a strong label.
fn groups_end(sheet: &Sheet<'_>, end: u32, place: &After, value: &mut String, weak: bool) -> u32 {
    let group = |w: u32| {
        let text = &sheet.words[w as usize].token.text;
        (2..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    let rest = end..place.words.end;
    let first = place.words.start..end;
    if weak || first.is_empty() || rest.is_empty() || rest.len() > 4 || !first.chain(rest.clone()).all(group) {
        return end;
    }
    for word in rest.clone() {
        value.push(' ');
        value.push_str(&sheet.words[word as usize].token.text);
    }
    rest.end
}

/// `17-Jan-2026`: day, month and year.
fn names_month(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['-', '.', '/']).collect();
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    matches!(parts[..], [day, month, year] if numeric(day) && numeric(year) && month.chars().all(char::is_alphabetic))
}

fn has_digit(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
}

/// Whether `text` can be the next piece of a number that so far is `value`.
fn continues(value: &str, text: &str) -> bool {
    let core = text.trim_matches(|c: char| !c.is_alphanumeric());
    if value.is_empty() {
        // A series may come first: `FV 12/2026`, `Seria ABC nr 5`.
        return has_digit(text)
            || (text.contains('/') && core.len() >= 5)
            || (core.len() <= 6 && !core.is_empty() && core.chars().all(|c| c.is_uppercase()));
    }
    if core.is_empty() {
        return matches!(text, "/" | "-" | "–" | "\\") && !value.ends_with(['/', '-']);
    }
    let joined = value.ends_with(['/', '-', '–', '\\']) || text.starts_with(['/', '-', '\\']);
    let series = !has_digit(value) && has_digit(text);
    let code = has_digit(text)
        && core.chars().all(|c| c.is_ascii_digit() || c.is_uppercase() || matches!(c, '/' | '-' | '.'))
        && core.len() <= 10
        && !text.contains([',', ':'])
        && value.len() <= 6;
    joined || series || code
}
