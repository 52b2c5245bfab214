//! Papers that are one, or belong together. A duplicate is named with its reason and never removed by the machine: the same bytes, the
//! same invoice (seller, number, kind, date; total), the same receipt (seller, date, time, total), the same picture again. A correction
//! is linked to its original. What restarts its numbers each year differs by its date, a proforma from its invoice by its kind.

use ocr::fold::fold;
use ocr::likeness::{self, Traits};
use ocr::reading::{DocumentType, FieldName, Mark, Reading};
use ocr::value::tax_id;

use super::facts::squeeze;
use super::{COLUMNS, Document, Set, document, fetch, update};
use crate::error::Result;
use crate::id::DocumentId;
use crate::money::ten_thousandths;
use crate::scope::{Rows, Scope};
use crate::sql::{Row, Tx, Value, marks, params};
use crate::store::Store;
use crate::word::{self, words};

words! {
    /// Why a document is taken for one that came before.
    pub enum DuplicateReason {
        /// Its file is the same, byte by byte.
        SameBytes = "same_bytes",
        /// Seller, number, kind and date are the same, and the total.
        SameInvoice = "same_invoice",
        /// It says itself that it is printed again (DUPLIKAT).
        Reprint = "reprint",
        /// Seller, number, kind and date are the same, but another total was read.
        OtherTotal = "other_total",
        /// Seller, date, time and total of a receipt are the same.
        SameReceipt = "same_receipt",
        /// It looks the same: scanned or photographed again.
        SamePicture = "same_picture",
    }
}

/// Share of figures that two pages of one paper have in common. Measured on 60 first pages, each as a file, a scan and a photograph: of
/// 180 pairs the least alike had 0.80, the median 1.0; of 92,000 pairs of different papers of the layout set the most alike had 0.33.
const ALIKE: f32 = 0.7;
/// The same, where too few values of both are known: 178 of those 180 pairs had 0.86 and more. The next paper of a seller shares its ids.
const ALIKE_UNREAD: f32 = 0.85;
/// Papers that are looked at.
const MOST_PICTURES: u32 = 500;

/// What a document is known by, so that the same invoice has the same text; empty where too little is known.
pub(super) fn identity(reading: &Reading, kind: DocumentType, traits: &Traits) -> String {
    let value = |name| reading.fields.get(&name).map(|field| field.value.as_str()).unwrap_or_default();
    let (number, date) = (squeeze(value(FieldName::InvoiceNumber)), value(FieldName::IssueDate));
    let seller = match (tax_id::compact(value(FieldName::SellerTaxId)), squeeze(value(FieldName::SellerName))) {
        (id, _) if !id.is_empty() => bare(&id).to_owned(),
        (_, name) => name,
    };
    let total = value(FieldName::TotalGross);
    match kind {
        DocumentType::Letter | DocumentType::Contract | DocumentType::Statement | DocumentType::Other => String::new(),
        DocumentType::Payroll | DocumentType::Medical => String::new(),
        _ if seller.is_empty() => String::new(),
        // A receipt's number is a till's: it begins anew each day.
        DocumentType::Receipt => match (ten_thousandths(total), &traits.time) {
            (Some(total), Some(time)) if !date.is_empty() => format!("receipt|{seller}|{date}|{time}|{total}"),
            _ => String::new(),
        },
        _ if number.is_empty() => String::new(),
        kind => format!("{}|{seller}|{number}|{date}", word::document_type(kind)),
    }
}

/// A tax id without its country.
fn bare(id: &str) -> &str {
    id.get(2..).filter(|_| id.bytes().take(2).all(|b| b.is_ascii_uppercase())).unwrap_or(id)
}

/// Sets what a document is known by, and the earlier one it is a duplicate of, if any.
pub(super) async fn mark(
    tx: &mut Tx,
    scope: &Scope,
    document: &Document,
    reading: &Reading,
    kind: DocumentType,
    traits: &Traits,
    set: &mut Set,
) -> Result<()> {
    let identity = identity(reading, kind, traits);
    let preceding = reading.fields.get(&FieldName::PrecedingInvoice).map(|field| squeeze(&field.value)).unwrap_or_default();
    let ksef_number = reading.fields.get(&FieldName::KsefNumber).map(|field| field.value.as_str()).unwrap_or_default();
    set.add("identity", &identity).add("preceding", preceding).add("ksef", ksef(reading, kind)).add("ksef_number", ksef_number);
    if document.duplicate_reason == Some(DuplicateReason::SameBytes) {
        return Ok(());
    }
    let apart = apart_from(tx, scope, document.id).await?;
    let found = match same_invoice(tx, scope, document, reading, &identity, &apart).await? {
        Some(found) => Some(found),
        None => same_picture(tx, scope, document, reading, traits, &apart).await?,
    };
    set.add("duplicate_of", found.map(|(id, _)| id)).add("duplicate_reason", found.map(|(_, reason)| reason.as_str()));
    Ok(())
}

