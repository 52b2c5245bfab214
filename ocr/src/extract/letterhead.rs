//! Parties that no word announces: the seller in the letterhead or the footer, the buyer in the address window.

use super::candidate::Candidates;
use super::labels::{Hit, Labels};
use super::party::{clean_name, has_legal_form};
use super::pick::Choice;
use super::sheet::{Cell, Sheet};
use crate::fold::fold;
use crate::page::Box;
use crate::vocab::{Label, compact};

/// The likeliest seller: legal form, size, height on the page, repetition, a tax id beside it.
pub(super) fn seller(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    found: &Candidates,
    not_here: &dyn Fn(u32, Box) -> bool,
    ids: &[Box],
    taken: &[String],
) -> Option<Choice> {
    let mut ranked: Vec<Choice> = sender_line(sheet, labels).map(|(name, _)| name).into_iter().collect();
    let page = sheet.pages.first()?;
    let usual = usual_height(sheet);
    let mut seen = 0;
    let lone = ids.first().filter(|_| taken.is_empty() && ids.len() == 1);
    for (index, cell) in sheet.cells.iter().enumerate() {
        let row = sheet.row(cell.row);
        if row.page != 0 || not_here(cell.row, cell.bbox) {
            continue;
        }
        let announces = labels.row(cell.row).iter().any(|h| {
            h.cell == index as u32
                && h.leads
                && (h.colon || h.whole)
                && (labels.means(h, |l| !matches!(l, Label::Column(_))).is_some() || heads_columns(labels, cell.row))
        });
        let Some(mut choice) = clean_name(sheet, labels, cell.words.clone()).filter(|_| !announces) else { continue };
        choice.value = without_register(&choice.value).to_owned();
        if is_taken(taken, &choice.value) || is_no_party(labels, sheet, found, &choice, cell.words.clone()) {
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
        let length = if choice.value.split_whitespace().count() > 8 { -1.2 } else { 0.0 };
        // Handwriting and the edges of other papers are read as small letters, and not surely.
        let small = if choice.value.chars().any(char::is_uppercase) { 0.0 } else { -1.2 };
        let doubt = -3.0 * (1.0 - sheet.confidence(cell.words.clone()));
        let titled = if legal == 0.0 && is_title(labels, sheet, index as u32) { -2.5 } else { 0.0 };
        let imprint = if is_imprint(sheet, cell, ids, legal > 0.0) { 1.6 + (0.2 - place).max(0.0) } else { 0.0 };
        // The only tax id of a paper that names no buyer stands under its seller.
        let lone = legal > 0.0 && lone.is_some_and(|id| stands_under(cell.bbox, id));
        let lone = if lone { 1.0 } else { 0.0 };
        let score = lone + place + legal + size + length + small + doubt + titled + imprint + choice.score * 0.3;
        ranked.push(Choice { score, ..choice });
    }
    let domains = domains(sheet);
    // Of two blocks with towns one over the other the upper one is the sender's.
    let upper = match address_blocks(sheet, labels).as_slice() {
        [(first, block), (_, other), ..] if block.bottom <= other.top => first.bbox,
        _ => None,
    };
    for index in 0..ranked.len() {
        ranked[index].score += if upper.is_some() && ranked[index].bbox == upper { 1.2 } else { 0.0 };
        let again = ranked.iter().filter(|c| c.value.eq_ignore_ascii_case(&ranked[index].value)).count();
        let folded = compact(&fold(&ranked[index].value));
        // In a sentence too, as the foot of a page begins: `Alfa SAS au capital de …`.
        let high = ranked[index].bbox.is_some_and(|b| b.top < 0.3 * page.height);
        let within = if high && folded.len() >= 10 && ranked[index].value.contains(' ') {
            sheet.compact.matches(folded.as_str()).take(3).count()
        } else {
            0
        };
        ranked[index].score += 0.5 * (again.max(within).max(1) - 1) as f32;
        ranked[index].score += if domains.iter().any(|d| resembles(d, &folded)) { 1.2 } else { 0.0 };
    }
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    ranked.dedup_by(|a, b| a.value.eq_ignore_ascii_case(&b.value));
    let mut ranked = ranked.into_iter();
    let best = ranked.next().filter(|c| c.score > 0.3)?;
    // Less sure than a name in a block that says whose it is.
    Some(Choice { score: best.score - 0.4, alternatives: ranked.take(3).collect(), ..best })
}

/// Within the next lines below, at most four.
fn stands_under(name: Box, id: &Box) -> bool {
    let below = id.top > name.center_y() && id.top - name.bottom < 4.5 * name.height().clamp(5.0, 14.0);
    below && id.left < name.right && id.right > name.left
}

/// A company's name with its tax id on the same line of the foot, which is the seller's; or whoever signs there over a tax id.
fn is_imprint(sheet: &Sheet<'_>, name: &Cell, ids: &[Box], company: bool) -> bool {
    let row = &sheet.row(name.row).bbox;
    let last = sheet.rows.iter().filter(|r| r.page == 0).map(|r| r.bbox.bottom).fold(0.0, f32::max);
    let on_line = |id: &Box| id.center_y() > row.top && id.center_y() < row.bottom;
    let under = |id: &Box| {
        let below = id.top > name.bbox.center_y() && id.top - name.bbox.bottom < name.bbox.height();
        below && id.left < name.bbox.right && id.right > name.bbox.left
    };
    row.top > 0.6 * last && ids.iter().any(|id| if company { on_line(id) } else { under(id) })
}

/// Begins with what papers are called, or is little else: `RECIBO DE ALUGUEL`, `e-SERBEST MESLEK MAKBUZU`.
fn is_title(labels: &Labels<'_>, sheet: &Sheet<'_>, cell: u32) -> bool {
    let letters =
        |words: std::ops::Range<u32>| words.map(|w| sheet.folded(w).chars().filter(|c| c.is_alphabetic()).count()).sum::<usize>();
    let whole = letters(sheet.cell(cell).words.clone());
    labels.titles.iter().any(|h| h.cell == cell && (h.leads || 2 * letters(h.words.clone()) > whole))
}

/// An address, a street, a date, an aside in brackets.
fn is_no_party(labels: &Labels<'_>, sheet: &Sheet<'_>, found: &Candidates, choice: &Choice, words: std::ops::Range<u32>) -> bool {
    let row = sheet.words[words.start as usize].row;
    let dated =
        found.dates[found.dates_in(row)].iter().any(|d| d.words.start <= words.start + 1 && d.words.contains(&(words.end - 1)));
    dated || is_address(&choice.value) || is_street(labels, choice) || says_labels(labels, sheet, choice, row)
}

/// Nothing but what labels and headings of the paper's language say: `VAT % Net`.
fn says_labels(labels: &Labels<'_>, sheet: &Sheet<'_>, choice: &Choice, row: u32) -> bool {
    let Some(bbox) = choice.bbox else { return false };
    let named = |word: u32| {
        let own = |h: &&Hit| h.words.contains(&word) && labels.meanings(h).iter().any(|m| Some(m.language) == labels.language);
        labels.row(row).iter().any(|h| own(&h))
    };
    let inside = |word: &u32| {
        let b = sheet.words[*word as usize].token.bbox;
        b.center_x() > bbox.left && b.center_x() < bbox.right && sheet.folded(*word).contains(char::is_alphabetic)
    };
    sheet.row(row).words.clone().filter(inside).all(named)
}

/// The other party's name, which may go on longer in one of its places.
fn is_taken(taken: &[String], name: &str) -> bool {
    let name = compact(&fold(name));
    let alike = |other: &String| {
        let other = compact(&fold(other));
        other == name || (name.len().min(other.len()) >= 10 && (other.starts_with(&name) || name.starts_with(&other)))
    };
    taken.iter().any(alike)
}

/// Three cells and more that head columns.
fn heads_columns(labels: &Labels<'_>, row: u32) -> bool {
    labels.row(row).iter().filter(|h| h.whole && labels.is(h, |l| matches!(l, Label::Column(_)))).count() >= 3
}

/// What stands before the last dot in the addresses of mail and pages: a seller's is often made of its name.
fn domains(sheet: &Sheet<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for word in sheet.words.iter().map(|w| w.token.text.as_str()) {
        let host = word.rsplit_once('@').map(|(_, host)| host).or_else(|| word.find("www.").map(|at| &word[at + 4..]));
        let Some((name, _)) = host.and_then(|h| h.split(['/', ',', ';']).next()).and_then(|h| h.split_once('.')) else {
            continue;
        };
        let name = compact(&fold(name));
        if name.len() >= 5 && !out.contains(&name) {
            out.push(name);
        }
    }
    out
}

/// `stolarnia-debowy` and `Stolarnia Dębowy Kąt Sp. z o.o.`: they begin alike.
fn resembles(domain: &str, name: &str) -> bool {
    let alike = domain.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
    alike >= 6 || (alike >= 5 && alike == domain.len())
}

/// `Alfa GmbH · Hauptstr. 5 · 01067 Dresden` in one line of the upper half: the sender, above an address window. With its place.
fn sender_line(sheet: &Sheet<'_>, labels: &Labels<'_>) -> Option<(Choice, Box)> {
    let page = sheet.pages.first()?;
    let cells = sheet.cells.iter().filter(|c| sheet.row(c.row).page == 0 && c.bbox.top < 0.45 * page.height);
    let mut best: Option<(Choice, Box)> = None;
    for cell in cells.filter(|c| c.words.len() >= 3) {
        let (words, whole) = (cell.words.clone(), with_tail(sheet, cell));
        let text = |w: u32| sheet.words[w as usize].token.text.as_str();
        let in_tail = |w: &u32| {
            let b = sheet.words[*w as usize].token.bbox;
            b.center_y() < whole.bottom && b.left >= whole.left - 4.0 && b.right <= whole.right + 4.0
        };
        let all = words.start..sheet.words.len().min(words.end as usize + 40) as u32;
        let (mut parts, mut code) = (0, false);
        for word in all.filter(|w| words.contains(w) || in_tail(w)) {
            parts += usize::from(text(word).ends_with(',') || matches!(text(word), "·" | "•" | "|" | "-" | "–"));
            code |= is_postcode(text(word));
        }
        let labelled = labels.row(cell.row).iter().any(|h| h.leads && words.contains(&h.words.start) && h.colon);
        if parts < 2 || !code || labelled {
            continue;
        }
        let cut = |n: &Choice| n.bbox.is_some_and(|b| b.right < cell.bbox.right - 10.0);
        let Some(name) = clean_name(sheet, labels, words).filter(|n| cut(n) && !is_street(labels, n)) else { continue };
        let again = sheet.compact.matches(compact(&fold(&name.value)).as_str()).take(3).count();
        let score = name.score * 0.3 + 1.2 + 0.5 * again as f32;
        if best.as_ref().is_none_or(|(b, _)| score > b.score) {
            best = Some((Choice { score, ..name }, whole));
        }
    }
    best
}

/// The sender's line with its second one, where it is too long for the window: as small as the first, above larger writing.
fn with_tail(sheet: &Sheet<'_>, cell: &Cell) -> Box {
    let aligned = |row: u32| {
        let cells = sheet.rows.get(row as usize).filter(|r| r.page == 0)?.cells.clone();
        cells.map(|c| sheet.cell(c).bbox).find(|b| (b.left - cell.bbox.left).abs() < 4.0)
    };
    let mut below = (cell.row + 1..cell.row + 6).filter_map(aligned);
    match (below.next(), below.next()) {
        (Some(tail), Some(next)) if tail.height() < 1.08 * cell.bbox.height() && next.height() > 1.12 * tail.height() => {
            cell.bbox.union(tail)
        }
        _ => cell.bbox,
    }
}

/// `ul. Długa 5/7`, `Am Mühlbach 3a`, `Dublin Road, Athy`: ends in a house number, or a word for streets begins it or has a comma or a
/// number beside it, and it is no company's.
fn is_street(labels: &Labels<'_>, name: &Choice) -> bool {
    let last = name.value.split_whitespace().next_back().unwrap_or_default();
    let digits = last.bytes().filter(u8::is_ascii_digit).count();
    let letters = last.chars().filter(|c| c.is_alphabetic()).count();
    let first = name.value.split_whitespace().next().unwrap_or_default();
    let leads = first.bytes().all(|b| b.is_ascii_digit()) && name.value.split_whitespace().count() >= 3;
    let language = labels.language.map(|l| &labels.vocab.languages()[usize::from(l)]);
    let street = |word: &str| language.is_some_and(|l| l.is_street_word(&compact(&fold(word))));
    let named = street(first)
        || (name.value.contains(|c: char| c == ',' || c.is_ascii_digit()) && name.value.split_whitespace().any(street));
    (leads || ((1..=4).contains(&digits) && letters <= 3) || named) && name.score < 1.0
}

/// `00-238`, `01067`, `01310-200`, `D-80331`.
fn is_postcode(text: &str) -> bool {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    let code =
        text.split_once('-').filter(|(c, _)| c.len() <= 2 && c.chars().all(char::is_alphabetic)).map_or(text, |(_, code)| code);
    let digits = code.bytes().filter(u8::is_ascii_digit).count();
    (4..=8).contains(&digits)
        && code.len() <= 9
        && code.bytes().all(|b| b.is_ascii_digit() || b == b'-')
        && !(code.len() == 4 && (code.starts_with("19") || code.starts_with("20")))
}

/// The first lines of the blocks that end in a town, in the upper part of the first page, top to bottom.
fn address_blocks(sheet: &Sheet<'_>, labels: &Labels<'_>) -> Vec<(Choice, Box)> {
    let mut out: Vec<(Choice, Box)> = Vec::new();
    for town in sheet.cells.iter().filter(|c| sheet.row(c.row).page == 0) {
        let in_line = names_a_town(sheet, town.words.clone()) || holds_a_town(sheet, town.words.clone());
        if town.bbox.top > 0.5 * sheet.pages[0].height || !in_line {
            continue;
        }
        let (mut all, mut top): (Box, Option<Choice>) = (town.bbox, None);
        for row in (town.row.saturating_sub(5)..town.row).rev() {
            let aligned = |c: &u32| {
                let b = sheet.cell(*c).bbox;
                (b.left - town.bbox.left).abs() < 4.0 || (b.center_x() - town.bbox.center_x()).abs() < 4.0
            };
            let Some(cell) = sheet.row(row).cells.clone().find(aligned).map(|c| sheet.cell(c)) else { continue };
            if sheet.row(row).page != 0 || all.top - cell.bbox.bottom > 0.9 * town.bbox.height() {
                break;
            }
            top = clean_name(sheet, labels, cell.words.clone()).or(top);
            all = all.union(cell.bbox);
        }
        if let Some(top) = top.filter(|t| !is_address(&t.value) && !is_street(labels, t)) {
            out.push((top, all));
        }
    }
    out
}

/// The first line of an address block that is not the seller's: lines above one that names a town, or else above a tax id.
pub(super) fn buyer(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    found: &Candidates,
    not_here: &dyn Fn(u32, Box) -> bool,
    of_seller: &dyn Fn(u32, Box) -> bool,
    ids: &[Box],
    seller: Option<&str>,
) -> Option<Choice> {
    let in_town = |cell: &Cell| names_a_town(sheet, cell.words.clone());
    let holds = |cell: Box, id: &Box| {
        id.center_y() > cell.top && id.center_y() < cell.bottom && id.left >= cell.left && id.right <= cell.right + 1.0
    };
    let with_id = |cell: &Cell| !of_seller(cell.row, cell.bbox) && ids.iter().any(|id| holds(cell.bbox, id));
    let above = |ends: &dyn Fn(&Cell) -> bool| block_above(sheet, labels, found, not_here, seller, ends);
    // A tax id ends blocks of many kinds.
    above(&in_town).or_else(|| above(&with_id).map(|found| Choice { score: found.score.min(-1.2), ..found }))
}

fn block_above(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    found: &Candidates,
    not_here: &dyn Fn(u32, Box) -> bool,
    seller: Option<&str>,
    ends: &dyn Fn(&Cell) -> bool,
) -> Option<Choice> {
    let sender = sender_line(sheet, labels).map(|(_, bbox)| bbox);
    for cell in &sheet.cells {
        let row = sheet.row(cell.row);
        let in_sender =
            |b: Box| sender.is_some_and(|s| b.center_y() < s.bottom && b.bottom > s.top && (b.left - s.left).abs() < 4.0);
        if row.page != 0
            || in_sender(cell.bbox)
            || not_here(cell.row, cell.bbox)
            || !ends(cell)
            || row.bbox.top > sheet.pages[0].height * 0.6
        {
            continue;
        }
        let mut top: Option<(Choice, std::ops::Range<u32>)> = None;
        let mut last = cell.bbox;
        for above in (cell.row.saturating_sub(6)..cell.row).rev() {
            if sheet.row(above).page != 0 {
                break;
            }
            let aligned = |c: &u32| (sheet.cell(*c).bbox.left - cell.bbox.left).abs() < 4.0;
            let Some(cell_at) = sheet.row(above).cells.clone().find(aligned) else { continue };
            let next = sheet.cell(cell_at);
            if in_sender(next.bbox)
                || last.top - next.bbox.bottom > 1.6 * next.bbox.height()
                || sheet.text(next.words.clone()).ends_with(':')
            {
                break;
            }
            match clean_name(sheet, labels, next.words.clone()) {
                // The seller's own block; but the sender's line above the window is in smaller writing.
                Some(choice) if seller.is_some_and(|s| s.eq_ignore_ascii_case(&choice.value)) => {
                    // Nor is a mark in larger writing that stands apart from the window's first line.
                    let apart = next.bbox.height() > 1.3 * last.height() && last.top - next.bbox.bottom > 0.7 * last.height();
                    top = top.filter(|_| apart || next.bbox.height() < 0.92 * last.height());
                    break;
                }
                Some(_) if labels.titles.iter().any(|h| h.cell == cell_at && h.whole) => break,
                Some(choice) => top = Some((choice, next.words.clone())),
                None => {}
            }
            last = next.bbox;
        }
        let is_party = |choice: &Choice, words: std::ops::Range<u32>| {
            !is_no_party(labels, sheet, found, choice, words) && seller.is_none_or(|s| !s.eq_ignore_ascii_case(&choice.value))
        };
        if let Some((choice, _)) = top.filter(|(choice, words)| is_party(choice, words.clone())) {
            // A name without a legal form may be the seller's mark as well.
            let score = if choice.score >= 1.0 { 0.6 } else { -1.2 };
            return Some(Choice { score, ..choice });
        }
    }
    None
}

/// `Bismarckstraße 201, 28205 Bremen, Telefon 0421 498831`: a whole address on the line under a letterhead.
fn holds_a_town(sheet: &Sheet<'_>, words: std::ops::Range<u32>) -> bool {
    let text = |w: u32| sheet.words[w as usize].token.text.as_str();
    let after_comma = |w: u32| text(w - 1).ends_with([',', '·', '|']) && is_postcode(text(w)) && text(w).len() >= 5;
    let mut codes = words.start + 1..words.end.saturating_sub(1);
    words.len() <= 16 && codes.any(|w| after_comma(w) && text(w + 1).starts_with(char::is_uppercase))
}

/// A line that names a town by its postal code: `80331 München`, `Leeds LS1 4AP`.
fn names_a_town(sheet: &Sheet<'_>, words: std::ops::Range<u32>) -> bool {
    if words.len() > 8 {
        return false;
    }
    let texts: Vec<&str> = words.map(|w| sheet.words[w as usize].token.text.as_str()).collect();
    let capital = texts.iter().any(|t| t.starts_with(char::is_uppercase) && t.chars().filter(|c| c.is_alphabetic()).count() >= 3);
    let first = texts.first().is_some_and(|t| is_postcode(t));
    // `24-117` behind a word is a number of something: codes in two parts stand before their town.
    let whole = |t: &str| is_postcode(t) && t.find('-').is_none_or(|at| at >= 4);
    let last = texts.len() >= 2 && texts.last().is_some_and(|t| whole(t)) && !texts.iter().any(|t| t.ends_with(':'));
    let british = texts.windows(2).any(|p| is_outward(p[0]) && is_inward(p[1]));
    (capital && (first || last)) || british
}

/// First half of a British postcode: `LS1`, `EC1A`.
fn is_outward(text: &str) -> bool {
    (2..=4).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && text.contains(|c: char| c.is_ascii_digit())
}

/// Second half: `4AP`; of an Irish one, `FK80`.
fn is_inward(text: &str) -> bool {
    let b = text.trim_end_matches(',').as_bytes();
    let irish = b.len() == 4 && b[0].is_ascii_uppercase() && b.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    irish && b.iter().any(u8::is_ascii_digit)
        || b.len() == 3 && b[0].is_ascii_digit() && b[1..].iter().all(u8::is_ascii_uppercase)
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
