//! Files that arrive in pieces (tus 1.0): each piece is durable when it is answered for, whatever is restarted in between. A whole
//! file becomes a submission like any upload.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use ocr::reading::{Direction, DocumentType};
use ocr::split::Split;

use crate::blob::Sha256;
use crate::error::{Error, Result};
use crate::id::{CompanyId, OfficeId, PartialId, SubmissionId, UserId};
use crate::scope::{Actor, Role, Scope};
use crate::sql::{Row, Tx, params};
use crate::store::Store;
use crate::word;

/// How long an upload may rest before it is forgotten, counted from its last piece.
pub const LIFE: Duration = Duration::from_secs(2 * 24 * 3600);

/// Uploads of one company that may be under way.
const OPEN: i64 = 100;

/// What is said of a file before its bytes come.
#[derive(Clone, Debug, Default)]
pub struct NewPartial {
    /// Its length.
    pub size: u64,
    /// Hash of the whole, to be checked at the end.
    pub sha256: Option<Sha256>,
    /// Its name.
    pub file_name: Option<String>,
    /// From where.
    pub peer: Option<String>,
    /// `YYYY-MM`, if said.
    pub period: Option<String>,
    /// If said.
    pub direction: Direction,
    /// If said.
    pub document_type: Option<DocumentType>,
    /// How it is divided into papers, if said.
    pub split: Option<Split>,
}

/// A file that arrives in pieces.
#[derive(Clone, Debug)]
pub struct Partial {
    /// Its id.
    pub id: PartialId,
    /// The office.
    pub office: OfficeId,
    /// For which company.
    pub company: CompanyId,
    /// Who began it, if it is a person.
    pub user: Option<UserId>,
    /// What was said of it.
    pub said: NewPartial,
    /// Bytes that are here.
    pub received: u64,
    /// What it became.
    pub submission: Option<SubmissionId>,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

impl Partial {
    /// All its bytes are here.
    pub fn is_whole(&self) -> bool {
        self.received == self.said.size
    }

    /// The scope of the intake for its company: for finishing one whose sender has gone.
    pub fn intake(&self) -> Scope {
        Scope::intake(self.office, self.company)
    }
}

const COLUMNS: &str =
    "id, office_id, company_id, user_id, peer, size, received, sha256, file_name, period, direction, document_type,
    split, submission_id, expires_at";

/// Begins an upload. Too many under way are the conflict `too_many_uploads`.
pub async fn create(store: &Store, scope: &Scope, company: CompanyId, new: NewPartial, now: Timestamp) -> Result<Partial> {
    scope.allow(Role::may_send)?;
    scope.require(company)?;
    if let Some(period) = &new.period {
        crate::period::check(period)?;
    }
    let user = if let Actor::User(user) = scope.actor() { Some(user) } else { None };
    let (id, office, expires_at) = (PartialId::new(), scope.office(), now + LIFE);
    let partial = Partial { id, office, company, user, said: new, received: 0, submission: None, expires_at };
    let (row, scope_) = (partial.clone(), scope.clone());
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                crate::company::writable(tx, &scope_, company).await?;
                let sql = "SELECT COUNT(*) FROM partial_upload WHERE office_id = $1 AND company_id = $2 AND submission_id IS NULL
                           AND expires_at > $3";
                if tx.fetch_one(sql, params![office, company, now]).await?.columns().int()? >= OPEN {
                    let message = "Too many uploads of this company are under way; end one, or wait until they are forgotten.";
                    return Err(Error::conflict("too_many_uploads", message));
                }
                insert(tx, &row, now).await
            })
        })
        .await?;
    Ok(partial)
}

async fn insert(tx: &mut Tx, partial: &Partial, now: Timestamp) -> Result<()> {
    let said = &partial.said;
    tx.execute(
        "INSERT INTO partial_upload (id, office_id, company_id, user_id, peer, size, sha256, file_name, period, direction,
             document_type, split, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        params![
            partial.id,
            partial.office,
            partial.company,
            partial.user,
            said.peer.as_deref(),
            i64::try_from(said.size).map_err(Error::internal)?,
            said.sha256.as_ref().map(Sha256::as_str),
            said.file_name.as_deref(),
            said.period.as_deref(),
            word::direction(said.direction),
            said.document_type.map(word::document_type),
            said.split.map(word::split),
            partial.expires_at,
            now
        ],
    )
    .await
    .map(drop)
}

/// One of the scope, unless it is forgotten.
pub async fn get(store: &Store, scope: &Scope, id: PartialId, now: Timestamp) -> Result<Partial> {
    scope.allow(Role::may_send)?;
    let mut tx = store.read(scope).await?;
    fetch(&mut tx, scope, id, now).await
}

async fn fetch(tx: &mut Tx, scope: &Scope, id: PartialId, now: Timestamp) -> Result<Partial> {
    let mut params = params![id, now];
    let condition = scope.condition("", &mut params);
    let sql = format!("SELECT {COLUMNS} FROM partial_upload WHERE {condition} AND id = $1 AND expires_at > $2");
    partial(tx.fetch_one(sql, params).await?)
}

