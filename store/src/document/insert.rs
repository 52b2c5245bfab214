//! New documents, from a submission or split off another.

use jiff::Timestamp;
use jiff::civil::Date;
use ocr::page::Box as Area;
use ocr::protocol::Role as PieceRole;
use ocr::reading::Direction;

use super::facts::{Terms, place_period};
use super::{Cut, DocumentState, DuplicateReason, Range, fetch};
use crate::company::{CompanyFacts, PeriodRule};
use crate::error::{Error, Result};
use crate::id::{DocumentId, PartId};
use crate::part::Part;
use crate::scope::Scope;
use crate::search;
use crate::sql::{Tx, params};
use crate::submission::Submission;
use crate::word;

/// What a new document is made of.
pub(crate) struct Fresh<'a> {
    pub name: &'a str,
    /// Each with its pages and the area of its one page.
    pub pieces: &'a [(&'a Part, PieceRole, Option<Range>, Option<Area>)],
    pub submission: &'a Submission,
    pub facts: &'a CompanyFacts,
    /// The day it arrived, in the office's time zone.
    pub received_on: Date,
}

/// Inserts a document with its pieces and search terms.
pub(crate) async fn insert(tx: &mut Tx, scope: &Scope, fresh: &Fresh<'_>) -> Result<DocumentId> {
    let s = fresh.submission;
    let shown = fresh.pieces.iter().find(|(_, role, ..)| *role == PieceRole::Visual).or(fresh.pieces.first());
    let (shown, _, pages, area) = *shown.ok_or_else(|| Error::invalid("pieces", "A document has at least one piece."))?;
    let rule = if s.direction == Direction::Sale { fresh.facts.sale_period } else { fresh.facts.purchase_period };
    let (wanted, reason) = match &s.period {
        Some(period) => (Some(period.clone()), Some("subject")),
        None if rule == PeriodRule::Receipt => (Some(fresh.received_on.strftime("%Y-%m").to_string()), Some("receipt")),
        None => (None, None),
    };
    let placed = place_period(tx, scope, s.company, s.direction, wanted, reason).await?;
    let duplicate = same_bytes(tx, scope, s, shown, pages, area).await?;
    let id = DocumentId::new();
    let document_type = s.document_type.unwrap_or_default();
    let given = s.document_type.is_some() || s.direction != Direction::None;
    tx.execute(
        "INSERT INTO document (id, office_id, company_id, submission_id, channel, state, version, problem, name, subject, media_type,
             size, document_type, direction, type_given, period, period_reason, payment_state, duplicate_of, duplicate_reason,
             created_at)
         VALUES ($1, $2, $3, $4, $19, $5, 1, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'unknown', $16, $17, $18)",
        params![
            id,
            scope.office(),
            s.company,
            s.id,
            DocumentState::New,
            placed.problem,
            fresh.name,
            s.subject.as_deref(),
            &shown.media_type,
            i64::try_from(shown.size).unwrap_or(i64::MAX),
            word::document_type(document_type),
            word::direction(s.direction),
            given,
            placed.period,
            placed.reason,
            duplicate,
            duplicate.map(|_| DuplicateReason::SameBytes.as_str()),
            s.received_at,
            s.channel
        ],
    )
    .await?;
    for (position, (part, role, range, area)) in (0i64..).zip(fresh.pieces) {
        insert_piece(tx, scope, s.company, id, position, part.id, *role, *range, *area).await?;
    }
    let mut terms = Terms::default();
    terms.add(fresh.name).add(s.subject.as_deref().unwrap_or_default()).add(s.mail_from.as_deref().unwrap_or_default());
    terms.store(tx, scope, s.company, id).await?;
    search::index_document(tx, scope, id, None, None).await?;
    Ok(id)
}

