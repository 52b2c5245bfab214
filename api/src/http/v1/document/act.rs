//! What a person does with a document. Each needs the version that they saw where it could overwrite another's work.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use store::DocumentId;
use store::alarm::Alarm;
use store::document::{self, Action, Change, Document};
use store::review::{self, Review};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{DocumentDetail, detail, version_tag};
use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::{Body, Id, if_match};
use crate::http::problem::{Answer, Code, Problem, ProblemBody};

/// Corrections and decisions.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(change))
        .routes(routes!(correct))
        .routes(routes!(approve))
        .routes(routes!(approve_many))
        .routes(routes!(reopen))
        .routes(routes!(reject))
        .routes(routes!(file))
        .routes(routes!(apart))
        .routes(routes!(trash))
        .routes(routes!(restore))
}

/// If-Match where it is given: decisions may go without, changes may not.
pub(super) fn version_if_given(headers: &HeaderMap) -> Answer<Option<u64>> {
    match if_match(headers) {
        Ok(version) => Ok(version),
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
    let document = document::change(app.store(), &caller.scope, id, version, change).await?;
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
    let document = review::correct(app.store(), &caller.scope, id, version, values).await?;
    let detail = detail(&app, &caller, id).await?;
    // The version is that of this very change: somebody else's that came since must not be taken for one that was seen.
    Ok((version_tag(&document), Json(DocumentDetail { document, ..detail })))
}

/// Why a document is right, whatever speaks against it.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Approval {
    /// The reason, 500 characters at most. Needed where there are alarms; kept beside them and audited.
    reason: Option<String>,
}

/// Confirm it. What has open alarms is refused with them (422, `alarmed`) unless a reason is given.
#[utoipa::path(post, path = "/v1/documents/{document}/approve", tag = "documents", params(("document" = DocumentId, Path)),
    request_body = Option<Approval>, responses(
    (status = 200, description = "The document as it is now", body = Document),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn approve(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Id(id): Id<DocumentId>,
    body: Option<Body<Option<Approval>>>,
) -> Answer<(HeaderMap, Json<Document>)> {
    caller.allow(|role| role.may_work())?;
    let reason = body.and_then(|Body(body)| body).and_then(|body| body.reason);
    let version = version_if_given(&headers)?;
    let document = document::approve(app.store(), &caller.scope, id, version, reason.as_deref()).await?;
    Ok((version_tag(&document), Json(document)))
}

/// Documents to approve.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApproveMany {
    /// Which, 200 at most.
    ids: Vec<DocumentId>,
}

/// What became of each.
#[derive(Serialize, ToSchema)]
struct Approvals {
    /// In the order asked for.
    documents: Vec<Approved>,
}

/// What became of one.
#[derive(Serialize, ToSchema)]
struct Approved {
    /// Which.
    document: DocumentId,
    /// It is approved.
    approved: bool,
    /// What speaks against it: approve it by itself, with a reason.
    alarms: Vec<Alarm>,
    /// Why else it was left.
    message: Option<String>,
}

/// Documents of one request at most.
const MOST: usize = 200;

/// Confirm many. One with open alarms, or that cannot be approved now, is left as it is, and the answer says why.
#[utoipa::path(post, path = "/v1/documents/approve", tag = "documents", request_body = ApproveMany, responses(
    (status = 200, description = "What became of each", body = Approvals),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn approve_many(State(app): State<App>, caller: Caller, Body(many): Body<ApproveMany>) -> Answer<Json<Approvals>> {
    caller.allow(|role| role.may_work())?;
    if many.ids.len() > MOST {
        return Err(Problem::field(Code::BadRequest, "ids", format!("At most {MOST} documents at a time.")));
    }
    let mut documents = Vec::with_capacity(many.ids.len());
    for document in many.ids {
        let refused = document::approve(app.store(), &caller.scope, document, None, None).await.err().map(Problem::from);
        if let Some(problem) = refused.as_ref().filter(|problem| problem.code().status().is_server_error()) {
            return Err(problem.clone());
        }
        let alarms = refused.as_ref().map(|problem| problem.alarms().to_vec()).unwrap_or_default();
        let message = refused.as_ref().filter(|_| alarms.is_empty()).map(Problem::sentence);
        documents.push(Approved { document, approved: refused.is_none(), alarms, message });
    }
    Ok(Json(Approvals { documents }))
}

/// Handlers that do one thing with one document, in the version that is given, and answer it as it is then.
macro_rules! decisions {
    (($store:ident, $scope:ident, $id:ident, $version:ident) $($(#[$doc:meta])* $name:ident $path:literal $done:expr;)+) => {$(
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "documents", params(("document" = DocumentId, Path)), responses(
            (status = 200, description = "The document as it is now", body = Document),
            (status = "4XX", description = "Why not", body = ProblemBody)))]
        async fn $name(
            State(app): State<App>,
            caller: Caller,
            headers: HeaderMap,
            Id($id): Id<DocumentId>,
        ) -> Answer<(HeaderMap, Json<Document>)> {
            let ($store, $scope, $version) = (app.store(), &caller.scope, version_if_given(&headers)?);
            let document = $done.await?;
            Ok((version_tag(&document), Json(document)))
        }
    )+};
}

decisions! {
    (store, scope, id, version)
    /// Take a decision back.
    reopen "/v1/documents/{document}/reopen" document::decide(store, scope, id, version, Action::Reopen);
    /// Decide that it is not to be booked.
    reject "/v1/documents/{document}/reject" document::decide(store, scope, id, version, Action::Reject);
    /// File it without booking: letters, contracts.
    file "/v1/documents/{document}/file" document::decide(store, scope, id, version, Action::File);
    /// Say that it is not the document it was taken for (`duplicate_of`). It is never taken for that one again.
    apart "/v1/documents/{document}/apart" document::keep_apart(store, scope, id, version);
    /// Move it to the trash. What was approved or exported stays out of it.
    trash "/v1/documents/{document}/trash" document::trash(store, scope, id, version, true);
    /// Take it out of the trash.
    restore "/v1/documents/{document}/restore" document::trash(store, scope, id, version, false);
}
