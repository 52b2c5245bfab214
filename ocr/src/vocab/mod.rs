//! What papers of each language call things. Knowledge of a language is a file, `ocr/vocab/<code>.toml`; the list in this module
//! is the only other place that names it. Phrases are compared folded ([`crate::fold`]) and without blanks or punctuation, so
//! that `Rechnungs-Nr.`, `RECHNUNGS NR` and an OCR engine's `Rechnungsnr:` are one phrase.

mod file;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::fold::fold;
use crate::reading::{DocumentType, FieldName, Mark};
use crate::value::amount::DecimalMark;
use crate::value::country::Country;
use crate::value::date::{DateOrder, Months};

use file::LanguageFile;

macro_rules! embedded {
    ($($code:literal),+ $(,)?) => { &[$(($code, include_str!(concat!("../../vocab/", $code, ".toml")))),+] };
}

/// Every language we read, most specific first: where two share a phrase, the earlier one names it.
const FILES: &[(&str, &str)] = embedded!["pl", "ro", "tr", "pt", "de", "en", "fr", "it", "es", "nl"];

/// What a phrase announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// A value of this field.
    Field(FieldName),
    /// A tax id, of whichever party it stands with.
    TaxId,
    /// A national tax number beside the VAT id (Steuernummer).
    LocalTaxId,
    /// A bank account that may be an IBAN without its country.
    BankAccount,
    /// A number that is none of ours (order, customer, delivery note).
    OtherNumber,
    /// A date that is none of ours.
    OtherDate,
    /// An amount that is none of ours.
    OtherAmount,
    /// What is taken off for paying early.
    EarlyPayment,
    /// What was handed over at the till, in cash or by card.
    Tendered,
    /// What was given back.
    Change,
    /// Telephone, register number and the like.
    OtherId,
    /// The seller's block begins.
    Seller,
    /// The buyer's block begins.
    Buyer,
    /// Some other party's block, or another section, begins.
    OtherParty,
    /// A party's name.
    PartyName,
    /// A part of a party's address.
    PartyAddress,
    /// The role of a third party.
    Role,
    /// A column of a table.
    Column(Column),
    /// The kind of paper.
    Type(DocumentType),
    /// A legal mark.
    Mark(Mark),
    /// A tax beside VAT; index into [`Vocab::tax_kind`].
    Tax(u8),
    /// What stands for a rate where no VAT is due (`zw`, `steuerfrei`).
    Exempt,
    /// A mark's answer.
    Yes,
    /// A mark's denial.
    No,
}

/// Columns of line and VAT tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Row number.
    Index,
    /// What was sold.
    Name,
    /// Article number.
    Code,
    /// How much.
    Quantity,
    /// Of what measure.
    Unit,
    /// Price of one.
    UnitPrice,
    /// Net amount or taxable base.
    Net,
    /// VAT rate.
    VatRate,
    /// VAT amount.
    Vat,
    /// Amount with VAT.
    Gross,
    /// Discount.
    Discount,
    /// Something else, named so that it is not taken for one of the above.
    Other,
}

/// One meaning of a phrase in one language.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Meaning {
    /// What it announces.
    pub label: Label,
    /// Said by many papers about many things (`Datum`, `total`).
    pub weak: bool,
    /// Index of its language.
    pub language: u8,
}

/// One language.
#[derive(Debug)]
pub struct Language {
    /// ISO 639-1.
    pub code: String,
    /// Its decimal mark.
    pub decimal: DecimalMark,
    /// Order of its numeric dates.
    pub date_order: DateOrder,
    /// The currency papers in it most often mean without saying.
    pub currency: Option<String>,
    /// Where it is at home.
    pub countries: Vec<Country>,
    /// Currencies of its countries, where it has no usual one.
    pub currencies: Vec<(Country, String)>,
    /// Everyday words, folded, that tell the language.
    common: Vec<String>,
    legal_forms: Vec<String>,
    street_words: Vec<String>,
}

impl Language {
    /// Whether the folded letters `compact` are a word for a street or a place (`ul`, `calea`, `hauptstrasse`).
    pub fn is_street_word(&self, compact: &str) -> bool {
        let ends = |end: &str| compact.len() > end.len() + 2 && compact.ends_with(end);
        self.street_words.iter().any(|word| word.strip_prefix('-').map_or(word == compact, ends))
    }
}

