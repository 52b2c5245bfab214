//! Passkeys: adding and removing one's own, and signing in with one alone. The device has verified its owner, so that neither a password
//! nor a code is asked for beside it. Scripts speak JSON here; without them the buttons are not shown.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use store::passkey::{self, NewPasskey};
use store::session;

use super::visit::Visit;
use super::{PageResult, Visitor, ours, said};
use crate::http::{App, Code, Problem, is_ours, own_address, set_cookie, start_session};
use crate::passkey::{ALGORITHMS, Bytes, Party, Said, is_key};

fn party(app: &App, headers: &HeaderMap) -> Party {
    Party::of(&own_address(&app.config().http.public_url, headers))
}

/// What the browser needs to make a key.
pub async fn begin(visit: Visit, headers: HeaderMap) -> PageResult {
    let (store, person) = (visit.app.store(), visit.person.clone().ok_or(Code::Forbidden)?);
    let known = passkey::list(store, person.user).await?;
    let known: Vec<_> = known.iter().map(|key| URL_SAFE_NO_PAD.encode(&key.credential)).collect();
    let options = json!({
        "challenge": URL_SAFE_NO_PAD.encode(passkey::challenge(store, Some(person.user), Timestamp::now())?),
        "rp": { "id": party(&visit.app, &headers).id, "name": visit.office },
        "user": { "id": URL_SAFE_NO_PAD.encode(person.user.to_string()), "name": person.email, "displayName": visit.name() },
        "algorithms": ALGORITHMS,
        "known": known,
    });
    Ok(Json(options).into_response())
}

/// A key that was made.
#[derive(Deserialize)]
pub struct Made {
    id: Bytes,
    public_key: Bytes,
    algorithm: i64,
    name: String,
    #[serde(flatten)]
    said: Said,
}

/// Keeps it.
pub async fn add(visit: Visit, headers: HeaderMap, Json(made): Json<Made>) -> Result<StatusCode, Problem> {
    let (store, now) = (visit.app.store(), Timestamp::now());
    let user = visit.caller.user().ok_or(Code::Forbidden)?;
    let challenge = made.said.challenge().filter(|challenge| passkey::holds(store, challenge, Some(user), now));
    let counter = made.said.made(&party(&visit.app, &headers), &made.id.0);
    let (Some(challenge), Some(counter), true) = (challenge, counter, is_key(made.algorithm, &made.public_key.0)) else {
        return Err(Code::Invalid.into());
    };
    let (credential, public_key) = (made.id.0, made.public_key.0);
    let new = NewPasskey { credential, public_key, algorithm: made.algorithm, counter, name: made.name };
    passkey::add(store, user, new, &challenge, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes one away.
pub async fn remove(visitor: Visitor, State(app): State<App>, Path(id): Path<String>) -> PageResult {
    let user = visitor.0.user().ok_or(Code::Forbidden)?;
    passkey::remove(app.store(), user, id.parse().map_err(|_| Code::NotFound)?).await?;
    Ok(said("/account", "kept", 1))
}

/// A challenge for whoever is about to sign in.
pub async fn challenge(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let challenge = passkey::challenge(app.store(), None, Timestamp::now())?;
    Ok(Json(json!({ "challenge": URL_SAFE_NO_PAD.encode(challenge), "id": party(&app, &headers).id })).into_response())
}

/// A key that was used.
#[derive(Deserialize)]
pub struct Used {
    id: Bytes,
    signature: Bytes,
    #[serde(default)]
    next: String,
    #[serde(flatten)]
    said: Said,
}

/// Starts a session for its owner. Nobody learns which part of it was wrong.
pub async fn sign_in(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(used): Json<Used>,
) -> Result<Response, Problem> {
    if !is_ours(&Method::POST, &headers, &app.config().http.public_url) {
        return Err(Code::CrossSite.into());
    }
    let (store, now, source) = (app.store(), Timestamp::now(), format!("source:{}", peer.ip()));
    if !session::must_wait(store, &source, now).await?.is_zero() {
        return Err(Code::TooMany.into());
    }
    let challenge = used.said.challenge().filter(|challenge| passkey::holds(store, challenge, None, now));
    let kept = passkey::find(store, &used.id.0).await?;
    let party = party(&app, &headers);
    let good = challenge.zip(kept).and_then(|(challenge, kept)| {
        let counter = used.said.signed(&party, kept.algorithm, &kept.public_key, &used.signature.0)?;
        Some((challenge, kept, counter))
    });
    let Some((challenge, kept, counter)) = good else {
        session::failed(store, &source, now).await?;
        return Err(Code::WrongPasskey.into());
    };
    passkey::used(store, kept.id, counter, &challenge, now).await.map_err(|error| match error {
        store::Error::Stale => Problem::from(Code::WrongPasskey),
        other => other.into(),
    })?;
    let session = start_session(&app, peer.ip(), &headers, kept.user, now).await?;
    let cookie = set_cookie(&app, &headers, &session.token);
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({ "next": ours(&used.next) }))).into_response())
}
