//! Lists of documents: filters, sorting, pages by the last row of the page before (keyset), counts by state.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use ocr::fold::fold;
use ocr::reading::{Direction, DocumentType};
use serde::{Deserialize, Serialize};

use super::facts::{number_term, squeeze, words};
use super::{Document, DocumentState, columns, document};
use crate::accept::Channel;
use crate::error::{Error, Result};
use crate::id::{CompanyId, DocumentId, SubmissionId, UserId};
use crate::money::ten_thousandths;
use crate::scope::{Companies, Rows, Scope};
use crate::sql::{Tx, Value, params};
use crate::store::Store;
use crate::word::{self, words};

/// What a list shows. Everything left out is no condition; what is in the trash is shown only if asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Of one company.
    pub company: Option<CompanyId>,
    /// Of one submission.
    pub submission: Option<SubmissionId>,
    /// In one of these states.
    pub state: Vec<DocumentState>,
    /// Of this kind.
    pub document_type: Option<DocumentType>,
    /// Bought or sold.
    pub direction: Option<Direction>,
    /// `YYYY-MM`.
    pub period: Option<String>,
    /// The invoice number from its beginning or from any of its groups of letters or digits on, however it is punctuated.
    pub number: Option<String>,
    /// Words of the seller's name in their order, the last one perhaps cut; or the beginning of its tax id.
    pub seller: Option<String>,
    /// Arrived on or after this instant.
    pub created_from: Option<Timestamp>,
    /// Arrived before this instant.
    pub created_to: Option<Timestamp>,
    /// First issue date.
    pub issued_from: Option<Date>,
    /// Last issue date.
    pub issued_to: Option<Date>,
    /// First due date.
    pub due_from: Option<Date>,
    /// Last due date.
    pub due_to: Option<Date>,
    /// Least amount, a decimal string.
    pub amount_from: Option<String>,
    /// Greatest amount, a decimal string.
    pub amount_to: Option<String>,
    /// Words of the mail's subject.
    pub subject: Option<String>,
    /// Beginnings of words anywhere: name, subject, seller, number, sender.
    pub text: Option<String>,
    /// In the trash.
    pub trashed: bool,
    /// Has a problem, or findings.
    pub problem: Option<bool>,
    /// A duplicate of another.
    pub duplicate: Option<bool>,
    /// By the way they came.
    pub channel: Option<Channel>,
    /// Looked after by this person: by itself, or as a paper of a company that they look after.
    pub assignee: Option<UserId>,
    /// Was handed over and opened again since; or was not.
    pub reopened: Option<bool>,
    /// Polish invoices by their KSeF number: `number`, `offline`, `none`.
    pub ksef: Option<String>,
}

words! {
    /// What a list is sorted by.
    pub enum SortKey {
        /// Arrival.
        Created = "created",
        /// Issue date.
        Issued = "issued",
        /// Due date.
        Due = "due",
        /// Amount.
        Amount = "amount",
        /// Seller's name.
        Seller = "seller",
        /// Invoice number.
        Number = "number",
    }
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// Greatest first.
    pub descending: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Sort { key: SortKey::Created, descending: true }
    }
}

/// Where the next page begins: the last row of this one. Its text form is opaque to users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    key: String,
    id: DocumentId,
}

impl Cursor {
    /// Behind this document, in this order: what follows it in a list, whether it is still in the list or not.
    pub fn of(sort: Sort, document: &Document) -> Cursor {
        Cursor { key: sort_value(sort.key, document), id: document.id }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.id, crate::keys::hex(self.key.as_bytes()))
    }
}

