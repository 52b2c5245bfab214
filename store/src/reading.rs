//! Readings: what the reader made of a document, one version after the other. A reading never changes a review.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use jiff::Timestamp;
use ocr::likeness::{self, Traits};
use ocr::page::Page;
use ocr::reading::Reading;

use crate::company::json;
use crate::document::{self, Action, Cut, Document, Set, copy_facts};
use crate::error::{Error, Result};
use crate::id::{DocumentId, ReadingId};
use crate::queue::{self, Lease};
use crate::review;
use crate::scope::{Rows, Scope};
use crate::search;
use crate::sql::{Tx, params};
use crate::store::Store;

/// A stored reading.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Rises with each reading of the document.
    pub version: u64,
    /// What the reader said.
    pub reading: Reading,
    /// When.
    pub created_at: Timestamp,
}

/// Most bytes that kept tokens may unpack to.
pub(crate) const MOST: u64 = 256 << 20;

/// Writes what reading a document gave: readings (one a paper found in it), tokens, the columns of lists, the next state and the
/// job's end, in one transaction. Further papers become documents of their own, with their pages. Gives all of them, the job's
/// first. Where a person decided meanwhile, the reading is kept and the document stays as it is.
pub async fn record(store: &Store, lease: &Lease, readings: Vec<Reading>, pages: &[Page]) -> Result<Vec<DocumentId>> {
    if readings.is_empty() {
        return Err(Error::invalid("readings", "A reading has at least one paper."));
    }
    let several = readings.len() > 1;
    let seen = readings.iter().map(|reading| Seen::of(pages, reading, several)).collect::<Result<Vec<_>>>()?;
    let (lease, store_) = (lease.clone(), store.clone());
    let documents = store
        .write(&lease.scope(), move |tx| {
            Box::pin(async move {
                let documents = record_in(tx, &lease, &readings, seen).await?;
                for id in &documents {
                    document::join(tx, &store_, &lease.scope(), *id).await?;
                }
                Ok(documents)
            })
        })
        .await?;
    store.jobs().notify_waiters();
    store.events().notify_waiters();
    Ok(documents)
}

/// The newest reading of a document, or the one of `version`.
pub async fn get(store: &Store, scope: &Scope, id: DocumentId, version: Option<u64>) -> Result<Stored> {
    scope.allow(|role| role.may_see())?;
    let mut tx = store.read(scope).await?;
    fetch(&mut tx, scope, id, version).await?.ok_or(Error::NotFound)
}

/// The tokens of the newest reading, page by page.
pub async fn tokens(store: &Store, scope: &Scope, id: DocumentId) -> Result<Vec<Page>> {
    scope.allow(|role| role.may_see())?;
    let mut tx = store.read(scope).await?;
    tokens_in(&mut tx, scope, id, MOST).await?.ok_or(Error::NotFound)
}

/// The same; none where nothing was read yet, or where they unpack to more than `most` bytes.
pub(crate) async fn tokens_in(tx: &mut Tx, scope: &Scope, id: DocumentId, most: u64) -> Result<Option<Vec<Page>>> {
    let mut params = params![id];
    let condition = scope.papers(Rows::OfDocuments, "", &mut params);
    let sql = format!("SELECT tokens FROM reading WHERE {condition} AND document_id = $1 ORDER BY version DESC LIMIT 1");
    let Some(row) = tx.fetch_optional(sql, params).await? else { return Ok(None) };
    let packed = row.columns().blob()?;
    let mut text = Vec::new();
    ZlibDecoder::new(packed.as_slice()).take(most + 1).read_to_end(&mut text).map_err(Error::internal)?;
    if text.len() as u64 > most {
        return Ok(None);
    }
    serde_json::from_slice(&text).map(Some).map_err(Error::internal)
}

