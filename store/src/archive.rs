//! An old archive: papers with the values that people gave them in another program. Each comes in one transaction, as a submission of
//! its own with its part, document and review; nothing is read. Where it lay in the archive names it, so that an import can be broken
//! off and begun again at any time.

use std::collections::BTreeSet;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ocr::protocol::Role as PieceRole;
use ocr::reading::{Direction, DocumentType};

use crate::accept::Channel;
use crate::blob::{self, Staged};
use crate::company;
use crate::document::{self, Action, Booking, Document, DocumentState, Fresh, PaymentState, Set};
use crate::error::{Error, Result};
use crate::event;
use crate::id::{CompanyId, DocumentId, PartId, SubmissionId};
use crate::part;
use crate::review::{self, Review};
use crate::scope::Scope;
use crate::sql::{Tx, params};
use crate::store::Store;
use crate::submission;
use crate::word::{self, words};

words! {
    /// What becomes of a paper of the archive.
    pub enum ArchiveState {
        /// A person is to look.
        ToReview = "to_review",
        /// As if a person had confirmed it: it will be exported.
        Approved = "approved",
        /// Kept; it was booked elsewhere.
        Filed = "filed",
    }
}

/// A paper of the archive.
#[derive(Clone, Debug)]
pub struct Paper {
    /// Its place in the archive, with slashes: what it is known by.
    pub path: String,
    /// Media type by content.
    pub media_type: String,
    /// The file.
    pub content: Bytes,
    /// What becomes of it.
    pub state: ArchiveState,
    /// Kind of paper.
    pub document_type: DocumentType,
    /// Bought or sold.
    pub direction: Direction,
    /// `YYYY-MM`, closed or not: it was booked there.
    pub period: Option<String>,
    /// How it is booked.
    pub booking: Booking,
    /// Whether it was paid.
    pub payment_state: PaymentState,
    /// The values that people gave it.
    pub values: Review,
    /// When it came to the office.
    pub received_at: Timestamp,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archived {
    /// It is a document now.
    Added(DocumentId),
    /// It was brought before.
    Known,
}

const MARK: &str = "archive:";

/// Places in the archive of what was brought before.
pub async fn known(store: &Store, scope: &Scope, company: CompanyId) -> Result<BTreeSet<String>> {
    scope.allow(|role| role.may_work())?;
    scope.require(company)?;
    let sql =
        "SELECT again FROM submission WHERE office_id = $1 AND company_id = $2 AND channel = 'import' AND again LIKE 'archive:%'";
    let rows = store.read(scope).await?.fetch_all(sql, params![scope.office(), company]).await?;
    let place = |row: crate::sql::Row| {
        let again = row.columns().text()?;
        Ok(again.strip_prefix(MARK).unwrap_or(&again).to_owned())
    };
    rows.into_iter().map(place).collect()
}

/// Brings a paper of the archive; the second time it is known.
pub async fn add(store: &Store, scope: &Scope, company: CompanyId, paper: Paper) -> Result<Archived> {
    scope.allow(|role| role.may_work())?;
    scope.require(company)?;
    if let Some(period) = &paper.period {
        crate::period::check(period)?;
    }
    if paper.content.is_empty() {
        return Err(Error::invalid("empty", "The file is empty."));
    }
    let raw = blob::stage(store, scope.office(), paper.content.clone()).await?;
    let scope_ = scope.clone();
    let added = store.write(scope, move |tx| Box::pin(async move { add_in(tx, &scope_, company, &paper, raw).await })).await?;
    store.events().notify_waiters();
    Ok(added)
}

async fn add_in(tx: &mut Tx, scope: &Scope, company: CompanyId, paper: &Paper, raw: Staged) -> Result<Archived> {
    let Some(submission) = insert_submission(tx, scope, company, paper, &raw).await? else { return Ok(Archived::Known) };
    blob::keep(tx, std::slice::from_ref(&raw)).await?;
    let part = PartId::new();
    tx.execute(
        "INSERT INTO part (id, office_id, company_id, submission_id, path, name, media_type, state, size, sha256)
         VALUES ($1, $2, $3, $4, '1', $5, $6, $7, $8, $9)",
        params![
            part,
            scope.office(),
            company,
            submission,
            name(paper),
            &paper.media_type,
            part::PartState::Document,
            i64::try_from(raw.size).unwrap_or(i64::MAX),
            &raw.sha256
        ],
    )
    .await?;
    let id = insert_document(tx, scope, company, paper, submission).await?;
    if paper.values != Review::default() {
        let document = document::fetch(tx, scope, id).await?;
        review::correct_in(tx, scope, &document, paper.values.clone()).await?;
    }
    let document = document::fetch(tx, scope, id).await?;
    document::update(tx, scope, &document, decided(paper, &document)?).await?;
    let office = scope.office();
    event::emit(tx, office, &[(Some(company), "document.created", id.to_string())]).await?;
    Ok(Archived::Added(id))
}

/// None: the same file was brought from the same place before.
async fn insert_submission(
    tx: &mut Tx,
    scope: &Scope,
    company: CompanyId,
    paper: &Paper,
    raw: &Staged,
) -> Result<Option<SubmissionId>> {
    let id = SubmissionId::new();
    let again = format!("{MARK}{}", paper.path);
    // The place is what a paper is known by: a file that was changed since is another paper, which nobody asked to replace.
    let sql = "SELECT 1 FROM submission WHERE office_id = $1 AND company_id = $2 AND channel = 'import' AND again = $3 LIMIT 1";
    if tx.fetch_optional(sql, params![scope.office(), company, &again]).await?.is_some() {
        return Ok(None);
    }
    let row = tx
        .fetch_optional(
            "INSERT INTO submission (id, office_id, company_id, channel, state, reverse_path, forward_path, file_name, raw_sha256,
                 size, again, direction, document_type, received_at)
             VALUES ($1, $2, $3, $4, 'admitted', '', '', $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (office_id, raw_sha256, company_id, again) DO NOTHING RETURNING id",
            params![
                id,
                scope.office(),
                company,
                Channel::Import,
                name(paper),
                &raw.sha256,
                i64::try_from(raw.size).unwrap_or(i64::MAX),
                again,
                word::direction(paper.direction),
                word::document_type(paper.document_type),
                paper.received_at
            ],
        )
        .await?;
    Ok(row.map(|_| id))
}

async fn insert_document(
    tx: &mut Tx,
    scope: &Scope,
    company: CompanyId,
    paper: &Paper,
    submission: SubmissionId,
) -> Result<DocumentId> {
    let facts = company::fetch(tx, scope, company).await?.facts;
    let zone = document::time_zone(tx, scope).await?;
    let submission = submission::fetch(tx, scope, submission).await?;
    let parts = part::fetch_all(tx, scope, submission.id).await?;
    let role = if paper.media_type == "application/xml" { PieceRole::Structured } else { PieceRole::Visual };
    let pieces: Vec<_> = parts.iter().map(|part| (part, role, None, None)).collect();
    let received_on = paper.received_at.to_zoned(TimeZone::get(&zone).unwrap_or(TimeZone::UTC)).date();
    let fresh = Fresh { name: name(paper), pieces: &pieces, submission: &submission, facts: &facts, received_on };
    document::insert(tx, scope, &fresh).await
}

/// What the table of the archive says beside the values.
fn decided(paper: &Paper, document: &Document) -> Result<Set> {
    let (state, action) = match paper.state {
        ArchiveState::ToReview => (DocumentState::ToReview, "document.changed"),
        ArchiveState::Approved => (document.state.after(Action::Approve)?, "document.approved"),
        ArchiveState::Filed => (document.state.after(Action::File)?, "document.filed"),
    };
    let mut set = Set { action, columns: vec![("state", state.into()), ("payment_state", paper.payment_state.into())] };
    if let Some(period) = &paper.period {
        set.add("period", period).add("period_reason", "human").add("problem", None::<&str>);
    }
    set.columns.extend(crate::booking::columns(&paper.booking)?);
    Ok(set)
}

fn name(paper: &Paper) -> &str {
    paper.path.rsplit('/').next().unwrap_or_default()
}