impl std::str::FromStr for Cursor {
    type Err = Error;
    fn from_str(text: &str) -> Result<Cursor> {
        let bad = || Error::invalid("after", "This is no cursor of this list: take the one of its last page, or leave it out.");
        let (id, key) = text.split_once('.').ok_or_else(bad)?;
        let key = crate::keys::unhex(key).and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(bad)?;
        Ok(Cursor { key, id: id.parse().map_err(|_| bad())? })
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Its rows.
    pub documents: Vec<Document>,
    /// Where the next page begins; none after the last.
    pub next: Option<Cursor>,
}

/// A number of documents: exact up to [`COUNTED`], which stands for that many or more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Count {
    /// By state, the trash left out. A state without documents is left out. 1000 stands for that many or more.
    pub states: BTreeMap<DocumentState, u64>,
    /// In the trash.
    pub trashed: u64,
    /// Held mails.
    pub held: u64,
}

/// Counting stops here, so that a count costs the same in an office with a million documents, on each of its pages.
pub const COUNTED: u64 = 1_000;

/// Documents of the scope, at most `limit` (200 at most).
pub async fn list(store: &Store, scope: &Scope, filter: &Filter, sort: Sort, after: Option<&Cursor>, limit: u32) -> Result<Page> {
    scope.allow(|role| role.may_see())?;
    // One that is none has no papers, as if all were done.
    filter.period.as_deref().map(crate::period::check).transpose()?;
    let limit = limit.clamp(1, 200);
    // A month that cannot be is a slip, not a month without papers.
    if let Some(period) = filter.period.as_deref() {
        crate::period::check(period)?;
    }
    let mut tx = store.read(scope).await?;
    let mut query = Query::new(scope, filter)?;
    query.filter(filter);
    query.ranges(&mut tx, scope, filter, sort).await?;
    query.words(&mut tx, scope, filter).await?;
    if let Some(cursor) = after {
        query.after(sort, cursor)?;
    }
    let (sql, params) = query.finish(sort, limit + 1);
    let rows = tx.fetch_page(&columns(scope), &sql, params).await?;
    let more = rows.len() > limit as usize;
    let mut documents = rows.into_iter().take(limit as usize).map(document).collect::<Result<Vec<_>>>()?;
    documents.truncate(limit as usize);
    let next = documents.last().filter(|_| more).map(|last| Cursor::of(sort, last));
    Ok(Page { documents, next })
}

/// Documents by state, within the scope, of one company if given.
pub async fn counts(store: &Store, scope: &Scope, company: Option<CompanyId>) -> Result<Count> {
    scope.allow(|role| role.may_see())?;
    let mut params = vec![];
    let mut condition = scope.condition("", &mut params);
    if let Some(company) = company {
        scope.require(company)?;
        params.push(company.into());
        condition.push_str(&format!(" AND company_id = ${}", params.len()));
    }
    let papers = scope.only_shown(Rows::Documents, "", &mut params);
    let mails = scope.only_shown(Rows::Submissions, "", &mut params);
    let some = |what: &str, table: &str, rule: &str| {
        let shown = if table == "submission" { &mails } else { &papers };
        format!(
            "SELECT '{what}', COUNT(*) FROM (SELECT 1 FROM {table} WHERE {condition} AND {rule}{shown} LIMIT {COUNTED}) AS {what}"
        )
    };
    let mut selects: Vec<String> = DocumentState::ALL
        .iter()
        .map(|state| some(state.as_str(), "document", &format!("state = '{state}' AND trashed_at IS NULL")))
        .collect();
    selects.push(some("trashed", "document", "trashed_at IS NOT NULL"));
    selects.push(some("held", "submission", "state = 'held'"));
    let mut count = Count::default();
    for row in store.read(scope).await?.fetch_all(selects.join(" UNION ALL "), params).await? {
        let mut c = row.columns();
        match (c.text()?.as_str(), c.count()?) {
            (_, 0) => {}
            ("trashed", n) => count.trashed = n,
            ("held", n) => count.held = n,
            (state, n) => drop(count.states.insert(state.parse()?, n)),
        }
    }
    Ok(count)
}

/// Up to this many hits of a word, the hits are looked up one by one; with more, the list is walked and each row is asked for the
/// word. Either way a page costs little.
const RARE: i64 = 1000;

