//! The inbox: the list of documents with its filters, what is done to many at once, lists under a name.

mod bulk;
mod columns;
mod filters;
mod list;
mod views;

use axum::Router;
use axum::extract::OriginalUri;
use axum::routing::post;

use super::{PageResult, Visit, client};
use crate::http::App;

pub use filters::cleaned;
pub use list::people;

/// The list's forms; the list itself is at `/`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/documents/bulk", post(bulk::carry_out))
        .route("/columns", post(columns::choose))
        .route("/views", post(views::create))
        .route("/views/{id}/remove", post(views::remove))
}

/// Where someone begins: the office at its inbox, a client at home.
pub async fn home(visit: Visit, OriginalUri(uri): OriginalUri) -> PageResult {
    if visit.is_client() { client::home(visit).await } else { list::show(visit, uri).await }
}
