//! Mail that the service sends itself: rows of the transaction that wants it sent, kept until a mail server has taken them. What is
//! written is sealed, since it may hold a link that opens an account, and taken away once it is sent.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::id::{CompanyId, OfficeId, OutgoingId};
use crate::keys::Keys;
use crate::sql::{Tx, params};
use crate::store::Store;
use crate::word::words;

words! {
    /// What a mail is for.
    pub enum OutgoingKind {
        /// Leads a person to their place. Subject: the invitation.
        Invitation = "invitation",
        /// Asks a company for its papers. Subject: the request.
        Chase = "chase",
        /// Tells what was said about a document. Subject: the comment.
        Talk = "talk",
        /// Tells what became of a mail, or which are held. Subject: the notice.
        Notice = "notice",
        /// Tells that a webhook was switched off. Subject: the webhook.
        Webhook = "webhook",
    }
}

/// A mail as it is to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Mail address of who gets it.
    pub to: String,
    /// Where answers go, if not to its sender.
    pub reply_to: Option<String>,
    /// It answers a mail: that mail's Message-ID, empty where it had none.
    #[serde(default)]
    pub answers: Option<String>,
    /// Subject line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// A mail that is due.
#[derive(Clone, Debug)]
pub struct Due {
    /// Its id: also the left part of its Message-ID, so that a mail sent twice is one.
    pub id: OutgoingId,
    /// The mail.
    pub mail: Mail,
    attempts: u32,
}

/// Whoever claimed a mail has this long to send it.
const LEASE: Duration = Duration::from_secs(300);

/// Pauses between attempts, in seconds; after the last one it is given up: about two days in all.
const PAUSES: [u64; 8] = [60, 300, 1_800, 7_200, 14_400, 28_800, 57_600, 57_600];

/// Wants a mail sent, within the transaction that is its reason.
pub(crate) async fn put(
    tx: &mut Tx,
    keys: &Keys,
    (office, company): (OfficeId, Option<CompanyId>),
    (kind, subject): (OutgoingKind, &str),
    mail: &Mail,
    now: Timestamp,
) -> Result<OutgoingId> {
    let id = OutgoingId::new();
    let sealed = keys.seal(&owner(id), &serde_json::to_string(mail).map_err(Error::internal)?)?;
    tx.execute(
        "INSERT INTO outgoing (id, office_id, company_id, kind, subject_id, sealed, state, attempts, run_after, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 0, $7, $7)",
        params![id, office, company, kind, subject, sealed, now],
    )
    .await?;
    Ok(id)
}

/// Takes mails that are due, oldest first: nobody else gets them for five minutes.
pub async fn claim(store: &Store, limit: u32, now: Timestamp) -> Result<Vec<Due>> {
    let rows = store
        .write_internal(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE outgoing SET run_after = $2, attempts = attempts + 1 WHERE id IN (
                               SELECT id FROM outgoing WHERE state = 'waiting' AND run_after <= $1 ORDER BY run_after LIMIT $3)
                           AND state = 'waiting' AND run_after <= $1 RETURNING id, sealed, attempts";
                tx.fetch_all(sql, params![now, now + LEASE, limit]).await
            })
        })
        .await?;
    let mut due = Vec::with_capacity(rows.len());
    for row in rows {
        let mut c = row.columns();
        let (id, sealed, attempts): (OutgoingId, Option<Vec<u8>>, i64) = (c.parse()?, c.opt_blob()?, c.int()?);
        let opened = sealed.and_then(|sealed| store.keys().unseal(&owner(id), &sealed).ok());
        match opened.and_then(|text| serde_json::from_str(&text).ok()) {
            Some(mail) => due.push(Due { id, mail, attempts: u32::try_from(attempts).unwrap_or(u32::MAX) }),
            // Sealed with another key than there is now, as after a restore without it: it holds up no other.
            None => {
                tracing::warn!(%id, "a mail cannot be opened and is given up");
                let problem = "it cannot be opened: the master key is another one";
                store.write_internal(move |tx| Box::pin(async move { give_up(tx, id, problem, now).await })).await?;
            }
        }
    }
    Ok(due)
}

/// A mail server took it.
pub async fn sent(store: &Store, due: &Due, now: Timestamp) -> Result<()> {
    let id = due.id;
    let sql = "UPDATE outgoing SET state = 'sent', sealed = NULL, problem = NULL, finished_at = $2 WHERE id = $1";
    store.write_internal(move |tx| Box::pin(async move { tx.execute(sql, params![id, now]).await.map(drop) })).await
}

/// It was not taken. Tried again after a while; given up where that is no use, and then what it was about says so.
pub async fn failed(store: &Store, due: &Due, problem: &str, lasting: bool, now: Timestamp) -> Result<()> {
    let pause = PAUSES.get(due.attempts.saturating_sub(1) as usize).filter(|_| !lasting).copied();
    let (id, problem) = (due.id, problem.chars().take(500).collect::<String>());
    store
        .write_internal(move |tx| {
            Box::pin(async move {
                if let Some(pause) = pause {
                    let sql = "UPDATE outgoing SET run_after = $2, problem = $3 WHERE id = $1";
                    return tx.execute(sql, params![id, now + Duration::from_secs(pause), &problem]).await.map(drop);
                }
                give_up(tx, id, &problem, now).await
            })
        })
        .await
}

async fn give_up(tx: &mut Tx, id: OutgoingId, problem: &str, now: Timestamp) -> Result<()> {
    let sql = "UPDATE outgoing SET state = 'failed', sealed = NULL, problem = $2, finished_at = $3 WHERE id = $1
               RETURNING kind, subject_id";
    // What it was about may have been taken back meanwhile, and the mail with it.
    let Some(row) = tx.fetch_optional(sql, params![id, problem, now]).await? else { return Ok(()) };
    let mut c = row.columns();
    let (kind, subject): (OutgoingKind, String) = (c.parse()?, c.text()?);
    if kind == OutgoingKind::Invitation {
        let sql = "UPDATE invitation SET problem = $2 WHERE id = $1 AND accepted_at IS NULL";
        tx.execute(sql, params![subject, problem]).await?;
    }
    Ok(())
}

fn owner(id: OutgoingId) -> String {
    format!("outgoing {id}")
}
