//! The client's pages: home, papers, one paper, questions. Plain words, made for a phone.

mod home;
mod papers;
mod questions;

use axum::Router;
use axum::routing::{get, post};

use crate::http::App;

pub use home::home;
pub use papers::{paper, paper_state};

/// The client's own addresses; home, upload and account share theirs with the office.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/papers", get(papers::show))
        .route("/papers/{id}/withdraw", post(papers::withdraw))
        .route("/questions", get(questions::show))
        .route("/complete/{company}/{period}", post(home::complete))
}
