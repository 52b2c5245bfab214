//! Parties that no word announces: the seller in the letterhead or the footer, the buyer in the address window.

use super::labels::Labels;
use super::party::{clean_name, has_legal_form};
use super::pick::Choice;
use super::sheet::Sheet;
use crate::page::Box;
use crate::vocab::Label;

/// The likeliest seller: legal form, size, height on the page, repetition.
pub(super) fn seller(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    not_here: &dyn Fn(u32, Box) -> bool,
    taken: &[String],
) -> Option<Choice> {
    let mut ranked: Vec<Choice> = Vec::new();
    let page = sheet.pages.first()?;
    let usual = usual_height(sheet);
    let mut seen = 0;
    for (index, cell) in sheet.cells.iter().enumerate() {
        let row = sheet.row(cell.row);
        if row.page != 0 || not_here(cell.row, cell.bbox) {
            continue;
        }
        let announces = labels.row(cell.row).iter().any(|h| {
            h.cell == index as u32
                && h.leads
                && (h.colon || h.whole)
                && labels.means(h, |l| !matches!(l, Label::Column(_))).is_some()
        });
        let Some(mut choice) = clean_name(sheet, labels, cell.words.clone()).filter(|_| !announces) else { continue };
        choice.value = without_register(&choice.value).to_owned();
        if taken.contains(&choice.value) || is_address(&choice.value) {
            continue;
        }
        seen += 1;
        let height = cell.bbox.top / page.height.max(1.0);
        let place = if seen == 1 {
            1.4
        } else if height < 0.25 {
            1.0 - 2.0 * height - 0.15 * seen as f32
        } else if height > 0.85 {
            0.2
        } else {
            -0.8
        };
        let legal = if has_legal_form(sheet, labels, cell.words.clone()) { 1.6 } else { 0.0 };
        let size = ((cell.bbox.height() / usual - 1.0) * 1.2).clamp(0.0, 1.4) * if height < 0.3 { 1.0 } else { 0.0 };
        let words = cell.words.len() as f32;
        let length = if words > 8.0 { -1.2 } else { 0.0 };
        // Handwriting and the edges of other papers are read as small letters, and not surely.
        let small = if choice.value.chars().any(char::is_uppercase) { 0.0 } else { -1.2 };
        let doubt = -3.0 * (1.0 - sheet.confidence(cell.words.clone()));
        ranked.push(Choice { score: place + legal + size + length + small + doubt + choice.score * 0.3, ..choice });
    }
    for index in 0..ranked.len() {
        let again = ranked.iter().filter(|c| c.value.eq_ignore_ascii_case(&ranked[index].value)).count();
        ranked[index].score += 0.5 * (again - 1) as f32;
    }
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    ranked.dedup_by(|a, b| a.value.eq_ignore_ascii_case(&b.value));
    let mut ranked = ranked.into_iter();
    let best = ranked.next().filter(|c| c.score > 0.3)?;
    // Less sure than a name in a block that says whose it is.
    Some(Choice { score: best.score - 0.4, alternatives: ranked.take(3).collect(), ..best })
}

/// The first line of an address block that is not the seller's: lines above one that begins with a postal code.
pub(super) fn buyer(sheet: &Sheet<'_>, labels: &Labels<'_>, seller: Option<&str>) -> Option<Choice> {
    for cell in &sheet.cells {
        let row = sheet.row(cell.row);
        if row.page != 0 || !starts_with_postcode(sheet, cell.words.clone()) || row.bbox.top > sheet.pages[0].height * 0.6 {
            continue;
        }
        let mut top = None;
        let mut last = cell.bbox;
        for above in (cell.row.saturating_sub(6)..cell.row).rev() {
            if sheet.row(above).page != 0 {
                break;
            }
            let Some(next) =
                sheet.row(above).cells.clone().map(|c| sheet.cell(c)).find(|c| (c.bbox.left - cell.bbox.left).abs() < 4.0)
            else {
                continue;
            };
            if last.top - next.bbox.bottom > 1.6 * next.bbox.height() {
                break;
            }
            match clean_name(sheet, labels, next.words.clone()) {
                Some(choice) => top = Some(choice),
                None => break,
            }
            last = next.bbox;
        }
        if let Some(choice) = top.filter(|c| seller.is_none_or(|s| !s.eq_ignore_ascii_case(&c.value))) {
            return Some(Choice { score: 0.6, ..choice });
        }
    }
    None
}

fn starts_with_postcode(sheet: &Sheet<'_>, words: std::ops::Range<u32>) -> bool {
    let mut texts = words.map(|w| sheet.words[w as usize].token.text.as_str());
    let Some(first) = texts.next() else { return false };
    let first =
        first.split_once('-').filter(|(c, _)| c.len() <= 2 && c.chars().all(char::is_alphabetic)).map_or(first, |(_, code)| code);
    let digits = first.bytes().filter(u8::is_ascii_digit).count();
    let code = (4..=6).contains(&digits) && first.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    code && texts.next().is_some_and(|t| t.starts_with(char::is_uppercase))
}

/// `AEON CO. (M) BHD (126926-H)`: the number in the company register stands behind the name.
fn without_register(text: &str) -> &str {
    let Some((name, number)) = text.strip_suffix(')').and_then(|text| text.rsplit_once('(')) else { return text };
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let name = name.trim_end();
    if digits >= 4 && number.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && name.len() > 3 { name } else { text }
}

fn is_address(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    digits >= 4 || text.contains('@') || text.matches(',').count() > 2
}

fn usual_height(sheet: &Sheet<'_>) -> f32 {
    let mut heights: Vec<f32> = sheet.words.iter().map(|w| w.token.bbox.height()).collect();
    if heights.is_empty() {
        return 10.0;
    }
    heights.sort_by(f32::total_cmp);
    heights[heights.len() / 2].max(1.0)
}
