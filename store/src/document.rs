//! Documents: one paper each, made of pieces of parts, on its way from new to exported.

mod apart;
mod approve;
mod divide;
mod facts;
mod follow;
mod insert;
mod join;
mod kin;
mod list;
mod move_to;
mod redraw;
mod state;
mod twin;
mod withdraw;

pub use apart::keep_apart;
pub use approve::approve;
pub use divide::{Cut, Range, divide, merge};
pub(crate) use facts::copy_facts;
pub(crate) use follow::follow;
pub(crate) use insert::{Fresh, insert, keep_first, split};
pub(crate) use join::join;
pub(crate) use kin::kin_in;
pub use kin::{exported_as, of_seller};
pub use list::{COUNTED, Count, Cursor, Filter, Page, Sort, SortKey, counts, list};
pub use move_to::move_to;
pub use redraw::{beside, redraw};
pub use state::{Action, DocumentState};
pub use twin::{DuplicateReason, corrections, elsewhere};
pub(crate) use twin::{elsewhere_in, link};
pub use withdraw::{may_withdraw, opened, withdraw};

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use ocr::page::Box as Area;
use ocr::protocol::Role as PieceRole;
use ocr::reading::{Direction, DocumentType};
use serde::{Deserialize, Serialize};

use crate::accept::Channel;
use crate::audit::{self, Note};
pub use crate::booking::Booking;
use crate::error::{Error, Result};
use crate::event;
use crate::id::{BatchId, CompanyId, DocumentId, JobId, SubmissionId, UserId};
use crate::part::Part;
use crate::queue::{self, JobKind, Urgency};
use crate::scope::{Rows, Scope};
use crate::search;
use crate::sql::{Row, Tx, Value, marks, params};
use crate::store::Store;
use crate::user;
use crate::word::{self, words};

words! {
    /// Whether it was paid, as far as the office knows.
    pub enum PaymentState {
        /// Nobody said.
        Unknown = "unknown",
        /// Not yet.
        Unpaid = "unpaid",
        /// In part.
        Partly = "partly",
        /// It was.
        Paid = "paid",
    }
}

words! {
    /// What the accounting program, or a person who looked there, said of a document that was handed over.
    pub enum BooksState {
        /// Nothing.
        None = "none",
        /// It waits in the program's buffer.
        Buffer = "buffer",
        /// It is in a register.
        Entered = "entered",
        /// It is booked.
        Booked = "booked",
    }
}

impl BooksState {
    /// What the client reads; none where nothing was said.
    pub fn client_word(self) -> Option<&'static str> {
        match self {
            BooksState::None | BooksState::Buffer => None,
            BooksState::Entered => Some("entered"),
            BooksState::Booked => Some("booked"),
        }
    }
}

/// What became of it in the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Books {
    /// How far it is.
    pub state: BooksState,
    /// Its number there.
    pub number: Option<String>,
}

/// A document as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// The company.
    pub company: CompanyId,
    /// The submission it came with.
    pub submission: SubmissionId,
    /// The way it came.
    pub channel: Channel,
    /// Who looks after it, where that is not whoever looks after the company.
    pub assignee: Option<UserId>,
    /// Where it is on its way.
    pub state: DocumentState,
    /// Rises with each change: to be given with the next one (If-Match).
    pub version: u64,
    /// Stable name of what is wrong with it.
    pub problem: Option<String>,
    /// File name or subject.
    pub name: String,
    /// Subject of its mail, PINs masked.
    pub subject: Option<String>,
    /// Media type of what a person looks at.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its pages, once read.
    pub pages: Option<u32>,
    /// Kind of paper.
    pub document_type: DocumentType,
    /// Bought or sold.
    pub direction: Direction,
    /// `YYYY-MM`.
    pub period: Option<String>,
    /// Why this period: subject, receipt, issue_date, sale_date, next_open, human.
    pub period_reason: Option<String>,
    /// How it is booked.
    pub booking: Booking,
    /// The batch it was handed over with.
    pub batch: Option<BatchId>,
    /// What became of it in the books.
    pub books: Books,
    /// Whether it was paid.
    pub payment_state: PaymentState,
    /// An earlier document that says the same.
    pub duplicate_of: Option<DocumentId>,
    /// Why it is taken for that one.
    pub duplicate_reason: Option<DuplicateReason>,
    /// The document whose invoice it corrects.
    pub corrects: Option<DocumentId>,
    /// Polish invoices: whether it has a KSeF number: `number`, `offline` or `none`; empty for others.
    pub ksef: String,
    /// Since when it is in the trash.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub trashed_at: Option<Timestamp>,
    /// Not to be shown as work before this day.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
    pub postponed_until: Option<Date>,
    /// Invoice number as printed.
    pub number: Option<String>,
    /// Seller's name as printed.
    pub seller_name: Option<String>,
    /// Seller's tax id.
    pub seller_tax_id: Option<String>,
    /// Issue date.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
    pub issue_date: Option<Date>,
    /// Due date.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
    pub due_date: Option<Date>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// What is to be paid, else the total, as a decimal string.
    pub amount: Option<String>,
    /// The total without VAT, as a decimal string.
    pub net: Option<String>,
    /// The VAT, as a decimal string.
    pub vat: Option<String>,
    /// Findings that are warnings or errors.
    pub findings: u32,
    /// Version of its newest reading.
    pub reading_version: Option<u64>,
    /// When it was made.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

