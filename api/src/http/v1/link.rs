//! Upload links: made and taken back here; who has one opens its page.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use store::upload_link::{self, Link, NewLink};
use store::{CompanyId, LinkId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::extract::{Body, Id};
use crate::http::problem::{Answer, ProblemBody};
use crate::http::{Caller, own_address};

/// `/v1/companies/{company}/links`, `/v1/links`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// Links without their secrets.
#[derive(Serialize, ToSchema)]
struct Links {
    links: Vec<Link>,
}

/// A new link.
#[derive(Serialize, ToSchema)]
struct NewLinkMade {
    id: LinkId,
    /// Its address, to be passed on.
    url: String,
}

/// Upload links of a company, newest first; those that ended are among them.
#[utoipa::path(get, path = "/v1/companies/{company}/links", tag = "companies", params(("company" = CompanyId, Path)), responses(
    (status = 200, description = "Links without their secrets", body = Links),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn list(State(app): State<App>, caller: Caller, Id(company): Id<CompanyId>) -> Answer<Json<Links>> {
    store::company::get(app.store(), &caller.scope, company).await?;
    Ok(Json(Links { links: upload_link::list(app.store(), &caller.scope, company).await? }))
}

/// Make a link through which files come for a company, without an account and within the link's limits.
#[utoipa::path(post, path = "/v1/companies/{company}/links", tag = "companies", params(("company" = CompanyId, Path)),
    request_body = NewLink, responses(
    (status = 201, description = "The link", body = NewLinkMade),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Id(company): Id<CompanyId>,
    headers: HeaderMap,
    Body(new): Body<NewLink>,
) -> Answer<(StatusCode, Json<NewLinkMade>)> {
    let (id, secret) = upload_link::create(app.store(), &caller.scope, company, new, Timestamp::now()).await?;
    let url = address(&own_address(&app.config().http.public_url, &headers), &secret);
    Ok((StatusCode::CREATED, Json(NewLinkMade { id, url })))
}

/// Where a link leads.
pub fn address(service: &str, secret: &str) -> String {
    format!("{service}/send/{secret}")
}

/// Take a link back; it leads nowhere from now on.
#[utoipa::path(delete, path = "/v1/links/{link}", tag = "companies", params(("link" = LinkId, Path)), responses(
    (status = 204, description = "It is no longer taken"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn revoke(State(app): State<App>, caller: Caller, Id(id): Id<LinkId>) -> Answer<StatusCode> {
    upload_link::revoke(app.store(), &caller.scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
