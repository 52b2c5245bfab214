//! One file a resource.

mod health;

use utoipa_axum::router::OpenApiRouter;

use super::app::App;

/// All routes of the API.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(health::routes())
}
