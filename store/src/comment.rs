//! What office and client say to each other about a document.

use jiff::Timestamp;
use serde::Serialize;

use crate::company;
use crate::document;
use crate::error::{Error, Result};
use crate::id::{CommentId, CompanyId, DocumentId, UserId};
use crate::scope::{Actor, Role, Rows, Scope};
use crate::search;
use crate::sql::{Row, Tx, params};
use crate::store::Store;
use crate::word::words;

words! {
    /// Whose words they are.
    pub enum Side {
        /// The accountants'.
        Office = "office",
        /// Their client's.
        Company = "company",
    }
}

/// A comment or question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// The document.
    pub document: DocumentId,
    /// The company.
    pub company: CompanyId,
    /// Name of who wrote it; empty once they were erased.
    pub author: String,
    /// Whose words.
    pub side: Side,
    /// The words.
    pub content: String,
    /// The office waits for an answer.
    pub question: bool,
    /// When it was answered.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub answered_at: Option<Timestamp>,
    /// When it was written.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

/// Longest text of one comment, in characters.
pub const LONGEST: usize = 4_000;

/// Says something about a document. What the office asks stays open until the company says something; `name` is shown as author.
pub async fn add(store: &Store, scope: &Scope, id: DocumentId, name: &str, content: &str, question: bool) -> Result<CommentId> {
    scope.allow(Role::may_speak)?;
    let content = content.trim().to_owned();
    if content.is_empty() || content.chars().count() > LONGEST {
        return Err(Error::invalid("content", format!("Write something, at most {LONGEST} characters.")));
    }
    let (scope_, name) = (scope.clone(), name.to_owned());
    let id =
        store.write(scope, move |tx| Box::pin(async move { add_in(tx, &scope_, id, &name, &content, question).await })).await?;
    store.events().notify_waiters();
    Ok(id)
}

/// The same within a transaction; the words were looked at.
pub(crate) async fn add_in(
    tx: &mut Tx,
    scope: &Scope,
    id: DocumentId,
    name: &str,
    content: &str,
    question: bool,
) -> Result<CommentId> {
    let side = if scope.role().is_office() { Side::Office } else { Side::Company };
    let question = question && side == Side::Office;
    let user: Option<UserId> = if let Actor::User(user) = scope.actor() { Some(user) } else { None };
    let (now, comment) = (Timestamp::now(), CommentId::new());
    let company = document::fetch(tx, scope, id).await?.company;
    if side == Side::Company {
        company::writable(tx, scope, company).await?;
        let sql = "UPDATE comment SET answered_at = $3 WHERE office_id = $1 AND document_id = $2 AND question = 1
                   AND answered_at IS NULL";
        tx.execute(sql, params![scope.office(), id, now]).await?;
    }
    tx.execute(
        "INSERT INTO comment (id, office_id, company_id, document_id, user_id, author, side, content, question, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![comment, scope.office(), company, id, user, name, side, content, question, now],
    )
    .await?;
    let action = if question { "document.asked" } else { "document.commented" };
    document::told(tx, scope, company, id, action, content).await?;
    search::index_again(tx, scope, id).await?;
    Ok(comment)
}

const COLUMNS: &str = "id, document_id, company_id, author, side, content, question, answered_at, created_at";

/// What was said about a document, oldest first.
pub async fn list(store: &Store, scope: &Scope, id: DocumentId) -> Result<Vec<Comment>> {
    scope.allow(|role| role.may_see())?;
    let mut params = params![id];
    let condition = scope.papers(Rows::OfDocuments, "", &mut params);
    let sql = format!("SELECT {COLUMNS} FROM comment WHERE {condition} AND document_id = $1 ORDER BY id LIMIT 500");
    store.read(scope).await?.fetch_all(sql, params).await?.into_iter().map(comment).collect()
}

/// Questions that wait for an answer, oldest first, 200 at most; of one company if given.
pub async fn open(store: &Store, scope: &Scope, company: Option<CompanyId>) -> Result<Vec<Comment>> {
    scope.allow(|role| role.may_see())?;
    let mut params = vec![];
    let mut condition = scope.papers(Rows::OfDocuments, "", &mut params);
    if let Some(company) = company {
        scope.require(company)?;
        params.push(company.into());
        condition.push_str(&format!(" AND company_id = ${}", params.len()));
    }
    let sql =
        format!("SELECT {COLUMNS} FROM comment WHERE {condition} AND question = 1 AND answered_at IS NULL ORDER BY id LIMIT 200");
    store.read(scope).await?.fetch_all(sql, params).await?.into_iter().map(comment).collect()
}

/// What was said last in each talk, newest first, 200 at most: the client's page of questions.
pub async fn recent(store: &Store, scope: &Scope) -> Result<Vec<Comment>> {
    scope.allow(|role| role.may_see())?;
    let mut params = vec![];
    let condition = scope.papers(Rows::OfDocuments, "", &mut params);
    let sql = format!("SELECT {COLUMNS} FROM comment WHERE {condition} ORDER BY id DESC LIMIT 200");
    store.read(scope).await?.fetch_all(sql, params).await?.into_iter().map(comment).collect()
}

fn comment(row: Row) -> Result<Comment> {
    let mut c = row.columns();
    Ok(Comment {
        id: c.parse()?,
        document: c.parse()?,
        company: c.parse()?,
        author: c.text()?,
        side: c.parse()?,
        content: c.text()?,
        question: c.bool()?,
        answered_at: c.opt_time()?,
        created_at: c.time()?,
    })
}
