//! Lists of documents.

use axum::Json;
use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use ocr::reading::{Direction, DocumentType};
use serde::{Deserialize, Serialize};
use store::accept::Channel;
use store::document::{self, Count, Cursor, Document, DocumentState, Filter, Sort, SortKey};
use store::{CompanyId, DocumentId, SubmissionId, UserId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::Params;
use crate::http::paging;
use crate::http::problem::{Answer, Code, Problem, ProblemBody};

/// The list and the counts.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(counts))
}

/// Which documents, in which order. Everything left out is no condition; the trash is shown only if asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// Of one company.
    company: Option<CompanyId>,
    /// Of one arrival.
    submission: Option<SubmissionId>,
    /// In one of these states; may be repeated.
    state: Vec<DocumentState>,
    /// Of this type.
    document_type: Option<DocumentType>,
    /// Bought or sold.
    direction: Option<Direction>,
    /// `YYYY-MM`.
    period: Option<String>,
    /// The invoice number from its beginning or from any of its groups of letters or digits on, however it is punctuated.
    number: Option<String>,
    /// Part of the seller's name, or the beginning of its tax id.
    seller: Option<String>,
    /// Arrived on or after this day (of the office) or instant.
    created_from: Option<String>,
    /// Arrived on or before this day, or before this instant.
    created_to: Option<String>,
    /// First issue date.
    #[param(value_type = Option<String>, format = Date)]
    issued_from: Option<Date>,
    /// Last issue date.
    #[param(value_type = Option<String>, format = Date)]
    issued_to: Option<Date>,
    /// First due date.
    #[param(value_type = Option<String>, format = Date)]
    due_from: Option<Date>,
    /// Last due date.
    #[param(value_type = Option<String>, format = Date)]
    due_to: Option<Date>,
    /// Least amount.
    amount_from: Option<String>,
    /// Greatest amount.
    amount_to: Option<String>,
    /// Words of the mail's subject.
    subject: Option<String>,
    /// Beginnings of words anywhere.
    text: Option<String>,
    /// What is in the trash.
    trashed: bool,
    /// Has a problem or findings, or has none.
    problem: Option<bool>,
    /// Is a duplicate of another, or is none.
    duplicate: Option<bool>,
    /// By the way it came.
    channel: Option<Channel>,
    /// Looked after by this person of the office, by itself or with its company.
    assignee: Option<UserId>,
    /// Was handed over to the accounting program and opened again since, or was not.
    reopened: Option<bool>,
    /// Polish invoices: `none` (no KSeF number yet), `offline` (issued offline), `number`.
    #[param(inline)]
    ksef: Option<Ksef>,
    /// Sorted by.
    #[param(inline)]
    sort: Option<SortKey>,
    /// `asc` or `desc`; the newest or greatest first if left out.
    #[param(inline)]
    order: Option<Order>,
    /// The cursor of the page before.
    after: Option<String>,
    /// Rows of a page, 200 at most; 50 if left out.
    limit: Option<u32>,
}

/// Whether a Polish invoice has a KSeF number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Ksef {
    /// It has.
    Number,
    /// It was issued offline and has none yet.
    Offline,
    /// It has none.
    None,
}

impl Ksef {
    fn as_str(self) -> &'static str {
        match self {
            Ksef::Number => "number",
            Ksef::Offline => "offline",
            Ksef::None => "none",
        }
    }
}

/// Direction of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Order {
    /// Least first.
    Asc,
    /// Greatest first.
    Desc,
}

/// A page of documents.
#[derive(Serialize, ToSchema)]
pub struct Documents {
    /// The rows.
    pub documents: Vec<Document>,
    /// The cursor of the next page, to be given as `after`; null after the last.
    pub next: Option<String>,
}

/// Documents that fit.
#[utoipa::path(get, path = "/v1/documents", tag = "documents", params(Query), responses(
    (status = 200, description = "A page; its Link header leads to the next", body = Documents),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    Params(query): Params<Query>,
) -> Answer<(HeaderMap, Json<Documents>)> {
    let page = find(&app, &caller, query).await?;
    Ok((paging::next_link(&uri, "after", page.next.as_deref()), Json(page)))
}

