//! What office and client say to each other about a document.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::comment::{self, Comment};
use store::{CommentId, DocumentId, document, session};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::{Body, Id};
use crate::http::problem::{Answer, ProblemBody};

/// `/v1/documents/{document}/comments`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add))
}

/// A talk.
#[derive(Serialize, ToSchema)]
struct Talk {
    /// Oldest first.
    comments: Vec<Comment>,
}

/// Something to be said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewComment {
    /// The words, 4000 characters at most.
    content: String,
    /// The office waits for an answer of the company.
    #[serde(default)]
    question: bool,
}

/// Something that was said.
#[derive(Serialize, ToSchema)]
struct CommentMade {
    id: CommentId,
}

/// What was said about a document.
#[utoipa::path(get, path = "/v1/documents/{document}/comments", tag = "documents", params(("document" = DocumentId, Path)), responses(
    (status = 200, description = "The talk", body = Talk),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn list(State(app): State<App>, caller: Caller, Id(id): Id<DocumentId>) -> Answer<Json<Talk>> {
    document::get(app.store(), &caller.scope, id).await?;
    Ok(Json(Talk { comments: comment::list(app.store(), &caller.scope, id).await? }))
}

/// Say something about a document. The other side hears of it by mail and may answer by mail.
#[utoipa::path(post, path = "/v1/documents/{document}/comments", tag = "documents", params(("document" = DocumentId, Path)),
    request_body = NewComment, responses(
    (status = 201, description = "It was said", body = CommentMade),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn add(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<DocumentId>,
    Body(new): Body<NewComment>,
) -> Answer<(StatusCode, Json<CommentMade>)> {
    caller.allow(|role| role.may_see() && role.may_send())?;
    let person = match caller.user() {
        Some(_) => session::verify(app.store(), &caller.secret, Timestamp::now()).await?,
        None => None,
    };
    let named = |one: store::user::Identity| if one.name.is_empty() { one.email } else { one.name };
    let author = person.map_or_else(|| "API".to_owned(), named);
    let id = comment::add(app.store(), &caller.scope, id, &author, &new.content, new.question).await?;
    Ok((StatusCode::CREATED, Json(CommentMade { id })))
}
