//! What is one paper, and whose: a document divided by its pages, documents put together, one given to another company.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use ocr::page::Box;
use serde::{Deserialize, Serialize};
use store::document::{self, Cut, Document};
use store::{CompanyId, DocumentId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::act::version_if_given;
use super::view::version_tag;
use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::{Body, Id};
use crate::http::problem::{Answer, Code, Problem, ProblemBody};

/// `…/split`, `…/merge`, `…/move`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(split)).routes(routes!(merge)).routes(routes!(move_to))
}

/// What each paper is: pages, or areas of pages.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Papers {
    /// First and last page, from 1, in order; where the document is made of several files, they count files.
    #[serde(default)]
    #[schema(value_type = Vec<[u32; 2]>)]
    ranges: Vec<document::Range>,
    /// In place of ranges, areas of pages, in the order of the pages: several receipts on one photo.
    #[serde(default)]
    regions: Vec<Region>,
}

/// An area of a page.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Region {
    /// From 1; where the document is made of several files, it counts files.
    page: u32,
    /// Left, top, right and bottom in points of the page's picture without a turn (`turn=0`; Page-Size says its size).
    #[serde(rename = "box")]
    #[schema(value_type = [f32; 4])]
    area: Box,
}

impl Papers {
    fn cuts(self) -> Answer<Vec<Cut>> {
        if !self.ranges.is_empty() && !self.regions.is_empty() {
            return Err(Problem::field(Code::BadRequest, "regions", "Say either ranges of pages or regions."));
        }
        let regions = self.regions.into_iter().map(|Region { page, area }| Cut { pages: [page, page], region: Some(area) });
        Ok(self.ranges.into_iter().map(Cut::from).chain(regions).collect())
    }
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

/// Divide a document that holds several papers: the first range of pages (or region of a page) stays, each other becomes a document. What
/// was read is read again. What is in none, such as blank sheets, is in no document any more; the file itself stays as it came.
#[utoipa::path(post, path = "/v1/documents/{document}/split", tag = "documents", params(("document" = DocumentId, Path)),
    request_body = Papers, responses(
    (status = 200, description = "All documents it is now", body = Divided),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn split(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Id(id): Id<DocumentId>,
    Body(papers): Body<Papers>,
) -> Answer<Json<Divided>> {
    let version = version_if_given(&headers)?;
    let documents = document::divide(app.store(), &caller.scope, id, version, papers.cuts()?).await?;
    Ok(Json(Divided { documents }))
}

/// Put documents of one company together: the pages of the others follow, the others go to the trash. Areas of one page become one, and all
/// of the page where no other document has one of it. What was read is read again.
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

/// Where a document belongs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Destination {
    /// The company.
    company: CompanyId,
}

/// Give a document to another company: it gets a document of its own of the same bytes, this one goes to the trash. What was read is
/// read again. Of the mail that it came with, the other company sees nothing.
#[utoipa::path(post, path = "/v1/documents/{document}/move", tag = "documents", params(("document" = DocumentId, Path)),
    request_body = Destination, responses(
    (status = 200, description = "The document that the other company has now", body = Document),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn move_to(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Id(id): Id<DocumentId>,
    Body(Destination { company }): Body<Destination>,
) -> Answer<(HeaderMap, Json<Document>)> {
    let version = version_if_given(&headers)?;
    let document = document::move_to(app.store(), &caller.scope, id, version, company).await?;
    Ok((version_tag(&document), Json(document)))
}
