//! Several papers on one page: receipts on one photo, tickets laid side by side on the glass of a scanner.
//!
//! Where the picture shows separate sheets, each must be a paper by itself ([`are_papers`]). Where it does not (white paper on white), a
//! gap through all of the page may part papers ([`columns`]), but then both sides must name what only different papers have.

use std::ops::Range;

use crate::context::Context;
use crate::extract::extract;
use crate::fold::fold;
use crate::page::{Box, Page};
use crate::reading::{FieldName, Reading};

/// A gap between papers is wider than so many lines are high.
const GAP: f32 = 2.5;
/// The widest gaps of a page are tried, each way.
const TRIED: usize = 5;
/// Papers on one page.
const MOST: usize = 12;
/// Words a paper has at least.
const FEWEST: usize = 8;
/// From here on a value counts as the paper's.
const LIKELY: f32 = 0.5;
/// From here on a value may tell two papers apart.
const SURE: f32 = 0.8;

/// Whether the sheets that a picture shows, each read by itself, are papers and not leaves of one: each has a total of its own and says of
/// what or when, and no two of them are the same purchase (a receipt and the slip of the card terminal, an invoice and its copy).
pub fn are_papers(sheets: &[Page]) -> bool {
    let faces: Vec<Face> = sheets.iter().map(Face::of).collect();
    let mut pairs = faces.iter().enumerate().flat_map(|(i, a)| faces[i + 1..].iter().map(move |b| (a, b)));
    (2..=MOST).contains(&sheets.len()) && faces.iter().all(Face::is_paper) && pairs.all(|(a, b)| !a.may_be(b))
}

/// Papers on a page whose background tells nothing: parted by gaps that run through the page from edge to edge, or through what such gaps
/// leave. Empty where it is one paper, which it is unless the text leaves no doubt.
pub fn columns(page: &Page) -> Vec<Box> {
    let words: Vec<Box> = page.tokens.iter().filter(|token| !token.hidden).map(|token| token.bbox).collect();
    if words.len() < 2 * FEWEST || !page.tokens.iter().any(|token| is_amount(&token.text)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    part(page, Box { left: 0.0, top: 0.0, right: page.width, bottom: page.height }, MOST, &mut found);
    if found.len() > 1 { found } else { Vec::new() }
}

/// Divides `place` as often as it can be divided.
fn part(page: &Page, place: Box, most: usize, found: &mut Vec<Box>) {
    let whole = page.part(place);
    let cut = if most > 1 { cuts(&whole).into_iter().find(|cut| parted(&whole, *cut, most).is_some()) } else { None };
    let Some(cut) = cut else {
        found.push(place);
        return;
    };
    for half in cut.halves(place) {
        part(page, half, most / 2, found);
    }
}

/// A line across the page where nothing stands.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// Down the page, so far from its left edge.
    Down(f32),
    /// Across the page, so far from its top.
    Across(f32),
}

impl Cut {
    fn halves(self, place: Box) -> [Box; 2] {
        match self {
            Cut::Down(x) => [Box { right: place.left + x, ..place }, Box { left: place.left + x, ..place }],
            Cut::Across(y) => [Box { bottom: place.top + y, ..place }, Box { top: place.top + y, ..place }],
        }
    }
}

/// Where the page could be cut: its widest gaps down first, then those across.
fn cuts(page: &Page) -> Vec<Cut> {
    let words: Vec<Box> = page.tokens.iter().filter(|token| !token.hidden).map(|token| token.bbox).collect();
    let mut heights: Vec<f32> = words.iter().map(|word| word.height()).collect();
    heights.sort_by(f32::total_cmp);
    let Some(height) = heights.get(heights.len() / 2) else { return Vec::new() };
    let gaps = |spans: Vec<Range<f32>>| {
        let mut gaps = gaps(spans, GAP * height);
        gaps.sort_by(|a, b| (b.end - b.start).total_cmp(&(a.end - a.start)));
        gaps.truncate(TRIED);
        gaps.into_iter().map(|gap| (gap.start + gap.end) / 2.0)
    };
    let down = gaps(words.iter().map(|word| word.left..word.right).collect()).map(Cut::Down);
    let across = gaps(words.iter().map(|word| word.top..word.bottom).collect()).map(Cut::Across);
    down.chain(across).collect()
}

