//! The mapping of a format to our words, as data: `ocr/formats/<format>.toml`. Adding a format is a file and a line in
//! [`SOURCES`]; what the keys mean stands at the fields below, the paths are those of [`super::path`].

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::path::Path;
use crate::reading::{DocumentType, FieldName, Mark, Severity};

/// The tables by name, in the order in which they are tried: the particular ones first.
const SOURCES: &[(&str, &str)] = &[
    ("ubl-tr", include_str!("../../formats/ubl-tr.toml")),
    ("ubl", include_str!("../../formats/ubl.toml")),
    ("cii", include_str!("../../formats/cii.toml")),
    ("ksef", include_str!("../../formats/ksef.toml")),
    ("ksef-rr", include_str!("../../formats/ksef-rr.toml")),
    ("nfe", include_str!("../../formats/nfe.toml")),
    ("nfse", include_str!("../../formats/nfse.toml")),
    ("nfse-abrasf", include_str!("../../formats/nfse-abrasf.toml")),
    ("cte", include_str!("../../formats/cte.toml")),
    ("nfcom", include_str!("../../formats/nfcom.toml")),
    ("bpe", include_str!("../../formats/bpe.toml")),
    ("fatturapa", include_str!("../../formats/fatturapa.toml")),
];

/// The tables, loaded.
static FORMATS: LazyLock<Vec<Format>> = LazyLock::new(|| {
    // The tables are part of the program; a test loads each, so a mistake in one never reaches a release.
    SOURCES.iter().filter_map(|(_, source)| load(source).ok()).collect()
});

/// XML that is no invoice though it may look like one.
static OTHERS: LazyLock<Others> = LazyLock::new(|| toml::from_str(include_str!("../../formats/other.toml")).unwrap_or_default());

/// All formats that are read as invoices.
pub(super) fn formats() -> &'static [Format] {
    &FORMATS
}

/// What is known about files that are no invoices.
pub(super) fn others() -> &'static Others {
    &OTHERS
}

/// One format.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Format {
    /// For messages.
    pub name: String,
    /// Local names of the root element.
    pub roots: Vec<String>,
    /// All of these must be there.
    #[serde(default)]
    pub needs: Vec<Path>,
    /// At least one of these must be there, if any are named.
    #[serde(default)]
    pub any_of: Vec<Path>,
    /// Where the papers are inside the root; the first path that leads anywhere counts. Empty: the root is the paper.
    #[serde(default)]
    pub each: Vec<Path>,
    /// Language of all papers of this format.
    pub language: Option<String>,
    /// Namespaces the root may have; none named: any.
    #[serde(default)]
    pub namespace: Vec<Namespace>,
    /// The first that holds decides; then `by_root`; else it is an invoice.
    #[serde(default, rename = "type")]
    pub types: Vec<TypeRule>,
    /// Kind of paper by the local name of its element.
    #[serde(default)]
    pub by_root: BTreeMap<String, DocumentType>,
    /// Values.
    pub fields: BTreeMap<FieldName, Rule>,
    /// BG-23.
    #[serde(default)]
    pub vat: Vec<VatRule>,
    /// BG-25.
    #[serde(default)]
    pub line: Vec<LineRule>,
    /// Taxes beside VAT.
    #[serde(default)]
    pub tax: Vec<TaxRule>,
    /// A mark is set if one of its paths leads to something.
    #[serde(default)]
    pub marks: BTreeMap<Mark, Vec<Path>>,
    /// Findings the file itself gives reason for.
    #[serde(default)]
    pub note: Vec<Note>,
}

/// A namespace of the root, and what must stand in the file that has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Namespace {
    /// Its beginning.
    pub is: String,
    /// Local name of the root element that belongs to it; any if none.
    pub root: Option<String>,
    /// A path that must have the value `want` (blanks do not matter).
    pub path: Option<Path>,
    /// See `path`.
    #[serde(default)]
    pub want: String,
}

/// Kind of paper under a condition.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TypeRule {
    /// Holds if the path leads to something.
    pub when: Path,
    /// The kind.
    pub is: DocumentType,
}

/// Alternatives, the first that gives a value counts.
#[derive(Debug, Deserialize)]
#[serde(from = "RuleText")]
pub(super) struct Rule(pub Vec<Source>);

