//! One document with its reading.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use ocr::protocol::Role;
use ocr::reading::Reading;
use serde::Serialize;
use store::document::{self, Document, Piece};
use store::review::{self, Review};
use store::{DocumentId, reading};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::export::{self, Since};
use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::Id;
use crate::http::problem::{Answer, ProblemBody};

/// The document and its tokens.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get)).routes(routes!(tokens))
}

/// A document with all that is known of it.
#[derive(Serialize, ToSchema)]
pub struct DocumentDetail {
    /// As in lists.
    #[serde(flatten)]
    pub document: Document,
    /// What it consists of.
    pub pieces: Vec<Piece>,
    /// What holds: the newest reading with a person's values over it; null before the first.
    pub reading: Option<FileReading>,
    /// A person's values alone.
    pub review: Review,
    /// Documents that correct this one.
    pub corrected_by: Vec<DocumentId>,
    /// For the office alone: what is not any more as it was handed over to the accounting program, where it was opened again since.
    pub since_export: Vec<Since>,
    /// For the office alone: the same invoice at other companies.
    pub elsewhere: Vec<DocumentId>,
}

/// A reading with the file it is of, as `postroom read --json` prints it.
#[derive(Serialize, ToSchema)]
pub struct FileReading {
    /// Name of the file.
    pub file: String,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// What it says.
    #[serde(flatten)]
    pub reading: Reading,
}

/// One document with its reading; its version is the ETag.
#[utoipa::path(get, path = "/v1/documents/{document}", tag = "documents", params(("document" = DocumentId, Path)), responses(
    (status = 200, description = "The document", body = DocumentDetail),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn get(State(app): State<App>, caller: Caller, Id(id): Id<DocumentId>) -> Answer<(HeaderMap, Json<DocumentDetail>)> {
    let detail = detail(&app, &caller, id).await?;
    Ok((version_tag(&detail.document), Json(detail)))
}

/// The document with all that is known of it.
pub async fn detail(app: &App, caller: &Caller, id: DocumentId) -> Answer<DocumentDetail> {
    let (store, scope) = (app.store(), &caller.scope);
    let document = document::get(store, scope, id).await?;
    let pieces = document::pieces(store, scope, id).await?;
    let review = review::get(store, scope, id).await?;
    let reading = review::effective_reading(store, scope, id).await?;
    let reading = reading.map(|reading| {
        let paper = pieces.iter().find(|piece| piece.role == Role::Visual).or(pieces.first());
        FileReading {
            file: paper.and_then(|piece| piece.part.name.clone()).unwrap_or_else(|| document.name.clone()),
            sha256: paper.map(|piece| piece.part.sha256.as_str().to_owned()).unwrap_or_default(),
            reading,
        }
    });
    let corrected_by = document::corrections(store, scope, &document).await?;
    let elsewhere = document::elsewhere(store, scope, &document).await?.into_iter().map(|other| other.id).collect();
    let mut since_export = Vec::new();
    if document.is_reopened() && scope.role().is_office() {
        since_export = export::since(store, scope, document.company, &[id]).await?.remove(&id).unwrap_or_default();
    }
    Ok(DocumentDetail { document, pieces, reading, review, corrected_by, since_export, elsewhere })
}

/// The ETag of a document: its version.
pub fn version_tag(document: &Document) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", document.version)) {
        headers.insert(header::ETAG, tag);
    }
    headers
}

/// The tokens of a reading.
#[derive(Serialize, ToSchema)]
struct PageTokens {
    pages: Vec<ocr::page::Page>,
}

/// The words on its pages, with their places, as the newest reading saw them.
#[utoipa::path(get, path = "/v1/documents/{document}/tokens", tag = "documents", params(("document" = DocumentId, Path)), responses(
    (status = 200, description = "Pages with tokens", body = PageTokens),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn tokens(State(app): State<App>, caller: Caller, Id(id): Id<DocumentId>) -> Answer<Json<PageTokens>> {
    caller.allow(|role| role.may_see())?;
    document::get(app.store(), &caller.scope, id).await?;
    match reading::tokens(app.store(), &caller.scope, id).await {
        Ok(pages) => Ok(Json(PageTokens { pages })),
        // It is there and was not read yet.
        Err(store::Error::NotFound) => Ok(Json(PageTokens { pages: vec![] })),
        Err(error) => Err(error.into()),
    }
}
