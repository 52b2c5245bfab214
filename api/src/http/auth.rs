//! Who asks: a token in the Authorization header, or the session cookie of the pages.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use jiff::Timestamp;
use store::{Actor, OfficeId, Scope, UserId, session, token};

use super::app::App;
use super::origin;
use super::problem::{Answer, Code, Problem};

/// A caller who proved who they are.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What they may see and do.
    pub scope: Scope,
    /// What they proved it with; for asking again later (an open event stream) and for signing out.
    pub secret: String,
}

impl Caller {
    /// The person, if it is one.
    pub fn user(&self) -> Option<UserId> {
        match self.scope.actor() {
            Actor::User(id) => Some(id),
            _ => None,
        }
    }

    /// [`Code::Forbidden`] unless the role may.
    pub fn allow(&self, may: fn(store::Role) -> bool) -> Answer<()> {
        if may(self.scope.role()) { Ok(()) } else { Err(Code::Forbidden.into()) }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Answer<Self> {
        let office = office(&parts.headers)?;
        if let Some(secret) = bearer(&parts.headers) {
            return verify(app, secret, office).await;
        }
        let secret = session_secret(app, &parts.headers).ok_or(Code::Unauthorized)?;
        if !origin::is_ours(&parts.method, &parts.headers, &app.config().http.public_url) {
            return Err(Code::CrossSite.into());
        }
        verify(app, secret, office).await
    }
}

/// Whose secret it is now.
pub async fn verify(app: &App, secret: &str, office: Option<OfficeId>) -> Answer<Caller> {
    if let Some(caller) = app.callers().get(secret, office) {
        return Ok(caller);
    }
    let now = Timestamp::now();
    let scope = match secret.starts_with(token::PREFIX) {
        true => token::verify(app.store(), secret, now).await?,
        false => match session::verify(app.store(), secret, now).await? {
            Some(identity) => Some(identity.scope(office).map_err(|_| Code::Forbidden)?),
            None => None,
        },
    };
    let caller = Caller { scope: scope.ok_or(Code::Unauthorized)?, secret: secret.to_owned() };
    app.callers().put(&caller, office);
    Ok(caller)
}

/// Callers of the last moment: a token comes with every request, and looking it up each time costs as much as a list. What was
/// taken away is thus taken for [`KEPT`] longer, at most.
#[derive(Default)]
pub struct Callers(Mutex<HashMap<Asked, (Instant, Caller)>>);

/// A token, and the office asked for where its bearer has several.
type Asked = (String, Option<OfficeId>);

/// How long a look-up holds.
const KEPT: Duration = Duration::from_millis(700);
/// Look-ups kept at most.
const MOST: usize = 10_000;

impl Callers {
    fn get(&self, secret: &str, office: Option<OfficeId>) -> Option<Caller> {
        let callers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, caller) = callers.get(&(secret.to_owned(), office))?;
        (since.elapsed() < KEPT).then(|| caller.clone())
    }

    fn put(&self, caller: &Caller, office: Option<OfficeId>) {
        let mut callers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if callers.len() >= MOST {
            callers.retain(|_, (since, _)| since.elapsed() < KEPT);
        }
        if callers.len() < MOST {
            callers.insert((caller.secret.clone(), office), (Instant::now(), caller.clone()));
        }
    }

    /// Forgets all: something was taken away by this very process.
    pub fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The office that someone with places in several means.
fn office(headers: &HeaderMap) -> Answer<Option<OfficeId>> {
    let Some(value) = headers.get("postroom-office") else { return Ok(None) };
    let id = value.to_str().ok().and_then(|text| text.parse().ok());
    id.map(Some).ok_or_else(|| Problem::field(Code::BadRequest, "postroom-office", "This is not an office's id."))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

/// The session's secret in the cookie of that name.
pub fn session_secret<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
    let name = cookie_name(app, headers);
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().split_once('=').filter(|(key, _)| *key == name))
        .map(|(_, v)| v)
}

/// Over TLS the cookie is bound to this very host (`__Host-`); browsers take such a name over TLS only.
pub fn cookie_name(app: &App, headers: &HeaderMap) -> &'static str {
    if is_tls(app, headers) { "__Host-postroom" } else { "postroom" }
}

/// The Set-Cookie value that begins a session, or ends it if `secret` is empty.
pub fn set_cookie(app: &App, headers: &HeaderMap, secret: &str) -> String {
    let life = if secret.is_empty() { 0 } else { u64::from(app.config().http.session_hours) * 3600 };
    let secure = if is_tls(app, headers) { "; Secure" } else { "" };
    format!("{}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={life}{secure}", cookie_name(app, headers))
}

/// Whether the browser came over TLS, as far as it can be told.
pub fn is_tls(app: &App, headers: &HeaderMap) -> bool {
    let forwarded = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    app.config().http.public_url.starts_with("https://") || forwarded == Some("https")
}
