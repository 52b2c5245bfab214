//! Logins of scanners and printers that send mail.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::device::{self, DeviceLogin};
use store::{CompanyId, DeviceId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::{Body, Id};
use crate::http::problem::{Answer, ProblemBody};

/// `/v1/devices`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// Logins without their secrets.
#[derive(Serialize, ToSchema)]
struct Devices {
    devices: Vec<DeviceLogin>,
}

/// Logins of devices, newest first.
#[utoipa::path(get, path = "/v1/devices", tag = "devices", responses(
    (status = 200, description = "Logins without their secrets", body = Devices),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn list(State(app): State<App>, caller: Caller) -> Answer<Json<Devices>> {
    Ok(Json(Devices { devices: device::list(app.store(), &caller.scope).await? }))
}

/// A login to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDevice {
    /// Which device it is.
    name: String,
    /// The company it sends for.
    company: CompanyId,
}

/// A new login.
#[derive(Serialize, ToSchema)]
struct MadeDevice {
    id: DeviceId,
    /// What the device signs in as.
    login: String,
    /// The secret. It is shown this once.
    secret: String,
}

/// Make a login for a scanner or printer. It sends mail over submission, without a PIN.
#[utoipa::path(post, path = "/v1/devices", tag = "devices", request_body = NewDevice, responses(
    (status = 201, description = "The login with its secret", body = MadeDevice),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn create(State(app): State<App>, caller: Caller, Body(new): Body<NewDevice>) -> Answer<(StatusCode, Json<MadeDevice>)> {
    let made = device::create(app.store(), &caller.scope, new.company, &new.name).await?;
    Ok((StatusCode::CREATED, Json(MadeDevice { id: made.id, login: made.login, secret: made.secret })))
}

/// Take a login away at once.
#[utoipa::path(delete, path = "/v1/devices/{device}", tag = "devices", params(("device" = DeviceId, Path)), responses(
    (status = 204, description = "It is no longer taken"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn revoke(State(app): State<App>, caller: Caller, Id(id): Id<DeviceId>) -> Answer<StatusCode> {
    device::revoke(app.store(), &caller.scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
