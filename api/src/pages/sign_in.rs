//! Signing in and out.

use std::net::SocketAddr;

use askama::Template;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::frame::Frame;
use super::lang::{self, Lang};
use super::problem::{sentence, wished};
use super::{PageResult, Visitor, escaped, html, oidc, ours};
use crate::http::{App, Code, Login, Problem, is_ours, set_cookie, sign_in as check, sign_out as end};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    error: String,
    email: String,
    password: String,
    next: String,
    code: bool,
    /// The way to the office's own provider, and what the button says.
    elsewhere: Option<(String, String)>,
}

/// Where to go afterwards.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Next {
    next: String,
}

/// What is typed.
#[derive(Deserialize)]
pub struct Typed {
    email: String,
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// The form.
pub async fn show(State(app): State<App>, headers: HeaderMap, Query(next): Query<Next>) -> Response {
    let l = wished(&headers).unwrap_or_else(lang::english);
    let (error, email, password) = (String::new(), String::new(), String::new());
    let next = ours(&next.next).to_owned();
    let elsewhere = elsewhere(&app, &next);
    let page = Page { l, frame: Frame::bare(), error, email, password, next, code: false, elsewhere };
    html(StatusCode::OK, &page)
}

fn elsewhere(app: &App, next: &str) -> Option<(String, String)> {
    Some((format!("/sign-in/oidc?next={}", escaped(next)), oidc::label(app.config())?))
}

/// Starts a session.
pub async fn sign_in(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> PageResult {
    if !is_ours(&Method::POST, &headers, &app.config().http.public_url) {
        return Err(Problem::from(Code::CrossSite).into());
    }
    let l = wished(&headers).unwrap_or_else(lang::english);
    let code = Some(typed.code.trim().to_owned()).filter(|code| !code.is_empty());
    let asked = code.is_some();
    let login = Login { email: typed.email.clone(), password: typed.password.clone(), code };
    let next = ours(&typed.next);
    match check(&app, peer.ip(), &headers, login).await {
        Ok(session) => {
            let cookie = set_cookie(&app, &headers, &session.token);
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to(next)).into_response())
        }
        Err(problem) => {
            let second = problem.code() == Code::SecondFactor;
            let page = Page {
                l,
                frame: Frame::bare(),
                // The first time it is a question, not an error.
                error: if second && !asked { String::new() } else { sentence(l, &problem) },
                email: typed.email,
                password: if second { typed.password } else { String::new() },
                next: next.to_owned(),
                code: second,
                elsewhere: elsewhere(&app, next),
            };
            Ok(html(problem.code().status(), &page))
        }
    }
}

/// Ends it.
pub async fn sign_out(State(app): State<App>, headers: HeaderMap, Visitor(caller): Visitor) -> PageResult {
    end(&app, &caller).await?;
    Ok(([(header::SET_COOKIE, set_cookie(&app, &headers, ""))], Redirect::to("/sign-in")).into_response())
}
