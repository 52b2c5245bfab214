//! The original: the bytes as they came, never changed.

use std::ops::Range;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ocr::protocol::Role;
use serde::Deserialize;
use store::blob::Sha256;
use store::document::{self, Document, Piece};
use store::{DocumentId, OfficeId};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::disposition::disposition;
use crate::http::extract::{Id, Params};
use crate::http::problem::{Answer, Code, ProblemBody};
use crate::http::range::{Asked, asked};

/// Bytes read from the blob store at once.
const CHUNK: u64 = 1 << 20;

/// `…/original`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(original))
}

/// The piece that a person looks at; of a document that is data alone, the data.
pub fn paper(pieces: Vec<Piece>) -> Answer<Piece> {
    let visual = pieces.iter().position(|piece| piece.role == Role::Visual).unwrap_or(0);
    pieces.into_iter().nth(visual).ok_or_else(|| Code::NotFound.into())
}

/// Which file of a document.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Counted from 1, as the document's `pieces` list them (its page, its data, its signature); else the one that a person looks at.
    piece: Option<usize>,
}

/// The file as it came. Ranges and If-None-Match are understood.
#[utoipa::path(get, path = "/v1/documents/{document}/original", tag = "documents", params(("document" = DocumentId, Path), Query), responses(
    (status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream"),
    (status = 206, description = "The bytes asked for", body = Vec<u8>, content_type = "application/octet-stream"),
    (status = 304, description = "The caller has it already"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn original(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Id(id): Id<DocumentId>,
    Params(query): Params<Query>,
) -> Answer<Response> {
    let document = document::get(app.store(), &caller.scope, id).await?;
    let pieces = document::pieces(app.store(), &caller.scope, id).await?;
    let piece = match query.piece {
        Some(number) => pieces.into_iter().nth(number.wrapping_sub(1)).ok_or(Code::NotFound)?,
        None => paper(pieces)?,
    };
    let tag = format!("\"{}\"", piece.part.sha256.as_str());
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if text(header::IF_NONE_MATCH).is_some_and(|tags| tags == "*" || tags.split(',').any(|one| one.trim() == tag)) {
        return Ok((StatusCode::NOT_MODIFIED, file_headers(&document, &piece, &tag)).into_response());
    }
    // A range of another version of the file would be put together wrongly (RFC 9110 §13.1.5).
    let range = text(header::RANGE).filter(|_| text(header::IF_RANGE).is_none_or(|wanted| wanted == tag));
    let size = piece.part.size;
    let (status, range) = match asked(range, size) {
        Asked::Whole => (StatusCode::OK, 0..size),
        Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Asked::Outside => return Ok(outside(size)),
    };
    let mut answer = file_headers(&document, &piece, &tag);
    answer.insert(header::CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(value) = HeaderValue::from_str(&format!("bytes {}-{}/{size}", range.start, range.end - 1))
    {
        answer.insert(header::CONTENT_RANGE, value);
    }
    Ok((status, answer, stream(app, caller.scope.office(), piece.part.sha256, range)).into_response())
}

fn outside(size: u64) -> Response {
    let mut response = crate::http::Problem::from(Code::BadRange).into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("bytes */{size}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

fn file_headers(document: &Document, piece: &Piece, tag: &str) -> HeaderMap {
    let name = piece.part.name.as_deref().unwrap_or(&document.name);
    let mut headers = download_headers(name, &piece.part.media_type);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers
}

/// A file from outside is handed over, never shown in our own origin: it may be HTML or a PDF with scripts.
pub fn download_headers(name: &str, media_type: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_DISPOSITION, disposition("attachment", name));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let kind = HeaderValue::from_str(media_type);
    headers.insert(header::CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    headers
}

/// The bytes in pieces, so that a large file is never in memory as a whole.
pub fn stream(app: App, office: OfficeId, sha256: Sha256, range: Range<u64>) -> Body {
    let state = (app, sha256, range);
    Body::from_stream(futures::stream::try_unfold(state, move |(app, sha256, range)| async move {
        if range.is_empty() {
            return Ok::<_, store::Error>(None);
        }
        let end = range.end.min(range.start + CHUNK);
        let bytes = store::blob::get_range(app.store(), office, &sha256, range.start..end).await?;
        Ok(Some((bytes, (app, sha256, end..range.end))))
    }))
}