/// Every language at once, ready to search.
#[derive(Debug)]
pub struct Vocab {
    languages: Vec<Language>,
    months: Months,
    automaton: AhoCorasick,
    phrases: Vec<Vec<Meaning>>,
    by_phrase: HashMap<String, u32>,
    common: HashMap<String, Vec<u8>>,
    legal_forms: HashMap<String, ()>,
    number_words: HashSet<String>,
    date_links: HashSet<String>,
    period_words: HashSet<String>,
    register_shapes: HashSet<String>,
    tax_kinds: Vec<String>,
}

/// The embedded vocabularies, read once a process.
///
/// # Panics
/// If an embedded file is malformed, which the tests of this module exclude.
pub fn shared() -> &'static Vocab {
    static VOCAB: LazyLock<Vocab> = LazyLock::new(|| Vocab::load(FILES).expect("embedded vocabularies are well formed"));
    &VOCAB
}

/// Why a vocabulary could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum VocabError {
    /// Not the TOML that is expected.
    #[error("vocabulary {0}: {1}")]
    Toml(String, toml::de::Error),
    /// A table names something that is no label.
    #[error("vocabulary {0}: there is no label named {1:?}")]
    UnknownLabel(String, String),
    /// The search automaton could not be built.
    #[error("vocabularies: {0}")]
    Automaton(#[from] aho_corasick::BuildError),
}

impl Vocab {
    /// Reads and indexes the given files.
    pub fn load(files: &[(&str, &str)]) -> Result<Vocab, VocabError> {
        let mut builder = Builder::default();
        for (code, text) in files {
            let file: LanguageFile = toml::from_str(text).map_err(|e| VocabError::Toml((*code).to_owned(), e))?;
            builder.add(code, file)?;
        }
        builder.finish()
    }

    /// All languages.
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// Month names of all languages, folded.
    pub fn months(&self) -> &Months {
        &self.months
    }

    /// The phrases in `compact`, a text of folded letters and digits alone: (phrase, first byte, end), overlapping ones too.
    pub fn find<'a>(&'a self, compact: &'a str) -> impl Iterator<Item = (u32, usize, usize)> + 'a {
        self.automaton.find_overlapping_iter(compact).map(|m| (m.pattern().as_u32(), m.start(), m.end()))
    }

    /// What a phrase can mean.
    pub fn meanings(&self, phrase: u32) -> &[Meaning] {
        &self.phrases[phrase as usize]
    }

    /// The phrase that is exactly `compact`.
    pub fn phrase(&self, compact: &str) -> Option<u32> {
        self.by_phrase.get(compact).copied()
    }

    /// Languages in which the folded `word` is an everyday word.
    pub fn common(&self, word: &str) -> &[u8] {
        self.common.get(word).map_or(&[], Vec::as_slice)
    }

    /// Whether the folded letters `compact` are the legal form of a company (`gmbh`, `spzoo`).
    pub fn is_legal_form(&self, compact: &str) -> bool {
        self.legal_forms.contains_key(compact)
    }

    /// Whether the folded letters `compact` are a word for "number" (`nr`, `numarul`).
    pub fn is_number_word(&self, compact: &str) -> bool {
        self.number_words.contains(compact)
    }

    /// Whether the folded letters `compact` join a date to what stands before them (`zdnia`, `vom`).
    pub fn links_date(&self, compact: &str) -> bool {
        self.date_links.contains(compact)
    }

    /// Whether the folded letters `compact` stand between the two ends of a period (`bis`).
    pub fn joins_period(&self, compact: &str) -> bool {
        self.period_words.contains(compact)
    }

    /// Whether `text` has the shape of a number that a register gives: `J40/1234/2019`.
    pub fn is_register_number(&self, text: &str) -> bool {
        let mut shape = String::new();
        for c in text.chars() {
            match c {
                '0'..='9' if shape.ends_with('9') => {}
                '0'..='9' => shape.push('9'),
                c => shape.push(c),
            }
        }
        self.register_shapes.contains(&shape)
    }

