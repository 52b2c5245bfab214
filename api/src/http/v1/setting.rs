//! What holds for the whole office: what is asked of passwords, types of papers that not everyone sees, and who stands in for whom.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::civil::Date;
use ocr::reading::DocumentType;
use serde::{Deserialize, Serialize};
use store::cover::{self, Cover};
use store::office::{self, PasswordRule};
use store::{CoverId, UserId, restriction};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::Caller;
use crate::http::app::App;
use crate::http::extract::{Body, Id};
use crate::http::problem::{Answer, ProblemBody};

/// `/v1/settings`, `/v1/covers`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get, put)).routes(routes!(covers, add_cover)).routes(routes!(end_cover))
}

/// Settings of the office.
#[derive(Serialize, ToSchema)]
struct Settings {
    /// What is asked of passwords.
    password_rule: PasswordRule,
    /// Types of papers that only those named see, beside owners and admins.
    restricted: Vec<Restricted>,
}

/// A restricted type.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Restricted {
    /// The type.
    document_type: DocumentType,
    /// Who sees its papers.
    users: BTreeSet<UserId>,
}

/// What is to change. What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSettings {
    /// What is asked of passwords that are set from now on.
    password_rule: Option<PasswordRule>,
    /// All restricted types: one that is not named is seen by everyone again.
    restricted: Option<Vec<Restricted>>,
}

/// What holds for the office.
#[utoipa::path(get, path = "/v1/settings", tag = "office", responses(
    (status = 200, description = "Settings", body = Settings),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn get(State(app): State<App>, caller: Caller) -> Answer<Json<Settings>> {
    let restricted = restriction::list(app.store(), &caller.scope).await?;
    let restricted = restricted.into_iter().map(|(document_type, users)| Restricted { document_type, users }).collect();
    Ok(Json(Settings { password_rule: office::password_rule(app.store(), &caller.scope).await?, restricted }))
}

/// Change it.
#[utoipa::path(put, path = "/v1/settings", tag = "office", request_body = NewSettings, responses(
    (status = 200, description = "Settings as they are now", body = Settings),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn put(State(app): State<App>, caller: Caller, Body(new): Body<NewSettings>) -> Answer<Json<Settings>> {
    let (store, scope) = (app.store(), &caller.scope);
    let present = restriction::list(store, scope).await?;
    if let Some(rule) = new.password_rule {
        office::set_password_rule(store, scope, rule).await?;
    }
    if let Some(wanted) = new.restricted {
        for kind in present.keys().filter(|kind| wanted.iter().all(|one| one.document_type != **kind)) {
            restriction::set(store, scope, *kind, None).await?;
        }
        for one in wanted {
            restriction::set(store, scope, one.document_type, Some(one.users)).await?;
        }
        app.callers().forget();
    }
    get(State(app), caller).await
}

/// Covers that run or are to come.
#[derive(Serialize, ToSchema)]
struct Covers {
    covers: Vec<Cover>,
}

/// Who stands in for whom.
#[utoipa::path(get, path = "/v1/covers", tag = "office", responses(
    (status = 200, description = "Covers that run or are to come", body = Covers),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn covers(State(app): State<App>, caller: Caller) -> Answer<Json<Covers>> {
    Ok(Json(Covers { covers: cover::list(app.store(), &caller.scope, Timestamp::now()).await? }))
}

/// A cover to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCover {
    /// Who is away.
    from_user: UserId,
    /// Who looks after their companies.
    to_user: UserId,
    /// From this day on, in the office's zone.
    #[schema(value_type = String, format = Date)]
    first_day: Date,
    /// Until the end of this day.
    #[schema(value_type = String, format = Date)]
    last_day: Date,
}

/// A new cover.
#[derive(Serialize, ToSchema)]
struct MadeCover {
    id: CoverId,
}

/// Hand somebody's companies to somebody else for a time; it ends by itself.
#[utoipa::path(post, path = "/v1/covers", tag = "office", request_body = NewCover, responses(
    (status = 201, description = "It is arranged", body = MadeCover),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn add_cover(State(app): State<App>, caller: Caller, Body(new): Body<NewCover>) -> Answer<(StatusCode, Json<MadeCover>)> {
    let days = (new.first_day, new.last_day);
    let id = cover::create(app.store(), &caller.scope, new.from_user, new.to_user, days, Timestamp::now()).await?;
    app.callers().forget();
    Ok((StatusCode::CREATED, Json(MadeCover { id })))
}

/// End a cover before its time.
#[utoipa::path(delete, path = "/v1/covers/{cover}", tag = "office", params(("cover" = CoverId, Path)), responses(
    (status = 204, description = "It is over"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn end_cover(State(app): State<App>, caller: Caller, Id(id): Id<CoverId>) -> Answer<StatusCode> {
    cover::end(app.store(), &caller.scope, id, Timestamp::now()).await?;
    app.callers().forget();
    Ok(StatusCode::NO_CONTENT)
}
