//! What a batch is made from: documents that a person approved, with what holds of them, fetched many at a time.

use std::collections::HashMap;

use jiff::civil::Date;
use ocr::reading::Reading;

use crate::document::{self, COLUMNS, Document, Piece};
use crate::error::{Error, Result};
use crate::id::{BatchId, CompanyId, DocumentId};
use crate::review::{self, Review};
use crate::scope::{Rows, Scope};
use crate::sql::{Row, Tx, Value, marks, params};
use crate::store::Store;

/// Documents of one batch at most.
pub const MOST: usize = 20_000;

/// Documents asked for in one statement.
const AT_ONCE: usize = 400;

/// Which documents.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The company.
    pub company: CompanyId,
    /// `YYYY-MM`; none: of any month.
    pub period: Option<String>,
    /// These alone; empty: all.
    pub documents: Vec<DocumentId>,
    /// Also those that were handed over already.
    pub exported_too: bool,
}

/// A document with all that a file is made from.
#[derive(Clone, Debug)]
pub struct Paper {
    /// The document.
    pub document: Document,
    /// What holds: the newest reading with a person's values over it. Without alternatives and findings.
    pub reading: Reading,
    /// What it consists of.
    pub pieces: Vec<Piece>,
    /// The issue date of the invoice that it corrects, where that is here.
    pub corrects_of: Option<Date>,
    /// How it was handed over last, if it was and that was not taken back.
    pub before: Option<Before>,
}

/// An earlier handing over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// The batch.
    pub batch: BatchId,
    /// Of the values as they were.
    pub digest: String,
    /// The values themselves.
    pub handed: serde_json::Value,
}

/// The approved documents that are wanted, by issue date.
pub async fn papers(store: &Store, scope: &Scope, wanted: &Wanted) -> Result<Vec<Paper>> {
    scope.allow(|role| role.is_office())?;
    scope.require(wanted.company)?;
    let mut tx = store.read(scope).await?;
    let documents = documents(&mut tx, scope, wanted).await?;
    let mut papers = Vec::with_capacity(documents.len());
    let mut rest = documents.into_iter().peekable();
    while rest.peek().is_some() {
        let some: Vec<Document> = rest.by_ref().take(AT_ONCE).collect();
        papers.append(&mut with_all(&mut tx, scope, some).await?);
    }
    Ok(papers)
}

/// These documents of a company, whatever state they are in.
pub async fn papers_of(store: &Store, scope: &Scope, company: CompanyId, ids: &[DocumentId]) -> Result<Vec<Paper>> {
    scope.allow(|role| role.is_office())?;
    scope.require(company)?;
    let mut tx = store.read(scope).await?;
    let mut papers = Vec::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let mut params = params![scope.office(), company];
        let list = marks(&mut params, some.iter().copied());
        let shown = scope.only_shown(Rows::Documents, "", &mut params);
        let sql = format!("SELECT {COLUMNS} FROM document WHERE office_id = $1 AND company_id = $2 AND id IN ({list}){shown}");
        let rows = tx.fetch_all(sql, params).await?;
        let documents = rows.into_iter().map(document::document).collect::<Result<Vec<_>>>()?;
        papers.append(&mut with_all(&mut tx, scope, documents).await?);
    }
    Ok(papers)
}

/// Documents of the company and period that nobody has decided on yet.
pub async fn waiting(store: &Store, scope: &Scope, company: CompanyId, period: Option<&str>) -> Result<u64> {
    scope.allow(|role| role.is_office())?;
    scope.require(company)?;
    let mut params = params![scope.office(), company];
    let of = within(scope, period, &mut params);
    let sql = format!("SELECT COUNT(*) FROM document WHERE {of} AND state IN ('new', 'reading', 'to_review')");
    store.read(scope).await?.fetch_one(sql, params).await?.columns().count()
}

/// Documents of office `$1` and company `$2`, of one month if given: said outright, so that the month's own index serves.
fn within(scope: &Scope, period: Option<&str>, params: &mut Vec<Value>) -> String {
    let mut sql = "office_id = $1 AND company_id = $2 AND trashed_at IS NULL".to_owned();
    if let Some(period) = period {
        params.push(period.into());
        sql.push_str(&format!(" AND period = ${}", params.len()));
    }
    sql.push_str(&scope.only_shown(Rows::Documents, "", params));
    sql
}