struct Query {
    sql: String,
    params: Vec<Value>,
}

impl Query {
    fn new(scope: &Scope, filter: &Filter) -> Result<Query> {
        let mut query = Query { sql: String::new(), params: params![scope.office()] };
        query.sql.push_str("office_id = $1");
        let only = match (filter.company, scope.companies()) {
            (Some(company), _) => {
                scope.require(company)?;
                Some(company)
            }
            (None, Companies::Set(set)) if set.len() == 1 => set.first().copied(),
            _ => None,
        };
        match (only, scope.companies()) {
            (Some(company), _) => query.and("company_id = $", company),
            (None, Companies::All) => {}
            (None, Companies::Set(set)) => {
                // An expression, so that the planner walks the office's index in the order wanted instead of sorting all rows of
                // all these companies.
                let marks: Vec<String> = set.iter().map(|company| query.push(*company)).collect();
                let marks = if marks.is_empty() { "NULL".to_owned() } else { marks.join(", ") };
                query.sql.push_str(&format!(" AND company_id || '' IN ({marks})"));
            }
        }
        query.sql.push_str(&scope.only_shown(Rows::Documents, "", &mut query.params));
        Ok(query)
    }

    fn push(&mut self, value: impl Into<Value>) -> String {
        self.params.push(value.into());
        format!("${}", self.params.len())
    }

