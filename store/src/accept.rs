//! Accepting an arrival: raw bytes, submission row and unpack job are durable in one commit before this answers. Arrivals that
//! come while a commit is on its way to the disk share the next one.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use ocr::reading::{Direction, DocumentType};
use ocr::split::Split;
use tokio::sync::oneshot;

use crate::blob::{self, Staged};
use crate::error::{Error, Result};
use crate::id::{CompanyId, JobId, OfficeId, SubmissionId, UserId};
use crate::queue::JobKind;
use crate::sql::insert::{self, values};
use crate::sql::{Db, Reach, Row, Statement, Tx, Value, params};
use crate::store::Store;
use crate::word::words;

words! {
    /// The way it came.
    pub enum Channel {
        /// Mail from another server.
        Smtp = "smtp",
        /// Mail from a local server.
        Lmtp = "lmtp",
        /// Fetched from a mailbox.
        Imap = "imap",
        /// Mail from a device that signed in.
        Submission = "submission",
        /// Sent by browser, app or program.
        Upload = "upload",
        /// Brought by the command line.
        Import = "import",
        /// Sent through an upload link, without an account.
        Link = "link",
        /// An e-invoice fetched from KSeF.
        Ksef = "ksef",
        /// The same fetched from SPV.
        Spv = "spv",
    }
}

impl Channel {
    /// True where the raw bytes are a mail; else they are the file itself.
    pub fn is_mail(self) -> bool {
        !matches!(self, Channel::Upload | Channel::Import | Channel::Link | Channel::Ksef | Channel::Spv)
    }
}

/// What the gate decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It becomes documents.
    Admit,
    /// Kept until someone decides; the reason's stable name.
    Hold(String),
    /// Only the mail log tells of it: no bytes are kept. The reason's stable name.
    Refuse(String),
}

/// One arrival for one company. A mail to several companies is one for each.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The office.
    pub office: OfficeId,
    /// The company.
    pub company: CompanyId,
    /// The way it came.
    pub channel: Channel,
    /// What the gate decided.
    pub verdict: Verdict,
    /// MAIL FROM, empty for the null sender; empty for uploads.
    pub reverse_path: String,
    /// RCPT TO as given; empty for uploads.
    pub forward_path: String,
    /// Where it came from: IP address or host.
    pub peer: Option<String>,
    /// Mailbox of the From header.
    pub mail_from: Option<String>,
    /// Decoded subject with PINs masked.
    pub subject: Option<String>,
    /// Message-ID header.
    pub message_id: Option<String>,
    /// Name of the file, for uploads: shown, never used as a path.
    pub file_name: Option<String>,
    /// Whose PIN or login it was.
    pub user: Option<UserId>,
    /// `YYYY-MM`, if the sender named one.
    pub period: Option<String>,
    /// If the sender named a type that says so.
    pub direction: Direction,
    /// If the sender named a type that says so.
    pub document_type: Option<DocumentType>,
    /// What authentication found, in the words of RFC 8601, where it was asked.
    pub authentication: Option<String>,
    /// How files are divided into papers, if it was said.
    pub split: Option<Split>,
    /// Its files are the pages of one paper.
    pub together: bool,
    /// The mail as it came, or the file.
    pub raw: Bytes,
    /// When it came.
    pub received_at: Timestamp,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The submission: the earlier one, if this was a retry.
    pub submission: SubmissionId,
    /// The same bytes came for the same company within 7 days: nothing was made twice.
    pub duplicate: bool,
}

/// A retry is taken for one as long as this.
const RETRY: Duration = Duration::from_secs(7 * 24 * 3600);

/// Keeps an arrival. `Ok` means durable: answer 250. An error means to answer 4xx: the sender tries again, and whatever was kept
/// after all is then found to be a duplicate.
pub async fn arrival(store: &Store, arrival: Arrival) -> Result<Accepted> {
    if let Some(period) = &arrival.period {
        crate::period::check(period)?;
    }
    let refused = matches!(arrival.verdict, Verdict::Refuse(_));
    let size = arrival.raw.len();
    let raw = if refused { None } else { Some(blob::stage(store, arrival.office, arrival.raw.clone()).await?) };
    let turn = store.turns().next(arrival.company, Timestamp::now());
    let arrival = Arrival { raw: Bytes::new(), ..arrival };
    let prepared = Prepared { id: SubmissionId::new(), arrival, size, raw, turn };
    let accepted = store.writer().arrival(prepared).await?;
    store.jobs().notify_waiters();
    Ok(accepted)
}

