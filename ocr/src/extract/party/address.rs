//! A party's address: the lines of its block between its name and its numbers.

use super::name::{first_line, is_no_name, labelled_name};
use super::region::{Region, Side, inside};
use crate::extract::candidate::Candidates;
use crate::extract::labels::Labels;
use crate::extract::pick::Choice;
use crate::extract::sheet::{Cell, Sheet};
use crate::page::Box;
use crate::vocab::Label;

/// The lines of a side's block between its name and its numbers; what follows the name on its line is the first of them.
pub(super) fn address_of(
    sheet: &Sheet<'_>,
    labels: &Labels<'_>,
    found: &Candidates,
    regions: &[Region],
    side: Side,
    name: Option<&Choice>,
) -> Option<Choice> {
    let holds = |r: &&Region| r.side == side && !r.sentence;
    let region = regions.iter().filter(holds).max_by(|a, b| {
        // The block that the name was taken from; else the one surest to be the side's.
        let own = |r: &Region| {
            name.and_then(|n| n.bbox).is_some_and(|b| {
                r.bbox.left <= b.left && b.left < r.bbox.right && r.bbox.top <= b.bottom && b.bottom <= r.bbox.bottom + 1.0
            })
        };
        own(a).cmp(&own(b)).then(a.strength.total_cmp(&b.strength)).then(b.rows.start.cmp(&a.rows.start))
    })?;
    let name = region
        .name
        .clone()
        .or_else(|| labelled_name(sheet, labels, regions, region))
        .or_else(|| first_line(sheet, labels, regions, region))?;
    let name_box = name.bbox?;
    let mut made = Made::default();
    for row in region.rows.clone() {
        for cell in sheet.row(row).cells.clone().map(|c| sheet.cell(c)) {
            if on_line_of(cell.bbox, name_box) && cell.bbox.left <= name_box.left && cell.bbox.right > name_box.right + 5.0 {
                made.rest_of_line(sheet, cell, name_box);
                continue;
            }
            let mine = cell.bbox.center_y() > name_box.bottom
                && inside(regions, sheet, row, cell.bbox) == Some(side)
                && aligned(cell.bbox, name_box);
            if !mine || made.lines.len() >= 5 {
                continue;
            }
            let money = found.amounts_in(row).any(|i| {
                found.amounts[i].cell == sheet.words[cell.words.start as usize].cell && found.amounts[i].amount.decimals
            });
            if money || (!made.lines.is_empty() && cell.bbox.top - made.bottom > 1.3 * cell.bbox.height()) {
                return made.finish();
            }
            let label = labels.row(row).iter().find(|h| {
                h.leads
                    && h.words.start >= cell.words.start
                    && h.words.end <= cell.words.end
                    && labels.is(h, is_no_name)
                    && (h.colon || h.length > 2)
            });
            let words = match label {
                Some(hit) if labels.is(hit, |l| l == Label::PartyAddress) && (hit.colon || hit.whole) => {
                    hit.words.end..cell.words.end
                }
                Some(_) if made.lines.is_empty() => continue,
                Some(_) => return made.finish(),
                None => cell.words.clone(),
            };
            made.add(sheet, words);
        }
    }
    made.finish()
}

fn is_telephone(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 7 && !text.contains(char::is_alphabetic)
}

fn on_line_of(a: Box, b: Box) -> bool {
    (a.center_y() - b.center_y()).abs() < 0.4 * b.height().max(4.0)
}

fn aligned(cell: Box, name: Box) -> bool {
    (cell.left - name.left).abs() < 60.0
        || (cell.right - name.right).abs() < 5.0
        || (cell.center_x() - name.center_x()).abs() < 8.0
}

/// An address in the making.
#[derive(Default)]
struct Made {
    lines: Vec<String>,
    bbox: Option<Box>,
    page: Option<u32>,
    bottom: f32,
}

impl Made {
    fn add(&mut self, sheet: &Sheet<'_>, words: std::ops::Range<u32>) {
        if words.is_empty() {
            return;
        }
        let text = sheet.text(words.clone());
        // `Hauptstr. 5 · 01067 Dresden · 0351 123456 · info@alfa.example`: up to the first piece that is no address.
        let pieces = text.split(['·', '•', '|']).map(str::trim);
        let text =
            pieces.take_while(|p| !p.contains('@') && !p.contains("www.") && !is_telephone(p)).collect::<Vec<_>>().join(", ");
        let text = text.trim_matches([':', ' ', ',', '·', '•', '|']).to_owned();
        if text.chars().filter(|c| c.is_alphanumeric()).count() < 2 {
            return;
        }
        self.lines.push(text);
        self.page = Some(sheet.page_number(sheet.words[words.start as usize].row));
        let bbox = sheet.bbox(words);
        self.bottom = bbox.bottom;
        self.bbox = Some(self.bbox.map_or(bbox, |b| b.union(bbox)));
    }

    fn rest_of_line(&mut self, sheet: &Sheet<'_>, cell: &Cell, name: Box) {
        let start =
            cell.words.clone().find(|w| sheet.words[*w as usize].token.bbox.left >= name.right - 1.0).unwrap_or(cell.words.end);
        let digits = sheet.text(start..cell.words.end).contains(|c: char| c.is_ascii_digit());
        if digits {
            self.add(sheet, start..cell.words.end);
        }
    }

    fn finish(self) -> Option<Choice> {
        (!self.lines.is_empty()).then(|| Choice {
            value: self.lines.join(", "),
            score: 1.0,
            page: self.page,
            bbox: self.bbox,
            ..Choice::default()
        })
    }
}
