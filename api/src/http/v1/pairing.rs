//! Pairing of scanner apps: a code shown as a QR, exchanged once for a token of one company.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::CompanyId;
use store::pairing::{self, Paired, Pairing};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::extract::Body;
use crate::http::problem::{Answer, Code, Problem, ProblemBody};
use crate::http::{Caller, own_address};

/// `/v1/pairings`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(exchange))
}

/// For which device.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPairing {
    /// For which company.
    company: CompanyId,
    /// Which device it is, in a person's words.
    name: String,
}

/// A code to be shown.
#[derive(Serialize, ToSchema)]
struct Shown {
    #[serde(flatten)]
    pairing: Pairing,
    /// What the QR says: the address of this service and the code.
    uri: String,
}

/// Make a code for an app to scan. It works once, for ten minutes.
#[utoipa::path(post, path = "/v1/pairings", tag = "tokens", request_body = NewPairing, responses(
    (status = 201, description = "The code", body = Shown),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Body(new): Body<NewPairing>,
) -> Answer<(StatusCode, Json<Shown>)> {
    let pairing = pairing::create(app.store(), &caller.scope, new.company, &new.name, Timestamp::now()).await?;
    let uri = uri(&own_address(&app.config().http.public_url, &headers), &pairing.code);
    Ok((StatusCode::CREATED, Json(Shown { pairing, uri })))
}

/// What the QR of a code says. A scheme of its own: a camera app must not open it in a browser, where it would stay in the history.
pub fn uri(service: &str, code: &str) -> String {
    format!("postroom://pair?service={}&code={code}", crate::pages::escaped(service))
}

/// What an app scanned.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Scanned {
    /// The code.
    code: String,
    /// What the device calls itself.
    #[serde(default)]
    device: String,
}

/// Exchange a code for a token, once. The token sends papers for its company and sees nothing.
#[utoipa::path(post, path = "/v1/pairings/exchange", tag = "tokens", request_body = Scanned, responses(
    (status = 201, description = "The token", body = Paired),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn exchange(State(app): State<App>, Body(scanned): Body<Scanned>) -> Answer<(StatusCode, Json<Paired>)> {
    match pairing::exchange(app.store(), &scanned.code, &scanned.device, Timestamp::now()).await {
        Ok(paired) => Ok((StatusCode::CREATED, Json(paired))),
        Err(store::Error::NotFound) => {
            Err(Problem::with(Code::Invalid, "This code was used or is over; show a new one and scan it again."))
        }
        Err(error) => Err(error.into()),
    }
}
