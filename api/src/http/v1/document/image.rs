//! Pictures of pages, drawn by a light reader and kept in memory for a while.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use ocr::page::Box as Area;
use ocr::protocol::{ErrorCode, Role, Verb};
use serde::Deserialize;
use store::DocumentId;
use store::document::{self, Document, Piece};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::Params;
use crate::http::problem::{Answer, Code, Problem, ProblemBody};
use crate::pool::Job;

/// `…/pages/{page}/image`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(image))
}

/// How to draw.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Dots per inch, 40 to 200; 110 if left out.
    dpi: Option<u32>,
    /// Degrees clockwise to turn it, 0, 90, 180 or 270; as it was turned to be read, if left out.
    turn: Option<u16>,
    /// For the office: all of the page, also where the document shows an area of it.
    whole: Option<bool>,
}

/// A drawn page.
#[derive(Clone)]
pub struct Drawn {
    media_type: String,
    page_size: [f32; 2],
    pages: u32,
    bytes: Bytes,
}

/// One page of a document as a picture; of a page that shows several papers, the area that is this one. Page-Size says its size in
/// points, Page-Count the pages of the file.
#[utoipa::path(get, path = "/v1/documents/{document}/pages/{page}/image", tag = "documents",
    params(("document" = DocumentId, Path), ("page" = u32, Path, description = "From 1"), Query), responses(
    (status = 200, description = "The picture", body = Vec<u8>, content_type = "image/png"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn image(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Path((id, page)): Path<(String, String)>,
    Params(query): Params<Query>,
) -> Answer<Response> {
    let id: DocumentId = id.parse().map_err(|_| Code::NotFound)?;
    let page: u32 = page.parse().ok().filter(|page| *page > 0).ok_or(Code::NotFound)?;
    let document = document::get(app.store(), &caller.scope, id).await?;
    let turn = match query.turn {
        Some(turn) if turn % 90 == 0 && turn < 360 => turn,
        Some(_) => return Err(Problem::field(Code::BadRequest, "turn", "It is one of 0, 90, 180, 270.")),
        None => turned(&app, &caller, &document, page).await,
    };
    let whole = query.whole == Some(true);
    if whole {
        caller.allow(|role| role.is_office())?;
    }
    let (piece, page) = place(document::pieces(app.store(), &caller.scope, id).await?, page)?;
    let region = piece.region.filter(|_| !whole);
    let view = View { page, dpi: query.dpi.unwrap_or(DPI).clamp(40, 200), turn, region };
    let tag = format!("\"{}\"", view.key(&piece));
    if headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes()) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let drawn = drawn(&app, &caller, &piece, view).await?;
    Ok((picture_headers(&drawn, &tag), Body::from(drawn.bytes)).into_response())
}

/// How large a whole page of a document is, in points without a turn; and how many pages its file has.
pub async fn page_size(app: &App, caller: &Caller, id: DocumentId, page: u32) -> Answer<([f32; 2], u32)> {
    let (piece, page) = place(document::pieces(app.store(), &caller.scope, id).await?, page)?;
    let drawn = drawn(app, caller, &piece, View { page, dpi: DPI, turn: 0, region: None }).await?;
    Ok((drawn.page_size, drawn.pages))
}

/// Dots per inch, unless it is asked for otherwise.
const DPI: u32 = 110;

/// What of a piece is drawn, and how.
#[derive(Clone, Copy)]
struct View {
    page: u32,
    dpi: u32,
    turn: u16,
    region: Option<Area>,
}

impl View {
    fn key(self, piece: &Piece) -> String {
        let View { page, dpi, turn, region } = self;
        let area = region.map_or_else(String::new, |area| format!("-{:?}", <[f32; 4]>::from(area)).replace([' ', ','], "_"));
        format!("{}-{page}-{dpi}-{turn}{area}", piece.part.sha256.as_str())
    }
}

async fn drawn(app: &App, caller: &Caller, piece: &Piece, view: View) -> Answer<Drawn> {
    let key = view.key(piece);
    if let Some(drawn) = app.images().get(&key) {
        return Ok(drawn);
    }
    let View { page, dpi, turn, region } = view;
    let drawn = draw(app, caller, piece, Verb::Render { page, dpi, turn, region }).await?;
    app.images().put(key, drawn.clone());
    Ok(drawn)
}

/// By how much the reader turned this page: boxes are places on the turned one.
async fn turned(app: &App, caller: &Caller, document: &Document, page: u32) -> u16 {
    if document.reading_version.is_none() {
        return 0;
    }
    let pages = store::reading::tokens(app.store(), &caller.scope, document.id).await.unwrap_or_default();
    pages.iter().find(|one| one.number == page).map_or(0, |page| page.turned)
}

/// The piece that the page is on, and its number there. Pages of a single file keep the file's own numbers, as evidence names
/// them; where a paper is several files (photos), their first pages are counted. A paper that is data only has the page that the
/// reader makes of it.
fn place(pieces: Vec<Piece>, page: u32) -> Answer<(Piece, u32)> {
    let shown = if pieces.iter().any(|piece| piece.role == Role::Visual) { Role::Visual } else { Role::Structured };
    let mut visual: Vec<Piece> = pieces.into_iter().filter(|piece| piece.role == shown).collect();
    if visual.len() == 1
        && let Some(piece) = visual.pop()
    {
        let within = piece.page_range.is_none_or(|[first, last]| (first..=last).contains(&page));
        return if within { Ok((piece, page)) } else { Err(Code::NotFound.into()) };
    }
    let mut left = page;
    for piece in visual {
        let [first, last] = piece.page_range.unwrap_or([1, 1]);
        let count = last.saturating_sub(first) + 1;
        if left <= count {
            return Ok((piece, first + left - 1));
        }
        left -= count;
    }
    Err(Code::NotFound.into())
}

async fn draw(app: &App, caller: &Caller, piece: &Piece, verb: Verb) -> Answer<Drawn> {
    let bytes = store::blob::get(app.store(), caller.scope.office(), &piece.part.sha256).await?;
    let pool = app.pool().ok_or(Code::Unavailable)?;
    let mut job = Job::new(format!("render {}", piece.part.id), verb, bytes);
    job.pieces[0].declared.clone_from(&piece.part.declared_type);
    let outcome = pool.run(job).await.map_err(|failure| match failure.code {
        ErrorCode::Internal => Problem::internal(failure),
        _ => Problem::with(Code::Unreadable, failure.message),
    })?;
    let image = outcome.image.ok_or_else(|| Problem::internal("the reader sent no picture"))?;
    Ok(Drawn { media_type: image.media_type, page_size: image.page_size, pages: image.pages, bytes: image.bytes })
}

fn picture_headers(drawn: &Drawn, tag: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let [width, height] = drawn.page_size;
    for (name, value) in [
        (header::CONTENT_TYPE, drawn.media_type.clone()),
        (header::ETAG, tag.to_owned()),
        (header::CACHE_CONTROL, "private, max-age=3600".to_owned()),
        (header::HeaderName::from_static("page-size"), format!("{width:.2} {height:.2}")),
        (header::HeaderName::from_static("page-count"), drawn.pages.to_string()),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    headers
}

/// Pictures drawn of late, up to a number of bytes; the oldest go first.
pub struct Cache {
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    bytes: usize,
    clock: u64,
    pictures: HashMap<String, (u64, Drawn)>,
}

impl Cache {
    /// A cache of so many bytes.
    pub fn new(most: usize) -> Cache {
        Cache { most, kept: Mutex::default() }
    }

    fn get(&self, key: &str) -> Option<Drawn> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let now = kept.clock;
        let (used, drawn) = kept.pictures.get_mut(key)?;
        *used = now;
        Some(drawn.clone())
    }

    fn put(&self, key: String, drawn: Drawn) {
        if drawn.bytes.len() > self.most / 2 {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        kept.bytes += drawn.bytes.len();
        let now = kept.clock;
        if let Some((_, old)) = kept.pictures.insert(key, (now, drawn)) {
            kept.bytes -= old.bytes.len();
        }
        while kept.bytes > self.most {
            let Some(oldest) = kept.pictures.iter().min_by_key(|(_, (used, _))| *used).map(|(key, _)| key.clone()) else { break };
            if let Some((_, gone)) = kept.pictures.remove(&oldest) {
                kept.bytes -= gone.bytes.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_unused_for_longest_goes_first() {
        let drawn = |len| Drawn { media_type: String::new(), page_size: [0.0; 2], pages: 1, bytes: Bytes::from(vec![0; len]) };
        let cache = Cache::new(100);
        cache.put("a".to_owned(), drawn(40));
        cache.put("b".to_owned(), drawn(40));
        assert!(cache.get("a").is_some());
        cache.put("c".to_owned(), drawn(40));
        assert!(cache.get("b").is_none() && cache.get("a").is_some() && cache.get("c").is_some());
        cache.put("too large".to_owned(), drawn(60));
        assert!(cache.get("too large").is_none() && cache.get("a").is_some());
    }
}