impl Document {
    /// It was handed over and a person opened it again.
    pub fn is_reopened(&self) -> bool {
        self.batch.is_some() && self.state != DocumentState::Exported
    }
}

/// A piece of a document.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Piece {
    /// What it is to the document.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub role: PieceRole,
    /// Pages of the part, from 1; all if none.
    pub page_range: Option<[u32; 2]>,
    /// The area of that page, in points before any turn, where it shows several papers; all of it if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<[f32; 4]>))]
    pub region: Option<Area>,
    /// The part.
    pub part: Part,
}

/// What a person sets beside the values of the paper. None leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// Kind of paper.
    pub document_type: Option<DocumentType>,
    /// Bought or sold.
    pub direction: Option<Direction>,
    /// `YYYY-MM`.
    pub period: Option<String>,
    /// How it is booked.
    pub booking: Option<Booking>,
    /// Whether it was paid.
    pub payment_state: Option<PaymentState>,
    /// Not work before this day; an empty string takes it away.
    pub postponed_until: Option<String>,
    /// Who looks after it, by id: a person of the office; an empty string takes it away.
    pub assignee: Option<String>,
}

pub(crate) const COLUMNS: &str = "id, company_id, submission_id, channel, assignee, state, version, problem, name, subject, media_type, size, pages,
    document_type, direction, period, period_reason, booking, batch_id, books_state, books_number, payment_state, duplicate_of,
    duplicate_reason, corrects, ksef, trashed_at, postponed_until, number_printed, seller_name, seller_tax_id, issue_date, due_date,
    currency, amount_printed, net_printed, vat_printed, findings,
    reading_version, created_at";

/// [`COLUMNS`] as the scope may know them. How the office books a paper, and its note, are the office's own; and of a paper that is not
/// shown not even the id.
pub(crate) fn columns(scope: &Scope) -> String {
    let mut columns = COLUMNS.to_owned();
    if !scope.role().is_office() {
        columns = columns.replacen(" booking,", " '{}',", 1);
    }
    if scope.sees_a_part() {
        columns = columns.replacen(" duplicate_of,", " NULL,", 1).replacen(" corrects,", " NULL,", 1);
    }
    columns
}

/// One document.
pub async fn get(store: &Store, scope: &Scope, id: DocumentId) -> Result<Document> {
    scope.allow(|role| role.may_see())?;
    let mut tx = store.read(scope).await?;
    fetch(&mut tx, scope, id).await
}

/// What documents are called: their numbers, else the names of their files. Those that are not to be seen are left out.
pub async fn names(store: &Store, scope: &Scope, ids: &[DocumentId]) -> Result<BTreeMap<DocumentId, String>> {
    scope.allow(|role| role.may_see())?;
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut params = params![];
    let condition = scope.papers(Rows::Documents, "", &mut params);
    let marks = marks(&mut params, ids.iter().copied());
    let sql = format!("SELECT id, COALESCE(number_printed, name) FROM document WHERE {condition} AND id IN ({marks})");
    let rows = store.read(scope).await?.fetch_all(sql, params).await?;
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            Ok((c.parse()?, c.text()?))
        })
        .collect()
}

/// Its pieces, in order.
pub async fn pieces(store: &Store, scope: &Scope, id: DocumentId) -> Result<Vec<Piece>> {
    scope.allow(|role| role.may_see())?;
    let mut tx = store.read(scope).await?;
    pieces_in(&mut tx, scope, id).await
}

