//! Profiles: what a target program takes, from `profiles/*.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ocr::protocol::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A form of file for a target program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Stable name; the file of its data is called the same.
    #[serde(skip)]
    pub name: String,
    /// What people read, the same in every language: names of programs and formats.
    pub title: String,
    /// Country of its companies; none: any.
    #[serde(default)]
    pub country: Option<String>,
    /// End of its files' names.
    pub extension: String,
    /// Media type of its files.
    pub media_type: String,
    /// How its files are called, if the target program asks for it.
    #[serde(default)]
    pub file_name: Option<String>,
    /// The writer.
    pub writer: Writer,
    /// The documentation it was made from.
    pub source: String,
    /// What a document must have.
    pub needs: Vec<Need>,
    /// The file is of one month: a batch of it names its period.
    #[serde(default)]
    pub of_a_month: bool,
    /// Another profile whose tables of rates and automatic accounts hold here too.
    #[serde(default)]
    pub rates_of: Option<String>,
    /// Originals that go into the file.
    #[serde(default)]
    pub originals: Files,
    /// Rates and categories of VAT: our words to the program's. `23`: a rate; `AE`: a category; `0/K`: a rate with a category.
    #[serde(default)]
    pub vat: BTreeMap<String, String>,
    /// The same for what was sold, where it differs.
    #[serde(default)]
    pub vat_sale: BTreeMap<String, String>,
    /// Entries of the list `target` that must be there.
    #[serde(default)]
    pub targets: Vec<String>,
    /// Means of payment.
    #[serde(default)]
    pub means: BTreeMap<String, String>,
    /// Other words of the target program.
    #[serde(default)]
    pub words: BTreeMap<String, String>,
    /// What it calls countries, by ISO 3166-1 code.
    #[serde(default)]
    pub countries: BTreeMap<String, String>,
    /// Accounts that find the tax by themselves, by chart of accounts: `8400` or `8400-8409`, with the rate that they take.
    #[serde(default)]
    pub automatic: BTreeMap<String, BTreeMap<String, String>>,
    /// Formats of structured originals that are passed through: the root elements' local names.
    #[serde(default)]
    pub roots: Vec<String>,
}

/// Which writer makes its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Writer {
    /// One row a document.
    Csv,
    /// Sheets of documents, rates, lines and taxes.
    Xlsx,
    /// Originals with an index.
    Originals,
    /// What came structured, with an index.
    Structured,
    /// EDI++.
    Epp,
    /// Comarch Optima.
    Optima,
    /// JPK_V7M.
    Jpk,
    /// DATEV EXTF.
    Extf,
    /// DATEV XML online.
    Ledger,
    /// SAGA C.
    Saga,
    /// Domínio Sistemas.
    Dominio,
}

/// Something a document must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// It is an invoice, a correction or a receipt.
    Bookable,
    /// It is known whether it was bought or sold.
    Direction,
    /// It was bought.
    Purchase,
    /// Its number.
    InvoiceNumber,
    /// Its day.
    IssueDate,
    /// The other party's name.
    PartyName,
    /// The other party's tax id.
    PartyTaxId,
    /// Its currency.
    Currency,
    /// Its total.
    TotalGross,
    /// Each row of its VAT has a rate or category with amounts.
    VatCode,
    /// The rows of its VAT add up to its totals.
    Sums,
    /// The target program knows each rate.
    KnownRate,
    /// A category.
    Category,
    /// The category has an account.
    Account,
    /// A rate of exchange, where the currency is not that of the books.
    ExchangeRate,
    /// It came structured.
    Structured,
    /// The company's own tax id.
    CompanyTaxId,
    /// A picture or PDF; of what is data alone, the data.
    Picture,
    /// What the target program calls the company: entries of the list `target`.
    Target,
    /// Its day is in the financial year and the calendar year of the month that is exported.
    FinancialYear,
    /// There is something to book: the total is not nothing.
    SomeAmount,
}

/// Originals of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Files {
    /// None.
    #[default]
    None,
    /// All.
    All,
    /// What people look at.
    Visual,
    /// What carries the values.
    Structured,
}

impl Profile {
    /// The rate of tax that an account of this chart finds by itself.
    pub fn automatic_rate(&self, chart: &str, account: &str) -> Option<&str> {
        let holds = |range: &str| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            account.len() == first.len() && (first..=last).contains(&account)
        };
        let found = self.automatic.get(chart)?.iter().find(|(range, _)| holds(range));
        found.map(|(_, rate)| rate.as_str())
    }
}

impl Files {
    /// Whether a piece of this role is wanted, of a paper that has something to look at beside its data or has not.
    pub fn takes(self, role: Role, looked_at: bool) -> bool {
        match self {
            Files::None => false,
            Files::All => true,
            // What is data alone is handed over as it is.
            Files::Visual => role == Role::Visual || (!looked_at && role == Role::Structured),
            Files::Structured => role != Role::Signature,
        }
    }
}

macro_rules! files {
    ($($name:literal),+ $(,)?) => { [$(($name, include_str!(concat!("../../profiles/", $name, ".toml")))),+] };
}

/// In the order in which they are offered.
static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let mut profiles: Vec<Profile> = files![
        "epp",
        "optima",
        "jpk-v7m",
        "ksef",
        "datev",
        "datev-xml",
        "de-xrechnung",
        "saga",
        "ro-ubl",
        "tr-ubl",
        "br-xml",
        "dominio",
        "xlsx",
        "csv",
        "structured",
        "originals"
    ]
    .into_iter()
    .filter_map(|(name, text)| {
        let profile: Profile = toml::from_str(text).inspect_err(|error| tracing::error!(name, %error, "bad profile")).ok()?;
        Some(Profile { name: name.to_owned(), ..profile })
    })
    .collect();
    for at in 0..profiles.len() {
        let Some(of) = profiles[at].rates_of.clone() else { continue };
        let tables = |one: &Profile| (one.vat.clone(), one.vat_sale.clone(), one.automatic.clone());
        let Some((vat, vat_sale, automatic)) = profiles.iter().find(|one| one.name == of).map(tables) else {
            tracing::error!(name = profiles[at].name, of, "no such profile");
            continue;
        };
        let one = &mut profiles[at];
        (one.vat, one.vat_sale, one.automatic) = (vat, vat_sale, automatic);
    }
    profiles
});

/// All of them.
pub fn profiles() -> &'static [Profile] {
    &PROFILES
}

/// The one of that name.
pub fn of(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name == name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_profile_is_read_and_says_where_it_is_from() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
        assert_eq!(super::profiles().len(), std::fs::read_dir(folder).unwrap().count());
        for profile in super::profiles() {
            assert!(profile.source.len() > 10 && !profile.title.is_empty(), "{}", profile.name);
            assert!(profile.rates_of.is_none() || !profile.vat.is_empty(), "{}", profile.name);
        }
    }
}
