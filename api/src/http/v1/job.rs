//! Jobs: what is being done, and what could not be.

use axum::Json;
use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use store::JobId;
use store::queue::{self, Job, JobState};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::{Id, Params};
use crate::http::paging;
use crate::http::problem::{Answer, ProblemBody};

/// `/v1/jobs`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get))
}

/// Which jobs.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// In this state.
    state: Option<JobState>,
    /// Older than this job.
    before: Option<JobId>,
    /// Rows of a page, 200 at most.
    limit: Option<u32>,
}

/// Jobs, newest first.
#[derive(Serialize, ToSchema)]
struct Jobs {
    jobs: Vec<Job>,
}

/// Jobs, newest first.
#[utoipa::path(get, path = "/v1/jobs", tag = "jobs", params(Query), responses(
    (status = 200, description = "A page of jobs", body = Jobs),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    Params(query): Params<Query>,
) -> Answer<(HeaderMap, Json<Jobs>)> {
    let limit = paging::rows(query.limit);
    let jobs = queue::list(app.store(), &caller.scope, query.state, query.before, limit).await?;
    Ok((paging::older(&uri, &jobs, limit, |job| job.id.to_string()), Json(Jobs { jobs })))
}

/// One job.
#[utoipa::path(get, path = "/v1/jobs/{job}", tag = "jobs", params(("job" = JobId, Path)), responses(
    (status = 200, description = "The job", body = Job),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn get(State(app): State<App>, caller: Caller, Id(id): Id<JobId>) -> Answer<Json<Job>> {
    caller.allow(|role| role.may_see())?;
    Ok(Json(queue::get(app.store(), &caller.scope, id).await?))
}
