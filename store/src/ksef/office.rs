//! The office's own certificate for KSeF. Companies grant the office's NIP, or the person whom the certificate names, the right to read their
//! invoices; then one certificate opens all their inboxes.

use jiff::Timestamp;

use super::{Certificate, CertificateFacts};
use crate::audit::{self, Note};
use crate::error::Result;
use crate::id::OfficeId;
use crate::scope::Scope;
use crate::sql::{Tx, params};
use crate::store::Store;

/// Gives the office its certificate, or a newer one. The inboxes entered with it are looked into at once.
pub async fn put(store: &Store, scope: &Scope, certificate: Certificate, now: Timestamp) -> Result<CertificateFacts> {
    scope.allow_manage()?;
    let (sealed, facts, scope_) = (certificate.seal(store.keys(), now)?, certificate.facts, scope.clone());
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "INSERT INTO ksef_certificate (office_id, sealed, subject, valid_until, created_at) VALUES ($1, $2, $3, $4, $5)
                           ON CONFLICT (office_id) DO UPDATE SET sealed = excluded.sealed, subject = excluded.subject,
                               valid_until = excluded.valid_until, created_at = excluded.created_at";
                tx.execute(sql, params![scope_.office(), sealed, &facts.subject, facts.valid_until, now]).await?;
                let sql = "UPDATE ksef_door SET run_after = $2, problem = NULL, message = NULL, failures = 0
                           WHERE office_id = $1 AND access = 'office' AND (problem IS NULL OR problem <> 'busy')";
                tx.execute(sql, params![scope_.office(), now]).await?;
                note(tx, &scope_, "ksef.certificate_set", &facts.subject).await?;
                Ok(facts)
            })
        })
        .await
}

/// Takes it away. Inboxes entered with it stop until they get another way in.
pub async fn remove(store: &Store, scope: &Scope) -> Result<()> {
    scope.allow_manage()?;
    let scope_ = scope.clone();
    store
        .write(scope, move |tx| {
            Box::pin(async move {
                let sql = "DELETE FROM ksef_certificate WHERE office_id = $1 RETURNING subject";
                let subject = tx.fetch_one(sql, params![scope_.office()]).await?.columns().text()?;
                note(tx, &scope_, "ksef.certificate_removed", &subject).await
            })
        })
        .await
}

/// The office's certificate, if it has one.
pub async fn get(store: &Store, scope: &Scope) -> Result<Option<CertificateFacts>> {
    scope.allow_manage()?;
    let sql = "SELECT subject, valid_until FROM ksef_certificate WHERE office_id = $1";
    let row = store.read(scope).await?.fetch_optional(sql, params![scope.office()]).await?;
    row.map_or(Ok(None), |row| CertificateFacts::from_row(&mut row.columns()))
}

pub(super) async fn sealed(tx: &mut Tx, office: OfficeId) -> Result<Option<Vec<u8>>> {
    let row = tx.fetch_optional("SELECT sealed FROM ksef_certificate WHERE office_id = $1", params![office]).await?;
    row.map(|row| row.columns().blob()).transpose()
}

async fn note(tx: &mut Tx, scope: &Scope, action: &'static str, values: &str) -> Result<()> {
    let (office, actor) = (scope.office(), scope.actor());
    audit::note(tx, Note { office, company: None, actor, action, subject: office.to_string(), values }).await
}
