//! What a company's senders are told by mail.

use axum::Json;
use axum::extract::State;
use store::CompanyId;
use store::notice::{self, NoticeSetting};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::Caller;
use crate::http::app::App;
use crate::http::extract::{Body, Id};
use crate::http::problem::{Answer, ProblemBody};

/// `/v1/companies/{company}/notices`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get, put))
}

/// What was chosen.
#[utoipa::path(get, path = "/v1/companies/{company}/notices", tag = "companies", params(("company" = CompanyId, Path)), responses(
    (status = 200, description = "What senders are told", body = NoticeSetting),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn get(State(app): State<App>, caller: Caller, Id(company): Id<CompanyId>) -> Answer<Json<NoticeSetting>> {
    caller.allow(|role| role.may_see())?;
    store::company::get(app.store(), &caller.scope, company).await?;
    Ok(Json(notice::setting(app.store(), &caller.scope, company).await?))
}

/// Choose.
#[utoipa::path(put, path = "/v1/companies/{company}/notices", tag = "companies", params(("company" = CompanyId, Path)),
    request_body = NoticeSetting, responses(
    (status = 200, description = "What senders are told now", body = NoticeSetting),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn put(
    State(app): State<App>,
    caller: Caller,
    Id(company): Id<CompanyId>,
    Body(new): Body<NoticeSetting>,
) -> Answer<Json<NoticeSetting>> {
    notice::set(app.store(), &caller.scope, company, new).await?;
    Ok(Json(notice::setting(app.store(), &caller.scope, company).await?))
}
