//! Mailboxes elsewhere that are fetched from (IMAP): how to get in, how far fetching came, and what has to be tried again. One process
//! at a time has a mailbox, by a lease; passwords and tokens are sealed.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::{self, Note};
use crate::blob::Sha256;
use crate::error::{Error, Result};
use crate::id::{CompanyId, MailboxId, OfficeId};
use crate::scope::Scope;
use crate::sql::{Row, Tx, params};
use crate::store::Store;
use crate::word::words;

words! {
    /// How the connection is protected.
    pub enum Security {
        /// TLS from the first byte (port 993).
        Tls = "tls",
        /// STARTTLS (port 143).
        StartTls = "starttls",
        /// None: within one machine only.
        Plain = "plain",
    }
}

words! {
    /// What happens to a mail in the mailbox once it is kept here.
    pub enum Afterwards {
        /// Nothing.
        Keep = "keep",
        /// It is marked as read.
        Seen = "seen",
        /// It is moved to another folder.
        Move = "move",
    }
}

/// How to sign in. Sealed as a whole.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SignIn {
    /// A password.
    Password {
        /// It.
        password: String,
    },
    /// OAuth 2 (XOAUTH2): an access token is got by the refresh token whenever one is needed.
    OAuth {
        /// Where tokens are got.
        token_url: String,
        /// What the provider calls this program.
        client_id: String,
        /// Its secret; empty where the provider gave none.
        client_secret: String,
        /// What tokens are got by. Some providers give a new one each time.
        refresh_token: String,
        /// What is asked for; empty to ask for what was granted.
        scope: String,
    },
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind())
    }
}

impl SignIn {
    fn kind(&self) -> &'static str {
        match self {
            SignIn::Password { .. } => "password",
            SignIn::OAuth { .. } => "oauth",
        }
    }
}

/// A mailbox to be fetched from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMailbox {
    /// What people call it; unique in the office.
    pub name: String,
    /// Whose every mail in it is; none where the headers say whose (a shared catch-all).
    pub company: Option<CompanyId>,
    /// The IMAP server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Who signs in.
    pub login: String,
    /// And how.
    pub sign_in: SignIn,
    /// The folder, `INBOX` mostly.
    pub folder: String,
    /// What happens to mails that are kept here.
    pub afterwards: Afterwards,
    /// Where to, if they are moved.
    pub move_to: Option<String>,
    /// Names of the servers whose Authentication-Results are believed.
    pub trusted_servers: Vec<String>,
}

/// A mailbox and how its fetching goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// Its id.
    pub id: MailboxId,
    /// The office.
    pub office: OfficeId,
    /// How to get in and what to do.
    pub facts: NewMailbox,
    /// The server's numbering that `last_uid` belongs to (RFC 9051 section 2.3.1.1); 0 before the first fetch.
    pub uid_validity: u32,
    /// Mails up to this are done with, but for those to be tried again.
    pub last_uid: u32,
    /// Mails kept so far.
    pub fetched: u64,
    /// What goes wrong at the moment.
    pub problem: Option<String>,
    /// When it was last looked into without trouble.
    pub checked_at: Option<Timestamp>,
    /// Of the lease under which this was read.
    pub fence: i64,
}

/// A mail to be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Its number.
    pub uid: u32,
    /// How often it was tried.
    pub attempts: u32,
}

const COLUMNS: &str = "id, office_id, company_id, name, host, port, security, login, sealed, folder, afterwards, move_to,
                       trusted_servers, uid_validity, last_uid, fetched, problem, checked_at, fence";

