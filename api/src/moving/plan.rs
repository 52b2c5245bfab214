//! What a table of companies would do, row by row. Pure: what is there already is given.

use std::collections::{BTreeMap, BTreeSet};

use ocr::fold::fold;
use ocr::value::country::Country;
use ocr::value::iban::Iban;
use ocr::value::tax_id::{TaxId, TaxIdError};
use store::company::{Company, CompanyFacts};
use store::move_in::{NewCompany, Taken};
use store::user::NewMember;
use store::{CompanyId, Role, UserId, address, pin, sender, user};

use super::columns::Columns;
use super::table::{Charset, Table};
use crate::pages::lang::{self, Lang};

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A company that is added.
    New,
    /// It was there before: nothing is changed.
    Known,
    /// Not added; the findings say what to do.
    Wrong,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable name; `row.<code>` is its sentence.
    pub code: &'static str,
    /// The column.
    pub column: &'static str,
    /// What stands there.
    pub value: String,
    /// What else the sentence names: another line, the least length.
    pub other: String,
}

/// A row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its line in the file, from 1.
    pub line: u64,
    /// The company's name.
    pub name: String,
    /// What becomes of it.
    pub outcome: Outcome,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// The company, where it is there.
    pub company: Option<CompanyId>,
    /// The address that the table wants, or the one it was given when it was added; one that would be made up is not told before.
    pub address: String,
    /// Its PIN, once it was added.
    pub pin: String,
    /// What is to be added.
    pub new: Option<NewCompany>,
}

/// A whole table.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its rows, in their order.
    pub rows: Vec<Row>,
    /// Headings that mean nothing here.
    pub unknown: Vec<String>,
    /// How the characters were written.
    pub charset: Charset,
    /// The table as text.
    pub text: String,
}

/// What is there already.
pub struct Present {
    /// The office's country.
    pub country: String,
    /// Domain of addresses that name none.
    pub domain: String,
    /// Shortest PIN.
    pub pin_length: u32,
    /// People of the office by mail address.
    pub bookkeepers: BTreeMap<String, UserId>,
    /// Companies.
    pub companies: Vec<Company>,
}

impl Plan {
    /// Rows that come to this.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.rows.iter().filter(|row| row.outcome == outcome).count()
    }

    /// From a table. What is taken in the whole installation is not known yet: see [`Plan::wants`] and [`Plan::mark`].
    pub fn of(table: Table, columns: Columns, present: &Present) -> Plan {
        let width = table.heading.len();
        let mut seen = Seen::default();
        let mut rows = Vec::with_capacity(table.rows.len());
        for (line, cells) in &table.rows {
            let draft = Draft { cells, columns: &columns, present, findings: Vec::new() };
            rows.push(draft.row(*line, width, &mut seen));
        }
        Plan { rows, unknown: columns.unknown, charset: table.charset, text: table.text }
    }

    /// Addresses and PINs that new companies want.
    pub fn wants(&self) -> (Vec<(String, String)>, Vec<String>) {
        let new = || self.rows.iter().filter(|row| row.outcome == Outcome::New).filter_map(|row| row.new.as_ref());
        (new().map(|new| new.address.clone()).collect(), new().filter_map(|new| new.pin.clone()).collect())
    }

    /// Marks rows that want what is taken.
    pub fn mark(&mut self, taken: &Taken) {
        for row in self.rows.iter_mut().filter(|row| row.outcome == Outcome::New) {
            let Some(new) = &row.new else { continue };
            let mut findings = Vec::new();
            if taken.addresses.contains(&new.address) {
                let (local, domain) = &new.address;
                findings.push(Finding::of("address_taken", "address", &format!("{local}@{domain}"), ""));
            }
            if let Some(pin) = new.pin.as_ref().filter(|pin| taken.pins.contains(*pin)) {
                findings.push(Finding::of("pin_taken", "pin", pin, ""));
            }
            row.refuse(findings);
        }
    }
}

