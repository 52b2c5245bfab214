//! Signing in and out.

use std::net::SocketAddr;

use askama::Template;
use axum::Form;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{PageResult, Visitor, assets, html};
use crate::http::{App, Code, Login, Problem, is_ours, set_cookie, sign_in as check, sign_out as end};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    assets: &'static str,
    error: String,
    email: String,
    next: String,
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
    next: String,
}

/// Only addresses of ours: `//evil.example` would lead away.
fn ours(next: &str) -> String {
    let plain = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']);
    if plain { next.to_owned() } else { "/".to_owned() }
}

/// The form.
pub async fn show(Query(next): Query<Next>) -> Response {
    let page = Page { assets: &assets::VERSION, error: String::new(), email: String::new(), next: ours(&next.next) };
    html(StatusCode::OK, &page)
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
    let login = Login { email: typed.email.clone(), password: typed.password };
    match check(&app, peer.ip(), login).await {
        Ok(session) => {
            let cookie = set_cookie(&app, &headers, &session.token);
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&ours(&typed.next))).into_response())
        }
        Err(problem) => {
            let next = ours(&typed.next);
            let page = Page { assets: &assets::VERSION, error: problem.sentence(), email: typed.email, next };
            Ok(html(problem.code().status(), &page))
        }
    }
}

/// Ends it.
pub async fn sign_out(State(app): State<App>, headers: HeaderMap, Visitor(caller): Visitor) -> PageResult {
    end(&app, &caller).await?;
    Ok(([(header::SET_COOKIE, set_cookie(&app, &headers, ""))], Redirect::to("/sign-in")).into_response())
}

#[cfg(test)]
mod tests {
    #[test]
    fn nobody_is_led_away() {
        for (next, want) in [
            ("/documents/1?x=2", "/documents/1?x=2"),
            ("//evil.example", "/"),
            ("https://evil.example", "/"),
            ("/\\evil", "/"),
            ("", "/"),
        ] {
            assert_eq!(super::ours(next), want);
        }
    }
}
