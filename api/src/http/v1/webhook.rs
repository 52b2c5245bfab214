//! Webhooks: addresses elsewhere that are told what happens (docs/webhooks.md).

use axum::Json;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::webhook::{self, Change, Delivery, DeliveryState, Webhook};
use store::{CompanyId, DeliveryId, WebhookId, event};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::{Body, Id, Params};
use crate::http::paging;
use crate::http::problem::{Answer, ProblemBody};
use crate::webhooks::check;

/// `/v1/webhooks` and what belongs to it.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, change, remove))
        .routes(routes!(rotate))
        .routes(routes!(test))
        .routes(routes!(deliveries))
        .routes(routes!(redeliver))
}

/// Webhooks, and what they can be told.
#[derive(Serialize, ToSchema)]
struct Webhooks {
    webhooks: Vec<Webhook>,
    /// Kinds of events that there are.
    kinds: &'static [&'static str],
}

/// The office's webhooks, oldest first.
#[utoipa::path(get, path = "/v1/webhooks", tag = "webhooks", responses(
    (status = 200, description = "Webhooks without their secrets", body = Webhooks),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn list(State(app): State<App>, caller: Caller) -> Answer<Json<Webhooks>> {
    Ok(Json(Webhooks { webhooks: webhook::list(app.store(), &caller.scope).await?, kinds: event::KINDS }))
}

/// A webhook to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    /// Where messages go: `https://`; `http://` only within the networks that the operator allows.
    url: String,
    /// What it is for.
    #[serde(default)]
    name: String,
    /// Kinds of events; all if left out.
    #[serde(default)]
    events: Vec<String>,
    /// Events of one company only.
    #[serde(default)]
    company: Option<CompanyId>,
    /// False: it is told nothing until it is switched on.
    #[serde(default = "yes")]
    active: bool,
}

fn yes() -> bool {
    true
}

/// A webhook with its secret.
#[derive(Serialize, ToSchema)]
struct WebhookWithSecret {
    #[serde(flatten)]
    webhook: Webhook,
    /// What messages are signed with (`whsec_…`). It is shown this once.
    secret: String,
}

/// Make a webhook. It is told what happens from now on.
#[utoipa::path(post, path = "/v1/webhooks", tag = "webhooks", request_body = NewWebhook, responses(
    (status = 201, description = "The webhook with its secret", body = WebhookWithSecret),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewWebhook>,
) -> Answer<(StatusCode, Json<WebhookWithSecret>)> {
    caller.allow(|role| role.may_manage())?;
    let url = check(app.config(), &new.url)?;
    let new = webhook::NewWebhook { name: new.name, url, events: new.events, company: new.company, active: new.active };
    let (webhook, secret) = webhook::create(app.store(), &caller.scope, new, Timestamp::now()).await?;
    Ok((StatusCode::CREATED, Json(WebhookWithSecret { webhook, secret })))
}

/// One webhook.
#[utoipa::path(get, path = "/v1/webhooks/{webhook}", tag = "webhooks", params(("webhook" = WebhookId, Path)), responses(
    (status = 200, description = "The webhook without its secret", body = Webhook),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn get(State(app): State<App>, caller: Caller, Id(id): Id<WebhookId>) -> Answer<Json<Webhook>> {
    Ok(Json(webhook::get(app.store(), &caller.scope, id).await?))
}

/// What is to be another; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookChange {
    url: Option<String>,
    name: Option<String>,
    /// Kinds of events; an empty list: all.
    events: Option<Vec<String>>,
    /// Off: what waits is given up. On: it is told what happens from now on.
    active: Option<bool>,
}

/// Change a webhook, or switch it off or on.
#[utoipa::path(patch, path = "/v1/webhooks/{webhook}", tag = "webhooks", params(("webhook" = WebhookId, Path)),
    request_body = WebhookChange, responses(
    (status = 200, description = "The webhook", body = Webhook),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<WebhookId>,
    Body(new): Body<WebhookChange>,
) -> Answer<Json<Webhook>> {
    caller.allow(|role| role.may_manage())?;
    let url = new.url.map(|url| check(app.config(), &url)).transpose()?;
    let change = Change { name: new.name, url, events: new.events, active: new.active };
    Ok(Json(webhook::change(app.store(), &caller.scope, id, change, Timestamp::now()).await?))
}

/// Take a webhook away, with its deliveries.
#[utoipa::path(delete, path = "/v1/webhooks/{webhook}", tag = "webhooks", params(("webhook" = WebhookId, Path)), responses(
    (status = 204, description = "It is gone"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn remove(State(app): State<App>, caller: Caller, Id(id): Id<WebhookId>) -> Answer<StatusCode> {
    webhook::remove(app.store(), &caller.scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a webhook a new secret. For a day messages are signed by both.
#[utoipa::path(post, path = "/v1/webhooks/{webhook}/secret", tag = "webhooks", params(("webhook" = WebhookId, Path)), responses(
    (status = 200, description = "The webhook with its new secret", body = WebhookWithSecret),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn rotate(State(app): State<App>, caller: Caller, Id(id): Id<WebhookId>) -> Answer<Json<WebhookWithSecret>> {
    let (webhook, secret) = webhook::rotate(app.store(), &caller.scope, id, Timestamp::now()).await?;
    Ok(Json(WebhookWithSecret { webhook, secret }))
}

/// Send a message that says nothing (`webhook.test`).
#[utoipa::path(post, path = "/v1/webhooks/{webhook}/test", tag = "webhooks", params(("webhook" = WebhookId, Path)), responses(
    (status = 202, description = "It will be sent", body = Delivery),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn test(State(app): State<App>, caller: Caller, Id(id): Id<WebhookId>) -> Answer<(StatusCode, Json<Delivery>)> {
    Ok((StatusCode::ACCEPTED, Json(webhook::test(app.store(), &caller.scope, id, Timestamp::now()).await?)))
}

/// Which deliveries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// In one state.
    state: Option<DeliveryState>,
    /// Older than this one.
    before: Option<DeliveryId>,
    /// Rows of a page, 200 at most.
    limit: Option<u32>,
}

/// Deliveries.
#[derive(Serialize, ToSchema)]
struct Deliveries {
    deliveries: Vec<Delivery>,
}

/// What a webhook was and is to be told within the last 30 days, newest first; a Link header leads on.
#[utoipa::path(get, path = "/v1/webhooks/{webhook}/deliveries", tag = "webhooks", params(("webhook" = WebhookId, Path), Which), responses(
    (status = 200, description = "Deliveries", body = Deliveries),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn deliveries(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<WebhookId>,
    OriginalUri(uri): OriginalUri,
    Params(which): Params<Which>,
) -> Answer<(HeaderMap, Json<Deliveries>)> {
    let limit = paging::rows(which.limit);
    let deliveries = webhook::deliveries(app.store(), &caller.scope, id, which.state, which.before, limit).await?;
    let headers = paging::older(&uri, &deliveries, limit, |delivery| delivery.id.to_string());
    Ok((headers, Json(Deliveries { deliveries })))
}

/// Send a message again, with the id it has.
#[utoipa::path(post, path = "/v1/deliveries/{delivery}/redeliver", tag = "webhooks", params(("delivery" = DeliveryId, Path)), responses(
    (status = 202, description = "It will be sent", body = Delivery),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn redeliver(State(app): State<App>, caller: Caller, Id(id): Id<DeliveryId>) -> Answer<(StatusCode, Json<Delivery>)> {
    Ok((StatusCode::ACCEPTED, Json(webhook::redeliver(app.store(), &caller.scope, id, Timestamp::now()).await?)))
}
