//! Signing in at the office's own provider: there and back.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use store::{OfficeId, office, user};

use super::lang;
use super::problem::{PageProblem, wished};
use super::{PageResult, errand, ours};
use crate::config::Config;
use crate::http::{App, Code, Problem, own_address, set_cookie, start_session};
use crate::oidc::{self, Back, Ticket};

/// Where the provider sends people back to.
pub const BACK: &str = "/sign-in/oidc/back";

/// What the browser keeps meanwhile, by its name.
const ERRAND: &str = "oidc";

/// What the button says; none where nobody signs in elsewhere.
pub fn label(config: &Config) -> Option<String> {
    let oidc = &config.oidc;
    let host = oidc.issuer.split("://").nth(1).unwrap_or(&oidc.issuer).split('/').next().unwrap_or_default();
    let label = if oidc.label.is_empty() { host } else { &oidc.label };
    (!oidc.issuer.is_empty()).then(|| label.to_owned())
}

/// Where to go afterwards.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Next {
    next: String,
}

/// There.
pub async fn begin(State(app): State<App>, headers: HeaderMap, Query(next): Query<Next>) -> PageResult {
    let config = app.config();
    if config.oidc.issuer.is_empty() {
        return Err(Problem::from(Code::NotFound).into());
    }
    let redirect = format!("{}{BACK}", own_address(&config.http.public_url, &headers));
    let (address, ticket) = oidc::begin(&config.oidc, &redirect).await.map_err(|trouble| failed(&headers, &trouble))?;
    let value = format!("{ticket}.{}", URL_SAFE_NO_PAD.encode(ours(&next.next)));
    Ok(([(header::SET_COOKIE, errand::cookie(&app, &headers, ERRAND, &value, errand::LIFE))], Redirect::to(&address))
        .into_response())
}

/// And back: the account that has this verified address in this office is signed in.
pub async fn back(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> PageResult {
    let config = app.config();
    let redirect = format!("{}{BACK}", own_address(&config.http.public_url, &headers));
    let kept = kept(&app, &headers);
    let (ticket, next) = kept.ok_or_else(|| failed(&headers, &oidc::Trouble::NotOurs))?;
    let email = oidc::finish(&config.oidc, &redirect, &ticket, &back).await.map_err(|trouble| failed(&headers, &trouble))?;
    let office = of(&app).await?;
    let person = user::member_of(app.store(), office, &email).await?;
    let person = person.ok_or_else(|| Problem::with(Code::Forbidden, l(&headers).with("sign_in.no_place", &email)))?;
    let session = start_session(&app, peer.ip(), &headers, person, Timestamp::now()).await?;
    let cookies = [
        (header::SET_COOKIE, set_cookie(&app, &headers, &session.token)),
        (header::SET_COOKIE, errand::cookie(&app, &headers, ERRAND, "", 0)),
    ];
    Ok((AppendHeaders(cookies), Redirect::to(ours(&next))).into_response())
}

fn l(headers: &HeaderMap) -> &'static lang::Lang {
    wished(headers).unwrap_or_else(lang::english)
}

fn failed(headers: &HeaderMap, trouble: &oidc::Trouble) -> PageProblem {
    tracing::warn!(%trouble, "a sign-in at the provider failed");
    Problem::with(Code::Forbidden, l(headers).t("sign_in.elsewhere_failed")).into()
}

/// The ticket in the cookie, and where to go.
fn kept(app: &App, headers: &HeaderMap) -> Option<(Ticket, String)> {
    let value = errand::kept(app, headers, ERRAND)?;
    let (ticket, next) = value.rsplit_once('.')?;
    let next = URL_SAFE_NO_PAD.decode(next).ok()?;
    Some((Ticket::parse(ticket)?, String::from_utf8(next).ok()?))
}

/// The office whose people come from there.
async fn of(app: &App) -> Result<OfficeId, Problem> {
    let (wanted, offices) = (&app.config().oidc.office, office::list(app.store()).await?);
    let found = match (wanted.is_empty(), offices.as_slice()) {
        (true, [only]) => Some(only.id),
        (true, _) => None,
        _ => {
            offices.iter().find(|office| office.facts.name == *wanted || office.id.to_string() == *wanted).map(|office| office.id)
        }
    };
    found.ok_or_else(|| Problem::internal("[oidc] office: there is no such office, or there are several and none is named"))
}
