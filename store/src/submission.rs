//! Submissions: one arrival each, and what became of it. All of them together are the mail log.

use bytes::Bytes;
use jiff::Timestamp;
use ocr::reading::{Direction, DocumentType};
use ocr::split::Split;
use serde::{Deserialize, Serialize};

use crate::accept::Channel;
use crate::audit::{self, Note};
use crate::blob::{self, Sha256};
use crate::error::{Error, Result};
use crate::event;
use crate::id::{CompanyId, JobId, OfficeId, SubmissionId, ThreadId, UserId};
use crate::queue::{self, JobKind, Lease, Urgency};
use crate::scope::{Rows, Scope};
use crate::sender::{self, SenderKind};
use crate::sql::{Row, Tx, Value, params};
use crate::store::Store;
use crate::talk::Said;
use crate::word::{self, words};

words! {
    /// Where a submission is.
    pub enum SubmissionState {
        /// Kept, not taken apart yet.
        Received = "received",
        /// Kept until someone decides.
        Held = "held",
        /// Its papers are documents.
        Admitted = "admitted",
        /// Not taken; the log tells why.
        Refused = "refused",
        /// Someone decided against it.
        Discarded = "discarded",
    }
}

words! {
    /// What someone decides about a held mail.
    pub enum Decision {
        /// This one is admitted.
        Once = "once",
        /// This one is admitted, and its sender's from now on (once the sender is proven).
        Always = "always",
        /// It is discarded; sent again, it is a new mail.
        Discard = "discard",
    }
}

/// A submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Submission {
    /// Its id.
    pub id: SubmissionId,
    /// The company.
    pub company: CompanyId,
    /// The way it came.
    pub channel: Channel,
    /// Where it is.
    pub state: SubmissionState,
    /// Why, as a stable name.
    pub reason: Option<String>,
    /// MAIL FROM.
    pub reverse_path: String,
    /// RCPT TO.
    pub forward_path: String,
    /// Where it came from.
    pub peer: Option<String>,
    /// Mailbox of the From header.
    pub mail_from: Option<String>,
    /// Subject with PINs masked.
    pub subject: Option<String>,
    /// Message-ID header.
    pub message_id: Option<String>,
    /// Name of an uploaded file.
    pub file_name: Option<String>,
    /// Hash of the raw bytes; none where they were not kept.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub raw: Option<Sha256>,
    /// Length of the raw bytes.
    pub size: u64,
    /// Whose PIN or login it was.
    pub user: Option<UserId>,
    /// `YYYY-MM`, if the sender named one.
    pub period: Option<String>,
    /// Direction, if the sender named a type that says so.
    pub direction: Direction,
    /// Type, if the sender named one.
    pub document_type: Option<DocumentType>,
    /// What authentication found (SPF, DKIM, DMARC, ARC in the words of RFC 8601), where it was asked.
    pub authentication: Option<String>,
    /// How its files are divided into papers, if it was said; else as the company's are.
    pub split: Option<Split>,
    /// Its files are the pages of one paper.
    pub together: bool,
    /// What the sender wrote above anything forwarded, PINs masked.
    pub note: Option<String>,
    /// Who wrote what was forwarded within its text.
    pub original: Option<Original>,
    /// Links in it that may lead to an invoice: never followed.
    pub links: Vec<String>,
    /// When it came.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub received_at: Timestamp,
    /// When someone decided about it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub decided_at: Option<Timestamp>,
}

/// What stands after the plus sign of a forward path before the id of the talk that the mail answers.
pub const TALK: &str = "talk.";

/// The writer of a mail that was forwarded within the text of another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Original {
    /// Name.
    pub name: Option<String>,
    /// Mailbox.
    pub mailbox: Option<String>,
    /// Subject.
    pub subject: Option<String>,
    /// When it was sent, as printed.
    pub date: Option<String>,
}