/// Whether a Polish invoice has its KSeF number, as the register of VAT asks: `number`, `offline` (issued offline), `none`. Empty for
/// papers that have none.
fn ksef(reading: &Reading, kind: DocumentType) -> &'static str {
    let value = |name| reading.fields.get(&name).map(|field| field.value.as_str()).unwrap_or_default();
    let told = |code| reading.findings.iter().any(|finding| finding.code == code);
    let polish = value(FieldName::SellerCountry) == "PL"
        || value(FieldName::SellerTaxId).starts_with("PL")
        || (reading.language.as_deref() == Some("pl") && value(FieldName::SellerCountry).is_empty());
    match kind {
        _ if !value(FieldName::KsefNumber).is_empty() => "number",
        DocumentType::Invoice | DocumentType::CreditNote if told("ksef_offline") => "offline",
        DocumentType::Invoice | DocumentType::CreditNote if polish || told("ksef_number_missing") => "none",
        _ => "",
    }
}

type Found = Option<(DocumentId, DuplicateReason)>;

/// Papers that a person said it is no duplicate of.
pub(super) async fn apart_from(tx: &mut Tx, scope: &Scope, id: DocumentId) -> Result<Vec<DocumentId>> {
    let sql = "SELECT apart_from FROM document WHERE office_id = $1 AND id = $2";
    let ids = tx.fetch_one(sql, params![scope.office(), id]).await?.columns().text()?;
    ids.split_whitespace().map(str::parse).collect()
}

/// `AND id NOT IN` those; nothing where there are none.
fn but(params: &mut Vec<Value>, apart: &[DocumentId]) -> String {
    if apart.is_empty() { String::new() } else { format!(" AND id NOT IN ({})", marks(params, apart.iter().copied())) }
}

async fn same_invoice(
    tx: &mut Tx,
    scope: &Scope,
    document: &Document,
    reading: &Reading,
    identity: &str,
    apart: &[DocumentId],
) -> Result<Found> {
    if identity.is_empty() {
        return Ok(None);
    }
    let mut params = params![scope.office(), document.company, identity, document.id];
    let but = but(&mut params, apart);
    let sql = format!(
        "SELECT id, amount, amount_printed FROM document WHERE office_id = $1 AND company_id = $2 AND identity = $3
         AND trashed_at IS NULL AND id < $4{but} ORDER BY id LIMIT 1"
    );
    let Some(row) = tx.fetch_optional(sql, params).await? else {
        return Ok(None);
    };
    let mut c = row.columns();
    let (id, amount, known) = (c.parse()?, c.int()?, c.opt_text()?.is_some());
    let own = amount_of(reading);
    let reason = if identity.starts_with("receipt|") {
        DuplicateReason::SameReceipt
    } else if known && own.is_some_and(|own| own != amount) {
        DuplicateReason::OtherTotal
    } else if reading.marks.contains(&Mark::Duplicate) {
        DuplicateReason::Reprint
    } else {
        DuplicateReason::SameInvoice
    };
    Ok(Some((id, reason)))
}

fn amount_of(reading: &Reading) -> Option<i64> {
    let value = |name| reading.fields.get(&name).map(|field| field.value.as_str());
    value(FieldName::AmountPayable).or(value(FieldName::TotalGross)).and_then(ten_thousandths)
}

/// An earlier paper that has the same figures and whose values do not say otherwise: scanned again, photographed again, sent as a file too.
async fn same_picture(
    tx: &mut Tx,
    scope: &Scope,
    document: &Document,
    reading: &Reading,
    traits: &Traits,
    apart: &[DocumentId],
) -> Result<Found> {
    let Some(figures) = &traits.figures else { return Ok(None) };
    let value = |name| reading.fields.get(&name).map(|field| field.value.as_str()).unwrap_or_default();
    let (number, date) = (squeeze(value(FieldName::InvoiceNumber)), value(FieldName::IssueDate));
    let amount = amount_of(reading).unwrap_or(0);
    // Papers with another total are other papers; where one of the two was not read, the other values speak.
    let mut params = params![scope.office(), document.company, document.id, amount];
    let but = but(&mut params, apart);
    let sql = format!(
        "SELECT id, figures, amount, number, issue_date, printed_time FROM document WHERE office_id = $1 AND company_id = $2 AND trashed_at IS NULL
         AND figures <> '' AND id < $3 AND (amount = $4 OR amount = 0 OR $4 = 0){but} ORDER BY id DESC LIMIT {MOST_PICTURES}"
    );
    let rows = tx.fetch_all(sql, params).await?;
    let mut best: Option<(DocumentId, f32)> = None;
    for row in rows {
        let mut c = row.columns();
        let (id, other, total, theirs, issued, at): (DocumentId, _, _, _, _, _) =
            (c.parse()?, c.text()?, c.int()?, c.text()?, c.text()?, c.text()?);
        let time = known(&at, traits.time.as_deref().unwrap_or_default());
        let pairs = [(total != 0 && amount != 0, total == amount), known(&theirs, &number), known(&issued, date), time];
        let (same, differ) = (pairs.iter().filter(|p| p.0 && p.1).count(), pairs.iter().filter(|p| p.0 && !p.1).count());
        let enough = if same > differ { ALIKE } else { ALIKE_UNREAD };
        let alike = likeness::alike(figures, &other);
        if differ == 0 && alike >= enough && best.is_none_or(|(_, known)| alike > known) {
            best = Some((id, alike));
        }
    }
    Ok(best.map(|(id, _)| (id, DuplicateReason::SamePicture)))
}