impl Outcome {
    /// The name in JSON and panels.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::New => "new",
            Outcome::Known => "known",
            Outcome::Wrong => "wrong",
        }
    }
}

impl Row {
    /// Not added, for these reasons; none: nothing changes.
    pub fn refuse(&mut self, findings: Vec<Finding>) {
        if !findings.is_empty() {
            self.outcome = Outcome::Wrong;
            self.new = None;
            self.findings.extend(findings);
        }
    }
}

impl Finding {
    /// What is wrong and what to do, in a language.
    pub fn sentence(&self, l: &Lang) -> String {
        l.fill(&format!("row.{}", self.code), &[("x", &self.value), ("y", &self.other)])
    }

    /// From its parts.
    pub fn of(code: &'static str, column: &'static str, value: &str, other: &str) -> Finding {
        Finding { code, column, value: value.to_owned(), other: other.to_owned() }
    }
}

/// What earlier rows of the table hold, with their lines.
#[derive(Default)]
struct Seen {
    tax_ids: BTreeMap<String, u64>,
    addresses: BTreeMap<(String, String), u64>,
    pins: BTreeMap<String, u64>,
}

struct Draft<'a> {
    cells: &'a [String],
    columns: &'a Columns,
    present: &'a Present,
    findings: Vec<Finding>,
}

impl<'a> Draft<'a> {
    fn row(mut self, line: u64, width: usize, seen: &mut Seen) -> Row {
        if self.cells.len() > width {
            self.wrong("cells", "name", &self.cells.len().to_string(), &width.to_string());
        }
        let facts = self.facts();
        let mut row = Row {
            line,
            name: facts.name.clone(),
            outcome: Outcome::New,
            findings: Vec::new(),
            company: None,
            address: String::new(),
            pin: String::new(),
            new: None,
        };
        if let Some(known) = self.known(&facts) {
            row.outcome = Outcome::Known;
            row.company = Some(known);
            return row;
        }
        let (address, pin) = (self.address(line, seen), self.pin(line, seen));
        for id in &facts.tax_ids {
            if let Some(other) = seen.tax_ids.insert(id.clone(), line).filter(|other| *other != line) {
                self.wrong("tax_id_twice", "tax_id", id, &other.to_string());
            }
        }
        let (senders, people) = (self.senders(), self.people());
        let wanted = address.as_ref().filter(|_| !self.cell("address").is_empty());
        row.address = wanted.map(|(local, domain)| format!("{local}@{domain}")).unwrap_or_default();
        let address = address.unwrap_or_default();
        row.new = Some(NewCompany { facts, address, pin, senders, people });
        row.refuse(self.findings);
        row
    }

    fn wrong(&mut self, code: &'static str, column: &'static str, value: &str, other: &str) {
        self.findings.push(Finding::of(code, column, value, other));
    }

