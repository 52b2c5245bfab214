//! Companies' inboxes at KSeF.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::CompanyId;
use store::ksef::{self, Inbox, NewInbox};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::Caller;
use crate::http::app::App;
use crate::http::extract::{Body, Id};
use crate::http::problem::{Answer, Code, Problem, ProblemBody};

/// `/v1/ksef` and `/v1/companies/{company}/ksef`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get, put, remove)).routes(routes!(fetch))
}

/// Inboxes.
#[derive(Serialize, ToSchema)]
struct Inboxes {
    inboxes: Vec<Inbox>,
}

/// How to get in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Access {
    /// The company's NIP; its own tax id if left out.
    #[serde(default)]
    nip: Option<String>,
    /// A KSeF token with the right to read invoices. It is sealed and never shown again; left out: the one that is there stays.
    #[serde(default)]
    token: Option<String>,
    /// For a new inbox, the instant from which invoices are fetched; else the first day of the month before.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
}

/// The inboxes at KSeF of all companies within reach.
#[utoipa::path(get, path = "/v1/ksef", tag = "companies", responses(
    (status = 200, description = "How their fetching goes", body = Inboxes),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn list(State(app): State<App>, caller: Caller) -> Answer<Json<Inboxes>> {
    Ok(Json(Inboxes { inboxes: ksef::list(app.store(), &caller.scope).await? }))
}

/// The company's inbox at KSeF.
#[utoipa::path(get, path = "/v1/companies/{company}/ksef", tag = "companies", params(("company" = CompanyId, Path)), responses(
    (status = 200, description = "How its fetching goes", body = Inbox),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn get(State(app): State<App>, caller: Caller, Id(company): Id<CompanyId>) -> Answer<Json<Inbox>> {
    caller.allow(|role| role.may_see())?;
    let inbox = ksef::get(app.store(), &caller.scope, company).await?;
    inbox.map(Json).ok_or_else(|| Problem::with(Code::NotFound, "No inbox at KSeF is set up for this company."))
}

/// Set the inbox up, or change its token. It is looked into at once.
#[utoipa::path(put, path = "/v1/companies/{company}/ksef", tag = "companies", params(("company" = CompanyId, Path)),
    request_body = Access, responses(
    (status = 200, description = "The inbox", body = Inbox),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn put(
    State(app): State<App>,
    caller: Caller,
    Id(company): Id<CompanyId>,
    Body(access): Body<Access>,
) -> Answer<Json<Inbox>> {
    let new = NewInbox { nip: access.nip, token: access.token, since: access.since };
    Ok(Json(ksef::put(app.store(), &caller.scope, company, new, Timestamp::now()).await?))
}

/// Take the inbox away. What was fetched stays.
#[utoipa::path(delete, path = "/v1/companies/{company}/ksef", tag = "companies", params(("company" = CompanyId, Path)), responses(
    (status = 204, description = "It is gone"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn remove(State(app): State<App>, caller: Caller, Id(company): Id<CompanyId>) -> Answer<StatusCode> {
    ksef::remove(app.store(), &caller.scope, company).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Look into the inbox now, or as soon as KSeF allows.
#[utoipa::path(post, path = "/v1/companies/{company}/ksef/fetch", tag = "companies", params(("company" = CompanyId, Path)), responses(
    (status = 202, description = "It will be looked into", body = Inbox),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn fetch(State(app): State<App>, caller: Caller, Id(company): Id<CompanyId>) -> Answer<(StatusCode, Json<Inbox>)> {
    let inbox = ksef::hurry(app.store(), &caller.scope, company, Timestamp::now()).await?;
    Ok((StatusCode::ACCEPTED, Json(inbox)))
}
