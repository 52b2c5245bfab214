//! Parts: what was found in a submission, each with a verdict and a reason. Recording them is also what makes documents.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ocr::protocol::{PartVerdict, Role};
use serde::Serialize;

use crate::accept::Channel;
use crate::audit::{self, Note};
use crate::blob::{self, Sha256, Staged};
use crate::company;
use crate::document::{self, Fresh};
use crate::error::{Error, Result};
use crate::event;
use crate::id::{DocumentId, PartId, SubmissionId};
use crate::notice::{self, NoticeKind};
use crate::queue::{self, JobKind, Lease};
use crate::scope::{Rows, Scope};
use crate::search;
use crate::sql::insert::insert_all;
use crate::sql::{Row, Tx, params};
use crate::store::Store;
use crate::submission::{self, Learnt, Submission, SubmissionState};
use crate::word::words;

words! {
    /// What became of a part.
    pub enum PartState {
        /// It is a paper, or belongs to one.
        Document = "document",
        /// It was opened; its content is parts of their own.
        Container = "container",
        /// Kept and not made a document.
        SetAside = "set_aside",
        /// Not taken.
        Refused = "refused",
    }
}

impl From<PartVerdict> for PartState {
    fn from(verdict: PartVerdict) -> PartState {
        match verdict {
            PartVerdict::Document => PartState::Document,
            PartVerdict::Container => PartState::Container,
            PartVerdict::SetAside => PartState::SetAside,
            PartVerdict::Refused => PartState::Refused,
        }
    }
}

/// A part as the reader found it, its bytes staged with [`blob::stage`].
#[derive(Clone, Debug)]
pub struct NewPart {
    /// Unique within the submission, the same each time it is unpacked.
    pub path: String,
    /// File name, for display only.
    pub name: Option<String>,
    /// Media type by content.
    pub media_type: String,
    /// Media type as declared.
    pub declared_type: Option<String>,
    /// What becomes of it.
    pub verdict: PartVerdict,
    /// Why, as a stable name.
    pub reason: Option<String>,
    /// The same for a person.
    pub message: Option<String>,
    /// Its bytes.
    pub blob: Staged,
}

/// A paper made of parts of the same submission.
#[derive(Clone, Debug)]
pub struct NewDocument {
    /// Shown in lists: a file name or the subject.
    pub name: String,
    /// What it consists of, in order; the first `visual` piece is what a person looks at.
    pub pieces: Vec<NewPiece>,
}

/// A piece of a new document.
#[derive(Clone, Debug)]
pub struct NewPiece {
    /// Path of its part.
    pub path: String,
    /// What it is to the document.
    pub role: Role,
    /// Pages of the part, from 1; all if none.
    pub page_range: Option<[u32; 2]>,
}

/// What recording an unpacked submission made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Documents made now, in order. Empty where the submission is held, or where this was done before.
    pub documents: Vec<DocumentId>,
    /// The submission is held: its parts are kept, documents come with the release.
    pub held: bool,
}

/// A part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Part {
    /// Its id.
    pub id: PartId,
    /// The submission.
    pub submission: SubmissionId,
    /// Place within the submission.
    pub path: String,
    /// File name, for display only.
    pub name: Option<String>,
    /// Media type by content.
    pub media_type: String,
    /// Media type as declared.
    pub declared_type: Option<String>,
    /// What became of it.
    pub state: PartState,
    /// Why, as a stable name.
    pub reason: Option<String>,
    /// The same for a person.
    pub message: Option<String>,
    /// Length of its bytes.
    pub size: u64,
    /// Hash of its bytes.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub sha256: Sha256,
}

/// Writes what unpacking found: parts, documents, their jobs where the company wants them read at once, and the job's end, in one
/// transaction. Doing it again adds nothing: a part is inserted once by its path, documents are made once a submission.
pub async fn record_unpacked(
    store: &Store,
    lease: &Lease,
    parts: Vec<NewPart>,
    documents: Vec<NewDocument>,
    learnt: Learnt,
) -> Result<Recorded> {
    let (lease, store_) = (lease.clone(), store.clone());
    let recorded = store
        .write(&lease.scope(), move |tx| Box::pin(async move { record(tx, &store_, &lease, parts, documents, &learnt).await }))
        .await?;
    store.jobs().notify_waiters();
    store.events().notify_waiters();
    Ok(recorded)
}

/// Makes a document of a part that was set aside: a person, of the office or the company, found that it is a paper after all. A mail
/// that is held, or whose parts were refused, is not taken so.
pub async fn take(store: &Store, scope: &Scope, id: PartId) -> Result<DocumentId> {
    scope.allow(|role| role.may_see() && role.may_send())?;
    let (scope_, store_) = (scope.clone(), store.clone());
    let document = store.write(scope, move |tx| Box::pin(async move { take_in(tx, &store_, &scope_, id).await })).await?;
    store.jobs().notify_waiters();
    store.events().notify_waiters();
    Ok(document)
}

