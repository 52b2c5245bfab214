//! Held mails, and what someone decides about them.

use axum::Json;
use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use jiff::Timestamp;
use serde::Deserialize;
use store::submission::{self, Decision, LogFilter, Submission, SubmissionState};
use store::{CompanyId, SubmissionId};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::submission::{Log, page};
use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::{Id, Params};
use crate::http::problem::{Answer, ProblemBody};

/// `/v1/held`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(once)).routes(routes!(always)).routes(routes!(discard))
}

/// Which held mails.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Of one company.
    company: Option<CompanyId>,
    /// Older than this one.
    before: Option<SubmissionId>,
    /// Rows of a page, 200 at most.
    limit: Option<u32>,
}

/// Mails that wait for a decision, newest first.
#[utoipa::path(get, path = "/v1/held", tag = "held mails", params(Query), responses(
    (status = 200, description = "A page of held mails", body = Log),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    Params(query): Params<Query>,
) -> Answer<(HeaderMap, Json<Log>)> {
    let filter =
        LogFilter { company: query.company, state: Some(SubmissionState::Held), before: query.before, ..LogFilter::default() };
    page(&app, &caller, &uri, &filter, query.limit).await
}

async fn decide(app: &App, caller: &Caller, id: SubmissionId, decision: Decision) -> Answer<Json<Submission>> {
    Ok(Json(submission::decide(app.store(), &caller.scope, id, decision, Timestamp::now()).await?))
}

/// Take this mail in.
#[utoipa::path(post, path = "/v1/held/{submission}/once", tag = "held mails", params(("submission" = SubmissionId, Path)), responses(
    (status = 200, description = "The arrival as it is now", body = Submission),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn once(State(app): State<App>, caller: Caller, Id(id): Id<SubmissionId>) -> Answer<Json<Submission>> {
    decide(&app, &caller, id, Decision::Once).await
}

/// Take this mail in, and all that its sender sends from now on.
#[utoipa::path(post, path = "/v1/held/{submission}/always", tag = "held mails", params(("submission" = SubmissionId, Path)), responses(
    (status = 200, description = "The arrival as it is now", body = Submission),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn always(State(app): State<App>, caller: Caller, Id(id): Id<SubmissionId>) -> Answer<Json<Submission>> {
    decide(&app, &caller, id, Decision::Always).await
}

/// Discard this mail; sent again, it is a new one.
#[utoipa::path(post, path = "/v1/held/{submission}/discard", tag = "held mails", params(("submission" = SubmissionId, Path)), responses(
    (status = 200, description = "The arrival as it is now", body = Submission),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn discard(State(app): State<App>, caller: Caller, Id(id): Id<SubmissionId>) -> Answer<Json<Submission>> {
    decide(&app, &caller, id, Decision::Discard).await
}
