//! Batches: files for accounting programs, what became of each document in them, and what those programs say back.

use axum::Json;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use store::batch::{self, Batch, BatchState, Entry, NewBatch, Reason, Told};
use store::document::{self, BooksState, Document};
use store::{BatchId, CompanyId, DocumentId, blob};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::document::{until, wait_for};
use crate::export::{self, Asked};
use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::disposition::disposition;
use crate::http::extract::{Body, Id, Params};
use crate::http::paging;
use crate::http::problem::{Answer, Code, Problem, ProblemBody};

/// `/v1/batches` and what belongs to it.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(profiles))
        .routes(routes!(list, create))
        .routes(routes!(preview))
        .routes(routes!(get))
        .routes(routes!(documents))
        .routes(routes!(file))
        .routes(routes!(undo))
        .routes(routes!(books))
        .routes(routes!(books_csv))
}

/// A form of file for a target program.
#[derive(Serialize, ToSchema)]
struct ProfileRow {
    /// Its name in requests.
    name: &'static str,
    /// Programs and formats.
    title: &'static str,
    /// Country of its companies; null: any.
    country: Option<&'static str>,
    /// End of its files' names.
    extension: &'static str,
    /// The documentation it was made from.
    source: &'static str,
    /// Its file is of one month: a batch names its period.
    of_a_month: bool,
    /// What a document must have; the same names are reasons.
    needs: &'static [export::Need],
}

/// Forms of files.
#[derive(Serialize, ToSchema)]
struct ProfileRows {
    profiles: Vec<ProfileRow>,
}

/// Forms of files that can be made.
#[utoipa::path(get, path = "/v1/export-profiles", tag = "batches", responses(
    (status = 200, description = "The profiles", body = ProfileRows),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn profiles(caller: Caller) -> Answer<Json<ProfileRows>> {
    caller.allow(store::Role::is_office)?;
    let row = |profile: &'static export::Profile| ProfileRow {
        name: &profile.name,
        title: &profile.title,
        country: profile.country.as_deref(),
        extension: &profile.extension,
        source: &profile.source,
        of_a_month: profile.of_a_month,
        needs: &profile.needs,
    };
    Ok(Json(ProfileRows { profiles: export::profiles().iter().map(row).collect() }))
}

/// Which batches.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Of one company.
    company: Option<CompanyId>,
    /// Older than this batch.
    before: Option<BatchId>,
    /// Rows of a page, 200 at most.
    limit: Option<u32>,
}

/// Batches, newest first.
#[derive(Serialize, ToSchema)]
struct Batches {
    batches: Vec<Batch>,
}

/// Batches, newest first.
#[utoipa::path(get, path = "/v1/batches", tag = "batches", params(Query), responses(
    (status = 200, description = "A page of batches", body = Batches),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    Params(query): Params<Query>,
) -> Answer<(HeaderMap, Json<Batches>)> {
    let limit = paging::rows(query.limit);
    let batches = batch::list(app.store(), &caller.scope, query.company, query.before, limit).await?;
    Ok((paging::older(&uri, &batches, limit, |batch| batch.id.to_string()), Json(Batches { batches })))
}

/// How to answer.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Patience {
    /// Seconds to wait for the file, 60 at most; else the answer comes at once.
    wait: Option<u64>,
}

/// Make a file of approved documents and hand them over. The documents become exported once the file is kept. 200 if it was made within
/// the time to wait, else 202.
#[utoipa::path(post, path = "/v1/batches", tag = "batches", params(Patience), request_body = NewBatch, responses(
    (status = 200, description = "The batch, made", body = Batch),
    (status = 202, description = "The batch; its file is being made", body = Batch),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Params(patience): Params<Patience>,
    Body(new): Body<NewBatch>,
) -> Answer<(StatusCode, Json<Batch>)> {
    caller.allow(store::Role::may_work)?;
    export::possible(&new.profile, new.period.as_deref())?;
    let (id, job) = batch::create(app.store(), &caller.scope, new).await?;
    wait_for(&app, &caller, job, until(patience.wait)).await?;
    let batch = batch::get(app.store(), &caller.scope, id).await?;
    let made = batch.state != BatchState::Making;
    Ok((if made { StatusCode::OK } else { StatusCode::ACCEPTED }, Json(batch)))
}

/// What would become of documents.
#[derive(Serialize, ToSchema)]
struct Preview {
    /// Those that would be in the file.
    ready: u64,
    /// Of these, those handed over before and changed since.
    corrections: u64,
    /// Handed over before, and the same: not in the file again.
    unchanged: u64,
    /// Left out, with the reasons.
    left_out: Vec<LeftOut>,
    /// Documents of the period that nobody has decided on yet.
    waiting: u64,
}

/// A document that would be left out.
#[derive(Serialize, ToSchema)]
struct LeftOut {
    document: DocumentId,
    /// Its number, or its name.
    name: String,
    reasons: Vec<Reason>,
}