/// Keeps the bytes that follow the first `offset` ones. Gives how many are here now. Bytes that do not follow what is here, or that
/// go beyond the end, are the conflicts `offset` and `size`.
pub async fn append(store: &Store, scope: &Scope, id: PartialId, offset: u64, bytes: Bytes, now: Timestamp) -> Result<u64> {
    scope.allow(Role::may_send)?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let length = bytes.len() as u64;
                let number = |n: u64| i64::try_from(n).map_err(Error::internal);
                let mut params = params![id, number(offset)?, number(length)?, now, now + LIFE];
                let condition = scope_.condition("", &mut params);
                let sql = format!(
                    "UPDATE partial_upload SET received = received + $3, expires_at = $5 WHERE {condition} AND id = $1
                     AND received = $2 AND received + $3 <= size AND submission_id IS NULL AND expires_at > $4 RETURNING company_id"
                );
                let Some(row) = tx.fetch_optional(sql, params).await? else {
                    let partial = fetch(tx, &scope_, id, now).await?;
                    return Err(if partial.received == offset {
                        Error::conflict("size", "More bytes came than the file was said to have.")
                    } else {
                        Error::conflict("offset", format!("Go on behind the first {} bytes.", partial.received))
                    });
                };
                let company: CompanyId = row.columns().parse()?;
                let sql = "INSERT INTO partial_piece (office_id, company_id, upload_id, position, content)
                           VALUES ($1, $2, $3, $4, $5)";
                tx.execute(sql, params![scope_.office(), company, id, number(offset)?, bytes]).await?;
                Ok(offset + length)
            })
        })
        .await
}

/// The whole file.
pub async fn content(store: &Store, scope: &Scope, partial: &Partial) -> Result<Bytes> {
    let mut tx = store.read(scope).await?;
    let sql = "SELECT position, content FROM partial_piece WHERE office_id = $1 AND upload_id = $2 ORDER BY position";
    let mut whole = BytesMut::with_capacity(usize::try_from(partial.said.size).map_err(Error::internal)?);
    for row in tx.fetch_all(sql, params![partial.office, partial.id]).await? {
        let mut c = row.columns();
        if c.count()? != whole.len() as u64 {
            return Err(Error::internal("a piece of an upload is missing"));
        }
        whole.extend_from_slice(&c.blob()?);
    }
    if whole.len() as u64 != partial.said.size {
        return Err(Error::internal("an upload is not whole"));
    }
    Ok(whole.freeze())
}

/// The file is kept as this submission; its pieces are not needed any more.
pub async fn finished(store: &Store, scope: &Scope, partial: &Partial, submission: SubmissionId) -> Result<()> {
    let (office, id) = (partial.office, partial.id);
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "UPDATE partial_upload SET submission_id = $3 WHERE office_id = $1 AND id = $2";
                tx.execute(sql, params![office, id, submission]).await?;
                let sql = "DELETE FROM partial_piece WHERE office_id = $1 AND upload_id = $2";
                tx.execute(sql, params![office, id]).await.map(drop)
            })
        })
        .await
}

/// Forgets an upload. What became a submission stays.
pub async fn remove(store: &Store, scope: &Scope, id: PartialId, now: Timestamp) -> Result<()> {
    let partial = get(store, scope, id, now).await?;
    let (office, id) = (partial.office, partial.id);
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                tx.execute("DELETE FROM partial_piece WHERE office_id = $1 AND upload_id = $2", params![office, id]).await?;
                tx.execute("DELETE FROM partial_upload WHERE office_id = $1 AND id = $2", params![office, id]).await.map(drop)
            })
        })
        .await
}

/// Uploads that are whole and became nothing: the service went down between their last piece and their submission.
pub async fn unfinished(store: &Store, now: Timestamp) -> Result<Vec<Partial>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM partial_upload WHERE received = size AND submission_id IS NULL AND expires_at > $1
         AND expires_at < $2 ORDER BY id LIMIT 20"
    );
    // A minute's rest: those whose end is being made at this moment are left to it.
    let rested = now + LIFE - Duration::from_secs(60);
    store.read_internal().await?.fetch_all(sql, params![now, rested]).await?.into_iter().map(partial).collect()
}

fn partial(row: Row) -> Result<Partial> {
    let mut c = row.columns();
    let (id, office, company, user) = (c.parse()?, c.parse()?, c.parse()?, c.opt_parse()?);
    let (peer, size, received) = (c.opt_text()?, c.count()?, c.count()?);
    Ok(Partial {
        id,
        office,
        company,
        user,
        received,
        said: NewPartial {
            size,
            peer,
            sha256: c.opt_parse()?,
            file_name: c.opt_text()?,
            period: c.opt_text()?,
            direction: word::parse(&c.text()?)?,
            document_type: c.opt_text()?.as_deref().map(word::parse).transpose()?,
            split: c.opt_text()?.as_deref().map(word::parse).transpose()?,
        },
        submission: c.opt_parse()?,
        expires_at: c.time()?,
    })
}
