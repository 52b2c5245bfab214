//! Companies' inboxes at SPV, and what ANAF granted.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ingest::channel::spv::pasted;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::CompanyId;
use store::spv::grant::{self, GrantFacts};
use store::spv::{self, Inbox, NewInbox, SpvAccess};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::Caller;
use crate::http::app::App;
use crate::http::extract::{Body, Id};
use crate::http::problem::{Answer, Code, Problem, ProblemBody};

/// `/v1/spv`, `/v1/spv/grant` and `/v1/companies/{company}/spv`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get, put, remove)).routes(routes!(fetch)).routes(routes!(
        granted,
        put_grant,
        remove_grant
    ))
}

/// Inboxes.
#[derive(Serialize, ToSchema)]
struct SpvInboxes {
    inboxes: Vec<Inbox>,
}

/// How to get in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSpvInbox {
    /// The company's CIF; what is there, or its own tax id, if left out. Only who manages the office may set another than its own.
    #[serde(default)]
    cif: Option<String>,
    /// Whose grant it is entered with; only who manages the office may choose the office's.
    #[serde(default)]
    access: Option<SpvAccess>,
    /// A refresh token that ANAF granted for this company and this service's registration. It is sealed and never shown again.
    #[serde(default)]
    refresh_token: Option<String>,
    /// For a new inbox, the instant from which invoices are fetched; else the first day of the month before. SPV keeps them for 60 days.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
}

/// What ANAF granted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSpvGrant {
    /// A refresh token, granted for this service's registration. It is sealed and never shown again.
    refresh_token: String,
}

/// The inboxes at SPV of all companies within reach.
#[utoipa::path(get, path = "/v1/spv", tag = "companies", operation_id = "list_spv", responses(
    (status = 200, description = "How their fetching goes", body = SpvInboxes),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn list(State(app): State<App>, caller: Caller) -> Answer<Json<SpvInboxes>> {
    Ok(Json(SpvInboxes { inboxes: spv::list(app.store(), &caller.scope).await? }))
}

/// The company's inbox at SPV.
#[utoipa::path(get, path = "/v1/companies/{company}/spv", tag = "companies", operation_id = "get_spv",
    params(("company" = CompanyId, Path)), responses(
    (status = 200, description = "How its fetching goes", body = Inbox),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn get(State(app): State<App>, caller: Caller, Id(company): Id<CompanyId>) -> Answer<Json<Inbox>> {
    caller.allow(|role| role.may_see())?;
    let inbox = spv::get(app.store(), &caller.scope, company).await?;
    inbox.map(Json).ok_or_else(|| Problem::with(Code::NotFound, "No inbox at SPV is set up for this company."))
}

/// Set the inbox up, or change how it is entered. It is looked into at once.
#[utoipa::path(put, path = "/v1/companies/{company}/spv", tag = "companies", operation_id = "put_spv",
    params(("company" = CompanyId, Path)), request_body = NewSpvInbox, responses(
    (status = 200, description = "The inbox", body = Inbox),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn put(
    State(app): State<App>,
    caller: Caller,
    Id(company): Id<CompanyId>,
    Body(new): Body<NewSpvInbox>,
) -> Answer<Json<Inbox>> {
    let granted = new.refresh_token.as_deref().map(pasted);
    let new = NewInbox { cif: new.cif, access: new.access, since: new.since, granted };
    Ok(Json(spv::put(app.store(), &caller.scope, company, new, Timestamp::now()).await?))
}

/// Take the inbox away, with its own grant. What was fetched stays.
#[utoipa::path(delete, path = "/v1/companies/{company}/spv", tag = "companies", operation_id = "remove_spv",
    params(("company" = CompanyId, Path)), responses(
    (status = 204, description = "It is gone"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn remove(State(app): State<App>, caller: Caller, Id(company): Id<CompanyId>) -> Answer<StatusCode> {
    spv::remove(app.store(), &caller.scope, company).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Look into the inbox now, or as soon as ANAF allows.
#[utoipa::path(post, path = "/v1/companies/{company}/spv/fetch", tag = "companies", operation_id = "fetch_spv",
    params(("company" = CompanyId, Path)), responses(
    (status = 202, description = "It will be looked into", body = Inbox),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn fetch(State(app): State<App>, caller: Caller, Id(company): Id<CompanyId>) -> Answer<(StatusCode, Json<Inbox>)> {
    let inbox = spv::hurry(app.store(), &caller.scope, company, Timestamp::now()).await?;
    Ok((StatusCode::ACCEPTED, Json(inbox)))
}

/// What ANAF granted the office: since when, and until when if it is not renewed.
#[utoipa::path(get, path = "/v1/spv/grant", tag = "companies", operation_id = "get_spv_grant", responses(
    (status = 200, description = "The office's grant; null where there is none", body = Option<GrantFacts>),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn granted(State(app): State<App>, caller: Caller) -> Answer<Json<Option<GrantFacts>>> {
    Ok(Json(grant::get(app.store(), &caller.scope).await?))
}

/// Give the office its grant, or a newer one.
#[utoipa::path(put, path = "/v1/spv/grant", tag = "companies", operation_id = "put_spv_grant", request_body = NewSpvGrant, responses(
    (status = 200, description = "The grant", body = GrantFacts),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn put_grant(State(app): State<App>, caller: Caller, Body(new): Body<NewSpvGrant>) -> Answer<Json<GrantFacts>> {
    let tokens = pasted(&new.refresh_token);
    Ok(Json(grant::put(app.store(), &caller.scope, tokens, Timestamp::now()).await?))
}

/// Take the office's grant away. Inboxes entered with it stop.
#[utoipa::path(delete, path = "/v1/spv/grant", tag = "companies", operation_id = "remove_spv_grant", responses(
    (status = 204, description = "It is gone, or there was none"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn remove_grant(State(app): State<App>, caller: Caller) -> Answer<StatusCode> {
    match grant::remove(app.store(), &caller.scope).await {
        Ok(()) | Err(store::Error::NotFound) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err(error.into()),
    }
}