/// Whether both know a value, and whether it is the same.
fn known(a: &str, b: &str) -> (bool, bool) {
    (!a.is_empty() && !b.is_empty(), a == b)
}

/// Links a correction to the invoice it names, or corrections that came before to this invoice.
pub(crate) async fn link(tx: &mut Tx, scope: &Scope, id: DocumentId) -> Result<()> {
    let document = fetch(tx, scope, id).await?;
    let number = document.number.as_deref().map(squeeze).unwrap_or_default();
    if document.document_type == DocumentType::CreditNote {
        if document.corrects.is_none()
            && let Some(original) = original(tx, scope, &document).await?
        {
            let set = Set { action: "document.linked", columns: vec![("corrects", original.into())] };
            update(tx, scope, &document, set).await?;
        }
    } else if !number.is_empty() {
        let sql = format!(
            "SELECT {COLUMNS} FROM document WHERE office_id = $1 AND company_id = $2 AND preceding = $3 AND corrects IS NULL
             AND document_type = 'credit_note' AND trashed_at IS NULL ORDER BY id LIMIT 20"
        );
        for row in tx.fetch_all(sql, params![scope.office(), document.company, number]).await? {
            let correction = super::document(row)?;
            if same_seller(&correction, &document) {
                let set = Set { action: "document.linked", columns: vec![("corrects", document.id.into())] };
                update(tx, scope, &correction, set).await?;
            }
        }
    }
    Ok(())
}

/// The newest earlier invoice of the seller with the number that a correction names.
async fn original(tx: &mut Tx, scope: &Scope, correction: &Document) -> Result<Option<DocumentId>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM document WHERE office_id = $1 AND company_id = $2 AND trashed_at IS NULL AND id <> $3
         AND document_type IN ('invoice', 'receipt', 'credit_note') AND number <> ''
         AND number = (SELECT preceding FROM document WHERE office_id = $1 AND id = $3) ORDER BY id DESC LIMIT 20"
    );
    let rows = tx.fetch_all(sql, params![scope.office(), correction.company, correction.id]).await?;
    let found = rows.into_iter().map(document).collect::<Result<Vec<_>>>()?;
    Ok(found.into_iter().find(|other| same_seller(other, correction)).map(|other| other.id))
}

fn same_seller(a: &Document, b: &Document) -> bool {
    match (&a.seller_tax_id, &b.seller_tax_id) {
        (Some(a), Some(b)) => tax_id::same(a, b),
        _ => a.seller_name.as_deref().map(fold) == b.seller_name.as_deref().map(fold),
    }
}

/// Corrections of a document, oldest first.
pub async fn corrections(store: &Store, scope: &Scope, of: &Document) -> Result<Vec<DocumentId>> {
    scope.allow(|role| role.may_see())?;
    scope.require(of.company)?;
    let mut params = params![scope.office(), of.company, of.id];
    let shown = scope.only_shown(Rows::Documents, "", &mut params);
    let sql = format!(
        "SELECT id FROM document WHERE office_id = $1 AND company_id = $2 AND corrects = $3 AND trashed_at IS NULL{shown}
         ORDER BY id LIMIT 50"
    );
    let rows = store.read(scope).await?.fetch_all(sql, params).await?;
    rows.into_iter().map(|row: Row| row.columns().parse()).collect()
}

/// The same invoice at other companies of the office, within the scope: for the office's eyes only. A client must not learn who else buys.
pub async fn elsewhere(store: &Store, scope: &Scope, of: &Document) -> Result<Vec<Document>> {
    elsewhere_in(&mut store.read(scope).await?, scope, of).await
}

pub(crate) async fn elsewhere_in(tx: &mut Tx, scope: &Scope, of: &Document) -> Result<Vec<Document>> {
    if !scope.role().is_office() {
        return Ok(Vec::new());
    }
    let mut params = params![of.company, of.id];
    let condition = scope.papers(Rows::Documents, "", &mut params);
    let office = format!("${}", params.len() + 1);
    params.push(scope.office().into());
    let sql = format!(
        "SELECT {COLUMNS} FROM document WHERE {condition} AND company_id <> $1 AND trashed_at IS NULL AND identity <> ''
         AND identity = (SELECT identity FROM document WHERE office_id = {office} AND id = $2) ORDER BY id LIMIT 5"
    );
    tx.fetch_all(sql, params).await?.into_iter().map(document).collect()
}
