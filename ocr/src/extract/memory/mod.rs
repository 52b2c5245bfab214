//! What an office's approvals taught about a seller's papers: where each field stands, beside which label, in which form.
//!
//! A [`Layout`] is learned from the tokens of a paper and the values a person approved ([`learn`]). Papers that may be its seller's are
//! found by what is printed on them ([`keys`]); [`amend`] then puts what the layout knows over a reading. Values that the file
//! carries as data or codes, or that a person set, are never touched. Nothing of a buyer is kept: sellers write to many.

mod apply;
mod learn;
mod seller;
mod spot;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::candidate::Candidates;
use super::labels::Labels;
use super::sheet::Sheet;
use crate::page::{Box, Page};
use crate::reading::{DocumentType, FieldName, Reading, Source};
use crate::vocab;

pub use apply::{amend, fitting};
pub use learn::{learn, relearn};
pub use seller::keys;
use spot::Spot;

/// What was learned about one layout of one seller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layout {
    /// What names the seller on its papers, as [`keys`] writes it: the tax id, else the IBAN, else the folded name.
    pub seller: String,
    /// Where that stood; none where it is known by what was read, not by what is printed.
    pub place: Option<Place>,
    /// What kind of paper it is: a correction has its values elsewhere.
    pub document_type: DocumentType,
    /// The fingerprint: the labels of the first page, hashed.
    pub marks: Vec<u32>,
    /// What was learned by field.
    pub lessons: BTreeMap<FieldName, Lesson>,
}

/// A layout as an office's memory keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// Which memory.
    pub id: String,
    /// Which version of it.
    pub version: u64,
    /// What it knows.
    pub layout: Layout,
}

/// A place on a page, in shares of its width and height.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Left edge.
    pub left: f32,
    /// Right edge.
    pub right: f32,
    /// Middle.
    pub y: f32,
}

/// What was learned about one field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lesson {
    /// A person had to correct what the reader said: the memory decides. Otherwise it fills gaps and confirms.
    pub corrected: bool,
    /// A person took the value away: what stands at these spots is not this field.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
    /// The value itself, where it is the seller's own (name, address, tax id).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<String>,
    /// Where it stood, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    spots: Vec<Spot>,
    /// Approved papers on which these spots held.
    pub right: u32,
    /// Approved papers on which they did not; since then they are other spots.
    pub wrong: u32,
}

/// Fields that are the seller's own: the same on each of its papers.
const CONSTANT: [FieldName; 4] =
    [FieldName::SellerName, FieldName::SellerTaxId, FieldName::SellerAddress, FieldName::SellerCountry];

/// Fields that are looked for where they stood. National numbers prove themselves and need no memory; the account is only ever
/// read from the page, so that a changed one is seen.
const PLACED: [FieldName; 19] = [
    FieldName::InvoiceNumber,
    FieldName::IssueDate,
    FieldName::SaleDate,
    FieldName::DueDate,
    FieldName::PurchaseOrder,
    FieldName::PrecedingInvoice,
    FieldName::BuyerName,
    FieldName::BuyerTaxId,
    FieldName::AllowancesTotal,
    FieldName::ChargesTotal,
    FieldName::TotalNet,
    FieldName::TotalVat,
    FieldName::TotalGross,
    FieldName::Withholding,
    FieldName::AmountPaid,
    FieldName::AmountPayable,
    FieldName::Iban,
    FieldName::PaymentReference,
    FieldName::Currency,
];

/// A paper laid out, as extraction sees it.
struct View<'a> {
    sheet: Sheet<'a>,
    labels: Labels<'static>,
    found: Candidates,
    source: Source,
}

impl Lesson {
    /// The words beside the value on the papers it was learned from, folded: what it is found by.
    pub fn labels(&self) -> Vec<&str> {
        let mut labels: Vec<&str> = self.spots.iter().map(Spot::label).filter(|label| !label.is_empty()).collect();
        labels.dedup();
        labels
    }
}

impl<'a> View<'a> {
    fn new(pages: &'a [Page]) -> View<'a> {
        let sheet = Sheet::new(pages);
        let labels = Labels::find(&sheet, vocab::shared());
        let found = Candidates::find(&sheet, &labels);
        View { source: pages.first().map_or(Source::Text, |page| page.source), sheet, labels, found }
    }

    /// A box on the page of a row, in shares of the page.
    fn place(&self, row: u32, bbox: Box) -> Place {
        let page = &self.sheet.pages[usize::from(self.sheet.row(row).page)];
        let (width, height) = (page.width.max(1.0), page.height.max(1.0));
        Place { left: rounded(bbox.left / width), right: rounded(bbox.right / width), y: rounded(bbox.center_y() / height) }
    }

    /// The labels of the first page, hashed, sorted: what stays the same when the values change.
    fn marks(&self) -> Vec<u32> {
        let first = self.labels.hits.iter().filter(|hit| self.sheet.row(hit.row).page == 0 && (hit.leads || hit.colon));
        let text = |words: std::ops::Range<u32>| words.map(|word| self.sheet.folded(word)).collect::<String>();
        let mut marks: Vec<u32> = first.map(|hit| hash(&vocab::compact(&text(hit.words.clone())))).collect();
        marks.sort_unstable();
        marks.dedup();
        marks
    }
}

impl Place {
    fn near(self, other: Place, reach: f32) -> bool {
        let across = (self.left - other.left).abs().min((self.right - other.right).abs());
        across < reach && (self.y - other.y).abs() < reach
    }
}

/// Thousandths of a page are finer than two prints of one layout agree.
fn rounded(share: f32) -> f32 {
    (share * 1000.0).round() / 1000.0
}

/// Whether memory may speak about a value: only about what was read from the page.
fn may_amend(reading: &Reading, field: FieldName) -> bool {
    reading.fields.get(&field).is_none_or(|read| matches!(read.source, Source::Text | Source::Ocr))
}

/// FNV-1a, 32 bits: stable over builds and machines.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
