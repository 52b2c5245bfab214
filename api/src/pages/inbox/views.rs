//! Lists under a name.

use axum::extract::{Path, State};
use axum_extra::extract::Form;
use serde::Deserialize;
use store::view;

use crate::http::{App, Code};
use crate::pages::{PageResult, Visitor, see_other};

/// A list to be kept.
#[derive(Deserialize)]
pub struct New {
    name: String,
    query: String,
    #[serde(default)]
    shared: Option<String>,
}

/// Keeps the list as it is.
pub async fn create(State(app): State<App>, Visitor(caller): Visitor, Form(new): Form<New>) -> PageResult {
    view::create(app.store(), &caller.scope, &new.name, &new.query, new.shared.is_some()).await?;
    Ok(see_other(&format!("/?{}", new.query)))
}

/// Forgets it.
pub async fn remove(State(app): State<App>, Visitor(caller): Visitor, Path(id): Path<String>) -> PageResult {
    view::remove(app.store(), &caller.scope, id.parse().map_err(|_| Code::NotFound)?).await?;
    Ok(see_other("/"))
}
