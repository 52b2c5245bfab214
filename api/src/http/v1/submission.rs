//! The mail log: every arrival and what became of it.

use axum::Json;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use store::part::{self, Part};
use store::submission::{self, LogFilter, Submission, SubmissionState};
use store::{CompanyId, DocumentId, PartId, SubmissionId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::document::{download_headers, stream};
use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::{Id, Params};
use crate::http::paging;
use crate::http::problem::{Answer, ProblemBody};

/// `/v1/submissions`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(raw)).routes(routes!(take))
}

/// Which arrivals.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Of one company.
    company: Option<CompanyId>,
    /// In one state.
    state: Option<SubmissionState>,
    /// Older than this one.
    before: Option<SubmissionId>,
    /// Rows of a page, 200 at most.
    limit: Option<u32>,
}

/// A page of the mail log.
#[derive(Serialize, ToSchema)]
pub struct Log {
    submissions: Vec<Submission>,
}

/// An arrival with its parts.
#[derive(Serialize, ToSchema)]
pub struct SubmissionDetail {
    #[serde(flatten)]
    submission: Submission,
    /// What was found in it, each with its fate.
    parts: Vec<Part>,
}

/// The mail log, newest first.
#[utoipa::path(get, path = "/v1/submissions", tag = "mail log", params(Query), responses(
    (status = 200, description = "A page of the log", body = Log),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    Params(query): Params<Query>,
) -> Answer<(HeaderMap, Json<Log>)> {
    let filter = LogFilter { company: query.company, state: query.state, before: query.before, ..LogFilter::default() };
    page(&app, &caller, &uri, &filter, query.limit).await
}

/// A page of the log with the link to the next one.
pub async fn page(
    app: &App,
    caller: &Caller,
    uri: &Uri,
    filter: &LogFilter,
    limit: Option<u32>,
) -> Answer<(HeaderMap, Json<Log>)> {
    let limit = paging::rows(limit);
    let submissions = submission::list(app.store(), &caller.scope, filter, limit).await?;
    Ok((paging::older(uri, &submissions, limit, |last| last.id.to_string()), Json(Log { submissions })))
}

/// One arrival with its parts.
#[utoipa::path(get, path = "/v1/submissions/{submission}", tag = "mail log", params(("submission" = SubmissionId, Path)), responses(
    (status = 200, description = "The arrival", body = SubmissionDetail),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn get(State(app): State<App>, caller: Caller, Id(id): Id<SubmissionId>) -> Answer<Json<SubmissionDetail>> {
    caller.allow(|role| role.may_see())?;
    let submission = submission::get(app.store(), &caller.scope, id).await?;
    let parts = part::list(app.store(), &caller.scope, id).await?;
    Ok(Json(SubmissionDetail { submission, parts }))
}

/// The mail as it came, or the file. It is noted in the audit: a PIN may stand in it.
#[utoipa::path(get, path = "/v1/submissions/{submission}/raw", tag = "mail log", params(("submission" = SubmissionId, Path)), responses(
    (status = 200, description = "The bytes", body = Vec<u8>, content_type = "message/rfc822"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn raw(State(app): State<App>, caller: Caller, Id(id): Id<SubmissionId>) -> Answer<Response> {
    let (mail, sha256) = submission::taken_out(app.store(), &caller.scope, id).await?;
    let mut headers = match mail.channel.is_mail() {
        true => {
            let subject = mail.subject.as_deref().filter(|subject| !subject.trim().is_empty()).unwrap_or("mail");
            let name: String = subject.chars().take(NAME).collect();
            download_headers(&format!("{name}.eml"), "message/rfc822")
        }
        false => download_headers(mail.file_name.as_deref().unwrap_or("file"), "application/octet-stream"),
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(mail.size));
    Ok((headers, stream(app, caller.scope.office(), sha256, 0..mail.size)).into_response())
}

/// Characters of a subject that name a file.
const NAME: usize = 80;

/// What a part became.
#[derive(Serialize, ToSchema)]
struct Taken {
    document: DocumentId,
}

/// Take a part after all that was set aside (a logo that is a receipt, a text that is an invoice): it becomes a document.
#[utoipa::path(post, path = "/v1/parts/{part}/take", tag = "mail log", params(("part" = PartId, Path)), responses(
    (status = 201, description = "Its document", body = Taken),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn take(State(app): State<App>, caller: Caller, Id(id): Id<PartId>) -> Answer<(StatusCode, Json<Taken>)> {
    let document = part::take(app.store(), &caller.scope, id).await?;
    Ok((StatusCode::CREATED, Json(Taken { document })))
}
