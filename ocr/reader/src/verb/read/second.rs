//! A second opinion where checks fail: numbers that do not add up, or whose check digits are wrong, are read again by another
//! engine, from the picture, each by itself. What makes the paper consistent is taken; what stays open is believed less.

use image::GrayImage;
use ocr::context::Context;
use ocr::page::{Box, Page, Token};
use ocr::reading::{FieldName, Finding, Reading, Severity, Source};

use super::super::Tools;
use super::parts::cropped;
use super::{File, Work, from_pages};
use crate::engine::Engines;
use crate::pdf::Shades;
use crate::picture;
use crate::sniff::Kind;

/// Where a page can be had again as a picture.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Which file of the paper.
    pub file: usize,
    /// Which page of it, from 1.
    pub number: u32,
    /// What its text layer says may not be what is seen.
    pub doubtful: bool,
}

/// Findings that a misread digit would explain.
const SUMS: [&str; 5] = ["sum_gross", "sum_payable", "sum_breakdown", "vat_row", "sum_lines"];
const CHECKSUMS: [&str; 5] = ["iban_checksum", "tax_id", "access_key", "ksef_number", "ettn"];
/// Fields that a sum is made of.
const SUMMED: [FieldName; 6] = [
    FieldName::TotalNet,
    FieldName::TotalVat,
    FieldName::TotalGross,
    FieldName::AmountPayable,
    FieldName::AmountPaid,
    FieldName::Rounding,
];
/// Numbers read again of one paper, about 30 ms each.
const MOST: usize = 32;

/// A number on a page: words that follow each other.
#[derive(Clone, Debug)]
struct Place {
    page: usize,
    tokens: std::ops::Range<usize>,
    bbox: Box,
}

impl Place {
    fn text(&self, pages: &[Page]) -> String {
        pages[self.page].tokens[self.tokens.clone()].iter().map(|t| t.text.as_str()).collect()
    }
}

