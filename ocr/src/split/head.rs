//! What a page by itself says about the paper it belongs to: its number, its place among the pages, its title.

use std::cell::OnceCell;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::context::Context;
use crate::extract::extract;
use crate::fold::fold;
use crate::page::Page;
use crate::reading::{DocumentType, FieldName, Reading};

static RULES: LazyLock<Rules> = LazyLock::new(|| load().unwrap_or_default());

/// `rules/pages.toml`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    words: Vec<String>,
    of: Vec<String>,
    separators: Vec<String>,
}

fn load() -> Result<Rules, toml::de::Error> {
    toml::from_str(include_str!("../../rules/pages.toml"))
}

/// From here on a number on a page counts as the paper's.
const SURE: f32 = 0.85;

/// What a page says by itself. It is read when it is asked for: most pages behind a first one say that they follow, or have no title.
#[derive(Clone, Debug)]
pub(super) struct Head<'p> {
    page: &'p Page,
    /// Which page of how many.
    place: Option<(u32, u32)>,
    said: OnceCell<Said>,
}

/// What only reading a page tells.
#[derive(Clone, Debug)]
struct Said {
    /// Numbers that only one paper has: the invoice's, and those that tax offices give.
    numbers: Vec<(FieldName, String)>,
    is_title: bool,
}

impl<'p> Head<'p> {
    pub fn of(page: &'p Page) -> Head<'p> {
        Head { page, place: numbering(page), said: OnceCell::new() }
    }

    fn said(&self) -> &Said {
        self.said.get_or_init(|| {
            // What a code says stands on any page of a paper, so it makes no first page.
            let reading = extract(std::slice::from_ref(self.page), &Context::default());
            Said { numbers: numbers(&reading), is_title: is_title(&reading) }
        })
    }

    /// Whether it looks like the first page of a paper: a title, and a day or a sum.
    pub fn is_title(&self) -> bool {
        self.said().is_title
    }

    /// Whether a page before has the same number. The invoice's own number decides where both have one.
    pub fn shares_number(&self, before: &[&Head<'_>]) -> bool {
        before.iter().any(|head| match (head.own(), self.own()) {
            (Some(theirs), Some(ours)) => theirs == ours,
            _ => head.said().numbers.iter().any(|number| self.said().numbers.contains(number)),
        })
    }

    fn own(&self) -> Option<&str> {
        self.said().numbers.iter().find(|(name, _)| *name == FieldName::InvoiceNumber).map(|(_, value)| value.as_str())
    }

    /// Whether the page calls itself the one behind the last.
    pub fn follows(&self, before: &[&Head<'_>]) -> bool {
        match self.place {
            Some((number, _)) if number > 1 => before.last().is_none_or(|last| last.place.is_none_or(|(n, _)| n + 1 == number)),
            _ => false,
        }
    }

    /// Whether it has a number, and the pages before have another.
    pub fn differs(&self, before: &[&Head<'_>]) -> bool {
        let mut all = before.iter().flat_map(|head| &head.said().numbers);
        all.any(|(name, value)| self.said().numbers.iter().any(|(n, v)| n == name && v != value))
    }

    /// "Page 1 of 3".
    pub fn is_first_of_several(&self) -> bool {
        self.place.is_some_and(|(number, _)| number == 1)
    }

    /// Not "page 1 of 3".
    pub fn may_be_last(&self) -> bool {
        self.place.is_none_or(|(number, of)| number >= of)
    }
}

fn numbers(reading: &Reading) -> Vec<(FieldName, String)> {
    let own = [FieldName::InvoiceNumber, FieldName::AccessKey, FieldName::KsefNumber, FieldName::Ettn];
    let sure = own.into_iter().filter_map(|name| Some((name, reading.fields.get(&name)?)));
    sure.filter(|(_, field)| field.confidence >= SURE).map(|(name, field)| (name, fold(&field.value).replace(' ', ""))).collect()
}

fn is_title(reading: &Reading) -> bool {
    let has = |name: FieldName| reading.fields.get(&name).is_some_and(|f| f.confidence >= 0.5);
    let kind = matches!(
        reading.document_type,
        DocumentType::Invoice | DocumentType::CreditNote | DocumentType::Receipt | DocumentType::Proforma
    );
    let seller = has(FieldName::SellerTaxId) || has(FieldName::SellerName);
    kind && seller && has(FieldName::IssueDate) && (has(FieldName::InvoiceNumber) || has(FieldName::TotalGross))
}

/// "Seite 2 von 3", "Strona: 1/2", "2 / 3" behind one of the words.
pub(super) fn numbering(page: &Page) -> Option<(u32, u32)> {
    let words: Vec<String> = page.tokens.iter().filter(|t| !t.hidden).flat_map(|t| pieces(&fold(&t.text))).collect();
    (0..words.len()).find_map(|i| {
        let known = RULES.words.contains(&words[i]);
        let after = words.get(i + 1..words.len().min(i + 5)).filter(|_| known)?;
        let number = after.first()?.parse().ok()?;
        let of: u32 = match after.get(1) {
            Some(word) if RULES.of.contains(word) => after.get(2)?.parse().ok()?,
            _ => return None,
        };
        ((1..=of).contains(&number) && of < 1_000).then_some((number, of))
    })
}

/// Words, numbers and signs of a token by themselves: `strona:1/2` is `strona`, `1`, `/`, `2`.
fn pieces(folded: &str) -> Vec<String> {
    let mut out: Vec<(u8, String)> = Vec::new();
    for c in folded.chars() {
        let kind = if c.is_ascii_digit() {
            0
        } else if c.is_alphabetic() {
            1
        } else {
            2
        };
        match out.last_mut() {
            Some((last, text)) if *last == kind => text.push(c),
            _ => out.push((kind, c.to_string())),
        }
    }
    out.into_iter().map(|(_, text)| text).filter(|text| !matches!(text.as_str(), ":" | "." | "(" | ")" | ".:" | "#")).collect()
}

/// A sheet that only separates: it has a code that says so, and nothing of an invoice.
pub(super) fn is_separator(page: &Page) -> bool {
    let says = |text: &str| {
        let plain: String = fold(text).chars().filter(char::is_ascii_alphanumeric).collect();
        RULES.separators.contains(&plain)
    };
    if !page.codes.iter().any(|code| says(&code.text)) {
        return false;
    }
    // A first page may carry the code itself: it separates and stays.
    let reading = extract(std::slice::from_ref(page), &Context::default());
    !reading.fields.contains_key(&FieldName::TotalGross) && !is_title(&reading)
}
