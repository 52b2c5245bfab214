//! Upload links: whoever has the secret sends files for one company, without an account, within the link's own limits, and sees
//! nothing. The office makes them and takes them back.

use jiff::{SignedDuration, Timestamp};
use ocr::reading::{Direction, DocumentType};
use serde::{Deserialize, Serialize};

use crate::audit::{self, Note};
use crate::error::{Error, Result};
use crate::id::{CompanyId, LinkId, OfficeId};
use crate::keys::{Purpose, letters};
use crate::scope::{Actor, Companies, Role, Scope};
use crate::sql::{Row, params};
use crate::store::Store;
use crate::{token, word};

/// A link to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewLink {
    /// For whom or what it is, in a person's words; whoever opens it sees this.
    pub name: String,
    /// `YYYY-MM`: its papers belong there.
    pub period: Option<String>,
    /// Bought or sold.
    pub direction: Direction,
    /// Type of its papers.
    pub document_type: Option<DocumentType>,
    /// Files it takes in all.
    pub max_files: u32,
    /// Bytes it takes in all.
    pub max_bytes: u64,
    /// Days it can be used.
    pub days: u16,
}

impl Default for NewLink {
    fn default() -> Self {
        NewLink {
            name: String::new(),
            period: None,
            direction: Direction::default(),
            document_type: None,
            max_files: 50,
            max_bytes: 200_000_000,
            days: 30,
        }
    }
}

/// A link without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// The company.
    pub company: CompanyId,
    /// For whom or what it is.
    pub name: String,
    /// `YYYY-MM`: its papers belong there.
    pub period: Option<String>,
    /// Bought or sold.
    pub direction: Direction,
    /// Type of its papers.
    pub document_type: Option<DocumentType>,
    /// Files it takes in all.
    pub max_files: u64,
    /// Bytes it takes in all.
    pub max_bytes: u64,
    /// Files that came.
    pub files: u64,
    /// Bytes that came.
    pub bytes: u64,
    /// When it ends.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub expires_at: Timestamp,
    /// Since when it is not taken any more.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub revoked_at: Option<Timestamp>,
    /// Since when.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

impl Link {
    /// Files it still takes.
    pub fn files_left(&self) -> u64 {
        self.max_files.saturating_sub(self.files)
    }

    /// Bytes it still takes.
    pub fn bytes_left(&self) -> u64 {
        self.max_bytes.saturating_sub(self.bytes)
    }

    /// It takes files at this moment.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at > now && self.files_left() > 0 && self.bytes_left() > 0
    }
}

/// A link that someone opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The link.
    pub link: Link,
    /// What may be done with it: sending files for its company.
    pub scope: Scope,
    /// The company's name.
    pub company_name: String,
    /// The office's name.
    pub office_name: String,
    /// The office's language.
    pub language: String,
    /// The office's zone.
    pub time_zone: String,
}

const COLUMNS: &str =
    "id, company_id, name, period, direction, document_type, max_files, max_bytes, files, bytes, expires_at, revoked_at,
    created_at";

/// Makes a link; gives its secret, too.
pub async fn create(store: &Store, scope: &Scope, company: CompanyId, new: NewLink, now: Timestamp) -> Result<(LinkId, String)> {
    scope.allow(Role::may_work)?;
    scope.require(company)?;
    check(&new)?;
    let (id, secret, office, actor) = (LinkId::new(), letters::<26>()?, scope.office(), scope.actor());
    let hash = store.keys().hash(Purpose::Link, None, &secret);
    let sealed = store.keys().seal(&id.to_string(), &secret)?;
    let expires_at = now + SignedDuration::from_hours(24 * i64::from(new.days));
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "SELECT id FROM company WHERE office_id = $1 AND id = $2 AND closed_at IS NULL";
                tx.fetch_one(sql, params![office, company]).await?;
                tx.execute(
                    "INSERT INTO upload_link (id, office_id, company_id, name, hash, sealed, period, direction, document_type,
                         max_files, max_bytes, expires_at, created_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                    params![
                        id,
                        office,
                        company,
                        new.name.trim(),
                        hash,
                        sealed,
                        new.period.as_deref(),
                        word::direction(new.direction),
                        new.document_type.map(word::document_type),
                        new.max_files,
                        i64::try_from(new.max_bytes).map_err(Error::internal)?,
                        expires_at,
                        now
                    ],
                )
                .await?;
                let (subject, values, action) = (id.to_string(), new.name.as_str(), "link.created");
                audit::note(tx, Note { office, company: Some(company), actor, action, subject, values }).await
            })
        })
        .await?;
    Ok((id, secret))
}

/// Links of a company, newest first; those that ended are among them.
pub async fn list(store: &Store, scope: &Scope, company: CompanyId) -> Result<Vec<Link>> {
    scope.allow(Role::may_work)?;
    scope.require(company)?;
    let sql = format!("SELECT {COLUMNS} FROM upload_link WHERE office_id = $1 AND company_id = $2 ORDER BY id DESC LIMIT 200");
    store.read(scope).await?.fetch_all(sql, params![scope.office(), company]).await?.into_iter().map(link).collect()
}