pub(crate) async fn pieces_in(tx: &mut Tx, scope: &Scope, id: DocumentId) -> Result<Vec<Piece>> {
    let mut params = params![id];
    let condition = scope.papers(Rows::Documents, "d.", &mut params);
    let sql = format!(
        "SELECT w.role, w.first_page, w.last_page, w.region, p.id, p.submission_id, p.path, p.name, p.media_type, p.declared_type, p.state,
                p.reason, p.message, p.size, p.sha256
         FROM document d JOIN piece w ON w.document_id = d.id JOIN part p ON p.id = w.part_id
         WHERE {condition} AND d.id = $1 ORDER BY w.position"
    );
    let rows = tx.fetch_all(sql, params).await?;
    if rows.is_empty() {
        return Err(Error::NotFound);
    }
    rows.into_iter().map(piece).collect()
}

/// Wants documents read (or read again), by a person. Gives the job of each; one that may not be read is an error for itself.
pub async fn request_reading(
    store: &Store,
    scope: &Scope,
    ids: &[DocumentId],
    kind: JobKind,
) -> Result<Vec<(DocumentId, Result<JobId>)>> {
    scope.allow(|role| role.may_work())?;
    let mut answers = Vec::with_capacity(ids.len());
    for id in ids.iter().copied() {
        let (scope_, turns) = (scope.clone(), store.clone());
        let job = store.write(scope, move |tx| {
            Box::pin(async move {
                let document = fetch(tx, &scope_, id).await?;
                let turn = turns.turns().next(document.company, Timestamp::now());
                start_reading(tx, &scope_, document.company, id, kind, Urgency::Person, turn).await
            })
        });
        answers.push((id, job.await));
    }
    store.jobs().notify_waiters();
    store.events().notify_waiters();
    Ok(answers)
}

/// Takes a decision: approve (see [`approve`]: without a reason), reopen, reject, file. `version` is the one the person saw, if they
/// say it.
pub async fn decide(store: &Store, scope: &Scope, id: DocumentId, version: Option<u64>, action: Action) -> Result<Document> {
    scope.allow(|role| role.may_work())?;
    if matches!(action, Action::Read | Action::ReadingDone | Action::Correct | Action::Export | Action::TakeBack) {
        return Err(Error::invalid("action", "This is no decision."));
    }
    if action == Action::Approve {
        return approve(store, scope, id, version, None).await;
    }
    change_in(store, scope, id, version, move |_, document| {
        if document.trashed_at.is_some() {
            return Err(Error::conflict("trashed", "This document is in the trash: restore it first."));
        }
        let mut set = Set::of(("state", document.state.after(action)?.into()));
        set.action = match action {
            Action::Reopen => "document.reopened",
            Action::Reject => "document.rejected",
            _ => "document.filed",
        };
        Ok(set)
    })
    .await
}

/// Moves a document to the trash, or back. What was approved or exported stays out of the trash.
pub async fn trash(store: &Store, scope: &Scope, id: DocumentId, version: Option<u64>, trashed: bool) -> Result<Document> {
    scope.allow(|role| role.may_work())?;
    change_in(store, scope, id, version, move |_, document| {
        if trashed && matches!(document.state, DocumentState::Approved | DocumentState::Exported) {
            return Err(Error::conflict("approved", "An approved document is not put into the trash: reopen it first."));
        }
        let mut set = Set::of(("trashed_at", trashed.then(Timestamp::now).into()));
        set.action = if trashed { "document.trashed" } else { "document.restored" };
        Ok(set)
    })
    .await
}