    /// Name of a tax beside VAT.
    pub fn tax_kind(&self, index: u8) -> &str {
        &self.tax_kinds[index as usize]
    }
}

/// Letters and digits of an already folded text.
pub fn compact(folded: &str) -> String {
    folded.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// A word for streets as it is compared; the hyphen before what words end in stays.
fn street_word(word: &str) -> String {
    let hyphen = if word.starts_with('-') { "-" } else { "" };
    format!("{hyphen}{}", compact(&fold(word)))
}

#[derive(Default)]
struct Builder {
    languages: Vec<Language>,
    months: Months,
    by_phrase: HashMap<String, u32>,
    order: Vec<String>,
    phrases: Vec<Vec<Meaning>>,
    number_words: HashSet<String>,
    date_links: HashSet<String>,
    period_words: HashSet<String>,
    register_shapes: HashSet<String>,
    tax_kinds: Vec<String>,
}

impl Builder {
    fn add(&mut self, code: &str, file: LanguageFile) -> Result<(), VocabError> {
        let language = self.languages.len() as u8;
        for (index, names) in file.months.iter().enumerate() {
            for name in names {
                self.months.entry(fold(name)).or_insert(index as i8 + 1);
            }
        }
        for (table, weak) in [(&file.labels, false), (&file.weak, true)] {
            for (name, phrases) in table {
                let label = label_named(name).ok_or_else(|| VocabError::UnknownLabel(code.to_owned(), name.clone()))?;
                self.add_all(phrases, Meaning { label, weak, language });
            }
        }
        for (column, phrases) in &file.columns {
            self.add_all(phrases, Meaning { label: Label::Column(*column), weak: false, language });
        }
        for (kind, phrases) in &file.types {
            self.add_all(phrases, Meaning { label: Label::Type(*kind), weak: false, language });
        }
        for (mark, phrases) in &file.marks {
            self.add_all(phrases, Meaning { label: Label::Mark(*mark), weak: false, language });
        }
        for (kind, phrases) in &file.taxes {
            let index = self.tax_kinds.iter().position(|k| k == kind).unwrap_or_else(|| {
                self.tax_kinds.push(kind.clone());
                self.tax_kinds.len() - 1
            });
            self.add_all(phrases, Meaning { label: Label::Tax(index as u8), weak: false, language });
        }
        self.add_all(&file.yes, Meaning { label: Label::Yes, weak: true, language });
        self.add_all(&file.no, Meaning { label: Label::No, weak: true, language });
        self.number_words.extend(file.number_words.iter().map(|w| compact(&fold(w))));
        self.date_links.extend(file.date_links.iter().map(|w| compact(&fold(w))));
        self.period_words.extend(file.period_words.iter().map(|w| compact(&fold(w))));
        self.register_shapes.extend(file.register_shapes);
        self.languages.push(Language {
            code: file.code,
            decimal: file.decimal.into(),
            date_order: file.date_order.into(),
            currency: file.currency,
            currencies: file
                .currencies
                .iter()
                .filter_map(|(country, code)| Some((Country::parse(country)?, code.clone())))
                .collect(),
            countries: file.countries.iter().filter_map(|c| Country::parse(c)).collect(),
            common: file.common.iter().map(|w| fold(w)).collect(),
            legal_forms: file.legal_forms.iter().map(|w| compact(&fold(w))).collect(),
            street_words: file.street_words.iter().map(|w| street_word(w)).collect(),
        });
        Ok(())
    }

    fn add_all(&mut self, phrases: &[String], meaning: Meaning) {
        for phrase in phrases {
            let key = compact(&fold(phrase));
            if key.is_empty() {
                continue;
            }
            let index = *self.by_phrase.entry(key.clone()).or_insert_with(|| {
                self.order.push(key);
                self.phrases.push(Vec::new());
                (self.phrases.len() - 1) as u32
            });
            let known = &mut self.phrases[index as usize];
            if !known.iter().any(|m| m.label == meaning.label && m.language == meaning.language) {
                known.push(meaning);
            }
        }
    }

    fn finish(self) -> Result<Vocab, VocabError> {
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&self.order)?;
        let mut common: HashMap<String, Vec<u8>> = HashMap::new();
        let mut legal_forms = HashMap::new();
        for (index, language) in self.languages.iter().enumerate() {
            for word in &language.common {
                common.entry(word.clone()).or_default().push(index as u8);
            }
            legal_forms.extend(language.legal_forms.iter().map(|f| (f.clone(), ())));
        }
        Ok(Vocab {
            languages: self.languages,
            months: self.months,
            automaton,
            phrases: self.phrases,
            by_phrase: self.by_phrase,
            common,
            legal_forms,
            number_words: self.number_words,
            date_links: self.date_links,
            period_words: self.period_words,
            register_shapes: self.register_shapes,
            tax_kinds: self.tax_kinds,
        })
    }
}

