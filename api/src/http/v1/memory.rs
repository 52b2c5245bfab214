//! What the office remembers of sellers' papers.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::MemoryId;
use store::memory::{self, Memory};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::{Id, Params};
use crate::http::problem::{Answer, ProblemBody};

/// `/v1/memories`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(revoke)).routes(routes!(revert))
}

/// Which of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// A part of the seller's name, or of its tax id or IBAN
    seller: Option<String>,
}

/// One a layout of a seller.
#[derive(Serialize, ToSchema)]
struct Memories {
    memories: Vec<Memory>,
}

/// What approvals taught about sellers' papers, last changed first, 500 at most.
#[utoipa::path(get, path = "/v1/memories", tag = "memories", params(Wanted), responses(
    (status = 200, description = "Layouts with what is known of their fields", body = Memories),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn list(State(app): State<App>, caller: Caller, Params(wanted): Params<Wanted>) -> Answer<Json<Memories>> {
    Ok(Json(Memories { memories: memory::list(app.store(), &caller.scope, wanted.seller.as_deref()).await? }))
}

/// Forget a layout: no reading uses it any more.
#[utoipa::path(delete, path = "/v1/memories/{memory}", tag = "memories", params(("memory" = MemoryId, Path)), responses(
    (status = 204, description = "It is forgotten"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn revoke(State(app): State<App>, caller: Caller, Id(id): Id<MemoryId>) -> Answer<StatusCode> {
    memory::revoke(app.store(), &caller.scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take back what the last approval taught: the version before holds again.
#[utoipa::path(post, path = "/v1/memories/{memory}/revert", tag = "memories", params(("memory" = MemoryId, Path)), responses(
    (status = 204, description = "The version before holds again"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn revert(State(app): State<App>, caller: Caller, Id(id): Id<MemoryId>) -> Answer<StatusCode> {
    memory::revert(app.store(), &caller.scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