/// What a mail says beside its papers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learnt {
    /// What the sender wrote, PINs masked.
    pub note: Option<String>,
    /// Who wrote what was forwarded.
    pub original: Option<Original>,
    /// Links that may lead to an invoice.
    pub links: Vec<String>,
    /// What it answers in a talk.
    pub said: Option<Said>,
}

impl Submission {
    /// The talk that it is an answer in.
    pub fn thread(&self) -> Option<ThreadId> {
        let (_, rest) = self.forward_path.split_once('+')?;
        rest.strip_prefix(TALK)?.split_once('@')?.0.parse().ok()
    }
}

impl Learnt {
    /// Into the row of its submission.
    pub(crate) async fn keep(&self, tx: &mut Tx, office: OfficeId, id: SubmissionId) -> Result<()> {
        if *self == Learnt::default() {
            return Ok(());
        }
        let text = |value: serde_json::Result<String>| value.map_err(Error::internal);
        let original = self.original.as_ref().map(|original| text(serde_json::to_string(original))).transpose()?;
        let links = if self.links.is_empty() { None } else { Some(text(serde_json::to_string(&self.links))?) };
        let sql = "UPDATE submission SET note = $3, original = $4, links = $5 WHERE office_id = $1 AND id = $2";
        tx.execute(sql, params![office, id, self.note.as_deref(), original, links]).await.map(drop)
    }
}

/// Which part of the mail log.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// Of one company.
    pub company: Option<CompanyId>,
    /// In one state.
    pub state: Option<SubmissionState>,
    /// Part of a sender, recipient, subject or file name.
    pub text: Option<String>,
    /// Older than this one: the last of the page before.
    pub before: Option<SubmissionId>,
}

const COLUMNS: &str = "id, company_id, channel, state, reason, reverse_path, forward_path, peer, mail_from, subject, message_id,
    file_name, raw_sha256, size, user_id, period, direction, document_type, authentication, split, together, note, original, links, received_at, decided_at";

/// Notes what authentication found after a mail was answered for.
pub async fn note_authentication(store: &Store, office: OfficeId, id: SubmissionId, results: &str) -> Result<()> {
    let results = results.to_owned();
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE submission SET authentication = $3 WHERE office_id = $1 AND id = $2 AND authentication IS NULL";
                tx.execute(sql, params![office, id, &results]).await.map(drop)
            })
        })
        .await
}

/// The mail log, newest first, at most `limit` (200 at most).
pub async fn list(store: &Store, scope: &Scope, filter: &LogFilter, limit: u32) -> Result<Vec<Submission>> {
    scope.allow(|role| role.may_see())?;
    let mut params = vec![];
    let mut sql = scope.papers(Rows::Submissions, "", &mut params);
    if let Some(company) = filter.company {
        scope.require(company)?;
        params.push(company.into());
        sql.push_str(&format!(" AND company_id = ${}", params.len()));
    }
    if let Some(state) = filter.state {
        params.push(state.into());
        sql.push_str(&format!(" AND state = ${}", params.len()));
    }
    if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        let text = text.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
        params.push(format!("%{text}%").into());
        let mark = params.len();
        let columns = ["mail_from", "reverse_path", "forward_path", "subject", "file_name"];
        let any: Vec<String> =
            columns.iter().map(|column| format!("LOWER(COALESCE({column}, '')) LIKE ${mark} ESCAPE '!'")).collect();
        sql.push_str(&format!(" AND ({})", any.join(" OR ")));
    }
    if let Some(before) = filter.before {
        params.push(before.into());
        sql.push_str(&format!(" AND id < ${}", params.len()));
    }
    let sql = format!("SELECT {COLUMNS} FROM submission WHERE {sql} ORDER BY id DESC LIMIT {}", limit.min(200));
    store.read(scope).await?.fetch_all(sql, params).await?.into_iter().map(submission).collect()
}

/// One submission.
pub async fn get(store: &Store, scope: &Scope, id: SubmissionId) -> Result<Submission> {
    let mut tx = store.read(scope).await?;
    fetch(&mut tx, scope, id).await
}