fn label_named(name: &str) -> Option<Label> {
    Some(match name {
        "tax_id" => Label::TaxId,
        "local_tax_id" => Label::LocalTaxId,
        "bank_account" => Label::BankAccount,
        "other_number" => Label::OtherNumber,
        "other_date" => Label::OtherDate,
        "other_amount" => Label::OtherAmount,
        "early_payment" => Label::EarlyPayment,
        "tendered" => Label::Tendered,
        "change" => Label::Change,
        "other_id" => Label::OtherId,
        "seller" => Label::Seller,
        "buyer" => Label::Buyer,
        "other_party" => Label::OtherParty,
        "party_name" => Label::PartyName,
        "party_address" => Label::PartyAddress,
        "role" => Label::Role,
        "exempt" => Label::Exempt,
        _ => Label::Field(name.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_loads_and_says_its_own_code() {
        let vocab = Vocab::load(FILES).unwrap();
        let codes: Vec<&str> = vocab.languages().iter().map(|l| l.code.as_str()).collect();
        let listed: Vec<&str> = FILES.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, listed);
    }

    #[test]
    fn every_language_names_the_fields_an_office_books_by() {
        let vocab = shared();
        for (index, language) in vocab.languages().iter().enumerate() {
            for field in [
                FieldName::InvoiceNumber,
                FieldName::IssueDate,
                FieldName::DueDate,
                FieldName::TotalNet,
                FieldName::TotalVat,
                FieldName::TotalGross,
                FieldName::AmountPayable,
            ] {
                let named = vocab
                    .phrases
                    .iter()
                    .flatten()
                    .any(|m| m.label == Label::Field(field) && usize::from(m.language) == index && !m.weak);
                assert!(named, "{} has no phrase for {}", language.code, field.as_str());
            }
            for label in [
                Label::TaxId,
                Label::Buyer,
                Label::Seller,
                Label::Column(Column::Name),
                Label::Column(Column::VatRate),
                Label::Type(DocumentType::Invoice),
            ] {
                let named = vocab.phrases.iter().flatten().any(|m| m.label == label && usize::from(m.language) == index);
                assert!(named, "{} has no phrase for {label:?}", language.code);
            }
        }
    }

    #[test]
    fn all_months_have_names_and_no_name_means_two() {
        for (code, text) in FILES {
            let file: LanguageFile = toml::from_str(text).unwrap();
            assert_eq!(file.months.len(), 12, "{code}");
            for (index, names) in file.months.iter().enumerate() {
                for name in names {
                    assert_eq!(shared().months()[&fold(name)], index as i8 + 1, "{code}: {name} is another month elsewhere");
                }
            }
        }
    }

    #[test]
    fn blanks_punctuation_and_diacritics_do_not_matter() {
        for text in ["Rechnungs-Nr.", "RECHNUNGS NR", "Číslo", "DATA EMISSÃO", "Fatura Numarası:"] {
            let key = compact(&fold(text));
            assert_eq!(shared().phrase(&key).is_some(), text != "Číslo", "{text}");
        }
    }

    #[test]
    fn a_table_that_names_no_label_is_refused() {
        let text =
            "code = \"xx\"\ndecimal = \"comma\"\ndate_order = \"day_first\"\nmonths = []\n[labels]\nno_such_field = [\"x\"]\n";
        assert!(matches!(Vocab::load(&[("xx", text)]), Err(VocabError::UnknownLabel(..))));
    }
}
