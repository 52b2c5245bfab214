//! Having documents read.

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::queue::{self, JobKind, JobState};
use store::{DocumentId, JobId, document};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::{Body, Id, Params};
use crate::http::problem::{Answer, Code, Problem, ProblemBody};

/// Longest time that a request waits.
const LONGEST: Duration = Duration::from_secs(60);
/// Documents of one request.
const MOST: usize = 1_000;

/// `…/read`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_one)).routes(routes!(read_many))
}

/// How to answer.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Seconds to wait for the end, 60 at most; else the answer comes at once.
    wait: Option<u64>,
}

/// Documents to be read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadMany {
    /// Their ids.
    ids: Vec<DocumentId>,
}

/// Jobs that were queued.
#[derive(Serialize, ToSchema)]
struct Queued {
    jobs: Vec<QueuedJob>,
}

/// The job of one document, or why there is none.
#[derive(Serialize, ToSchema)]
struct QueuedJob {
    document: DocumentId,
    /// The job; null where it could not be queued.
    job: Option<JobId>,
    /// Where the job is; null where there is none.
    state: Option<JobState>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// Read a document, or read it again. 200 if it was read within the time to wait, else 202.
#[utoipa::path(post, path = "/v1/documents/{document}/read", tag = "documents", params(("document" = DocumentId, Path), Query),
    responses(
    (status = 200, description = "It was read", body = Queued),
    (status = 202, description = "It will be read", body = Queued),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn read_one(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<DocumentId>,
    Params(query): Params<Query>,
) -> Answer<(StatusCode, Json<Queued>)> {
    let mut answers = document::request_reading(app.store(), &caller.scope, &[id], JobKind::Read).await?;
    let job = answers.pop().ok_or(Code::NotFound)?.1?;
    queued(&app, &caller, vec![(id, Ok(job))], query.wait).await
}

/// Read many documents: each has a job, or a sentence that says why not.
#[utoipa::path(post, path = "/v1/documents/read", tag = "documents", params(Query), request_body = ReadMany, responses(
    (status = 200, description = "All were read", body = Queued),
    (status = 202, description = "They will be read", body = Queued),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn read_many(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<Query>,
    Body(many): Body<ReadMany>,
) -> Answer<(StatusCode, Json<Queued>)> {
    if many.ids.len() > MOST {
        return Err(Problem::field(Code::BadRequest, "ids", format!("At most {MOST} documents at a time.")));
    }
    let answers = document::request_reading(app.store(), &caller.scope, &many.ids, JobKind::Read).await?;
    queued(&app, &caller, answers, query.wait).await
}

async fn queued(
    app: &App,
    caller: &Caller,
    answers: Vec<(DocumentId, store::Result<JobId>)>,
    wait: Option<u64>,
) -> Answer<(StatusCode, Json<Queued>)> {
    let end = until(wait);
    let mut jobs = Vec::with_capacity(answers.len());
    for (document, answer) in answers {
        jobs.push(match answer {
            Ok(job) => {
                let state = wait_for(app, caller, job, end).await?;
                QueuedJob { document, job: Some(job), state: Some(state), message: None }
            }
            Err(error) => QueuedJob { document, job: None, state: None, message: Some(Problem::from(error).sentence()) },
        });
    }
    let finished = jobs.iter().all(|job| !matches!(job.state, Some(JobState::Ready | JobState::Running)));
    let status = if finished && wait.is_some() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(Queued { jobs })))
}

/// The end of waiting for who has this many seconds; now, where nothing was said.
pub fn until(wait: Option<u64>) -> Instant {
    Instant::now() + wait.map_or(Duration::ZERO, Duration::from_secs).min(LONGEST)
}

/// Waits until a job is over, or until `end`.
pub async fn wait_for(app: &App, caller: &Caller, job: JobId, end: Instant) -> Answer<JobState> {
    loop {
        let state = queue::get(app.store(), &caller.scope, job).await?.state;
        let left = end.saturating_duration_since(Instant::now());
        if !matches!(state, JobState::Ready | JobState::Running) || left.is_zero() {
            return Ok(state);
        }
        // Woken when a job ends in this process; those of other processes are seen by asking now and then.
        queue::wait(app.store(), left.min(Duration::from_millis(250))).await;
    }
}
