//! Mailboxes from which a company's mail is admitted without a PIN, once they are proven (the gate decides what proves one).

use jiff::Timestamp;
use serde::Serialize;

use crate::company::changed;
use crate::error::{Error, Result};
use crate::id::{CompanyId, SenderId, SubmissionId, UserId};
use crate::scope::{Actor, Scope};
use crate::sql::{Tx, params};
use crate::store::Store;
use crate::word::words;

words! {
    /// What the mailbox is to the mail.
    pub enum SenderKind {
        /// It writes the mail.
        Sender = "sender",
        /// It passes on what others wrote.
        Forwarder = "forwarder",
    }
}

/// An authorised sender or forwarder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sender {
    /// Its id.
    pub id: SenderId,
    /// The company it may send for.
    pub company: CompanyId,
    /// `name@domain`, lower case; or `@domain` for everyone there.
    pub mailbox: String,
    /// Sender or forwarder.
    pub kind: SenderKind,
    /// Who said so, if a person did.
    pub user: Option<UserId>,
    /// The held mail that was admitted with "always", if that is where it comes from.
    pub submission: Option<SubmissionId>,
    /// Since when.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

impl Sender {
    /// True where `mailbox` is the one meant, or within the domain meant.
    pub fn covers(&self, mailbox: &str) -> bool {
        let mailbox = mailbox.to_lowercase();
        match self.mailbox.strip_prefix('@') {
            Some(domain) => mailbox.rsplit_once('@').is_some_and(|(_, d)| d == domain),
            None => mailbox == self.mailbox,
        }
    }
}

/// Authorises a mailbox; doing it twice is doing it once.
pub async fn create(store: &Store, scope: &Scope, company: CompanyId, mailbox: &str, kind: SenderKind) -> Result<SenderId> {
    scope.allow(|role| role.may_work() || role == crate::Role::CompanyAdmin)?;
    scope.require(company)?;
    let mailbox = acceptable(mailbox)?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                crate::company::fetch(tx, &scope_, company).await?;
                crate::company::own_settings(tx, &scope_, company).await?;
                insert(tx, &scope_, company, &mailbox, kind, None).await
            })
        })
        .await
        .inspect(|_| store.cache().forget())
}

/// Inserts a mailbox that was found acceptable; `mail` is the held mail about which it was said.
pub(crate) async fn insert(
    tx: &mut Tx,
    scope: &Scope,
    company: CompanyId,
    mailbox: &str,
    kind: SenderKind,
    mail: Option<SubmissionId>,
) -> Result<SenderId> {
    let user = match scope.actor() {
        Actor::User(user) => Some(user),
        _ => None,
    };
    let row = tx
        .fetch_one(
            "INSERT INTO sender (id, office_id, company_id, mailbox, kind, user_id, submission_id, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (company_id, mailbox, kind) DO UPDATE SET mailbox = excluded.mailbox RETURNING id",
            params![SenderId::new(), scope.office(), company, mailbox, kind, user, mail, Timestamp::now()],
        )
        .await?;
    changed(tx, scope, company, "sender.created", mailbox).await?;
    row.columns().parse()
}

/// The mailbox as it is kept, if it is one: `name@domain`, or `@domain` for everyone there.
pub fn acceptable(mailbox: &str) -> Result<String> {
    let mailbox = mailbox.trim().to_lowercase();
    let domain = mailbox.rsplit_once('@').map_or("", |(_, domain)| domain);
    if domain.is_empty() || mailbox.len() > 320 || mailbox.contains(char::is_whitespace) {
        return Err(Error::invalid("mailbox", "This is no mail address (or @domain)."));
    }
    Ok(mailbox)
}

/// Takes the right away.
pub async fn remove(store: &Store, scope: &Scope, id: SenderId) -> Result<()> {
    scope.allow(|role| role.may_work() || role == crate::Role::CompanyAdmin)?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let mut params = params![id];
                let condition = scope_.condition("", &mut params);
                let sql = format!("DELETE FROM sender WHERE {condition} AND id = $1 RETURNING company_id");
                let company = tx.fetch_one(sql, params).await?.columns().parse()?;
                crate::company::own_settings(tx, &scope_, company).await?;
                changed(tx, &scope_, company, "sender.removed", &id.to_string()).await
            })
        })
        .await?;
    store.cache().forget();
    Ok(())
}

/// Authorised mailboxes of a company, by name.
pub async fn list(store: &Store, scope: &Scope, company: CompanyId) -> Result<Vec<Sender>> {
    scope.allow(|role| role.may_see())?;
    scope.require(company)?;
    let sql = format!("SELECT {COLUMNS} FROM sender WHERE office_id = $1 AND company_id = $2 ORDER BY mailbox");
    let mut tx = store.read(scope).await?;
    crate::company::fetch(&mut tx, scope, company).await?;
    tx.fetch_all(sql, params![scope.office(), company]).await?.into_iter().map(sender).collect()
}

/// What [`sender`] reads.
pub(crate) const COLUMNS: &str = "id, company_id, mailbox, kind, user_id, submission_id, created_at";

pub(crate) fn sender(row: crate::sql::Row) -> Result<Sender> {
    let mut c = row.columns();
    let (id, company, mailbox, kind) = (c.parse()?, c.parse()?, c.text()?, c.parse()?);
    Ok(Sender { id, company, mailbox, kind, user: c.opt_parse()?, submission: c.opt_parse()?, created_at: c.time()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_covers_its_mailboxes_only() {
        let sender = |mailbox: &str| Sender {
            id: SenderId::new(),
            company: CompanyId::new(),
            mailbox: mailbox.to_owned(),
            kind: SenderKind::Sender,
            user: None,
            submission: None,
            created_at: Timestamp::UNIX_EPOCH,
        };
        for (allowed, mailbox, want) in [
            ("@mlyn.pl", "Jan@MLYN.pl", true),
            ("@mlyn.pl", "jan@evil.mlyn.pl", false),
            ("@mlyn.pl", "jan@xmlyn.pl", false),
            ("@mlyn.pl", "mlyn.pl", false),
            ("jan@mlyn.pl", "jan@mlyn.pl", true),
            ("jan@mlyn.pl", "anna@mlyn.pl", false),
        ] {
            assert_eq!(sender(allowed).covers(mailbox), want, "{allowed} {mailbox}");
        }
    }
}
