//! Reviews: the values a person set. They stand over whatever the machine reads, before and after.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use ocr::reading::{Field, FieldName, Line, Reading, Source, Tax, TookMs, ValueKind, VatRow};
use serde::{Deserialize, Serialize};

use crate::company::json;
use crate::document::{self, Action, Document, Set, copy_facts};
use crate::error::{Error, Result};
use crate::history;
use crate::id::DocumentId;
use crate::money::ten_thousandths;
use crate::reading;
use crate::scope::{Rows, Scope};
use crate::search;
use crate::sql::{Tx, params};
use crate::store::Store;

/// A person's values. What is left out is as the machine read it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Review {
    /// Values by name; null: the paper has none.
    pub fields: BTreeMap<FieldName, Option<String>>,
    /// The whole breakdown, if a person changed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat_breakdown: Option<Vec<VatRow>>,
    /// All lines, if a person changed them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<Line>>,
    /// All taxes beside VAT, if a person changed them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taxes: Option<Vec<Tax>>,
}

/// Sets values. They are added to those set before; `version` is the document's version that the person saw, if they say it.
pub async fn correct(store: &Store, scope: &Scope, id: DocumentId, version: Option<u64>, values: Review) -> Result<Document> {
    scope.allow(|role| role.may_work())?;
    sound(&values)?;
    let scope_ = scope.clone();
    let document = store
        .write(scope, move |tx| {
            Box::pin(async move {
                let document = document::fetch_version(tx, &scope_, id, version).await?;
                correct_in(tx, &scope_, &document, values).await?;
                document::fetch(tx, &scope_, id).await
            })
        })
        .await?;
    store.events().notify_waiters();
    Ok(document)
}

/// A day that is none and an amount that is no number would be missing from every list, sum and export: they are refused by name.
fn sound(values: &Review) -> Result<()> {
    let is_day = |text: &str| text.parse::<Date>().is_ok_and(|day| day.to_string() == text);
    for (name, value) in &values.fields {
        let Some(value) = value.as_deref().filter(|value| !value.is_empty()) else { continue };
        let wrong = match name.kind() {
            ValueKind::Date if !is_day(value) => "It must be a day, written as 2026-07-31.",
            ValueKind::Amount if ten_thousandths(value).is_none() => "It must be an amount, written as 1234.56.",
            _ => continue,
        };
        return Err(Error::invalid(name.as_str(), wrong));
    }
    Ok(())
}

/// The review of a document; empty if there is none.
pub async fn get(store: &Store, scope: &Scope, id: DocumentId) -> Result<Review> {
    scope.allow(|role| role.may_see())?;
    let mut tx = store.read(scope).await?;
    Ok(fetch(&mut tx, scope, id).await?.unwrap_or_default())
}

/// What holds: the reading with the person's values over it, or the person's values alone.
pub async fn effective_reading(store: &Store, scope: &Scope, id: DocumentId) -> Result<Option<Reading>> {
    scope.allow(|role| role.may_see())?;
    let mut tx = store.read(scope).await?;
    let document = document::fetch(&mut tx, scope, id).await?;
    effective_in(&mut tx, scope, &document).await
}

pub(crate) async fn effective_in(tx: &mut Tx, scope: &Scope, document: &Document) -> Result<Option<Reading>> {
    let review = fetch(tx, scope, document.id).await?;
    Ok(match (reading::fetch(tx, scope, document.id, None).await?, review) {
        (Some(stored), review) => Some(effective(&stored.reading, review.as_ref())),
        (None, Some(review)) => Some(effective(&unread(document), Some(&review))),
        (None, None) => None,
    })
}

