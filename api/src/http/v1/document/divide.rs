//! What is one paper: a document divided by its pages, documents put together.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use store::DocumentId;
use store::document::{self, Document};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::act::version_if_given;
use super::view::version_tag;
use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::{Body, Id};
use crate::http::problem::{Answer, ProblemBody};

/// `…/split`, `…/merge`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(split)).routes(routes!(merge))
}

/// The pages of each paper.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Ranges {
    /// First and last page, from 1, in order; where the document is made of several files, they count files.
    #[schema(value_type = Vec<[u32; 2]>)]
    ranges: Vec<document::Range>,
}

/// What belongs to the document.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Others {
    /// In the order of their pages.
    documents: Vec<DocumentId>,
}

/// What a document was divided into.
#[derive(Serialize, ToSchema)]
struct Divided {
    /// The document itself, then the new ones.
    documents: Vec<DocumentId>,
}

/// Divide a document that holds several papers: the first range of pages stays, each other becomes a document. What was read is read
/// again. Pages in no range, such as blank sheets, are in no document any more; the file itself stays as it came.
#[utoipa::path(post, path = "/v1/documents/{document}/split", tag = "documents", params(("document" = DocumentId, Path)),
    request_body = Ranges, responses(
    (status = 200, description = "All documents it is now", body = Divided),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn split(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Id(id): Id<DocumentId>,
    Body(Ranges { ranges }): Body<Ranges>,
) -> Answer<Json<Divided>> {
    let version = version_if_given(&headers)?;
    let documents = document::divide(app.store(), &caller.scope, id, version, ranges).await?;
    Ok(Json(Divided { documents }))
}

/// Put documents of one company together: the pages of the others follow, the others go to the trash. What was read is read again.
#[utoipa::path(post, path = "/v1/documents/{document}/merge", tag = "documents", params(("document" = DocumentId, Path)),
    request_body = Others, responses(
    (status = 200, description = "The document as it is now", body = Document),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn merge(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Id(id): Id<DocumentId>,
    Body(Others { documents }): Body<Others>,
) -> Answer<(HeaderMap, Json<Document>)> {
    let version = version_if_given(&headers)?;
    let document = document::merge(app.store(), &caller.scope, id, version, documents).await?;
    Ok((version_tag(&document), Json(document)))
}