/// What lies between the spans, and is at least so wide.
fn gaps(mut spans: Vec<Range<f32>>, least: f32) -> Vec<Range<f32>> {
    spans.sort_by(|a, b| a.start.total_cmp(&b.start));
    let mut gaps = Vec::new();
    let mut end = f32::INFINITY;
    for span in spans {
        if span.start - end >= least {
            gaps.push(end..span.start);
        }
        end = if end.is_finite() { end.max(span.end) } else { span.end };
    }
    gaps
}

/// The papers on both sides of a cut, if it surely parts papers.
fn parted(page: &Page, cut: Cut, most: usize) -> Option<Vec<Face>> {
    let halves = cut.halves(Box { left: 0.0, top: 0.0, right: page.width, bottom: page.height }).map(|half| page.part(half));
    if halves.iter().any(|half| half.tokens.len() < FEWEST || !half.tokens.iter().any(|token| is_amount(&token.text))) {
        return None;
    }
    let beside = matches!(cut, Cut::Down(_));
    let [a, b] = halves.each_ref().map(|half| faces(half, most / 2));
    let apart = a.iter().all(|one| b.iter().all(|other| one.is_surely_not(other, beside)));
    let papers: Vec<Face> = a.into_iter().chain(b).collect();
    (apart && papers.iter().all(Face::is_paper)).then_some(papers)
}

/// The paper on a page; or, where two dates leave it without one, the papers that it can be parted into.
fn faces(page: &Page, most: usize) -> Vec<Face> {
    let face = Face::of(page);
    if most < 2 || face.date.is_some() {
        return vec![face];
    }
    cuts(page).into_iter().find_map(|cut| parted(page, cut, most)).unwrap_or_else(|| vec![face])
}

/// `12,50`: a number with two decimals.
pub fn is_amount(text: &str) -> bool {
    let mut back = text.trim_end_matches(|c: char| !c.is_ascii_digit()).chars().rev();
    let decimals = [back.next(), back.next()].iter().all(|c| c.is_some_and(|c| c.is_ascii_digit()));
    decimals && matches!(back.next(), Some('.' | ',')) && back.next().is_some_and(|c| c.is_ascii_digit())
}

/// What tells papers apart.
struct Face {
    total: Option<String>,
    date: Option<(String, f32)>,
    number: Option<(String, f32)>,
    seller: Option<(String, f32)>,
}

impl Face {
    fn of(page: &Page) -> Face {
        let reading: Reading = extract(std::slice::from_ref(page), &Context::default());
        let value = |name: FieldName| {
            let field = reading.fields.get(&name).filter(|field| field.confidence >= LIKELY)?;
            Some((fold(&field.value).replace(' ', ""), field.confidence))
        };
        Face {
            total: value(FieldName::TotalGross).or_else(|| value(FieldName::AmountPayable)).map(|(total, _)| total),
            date: value(FieldName::IssueDate),
            number: value(FieldName::InvoiceNumber),
            seller: value(FieldName::SellerTaxId),
        }
    }

    fn is_paper(&self) -> bool {
        self.total.is_some() && (self.date.is_some() || self.seller.is_some() || self.number.is_some())
    }

    /// Whether both may be leaves of one purchase: the same total, and nothing that speaks against it.
    fn may_be(&self, other: &Face) -> bool {
        let differ = |a: &Option<(String, f32)>, b: &Option<(String, f32)>| a.is_some() && b.is_some() && !same(a, b);
        let numbered = same(&self.number, &other.number) && self.number.is_some();
        numbered || (self.total == other.total && !differ(&self.date, &other.date) && !differ(&self.seller, &other.seller))
    }

    /// Whether the text alone proves two papers. Side by side, other numbers and dates of each do; one above the other stand an invoice and
    /// its payment slip, or a receipt for it on the same sheet: there both must name sellers of their own.
    fn is_surely_not(&self, other: &Face, beside: bool) -> bool {
        let surely = |a: &Option<(String, f32)>, b: &Option<(String, f32)>| {
            let sure = |value: &Option<(String, f32)>| value.as_ref().is_some_and(|(_, confidence)| *confidence >= SURE);
            sure(a) && sure(b) && !same(a, b)
        };
        let dated = self.date.is_some() && other.date.is_some();
        let sellers = surely(&self.seller, &other.seller);
        self.total != other.total && dated && (sellers || (beside && surely(&self.number, &other.number)))
    }
}

