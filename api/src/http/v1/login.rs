//! Signing in and out.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::session::{self, Device};
use store::setting;
use store::user::{self, Identity};
use store::{Actor, UserId, office};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;
use crate::http::auth::Caller;
use crate::http::extract::Body;
use crate::http::problem::{Answer, Code, Problem, ProblemBody};
use crate::password::{self, Refused, Weak};
use crate::totp;

/// `/v1/login`, `/v1/logout`, `/v1/me`
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(login)).routes(routes!(logout)).routes(routes!(me)).routes(routes!(set_password))
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Mail address.
    pub email: String,
    /// Password.
    pub password: String,
    /// Six digits of the authenticator app, for those who have one.
    #[serde(default)]
    pub code: Option<String>,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub struct Session {
    /// To be sent as `Authorization: Bearer …`.
    pub token: String,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// Who signed in, and where they have places.
    pub identity: Identity,
}

/// Sign in.
#[utoipa::path(post, path = "/v1/login", tag = "login", request_body = Login, responses(
    (status = 200, description = "A session", body = Session),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn login(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Body(login): Body<Login>,
) -> Answer<Json<Session>> {
    Ok(Json(sign_in(&app, peer.ip(), &headers, login).await?))
}

/// Checks a password and starts a session. Neither the words nor the time of the answer say whether the address is known.
pub async fn sign_in(app: &App, peer: IpAddr, headers: &HeaderMap, login: Login) -> Answer<Session> {
    let store = app.store();
    let email = login.email.trim().to_lowercase();
    let now = Timestamp::now();
    let subjects = [format!("mailbox:{email}"), format!("source:{peer}")];
    for subject in &subjects {
        let wait = session::must_wait(store, subject, now).await?;
        if !wait.is_zero() {
            return Err(Problem::with(
                Code::TooMany,
                format!("Too many wrong passwords; try again in {} seconds.", wait.as_secs() + 1),
            ));
        }
    }
    let known = user::login(store, &email).await?;
    let kept = known.as_ref().filter(|known| !known.disabled).and_then(|known| known.password_hash.clone());
    let fits = password::verify(login.password, kept).await.map_err(Problem::internal)?;
    let Some(known) = known.filter(|_| fits) else {
        for subject in &subjects {
            session::failed(store, subject, now).await?;
        }
        return Err(Code::WrongPassword.into());
    };
    if let Err(problem) = second_factor(app, known.user, login.code.as_deref(), now).await {
        // A wrong code counts as a wrong password: both are guesses. That none was typed yet is no guess.
        if login.code.is_some() {
            for subject in &subjects {
                session::failed(store, subject, now).await?;
            }
        }
        return Err(problem);
    }
    // Only the account's own count: a right password of one account must not clear a source that tries others.
    session::succeeded(store, &subjects[0]).await?;
    start(app, peer, headers, known.user, now).await
}

/// Starts a session for someone who proved who they are.
pub async fn start(app: &App, peer: IpAddr, headers: &HeaderMap, user: UserId, now: Timestamp) -> Answer<Session> {
    let lives = Duration::from_secs(u64::from(app.config().http.session_hours) * 3600);
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let token = session::create(app.store(), user, Device { agent, source: peer.to_string() }, now, lives).await?;
    let identity = session::verify(app.store(), &token, now).await?.ok_or(Code::WrongPassword)?;
    Ok(Session { token, expires_at: now + lives, identity })
}

async fn second_factor(app: &App, user: UserId, code: Option<&str>, now: Timestamp) -> Answer<()> {
    let Some(kept) = setting::second_factor(app.store(), user).await?.filter(|kept| kept.confirmed) else { return Ok(()) };
    let step = code.and_then(|code| totp::step_of(&kept.secret, code, now)).ok_or(Code::SecondFactor)?;
    // A code that was seen over a shoulder is worth nothing once it was used.
    setting::use_step(app.store(), user, step).await.map_err(|_| Code::SecondFactor.into())
}

/// Sign out: the session ends.
#[utoipa::path(post, path = "/v1/logout", tag = "login", responses(
    (status = 204, description = "Signed out"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn logout(State(app): State<App>, caller: Caller) -> Answer<StatusCode> {
    sign_out(&app, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the caller's session; a token is left as it is.
pub async fn sign_out(app: &App, caller: &Caller) -> Answer<()> {
    session::end(app.store(), &caller.secret).await?;
    app.callers().forget();
    Ok(())
}

/// A new password, and the present one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// The present one.
    old: String,
    /// The new one: as the office asks for.
    new: String,
}

/// Change one's own password; all sessions end, also this one. Only for people who signed in.
#[utoipa::path(put, path = "/v1/me/password", tag = "login", request_body = NewPassword, responses(
    (status = 204, description = "It is changed; sign in again"),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn set_password(State(app): State<App>, caller: Caller, Body(typed): Body<NewPassword>) -> Answer<StatusCode> {
    let person = session::verify(app.store(), &caller.secret, Timestamp::now()).await?.ok_or(Code::Forbidden)?;
    match change_password(&app, &person, typed.old, typed.new).await? {
        None => Ok(StatusCode::NO_CONTENT),
        Some(weak) => Err(Problem::field(Code::Invalid, "new", weak.to_string())),
    }
}

/// Changes a person's password, which ends their sessions; or says what the new one lacks.
pub async fn change_password(app: &App, person: &Identity, old: String, new: String) -> Answer<Option<Weak>> {
    let (store, user, now) = (app.store(), person.user, Timestamp::now());
    let subject = format!("mailbox:{}", person.email);
    if !session::must_wait(store, &subject, now).await?.is_zero() {
        return Err(Code::TooMany.into());
    }
    let kept = user::login(store, &person.email).await?.and_then(|login| login.password_hash);
    if !password::verify(old, kept).await.map_err(Problem::internal)? {
        session::failed(store, &subject, now).await?;
        return Err(Code::WrongPassword.into());
    }
    let rules = office::password_rules(store, Some(user), None).await?;
    match password::hash(new, &rules, &[&person.email, &person.name]).await {
        Ok(hash) => user::set_password(store, user, hash, Actor::User(user)).await?,
        Err(Refused::Weak(weak)) => return Ok(Some(weak)),
        Err(Refused::Failed(error)) => return Err(Problem::internal(error)),
    }
    app.callers().forget();
    Ok(None)
}

/// Who the caller is.
#[derive(Serialize, ToSchema)]
struct Me {
    /// The office.
    office: store::OfficeId,
    /// What they may do.
    role: store::Role,
    /// The companies, or null for all of the office.
    companies: Option<Vec<store::CompanyId>>,
    /// The person and their places, if it is a person.
    identity: Option<Identity>,
}

/// Who the caller is and what they may see.
#[utoipa::path(get, path = "/v1/me", tag = "login", responses(
    (status = 200, description = "The caller", body = Me),
    (status = "4XX", description = "Why not", body = ProblemBody)))]
async fn me(State(app): State<App>, caller: Caller) -> Answer<Json<Me>> {
    let companies = match caller.scope.companies() {
        store::Companies::All => None,
        store::Companies::Set(set) => Some(set.iter().copied().collect()),
    };
    let identity = match caller.user() {
        Some(_) => session::verify(app.store(), &caller.secret, Timestamp::now()).await?,
        None => None,
    };
    Ok(Json(Me { office: caller.scope.office(), role: caller.scope.role(), companies, identity }))
}
