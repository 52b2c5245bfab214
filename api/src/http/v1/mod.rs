//! One file a resource.

mod company;
mod device;
pub mod document;
mod event;
mod health;
mod held;
mod job;
pub mod login;
mod search;
mod submission;
mod token;

use utoipa_axum::router::OpenApiRouter;

use super::app::App;

/// All routes of the API.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(login::routes())
        .merge(token::routes())
        .merge(device::routes())
        .merge(company::routes())
        .merge(document::routes())
        .merge(submission::routes())
        .merge(search::routes())
        .merge(held::routes())
        .merge(job::routes())
        .merge(event::routes())
        .merge(health::routes())
}
