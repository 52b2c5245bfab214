//! What approvals taught about sellers' papers (`ocr::extract::memory`): kept by office, seller and layout, in versions, and never
//! shared between offices. Learned in the transaction of the approval; looked up when a paper is read.

use jiff::Timestamp;
use ocr::extract::memory::{self, Layout, Remembered};
use ocr::reading::FieldName;
use serde::Serialize;

use crate::audit::{self, Note};
use crate::company::json;
use crate::document::Document;
use crate::error::{Error, Result};
use crate::id::{CompanyId, MemoryId};
use crate::reading;
use crate::review;
use crate::scope::{Companies, Scope};
use crate::sql::{Row, Tx, marks, params};
use crate::store::Store;

/// What the office remembers of one layout of a seller.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Memory {
    /// Its id.
    pub id: MemoryId,
    /// What the seller is known by: `tax:…`, `iban:…` or `name:…`.
    pub seller: String,
    /// The seller's name as last approved.
    pub seller_name: String,
    /// Rises with each approval that taught something.
    pub version: u64,
    /// What it knows.
    pub lessons: Vec<Lesson>,
    /// When it was first learned.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When it last learned.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub changed_at: Timestamp,
}

/// What is known about one field.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lesson {
    /// The field.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub field: FieldName,
    /// A person corrected it: the memory decides. Otherwise it fills gaps.
    pub corrected: bool,
    /// Such papers do not have it.
    pub absent: bool,
    /// The value, where it is the seller's own.
    pub value: Option<String>,
    /// The words it stands beside, folded.
    pub labels: Vec<String>,
    /// Approved papers on which it held.
    pub right: u32,
    /// Approved papers on which it did not.
    pub wrong: u32,
}

/// Bytes of tokens that are learned from at most: a paper of many hundred pages teaches nobody.
const MOST_TOKENS: u64 = 8 << 20;
/// Layouts of one paper's possible sellers that are handed to the reader.
const MOST_FOUND: u32 = 40;
/// Keys asked for in one statement.
const AT_ONCE: usize = 200;

/// The memories of the sellers that these keys (of `ocr::extract::memory::keys`) name.
pub async fn find(store: &Store, scope: &Scope, keys: &[String]) -> Result<Vec<Remembered>> {
    scope.allow(|role| role.may_work())?;
    let mut tx = store.read(scope).await?;
    let mut found = Vec::new();
    for keys in keys.chunks(AT_ONCE) {
        found.extend(find_in(&mut tx, scope, keys).await?);
    }
    Ok(found)
}

/// Whether the office remembers anything at all: what spares a reading the look-up.
pub async fn any(store: &Store, scope: &Scope) -> Result<bool> {
    let sql = "SELECT 1 FROM memory WHERE office_id = $1 AND revoked_at IS NULL LIMIT 1";
    Ok(store.read(scope).await?.fetch_optional(sql, params![scope.office()]).await?.is_some())
}

/// What the office remembers, last changed first, 500 at most; of one seller, if `seller` (a part of its name or key) is given.
pub async fn list(store: &Store, scope: &Scope, seller: Option<&str>) -> Result<Vec<Memory>> {
    see(scope)?;
    let sql = "SELECT m.id, m.seller, m.seller_name, m.version, m.created_at, m.changed_at, v.content
               FROM memory m JOIN memory_version v ON v.memory_id = m.id AND v.version = m.version
               WHERE m.office_id = $1 AND v.office_id = $1 AND m.revoked_at IS NULL ORDER BY m.changed_at DESC, m.id DESC LIMIT 500";
    let rows = store.read(scope).await?.fetch_all(sql, params![scope.office()]).await?;
    let all = rows.into_iter().map(memory_of).collect::<Result<Vec<_>>>()?;
    let wanted = ocr::fold::fold(seller.unwrap_or_default());
    let fits = |m: &Memory| ocr::fold::fold(&m.seller_name).contains(&wanted) || m.seller.to_lowercase().contains(&wanted);
    Ok(all.into_iter().filter(fits).collect())
}

/// Forgets a layout: no reading uses it any more. The next approval of such a paper begins anew.
pub async fn revoke(store: &Store, scope: &Scope, id: MemoryId) -> Result<()> {
    scope.allow(|role| role.may_work())?;
    see(scope)?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "UPDATE memory SET revoked_at = COALESCE(revoked_at, $3) WHERE office_id = $1 AND id = $2";
                if tx.execute(sql, params![scope_.office(), id, Timestamp::now()]).await? == 0 {
                    return Err(Error::NotFound);
                }
                note(tx, &scope_, None, id, "memory.revoked").await
            })
        })
        .await
}

/// Takes the last approval's teaching back: the version before it holds again, as a new version. What was forgotten stays so.
pub async fn revert(store: &Store, scope: &Scope, id: MemoryId) -> Result<()> {
    scope.allow(|role| role.may_work())?;
    see(scope)?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "SELECT v.version, v.content FROM memory m JOIN memory_version v ON v.memory_id = m.id
                           WHERE m.office_id = $1 AND v.office_id = $1 AND m.id = $2 ORDER BY v.version DESC LIMIT 2";
                let rows = tx.fetch_all(sql, params![scope_.office(), id]).await?;
                let [last, before] = <[Row; 2]>::try_from(rows).map_err(|rows| match rows.is_empty() {
                    true => Error::NotFound,
                    false => Error::conflict("first_version", "There is no version before this one: forget it instead."),
                })?;
                let version = last.columns().count()?;
                let mut before = before.columns();
                before.count()?;
                let layout: Layout = before.json()?;
                keep(tx, &scope_, id, version + 1, &layout, "").await?;
                note(tx, &scope_, None, id, "memory.reverted").await
            })
        })
        .await
}