    fn cell(&self, column: &str) -> &'a str {
        self.columns.cell(self.cells, column)
    }

    fn facts(&mut self) -> CompanyFacts {
        let name = self.cell("name").split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            self.wrong("name_missing", "name", "", "");
        }
        let country = self.country();
        CompanyFacts {
            tax_ids: self.tax_ids(&country),
            name,
            country,
            language: self.language(),
            contact: self.contact(),
            bank_accounts: self.bank_accounts(),
            bookkeeper: self.bookkeeper(),
            ..CompanyFacts::default()
        }
    }

    fn country(&mut self) -> String {
        let said = self.cell("country");
        match Country::from_name(said) {
            Some(country) => country.as_str().to_owned(),
            None => {
                if !said.is_empty() {
                    self.wrong("country", "country", said, "");
                }
                self.present.country.clone()
            }
        }
    }

    fn tax_ids(&mut self, country: &str) -> Vec<String> {
        let mut ids = Vec::new();
        for said in self.cell("tax_id").split([',', ';', '\n']).map(str::trim).filter(|id| !id.is_empty()) {
            match TaxId::parse(said, Country::parse(country)) {
                Ok(id) => ids.push(id.to_string()),
                // A country whose numbers are not known here: as it is written.
                Err(TaxIdError::Unknown) => ids.push(plain(said, country)),
                Err(TaxIdError::Length) => self.wrong("tax_id_length", "tax_id", said, country),
                Err(TaxIdError::Format) => self.wrong("tax_id_format", "tax_id", said, country),
                Err(TaxIdError::Checksum) => self.wrong("tax_id_checksum", "tax_id", said, country),
            }
        }
        ids
    }

    /// The company that this row means, if it is there: one with its tax id; where either has none, one of its name.
    fn known(&self, facts: &CompanyFacts) -> Option<CompanyId> {
        let same_id = |company: &&Company| company.facts.tax_ids.iter().any(|id| facts.tax_ids.contains(id));
        let same_name = |company: &&Company| {
            (company.facts.tax_ids.is_empty() || facts.tax_ids.is_empty()) && fold(&company.facts.name) == fold(&facts.name)
        };
        let companies = &self.present.companies;
        companies.iter().find(same_id).or_else(|| companies.iter().find(same_name)).map(|company| company.id)
    }

    fn address(&mut self, line: u64, seen: &mut Seen) -> Option<(String, String)> {
        let said = self.cell("address");
        if said.is_empty() {
            // Random, so that it is never in the way of another.
            return address::generate_local().ok().map(|local| (local, self.present.domain.to_lowercase()));
        }
        let (local, domain) = said.rsplit_once('@').unwrap_or((said, &self.present.domain));
        match address::acceptable(local, domain) {
            Ok(address) => {
                if let Some(other) = seen.addresses.insert(address.clone(), line) {
                    self.wrong("address_twice", "address", said, &other.to_string());
                }
                Some(address)
            }
            Err(_) => {
                self.wrong("address_form", "address", said, "");
                None
            }
        }
    }

    fn pin(&mut self, line: u64, seen: &mut Seen) -> Option<String> {
        let said = self.cell("pin");
        if said.is_empty() {
            return None;
        }
        let length = self.present.pin_length;
        match pin::check(said, length) {
            Ok(pin) => {
                if let Some(other) = seen.pins.insert(pin.clone(), line) {
                    self.wrong("pin_twice", "pin", said, &other.to_string());
                }
                Some(pin)
            }
            Err(_) => {
                self.wrong("pin_form", "pin", said, &length.to_string());
                None
            }
        }
    }

    fn senders(&mut self) -> Vec<String> {
        let said = self.cell("senders");
        let (good, bad): (Vec<_>, Vec<_>) = parts(said).partition(|mailbox| sender::acceptable(mailbox).is_ok());
        for mailbox in bad {
            self.wrong("mailbox", "senders", mailbox, "");
        }
        good.into_iter().map(str::to_owned).collect()
    }

    /// The first is the company's administrator, the others its members.
    fn people(&mut self) -> Vec<NewMember> {
        let (mut people, mut emails) = (Vec::new(), BTreeSet::new());
        for email in parts(self.cell("users")).filter(|email| emails.insert(email.to_lowercase())) {
            if user::acceptable(email).is_err() {
                self.wrong("mailbox", "users", email, "");
            }
            let role = if people.is_empty() { Role::CompanyAdmin } else { Role::CompanyMember };
            people.push(NewMember {
                email: email.to_owned(),
                name: String::new(),
                password_hash: None,
                company: None,
                role,
                own_only: false,
            });
        }
        people
    }

    fn contact(&mut self) -> Option<String> {
        let said = Some(self.cell("contact")).filter(|said| !said.is_empty())?;
        if user::acceptable(said).is_err() {
            self.wrong("mailbox", "contact", said, "");
        }
        Some(said.to_lowercase())
    }

    fn language(&mut self) -> Option<String> {
        let said = Some(self.cell("language")).filter(|said| !said.is_empty())?;
        let folded = fold(said);
        let found = lang::of(said).or_else(|| lang::all().iter().find(|one| fold(&one.name) == folded));
        if found.is_none() {
            let known: Vec<&str> = lang::all().iter().map(|one| one.code).collect();
            self.wrong("language", "language", said, &known.join(", "));
        }
        found.map(|one| one.code.to_owned())
    }

    fn bank_accounts(&mut self) -> Vec<String> {
        let mut accounts = Vec::new();
        for said in self.cell("bank_accounts").split([',', ';', '\n']).map(str::trim).filter(|account| !account.is_empty()) {
            match Iban::parse(said) {
                Ok(iban) => accounts.push(iban.as_str().to_owned()),
                Err(_) => self.wrong("bank_account", "bank_accounts", said, ""),
            }
        }
        accounts
    }

    fn bookkeeper(&mut self) -> Option<UserId> {
        let said = Some(self.cell("bookkeeper")).filter(|said| !said.is_empty())?;
        let found = self.present.bookkeepers.get(&said.to_lowercase()).copied();
        if found.is_none() {
            self.wrong("bookkeeper", "bookkeeper", said, "");
        }
        found
    }
}

