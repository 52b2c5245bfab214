//! One file a resource.

mod health;

use utoipa_axum::router::OpenApiRouter;

/// All routes of the API.
pub fn routes() -> OpenApiRouter {
    OpenApiRouter::new().merge(health::routes())
}