/// One way to a value: exactly one of `path`, `join`, `sum`, `value`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    /// The first non-empty text.
    pub path: Option<Path>,
    /// All texts of all these, with `with` (a blank) between them.
    #[serde(default)]
    pub join: Vec<Path>,
    /// Separator of `join`.
    pub with: Option<String>,
    /// The sum of all numbers of all these…
    #[serde(default)]
    pub sum: Vec<Path>,
    /// …less all of these.
    #[serde(default)]
    pub minus: Vec<Path>,
    /// A constant.
    pub value: Option<String>,
    /// Only if this leads to something.
    pub when: Option<Path>,
    /// Only if this leads nowhere.
    pub unless: Option<Path>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RuleText {
    Path(Path),
    Source(Box<Source>),
    Many(Vec<Either>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Either {
    Path(Path),
    Source(Box<Source>),
}

impl From<RuleText> for Rule {
    fn from(text: RuleText) -> Rule {
        let plain = |path| Source { path: Some(path), ..Source::default() };
        Rule(match text {
            RuleText::Path(path) => vec![plain(path)],
            RuleText::Source(source) => vec![*source],
            RuleText::Many(many) => many
                .into_iter()
                .map(|e| match e {
                    Either::Path(path) => plain(path),
                    Either::Source(source) => *source,
                })
                .collect(),
        })
    }
}

/// Where rows are: the first path that leads anywhere counts.
#[derive(Debug, Deserialize)]
#[serde(from = "RowsText")]
pub(super) struct Rows(pub Vec<Path>);

#[derive(Deserialize)]
#[serde(untagged)]
enum RowsText {
    One(Path),
    Many(Vec<Path>),
}

impl From<RowsText> for Rows {
    fn from(text: RowsText) -> Rows {
        match text {
            RowsText::One(path) => Rows(vec![path]),
            RowsText::Many(paths) => Rows(paths),
        }
    }
}

/// BG-23.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VatRule {
    /// The elements.
    pub rows: Rows,
    /// Percent.
    pub rate: Option<Rule>,
    /// Rates that a pair of sums may stand for: the one that fits the sums best, the first if none is better.
    #[serde(default)]
    pub rates: Vec<String>,
    /// Category.
    pub category: Option<Rule>,
    /// National code (up to its first dot) to category; `""` where there is none.
    #[serde(default)]
    pub categories: BTreeMap<String, String>,
    /// Taxable amount.
    pub net: Option<Rule>,
    /// Tax.
    pub vat: Option<Rule>,
    /// Leave out rows of zeros, unless all rows are.
    #[serde(default)]
    pub skip_zero: bool,
}

/// BG-25.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineRule {
    /// The elements.
    pub rows: Rows,
    /// Lines that count with the other sign.
    pub negate: Option<Path>,
    /// What it is.
    pub name: Option<Rule>,
    /// How many.
    pub quantity: Option<Rule>,
    /// Of what.
    pub unit: Option<Rule>,
    /// Price of one.
    pub unit_price: Option<Rule>,
    /// Amount without VAT.
    pub net: Option<Rule>,
    /// Percent.
    pub vat_rate: Option<Rule>,
}

/// A tax beside VAT.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TaxRule {
    /// The elements.
    pub rows: Rows,
    /// Its kind, or the national code of `kinds`.
    pub kind: Rule,
    /// National code to kind; a code that is not in it stays as it is.
    #[serde(default)]
    pub kinds: BTreeMap<String, String>,
    /// Taxable amount.
    pub base: Option<Rule>,
    /// Percent.
    pub rate: Option<Rule>,
    /// The tax; none, no row.
    pub amount: Rule,
}

/// A finding under a condition.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    /// Holds if the path leads to something, whose text stands for `{}` in the message.
    pub when: Path,
    /// Stable name.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// What it is about.
    #[serde(default)]
    pub fields: Vec<FieldName>,
    /// The sentence.
    pub message: String,
}

/// Files that are no invoices.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Others {
    /// By local name of the root: what it is, as the end of the sentence "This file is …".
    pub roots: BTreeMap<String, String>,
    /// Fields such a file may give: the note it is about, …
    pub fields: BTreeMap<FieldName, Vec<Path>>,
    /// What it says about the note it names.
    #[serde(default)]
    pub note: Vec<Note>,
}

/// One table; `extends` names another whose keys hold where it has none, and `shorts` abbreviates beginnings of paths.
fn load(source: &str) -> Result<Format, String> {
    let mut table: toml::Table = toml::from_str(source).map_err(|e| e.to_string())?;
    if let Some(base) = table.remove("extends") {
        let base = SOURCES.iter().find(|(name, _)| base.as_str() == Some(name)).map(|(_, source)| *source);
        let base = base.ok_or("no such table to extend")?;
        overlay(&mut table, toml::from_str(base).map_err(|e| e.to_string())?);
    }
    if let Some(toml::Value::Table(shorts)) = table.remove("shorts") {
        table.iter_mut().for_each(|(_, value)| expand(value, &shorts));
    }
    table.try_into().map_err(|e| e.to_string())
}

fn overlay(table: &mut toml::Table, base: toml::Table) {
    for (key, value) in base {
        match (table.get_mut(&key), value) {
            (None, value) => {
                table.insert(key, value);
            }
            (Some(toml::Value::Table(mine)), toml::Value::Table(theirs)) => {
                for (k, v) in theirs {
                    mine.entry(k).or_insert(v);
                }
            }
            _ => {}
        }
    }
}

fn expand(value: &mut toml::Value, shorts: &toml::Table) {
    match value {
        toml::Value::String(text) => {
            for (short, long) in shorts {
                *text = text.replace(&format!("{short}/"), &format!("{}/", long.as_str().unwrap_or_default()));
            }
        }
        toml::Value::Array(values) => values.iter_mut().for_each(|v| expand(v, shorts)),
        toml::Value::Table(table) => table.iter_mut().for_each(|(_, v)| expand(v, shorts)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_loads() {
        for (name, source) in SOURCES {
            assert_eq!(load(source).map(|f| f.fields.contains_key(&FieldName::InvoiceNumber)), Ok(true), "{name}");
        }
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/formats")).expect("formats").count();
        assert_eq!(formats().len() + 1, files, "each file of formats/ is in SOURCES, other.toml apart");
        let others: Result<Others, _> = toml::from_str(include_str!("../../formats/other.toml"));
        assert!(others.is_ok(), "{others:?}");
    }
}