/// The mail as it came, or the file.
pub async fn raw(store: &Store, scope: &Scope, id: SubmissionId) -> Result<Bytes> {
    let sha256 = get(store, scope, id).await?.raw.ok_or(Error::NotFound)?;
    blob::get(store, scope.office(), &sha256).await
}

/// Notes in the audit that someone takes a mail out as it came, with the PIN that may stand in it: not allowed to those who may not see
/// PINs. Gives the mail, whose bytes are there to be read.
pub async fn taken_out(store: &Store, scope: &Scope, id: SubmissionId) -> Result<(Submission, Sha256)> {
    scope.allow(|role| role.may_work())?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let mail = fetch(tx, &scope_, id).await?;
                let sha256 = mail.raw.clone().ok_or(Error::NotFound)?;
                let (office, company, actor, subject) = (scope_.office(), Some(mail.company), scope_.actor(), id.to_string());
                let action = "mail.taken_out";
                audit::note(tx, Note { office, company, actor, action, subject, values: "" }).await?;
                Ok((mail, sha256))
            })
        })
        .await
}

/// Bytes kept of a company's mails and files.
pub async fn stored(store: &Store, office: OfficeId, company: CompanyId) -> Result<u64> {
    let sql = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM submission
               WHERE office_id = $1 AND company_id = $2 AND raw_sha256 IS NOT NULL";
    store.read_internal().await?.fetch_one(sql, params![office, company]).await?.columns().count()
}

/// Decides about a held mail. An admitted one is taken apart again, and its papers become documents.
pub async fn decide(store: &Store, scope: &Scope, id: SubmissionId, decision: Decision, now: Timestamp) -> Result<Submission> {
    scope.allow(|role| role.may_work())?;
    let scope_ = scope.clone();
    let store_ = store.clone();
    let decided =
        store.write(scope, move |tx| Box::pin(async move { decide_in(tx, &store_, &scope_, id, decision, now).await })).await?;
    store.cache().forget();
    store.jobs().notify_waiters();
    store.events().notify_waiters();
    Ok(decided)
}

/// Wants a submission taken apart that could not be: its job was given up.
pub async fn unpack_again(store: &Store, scope: &Scope, id: SubmissionId) -> Result<JobId> {
    scope.allow(|role| role.may_work())?;
    let (scope_, turns) = (scope.clone(), store.clone());
    let job = store
        .write(scope, move |tx| {
            Box::pin(async move {
                let submission = fetch(tx, &scope_, id).await?;
                if submission.raw.is_none() || !matches!(submission.state, SubmissionState::Received | SubmissionState::Held) {
                    return Err(Error::conflict("state", "There is nothing more to be taken out of this mail."));
                }
                let turn = turns.turns().next(submission.company, Timestamp::now());
                queue::push(tx, &scope_, submission.company, JobKind::Unpack, &id.to_string(), Urgency::Person, turn).await
            })
        })
        .await?;
    store.jobs().notify_waiters();
    Ok(job)
}

async fn decide_in(
    tx: &mut Tx,
    store: &Store,
    scope: &Scope,
    id: SubmissionId,
    decision: Decision,
    now: Timestamp,
) -> Result<Submission> {
    let before = fetch(tx, scope, id).await?;
    still_held(before.state == SubmissionState::Held)?;
    let (company, office) = (before.company, scope.office());
    let action = if decision == Decision::Discard {
        // The same mail sent again is a new one.
        let sql = "UPDATE submission SET state = 'discarded', again = id, decided_at = $3
                   WHERE office_id = $1 AND id = $2 AND state = 'held'";
        still_held(tx.execute(sql, params![office, id, now]).await? == 1)?;
        "submission.discarded"
    } else {
        let sql = "UPDATE submission SET state = 'received', decided_at = $3 WHERE office_id = $1 AND id = $2 AND state = 'held'";
        still_held(tx.execute(sql, params![office, id, now]).await? == 1)?;
        let turn = store.turns().next(company, now);
        queue::push(tx, scope, company, JobKind::Unpack, &id.to_string(), Urgency::Person, turn).await?;
        "submission.released"
    };
    if decision == Decision::Always {
        authorise(tx, scope, &before).await?;
    }
    let (subject, values) = (id.to_string(), decision.as_str());
    audit::note(tx, Note { office, company: Some(company), actor: scope.actor(), action, subject, values }).await?;
    event::emit(tx, office, &[(Some(company), action, id.to_string())]).await?;
    fetch(tx, scope, id).await
}

