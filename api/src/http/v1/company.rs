//! Companies, their addresses and PINs.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::company::{self, Company, CompanyFacts};
use store::pin::{Pin, PinOwner};
use store::{AddressId, CompanyId, address};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::disposition::disposition;
use crate::http::extract::{Body, Id};
use crate::http::problem::{Answer, ProblemBody};
use crate::moving::{pack, target};

/// `/v1/companies`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, change))
        .routes(routes!(addresses, add_address))
        .routes(routes!(pins, set_pin))
        .routes(routes!(silent))
        .routes(routes!(close))
        .routes(routes!(open))
        .routes(routes!(pack))
}

/// The companies that the caller may see.
#[derive(Serialize, ToSchema)]
struct Companies {
    companies: Vec<Company>,
}

/// The id of something new.
#[derive(Serialize, ToSchema)]
struct Created<T> {
    id: T,
}

/// Companies by name.
#[utoipa::path(get, path = "/v1/companies", tag = "companies", responses(
    (status = 200, description = "The companies that the caller may see", body = Companies),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn list(State(app): State<App>, caller: Caller) -> Answer<Json<Companies>> {
    Ok(Json(Companies { companies: company::list(app.store(), &caller.scope).await? }))
}

/// Add a company.
#[utoipa::path(post, path = "/v1/companies", tag = "companies", request_body = CompanyFacts, responses(
    (status = 201, description = "Its id", body = Created<CompanyId>),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(facts): Body<CompanyFacts>,
) -> Answer<(StatusCode, Json<Created<CompanyId>>)> {
    let id = company::create(app.store(), &caller.scope, facts).await?;
    Ok((StatusCode::CREATED, Json(Created { id })))
}

/// One company.
#[utoipa::path(get, path = "/v1/companies/{company}", tag = "companies", params(("company" = CompanyId, Path)), responses(
    (status = 200, description = "The company", body = Company),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn get(State(app): State<App>, caller: Caller, Id(id): Id<CompanyId>) -> Answer<Json<Company>> {
    caller.allow(|role| role.may_see())?;
    Ok(Json(company::get(app.store(), &caller.scope, id).await?))
}

/// Say something else of a company.
#[utoipa::path(put, path = "/v1/companies/{company}", tag = "companies", params(("company" = CompanyId, Path)),
    request_body = CompanyFacts, responses(
    (status = 200, description = "The company as it is now", body = Company),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CompanyId>,
    Body(facts): Body<CompanyFacts>,
) -> Answer<Json<Company>> {
    company::change(app.store(), &caller.scope, id, facts).await?;
    Ok(Json(company::get(app.store(), &caller.scope, id).await?))
}

/// The addresses of a company.
#[derive(Serialize, ToSchema)]
struct Addresses {
    addresses: Vec<address::Address>,
}

/// Mail addresses of a company, newest first.
#[utoipa::path(get, path = "/v1/companies/{company}/addresses", tag = "companies", params(("company" = CompanyId, Path)), responses(
    (status = 200, description = "The addresses", body = Addresses),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn addresses(State(app): State<App>, caller: Caller, Id(id): Id<CompanyId>) -> Answer<Json<Addresses>> {
    company::get(app.store(), &caller.scope, id).await?;
    Ok(Json(Addresses { addresses: address::list(app.store(), &caller.scope, id).await? }))
}

/// A new address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAddress {
    /// Before the at sign; one that is easy to dictate if left out.
    local: Option<String>,
    /// After it; the service's own name if left out.
    domain: Option<String>,
}

/// Give a company an address.
#[utoipa::path(post, path = "/v1/companies/{company}/addresses", tag = "companies", params(("company" = CompanyId, Path)),
    request_body = NewAddress, responses(
    (status = 201, description = "Its id", body = Created<AddressId>),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn add_address(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CompanyId>,
    Body(new): Body<NewAddress>,
) -> Answer<(StatusCode, Json<Created<AddressId>>)> {
    let local = match new.local {
        Some(local) => local,
        None => address::generate_local()?,
    };
    let domain = new.domain.as_deref().unwrap_or(&app.config().smtp.hostname);
    company::get(app.store(), &caller.scope, id).await?;
    let id = address::create(app.store(), &caller.scope, id, &local, domain).await?;
    Ok((StatusCode::CREATED, Json(Created { id })))
}

/// The PINs of a company.
#[derive(Serialize, ToSchema)]
struct Pins {
    pins: Vec<Pin>,
}

/// PINs of a company that are valid now, newest first: for those who manage it.
#[utoipa::path(get, path = "/v1/companies/{company}/pins", tag = "companies", params(("company" = CompanyId, Path)), responses(
    (status = 200, description = "The PINs", body = Pins),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn pins(State(app): State<App>, caller: Caller, Id(id): Id<CompanyId>) -> Answer<Json<Pins>> {
    company::get(app.store(), &caller.scope, id).await?;
    store::pin::looked_up(app.store(), &caller.scope, id).await?;
    Ok(Json(Pins { pins: store::pin::list(app.store(), &caller.scope, PinOwner::Company(id)).await? }))
}

/// A new PIN.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct NewPin {
    /// The PIN; random digits if left out.
    pin: Option<String>,
    /// Days for which the old one stays valid; 14 if left out.
    #[schema(maximum = 365)]
    overlap_days: Option<u16>,
}