/// Another document of the same submission, from the same pieces with other pages: one file held several papers. The first paper
/// keeps the document it was found in.
pub(crate) async fn split(tx: &mut Tx, scope: &Scope, from: DocumentId, cut: Cut) -> Result<DocumentId> {
    let id = copy(tx, scope, from, "reading").await?;
    let sql = "INSERT INTO piece (office_id, company_id, document_id, position, part_id, first_page, last_page, region, role)
               SELECT office_id, company_id, $1, position, part_id, $3, $4, $5, role FROM piece WHERE document_id = $2";
    tx.execute(sql, params![id, from, cut.pages[0], cut.pages[1], region(cut.region)?]).await?;
    Ok(id)
}

/// What is left of the document in which several papers were found: the first of them.
pub(crate) async fn keep_first(tx: &mut Tx, id: DocumentId, cut: Cut) -> Result<()> {
    let sql = "UPDATE piece SET first_page = $2, last_page = $3, region = $4 WHERE document_id = $1";
    tx.execute(sql, params![id, cut.pages[0], cut.pages[1], region(cut.region)?]).await.map(drop)
}

/// As the column has it: the JSON of the area.
fn region(region: Option<Area>) -> Result<Option<String>> {
    region.map(|region| serde_json::to_string(&region)).transpose().map_err(Error::internal)
}

/// A document like another, without pieces yet.
pub(super) async fn copy(tx: &mut Tx, scope: &Scope, from: DocumentId, state: &'static str) -> Result<DocumentId> {
    let (first, id) = (fetch(tx, scope, from).await?, DocumentId::new());
    let sql = "INSERT INTO document (id, office_id, company_id, submission_id, channel, assignee, state, version, name, subject,
                   media_type, size, document_type, direction, type_given, period, period_reason, payment_state, created_at)
               SELECT $1, office_id, company_id, submission_id, channel, assignee, $4, 1, name, subject, media_type, size, document_type,
                   direction, type_given, period, period_reason, payment_state, $3 FROM document WHERE id = $2";
    tx.execute(sql, params![id, from, Timestamp::now(), state]).await?;
    super::told(tx, scope, first.company, id, "document.created", &from.to_string()).await?;
    search::index_document(tx, scope, id, None, None).await?;
    Ok(id)
}

#[allow(clippy::too_many_arguments)] // a row
pub(super) async fn insert_piece(
    tx: &mut Tx,
    scope: &Scope,
    company: crate::CompanyId,
    document: DocumentId,
    position: i64,
    part: PartId,
    role: PieceRole,
    range: Option<[u32; 2]>,
    area: Option<Area>,
) -> Result<()> {
    let role = match role {
        PieceRole::Visual => "visual",
        PieceRole::Structured => "structured",
        PieceRole::Signature => "signature",
    };
    let sql = "INSERT INTO piece (office_id, company_id, document_id, position, part_id, first_page, last_page, region, role)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (first, last, area) = (range.map(|r| r[0]), range.map(|r| r[1]), region(area)?);
    tx.execute(sql, params![scope.office(), company, document, position, part, first, last, area, role]).await.map(drop)
}

/// An earlier document of the company with the same bytes, not in the trash. Other pages of the same file, or another area of the same
/// photo, are another paper; the file as a whole is each of them again.
async fn same_bytes(
    tx: &mut Tx,
    scope: &Scope,
    s: &Submission,
    shown: &Part,
    pages: Option<Range>,
    area: Option<Area>,
) -> Result<Option<DocumentId>> {
    let sql = "SELECT d.id FROM part p JOIN piece w ON w.part_id = p.id JOIN document d ON d.id = w.document_id
               WHERE p.office_id = $1 AND p.sha256 = $2 AND d.company_id = $3 AND d.trashed_at IS NULL AND w.role = 'visual'
               AND (w.first_page IS NULL OR $4 IS NULL OR (w.first_page <= $5 AND w.last_page >= $4))
               AND (w.region IS NULL OR $6 IS NULL OR w.region = $6)
               ORDER BY d.id LIMIT 1";
    let (first, last) = (pages.map(|pages| pages[0]), pages.map(|pages| pages[1]));
    let params = params![scope.office(), &shown.sha256, s.company, first, last, region(area)?];
    let row = tx.fetch_optional(sql, params).await?;
    row.map(|row| row.columns().parse()).transpose()
}
