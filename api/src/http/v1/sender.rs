//! Mailboxes from which a company's mail is admitted without a PIN, once they are proven.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::sender::{self, Sender, SenderKind};
use store::{CompanyId, SenderId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::{Body, Id};
use crate::http::problem::{Answer, ProblemBody};

/// `/v1/companies/{company}/senders` and `/v1/senders/{sender}`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(remove))
}

/// Trusted senders.
#[derive(Serialize, ToSchema)]
struct Senders {
    senders: Vec<Sender>,
}

/// A mailbox to be trusted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSender {
    /// `name@domain`, or `@domain` for everyone there.
    mailbox: String,
    /// Sender (it writes the mails) or forwarder (it passes on what others wrote).
    kind: SenderKind,
}

/// A mailbox that is trusted now.
#[derive(Serialize, ToSchema)]
struct MadeSender {
    id: SenderId,
}

/// Who is trusted, since when, who said so, and about which held mail ("always").
#[utoipa::path(get, path = "/v1/companies/{company}/senders", tag = "companies", params(("company" = CompanyId, Path)), responses(
    (status = 200, description = "Trusted senders, by name", body = Senders),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn list(State(app): State<App>, caller: Caller, Id(company): Id<CompanyId>) -> Answer<Json<Senders>> {
    Ok(Json(Senders { senders: sender::list(app.store(), &caller.scope, company).await? }))
}

/// Trust a mailbox: once proven (SPF, DKIM, DMARC), its mails need no PIN. Twice is once.
#[utoipa::path(post, path = "/v1/companies/{company}/senders", tag = "companies", params(("company" = CompanyId, Path)),
    request_body = NewSender, responses(
    (status = 201, description = "It is trusted", body = MadeSender),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Id(company): Id<CompanyId>,
    Body(new): Body<NewSender>,
) -> Answer<(StatusCode, Json<MadeSender>)> {
    let id = sender::create(app.store(), &caller.scope, company, &new.mailbox, new.kind).await?;
    Ok((StatusCode::CREATED, Json(MadeSender { id })))
}

/// Take the trust away. Mails from there need a PIN again, or are held.
#[utoipa::path(delete, path = "/v1/senders/{sender}", tag = "companies", params(("sender" = SenderId, Path)), responses(
    (status = 204, description = "It is no longer trusted"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn remove(State(app): State<App>, caller: Caller, Id(id): Id<SenderId>) -> Answer<StatusCode> {
    sender::remove(app.store(), &caller.scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