async fn take_in(tx: &mut Tx, store: &Store, scope: &Scope, id: PartId) -> Result<DocumentId> {
    let mut params = params![id];
    let condition = scope.papers(Rows::OfSubmissions, "", &mut params);
    let sql = format!("SELECT {COLUMNS} FROM part WHERE {condition} AND id = $1");
    let taken = part(tx.fetch_one(sql, params).await?)?;
    let submission = submission::fetch(tx, scope, taken.submission).await?;
    if !scope.role().is_office() {
        company::writable(tx, scope, submission.company).await?;
    }
    // Of what was empty there is nothing to take.
    let sql =
        "UPDATE part SET state = 'document', reason = NULL, message = NULL WHERE id = $1 AND state = 'set_aside' AND size > 0";
    if submission.state != SubmissionState::Admitted || tx.execute(sql, params![id]).await? == 0 {
        return Err(Error::conflict("part", "Only what was set aside of a mail that was taken in can become a document."));
    }
    let sql = "UPDATE submission SET reason = NULL WHERE office_id = $1 AND id = $2 AND reason IN ('no_documents', 'only_link')";
    tx.execute(sql, params![scope.office(), submission.id]).await?;
    let name = taken.name.clone().or_else(|| submission.subject.clone()).unwrap_or_else(|| taken.path.clone());
    let piece = NewPiece { path: taken.path.clone(), role: Role::Visual, page_range: None };
    let new = NewDocument { name, pieces: vec![piece] };
    let document = make(tx, store, scope, &submission, std::slice::from_ref(&taken), &new).await?;
    document::told(tx, scope, submission.company, document, "document.created", &id.to_string()).await?;
    Ok(document)
}

/// Parts of a submission, in order of their paths.
pub async fn list(store: &Store, scope: &Scope, submission: SubmissionId) -> Result<Vec<Part>> {
    scope.allow(|role| role.may_see())?;
    let mut tx = store.read(scope).await?;
    fetch_all(&mut tx, scope, submission).await
}

const COLUMNS: &str = "id, submission_id, path, name, media_type, declared_type, state, reason, message, size, sha256";

pub(crate) async fn fetch_all(tx: &mut Tx, scope: &Scope, submission: SubmissionId) -> Result<Vec<Part>> {
    let mut params = params![submission];
    let condition = scope.papers(Rows::OfSubmissions, "", &mut params);
    let sql = format!("SELECT {COLUMNS} FROM part WHERE {condition} AND submission_id = $1 ORDER BY path");
    tx.fetch_all(sql, params).await?.into_iter().map(part).collect()
}

async fn record(
    tx: &mut Tx,
    store: &Store,
    lease: &Lease,
    mut parts: Vec<NewPart>,
    mut new: Vec<NewDocument>,
    learnt: &Learnt,
) -> Result<Recorded> {
    let (scope, now) = (lease.scope(), Timestamp::now());
    queue::finish(tx, lease, now).await?;
    let submission = submission::fetch(tx, &scope, lease.subject.parse()?).await?;
    learnt.keep(tx, lease.office, submission.id).await?;
    if submission.channel.is_mail() {
        set_often_seen_aside(tx, lease, submission.id, &mut parts, &mut new).await?;
    }
    insert_parts(tx, lease, submission.id, &parts).await?;
    search::index_mail(tx, &scope, submission.id).await?;
    match submission.state {
        SubmissionState::Held => {
            event::emit(tx, lease.office, &[(Some(lease.company), "submission.held", submission.id.to_string())]).await?;
            notice::queue(tx, &submission, lease.office, NoticeKind::Waiting, now).await?;
            return Ok(Recorded { documents: vec![], held: true });
        }
        SubmissionState::Received => {}
        _ => return Ok(Recorded::default()),
    }
    let stored = fetch_all(tx, &scope, submission.id).await?;
    let mut documents = Vec::with_capacity(new.len());
    for document in &new {
        documents.push(make(tx, store, &scope, &submission, &stored, document).await?);
    }
    // A mail without papers says so in the log; why is said of each part. Where the paper is behind a link, that is why.
    let reason = match (documents.is_empty(), learnt.links.is_empty()) {
        (false, _) => None,
        (true, true) => Some("no_documents"),
        (true, false) => Some("only_link"),
    };
    let sql = "UPDATE submission SET state = 'admitted', reason = $3 WHERE office_id = $1 AND id = $2";
    tx.execute(sql, params![lease.office, submission.id, reason]).await?;
    if let Some(said) = &learnt.said {
        said.say(tx).await?;
    }
    if submission.channel.is_mail() && submission.decided_at.is_none() {
        notice::queue(tx, &submission, lease.office, NoticeKind::Receipt, now).await?;
    }
    let (office, company, subject) = (lease.office, Some(lease.company), submission.id.to_string());
    let (actor, action) = (scope.actor(), "submission.admitted");
    audit::note(tx, Note { office, company, actor, action, subject: subject.clone(), values: "" }).await?;
    let mut events = vec![(company, action, subject)];
    events.extend(documents.iter().map(|id| (company, "document.created", id.to_string())));
    event::emit(tx, office, &events).await?;
    Ok(Recorded { documents, held: false })
}