impl Work<'_> {
    /// The reading after a second look, if the first leaves a doubt that one could settle.
    pub fn second_opinion(&mut self, tools: &mut Tools, files: &[File<'_>], context: &Context, reading: Reading) -> Reading {
        let places = doubtful(&reading, &self.pages);
        if places.is_empty() || self.clock.is_late() {
            return reading;
        }
        let language = reading.language.clone();
        let start = std::time::Instant::now();
        let again = self.look_again(tools, files, &places, language.as_deref());
        let elapsed = start.elapsed();
        self.clock.add(|took| &mut took.ocr, elapsed);
        settle(reading, &mut self.pages, &again, context)
    }

    /// What the other engine reads at each place; a place that it cannot read, or reads alike, is left out.
    fn look_again(
        &self,
        tools: &mut Tools,
        files: &[File<'_>],
        places: &[Place],
        language: Option<&str>,
    ) -> Vec<(Place, String)> {
        let mut out = Vec::new();
        for (index, seen) in self.seen.iter().enumerate() {
            let here: Vec<&Place> = places.iter().filter(|p| p.page == index).collect();
            if here.is_empty() {
                continue;
            }
            let page = &self.pages[index];
            let picture = files.get(seen.file).and_then(|file| self.picture_of(tools, file, seen.number, page.region));
            let Some(picture) = picture else { continue };
            let Ok(engines) = tools.models.engines() else { break };
            let upright = Engines::upright(&picture, page.turned);
            let zoom = upright.width() as f32 / page.width.max(1.0);
            for place in here {
                let Ok(text) = engines.line_again(&upright, place.bbox, zoom, language) else { return out };
                if text.contains(|c: char| c.is_ascii_digit()) && plain(&text) != plain(&place.text(&self.pages)) {
                    out.push((place.clone(), text));
                }
            }
        }
        out
    }

    pub(super) fn picture_of(&self, tools: &Tools, file: &File<'_>, number: u32, region: Option<Box>) -> Option<GrayImage> {
        let part = |picture: GrayImage, dpi| region.map(|region| cropped(&picture, dpi, region)).unwrap_or(picture);
        if file.kind == Kind::Pdf {
            let document = tools.pdf.open(file.bytes).ok()?;
            let drawn = document.draw(number, super::pages::DPI, Shades::Grey, super::pages::MOST_PIXELS).ok()?;
            return Some(part(drawn.picture.into_luma8(), drawn.dpi));
        }
        let mut pictures = picture::open(file.bytes, &self.request.limits).ok()?;
        pictures.skip_pages(number.saturating_sub(1));
        let picture = pictures.next()?.ok()?;
        Some(part(picture.grey().into_owned(), picture.dpi()))
    }
}

/// The numbers that findings cast a doubt on.
fn doubtful(reading: &Reading, pages: &[Page]) -> Vec<Place> {
    let mut boxes: Vec<(u32, Box)> = Vec::new();
    let found = |codes: &[&str]| reading.findings.iter().filter(|f| codes.contains(&f.code.as_str())).collect::<Vec<_>>();
    let mut fields: Vec<FieldName> = found(&CHECKSUMS).iter().flat_map(|f| f.fields.iter().copied()).collect();
    if found(&SUMS).iter().any(|f| f.severity > Severity::Info) {
        fields.extend(SUMMED);
        boxes.extend(reading.vat_breakdown.iter().filter_map(|row| row.page.zip(row.bbox)));
    }
    let placed = |name: &FieldName| reading.fields.get(name).and_then(|f| f.page.zip(f.bbox));
    boxes.extend(fields.iter().filter_map(placed));
    let mut places: Vec<Place> = pages.iter().enumerate().flat_map(|(index, page)| numbers(index, page, &boxes)).collect();
    places.truncate(MOST);
    places
}

/// Runs of words with digits inside the boxes, on a page that was read from its picture.
fn numbers(index: usize, page: &Page, boxes: &[(u32, Box)]) -> Vec<Place> {
    let mut out: Vec<Place> = Vec::new();
    if page.source != Source::Ocr {
        return out;
    }
    let inside = |t: &Token| boxes.iter().any(|(number, b)| *number == page.number && holds(*b, t.bbox));
    for (at, token) in page.tokens.iter().enumerate() {
        if !token.text.contains(|c: char| c.is_ascii_digit()) || !inside(token) {
            continue;
        }
        match out.last_mut() {
            Some(last)
                if last.tokens.end == at
                    && page.tokens[at - 1].line == token.line
                    && token.bbox.left - last.bbox.right < 0.6 * token.bbox.height() =>
            {
                last.tokens.end = at + 1;
                last.bbox = last.bbox.union(token.bbox);
            }
            _ => out.push(Place { page: index, tokens: at..at + 1, bbox: token.bbox }),
        }
    }
    out
}

fn holds(outer: Box, inner: Box) -> bool {
    let (x, y) = (inner.center_x(), inner.center_y());
    (outer.left..=outer.right).contains(&x) && (outer.top..=outer.bottom).contains(&y)
}

/// Without blanks and with one kind of dash: engines differ in these without disagreeing.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).map(|c| if matches!(c, '−' | '–' | '—') { '-' } else { c }).collect()
}

/// Takes the readings of the second engine that leave fewest findings, one alone or all together; where none helps, both are
/// believed less.
fn settle(reading: Reading, pages: &mut Vec<Page>, again: &[(Place, String)], context: &Context) -> Reading {
    if again.is_empty() {
        return reading;
    }
    let singles = again.iter().map(std::slice::from_ref);
    let trials = singles.chain((again.len() > 1).then_some(again));
    let tried = trials.map(|changes| {
        let pages = changed(pages, changes);
        (weight(&from_pages(&pages, context), &reading), changes, pages)
    });
    match tried.min_by_key(|(left, ..)| *left).filter(|(left, ..)| *left < weight(&reading, &reading)) {
        Some((_, changes, better)) => {
            let said: Vec<String> = changes.iter().map(|(place, text)| format!("{text} for {}", place.text(pages))).collect();
            *pages = better;
            let mut reading = from_pages(pages, context);
            let message = format!("A second engine read {}, which fits the other figures.", said.join(", "));
            reading.findings.push(Finding {
                code: "second_opinion".into(),
                severity: Severity::Info,
                fields: Vec::new(),
                message,
            });
            reading
        }
        None => disputed(reading, pages, again),
    }
}

/// The same values, those on which the engines differ believed less.
fn disputed(mut reading: Reading, pages: &[Page], again: &[(Place, String)]) -> Reading {
    let at = |page: Option<u32>, bbox: Option<Box>| {
        let (Some(page), Some(bbox)) = (page, bbox) else { return false };
        again.iter().any(|(place, _)| pages[place.page].number == page && holds(bbox, place.bbox))
    };
    for field in reading.fields.values_mut().filter(|field| at(field.page, field.bbox)) {
        field.confidence *= DISPUTED;
    }
    for row in reading.vat_breakdown.iter_mut().filter(|row| at(row.page, row.bbox)) {
        row.confidence *= DISPUTED;
    }
    reading
}