pub(crate) async fn fetch(tx: &mut Tx, scope: &Scope, id: DocumentId, version: Option<u64>) -> Result<Option<Stored>> {
    let version = version.map(|version| i64::try_from(version).unwrap_or(i64::MAX));
    let mut params = params![id, version];
    let condition = scope.papers(Rows::OfDocuments, "", &mut params);
    let sql = format!(
        "SELECT version, content, created_at FROM reading
         WHERE {condition} AND document_id = $1 AND ($2 IS NULL OR version = $2) ORDER BY version DESC LIMIT 1"
    );
    let Some(row) = tx.fetch_optional(sql, params).await? else { return Ok(None) };
    let mut c = row.columns();
    Ok(Some(Stored { version: c.count()?, reading: c.json()?, created_at: c.time()? }))
}

async fn record_in(tx: &mut Tx, lease: &Lease, readings: &[Reading], seen: Vec<Seen>) -> Result<Vec<DocumentId>> {
    let (scope, now) = (lease.scope(), Timestamp::now());
    queue::finish(tx, lease, now).await?;
    let id: DocumentId = lease.subject.parse()?;
    let mut documents = vec![];
    for (i, (reading, seen)) in readings.iter().zip(seen).enumerate() {
        let cut = Cut { pages: reading.page_range, region: reading.region };
        let id = if i == 0 { id } else { document::split(tx, &scope, id, cut).await? };
        if i == 0 && readings.len() > 1 {
            document::keep_first(tx, id, cut).await?;
        }
        let document = document::fetch(tx, &scope, id).await?;
        insert(tx, &scope, &document, reading, seen, now).await?;
        documents.push(id);
    }
    Ok(documents)
}

async fn insert(tx: &mut Tx, scope: &Scope, d: &Document, reading: &Reading, seen: Seen, now: Timestamp) -> Result<()> {
    let version = i64::try_from(d.reading_version.unwrap_or(0) + 1).map_err(Error::internal)?;
    tx.execute(
        "INSERT INTO reading (id, office_id, company_id, document_id, version, reader_version, content, tokens, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            ReadingId::new(),
            scope.office(),
            d.company,
            d.id,
            version,
            &reading.reader_version,
            json(reading)?,
            seen.tokens,
            now
        ],
    )
    .await?;
    let mut set = Set { action: "document.read", columns: vec![("reading_version", version.into())] };
    set.columns.push(("pages", (reading.page_range[1].saturating_sub(reading.page_range[0]) + 1).into()));
    if let Ok(next) = d.state.after(Action::ReadingDone) {
        set.columns.push(("state", next.into()));
        let effective = review::effective(reading, review::fetch(tx, scope, d.id).await?.as_ref());
        copy_facts(tx, scope, d, &effective, Some(&seen.traits), &mut set).await?;
    }
    let to_be_reviewed = set.columns.iter().any(|(name, _)| *name == "state");
    document::update(tx, scope, d, set).await?;
    let effective = review::effective(reading, review::fetch(tx, scope, d.id).await?.as_ref());
    search::index_document(tx, scope, d.id, Some(&effective), Some(&seen.terms)).await?;
    if to_be_reviewed {
        crate::booking::at_once(tx, scope, d.id, &effective).await?;
    }
    document::follow(tx, scope, d.id, reading).await?;
    document::link(tx, scope, d.id).await
}

/// What was seen on the pages of a paper: the tokens, compressed, what they are found by, and what it is known again by.
struct Seen {
    tokens: Vec<u8>,
    terms: String,
    traits: Traits,
}

impl Seen {
    /// `several`: the pages belong to several papers, of which this is one.
    fn of(pages: &[Page], reading: &Reading, several: bool) -> Result<Seen> {
        let own = |page: &&Page| !several || reading.has_page(page);
        let kept: Vec<&Page> = pages.iter().filter(own).collect();
        let mut out = ZlibEncoder::new(Vec::new(), Compression::fast());
        let json = serde_json::to_vec(&kept).map_err(Error::internal)?;
        let tokens = out.write_all(&json).and_then(|()| out.finish()).map_err(Error::internal)?;
        let traits = match several {
            true => likeness::traits(&kept.iter().map(|page| (*page).clone()).collect::<Vec<Page>>(), reading),
            false => likeness::traits(pages, reading),
        };
        Ok(Seen { tokens, terms: search::page_terms(kept.into_iter()), traits })
    }
}