    /// `AND` a condition in which `$` stands for the value.
    fn and(&mut self, condition: &str, value: impl Into<Value>) {
        let mark = self.push(value);
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition.replace('$', &mark));
    }

    fn maybe(&mut self, condition: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.and(condition, value);
        }
    }

    fn filter(&mut self, filter: &Filter) {
        match filter.state.as_slice() {
            [] => {}
            [one] => self.and("state = $", *one),
            many => {
                let marks: Vec<String> = many.iter().map(|state| self.push(*state)).collect();
                self.sql.push_str(&format!(" AND state || '' IN ({})", marks.join(", ")));
            }
        }
        self.sql.push_str(if filter.trashed { " AND trashed_at IS NOT NULL" } else { " AND trashed_at IS NULL" });
        self.maybe("submission_id = $", filter.submission);
        self.maybe("document_type = $", filter.document_type.map(word::document_type));
        self.maybe("direction = $", filter.direction.map(word::direction));
        self.maybe("period = $", filter.period.as_deref());
        self.maybe("created_at >= $", filter.created_from);
        self.maybe("created_at < $", filter.created_to);
        match filter.problem {
            Some(true) => self.sql.push_str(" AND (problem IS NOT NULL OR findings > 0)"),
            Some(false) => self.sql.push_str(" AND problem IS NULL AND findings = 0"),
            None => {}
        }
        match filter.duplicate {
            Some(true) => self.sql.push_str(" AND duplicate_of IS NOT NULL"),
            Some(false) => self.sql.push_str(" AND duplicate_of IS NULL"),
            None => {}
        }
        self.maybe("ksef = $", filter.ksef.as_deref());
        self.maybe("channel = $", filter.channel);
        if let Some(user) = filter.assignee {
            let own = "(assignee = $ OR assignee IS NULL AND company_id IN
                        (SELECT c.id FROM company c WHERE c.office_id = $1 AND c.bookkeeper = $))";
            let mark = self.push(user);
            self.sql.push_str(" AND ");
            self.sql.push_str(&own.replace("$ ", &format!("{mark} ")).replace("$)", &format!("{mark})")));
        }
        match filter.reopened {
            Some(true) => self.sql.push_str(" AND batch_id IS NOT NULL AND state <> 'exported'"),
            Some(false) => self.sql.push_str(" AND (batch_id IS NULL OR state = 'exported')"),
            None => {}
        }
        if let Some(seller) = filter.seller.as_deref().filter(|seller| !seller.trim().is_empty()) {
            let (name, tax_id) = (self.push(format!("%{}%", escape(fold(seller).trim()))), self.push(tax_prefix(seller)));
            self.sql.push_str(&format!(" AND (seller LIKE {name} ESCAPE '!' OR seller_tax_id LIKE {tax_id})"));
        }
    }

    /// Dates and amounts from and to. As with words: where few rows are in the range, they are fetched by it; where many are, the
    /// list is walked in its order until the page is full (an expression keeps the planner from the range's own index).
    async fn ranges(&mut self, tx: &mut Tx, scope: &Scope, filter: &Filter, sort: Sort) -> Result<()> {
        // An unknown date is an empty text, which is less than any day; an unknown amount is 0.
        let known_from = |from: Option<Date>, to: Option<Date>| from.map(|day| day.to_string()).or(to.map(|_| "0".to_owned()));
        let issued = (known_from(filter.issued_from, filter.issued_to).map(Value::from), filter.issued_to.map(Value::from));
        let due = (known_from(filter.due_from, filter.due_to).map(Value::from), filter.due_to.map(Value::from));
        let amount = (amount("amount_from", filter.amount_from.as_deref())?, amount("amount_to", filter.amount_to.as_deref())?);
        if amount != (None, None) {
            self.sql.push_str(" AND amount_printed IS NOT NULL");
        }
        for (key, (from, to)) in [(SortKey::Issued, issued), (SortKey::Due, due), (SortKey::Amount, amount)] {
            let column = column(key);
            let bounds: Vec<(&str, Value)> =
                [(">=", from), ("<=", to)].into_iter().filter_map(|(op, v)| Some((op, v?))).collect();
            let walked = key != sort.key && !bounds.is_empty() && self.has_many(tx, scope, column, &bounds).await?;
            for (op, value) in bounds {
                let mark = self.push(value);
                let value = match (walked, key) {
                    (false, _) => column.to_owned(),
                    (true, SortKey::Amount) => format!("{column} + 0"),
                    (true, _) => format!("{column} || ''"),
                };
                self.sql.push_str(&format!(" AND {value} {op} {mark}"));
            }
        }
        Ok(())
    }

    async fn has_many(&self, tx: &mut Tx, scope: &Scope, column: &str, bounds: &[(&str, Value)]) -> Result<bool> {
        let mut params = params![scope.office()];
        let mut sql = String::from("SELECT COUNT(*) FROM (SELECT 1 FROM document WHERE office_id = $1");
        for (op, value) in bounds {
            params.push(value.clone());
            sql.push_str(&format!(" AND {column} {op} ${}", params.len()));
        }
        sql.push_str(&format!(" LIMIT {RARE}) AS hits"));
        Ok(tx.fetch_one(sql, params).await?.columns().int()? == RARE)
    }

    /// Every word must begin a word of the document.
    async fn words(&mut self, tx: &mut Tx, scope: &Scope, filter: &Filter) -> Result<()> {
        let mut wanted = words(filter.text.as_deref().unwrap_or_default());
        wanted.extend(words(filter.subject.as_deref().unwrap_or_default()));
        // The words narrow what LIKE has to look at.
        wanted.extend(words(filter.seller.as_deref().unwrap_or_default()));
        wanted.truncate(8);
        if let Some(number) = filter.number.as_deref().filter(|number| !squeeze(number).is_empty()) {
            wanted.push(number_term(number));
        }
        for (word, hits) in hits(tx, scope, wanted).await? {
            let end = end_of(&word);
            let (from, to) = (self.push(word), self.push(end));
            let range = format!("t.term >= {from} AND t.term < {to}");
            self.sql.push_str(&if hits < RARE {
                format!(" AND id IN (SELECT t.document_id FROM document_term t WHERE t.office_id = $1 AND {range})")
            } else {
                format!(" AND EXISTS (SELECT 1 FROM document_term t WHERE t.document_id = document.id AND {range})")
            });
        }
        Ok(())
    }

    fn after(&mut self, sort: Sort, cursor: &Cursor) -> Result<()> {
        let sign = if sort.descending { "<" } else { ">" };
        let id = self.push(cursor.id);
        let key = match sort.key {
            SortKey::Created => {
                self.sql.push_str(&format!(" AND id {sign} {id}"));
                return Ok(());
            }
            SortKey::Amount => {
                let amount = cursor.key.parse::<i64>().map_err(|_| {
                    Error::invalid("after", "This is no cursor of this list: take the one of its last page, or leave it out.")
                })?;
                self.push(amount)
            }
            _ => self.push(cursor.key.as_str()),
        };
        self.sql.push_str(&format!(" AND ({}, id) {sign} ({key}, {id})", column(sort.key)));
        Ok(())
    }

    fn finish(self, sort: Sort, limit: u32) -> (String, Vec<Value>) {
        let way = if sort.descending { "DESC" } else { "ASC" };
        let order = match sort.key {
            SortKey::Created => format!("id {way}"),
            key => format!("{} {way}, id {way}", column(key)),
        };
        (format!("FROM document WHERE {} ORDER BY {order} LIMIT {limit}", self.sql), self.params)
    }
}

