//! A paper and its data, come by different doors: joined into one document. The code on a KSeF paper names the SHA-256 of the XML (kody-qr.md),
//! which proves it offline; equal KSeF numbers and equal values with another hash are joined too, and the reader says so in a finding. Data
//! without a page of its own (SPV, XRechnung) is joined with the paper of the same seller, number, date and total.

use ocr::reading::Source;

use super::{Document, DocumentState, divide, fetch};
use crate::error::Result;
use crate::id::DocumentId;
use crate::reading;
use crate::scope::Scope;
use crate::sql::{Tx, params};
use crate::store::Store;

/// Joins a document that was just read with the one that is the same invoice as data, or as a paper. The earlier one stays and
/// is read again. Where a person has decided about either, nothing is moved: the later one is named a duplicate.
pub(crate) async fn join(tx: &mut Tx, store: &Store, scope: &Scope, id: DocumentId) -> Result<()> {
    let document = fetch(tx, scope, id).await?;
    if document.trashed_at.is_some() || document.state != DocumentState::ToReview {
        return Ok(());
    }
    let Some(other) = counterpart(tx, scope, &document).await? else { return Ok(()) };
    let other = fetch(tx, scope, other).await?;
    let (first, second) = if other.id < document.id { (other, document) } else { (document, other) };
    let free = |d: &Document| matches!(d.state, DocumentState::New | DocumentState::ToReview) && d.trashed_at.is_none();
    if free(&first) && free(&second) {
        divide::merge_in(tx, store, scope, &first, &[second.id]).await?;
    }
    Ok(())
}

async fn counterpart(tx: &mut Tx, scope: &Scope, document: &Document) -> Result<Option<DocumentId>> {
    let sql = "SELECT xml_sha256, identity, ksef_number, amount FROM document WHERE office_id = $1 AND id = $2";
    let mut c = tx.fetch_one(sql, params![scope.office(), document.id]).await?.columns();
    let (named, identity, number, amount) = (c.text()?, c.text()?, c.text()?, c.int()?);
    let (office, company, id) = (scope.office(), document.company, document.id);
    // A paper whose data is here already.
    if !named.is_empty() {
        let sql = "SELECT d.id FROM part p JOIN piece w ON w.part_id = p.id JOIN document d ON d.id = w.document_id
                   WHERE p.office_id = $1 AND d.office_id = $1 AND d.company_id = $2 AND d.id <> $3 AND p.sha256 = $4
                   AND w.role = 'structured' AND d.trashed_at IS NULL ORDER BY d.id LIMIT 1";
        if let Some(row) = tx.fetch_optional(sql, params![office, company, id, &named]).await? {
            return row.columns().parse().map(Some);
        }
    }
    // Data whose paper is here already.
    let sql = "SELECT d.id FROM piece w JOIN part p ON p.id = w.part_id JOIN document d ON d.xml_sha256 = p.sha256
               WHERE w.office_id = $1 AND p.office_id = $1 AND d.office_id = $1 AND w.document_id = $3 AND w.role = 'structured'
               AND d.company_id = $2 AND d.id <> $3 AND d.trashed_at IS NULL ORDER BY d.id LIMIT 1";
    if let Some(row) = tx.fetch_optional(sql, params![office, company, id]).await? {
        return row.columns().parse().map(Some);
    }
    let own = is_data(tx, scope, id).await?;
    if !number.is_empty() {
        let sql = "SELECT id FROM document WHERE office_id = $1 AND company_id = $2 AND ksef_number = $4 AND id <> $3
                   AND trashed_at IS NULL ORDER BY id LIMIT 5";
        for row in tx.fetch_all(sql, params![office, company, id, &number]).await? {
            let other = row.columns().parse()?;
            if own != is_data(tx, scope, other).await? {
                return Ok(Some(other));
            }
        }
    }
    if identity.is_empty() {
        return Ok(None);
    }
    // The same invoice: one of the two a paper without data, the other data; with a KSeF code on the paper, or without any page of its own and of
    // the same total (an e-invoice of RO e-Factura, an XRechnung, beside the PDF that the seller mails).
    let sql =
        "SELECT id, xml_sha256, amount FROM document WHERE office_id = $1 AND company_id = $2 AND identity = $4 AND id <> $3
               AND trashed_at IS NULL ORDER BY id LIMIT 5";
    for row in tx.fetch_all(sql, params![office, company, id, &identity]).await? {
        let mut c = row.columns();
        let (other, theirs, total): (DocumentId, String, i64) = (c.parse()?, c.text()?, c.int()?);
        let data = is_data(tx, scope, other).await?;
        if own == data {
            continue;
        }
        let code = if own { &theirs } else { &named };
        let bare = if own { id } else { other };
        if !code.is_empty() || (total == amount && total != 0 && !has_page(tx, scope, bare).await?) {
            return Ok(Some(other));
        }
    }
    Ok(None)
}

/// Whether a document's values are data.
async fn is_data(tx: &mut Tx, scope: &Scope, id: DocumentId) -> Result<bool> {
    let stored = reading::fetch(tx, scope, id, None).await?;
    Ok(stored.is_some_and(|stored| stored.reading.fields.values().any(|field| field.source == Source::Xml)))
}

/// Whether a person can look at a page of it.
async fn has_page(tx: &mut Tx, scope: &Scope, id: DocumentId) -> Result<bool> {
    let sql = "SELECT 1 FROM piece WHERE office_id = $1 AND document_id = $2 AND role = 'visual' LIMIT 1";
    Ok(tx.fetch_optional(sql, params![scope.office(), id]).await?.is_some())
}