/// The secret of a link, to show it again.
pub async fn secret(store: &Store, scope: &Scope, id: LinkId) -> Result<String> {
    scope.allow(Role::may_work)?;
    let mut params = params![id];
    let condition = scope.condition("", &mut params);
    let sql = format!("SELECT sealed FROM upload_link WHERE {condition} AND id = $1");
    let sealed = store.read(scope).await?.fetch_one(sql, params).await?.columns().blob()?;
    store.keys().unseal(&id.to_string(), &sealed)
}

/// Ends a link at once.
pub async fn revoke(store: &Store, scope: &Scope, id: LinkId) -> Result<()> {
    scope.allow(Role::may_work)?;
    token::end_row(store, scope, "upload_link", "link.revoked", id.to_string()).await
}

/// What a secret leads to; links that ended too, so that they can say so. None: unknown, or the company is closed.
pub async fn open(store: &Store, secret: &str) -> Result<Option<Opened>> {
    let hash = store.keys().hash(Purpose::Link, None, secret);
    let columns = COLUMNS.split(',').map(|column| format!("l.{}", column.trim())).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT {columns}, l.office_id, c.name, o.name, o.language, o.time_zone FROM upload_link l
         JOIN company c ON c.id = l.company_id JOIN office o ON o.id = l.office_id WHERE l.hash = $1 AND c.closed_at IS NULL"
    );
    let Some(row) = store.read_internal().await?.fetch_optional(sql, params![hash]).await? else { return Ok(None) };
    let mut values = row.0;
    let mut rest = Row(values.split_off(COLUMNS.split(',').count())).columns();
    let link = link(Row(values))?;
    let office: OfficeId = rest.parse()?;
    let scope = Scope::new(office, Companies::Set([link.company].into()), Role::Scanner, Actor::Link(link.id));
    let (company_name, office_name) = (rest.text()?, rest.text()?);
    Ok(Some(Opened { link, scope, company_name, office_name, language: rest.text()?, time_zone: rest.text()? }))
}

/// Takes a place for a file of this size. False: the link ended, or its limits are reached.
pub async fn take(store: &Store, opened: &Opened, size: u64, now: Timestamp) -> Result<bool> {
    let (office, id) = (opened.scope.office(), opened.link.id);
    let size = i64::try_from(size).map_err(Error::internal)?;
    store
        .write(&opened.scope, move |tx| {
            Box::pin(async move {
                let sql = "UPDATE upload_link SET files = files + 1, bytes = bytes + $3 WHERE office_id = $1 AND id = $2
                           AND revoked_at IS NULL AND expires_at > $4 AND files < max_files AND bytes + $3 <= max_bytes";
                Ok(tx.execute(sql, params![office, id, size, now]).await? > 0)
            })
        })
        .await
}

/// Gives the place of a file back that was not kept after all.
pub async fn give_back(store: &Store, opened: &Opened, size: u64) -> Result<()> {
    let (office, id) = (opened.scope.office(), opened.link.id);
    let size = i64::try_from(size).map_err(Error::internal)?;
    store
        .write(&opened.scope, move |tx| {
            Box::pin(async move {
                let sql = "UPDATE upload_link SET files = files - 1, bytes = bytes - $3 WHERE office_id = $1 AND id = $2";
                tx.execute(sql, params![office, id, size]).await.map(drop)
            })
        })
        .await
}

fn check(new: &NewLink) -> Result<()> {
    if let Some(period) = &new.period {
        crate::period::check(period)?;
    }
    if new.name.trim().is_empty() || new.name.chars().count() > 200 || new.name.chars().any(char::is_control) {
        return Err(Error::invalid(
            "name",
            "A link needs a name that says whom or what it is for, in a line of 200 characters at most.",
        ));
    }
    if new.max_files == 0 || new.max_files > 10_000 {
        return Err(Error::invalid("max_files", "A link takes from 1 to 10,000 files."));
    }
    if new.max_bytes == 0 || new.max_bytes > 100_000_000_000 {
        return Err(Error::invalid("max_bytes", "A link takes from 1 byte to 100 GB."));
    }
    if new.days == 0 || new.days > 400 {
        return Err(Error::invalid("days", "A link lives from 1 to 400 days."));
    }
    Ok(())
}

fn link(row: Row) -> Result<Link> {
    let mut c = row.columns();
    Ok(Link {
        id: c.parse()?,
        company: c.parse()?,
        name: c.text()?,
        period: c.opt_text()?,
        direction: word::parse(&c.text()?)?,
        document_type: c.opt_text()?.as_deref().map(word::parse).transpose()?,
        max_files: c.count()?,
        max_bytes: c.count()?,
        files: c.count()?,
        bytes: c.count()?,
        expires_at: c.time()?,
        revoked_at: c.opt_time()?,
        created_at: c.time()?,
    })
}
