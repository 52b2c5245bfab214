//! One document: its pages with the places of the values, its fields, what can be done.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use ocr::page::Page as TokenPage;
use ocr::protocol::Role;
use ocr::reading::{FieldName, Reading};
use store::document::{Action, Document, DocumentState};
use store::{DocumentId, reading, submission};

use super::fields::{Group, certainty, groups};
use super::frame::{Frame, Office};
use super::{PageProblem, PageResult, Visitor, html, words};
use crate::http::{App, Caller, Code, DocumentDetail, document_detail};

#[derive(Template)]
#[template(path = "document.html")]
struct View {
    frame: Frame,
    id: String,
    version: u64,
    title: String,
    state: &'static str,
    state_label: String,
    company: String,
    problem: String,
    pages: Vec<Sheet>,
    may_work: bool,
    may_read: bool,
    was_read: bool,
    reading_now: bool,
    editable: bool,
    acts: Vec<Act>,
    findings: Vec<Finding>,
    groups: Vec<Group>,
    vat: Vec<VatRow>,
    lines: Vec<Line>,
    facts: Vec<(&'static str, String)>,
}

struct Sheet {
    number: u32,
    turn: u16,
    width: String,
    height: String,
    boxes: Vec<Mark>,
}

struct Mark {
    field: &'static str,
    label: String,
    value: String,
    x: String,
    y: String,
    width: String,
    height: String,
    check: bool,
}

struct Act {
    verb: &'static str,
    label: &'static str,
    class: &'static str,
}

struct Finding {
    severity: &'static str,
    message: String,
}

struct VatRow {
    rate: String,
    net: String,
    vat: String,
    gross: String,
}

struct Line {
    name: String,
    quantity: String,
    unit: String,
    unit_price: String,
    net: String,
}

/// What a form that was refused leaves to be shown.
#[derive(Default)]
pub struct Refused {
    /// What was typed.
    pub typed: Option<BTreeMap<String, String>>,
    /// Why it was refused.
    pub error: String,
    /// The status that says the same.
    pub status: StatusCode,
}

/// The page of a document.
pub async fn show(State(app): State<App>, Visitor(caller): Visitor, Path(id): Path<String>) -> PageResult {
    let id = id.parse().map_err(|_| Code::NotFound)?;
    render(&app, &caller, id, Refused::default()).await
}

/// The same, with what was typed and why it was refused.
pub async fn render(app: &App, caller: &Caller, id: DocumentId, refused: Refused) -> Result<Response, PageProblem> {
    let detail = document_detail(app, caller, id).await?;
    let tokens = match detail.reading {
        Some(_) => reading::tokens(app.store(), &caller.scope, id).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let office = Office::of(app, caller).await?;
    let mut frame = Frame::of(app, caller, &office, "/").await;
    frame.error = refused.error;
    let document = &detail.document;
    let read = detail.reading.as_ref().map(|file| &file.reading);
    let view = View {
        id: id.to_string(),
        version: document.version,
        title: document.number.clone().unwrap_or_else(|| document.name.clone()),
        state: document.state.as_str(),
        state_label: words::label(document.state.as_str()),
        company: office.company(document.company),
        problem: problem(document),
        pages: sheets(&detail, &tokens),
        may_work: caller.scope.role().may_work(),
        may_read: document.state.after(Action::Read).is_ok() && document.trashed_at.is_none(),
        was_read: document.reading_version.is_some(),
        reading_now: document.state == DocumentState::Reading,
        editable: document.state.after(Action::Correct).is_ok() && document.trashed_at.is_none(),
        acts: acts(document),
        findings: read.map(findings).unwrap_or_default(),
        groups: read.map(|reading| groups(reading, refused.typed.as_ref())).unwrap_or_default(),
        vat: read.map(vat).unwrap_or_default(),
        lines: read.map(lines).unwrap_or_default(),
        facts: facts(app, caller, &office, &detail).await?,
        frame,
    };
    let status = if refused.status == StatusCode::OK { StatusCode::OK } else { refused.status };
    Ok(html(status, &view))
}

fn problem(document: &Document) -> String {
    match (document.problem.as_deref(), document.trashed_at) {
        (_, Some(_)) => "This document is in the trash.".to_owned(),
        (None, None) => String::new(),
        (Some("encrypted"), None) => "The file needs a password: ask the sender for one without.".to_owned(),
        (Some("note_cancelled"), None) => {
            "The seller cancelled this note at the tax authority; the event came as a paper of its own.".to_owned()
        }
        (Some("note_corrected"), None) => {
            "The seller sent a correction letter (CC-e) for this note; it came as a paper of its own.".to_owned()
        }
        (Some("period_closed"), None) => "The period it belongs to is closed: choose where it goes.".to_owned(),
        (Some(code), None) => format!("{}: type the fields by hand, or ask the sender for a better copy.", words::label(code)),
    }
}

fn acts(document: &Document) -> Vec<Act> {
    if document.trashed_at.is_some() {
        return vec![Act { verb: "restore", label: "Take out of the trash", class: "main" }];
    }
    let possible = [
        (Action::Approve, Act { verb: "approve", label: "Approve", class: "main" }),
        (Action::File, Act { verb: "file", label: "File without booking", class: "" }),
        (Action::Reject, Act { verb: "reject", label: "Reject", class: "" }),
        (Action::Reopen, Act { verb: "reopen", label: "Reopen", class: "" }),
    ];
    let mut acts: Vec<Act> =
        possible.into_iter().filter(|(action, _)| document.state.after(*action).is_ok()).map(|(_, act)| act).collect();
    if document.reading_version.is_none() {
        // Before a reading the main thing to do is to read.
        acts.iter_mut().for_each(|act| act.class = "");
    }
    if !matches!(document.state, DocumentState::Approved | DocumentState::Exported) {
        acts.push(Act { verb: "trash", label: "To the trash", class: "danger" });
    }
    acts
}

/// Pages with the places of the values on them.
fn sheets(detail: &DocumentDetail, tokens: &[TokenPage]) -> Vec<Sheet> {
    let drawable = |kind: &str| kind == "application/pdf" || kind.starts_with("image/");
    let visual: Vec<_> = detail.pieces.iter().filter(|p| p.role == Role::Visual && drawable(&p.part.media_type)).collect();
    let blank = |number| Sheet { number, turn: 0, width: String::new(), height: String::new(), boxes: Vec::new() };
    let Some(first) = visual.first() else {
        // A paper that is data only is shown as the page that the reader makes of it.
        let data = detail.pieces.iter().find(|p| p.role == Role::Structured);
        return data.map(|piece| blank(piece.page_range.map_or(1, |[first, _]| first))).into_iter().collect();
    };
    let read = detail.reading.as_ref().map(|file| &file.reading);
    if !tokens.is_empty() {
        return tokens.iter().map(|page| sheet(page, read)).collect();
    }
    let [from, to] = first.page_range.unwrap_or([1, detail.document.pages.unwrap_or(1).max(1)]);
    let to = if visual.len() > 1 { u32::try_from(visual.len()).unwrap_or(from).max(to) } else { to };
    (from..=to.min(from + 99)).map(blank).collect()
}

fn sheet(page: &TokenPage, read: Option<&Reading>) -> Sheet {
    let fields = read.into_iter().flat_map(|reading| &reading.fields);
    let on_page = fields.filter(|(_, field)| field.page == Some(page.number));
    let mark = |(name, field): (&FieldName, &ocr::reading::Field)| {
        let place = field.bbox?;
        // A little air around the characters, so that the frame does not cut them.
        let (x, y) = (place.left - 2.0, place.top - 1.5);
        Some(Mark {
            field: name.as_str(),
            label: words::label(name.as_str()),
            value: field.value.clone(),
            x: format!("{x:.1}"),
            y: format!("{y:.1}"),
            width: format!("{:.1}", place.width() + 4.0),
            height: format!("{:.1}", place.height() + 3.0),
            check: certainty(Some(field), false).1 == "check",
        })
    };
    Sheet {
        number: page.number,
        turn: page.turned,
        width: format!("{:.0}", page.width),
        height: format!("{:.0}", page.height),
        boxes: on_page.filter_map(mark).collect(),
    }
}

fn findings(reading: &Reading) -> Vec<Finding> {
    let severity = |finding: &ocr::reading::Finding| match finding.severity {
        ocr::reading::Severity::Error => "error",
        ocr::reading::Severity::Warning => "warning",
        ocr::reading::Severity::Info => "info",
    };
    reading.findings.iter().map(|f| Finding { severity: severity(f), message: f.message.clone() }).collect()
}

fn vat(reading: &Reading) -> Vec<VatRow> {
    let text = |value: &Option<String>| value.as_deref().map(words::amount).unwrap_or_default();
    let rate = |row: &ocr::reading::VatRow| match (&row.rate, &row.category) {
        (Some(rate), _) => format!("{rate} %"),
        (None, Some(category)) => category.clone(),
        (None, None) => String::new(),
    };
    let row = |row: &ocr::reading::VatRow| VatRow {
        rate: rate(row),
        net: text(&row.net),
        vat: text(&row.vat),
        gross: text(&row.gross),
    };
    reading.vat_breakdown.iter().map(row).collect()
}

fn lines(reading: &Reading) -> Vec<Line> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let line = |line: &ocr::reading::Line| Line {
        name: text(&line.name),
        quantity: text(&line.quantity),
        unit: text(&line.unit),
        unit_price: line.unit_price.as_deref().map(words::amount).unwrap_or_default(),
        net: line.net.as_deref().map(words::amount).unwrap_or_default(),
    };
    reading.lines.iter().map(line).collect()
}

async fn facts(
    app: &App,
    caller: &Caller,
    office: &Office,
    detail: &DocumentDetail,
) -> Result<Vec<(&'static str, String)>, PageProblem> {
    let document = &detail.document;
    let arrival = submission::get(app.store(), &caller.scope, document.submission).await?;
    let mut facts = vec![
        ("Arrived", words::moment(document.created_at, &office.zone)),
        ("By", words::label(arrival.channel.as_str())),
        ("From", arrival.mail_from.filter(|from| !from.is_empty()).unwrap_or(arrival.reverse_path)),
        ("Subject", document.subject.clone().unwrap_or_default()),
        ("File", format!("{} ({})", document.name, words::size(document.size))),
        ("Type", words::label(serde_json::to_value(document.document_type).unwrap_or_default().as_str().unwrap_or_default())),
        ("Period", document.period.clone().unwrap_or_default()),
    ];
    if let Some(file) = &detail.reading {
        facts.push(("Read by", file.reading.reader_version.clone()));
    }
    facts.retain(|(_, value)| !value.is_empty());
    Ok(facts)
}