/// Somebody else may decide at the same moment: one decision holds.
fn still_held(held: bool) -> Result<()> {
    if held { Ok(()) } else { Err(Error::conflict("not_held", "This mail is not held any more.")) }
}

async fn authorise(tx: &mut Tx, scope: &Scope, mail: &Submission) -> Result<()> {
    let mailbox = mail.mail_from.as_deref().unwrap_or(&mail.reverse_path).to_lowercase();
    if !mailbox.contains('@') {
        return Err(Error::conflict("no_sender", "This mail names no sender that could be admitted always."));
    }
    sender::insert(tx, scope, mail.company, &mailbox, SenderKind::Sender, Some(mail.id)).await.map(drop)
}

/// Some of them by a condition, newest first.
pub(crate) async fn some(tx: &mut Tx, condition: &str, params: Vec<Value>, limit: u32) -> Result<Vec<Submission>> {
    let sql = format!("SELECT {COLUMNS} FROM submission WHERE {condition} ORDER BY received_at DESC LIMIT {limit}");
    tx.fetch_all(sql, params).await?.into_iter().map(submission).collect()
}

pub(crate) async fn fetch(tx: &mut Tx, scope: &Scope, id: SubmissionId) -> Result<Submission> {
    let mut params = params![id];
    let condition = scope.papers(Rows::Submissions, "", &mut params);
    let sql = format!("SELECT {COLUMNS} FROM submission WHERE {condition} AND id = $1");
    submission(tx.fetch_one(sql, params).await?)
}

/// A job of a submission or document was given up: what it was about says so.
pub(crate) async fn job_died(tx: &mut Tx, lease: &Lease, problem: &str) -> Result<()> {
    let (sql, kind) = match lease.kind {
        JobKind::Unpack => ("UPDATE submission SET reason = $3 WHERE office_id = $1 AND id = $2", "submission.failed"),
        JobKind::Read | JobKind::Extract => (
            "UPDATE document SET problem = $3, version = version + 1, state = CASE WHEN state = 'reading' THEN 'to_review' ELSE state END
             WHERE office_id = $1 AND id = $2",
            "document.failed",
        ),
        JobKind::Export => ("UPDATE batch SET state = 'failed', problem = $3 WHERE office_id = $1 AND id = $2", "batch.failed"),
    };
    tx.execute(sql, params![lease.office, &lease.subject, problem]).await?;
    event::emit(tx, lease.office, &[(Some(lease.company), kind, lease.subject.clone())]).await
}

fn submission(row: Row) -> Result<Submission> {
    let mut c = row.columns();
    Ok(Submission {
        id: c.parse()?,
        company: c.parse()?,
        channel: c.parse()?,
        state: c.parse()?,
        reason: c.opt_text()?,
        reverse_path: c.text()?,
        forward_path: c.text()?,
        peer: c.opt_text()?,
        mail_from: c.opt_text()?,
        subject: c.opt_text()?,
        message_id: c.opt_text()?,
        file_name: c.opt_text()?,
        raw: c.opt_parse()?,
        size: c.count()?,
        user: c.opt_parse()?,
        period: c.opt_text()?,
        direction: word::parse(&c.text()?)?,
        document_type: c.opt_text()?.as_deref().map(word::parse).transpose()?,
        authentication: c.opt_text()?,
        split: c.opt_text()?.as_deref().map(word::parse).transpose()?,
        together: c.bool()?,
        note: c.opt_text()?,
        original: c.opt_text()?.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)?,
        links: c.opt_text()?.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)?.unwrap_or_default(),
        received_at: c.time()?,
        decided_at: c.opt_time()?,
    })
}
