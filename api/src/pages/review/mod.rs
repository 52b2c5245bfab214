//! The review: the paper and its fields side by side, checks, alarms, the mail, the talk, what was changed.

mod act;
mod booking;
mod checks;
mod correct;
mod divide;
mod fields;
mod sheets;
mod show;
mod twin;

use axum::Router;
use axum::routing::{get, post};

use crate::http::App;

pub use checks::alarm_words;
pub use sheets::{Sheet, sheets};
pub use show::{PartRow, SaidRow, part_row, talk};

/// One document.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/documents/{id}", get(show::show))
        .route("/documents/{id}/save", post(correct::save))
        .route("/documents/{id}/facts", post(correct::facts))
        .route("/documents/{id}/comment", post(act::comment))
        .route("/documents/{id}/desk", post(act::desk))
        .route("/documents/{id}/twin", get(twin::show))
        .route("/documents/{id}/divide", get(divide::show).post(divide::divide))
        .route("/documents/{id}/{verb}", post(act::act))
}