/// A picture that came with this many mails before is a logo or a signature.
const OFTEN: i64 = 3;

/// Sets pictures aside that came with mails of the company again and again; one click takes them after all.
async fn set_often_seen_aside(
    tx: &mut Tx,
    lease: &Lease,
    submission: SubmissionId,
    parts: &mut [NewPart],
    new: &mut Vec<NewDocument>,
) -> Result<()> {
    for part in parts.iter_mut().filter(|part| part.verdict == PartVerdict::Document && part.media_type.starts_with("image/")) {
        let sql = "SELECT COUNT(DISTINCT submission_id) FROM part
                   WHERE office_id = $1 AND sha256 = $2 AND company_id = $3 AND submission_id <> $4";
        let params = params![lease.office, &part.blob.sha256, lease.company, submission];
        if tx.fetch_one(sql, params).await?.columns().int()? < OFTEN {
            continue;
        }
        part.verdict = PartVerdict::SetAside;
        part.reason = Some("seen_often".to_owned());
        part.message = Some("This picture came with many mails before, as logos do.".to_owned());
        new.retain(|document| !document.pieces.iter().any(|piece| piece.path == part.path));
    }
    Ok(())
}

async fn insert_parts(tx: &mut Tx, lease: &Lease, submission: SubmissionId, parts: &[NewPart]) -> Result<()> {
    let blobs: Vec<Staged> = parts.iter().map(|part| part.blob.clone()).collect();
    if blobs.iter().any(|blob| blob.office != lease.office) {
        return Err(Error::internal("a part was staged for another office"));
    }
    blob::keep(tx, &blobs).await?;
    let rows = parts
        .iter()
        .map(|p| {
            params![
                PartId::new(),
                lease.office,
                lease.company,
                submission,
                &p.path,
                p.name.as_deref(),
                &p.media_type,
                p.declared_type.as_deref(),
                PartState::from(p.verdict),
                p.reason.as_deref(),
                p.message.as_deref(),
                i64::try_from(p.blob.size).unwrap_or(i64::MAX),
                &p.blob.sha256
            ]
        })
        .collect();
    let head = "INSERT INTO part (id, office_id, company_id, submission_id, path, name, media_type, declared_type, state, reason,
                message, size, sha256)";
    insert_all(tx, head, rows, "ON CONFLICT (submission_id, path) DO NOTHING RETURNING 1").await.map(drop)
}

async fn make(
    tx: &mut Tx,
    store: &Store,
    scope: &Scope,
    submission: &Submission,
    parts: &[Part],
    new: &NewDocument,
) -> Result<DocumentId> {
    let facts = company::fetch(tx, scope, submission.company).await?.facts;
    let zone = document::time_zone(tx, scope).await?;
    let pieces = new
        .pieces
        .iter()
        .map(|piece| match parts.iter().find(|part| part.path == piece.path) {
            Some(part) => Ok((part, piece.role, piece.page_range, None)),
            None => Err(Error::invalid("part", format!("There is no part {:?}.", piece.path))),
        })
        .collect::<Result<Vec<_>>>()?;
    let today = submission.received_at.to_zoned(TimeZone::get(&zone).unwrap_or(TimeZone::UTC)).date();
    let fresh = Fresh { name: &new.name, pieces: &pieces, submission, facts: &facts, received_on: today };
    let id = document::insert(tx, scope, &fresh).await?;
    // Of an e-invoice there is nothing to recognise, and only one that was read is joined with its picture.
    if facts.auto_read.contains(&submission.direction) || matches!(submission.channel, Channel::Ksef | Channel::Spv) {
        let turn = store.turns().next(submission.company, Timestamp::now());
        document::start_reading(tx, scope, submission.company, id, JobKind::Read, queue::Urgency::Background, turn).await?;
    }
    Ok(id)
}

pub(crate) fn part(row: Row) -> Result<Part> {
    let mut c = row.columns();
    Ok(Part {
        id: c.parse()?,
        submission: c.parse()?,
        path: c.text()?,
        name: c.opt_text()?,
        media_type: c.text()?,
        declared_type: c.opt_text()?,
        state: c.parse()?,
        reason: c.opt_text()?,
        message: c.opt_text()?,
        size: c.count()?,
        sha256: c.parse()?,
    })
}
