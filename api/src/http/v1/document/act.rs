//! What a person does with a document. Each needs the version that they saw where it could overwrite another's work.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use store::DocumentId;
use store::document::{self, Action, Change, Document};
use store::review::{self, Review};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{DocumentDetail, detail, version_tag};
use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::{Body, Id, if_match};
use crate::http::problem::{Answer, Code, ProblemBody};

/// Corrections and decisions.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(change))
        .routes(routes!(correct))
        .routes(routes!(approve))
        .routes(routes!(reopen))
        .routes(routes!(reject))
        .routes(routes!(file))
        .routes(routes!(trash))
        .routes(routes!(restore))
}

/// If-Match where it is given: decisions may go without, changes may not.
pub(super) fn version_if_given(headers: &HeaderMap) -> Answer<Option<u64>> {
    match if_match(headers) {
        Ok(version) => Ok(Some(version)),
        Err(problem) if problem.code() == Code::VersionNeeded => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// Set what stands beside the values of the paper: type, direction, period, booking, payment. Needs If-Match.
#[utoipa::path(patch, path = "/v1/documents/{document}", tag = "documents",
    params(("document" = DocumentId, Path), ("if-match" = String, Header, description = "The version that was changed")),
    request_body = Change, responses(
    (status = 200, description = "The document as it is now", body = Document),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Id(id): Id<DocumentId>,
    Body(change): Body<Change>,
) -> Answer<(HeaderMap, Json<Document>)> {
    caller.allow(|role| role.may_see())?;
    document::get(app.store(), &caller.scope, id).await?;
    let version = if_match(&headers)?;
    let document = document::change(app.store(), &caller.scope, id, Some(version), change).await?;
    Ok((version_tag(&document), Json(document)))
}

/// Correct values of the paper. Needs If-Match. A value of null says that the paper has none.
#[utoipa::path(patch, path = "/v1/documents/{document}/fields", tag = "documents",
    params(("document" = DocumentId, Path), ("if-match" = String, Header, description = "The version that was changed")),
    request_body = Review, responses(
    (status = 200, description = "The document as it is now", body = DocumentDetail),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn correct(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Id(id): Id<DocumentId>,
    Body(values): Body<Review>,
) -> Answer<(HeaderMap, Json<DocumentDetail>)> {
    caller.allow(|role| role.may_see())?;
    document::get(app.store(), &caller.scope, id).await?;
    let version = if_match(&headers)?;
    review::correct(app.store(), &caller.scope, id, Some(version), values).await?;
    let detail = detail(&app, &caller, id).await?;
    Ok((version_tag(&detail.document), Json(detail)))
}

async fn decide(
    app: App,
    caller: Caller,
    headers: HeaderMap,
    id: DocumentId,
    action: Action,
) -> Answer<(HeaderMap, Json<Document>)> {
    let version = version_if_given(&headers)?;
    let document = document::decide(app.store(), &caller.scope, id, version, action).await?;
    Ok((version_tag(&document), Json(document)))
}

macro_rules! decisions {
    ($($(#[$doc:meta])* $name:ident $path:literal $action:ident;)+) => {$(
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "documents", params(("document" = DocumentId, Path)), responses(
            (status = 200, description = "The document as it is now", body = Document),
            (status = "4XX", description = "Why not", body = ProblemBody)))]
        async fn $name(
            State(app): State<App>,
            caller: Caller,
            headers: HeaderMap,
            Id(id): Id<DocumentId>,
        ) -> Answer<(HeaderMap, Json<Document>)> {
            decide(app, caller, headers, id, Action::$action).await
        }
    )+};
}

decisions! {
    /// Confirm it.
    approve "/v1/documents/{document}/approve" Approve;
    /// Take a decision back.
    reopen "/v1/documents/{document}/reopen" Reopen;
    /// Decide that it is not to be booked.
    reject "/v1/documents/{document}/reject" Reject;
    /// File it without booking: letters, contracts.
    file "/v1/documents/{document}/file" File;
}

/// Move it to the trash. What was approved or exported stays out of it.
#[utoipa::path(post, path = "/v1/documents/{document}/trash", tag = "documents", params(("document" = DocumentId, Path)), responses(
    (status = 200, description = "The document as it is now", body = Document),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn trash(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Id(id): Id<DocumentId>,
) -> Answer<(HeaderMap, Json<Document>)> {
    let document = document::trash(app.store(), &caller.scope, id, version_if_given(&headers)?, true).await?;
    Ok((version_tag(&document), Json(document)))
}

/// Take it out of the trash.
#[utoipa::path(post, path = "/v1/documents/{document}/restore", tag = "documents", params(("document" = DocumentId, Path)), responses(
    (status = 200, description = "The document as it is now", body = Document),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn restore(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Id(id): Id<DocumentId>,
) -> Answer<(HeaderMap, Json<Document>)> {
    let document = document::trash(app.store(), &caller.scope, id, version_if_given(&headers)?, false).await?;
    Ok((version_tag(&document), Json(document)))
}