fn same(a: &Option<(String, f32)>, b: &Option<(String, f32)>) -> bool {
    a.as_ref().map(|(value, _)| value) == b.as_ref().map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Token;
    use crate::reading::Source;

    const SHOP: &str =
        "Sklep Żółty Sp. z o.o.\nNIP 5260250274\nPARAGON FISKALNY\n2026-11-05 nr W018472\nMąka 2 x 10,00  20,00\nSUMA PLN 20,00";
    const FUEL: &str =
        "Stacja Dąbrówka S.A.\nNIP 9451072360\nPARAGON FISKALNY\n2026-11-06 nr 000731\nON Diesel  154,30\nSUMA PLN 154,30";

    /// Pages of text laid at these corners; two blanks are a gap between columns.
    fn laid(papers: &[(&str, f32, f32)]) -> Page {
        let mut tokens = Vec::new();
        for (text, left, top) in papers {
            for (row, line) in (0u8..).zip(text.lines()) {
                let mut x = *left;
                for word in line.split(' ') {
                    let width = word.chars().count() as f32 * 5.0;
                    let y = top + f32::from(row) * 14.0;
                    let bbox = Box { left: x, top: y, right: x + width, bottom: y + 10.0 };
                    x += if word.is_empty() { 60.0 } else { width + 4.0 };
                    if !word.is_empty() {
                        let line = tokens.len() as u32;
                        tokens.push(Token {
                            text: word.into(),
                            bbox,
                            confidence: 0.99,
                            line,
                            size: 0.0,
                            bold: false,
                            hidden: false,
                        });
                    }
                }
            }
        }
        let (width, height, codes) = (842.0, 595.0, Vec::new());
        Page { number: 1, width, height, turned: 0, skew: 0.0, region: None, source: Source::Ocr, tokens, codes }
    }

    #[test]
    fn two_receipts_beside_or_above_each_other_are_two() {
        let beside = columns(&laid(&[(SHOP, 20.0, 20.0), (FUEL, 420.0, 60.0)]));
        assert_eq!(beside.len(), 2, "{beside:?}");
        assert!(beside[0].right == beside[1].left && (250.0..420.0).contains(&beside[0].right), "{beside:?}");
        let above = columns(&laid(&[(SHOP, 20.0, 20.0), (FUEL, 30.0, 300.0)]));
        assert_eq!(above.len(), 2, "{above:?}");
        let third = FUEL.replace("9451072360", "7251803042").replace("154,30", "9,99");
        assert_eq!(columns(&laid(&[(SHOP, 20.0, 20.0), (FUEL, 420.0, 60.0), (third.as_str(), 30.0, 320.0)])).len(), 3);
    }

    #[test]
    fn what_belongs_together_stays_together() {
        let slip = "Terminal 7731\nKarta\n2026-11-05\nDo zapłaty 20,00 PLN\nDziękujemy za zakupy i zapraszamy";
        let again = SHOP.replace("20,00", "31,00");
        for (name, papers) in [
            ("a receipt with a column of prices", vec![(SHOP, 20.0, 20.0)]),
            ("a copy beside it", vec![(SHOP, 20.0, 20.0), (SHOP, 420.0, 20.0)]),
            ("the slip of the card", vec![(SHOP, 20.0, 20.0), (slip, 420.0, 20.0)]),
            ("the same shop again, above", vec![(SHOP, 20.0, 20.0), (again.as_str(), 20.0, 300.0)]),
        ] {
            assert!(columns(&laid(&papers)).is_empty(), "{name}");
        }
    }

    #[test]
    fn sheets_are_papers_if_each_is_one() {
        let (shop, fuel) = (laid(&[(SHOP, 0.0, 0.0)]), laid(&[(FUEL, 0.0, 0.0)]));
        assert!(are_papers(&[shop.clone(), fuel.clone()]));
        assert!(!are_papers(&[shop.clone(), shop.clone()]), "a receipt and its copy");
        assert!(!are_papers(&[shop.clone(), fuel, laid(&[("Ogólne warunki sprzedaży", 0.0, 0.0)])]));
        assert!(!are_papers(&[shop]));
    }

    #[test]
    fn amounts() {
        assert!(is_amount("12,50") && is_amount("*1.234,56PLN"));
        assert!(!is_amount("12.05.2026") && !is_amount("2026") && !is_amount(",50"));
    }
}