/// An arrival ready for the writer.
#[derive(Debug)]
pub(crate) struct Prepared {
    id: SubmissionId,
    arrival: Arrival,
    size: usize,
    raw: Option<Staged>,
    turn: i64,
}

/// An arrival at the writer, with whoever waits for the answer.
pub(crate) struct Waiting {
    pub prepared: Prepared,
    pub reply: oneshot::Sender<Result<Accepted>>,
}

/// Tells everyone who waits.
pub(crate) fn answer(waiting: Vec<Waiting>, outcomes: Vec<Result<Accepted>>, commit: &Result<()>) {
    let mut outcomes = outcomes.into_iter();
    for one in waiting {
        let outcome = outcomes.next().unwrap_or_else(|| Err(Error::Unavailable("the batch was not written".to_owned())));
        let answer = match commit {
            Ok(()) => outcome,
            Err(error) => Err(error.shared()),
        };
        // A connection that has gone needs no answer; its mail is kept all the same, and a retry is found to be one.
        let _ = one.reply.send(answer);
    }
}

/// Adds the rows of all arrivals, office by office. One bad arrival fails them all: then each is to be tried by itself.
pub(crate) async fn keep_together(tx: &mut Tx, waiting: &[Waiting]) -> Result<Vec<Accepted>> {
    let mut offices: Vec<OfficeId> = waiting.iter().map(|one| one.prepared.arrival.office).collect();
    offices.sort_unstable();
    offices.dedup();
    let mut accepted = vec![None; waiting.len()];
    for office in offices {
        let of_office = |one: &&Waiting| one.prepared.arrival.office == office;
        let group: Vec<&Prepared> = waiting.iter().filter(of_office).map(|one| &one.prepared).collect();
        let mut outcomes = keep_office(tx, office, &group).await?.into_iter();
        for (place, _) in waiting.iter().enumerate().filter(|(_, one)| of_office(one)) {
            accepted[place] = outcomes.next();
        }
    }
    accepted.into_iter().map(|one| one.ok_or_else(|| Error::internal("an arrival was left out"))).collect()
}

/// On SQLite, a batch of small fresh mails in one crossing to the database: the usual case, and the one where time counts. What
/// proves to be a retry is then looked at in a transaction of its own. None: nothing was kept, the batch goes the long way. An
/// error: nobody knows what was kept, the whole batch is to come again.
pub(crate) async fn keep_at_once(db: &Db, waiting: &[Waiting]) -> Option<Result<Vec<Result<Accepted>>>> {
    let all: Vec<&Prepared> = waiting.iter().map(|one| &one.prepared).collect();
    if !all.iter().all(|one| one.raw.as_ref().is_none_or(|raw| raw.content.is_some())) {
        return None;
    }
    let groups = insert::pieces(&all).into_iter().map(rows).collect();
    let fresh = match db.at_once(groups).await? {
        Ok(answers) => fresh(&answers),
        Err(error) if error.is_temporary() => Err(error),
        Err(error) => {
            tracing::warn!(%error, "an arrival is bad: the batch is tried again, each by itself");
            return None;
        }
    };
    let fresh = match fresh {
        Ok(fresh) => fresh,
        Err(error) => return Some(Err(error)),
    };
    let mut accepted = Vec::with_capacity(waiting.len());
    for one in waiting {
        let submission = one.prepared.id;
        accepted.push(match fresh.contains(&submission) {
            true => Ok(Accepted { submission, duplicate: false }),
            false => keep_alone(db, one).await,
        });
    }
    Some(Ok(accepted))
}

async fn keep_alone(db: &Db, one: &Waiting) -> Result<Accepted> {
    let mut tx = db.begin().await?;
    let accepted = keep_together(&mut tx, std::slice::from_ref(one)).await?;
    tx.commit().await?;
    accepted.into_iter().next().ok_or_else(|| Error::internal("an arrival was left out"))
}

/// Adds the rows of arrivals of one office.
async fn keep_office(tx: &mut Tx, office: OfficeId, group: &[&Prepared]) -> Result<Vec<Accepted>> {
    tx.enter(&Reach::Office { office, companies: None }).await?;
    let mut all = Vec::new();
    for piece in insert::pieces(group) {
        all.extend(tx.fetch_each(rows(piece)).await?);
    }
    let fresh = fresh(&all)?;
    let mut accepted = Vec::with_capacity(group.len());
    for one in group {
        accepted.push(match fresh.contains(&one.id) {
            true => Accepted { submission: one.id, duplicate: false },
            false => earlier(tx, one).await?,
        });
    }
    Ok(accepted)
}