/// Give a company a new PIN; the old one stays valid for a while.
#[utoipa::path(post, path = "/v1/companies/{company}/pins", tag = "companies", params(("company" = CompanyId, Path)),
    request_body = NewPin, responses(
    (status = 201, description = "The PIN", body = Pin),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn set_pin(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CompanyId>,
    Body(new): Body<NewPin>,
) -> Answer<(StatusCode, Json<Pin>)> {
    let overlap = SignedDuration::from_hours(24 * i64::from(new.overlap_days.unwrap_or(14).min(365)));
    company::get(app.store(), &caller.scope, id).await?;
    let pin = store::pin::set(app.store(), &caller.scope, PinOwner::Company(id), new.pin.as_deref(), overlap).await?;
    Ok((StatusCode::CREATED, Json(pin)))
}

/// Companies from which nothing has come yet by any door, by name.
#[utoipa::path(get, path = "/v1/companies/silent", tag = "companies", responses(
    (status = 200, description = "Companies that have not sent a first paper", body = Companies),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn silent(State(app): State<App>, caller: Caller) -> Answer<Json<Companies>> {
    Ok(Json(Companies { companies: company::silent(app.store(), &caller.scope).await? }))
}

/// How work for a company ends.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Closing {
    /// Days for which its people can still look at their papers; 90 if left out.
    #[schema(maximum = 3650)]
    days: Option<u16>,
}

/// End work for a company: it takes no papers by any door; its people can look for a while.
#[utoipa::path(post, path = "/v1/companies/{company}/close", tag = "companies", params(("company" = CompanyId, Path)),
    request_body = Closing, responses(
    (status = 200, description = "The company as it is now", body = Company),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn close(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CompanyId>,
    Body(closing): Body<Closing>,
) -> Answer<Json<Company>> {
    let until = Timestamp::now() + SignedDuration::from_hours(24 * i64::from(closing.days.unwrap_or(90).min(3650)));
    company::close(app.store(), &caller.scope, id, until).await?;
    app.callers().forget();
    Ok(Json(company::get(app.store(), &caller.scope, id).await?))
}

/// Take up work for a company again.
#[utoipa::path(post, path = "/v1/companies/{company}/open", tag = "companies", params(("company" = CompanyId, Path)), responses(
    (status = 200, description = "The company as it is now", body = Company),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn open(State(app): State<App>, caller: Caller, Id(id): Id<CompanyId>) -> Answer<Json<Company>> {
    company::open(app.store(), &caller.scope, id).await?;
    Ok(Json(company::get(app.store(), &caller.scope, id).await?))
}

/// A whole company as a ZIP: originals under readable names, a table of its papers, its rows as JSON lines, and the hash of each file.
/// `postroom company unpack` brings it in again.
#[utoipa::path(get, path = "/v1/companies/{company}/pack", tag = "companies", params(("company" = CompanyId, Path)), responses(
    (status = 200, description = "The ZIP", body = Vec<u8>, content_type = "application/zip"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn pack(State(app): State<App>, caller: Caller, Id(id): Id<CompanyId>) -> Answer<Response> {
    let company = pack::whole(app.store(), &caller.scope, id).await?;
    let (store, scope, name) = (app.store().clone(), caller.scope, company.facts.name.clone());
    let mut answer = target::answer(move |to| async move { pack::send(&store, &scope, &company, to).await });
    let name: String = ocr::fold::fold(&name)
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    answer.headers_mut().insert(header::CONTENT_DISPOSITION, disposition("attachment", &format!("{name}.zip")));
    Ok(answer)
}