/// How often each word begins one of a document, up to [`RARE`]; asked for in one go.
async fn hits(tx: &mut Tx, scope: &Scope, words: Vec<String>) -> Result<Vec<(String, i64)>> {
    let mut params = params![scope.office()];
    let mut selects = Vec::with_capacity(words.len());
    for (n, word) in words.iter().enumerate() {
        params.extend(params![word, end_of(word)]);
        let (from, to) = (params.len() - 1, params.len());
        selects.push(format!(
            "SELECT {n}, COUNT(*) FROM (SELECT 1 FROM document_term WHERE office_id = $1 AND term >= ${from} AND term < ${to}
             LIMIT {RARE}) AS t{n}"
        ));
    }
    if selects.is_empty() {
        return Ok(Vec::new());
    }
    let mut counts = vec![0; words.len()];
    for row in tx.fetch_all(selects.join(" UNION ALL "), params).await? {
        let mut c = row.columns();
        let (n, hits) = (c.count()?, c.int()?);
        if let Some(count) = usize::try_from(n).ok().and_then(|n| counts.get_mut(n)) {
            *count = hits;
        }
    }
    Ok(words.into_iter().zip(counts).collect())
}

/// Behind everything that begins with a word.
fn end_of(word: &str) -> String {
    format!("{word}\u{10FFFF}")
}

fn column(key: SortKey) -> &'static str {
    match key {
        SortKey::Created => "id",
        SortKey::Issued => "issue_date",
        SortKey::Due => "due_date",
        SortKey::Amount => "amount",
        SortKey::Seller => "seller",
        SortKey::Number => "number",
    }
}

fn sort_value(key: SortKey, document: &Document) -> String {
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    match key {
        SortKey::Created => String::new(),
        SortKey::Issued => day(document.issue_date),
        SortKey::Due => day(document.due_date),
        SortKey::Amount => document.amount.as_deref().and_then(ten_thousandths).unwrap_or(0).to_string(),
        SortKey::Seller => document.seller_name.as_deref().map(fold).unwrap_or_default(),
        SortKey::Number => document.number.as_deref().map(squeeze).unwrap_or_default(),
    }
}

fn amount(name: &'static str, text: Option<&str>) -> Result<Option<Value>> {
    text.map(|text| {
        let wrong = || Error::invalid(name, format!("{text:?} is no amount: write it as 1234.56."));
        ten_thousandths(text).map(Value::from).ok_or_else(wrong)
    })
    .transpose()
}

fn escape(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

fn tax_prefix(text: &str) -> String {
    let mut prefix: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
    // A prefix of one or two characters would be any tax id of a country.
    if prefix.len() < 4 {
        prefix = "-".to_owned();
    }
    prefix + "%"
}