/// Adds a mailbox, or changes the one of that name; how far its fetching came stays, unless it is another server, login or folder.
pub async fn put(store: &Store, scope: &Scope, new: NewMailbox) -> Result<MailboxId> {
    scope.allow_manage()?;
    check(&new)?;
    let text = serde_json::to_string(&new.sign_in).map_err(Error::internal)?;
    let sealed = store.keys().seal("mailbox", &text)?;
    let (scope_, id) = (scope.clone(), MailboxId::new());
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                if let Some(company) = new.company {
                    let sql = "SELECT id FROM company WHERE office_id = $1 AND id = $2";
                    tx.fetch_one(sql, params![scope_.office(), company]).await?;
                }
                let servers = new.trusted_servers.join(" ");
                let sql =
                    "INSERT INTO mailbox (id, office_id, company_id, name, host, port, security, login, sign_in, sealed, folder,
                               afterwards, move_to, trusted_servers, created_at)
                           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                           ON CONFLICT (office_id, name) DO UPDATE SET company_id = excluded.company_id, host = excluded.host,
                               port = excluded.port, security = excluded.security, login = excluded.login,
                               sign_in = excluded.sign_in, sealed = excluded.sealed, folder = excluded.folder,
                               afterwards = excluded.afterwards, move_to = excluded.move_to,
                               trusted_servers = excluded.trusted_servers, leased_until = NULL, problem = NULL,
                               changed = mailbox.changed + 1,
                               uid_validity = CASE WHEN mailbox.host = excluded.host AND mailbox.login = excluded.login
                                   AND mailbox.folder = excluded.folder THEN mailbox.uid_validity ELSE 0 END
                           RETURNING id";
                let values = params![
                    id,
                    scope_.office(),
                    new.company,
                    &new.name,
                    &new.host,
                    u32::from(new.port),
                    new.security,
                    &new.login,
                    new.sign_in.kind(),
                    sealed,
                    &new.folder,
                    new.afterwards,
                    new.move_to.as_deref(),
                    &servers,
                    Timestamp::now()
                ];
                let id: MailboxId = tx.fetch_one(sql, values).await?.columns().parse()?;
                note(tx, &scope_, new.company, id, "mailbox.set", &new.host).await?;
                Ok(id)
            })
        })
        .await
}

/// Takes a mailbox off the list. What was fetched stays.
pub async fn remove(store: &Store, scope: &Scope, id: MailboxId) -> Result<()> {
    scope.allow_manage()?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                tx.execute("DELETE FROM mailbox_retry WHERE office_id = $1 AND mailbox_id = $2", params![scope_.office(), id])
                    .await?;
                let sql = "DELETE FROM mailbox WHERE office_id = $1 AND id = $2 RETURNING company_id";
                let company = tx.fetch_one(sql, params![scope_.office(), id]).await?.columns().opt_parse()?;
                note(tx, &scope_, company, id, "mailbox.removed", "").await
            })
        })
        .await
}

/// Mailboxes of the office, by name.
pub async fn list(store: &Store, scope: &Scope) -> Result<Vec<Mailbox>> {
    scope.allow_manage()?;
    let sql = format!("SELECT {COLUMNS} FROM mailbox WHERE office_id = $1 ORDER BY name");
    let rows = store.read(scope).await?.fetch_all(sql, params![scope.office()]).await?;
    rows.into_iter().map(|row| mailbox(store, row)).collect()
}

/// All mailboxes of all offices, for whoever fetches: ids, and a number that changes whenever how to get in does.
pub async fn all(store: &Store) -> Result<Vec<(MailboxId, i64)>> {
    let rows = store.read_internal().await?.fetch_all("SELECT id, changed FROM mailbox ORDER BY id", vec![]).await?;
    let pair = |row: Row| {
        let mut c = row.columns();
        Ok((c.parse()?, c.int()?))
    };
    rows.into_iter().map(pair).collect()
}

/// Where one process has the rows to itself, whoever had a lease is dead: they can be taken at once.
pub async fn reclaim(store: &Store) -> Result<()> {
    if !store.is_alone() {
        return Ok(());
    }
    let free = "UPDATE mailbox SET leased_until = NULL WHERE leased_until IS NOT NULL";
    store.write_internal(move |tx| Box::pin(async move { tx.execute(free, vec![]).await.map(drop) })).await
}