/// What a bookkeeper of some companies may not see: the memory is the whole office's.
fn see(scope: &Scope) -> Result<()> {
    scope.allow(|role| role.is_office())?;
    if *scope.companies() == Companies::All { Ok(()) } else { Err(Error::Forbidden) }
}

/// Learns from a paper that is being approved, in the same transaction. A paper that teaches nothing (typed by hand, data, no
/// seller) leaves everything as it is.
pub(crate) async fn learn(tx: &mut Tx, scope: &Scope, document: &Document) -> Result<()> {
    let Some(stored) = reading::fetch(tx, scope, document.id, None).await? else { return Ok(()) };
    let Some(pages) = reading::tokens_in(tx, scope, document.id, MOST_TOKENS).await? else { return Ok(()) };
    let approved = review::effective(&stored.reading, review::fetch(tx, scope, document.id).await?.as_ref());
    let Some(new) = memory::learn(&pages, &stored.reading, &approved) else { return Ok(()) };
    let known = find_in(tx, scope, std::slice::from_ref(&new.seller)).await?;
    let name = approved.fields.get(&FieldName::SellerName).map(|field| field.value.clone()).unwrap_or_default();
    let (id, version, layout) = match memory::fitting(&approved, &pages, &known) {
        Some(known) => (known.id.parse()?, known.version + 1, memory::relearn(&known.layout, &pages, new, &approved)),
        None => {
            let (id, now) = (MemoryId::new(), Timestamp::now());
            let sql = "INSERT INTO memory (id, office_id, seller, seller_name, version, changed_at, created_at)
                       VALUES ($1, $2, $3, $4, 1, $5, $5)";
            tx.execute(sql, params![id, scope.office(), &new.seller, &name, now]).await?;
            (id, 1, new)
        }
    };
    keep(tx, scope, id, version, &layout, &document.id.to_string()).await?;
    let sql = "UPDATE memory SET seller_name = $3 WHERE office_id = $1 AND id = $2";
    tx.execute(sql, params![scope.office(), id, name]).await?;
    note(tx, scope, Some(document.company), id, "memory.learned").await
}

async fn keep(tx: &mut Tx, scope: &Scope, id: MemoryId, version: u64, layout: &Layout, document: &str) -> Result<()> {
    let (version, now) = (i64::try_from(version).map_err(Error::internal)?, Timestamp::now());
    let sql = "INSERT INTO memory_version (office_id, memory_id, version, content, document_id, actor, at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    tx.execute(sql, params![scope.office(), id, version, json(layout)?, document, scope.actor().to_string(), now]).await?;
    let sql = "UPDATE memory SET version = $3, changed_at = $4 WHERE office_id = $1 AND id = $2";
    tx.execute(sql, params![scope.office(), id, version, now]).await.map(drop)
}

async fn find_in(tx: &mut Tx, scope: &Scope, keys: &[String]) -> Result<Vec<Remembered>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut params = params![scope.office()];
    let list = marks(&mut params, keys);
    let sql = format!(
        "SELECT m.id, m.version, v.content FROM memory m JOIN memory_version v ON v.memory_id = m.id AND v.version = m.version
         WHERE m.office_id = $1 AND v.office_id = $1 AND m.revoked_at IS NULL AND m.seller IN ({list})
         ORDER BY m.changed_at DESC, m.id DESC LIMIT {MOST_FOUND}"
    );
    let remembered = |row: Row| {
        let mut c = row.columns();
        Ok(Remembered { id: c.text()?, version: c.count()?, layout: c.json()? })
    };
    tx.fetch_all(sql, params).await?.into_iter().map(remembered).collect()
}

async fn note(tx: &mut Tx, scope: &Scope, company: Option<CompanyId>, id: MemoryId, action: &'static str) -> Result<()> {
    let (office, actor, subject) = (scope.office(), scope.actor(), id.to_string());
    audit::note(tx, Note { office, company, actor, action, subject, values: "" }).await
}

fn memory_of(row: Row) -> Result<Memory> {
    let mut c = row.columns();
    let (id, seller, seller_name, version) = (c.parse()?, c.text()?, c.text()?, c.count()?);
    let (created_at, changed_at, layout) = (c.time()?, c.time()?, c.json::<Layout>()?);
    let lesson = |(field, lesson): (&FieldName, &memory::Lesson)| Lesson {
        field: *field,
        corrected: lesson.corrected,
        absent: lesson.absent,
        value: lesson.constant.clone(),
        labels: lesson.labels().into_iter().map(str::to_owned).collect(),
        right: lesson.right,
        wrong: lesson.wrong,
    };
    let lessons = layout.lessons.iter().map(lesson).collect();
    Ok(Memory { id, seller, seller_name, version, lessons, created_at, changed_at })
}