/// A reading with a person's values over it: source `human`, sure.
pub fn effective(reading: &Reading, review: Option<&Review>) -> Reading {
    let mut reading = reading.clone();
    let Some(review) = review else { return reading };
    for (name, value) in &review.fields {
        match value {
            None => drop(reading.fields.remove(name)),
            Some(value) => {
                let read = reading.fields.remove(name);
                reading.fields.insert(*name, confirmed(read, value));
            }
        }
    }
    if let Some(rows) = &review.vat_breakdown {
        reading.vat_breakdown = rows.clone();
    }
    if let Some(lines) = &review.lines {
        reading.lines = lines.clone();
    }
    if let Some(taxes) = &review.taxes {
        reading.taxes = taxes.clone();
    }
    reading
}

/// The machine's place on the page stays where the person confirmed the machine's value.
fn confirmed(read: Option<Field>, value: &str) -> Field {
    match read {
        Some(field) if field.value == value => Field { confidence: 1.0, source: Source::Human, ..field },
        _ => Field {
            value: value.to_owned(),
            confidence: 1.0,
            source: Source::Human,
            via: None,
            page: None,
            bbox: None,
            raw: None,
            alternatives: vec![],
        },
    }
}

/// A reading of nothing, for papers whose values a person types.
pub(crate) fn unread(document: &Document) -> Reading {
    Reading {
        media_type: document.media_type.clone(),
        pages: document.pages.unwrap_or(0),
        page_range: [1, document.pages.unwrap_or(1)],
        region: None,
        reader_version: String::new(),
        document_type: document.document_type,
        direction: document.direction,
        language: None,
        fields: BTreeMap::new(),
        vat_breakdown: vec![],
        lines: vec![],
        taxes: vec![],
        marks: vec![],
        findings: vec![],
        took_ms: TookMs::default(),
    }
}

pub(crate) async fn fetch(tx: &mut Tx, scope: &Scope, id: DocumentId) -> Result<Option<Review>> {
    let mut params = params![id];
    let condition = scope.papers(Rows::OfDocuments, "", &mut params);
    let sql = format!("SELECT content FROM review WHERE {condition} AND document_id = $1");
    tx.fetch_optional(sql, params).await?.map(|row| row.columns().json()).transpose()
}

pub(crate) async fn correct_in(tx: &mut Tx, scope: &Scope, document: &Document, values: Review) -> Result<()> {
    let next = document.state.after(Action::Correct)?;
    let mut review = fetch(tx, scope, document.id).await?.unwrap_or_default();
    let read = reading::fetch(tx, scope, document.id, None).await?.map_or_else(|| unread(document), |stored| stored.reading);
    remember(tx, scope, document, &effective(&read, Some(&review)), &values).await?;
    review.fields.extend(values.fields);
    review.vat_breakdown = values.vat_breakdown.or(review.vat_breakdown);
    review.lines = values.lines.or(review.lines);
    review.taxes = values.taxes.or(review.taxes);
    tx.execute(
        "INSERT INTO review (document_id, office_id, company_id, content, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (document_id) DO UPDATE SET content = excluded.content, changed_at = excluded.changed_at,
                                                 changed_by = excluded.changed_by",
        params![document.id, scope.office(), document.company, json(&review)?, Timestamp::now(), scope.actor().to_string()],
    )
    .await?;
    let mut set = Set { action: "document.corrected", columns: vec![("state", next.into())] };
    let now = effective(&read, Some(&review));
    copy_facts(tx, scope, document, &now, None, &mut set).await?;
    document::update(tx, scope, document, set).await?;
    search::index_document(tx, scope, document.id, Some(&now), None).await?;
    document::link(tx, scope, document.id).await
}

/// Keeps each value before and after.
async fn remember(tx: &mut Tx, scope: &Scope, document: &Document, before: &Reading, values: &Review) -> Result<()> {
    for (name, after) in &values.fields {
        let before = before.fields.get(name).map(|field| field.value.as_str());
        if before != after.as_deref() {
            history::keep(tx, scope, document.company, document.id, name.as_str(), before, after.as_deref()).await?;
        }
    }
    Ok(())
}