/// Takes the mailbox for `lease`. None: another process has it, or it is gone.
pub async fn lease(store: &Store, id: MailboxId, lease: Duration, now: Timestamp) -> Result<Option<Mailbox>> {
    let row = store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = format!(
                    "UPDATE mailbox SET leased_until = $2, fence = fence + 1
                     WHERE id = $1 AND (leased_until IS NULL OR leased_until < $3) RETURNING {COLUMNS}"
                );
                tx.fetch_optional(sql, params![id, now + lease, now]).await
            })
        })
        .await?;
    row.map(|row| mailbox(store, row)).transpose()
}

/// Keeps the lease. False: it was lost, or the mailbox was changed or removed; then nothing more may be done under it.
pub async fn renew(store: &Store, mailbox: &Mailbox, lease: Duration, now: Timestamp) -> Result<bool> {
    let (id, fence) = (mailbox.id, mailbox.fence);
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE mailbox SET leased_until = $3 WHERE id = $1 AND fence = $2 AND leased_until IS NOT NULL";
                Ok(tx.execute(sql, params![id, fence, now + lease]).await? == 1)
            })
        })
        .await
}

/// Gives the mailbox back, with what went wrong, if anything did.
pub async fn release(store: &Store, mailbox: &Mailbox, problem: Option<String>) -> Result<()> {
    let (id, fence) = (mailbox.id, mailbox.fence);
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE mailbox SET leased_until = NULL, problem = $3 WHERE id = $1 AND fence = $2";
                tx.execute(sql, params![id, fence, problem.as_deref()]).await.map(drop)
            })
        })
        .await
}

/// How far fetching came.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// The server's numbering.
    pub uid_validity: u32,
    /// Mails up to this are done with.
    pub last_uid: u32,
    /// Mails kept since the last call.
    pub fetched: u64,
    /// To be tried again, with the time until then; `None` to give it up.
    pub failed: Vec<(Retry, Option<Duration>)>,
    /// Tried again and kept.
    pub mended: Vec<u32>,
}

/// Notes progress, in one transaction. False: the lease was lost.
pub async fn advance(store: &Store, mailbox: &Mailbox, progress: Progress, now: Timestamp) -> Result<bool> {
    let (id, office, fence) = (mailbox.id, mailbox.office, mailbox.fence);
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql =
                    "UPDATE mailbox SET uid_validity = $3, last_uid = $4, fetched = fetched + $5, checked_at = $6, problem = NULL
                           WHERE id = $1 AND fence = $2 AND leased_until IS NOT NULL";
                let fetched = i64::try_from(progress.fetched).unwrap_or(i64::MAX);
                let values = params![id, fence, progress.uid_validity, progress.last_uid, fetched, now];
                if tx.execute(sql, values).await? == 0 {
                    return Ok(false);
                }
                if progress.last_uid == 0 {
                    // A new numbering: what the old numbers meant is gone.
                    tx.execute("DELETE FROM mailbox_retry WHERE mailbox_id = $1", params![id]).await?;
                }
                for uid in progress.mended {
                    tx.execute("DELETE FROM mailbox_retry WHERE mailbox_id = $1 AND uid = $2", params![id, uid]).await?;
                }
                for (retry, wait) in progress.failed {
                    set_retry(tx, office, id, retry, wait.map(|wait| now + wait)).await?;
                }
                Ok(true)
            })
        })
        .await
}

async fn set_retry(tx: &mut Tx, office: OfficeId, id: MailboxId, retry: Retry, run_after: Option<Timestamp>) -> Result<()> {
    let Some(run_after) = run_after else {
        return tx
            .execute("DELETE FROM mailbox_retry WHERE mailbox_id = $1 AND uid = $2", params![id, retry.uid])
            .await
            .map(drop);
    };
    let sql = "INSERT INTO mailbox_retry (office_id, mailbox_id, uid, attempts, run_after) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (mailbox_id, uid) DO UPDATE SET attempts = excluded.attempts, run_after = excluded.run_after";
    tx.execute(sql, params![office, id, retry.uid, retry.attempts, run_after]).await.map(drop)
}

