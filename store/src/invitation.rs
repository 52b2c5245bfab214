//! Invitations: a link that leads a person to their place and to setting a password. Only a keyed hash of its secret is kept.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::audit::{self, Note};
use crate::error::{Error, Result};
use crate::id::{CompanyId, InvitationId, OfficeId, UserId};
use crate::keys::{Purpose, random, random_text};
use crate::outgoing::{self, Mail, OutgoingKind};
use crate::scope::{Actor, Companies, Role, Scope};
use crate::sql::{Row, Tx, params};
use crate::store::Store;
use crate::user::{self, NewMember};
use crate::word::words;

words! {
    /// Where an invitation is.
    pub enum InvitationState {
        /// Nobody sent it yet.
        Waiting = "waiting",
        /// A mail server refused it, or there is none.
        Failed = "failed",
        /// On its way, or in their mailbox.
        Sent = "sent",
        /// They opened the link.
        Opened = "opened",
        /// The link is over.
        Expired = "expired",
        /// They came in.
        Accepted = "accepted",
    }
}

/// How long a link leads somewhere.
pub const LIFE: Duration = Duration::from_secs(72 * 3600);

/// An invitation, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The office.
    pub office: OfficeId,
    /// The company, for a place in a company.
    pub company: Option<CompanyId>,
    /// Mail address of who is invited.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they will be.
    pub role: Role,
    /// They will see only what they sent themselves.
    pub own_only: bool,
    /// When the link ends.
    pub expires_at: Timestamp,
    /// When it was sent last; none: it waits to be sent.
    pub sent_at: Option<Timestamp>,
    /// How often it was sent.
    pub times: u64,
    /// Why it could not be sent.
    pub problem: Option<String>,
    /// When the link was first opened since it was sent.
    pub opened_at: Option<Timestamp>,
    /// When they came in.
    pub accepted_at: Option<Timestamp>,
}

impl Invitation {
    /// Where it is now.
    pub fn state(&self, now: Timestamp) -> InvitationState {
        match self {
            Invitation { accepted_at: Some(_), .. } => InvitationState::Accepted,
            Invitation { problem: Some(_), .. } => InvitationState::Failed,
            Invitation { sent_at: None, .. } => InvitationState::Waiting,
            _ if self.expires_at <= now => InvitationState::Expired,
            Invitation { opened_at: Some(_), .. } => InvitationState::Opened,
            _ => InvitationState::Sent,
        }
    }
}

/// Invites someone; gives the secret of the link. Who may add such a member may invite one.
pub async fn create(store: &Store, scope: &Scope, member: &NewMember, now: Timestamp) -> Result<(InvitationId, String)> {
    user::check(scope, member)?;
    let secret = random_text()?;
    let hash = store.keys().hash(Purpose::Invitation, None, &secret);
    let (scope_, member) = (scope.clone(), member.clone());
    let id =
        store.write_internal(move |tx| Box::pin(async move { insert(tx, &scope_, &member, hash, Some(now), now).await })).await?;
    Ok((id, secret))
}

/// Inserts an invitation; one that is not `sent` waits.
pub(crate) async fn insert(
    tx: &mut Tx,
    scope: &Scope,
    member: &NewMember,
    hash: Vec<u8>,
    sent: Option<Timestamp>,
    now: Timestamp,
) -> Result<InvitationId> {
    let (id, office, company, actor) = (InvitationId::new(), scope.office(), member.company, scope.actor());
    let email = member.email.trim().to_lowercase();
    // A new link ends the one before; a mail that still waits would bring it.
    let sql = "DELETE FROM invitation WHERE office_id = $1 AND email = $2 AND accepted_at IS NULL
               AND COALESCE(company_id, '') = COALESCE($3, '') RETURNING id";
    for row in tx.fetch_all(sql, params![office, &email, company]).await? {
        unsend(tx, row.columns().parse()?).await?;
    }
    let times = i64::from(sent.is_some());
    tx.execute(
        "INSERT INTO invitation (id, office_id, company_id, email, name, role, own_only, hash, expires_at, sent_at, times, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        params![id, office, company, &email, member.name.trim(), member.role, member.own_only, hash, now + LIFE, sent, times, now],
    )
    .await?;
    let (subject, values) = (id.to_string(), member.role.as_str());
    audit::note(tx, Note { office, company, actor, action: "member.invited", subject, values }).await?;
    Ok(id)
}

/// A mail of an invitation that still waits would bring a link that is over: it does not go.
async fn unsend(tx: &mut Tx, id: InvitationId) -> Result<()> {
    tx.execute("DELETE FROM outgoing WHERE subject_id = $1 AND state = 'waiting'", params![id]).await.map(drop)
}

/// Stands where the hash of a secret will be: nobody has what it is the hash of.
pub(crate) fn no_secret() -> Result<Vec<u8>> {
    Ok(random::<32>()?.to_vec())
}

const COLUMNS: &str =
    "id, office_id, company_id, email, name, role, own_only, expires_at, sent_at, times, problem, opened_at, accepted_at";

/// Invitations not accepted yet, newest first; those that ended are among them.
pub async fn list(store: &Store, scope: &Scope) -> Result<Vec<Invitation>> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    let mut params = vec![];
    let condition = scope.condition("", &mut params);
    let sql = format!("SELECT {COLUMNS} FROM invitation WHERE {condition} AND accepted_at IS NULL ORDER BY id DESC LIMIT 2000");
    store.read_internal().await?.fetch_all(sql, params).await?.into_iter().map(invitation).collect()
}

