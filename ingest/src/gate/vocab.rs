//! Words of the languages our clients write in: data, one TOML file each in `ingest/vocab/`.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use ocr::fold::fold;
use ocr::reading::{Direction, DocumentType};
use serde::Deserialize;

/// One language, as its file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    subject_prefixes: Vec<String>,
    pin_labels: Vec<String>,
    pin_links: Vec<String>,
    number_words: Vec<String>,
    unit_words: Vec<String>,
    forward_markers: Vec<String>,
    quote_verbs: Vec<String>,
    header_labels: Vec<String>,
}

/// What no language owns.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Common {
    verification_senders: Vec<String>,
    bounce_senders: Vec<String>,
    types: BTreeMap<String, Paper>,
}

/// What a type in a subject means for the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// What kind of paper.
    pub document_type: DocumentType,
    /// Which way it goes.
    pub direction: Direction,
}

/// The words of all languages, folded.
#[derive(Debug)]
pub struct Vocab {
    /// `Fwd`, `PD`, `WG` …
    pub subject_prefixes: HashSet<String>,
    /// `PIN`, `şifre` …, each as its words, longest first.
    pub pin_labels: Vec<Vec<String>>,
    /// Words between a label and its PIN: `PIN to 4839`.
    pub pin_links: HashSet<String>,
    /// Words before a number that make it an invoice's, an order's, a phone's.
    pub number_words: HashSet<String>,
    /// Currencies and units beside a number.
    pub unit_words: HashSet<String>,
    /// What stands above a forwarded mail.
    pub forward_markers: Vec<String>,
    /// Verbs of the line above a quotation: `… wrote:`.
    pub quote_verbs: Vec<String>,
    /// `From`, `Sent` …: header lines of a forwarded mail.
    pub header_labels: HashSet<String>,
    /// Mailboxes that send forwarding verifications.
    pub verification_senders: HashSet<String>,
    /// Local parts that send bounces.
    pub bounce_senders: HashSet<String>,
    /// Types by their code.
    pub types: BTreeMap<String, Paper>,
}

const LANGUAGES: [&str; 6] = [
    include_str!("../../vocab/de.toml"),
    include_str!("../../vocab/en.toml"),
    include_str!("../../vocab/pl.toml"),
    include_str!("../../vocab/pt.toml"),
    include_str!("../../vocab/ro.toml"),
    include_str!("../../vocab/tr.toml"),
];

/// The words that ship with us.
pub fn vocab() -> &'static Vocab {
    static VOCAB: LazyLock<Vocab> = LazyLock::new(|| load(&LANGUAGES, include_str!("../../vocab/common.toml")));
    &VOCAB
}

fn load(languages: &[&str], common: &str) -> Vocab {
    // The files are compiled in and read by every test of the gate: a broken one never ships.
    let languages: Vec<Language> =
        languages.iter().map(|text| toml::from_str(text).expect("a vocabulary file of ours is valid")).collect();
    let common: Common = toml::from_str(common).expect("the common vocabulary file is valid");
    let words =
        |pick: fn(&Language) -> &Vec<String>| languages.iter().flat_map(move |language| pick(language).iter().map(|w| fold(w)));
    let mut pin_labels: Vec<Vec<String>> =
        words(|l| &l.pin_labels).map(|label| label.split_whitespace().map(str::to_owned).collect()).collect();
    pin_labels.sort_by_key(|label| std::cmp::Reverse(label.len()));
    Vocab {
        subject_prefixes: words(|l| &l.subject_prefixes).collect(),
        pin_labels,
        pin_links: words(|l| &l.pin_links).collect(),
        number_words: words(|l| &l.number_words).collect(),
        unit_words: words(|l| &l.unit_words).collect(),
        forward_markers: words(|l| &l.forward_markers).collect(),
        quote_verbs: words(|l| &l.quote_verbs).collect(),
        header_labels: words(|l| &l.header_labels).collect(),
        verification_senders: common.verification_senders.into_iter().collect(),
        bounce_senders: common.bounce_senders.into_iter().collect(),
        types: common.types,
    }
}
