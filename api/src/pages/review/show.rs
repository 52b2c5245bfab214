//! The page of a document.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{OriginalUri, Path};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use jiff::Timestamp;
use ocr::reading::{FieldName, Reading};
use store::accept::Channel;
use store::document::{self, Action, Document, DocumentState};
use store::pin::{self, PinOwner};
use store::submission::{self, Submission};
use store::{DocumentId, blob, comment, history, part, reading, trash};

use super::checks::{Alarm, Check, Verdict, judge, written};
use super::fields::{Group, groups};
use super::sheets::drawable;
use super::{Sheet, sheets};
use crate::export::Since;
use crate::http::paging::with;
use crate::http::{Code, DocumentDetail, DocumentQuery, document_detail, neighbours};
use crate::pages::frame::{Choice, Frame, choices, direction_choices, type_choices};
use crate::pages::inbox::{cleaned, people};
use crate::pages::lang::Lang;
use crate::pages::problem::PageProblem;
use crate::pages::{PageResult, Visit, amount_of, client, escaped, html, name_of};

#[derive(Template)]
#[template(path = "review.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    id: String,
    version: u64,
    list: String,
    back: String,
    before: String,
    next: String,
    title: String,
    state: &'static str,
    state_label: String,
    company: String,
    problem: String,
    trashed: bool,
    /// When it goes for good.
    trash_note: String,
    twin: bool,
    reopened: bool,
    since: Vec<SinceRow>,
    batch: String,
    sheets: Vec<Sheet>,
    /// Where its papers are drawn by hand; empty: they cannot be.
    divide: String,
    may_work: bool,
    may_read: bool,
    may_approve: bool,
    may_file: bool,
    may_reject: bool,
    may_reopen: bool,
    may_trash: bool,
    was_read: bool,
    reading_now: bool,
    editable: bool,
    reason: String,
    alarms: Vec<Alarm>,
    checks: Vec<Check>,
    passed: u64,
    groups: Vec<Group>,
    vat: Vec<[String; 4]>,
    lines: Vec<[String; 4]>,
    mail: Vec<(&'static str, String)>,
    words: String,
    parts: Vec<PartRow>,
    kin: Vec<KinRow>,
    changes: Vec<ChangeRow>,
    talk: Vec<SaidRow>,
    open_question: bool,
    types: Vec<Choice>,
    directions: Vec<Choice>,
    payments: Vec<Choice>,
    people: Vec<Choice>,
    period: String,
    booking: Vec<super::booking::Part>,
    suggested: Vec<String>,
    lists: Vec<(&'static str, Vec<(String, String)>)>,
    postponed: String,
}

/// A part of the same mail.
pub struct PartRow {
    pub name: String,
    pub fate: String,
    /// Where it is taken after all; empty where it cannot be.
    pub take: String,
}

struct KinRow {
    href: String,
    number: String,
    issued: String,
    amount: String,
}

/// A value that is not any more as it was handed over.
struct SinceRow {
    name: String,
    before: String,
    after: String,
}

struct ChangeRow {
    at: String,
    who: String,
    field: String,
    before: String,
    after: String,
}

/// What somebody said.
pub struct SaidRow {
    pub mine: bool,
    pub by: String,
    pub at: String,
    pub content: String,
    pub question: bool,
    pub open: bool,
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
    /// The reason that was typed.
    pub reason: String,
}

/// Shows it: to the office for review, to a client in plain words.
pub async fn show(visit: Visit, Path(id): Path<String>, OriginalUri(uri): OriginalUri) -> PageResult {
    let id = id.parse().map_err(|_| Code::NotFound)?;
    if visit.is_client() {
        return client::paper(visit, id, StatusCode::OK, String::new()).await;
    }
    document::opened(visit.app.store(), &visit.caller.scope, id).await?;
    let list = list_of(uri.query().unwrap_or_default());
    render(visit, id, &list, Refused::default()).await
}

/// The query of the list that someone came from: `list=` of this query, unescaped.
fn list_of(query: &str) -> String {
    #[derive(serde::Deserialize)]
    struct From {
        #[serde(default)]
        list: String,
    }
    let uri: Option<Uri> = format!("/?{query}").parse().ok();
    let from = uri.and_then(|uri| axum_extra::extract::Query::<From>::try_from_uri(&uri).ok());
    from.map(|from| from.0.list).unwrap_or_default()
}

/// The documents before and after this one in the list, and the address of the list.
pub async fn around(visit: &Visit, document: &Document, list: &str) -> Result<(String, String, String), PageProblem> {
    let wanted = if list.is_empty() { "state=to_review&state=new" } else { list };
    let uri: Uri = format!("/?{wanted}").parse().unwrap_or_else(|_| Uri::from_static("/"));
    let uri: Uri = with(&cleaned(&uri), "after", "").parse().unwrap_or_else(|_| Uri::from_static("/"));
    let query = axum_extra::extract::Query::<DocumentQuery>::try_from_uri(&uri).map(|query| query.0).unwrap_or_default();
    let (before, next) = neighbours(&visit.app, &visit.caller, query, document).await?;
    let suffix = if list.is_empty() { String::new() } else { format!("?list={}", escaped(list)) };
    let address = |id: Option<DocumentId>| id.map(|id| format!("/documents/{id}{suffix}")).unwrap_or_default();
    let back = if list.is_empty() { "/".to_owned() } else { format!("/?{list}") };
    Ok((back, address(before), address(next)))
}

/// The page, perhaps with what was typed and why it was refused.
pub async fn render(visit: Visit, id: DocumentId, list: &str, refused: Refused) -> Result<Response, PageProblem> {
    let l = visit.l;
    let detail = document_detail(&visit.app, &visit.caller, id).await?;
    let document = &detail.document;
    let tokens = match detail.reading {
        Some(_) => reading::tokens(visit.app.store(), &visit.caller.scope, id).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let verdict = judge(&visit, &detail).await?;
    let (back, before, next) = around(&visit, document, list).await?;
    let mut frame = Frame::of(&visit, "/");
    frame.error = refused.error;
    let read = detail.reading.as_ref().map(|file| &file.reading);
    let here = document.trashed_at.is_none();
    let can = |action: Action| here && document.state.after(action).is_ok();
    let talk = talk(&visit, id).await?;
    // Where another paper of its mail is hidden from this person, the mail is.
    let arrival = match submission::get(visit.app.store(), &visit.caller.scope, document.submission).await {
        Err(store::Error::NotFound) => None,
        arrival => Some(arrival?),
    };
    let Verdict { findings, checks, alarms, kin } = verdict;
    let page = Page {
        id: id.to_string(),
        version: document.version,
        list: list.to_owned(),
        back,
        before,
        next,
        title: document.number.clone().unwrap_or_else(|| document.name.clone()),
        state: document.state.as_str(),
        state_label: l.word("state", document.state.as_str()),
        company: visit.company(document.company),
        problem: document.problem.as_deref().map(|code| l.word("problem", code)).unwrap_or_default(),
        trashed: !here,
        trash_note: match trash_days(&visit, document).await? {
            Some(days) => l.n("review.trashed", days),
            None => l.t("review.trashed_stays").to_owned(),
        },
        twin: document.duplicate_of.is_some(),
        reopened: document.is_reopened(),
        since: detail.since_export.iter().map(|one| since_row(l, one)).collect(),
        batch: document.batch.filter(|_| document.is_reopened()).map(|id| format!("/export/{id}")).unwrap_or_default(),
        sheets: sheets(&detail, &tokens),
        divide: match can(Action::Read) && visit.may_work() && detail.pieces.iter().any(|one| drawable(&one.part.media_type)) {
            true => format!(
                "/documents/{id}/divide{}",
                if list.is_empty() { String::new() } else { format!("?list={}", escaped(list)) }
            ),
            false => String::new(),
        },
        may_work: visit.may_work(),
        may_read: can(Action::Read),
        may_approve: can(Action::Approve),
        may_file: can(Action::File),
        may_reject: can(Action::Reject),
        may_reopen: can(Action::Reopen),
        may_trash: here && !matches!(document.state, DocumentState::Approved | DocumentState::Exported),
        was_read: document.reading_version.is_some(),
        reading_now: document.state == DocumentState::Reading,
        editable: can(Action::Correct) && visit.may_work(),
        reason: refused.reason,
        passed: checks.iter().filter(|check| check.outcome == "pass").count() as u64,
        alarms,
        checks,
        groups: read.map(|reading| groups(l, reading, &findings, refused.typed.as_ref())).unwrap_or_default(),
        vat: read.map(|reading| vat(l, reading)).unwrap_or_default(),
        lines: read.map(|reading| lines(l, reading)).unwrap_or_default(),
        mail: arrival.as_ref().map(|arrival| mail(&visit, &detail, arrival)).unwrap_or_default(),
        words: match &arrival {
            Some(arrival) => own_words(&visit, arrival).await,
            None => String::new(),
        },
        parts: parts(&visit, document).await?,
        kin: kin.iter().map(|document| kin_row(&visit, document)).collect(),
        changes: changes(&visit, id).await?,
        open_question: talk.iter().any(|said| said.open),
        talk,
        types: type_choices(l, &name_of(&document.document_type)),
        directions: direction_choices(l, &name_of(&document.direction)),
        payments: choices(l, "payment", &["unknown", "unpaid", "partly", "paid"], document.payment_state.as_str()),
        people: people(&visit, &document.assignee.map(|id| id.to_string()).unwrap_or_default()).await?,
        period: document.period.clone().unwrap_or_default(),
        booking: super::booking::parts(l, &document.booking),
        suggested: super::booking::suggested(&visit, document).await?,
        lists: super::booking::lists(&visit, document).await?,
        postponed: document.postponed_until.map(|day| day.to_string()).unwrap_or_default(),
        l,
        frame,
    };
    Ok(html(refused.status, &page))
}

async fn trash_days(visit: &Visit, document: &Document) -> Result<Option<u64>, PageProblem> {
    let (store, scope, one) = (visit.app.store(), &visit.caller.scope, std::slice::from_ref(document));
    Ok(trash::of_documents(store, scope, one, Timestamp::now()).await?.remove(&document.id))
}

fn vat(l: &Lang, reading: &Reading) -> Vec<[String; 4]> {
    let text = |value: &Option<String>| value.as_deref().map(|value| l.money(value)).unwrap_or_default();
    let rate = |row: &ocr::reading::VatRow| match (&row.rate, &row.category) {
        (Some(rate), _) => format!("{} %", l.money(rate)),
        (None, Some(category)) => category.clone(),
        (None, None) => String::new(),
    };
    reading.vat_breakdown.iter().map(|row| [rate(row), text(&row.net), text(&row.vat), text(&row.gross)]).collect()
}

fn lines(l: &Lang, reading: &Reading) -> Vec<[String; 4]> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let money = |value: &Option<String>| value.as_deref().map(|value| l.money(value)).unwrap_or_default();
    let line = |line: &ocr::reading::Line| {
        [text(&line.name), format!("{} {}", money(&line.quantity), text(&line.unit)), money(&line.unit_price), money(&line.net)]
    };
    reading.lines.iter().map(line).collect()
}

fn mail(visit: &Visit, detail: &DocumentDetail, arrival: &Submission) -> Vec<(&'static str, String)> {
    let (l, document) = (visit.l, &detail.document);
    let from = arrival.mail_from.clone().filter(|from| !from.is_empty());
    let mut facts = vec![
        (l.t("mail.arrived"), visit.moment(document.created_at)),
        (l.t("mail.by"), l.word("channel", arrival.channel.as_str())),
        (l.t("mail.from"), from.unwrap_or_else(|| arrival.reverse_path.clone())),
        (l.t("mail.to"), arrival.forward_path.clone()),
        (l.t("mail.subject"), document.subject.clone().unwrap_or_default()),
        (l.t("mail.file"), format!("{} ({})", document.name, l.size(document.size))),
    ];
    if let Some(original) = &arrival.original {
        let who = [original.name.as_deref(), original.mailbox.as_deref(), original.date.as_deref()];
        facts.push((l.t("mail.original"), who.into_iter().flatten().collect::<Vec<_>>().join(", ")));
    }
    facts.extend(arrival.links.iter().map(|link| (l.t("mail.link"), link.clone())));
    if let Some(file) = &detail.reading {
        facts.push((l.t("mail.read_by"), file.reading.reader_version.clone()));
    }
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

/// Bytes of a mail that are looked at for the sender's own words: they come first.
const WORDS_WITHIN: u64 = 256 << 10;

/// What the sender wrote above anything forwarded, PINs masked. Shown only to those who may see PINs anyway.
async fn own_words(visit: &Visit, arrival: &Submission) -> String {
    let (store, scope) = (visit.app.store(), &visit.caller.scope);
    let (Some(raw), false) = (&arrival.raw, matches!(arrival.channel, Channel::Upload | Channel::Import)) else {
        return String::new();
    };
    let Ok(pins) = pin::list(store, scope, PinOwner::Company(arrival.company)).await else { return String::new() };
    let Ok(bytes) = blob::get_range(store, scope.office(), raw, 0..arrival.size.min(WORDS_WITHIN)).await else {
        return String::new();
    };
    let words = ingest::gate::Head::parse(&bytes).own_lines.join("\n");
    pins.iter().fold(words, |words, pin| {
        words.replace(&pin.value, ingest::gate::MASK).replace(&pin.value.to_lowercase(), ingest::gate::MASK)
    })
}

async fn parts(visit: &Visit, document: &Document) -> Result<Vec<PartRow>, PageProblem> {
    let parts = part::list(visit.app.store(), &visit.caller.scope, document.submission).await?;
    if parts.len() < 2 {
        return Ok(Vec::new());
    }
    Ok(parts.iter().map(|part| part_row(visit.l, part)).collect())
}

/// Whether a person may want it as a paper: not the text that everybody writes, nor what has no content.
fn is_takeable(part: &part::Part) -> bool {
    let plain = ["text_body", "html_body", "mail_signature", "outside_parts", "link", "empty", "system_file", "resource_fork"];
    part.state == part::PartState::SetAside
        && part.size > 0
        && part.reason.as_deref().is_none_or(|reason| !plain.contains(&reason))
}

/// A part and what became of it. What people wrote needs no name of a file that never was one.
pub fn part_row(l: &Lang, part: &part::Part) -> PartRow {
    let fate = l.word("part", part.state.as_str());
    let written = matches!(part.reason.as_deref(), Some("text_body" | "html_body"))
        || (part.size == 0 && part.declared_type.as_deref().is_some_and(|declared| declared.starts_with("text/")));
    let reason = part.reason.as_deref().filter(|reason| !reason.ends_with("_body")).map(|reason| l.word("reason", reason));
    PartRow {
        name: match written {
            true => l.word("reason", "text_body"),
            false => part.name.clone().unwrap_or_else(|| part.media_type.clone()),
        },
        fate: reason.map_or(fate.clone(), |reason| format!("{fate}: {reason}")),
        take: if is_takeable(part) { format!("/parts/{}/take", part.id) } else { String::new() },
    }
}

fn since_row(l: &Lang, since: &Since) -> SinceRow {
    let name = match since.kind {
        "field" => l.word("field", &since.name),
        "booking" => l.word("part_of", &since.name),
        _ => l.word("since", &since.name),
    };
    let value = |value: &Option<String>| match (value, since.name.as_str()) {
        (None, _) => "–".to_owned(),
        (Some(word), "document_type") => l.word("type", word),
        (Some(word), "direction") => l.word("direction", word),
        (Some(text), _) => text.clone(),
    };
    SinceRow { name, before: value(&since.before), after: value(&since.after) }
}

fn kin_row(visit: &Visit, document: &Document) -> KinRow {
    let l = visit.l;
    KinRow {
        href: format!("/documents/{}", document.id),
        number: document.number.clone().unwrap_or_else(|| document.name.clone()),
        issued: document.issue_date.map(|day| l.day(day)).unwrap_or_default(),
        amount: amount_of(l, document),
    }
}

async fn changes(visit: &Visit, id: DocumentId) -> Result<Vec<ChangeRow>, PageProblem> {
    let l = visit.l;
    let changes = history::list(visit.app.store(), &visit.caller.scope, id).await?;
    let names = if changes.is_empty() { BTreeMap::new() } else { visit.names().await? };
    let row = |change: history::Change| {
        let reason = change.field == "reason";
        let field = change.field.parse::<FieldName>().ok();
        let value = |text: Option<String>| match (field, text.unwrap_or_default()) {
            (Some(name), text) => written(l, name, &text),
            (None, text) => text,
        };
        ChangeRow {
            at: visit.moment(change.at),
            who: visit.actor(&change.actor, &names),
            field: match (reason, field) {
                (true, _) => l.t("review.reason").to_owned(),
                (false, Some(_)) => l.word("field", &change.field),
                (false, None) => l.word("part_of", &change.field),
            },
            before: if reason { String::new() } else { value(change.before) },
            after: value(change.after),
        }
    };
    Ok(changes.into_iter().map(row).collect())
}

/// What was said about a document.
pub async fn talk(visit: &Visit, id: DocumentId) -> Result<Vec<SaidRow>, PageProblem> {
    let talk = comment::list(visit.app.store(), &visit.caller.scope, id).await?;
    let row = |said: comment::Comment| SaidRow {
        mine: (said.side == comment::Side::Company) == visit.is_client(),
        at: visit.moment(said.created_at),
        open: said.question && said.answered_at.is_none(),
        question: said.question,
        by: visit.author(said.author),
        content: said.content,
    };
    Ok(talk.into_iter().map(row).collect())
}