/// Say what would become of the documents, without doing anything.
#[utoipa::path(post, path = "/v1/batches/preview", tag = "batches", request_body = NewBatch, responses(
    (status = 200, description = "What would be in the file, and what not", body = Preview),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn preview(State(app): State<App>, caller: Caller, Body(new): Body<NewBatch>) -> Answer<Json<Preview>> {
    caller.allow(store::Role::is_office)?;
    let wanted = batch::Wanted { company: new.company, period: new.period, documents: new.documents, exported_too: new.copy };
    let asked = Asked { profile: new.profile, wanted, corrections: new.corrections };
    let seen = export::preview(app.store(), &caller.scope, &asked).await?;
    let row = |(document, reasons): (Document, Vec<Reason>)| LeftOut {
        document: document.id,
        name: document.number.unwrap_or(document.name),
        reasons,
    };
    Ok(Json(Preview {
        ready: seen.ready,
        corrections: seen.corrections,
        unchanged: seen.unchanged,
        left_out: seen.left_out.into_iter().map(row).collect(),
        waiting: seen.waiting,
    }))
}

impl From<export::Problem> for Problem {
    fn from(problem: export::Problem) -> Problem {
        match problem {
            export::Problem::Store(error) => error.into(),
            export::Problem::NoProfile => Problem::field(Code::Invalid, "profile", problem.to_string()),
            export::Problem::NoMonth => Problem::field(Code::Invalid, "period", problem.to_string()),
            export::Problem::TooLarge(_) => Problem::with(Code::TooLarge, problem.to_string()),
            export::Problem::Internal(cause) => Problem::internal(cause),
        }
    }
}

/// One batch.
#[utoipa::path(get, path = "/v1/batches/{batch}", tag = "batches", params(("batch" = BatchId, Path)), responses(
    (status = 200, description = "The batch", body = Batch),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn get(State(app): State<App>, caller: Caller, Id(id): Id<BatchId>) -> Answer<Json<Batch>> {
    Ok(Json(batch::get(app.store(), &caller.scope, id).await?))
}

/// Documents of a batch.
#[derive(Serialize, ToSchema)]
struct Entries {
    documents: Vec<EntryRow>,
}

/// A document in a batch, and what happened to it since.
#[derive(Serialize, ToSchema)]
struct EntryRow {
    #[serde(flatten)]
    entry: Entry,
    /// It was changed, or is open for changes, since it was looked at.
    changed: bool,
}

/// What became of each document of a batch, in the order of the file.
#[utoipa::path(get, path = "/v1/batches/{batch}/documents", tag = "batches", params(("batch" = BatchId, Path)), responses(
    (status = 200, description = "The documents", body = Entries),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn documents(State(app): State<App>, caller: Caller, Id(id): Id<BatchId>) -> Answer<Json<Entries>> {
    let rows = export::entries(app.store(), &caller.scope, id).await?;
    let row = |row: export::EntryNow| EntryRow { changed: row.changed, entry: row.entry };
    Ok(Json(Entries { documents: rows.into_iter().map(row).collect() }))
}

/// The file of a batch: the same bytes each time.
#[utoipa::path(get, path = "/v1/batches/{batch}/file", tag = "batches", params(("batch" = BatchId, Path)), responses(
    (status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn file(State(app): State<App>, caller: Caller, Id(id): Id<BatchId>) -> Answer<Response> {
    send_file(&app, &caller, id).await
}

/// The file as an answer.
pub async fn send_file(app: &App, caller: &Caller, id: BatchId) -> Answer<Response> {
    let batch = batch::get(app.store(), &caller.scope, id).await?;
    let (Some(sha256), Some(name)) = (&batch.sha256, &batch.file_name) else {
        return Err(Problem::with(Code::Conflict, "This batch has no file."));
    };
    let bytes = blob::get(app.store(), caller.scope.office(), sha256).await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_DISPOSITION, disposition("attachment", name));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    let kind = HeaderValue::from_str(batch.media_type.as_deref().unwrap_or_default());
    headers.insert(header::CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{sha256}\"")) {
        headers.insert(header::ETAG, tag);
    }
    Ok((headers, bytes).into_response())
}

/// Take a batch back as a whole: its documents are approved again.
#[utoipa::path(post, path = "/v1/batches/{batch}/undo", tag = "batches", params(("batch" = BatchId, Path)), responses(
    (status = 200, description = "The batch as it is now", body = Batch),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn undo(State(app): State<App>, caller: Caller, Id(id): Id<BatchId>) -> Answer<Json<Batch>> {
    caller.allow(store::Role::may_see)?;
    Ok(Json(batch::undo(app.store(), &caller.scope, id).await?))
}

/// What the accounting program says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Books {
    documents: Vec<BooksRow>,
}