/// Sends an invitation, for the first time or again: the link so far ends, a new one is made, and the mail that `compose` makes of it
/// is put on its way, in one transaction.
pub async fn send<F>(store: &Store, scope: &Scope, id: InvitationId, now: Timestamp, compose: F) -> Result<()>
where
    F: FnOnce(&Invitation, &str) -> Mail + Send + 'static,
{
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    let secret = random_text()?;
    let hash = store.keys().hash(Purpose::Invitation, None, &secret);
    let (scope_, keys) = (scope.clone(), store.keys().clone());
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let mut params = params![id, hash, now + LIFE, now];
                let condition = scope_.condition("", &mut params);
                let sql = format!(
                    "UPDATE invitation SET hash = $2, expires_at = $3, sent_at = $4, times = times + 1, problem = NULL, opened_at = NULL
                     WHERE {condition} AND id = $1 AND accepted_at IS NULL RETURNING {COLUMNS}"
                );
                let found = invitation(tx.fetch_one(sql, params).await?)?;
                if found.role.is_office() {
                    scope_.allow_manage()?;
                }
                unsend(tx, id).await?;
                let whose = (found.office, found.company);
                let subject = id.to_string();
                outgoing::put(tx, &keys, whose, (OutgoingKind::Invitation, &subject), &compose(&found, &secret), now).await?;
                let (office, company, actor, values) = (found.office, found.company, scope_.actor(), found.role.as_str());
                audit::note(tx, Note { office, company, actor, action: "member.invited", subject, values }).await
            })
        })
        .await
}

/// Notes that someone looks at the link.
pub async fn opened(store: &Store, id: InvitationId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE invitation SET opened_at = COALESCE(opened_at, $2) WHERE id = $1";
    store.write_internal(move |tx| Box::pin(async move { tx.execute(sql, params![id, now]).await.map(drop) })).await
}

/// What the link with this secret leads to. None: unknown, used or over.
pub async fn find(store: &Store, secret: &str, now: Timestamp) -> Result<Option<Invitation>> {
    let hash = store.keys().hash(Purpose::Invitation, None, secret);
    let sql = format!("SELECT {COLUMNS} FROM invitation WHERE hash = $1 AND accepted_at IS NULL AND expires_at > $2");
    store.read_internal().await?.fetch_optional(sql, params![hash, now]).await?.map(invitation).transpose()
}

/// Takes the place. `password_hash` is for a person not known before, or known without a password, and a conflict for one who has a password.
/// None: the caller has seen that they signed in; whoever invited that address before may have chosen its password. Works once.
pub async fn accept(store: &Store, secret: &str, password_hash: Option<String>, now: Timestamp) -> Result<UserId> {
    let invitation = find(store, secret, now).await?.ok_or(Error::NotFound)?;
    let id = invitation.id;
    let member = NewMember {
        email: invitation.email,
        name: invitation.name,
        password_hash,
        company: invitation.company,
        role: invitation.role,
        own_only: invitation.own_only,
    };
    // Who invited them was allowed to; the invitation itself is what speaks for the place now.
    let scope = Scope::new(invitation.office, Companies::All, Role::Owner, Actor::Operator);
    user::check(&scope, &member)?;
    let user = store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE invitation SET accepted_at = $2 WHERE id = $1 AND accepted_at IS NULL RETURNING 1";
                tx.fetch_one(sql, params![id, now]).await?;
                let user = user::add_in(tx, &scope, &member).await?;
                if let Some(hash) = &member.password_hash {
                    choose(tx, user, hash).await?;
                }
                Ok(user)
            })
        })
        .await?;
    store.cache().forget();
    Ok(user)
}

/// The first password of a person. Who has one keeps it, though it be chosen at this very moment by way of another link.
async fn choose(tx: &mut Tx, user: UserId, hash: &str) -> Result<()> {
    tx.execute("UPDATE users SET password_hash = $2 WHERE id = $1 AND password_hash IS NULL", params![user, hash]).await?;
    let row = tx.fetch_one("SELECT password_hash FROM users WHERE id = $1", params![user]).await?;
    match row.columns().opt_text()?.as_deref() == Some(hash) {
        true => Ok(()),
        false => Err(Error::conflict("known", "This person has an account: they sign in first.")),
    }
}

/// Takes an invitation back.
pub async fn remove(store: &Store, scope: &Scope, id: InvitationId) -> Result<()> {
    scope.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    let mut params = params![id];
    let condition = scope.condition("", &mut params);
    let sql = format!("DELETE FROM invitation WHERE {condition} AND id = $1 AND accepted_at IS NULL RETURNING role");
    let scope = scope.clone();
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                let role: Role = tx.fetch_one(sql, params).await?.columns().parse()?;
                if role.is_office() {
                    scope.allow_manage()?;
                }
                unsend(tx, id).await
            })
        })
        .await
}

fn invitation(row: Row) -> Result<Invitation> {
    let mut c = row.columns();
    Ok(Invitation {
        id: c.parse()?,
        office: c.parse()?,
        company: c.opt_parse()?,
        email: c.text()?,
        name: c.text()?,
        role: c.parse()?,
        own_only: c.bool()?,
        expires_at: c.time()?,
        sent_at: c.opt_time()?,
        times: c.count()?,
        problem: c.opt_text()?,
        opened_at: c.opt_time()?,
        accepted_at: c.opt_time()?,
    })
}
