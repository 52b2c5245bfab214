//! Invitations: how far they are, and sending them.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::invitation::{self, InvitationState};
use store::{CompanyId, InvitationId, Role};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::Body;
use crate::http::own_address;
use crate::http::problem::{Answer, Code, Problem, ProblemBody};
use crate::moving::{Which, send_invitations};

/// `/v1/invitations`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(send))
}

/// Invitations that nobody accepted yet.
#[derive(Serialize, ToSchema)]
struct Invitations {
    invitations: Vec<Invited>,
}

/// Someone who was invited.
#[derive(Serialize, ToSchema)]
struct Invited {
    id: InvitationId,
    email: String,
    name: String,
    role: Role,
    company: Option<CompanyId>,
    /// How far it is.
    state: InvitationState,
    /// When it was sent last.
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Timestamp>,
    /// How often.
    times: u64,
    /// Why it could not be sent.
    problem: Option<String>,
    /// When the link ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Invitations that were not accepted yet, newest first.
#[utoipa::path(get, path = "/v1/invitations", tag = "people", responses(
    (status = 200, description = "Invitations", body = Invitations),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn list(State(app): State<App>, caller: Caller) -> Answer<Json<Invitations>> {
    let now = Timestamp::now();
    let all = invitation::list(app.store(), &caller.scope).await?;
    let invited = |one: invitation::Invitation| Invited {
        state: one.state(now),
        id: one.id,
        email: one.email,
        name: one.name,
        role: one.role,
        company: one.company,
        sent_at: one.sent_at,
        times: one.times,
        problem: one.problem,
        expires_at: one.expires_at,
    };
    Ok(Json(Invitations { invitations: all.into_iter().map(invited).collect() }))
}

/// Which invitations to send: all in a state, or one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ToSend {
    /// All that are in this state: waiting, expired, failed.
    state: Option<InvitationState>,
    /// This one.
    id: Option<InvitationId>,
}

/// How many are on their way.
#[derive(Serialize, ToSchema)]
struct OnTheirWay {
    sent: u64,
}

/// Send invitations, for the first time or again: each gets a new link, valid for 72 hours, and the link before ends.
#[utoipa::path(post, path = "/v1/invitations/send", tag = "people", request_body = ToSend, responses(
    (status = 200, description = "They are on their way", body = OnTheirWay),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn send(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Body(wanted): Body<ToSend>,
) -> Answer<Json<OnTheirWay>> {
    caller.allow(|role| role.may_manage() || role == Role::CompanyAdmin)?;
    let which = match (wanted.state, wanted.id) {
        (Some(state), None) => Which::All(state),
        (None, Some(id)) => Which::One(id),
        _ => return Err(Problem::field(Code::BadRequest, "state", "Name a state, or one id.")),
    };
    super::needs_relay(&app)?;
    let address = own_address(&app.config().http.public_url, &headers);
    let office = store::office::get(app.store(), &caller.scope).await?.facts.name;
    let sent = send_invitations(app.store(), &caller.scope, &which, &office, &address).await?;
    Ok(Json(OnTheirWay { sent }))
}
