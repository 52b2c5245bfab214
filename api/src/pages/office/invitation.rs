//! Where the link of an invitation leads: to a password, and in.

use std::net::SocketAddr;

use askama::Template;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use jiff::Timestamp;
use serde::Deserialize;
use store::user::{self, Login};
use store::{Error, invitation, office, session};

use crate::http::{App, Code, Problem, is_ours, session_secret, set_cookie, start_session};
use crate::pages::frame::Frame;
use crate::pages::lang::{self, Lang};
use crate::pages::password::{lack, rule};
use crate::pages::problem::{PageProblem, wished};
use crate::pages::{PageResult, escaped, html};
use crate::password::{self, Refused};

#[derive(Template)]
#[template(path = "invitation.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    secret: String,
    email: String,
    whom: String,
    known: bool,
    /// Where somebody who has an account signs in first; empty once they have.
    way: String,
    error: String,
    shortest: u64,
    rule: String,
}

/// Shows it. A link that is over says so, and whom to ask.
pub async fn show(State(app): State<App>, headers: HeaderMap, Path(secret): Path<String>) -> PageResult {
    render(&app, &headers, secret, String::new(), StatusCode::OK).await
}

async fn render(
    app: &App,
    headers: &HeaderMap,
    secret: String,
    error: String,
    status: StatusCode,
) -> Result<Response, PageProblem> {
    let l = wished(headers).unwrap_or_else(lang::english);
    let found = invitation::find(app.store(), &secret, Timestamp::now()).await?;
    let over = || Problem::with(Code::NotFound, l.t("invite.over"));
    let found = found.ok_or_else(over)?;
    invitation::opened(app.store(), found.id, Timestamp::now()).await?;
    let login = user::login(app.store(), &found.email).await?;
    let rules = office::password_rules(app.store(), login.as_ref().map(|login| login.user), Some(found.office)).await?;
    let known = login.filter(|login| login.password_hash.is_some());
    let here = match &known {
        Some(login) => is_here(app, headers, login).await?,
        None => false,
    };
    let page = Page {
        l,
        frame: Frame::bare(),
        way: if known.is_some() && !here { way(&secret) } else { String::new() },
        secret,
        whom: l.fill("invite.as", &[("email", &found.email), ("role", &l.word("role", found.role.as_str()))]),
        email: found.email,
        known: known.is_some(),
        error,
        shortest: password::shortest(&rules) as u64,
        rule: rule(l, &rules),
    };
    Ok(html(status, &page))
}

/// By way of signing in and back.
fn way(secret: &str) -> String {
    format!("/sign-in?next={}", escaped(&format!("/invitation/{secret}")))
}

/// Whether it is they who are signed in in this browser.
async fn is_here(app: &App, headers: &HeaderMap, login: &Login) -> Result<bool, PageProblem> {
    let Some(session) = session_secret(app, headers) else { return Ok(false) };
    let person = session::verify(app.store(), session, Timestamp::now()).await?;
    Ok(person.is_some_and(|person| person.user == login.user))
}

/// What is typed.
#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    password: String,
}

/// Takes the place and signs in. A person who has a password signs in with it first: the link alone must not open their account, and the
/// place must not go to whoever else has chosen a password for this address.
pub async fn accept(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(secret): Path<String>,
    Form(typed): Form<Typed>,
) -> PageResult {
    if !is_ours(&Method::POST, &headers, &app.config().http.public_url) {
        return Err(Problem::from(Code::CrossSite).into());
    }
    let l = wished(&headers).unwrap_or_else(lang::english);
    let now = Timestamp::now();
    let found = invitation::find(app.store(), &secret, now).await?;
    let found = found.ok_or_else(|| Problem::with(Code::NotFound, l.t("invite.over")))?;
    let login = user::login(app.store(), &found.email).await?;
    if let Some(known) = login.as_ref().filter(|login| login.password_hash.is_some()) {
        if !is_here(&app, &headers, known).await? {
            return Ok(Redirect::to(&way(&secret)).into_response());
        }
        invitation::accept(app.store(), &secret, None, now).await?;
        app.callers().forget();
        return Ok(Redirect::to("/").into_response());
    }
    let rules = office::password_rules(app.store(), login.map(|login| login.user), Some(found.office)).await?;
    let hash = match password::hash(typed.password, &rules, &[&found.email, &found.name]).await {
        Ok(hash) => hash,
        Err(Refused::Weak(weak)) => {
            let error = lack(l, &weak);
            return render(&app, &headers, secret, error, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
        Err(Refused::Failed(error)) => return Err(Problem::internal(error).into()),
    };
    let user = match invitation::accept(app.store(), &secret, Some(hash), now).await {
        // By way of another link, at this very moment.
        Err(Error::Conflict { code: "known", .. }) => return Ok(Redirect::to(&way(&secret)).into_response()),
        other => other?,
    };
    let session = start_session(&app, peer.ip(), &headers, user, now).await?;
    let cookie = set_cookie(&app, &headers, &session.token);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}