/// Several values of a cell.
fn parts(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([' ', ',', ';', '\n', '\t']).map(str::trim).filter(|part| !part.is_empty())
}

/// Country code and characters, as tax ids are kept.
fn plain(id: &str, country: &str) -> String {
    let plain: String = id.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    if plain.starts_with(country) && plain.len() > country.len() { plain } else { format!("{country}{plain}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moving::table;

    fn present() -> Present {
        let company = Company {
            id: CompanyId::new(),
            facts: CompanyFacts {
                name: "Młyn Łódź".to_owned(),
                tax_ids: vec!["PL5260250995".to_owned()],
                ..CompanyFacts::default()
            },
            closed_at: None,
            read_only_until: None,
            created_at: jiff::Timestamp::UNIX_EPOCH,
        };
        let bare = Company {
            id: CompanyId::new(),
            facts: CompanyFacts { name: "Piekarnia".to_owned(), ..CompanyFacts::default() },
            ..company
        };
        Present {
            country: "PL".to_owned(),
            domain: "post.example".to_owned(),
            pin_length: 4,
            bookkeepers: [("ewa@lipa.example".to_owned(), UserId::new())].into(),
            companies: vec![company, bare],
        }
    }

    fn plan(text: &str) -> Plan {
        let table = table::read(text.as_bytes(), None, "PL").unwrap();
        let columns = Columns::of("company", &table.heading);
        Plan::of(table, columns, &present())
    }

    /// Each bad row by itself: the codes it gets and the column they are about.
    #[test]
    fn bad_rows_say_what_is_wrong() {
        for (heading, row, want) in [
            ("name;tax_id", "A;526-025-09-96", "tax_id_checksum tax_id"),
            ("name;tax_id", "A;526025099", "tax_id_length tax_id"),
            ("name;tax_id", "A;52602509X5", "tax_id_format tax_id"),
            ("name;tax_id", ";7251801126", "name_missing name"),
            ("name;country", "A;Nowhere", "country country"),
            ("name;address", "A;no blanks@x", "address_form address"),
            ("name;pin", "A;12", "pin_form pin"),
            ("name;pin", "A;2026", "pin_form pin"),
            ("name;users", "A;nobody", "mailbox users"),
            ("name;senders", "A;jan@x.pl biuro", "mailbox senders"),
            ("name;contact", "A;jan", "mailbox contact"),
            ("name;language", "A;Klingon", "language language"),
            ("name;bank_accounts", "A;PL61109010140000071219812875", "bank_account bank_accounts"),
            ("name;bookkeeper", "A;nobody@lipa.example", "bookkeeper bookkeeper"),
            ("name", "A;x;y", "cells name"),
            ("name;tax_id;pin", "A;526-025-09-96;12", "pin_form pin tax_id_checksum tax_id"),
        ] {
            let plan = plan(&format!("{heading}\n{row}\n"));
            let row = &plan.rows[0];
            let mut codes: Vec<String> = row.findings.iter().map(|f| format!("{} {}", f.code, f.column)).collect();
            codes.sort();
            assert_eq!(
                (codes.join(" ").as_str(), row.outcome, row.line, row.new.is_none()),
                (want, Outcome::Wrong, 2, true),
                "{heading}"
            );
        }
    }

    #[test]
    fn what_is_there_is_left_alone() {
        for (row, want) in [
            ("Anything;5260250995", Outcome::Known),
            ("mlyn lodz;", Outcome::Known),
            ("Młyn Łódź;7251801126", Outcome::New),
            ("PIEKARNIA;7251801126", Outcome::Known),
            ("Piekarnia Dwa;", Outcome::New),
        ] {
            assert_eq!(plan(&format!("name;tax_id\n{row}\n")).rows[0].outcome, want, "{row}");
        }
    }

    #[test]
    fn a_row_brings_all_that_belongs_to_a_company() {
        let plan = plan(
            "Nazwa;Kraj;NIP;Adres;PIN;Użytkownicy;Opiekun;Nadawcy;Konta;Język;Uwagi\n\
             Tartak  Sosna;Polska;725-18-01-126;Tartak;ab12;Jan@tartak.pl, ewa@tartak.pl;EWA@lipa.example;@tartak.pl;61 1090 1014 0000 0712 1981 2874;polski;x\n",
        );
        assert_eq!(plan.unknown, ["Uwagi"]);
        let row = &plan.rows[0];
        assert_eq!((row.outcome, row.address.as_str()), (Outcome::New, "tartak@post.example"), "{:?}", row.findings);
        let new = row.new.as_ref().unwrap();
        assert_eq!(new.facts.name, "Tartak Sosna");
        assert_eq!(new.facts.tax_ids, ["PL7251801126"]);
        assert_eq!(new.facts.bank_accounts, ["PL61109010140000071219812874"]);
        assert_eq!((new.facts.language.as_deref(), new.pin.as_deref()), (Some("pl"), Some("AB12")));
        assert_eq!(new.people.iter().map(|one| one.role).collect::<Vec<_>>(), [Role::CompanyAdmin, Role::CompanyMember]);
        assert!(new.facts.bookkeeper.is_some());
        assert_eq!(new.senders, ["@tartak.pl"]);
    }

    #[test]
    fn what_two_rows_want_the_second_does_not_get() {
        let plan = plan("name;tax_id;address;pin\nA;7251801126;a;1234x\nB;PL 725 180 11 26;A@POST.example;1234X\n");
        assert_eq!(plan.rows[0].outcome, Outcome::New);
        let codes: Vec<_> = plan.rows[1].findings.iter().map(|f| (f.code, f.other.as_str())).collect();
        assert_eq!(codes, [("address_twice", "2"), ("pin_twice", "2"), ("tax_id_twice", "2")]);
    }

    #[test]
    fn what_is_taken_elsewhere_is_marked() {
        let mut plan = plan("name;address;pin\nA;a;1111x\nB;b;2222x\n");
        let (addresses, pins) = plan.wants();
        assert_eq!((addresses.len(), pins.len()), (2, 2));
        plan.mark(&Taken { addresses: [addresses[1].clone()].into(), pins: [pins[1].clone()].into() });
        let codes: Vec<_> = plan.rows[1].findings.iter().map(|f| f.code).collect();
        assert_eq!((plan.count(Outcome::New), codes), (1, vec!["address_taken", "pin_taken"]));
    }
}