/// Mails whose time to be tried again has come.
pub async fn due(store: &Store, mailbox: &Mailbox, now: Timestamp) -> Result<Vec<Retry>> {
    let sql = "SELECT uid, attempts FROM mailbox_retry WHERE mailbox_id = $1 AND run_after <= $2 ORDER BY uid LIMIT 100";
    let rows = store.read_internal().await?.fetch_all(sql, params![mailbox.id, now]).await?;
    let small = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            Ok(Retry { uid: small(c.int()?), attempts: small(c.int()?) })
        })
        .collect()
}

/// Keeps a new refresh token that the provider gave in place of the old one.
pub async fn set_sign_in(store: &Store, mailbox: &Mailbox, sign_in: &SignIn) -> Result<()> {
    let sealed = store.keys().seal("mailbox", &serde_json::to_string(sign_in).map_err(Error::internal)?)?;
    let id = mailbox.id;
    store
        .write_internal(move |tx| {
            Box::pin(
                async move { tx.execute("UPDATE mailbox SET sealed = $2 WHERE id = $1", params![id, sealed]).await.map(drop) },
            )
        })
        .await
}

/// Whether these very bytes came for the company before, however long ago. A server that numbers its mails anew shows them all
/// once more, and that is no second arrival.
pub async fn has_arrived(store: &Store, office: OfficeId, company: CompanyId, raw: &[u8]) -> Result<bool> {
    let sql = "SELECT id FROM submission WHERE office_id = $1 AND raw_sha256 = $2 AND company_id = $3 LIMIT 1";
    let values = params![office, &Sha256::of(raw), company];
    Ok(store.read_internal().await?.fetch_optional(sql, values).await?.is_some())
}

fn check(new: &NewMailbox) -> Result<()> {
    let wrong = |field: &'static str, message: &str| Err(Error::invalid(field, message));
    if new.name.trim().is_empty() || new.name.len() > 200 {
        return wrong("name", "A mailbox needs a name.");
    }
    if new.host.trim().is_empty() || new.host.contains(['/', ' ', '@']) {
        return wrong("host", "This is no name of a mail server.");
    }
    if [&new.login, &new.folder].iter().any(|text| text.is_empty() || text.chars().any(char::is_control)) {
        return wrong("login", "Login and folder are needed.");
    }
    match (new.afterwards, new.move_to.as_deref()) {
        (Afterwards::Move, None | Some("")) => wrong("move_to", "Say to which folder mails are moved."),
        (Afterwards::Move, Some(folder)) if folder == new.folder => wrong("move_to", "This is the folder they come from."),
        _ => Ok(()),
    }
}

async fn note(
    tx: &mut Tx,
    scope: &Scope,
    company: Option<CompanyId>,
    id: MailboxId,
    action: &'static str,
    values: &str,
) -> Result<()> {
    let (office, actor, subject) = (scope.office(), scope.actor(), id.to_string());
    audit::note(tx, Note { office, company, actor, action, subject, values }).await
}

fn mailbox(store: &Store, row: Row) -> Result<Mailbox> {
    let mut c = row.columns();
    let small = |value: i64| u32::try_from(value).unwrap_or_default();
    let (id, office, company, name, host, port) =
        (c.parse()?, c.parse()?, c.opt_parse()?, c.text()?, c.text()?, u16::try_from(c.int()?).unwrap_or_default());
    let (security, login, sealed) = (c.parse()?, c.text()?, c.blob()?);
    let sign_in = serde_json::from_str(&store.keys().unseal("mailbox", &sealed)?).map_err(Error::internal)?;
    let (folder, afterwards, move_to) = (c.text()?, c.parse()?, c.opt_text()?);
    let trusted_servers = c.text()?.split_whitespace().map(str::to_owned).collect();
    Ok(Mailbox {
        id,
        office,
        facts: NewMailbox { name, company, host, port, security, login, sign_in, folder, afterwards, move_to, trusted_servers },
        uid_validity: small(c.int()?),
        last_uid: small(c.int()?),
        fetched: c.count()?,
        problem: c.opt_text()?,
        checked_at: c.opt_time()?,
        fence: c.int()?,
    })
}