/// The statements that keep arrivals: submissions, blobs, and an unpack job for each submission that is no retry.
fn rows(group: &[&Prepared]) -> Vec<Statement> {
    let submissions = values(group.iter().map(|one| row(one)));
    let sql = format!(
        "INSERT INTO submission (id, office_id, company_id, channel, state, reason, reverse_path, forward_path, peer, mail_from,
             subject, message_id, file_name, raw_sha256, size, again, user_id, period, direction, document_type,
             authentication, split, together, received_at) {}
         ON CONFLICT (office_id, raw_sha256, company_id, again) DO NOTHING RETURNING 'fresh', id",
        submissions.sql
    );
    let mut statements = vec![Statement { sql, ..submissions }];
    let kept = || group.iter().filter(|one| one.raw.is_some());
    let blobs: Vec<Staged> = kept().filter_map(|one| one.raw.clone()).collect();
    if blobs.is_empty() {
        return statements;
    }
    statements.extend(blob::rows(&blob::distinct(&blobs)));
    let jobs = values(kept().map(|one| {
        let a = &one.arrival;
        params![
            JobId::new(),
            a.office,
            a.company,
            JobKind::Unpack,
            one.id,
            "ready",
            1i64,
            one.turn,
            0i64,
            0i64,
            0i64,
            a.received_at
        ]
    }));
    // Both databases name the columns of VALUES column1, column2, …; the second is the office, the fifth the subject.
    let sql = format!(
        "INSERT INTO job (id, office_id, company_id, kind, subject_id, state, urgency, turn, attempts, run_after, fence, created_at)
         SELECT * FROM ({}) AS new WHERE EXISTS (SELECT 1 FROM submission WHERE office_id = new.column2 AND submission.id = new.column5)",
        jobs.sql
    );
    statements.push(Statement { sql, ..jobs });
    statements
}

/// Ids of the submissions that were no retries. A large blob that the sweep is deleting at this moment must be put again first.
fn fresh(answers: &[Vec<Row>]) -> Result<Vec<SubmissionId>> {
    let mut fresh = Vec::new();
    for row in answers.iter().flatten() {
        let mut c = row.clone().columns();
        match c.text()?.as_str() {
            "fresh" => fresh.push(c.parse()?),
            state => blob::check_live(state, c.count()?)?,
        }
    }
    Ok(fresh)
}

fn row(one: &Prepared) -> Vec<Value> {
    let a = &one.arrival;
    let (state, reason) = match &a.verdict {
        Verdict::Admit => ("received", None),
        Verdict::Hold(reason) => ("held", Some(reason)),
        Verdict::Refuse(reason) => ("refused", Some(reason)),
    };
    let sha256 = one.raw.as_ref().map(|raw| raw.sha256.as_str());
    params![
        one.id,
        a.office,
        a.company,
        a.channel,
        state,
        reason.map(String::as_str),
        &a.reverse_path,
        &a.forward_path,
        a.peer.as_deref(),
        a.mail_from.as_deref(),
        a.subject.as_deref(),
        a.message_id.as_deref(),
        a.file_name.as_deref(),
        sha256,
        i64::try_from(one.size).unwrap_or(i64::MAX),
        "",
        a.user,
        a.period.as_deref(),
        crate::word::direction(a.direction),
        a.document_type.map(crate::word::document_type),
        a.authentication.as_deref(),
        a.split.map(crate::word::split),
        a.together,
        a.received_at
    ]
}

/// The submission that the same bytes made before; or, where that is more than 7 days old, a new one after all.
async fn earlier(tx: &mut Tx, one: &Prepared) -> Result<Accepted> {
    let sha256 = one.raw.as_ref().map(|raw| raw.sha256.as_str());
    let sql =
        "SELECT id, received_at FROM submission WHERE office_id = $1 AND raw_sha256 = $2 AND company_id = $3 AND again = ''";
    let row = tx.fetch_optional(sql, params![one.arrival.office, sha256, one.arrival.company]).await?;
    let mut c = row.ok_or_else(|| Error::Unavailable("an earlier arrival is being changed".to_owned()))?.columns();
    let (submission, received_at): (SubmissionId, Timestamp) = (c.parse()?, c.time()?);
    if received_at + RETRY > one.arrival.received_at {
        return Ok(Accepted { submission, duplicate: true });
    }
    let sql = "UPDATE submission SET again = id WHERE office_id = $1 AND id = $2";
    tx.execute(sql, params![one.arrival.office, submission]).await?;
    match fresh(&tx.fetch_each(rows(&[one])).await?)?.first() {
        Some(id) => Ok(Accepted { submission: *id, duplicate: false }),
        None => Err(Error::Unavailable("an earlier arrival is being changed".to_owned())),
    }
}