pub(super) async fn documents(tx: &mut Tx, scope: &Scope, wanted: &Wanted) -> Result<Vec<Document>> {
    let states = if wanted.exported_too { "'approved', 'exported'" } else { "'approved'" };
    let mut first = params![scope.office(), wanted.company];
    let of = within(scope, wanted.period.as_deref(), &mut first);
    let base = format!("SELECT {COLUMNS} FROM document WHERE {of} AND state IN ({states})");
    let params = || first.clone();
    let mut rows = Vec::new();
    if wanted.documents.is_empty() {
        rows = tx.fetch_all(format!("{base} LIMIT {}", MOST + 1), params()).await?;
    }
    for some in wanted.documents.chunks(AT_ONCE) {
        let mut params = params();
        let list = marks(&mut params, some.iter().copied());
        rows.append(&mut tx.fetch_all(format!("{base} AND id IN ({list})"), params).await?);
    }
    if rows.len() > MOST {
        return Err(Error::invalid("documents", format!("These are more than {MOST} documents: choose a month.")));
    }
    let mut documents = rows.into_iter().map(document::document).collect::<Result<Vec<_>>>()?;
    documents.sort_by_key(|document| (document.issue_date, document.id));
    documents.dedup_by_key(|document| document.id);
    Ok(documents)
}

/// Rows about these documents, by document: the first column of `sql` is the document's id, `{ids}` stands for the list.
async fn about(tx: &mut Tx, scope: &Scope, ids: &[DocumentId], sql: &str) -> Result<HashMap<DocumentId, Vec<Row>>> {
    let mut params = params![scope.office()];
    let list = marks(&mut params, ids.iter().copied());
    let mut found: HashMap<DocumentId, Vec<Row>> = HashMap::new();
    for row in tx.fetch_all(sql.replace("{ids}", &list), params).await? {
        let mut c = row.columns();
        found.entry(c.parse()?).or_default().push(Row(c.rest()));
    }
    Ok(found)
}

async fn with_all(tx: &mut Tx, scope: &Scope, documents: Vec<Document>) -> Result<Vec<Paper>> {
    let ids: Vec<DocumentId> = documents.iter().map(|document| document.id).collect();
    let sql =
        "SELECT r.document_id, r.content FROM reading r JOIN document d ON d.id = r.document_id AND d.reading_version = r.version
               WHERE r.office_id = $1 AND r.document_id IN ({ids})";
    let mut readings = about(tx, scope, &ids, sql).await?;
    let sql = "SELECT document_id, content FROM review WHERE office_id = $1 AND document_id IN ({ids})";
    let mut reviews = about(tx, scope, &ids, sql).await?;
    let sql =
        "SELECT w.document_id, w.role, w.first_page, w.last_page, w.region, p.id, p.submission_id, p.path, p.name, p.media_type,
                      p.declared_type, p.state, p.reason, p.message, p.size, p.sha256
               FROM piece w JOIN part p ON p.id = w.part_id
               WHERE w.office_id = $1 AND w.document_id IN ({ids}) ORDER BY w.document_id, w.position";
    let mut pieces = about(tx, scope, &ids, sql).await?;
    let sql = "SELECT d.id, o.issue_date FROM document d JOIN document o ON o.id = d.corrects AND o.company_id = d.company_id
               WHERE d.office_id = $1 AND d.id IN ({ids})";
    let mut corrected = about(tx, scope, &ids, sql).await?;
    let sql = "SELECT e.document_id, e.batch_id, e.digest, e.handed FROM batch_document e JOIN batch b ON b.id = e.batch_id
               WHERE e.office_id = $1 AND e.document_id IN ({ids}) AND e.fate IN ('exported', 'correction')
               AND b.state = 'ready' AND b.copy = 0 ORDER BY e.batch_id";
    let mut before = about(tx, scope, &ids, sql).await?;
    let mut papers = Vec::with_capacity(documents.len());
    for document in documents {
        let last = |rows: &mut HashMap<DocumentId, Vec<Row>>| rows.remove(&document.id).and_then(|mut rows| rows.pop());
        let read: Option<Reading> = last(&mut readings).map(|row| row.columns().json()).transpose()?;
        let review: Option<Review> = last(&mut reviews).map(|row| row.columns().json()).transpose()?;
        let before = last(&mut before).map(earlier).transpose()?;
        let corrects_of = last(&mut corrected).map(|row| row.columns().opt_text()).transpose()?.flatten();
        let pieces = pieces.remove(&document.id).unwrap_or_default();
        papers.push(Paper {
            reading: lean(review::effective(&read.unwrap_or_else(|| review::unread(&document)), review.as_ref())),
            pieces: pieces.into_iter().map(document::piece).collect::<Result<_>>()?,
            corrects_of: corrects_of.and_then(|day| day.parse().ok()),
            before,
            document,
        });
    }
    Ok(papers)
}

fn earlier(row: Row) -> Result<Before> {
    let mut c = row.columns();
    Ok(Before { batch: c.parse()?, digest: c.text()?, handed: c.json()? })
}

/// What a file is not made from is most of a reading.
fn lean(mut reading: Reading) -> Reading {
    reading.findings = Vec::new();
    for field in reading.fields.values_mut() {
        field.alternatives = Vec::new();
        field.raw = None;
    }
    reading
}
