//! Is it alive, is it ready.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::problem::{Answer, Code, ProblemBody};

/// `/healthz` and `/readyz`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz))
}

/// The process runs.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, description = "It runs", body = String)))]
async fn healthz() -> &'static str {
    "ok\n"
}

/// Database and blob store answer.
#[utoipa::path(get, path = "/readyz", tag = "health", responses(
    (status = 200, description = "It takes requests and mail", body = String),
    (status = 503, description = "It does not, at the moment", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn readyz(State(app): State<App>) -> Answer<&'static str> {
    match app.store().ping().await {
        Ok(()) => Ok("ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            Err(Code::Unavailable.into())
        }
    }
}
