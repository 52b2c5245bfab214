//! Is it alive, is it ready.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// `/healthz` and `/readyz`.
pub fn routes() -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(healthz))
}

/// The process runs.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, description = "It runs", body = String)))]
async fn healthz() -> &'static str {
    "ok\n"
}
