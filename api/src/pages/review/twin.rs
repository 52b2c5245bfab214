//! Two papers that may be one, side by side. A person decides.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use ocr::reading::FieldName;
use store::DocumentId;

use super::checks::written;
use super::{Sheet, sheets};
use crate::http::{Code, DocumentDetail, document_detail};
use crate::pages::frame::Frame;
use crate::pages::lang::Lang;
use crate::pages::problem::PageProblem;
use crate::pages::{PageResult, Visit, html};

#[derive(Template)]
#[template(path = "twin.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    may_work: bool,
    why: String,
    twins: Vec<Twin>,
    rows: Vec<Row>,
}

struct Twin {
    id: String,
    version: u64,
    title: String,
    arrived: String,
    state: &'static str,
    state_label: String,
    sheets: Vec<Sheet>,
    newer: bool,
}

struct Row {
    label: String,
    values: [String; 2],
    same: bool,
}

/// Fields by which two papers are told apart.
const FIELDS: [FieldName; 8] = [
    FieldName::InvoiceNumber,
    FieldName::SellerName,
    FieldName::SellerTaxId,
    FieldName::IssueDate,
    FieldName::DueDate,
    FieldName::Currency,
    FieldName::TotalGross,
    FieldName::Iban,
];

/// Shows a document beside the one that it may be a duplicate of.
pub async fn show(visit: Visit, Path(id): Path<String>) -> PageResult {
    if visit.is_client() {
        return Err(Code::Forbidden.into());
    }
    let id: DocumentId = id.parse().map_err(|_| Code::NotFound)?;
    let new = document_detail(&visit.app, &visit.caller, id).await?;
    let old = new.document.duplicate_of.ok_or(Code::NotFound)?;
    let old = document_detail(&visit.app, &visit.caller, old).await?;
    let value = |detail: &DocumentDetail, name: FieldName| {
        let reading = detail.reading.as_ref().map(|file| &file.reading);
        reading.and_then(|reading| reading.fields.get(&name)).map(|field| field.value.clone()).unwrap_or_default()
    };
    let row = |name: &FieldName| {
        let values = [value(&old, *name), value(&new, *name)];
        let same = values[0] == values[1];
        Row { label: visit.l.word("field", name.as_str()), same, values: values.map(|value| written(visit.l, *name, &value)) }
    };
    let rows = FIELDS.iter().map(row).filter(|row| row.values.iter().any(|value| !value.is_empty())).collect();
    let twins = vec![twin(&visit, &old, false)?, twin(&visit, &new, true)?];
    let why = new.document.duplicate_reason.map(|reason| visit.l.word("duplicate", reason.as_str())).unwrap_or_default();
    let page = Page { l: visit.l, why, frame: Frame::of(&visit, "/"), may_work: visit.may_work(), twins, rows };
    Ok(html(StatusCode::OK, &page))
}

fn twin(visit: &Visit, detail: &DocumentDetail, newer: bool) -> Result<Twin, PageProblem> {
    let document = &detail.document;
    Ok(Twin {
        id: document.id.to_string(),
        version: document.version,
        title: document.number.clone().unwrap_or_else(|| document.name.clone()),
        arrived: visit.moment(document.created_at),
        state: document.state.as_str(),
        state_label: visit.l.word("state", document.state.as_str()),
        sheets: sheets(detail, &[]),
        newer,
    })
}