/// A page of documents.
pub async fn find(app: &App, caller: &Caller, query: Query) -> Answer<Documents> {
    let sort = Sort { key: query.sort.unwrap_or(SortKey::Created), descending: query.order != Some(Order::Asc) };
    let after: Option<Cursor> = query.after.as_deref().map(str::parse).transpose()?;
    let limit = paging::rows(query.limit);
    let filter = query.filter(app, caller).await?;
    let page = document::list(app.store(), &caller.scope, &filter, sort, after.as_ref(), limit).await?;
    Ok(Documents { documents: page.documents, next: page.next.map(|cursor| cursor.to_string()) })
}

/// The documents before and after one in a list, whether it is still in that list or not.
pub async fn neighbours(
    app: &App,
    caller: &Caller,
    query: Query,
    document: &Document,
) -> Answer<(Option<DocumentId>, Option<DocumentId>)> {
    let sort = Sort { key: query.sort.unwrap_or(SortKey::Created), descending: query.order != Some(Order::Asc) };
    let filter = query.filter(app, caller).await?;
    let mut found = [None, None];
    for (index, sort) in [Sort { descending: !sort.descending, ..sort }, sort].into_iter().enumerate() {
        let here = Cursor::of(sort, document);
        let page = document::list(app.store(), &caller.scope, &filter, sort, Some(&here), 1).await?;
        found[index] = page.documents.first().map(|document| document.id);
    }
    Ok((found[0], found[1]))
}

impl Query {
    async fn filter(self, app: &App, caller: &Caller) -> Answer<Filter> {
        let zone = match self.created_from.is_some() || self.created_to.is_some() {
            true => {
                let office = store::office::get(app.store(), &caller.scope).await?;
                TimeZone::get(&office.facts.time_zone).unwrap_or(TimeZone::UTC)
            }
            false => TimeZone::UTC,
        };
        Ok(Filter {
            company: self.company,
            submission: self.submission,
            state: self.state,
            document_type: self.document_type,
            direction: self.direction,
            period: self.period,
            number: self.number,
            seller: self.seller,
            created_from: instant("created_from", self.created_from, &zone, 0)?,
            created_to: instant("created_to", self.created_to, &zone, 1)?,
            issued_from: self.issued_from,
            issued_to: self.issued_to,
            due_from: self.due_from,
            due_to: self.due_to,
            amount_from: self.amount_from,
            amount_to: self.amount_to,
            subject: self.subject,
            text: self.text,
            trashed: self.trashed,
            problem: self.problem,
            duplicate: self.duplicate,
            channel: self.channel,
            assignee: self.assignee,
            reopened: self.reopened,
            ksef: self.ksef.map(|ksef| ksef.as_str().to_owned()),
        })
    }
}

/// An instant as given, or the beginning of a day in the office's zone, `later` days on.
fn instant(field: &str, text: Option<String>, zone: &TimeZone, later: i64) -> Answer<Option<Timestamp>> {
    let Some(text) = text else { return Ok(None) };
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(Some(instant));
    }
    let day = text.parse::<Date>().ok().and_then(|day| day.checked_add(jiff::Span::new().days(later)).ok());
    let start = day.and_then(|day| day.to_zoned(zone.clone()).ok());
    let wrong = || Problem::field(Code::BadRequest, field, "It must be a day (2026-11-22) or an instant (2026-11-22T10:00:00Z).");
    start.map(|zoned| Some(zoned.timestamp())).ok_or_else(wrong)
}

/// Which counts.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CountQuery {
    /// Of one company.
    company: Option<CompanyId>,
}

/// Documents by state.
#[utoipa::path(get, path = "/v1/counts", tag = "documents", params(CountQuery), responses(
    (status = 200, description = "Numbers by state, in the trash, and of held mails", body = Count),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn counts(State(app): State<App>, caller: Caller, Params(query): Params<CountQuery>) -> Answer<Json<Count>> {
    Ok(Json(document::counts(app.store(), &caller.scope, query.company).await?))
}
