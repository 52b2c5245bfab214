//! Tokens for programs and devices.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::token::{self, Token};
use store::{CompanyId, Role, TokenId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::{Body, Id};
use crate::http::problem::{Answer, ProblemBody};

/// `/v1/tokens`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke)).routes(routes!(signing))
}

/// Tokens without their secrets.
#[derive(Serialize, ToSchema)]
struct Tokens {
    tokens: Vec<Token>,
}

/// Tokens, newest first.
#[utoipa::path(get, path = "/v1/tokens", tag = "tokens", responses(
    (status = 200, description = "Tokens without their secrets", body = Tokens),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn list(State(app): State<App>, caller: Caller) -> Answer<Json<Tokens>> {
    Ok(Json(Tokens { tokens: token::list(app.store(), &caller.scope).await? }))
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    /// What it is for.
    name: String,
    /// What it may do; not more than the caller.
    role: Role,
    /// For one company only.
    company: Option<CompanyId>,
    /// When it ends; never if left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// A new token.
#[derive(Serialize, ToSchema)]
struct Made {
    id: TokenId,
    /// The secret. It is shown this once.
    token: String,
}

/// Make a token.
#[utoipa::path(post, path = "/v1/tokens", tag = "tokens", request_body = NewToken, responses(
    (status = 201, description = "The token with its secret", body = Made),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn create(State(app): State<App>, caller: Caller, Body(new): Body<NewToken>) -> Answer<(StatusCode, Json<Made>)> {
    let new = token::NewToken { name: new.name, role: new.role, company: new.company, expires_at: new.expires_at };
    let (id, token) = token::create(app.store(), &caller.scope, new).await?;
    Ok((StatusCode::CREATED, Json(Made { id, token })))
}

/// Take a token away; it is refused within a second.
#[utoipa::path(delete, path = "/v1/tokens/{token}", tag = "tokens", params(("token" = TokenId, Path)), responses(
    (status = 204, description = "It is no longer taken"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn revoke(State(app): State<App>, caller: Caller, Id(id): Id<TokenId>) -> Answer<StatusCode> {
    token::revoke(app.store(), &caller.scope, id).await?;
    app.callers().forget();
    Ok(StatusCode::NO_CONTENT)
}

/// What a program signs its XML calls with.
#[derive(Serialize, ToSchema)]
struct Signing {
    /// The call's `username`.
    username: TokenId,
    /// What stands behind the encoded parameters before they are hashed.
    api_token: String,
}

/// What a program that uses the XML calls (docs/xml-api.md) signs them with, in the name of this token. It ends with the token.
#[utoipa::path(post, path = "/v1/tokens/{token}/signing", tag = "tokens", params(("token" = TokenId, Path)), responses(
    (status = 200, description = "User name and token of the XML calls", body = Signing),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn signing(State(app): State<App>, caller: Caller, Id(id): Id<TokenId>) -> Answer<Json<Signing>> {
    Ok(Json(Signing { username: id, api_token: token::signing(app.store(), &caller.scope, id).await? }))
}