/// What is left of the confidence in a value on which two engines differ.
const DISPUTED: f32 = 0.5;
/// Characters that only the second engine read so, but that fit.
const FITTING: f32 = 0.9;

/// What is wrong with a reading that another reading of its figures could mend. What was there before and is gone is worse than
/// wrong: it can't be checked any more.
fn weight(reading: &Reading, before: &Reading) -> usize {
    let counts = |f: &&Finding| SUMS.contains(&f.code.as_str()) || CHECKSUMS.contains(&f.code.as_str());
    let each = |f: &Finding| match f.severity {
        Severity::Error => 4,
        Severity::Warning => 2,
        Severity::Info => 1,
    };
    let findings: usize = reading.findings.iter().filter(counts).map(each).sum();
    let fields = before.fields.keys().filter(|name| !reading.fields.contains_key(name)).count();
    let rows = before.vat_breakdown.len().saturating_sub(reading.vat_breakdown.len());
    findings + LOST * (fields + rows)
}

const LOST: usize = 8;

/// The pages with other words at some places.
fn changed(pages: &[Page], changes: &[(Place, String)]) -> Vec<Page> {
    let mut pages = pages.to_vec();
    for (place, text) in changes {
        let tokens = &mut pages[place.page].tokens[place.tokens.clone()];
        tokens.iter_mut().skip(1).for_each(|t| t.text.clear());
        tokens[0] = Token { text: plain(text), bbox: place.bbox, confidence: FITTING, ..tokens[0].clone() };
    }
    for page in &mut pages {
        page.tokens.retain(|t| !t.text.is_empty());
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An invoice whose total was misread: 100 and 23 are not 128.
    fn pages() -> Vec<Page> {
        let rows = [
            ["Invoice", "number:", "7/2026"],
            ["Total", "net:", "100.00"],
            ["Total", "VAT:", "23.00"],
            ["Grand", "total:", "128.00"],
        ];
        let token = |row: usize, column: usize, text: &str| {
            let (left, top) = ([20.0, 60.0, 200.0][column], 20.0 + 14.0 * row as f32);
            let bbox = Box { left, top, right: left + 6.0 * text.len() as f32, bottom: top + 10.0 };
            Token { text: text.into(), bbox, confidence: 1.0, line: row as u32, size: 0.0, bold: false, hidden: false }
        };
        let tokens = rows.iter().enumerate().flat_map(|(row, words)| {
            words.iter().enumerate().map(move |(column, text)| token(row, column, text)).collect::<Vec<_>>()
        });
        let tokens = tokens.collect();
        vec![Page {
            number: 1,
            width: 595.0,
            height: 842.0,
            turned: 0,
            skew: 0.0,
            region: None,
            source: Source::Ocr,
            tokens,
            codes: Vec::new(),
        }]
    }

    fn gross(reading: &Reading) -> (&str, f32) {
        let field = &reading.fields[&FieldName::TotalGross];
        (&field.value, field.confidence)
    }

    #[test]
    fn what_adds_up_is_taken_and_what_stays_open_is_believed_less() {
        let context = Context::default();
        let mut first = pages();
        let reading = from_pages(&first, &context);
        assert!(reading.findings.iter().any(|f| f.code == "sum_gross"), "{:?}", reading.findings);
        let places = doubtful(&reading, &first);
        assert_eq!(places.iter().map(|p| p.text(&first)).collect::<Vec<_>>(), ["100.00", "23.00", "128.00"]);

        let mended = settle(reading.clone(), &mut first, &[(places[2].clone(), "123.00".into())], &context);
        assert_eq!(gross(&mended).0, "123.00");
        assert!(
            mended.findings.iter().any(|f| f.code == "second_opinion") && !mended.findings.iter().any(|f| f.code == "sum_gross")
        );
        assert_eq!(first[0].tokens[11].text, "123.00");

        let mut again = pages();
        let open = settle(reading.clone(), &mut again, &[(places[2].clone(), "129.00".into())], &context);
        assert_eq!(gross(&open).0, "128.00");
        assert!(gross(&open).1 < gross(&reading).1);
    }

    #[test]
    fn a_paper_that_adds_up_is_not_looked_at_again() {
        let mut pages = pages();
        pages[0].tokens[11].text = "123.00".into();
        assert!(doubtful(&from_pages(&pages, &Context::default()), &pages).is_empty());
    }
}
