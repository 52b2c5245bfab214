//! "Where is my invoice?"

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use store::CompanyId;
use store::search::{self, Found};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::Params;
use crate::http::problem::{Answer, ProblemBody};

/// `/v1/search`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find))
}

/// What is looked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Words, numbers, amounts, days, as they come to mind: each must be there, the beginning of a word is enough, and a word that is
    /// not there stands for those like it.
    text: String,
    /// Of one company.
    company: Option<CompanyId>,
    /// Hits, 50 at most; 20 if left out.
    limit: Option<u32>,
}

/// Everything that was read, and every subject, sender, file name and note: documents, and mails whose parts became none.
#[utoipa::path(get, path = "/v1/search", tag = "documents", params(Query), responses(
    (status = 200, description = "What was found, the newest first", body = Found),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn find(State(app): State<App>, caller: Caller, Params(query): Params<Query>) -> Answer<Json<Found>> {
    let limit = query.limit.unwrap_or(20) as usize;
    Ok(Json(search::find(app.store(), &caller.scope, &query.text, query.company, limit).await?))
}