/// Sets what a person says beside the values of the paper.
pub async fn change(store: &Store, scope: &Scope, id: DocumentId, version: Option<u64>, change: Change) -> Result<Document> {
    scope.allow(|role| role.may_work())?;
    if let Some(period) = &change.period {
        crate::period::check(period)?;
    }
    let postponed = change.postponed_until.as_deref().map(|day| match day {
        "" => Ok(None),
        day => day.parse::<Date>().map(Some).map_err(|_| Error::invalid("postponed_until", "A day is written as 2026-07-31.")),
    });
    let postponed = postponed.transpose()?;
    let assignee = change.assignee.as_deref().map(|user| match user {
        "" => Ok(None),
        user => user.parse::<UserId>().map(Some),
    });
    let assignee = assignee.transpose()?;
    if let Some(Some(person)) = assignee
        && user::colleagues(store, scope).await?.iter().all(|(id, _)| *id != person)
    {
        return Err(Error::invalid("assignee", "A paper is looked after by someone of the office who works on papers."));
    }
    let change = Change { booking: change.booking.map(Booking::checked).transpose()?, ..change };
    let scope_ = scope.clone();
    let changed = store
        .write(scope, move |tx| {
            Box::pin(async move {
                let document = fetch_version(tx, &scope_, id, version).await?;
                let mut set = said(&document, &change, postponed)?;
                if let Some(user) = assignee {
                    set.add("assignee", user);
                }
                if let Some(booking) = &change.booking {
                    crate::booking::remember(tx, &scope_, &document, booking).await?;
                }
                update(tx, &scope_, &document, set).await?;
                search::index_again(tx, &scope_, id).await?;
                // Whoever says that a paper is of a type that is hidden from them sees it this once more.
                fetch(tx, &scope_.all_papers(), id).await
            })
        })
        .await?;
    store.events().notify_waiters();
    Ok(changed)
}

/// The columns of what a person says beside the values of the paper.
fn said(document: &Document, change: &Change, postponed: Option<Option<Date>>) -> Result<Set> {
    let in_file =
        change.period.is_some() || change.booking.is_some() || change.document_type.is_some() || change.direction.is_some();
    if document.state == DocumentState::Exported && in_file {
        return Err(Error::conflict("exported", "This document was exported: reopen it first."));
    }
    let mut set = Set { action: "document.changed", columns: vec![] };
    if let Some(document_type) = change.document_type {
        set.add("document_type", word::document_type(document_type)).add("type_given", true);
    }
    if let Some(direction) = change.direction {
        set.add("direction", word::direction(direction)).add("type_given", true);
    }
    if let Some(period) = &change.period {
        set.add("period", period).add("period_reason", "human");
    }
    if let Some(booking) = &change.booking {
        set.columns.extend(crate::booking::columns(booking)?);
    }
    if let Some(state) = change.payment_state {
        set.add("payment_state", state);
    }
    if let Some(day) = postponed {
        set.add("postponed_until", day);
    }
    Ok(set)
}