/// What it says of one document.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BooksRow {
    document: DocumentId,
    state: BooksState,
    /// Its number in the books.
    #[serde(default)]
    number: Option<String>,
}

/// What became of what was said of many documents.
#[derive(Serialize, ToSchema)]
struct Outcomes {
    documents: Vec<Outcome>,
}

/// What became of one.
#[derive(Serialize, ToSchema)]
struct Outcome {
    /// The document; null where none was found.
    document: Option<DocumentId>,
    /// The row of the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<u64>,
    /// Why it was not done; null where it was.
    message: Option<String>,
}

/// Documents of one request.
const MOST: usize = 10_000;

/// Say what became of documents in the books: buffer, entered, booked with a number. Each document by itself.
#[utoipa::path(post, path = "/v1/documents/books", tag = "batches", request_body = Books, responses(
    (status = 200, description = "What became of each", body = Outcomes),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn books(State(app): State<App>, caller: Caller, Body(books): Body<Books>) -> Answer<Json<Outcomes>> {
    if books.documents.len() > MOST {
        return Err(Problem::field(Code::BadRequest, "documents", format!("At most {MOST} documents at a time.")));
    }
    let told = books.documents.into_iter().map(|row| Told { document: row.document, state: row.state, number: row.number });
    let answers = batch::set_books(app.store(), &caller.scope, told.collect()).await?;
    let outcome = |(id, answer): (DocumentId, store::Result<Document>)| Outcome {
        document: Some(id),
        row: None,
        message: answer.err().map(|error| Problem::from(error).sentence()),
    };
    Ok(Json(Outcomes { documents: answers.into_iter().map(outcome).collect() }))
}

/// The same as CSV with the columns `document` (id) or `invoice_number` and `seller_tax_id`, `state`, `number`; commas or semicolons.
#[utoipa::path(post, path = "/v1/companies/{company}/books", tag = "batches", params(("company" = CompanyId, Path)),
    request_body(content = String, content_type = "text/csv"), responses(
    (status = 200, description = "What became of each row", body = Outcomes),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn books_csv(
    State(app): State<App>,
    caller: Caller,
    Id(company): Id<CompanyId>,
    body: bytes::Bytes,
) -> Answer<Json<Outcomes>> {
    caller.allow(store::Role::may_work)?;
    store::company::get(app.store(), &caller.scope, company).await?;
    let outcomes = from_csv(&app, &caller, company, &body).await?;
    let outcome = |(row, document, message)| Outcome { document, row: Some(row), message };
    Ok(Json(Outcomes { documents: outcomes.into_iter().map(outcome).collect() }))
}

/// A row of a file, its document, and why it could not be done.
pub type RowOutcome = (u64, Option<DocumentId>, Option<String>);

/// Carries out a CSV file of what the books say.
pub async fn from_csv(app: &App, caller: &Caller, company: CompanyId, body: &[u8]) -> Answer<Vec<RowOutcome>> {
    let rows = export::books_rows(body).map_err(|message| Problem::field(Code::Invalid, "file", message))?;
    if rows.len() > MOST {
        return Err(Problem::field(Code::BadRequest, "file", format!("At most {MOST} rows at a time.")));
    }
    let mut outcomes = Vec::with_capacity(rows.len());
    for row in rows {
        let told = match row.wanted {
            Err(message) => Err(message),
            Ok(wanted) => find(app, caller, company, wanted.document, &wanted.invoice_number, &wanted.seller_tax_id)
                .await?
                .map(|document| Told { document, state: wanted.state, number: wanted.number }),
        };
        outcomes.push(match told {
            Err(message) => (row.line, None, Some(message)),
            Ok(told) => {
                let id = told.document;
                let answer = batch::set_books(app.store(), &caller.scope, vec![told]).await?.pop();
                let message = answer.and_then(|(_, answer)| answer.err()).map(|error| Problem::from(error).sentence());
                (row.line, Some(id), message)
            }
        });
    }
    Ok(outcomes)
}

/// The exported document of the company that a row means.
async fn find(
    app: &App,
    caller: &Caller,
    company: CompanyId,
    id: Option<DocumentId>,
    number: &str,
    seller: &str,
) -> Answer<Result<DocumentId, String>> {
    if let Some(id) = id {
        return Ok(match document::get(app.store(), &caller.scope, id).await {
            Ok(document) if document.company == company => Ok(id),
            Ok(_) | Err(store::Error::NotFound) => Err("There is no such document of this company.".to_owned()),
            Err(error) => return Err(error.into()),
        });
    }
    let found = document::exported_as(app.store(), &caller.scope, company, number, seller).await?;
    Ok(match found.as_slice() {
        [one] => Ok(*one),
        [] => Err("No exported document has this number.".to_owned()),
        _ => Err("Several documents have this number: name the seller's tax id, or the document.".to_owned()),
    })
}