/// Columns to set, and what that is called.
pub(crate) struct Set {
    pub action: &'static str,
    pub columns: Vec<(&'static str, Value)>,
}

impl Set {
    fn of(column: (&'static str, Value)) -> Set {
        Set { action: "document.changed", columns: vec![column] }
    }

    pub(crate) fn add(&mut self, column: &'static str, value: impl Into<Value>) -> &mut Set {
        self.columns.push((column, value.into()));
        self
    }
}

/// One change: reads, lets `decide` say what to set, writes it with audit and event.
async fn change_in<F>(store: &Store, scope: &Scope, id: DocumentId, version: Option<u64>, decide: F) -> Result<Document>
where
    F: FnOnce(&Scope, &Document) -> Result<Set> + Send + 'static,
{
    let scope_ = scope.clone();
    let changed = store
        .write(scope, move |tx| {
            Box::pin(async move {
                let document = fetch_version(tx, &scope_, id, version).await?;
                let set = decide(&scope_, &document)?;
                update(tx, &scope_, &document, set).await?;
                fetch(tx, &scope_, id).await
            })
        })
        .await?;
    store.events().notify_waiters();
    Ok(changed)
}

/// The document, if it is still in the version that the caller saw.
pub(crate) async fn fetch_version(tx: &mut Tx, scope: &Scope, id: DocumentId, version: Option<u64>) -> Result<Document> {
    let document = fetch(tx, scope, id).await?;
    if version.is_some_and(|version| version != document.version) { Err(Error::Stale) } else { Ok(document) }
}

/// Sets columns of a document in the version that was read, with audit and event.
pub(crate) async fn update(tx: &mut Tx, scope: &Scope, document: &Document, set: Set) -> Result<()> {
    let version = i64::try_from(document.version).map_err(Error::internal)?;
    let mut params = params![scope.office(), document.id, version];
    let mut sql = String::from("UPDATE document SET version = version + 1");
    let mut values = String::new();
    for (column, value) in set.columns {
        values.push_str(&format!("{column}={value:?};"));
        params.push(value);
        sql.push_str(&format!(", {column} = ${}", params.len()));
    }
    sql.push_str(" WHERE office_id = $1 AND id = $2 AND version = $3");
    if tx.execute(sql, params).await? == 0 {
        return Err(Error::Stale);
    }
    told(tx, scope, document.company, document.id, set.action, &values).await
}

/// Audit and event of a change to a document.
pub(crate) async fn told(
    tx: &mut Tx,
    scope: &Scope,
    company: CompanyId,
    id: DocumentId,
    action: &'static str,
    values: &str,
) -> Result<()> {
    let (office, actor, subject) = (scope.office(), scope.actor(), id.to_string());
    audit::note(tx, Note { office, company: Some(company), actor, action, subject: subject.clone(), values }).await?;
    event::emit(tx, office, &[(Some(company), action, subject)]).await
}

/// Moves a document to `reading` and queues the job.
pub(crate) async fn start_reading(
    tx: &mut Tx,
    scope: &Scope,
    company: CompanyId,
    id: DocumentId,
    kind: JobKind,
    urgency: Urgency,
    turn: i64,
) -> Result<JobId> {
    let document = fetch(tx, scope, id).await?;
    // Asked twice is asked once.
    if document.state != DocumentState::Reading {
        let mut set = Set::of(("state", document.state.after(Action::Read)?.into()));
        set.add("problem", None::<&str>);
        set.action = "document.reading";
        update(tx, scope, &document, set).await?;
    }
    queue::push(tx, scope, company, kind, &id.to_string(), urgency, turn).await
}

pub(crate) async fn fetch(tx: &mut Tx, scope: &Scope, id: DocumentId) -> Result<Document> {
    let mut params = params![id];
    let condition = scope.papers(Rows::Documents, "", &mut params);
    let sql = format!("SELECT {} FROM document WHERE {condition} AND id = $1", columns(scope));
    document(tx.fetch_one(sql, params).await?)
}

pub(crate) async fn time_zone(tx: &mut Tx, scope: &Scope) -> Result<String> {
    tx.fetch_one("SELECT time_zone FROM office WHERE id = $1", params![scope.office()]).await?.columns().text()
}

pub(crate) fn document(row: Row) -> Result<Document> {
    let mut c = row.columns();
    let day = |text: String| if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(Error::internal) };
    Ok(Document {
        id: c.parse()?,
        company: c.parse()?,
        submission: c.parse()?,
        channel: c.parse()?,
        assignee: c.opt_parse()?,
        state: c.parse()?,
        version: c.count()?,
        problem: c.opt_text()?,
        name: c.text()?,
        subject: c.opt_text()?,
        media_type: c.text()?,
        size: c.count()?,
        pages: c.opt_int()?.map(|pages| u32::try_from(pages).unwrap_or(u32::MAX)),
        document_type: word::parse(&c.text()?)?,
        direction: word::parse(&c.text()?)?,
        period: c.opt_text()?,
        period_reason: c.opt_text()?,
        booking: c.json()?,
        batch: c.opt_parse()?,
        books: Books { state: c.parse()?, number: c.opt_text()? },
        payment_state: c.parse()?,
        duplicate_of: c.opt_parse()?,
        duplicate_reason: c.opt_parse()?,
        corrects: c.opt_parse()?,
        ksef: c.text()?,
        trashed_at: c.opt_time()?,
        postponed_until: c.opt_parse()?,
        number: c.opt_text()?,
        seller_name: c.opt_text()?,
        seller_tax_id: c.opt_text()?,
        issue_date: day(c.text()?)?,
        due_date: day(c.text()?)?,
        currency: c.opt_text()?,
        amount: c.opt_text()?,
        net: c.opt_text()?,
        vat: c.opt_text()?,
        findings: u32::try_from(c.int()?).unwrap_or(u32::MAX),
        reading_version: c.opt_int()?.map(|version| u64::try_from(version).unwrap_or(0)),
        created_at: c.time()?,
    })
}

pub(crate) fn piece(row: Row) -> Result<Piece> {
    let mut c = row.columns();
    let (role, first, last, region) = (word::parse(&c.text()?)?, c.opt_int()?, c.opt_int()?, c.opt_text()?);
    let page_range = match (first, last) {
        (Some(first), Some(last)) => Some([first, last].map(|page| u32::try_from(page).unwrap_or(1))),
        _ => None,
    };
    let region = region.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)?;
    Ok(Piece { role, page_range, region, part: crate::part::part(Row(c.rest()))? })
}
