//! The pages: rendered here, forms that work without scripts, no build step. What they do goes through the same store calls as the
//! API, under the caller's own scope. A handler extracts, calls the store, renders; `visit` knows who looks and in which language.

mod assets;
mod client;
mod errand;
mod find;
mod frame;
mod inbox;
pub mod lang;
pub mod letter;
mod office;
mod oidc;
mod passkey;
mod password;
mod problem;
mod review;
mod send;
mod sign_in;
mod typed;
mod upload;
mod visit;

use askama::Template;
use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use store::document::Document;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::http::{App, Code, Problem};
use problem::PageProblem;
use visit::{Visit, Visitor};

/// Everything a page may do: load from here, post to here, be framed by nobody.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// All pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/", get(inbox::home))
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-in/oidc", get(oidc::begin))
        .route(oidc::BACK, get(oidc::back))
        .route("/sign-in/passkey/begin", post(passkey::challenge))
        .route("/sign-in/passkey", post(passkey::sign_in))
        .route("/account/passkeys/begin", post(passkey::begin))
        .route("/account/passkeys", post(passkey::add))
        .route("/account/passkeys/{passkey}/remove", post(passkey::remove))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/find", get(find::show))
        .route("/parts/{part}/take", post(find::take))
        .route("/upload", get(upload::show).post(upload::upload))
        .route("/send/{secret}", get(send::show).post(send::send))
        .merge(inbox::routes())
        .merge(review::routes())
        .merge(office::routes())
        .merge(client::routes())
        .layer(axum::middleware::from_fn(problem::draw))
        .layer(SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(SetResponseHeaderLayer::overriding(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")))
        .route("/assets/{version}/{name}", get(assets::serve))
        .layer(CompressionLayer::new())
}

/// An address that leads nowhere: a page for a browser, a problem for a program.
pub async fn no_such_page(headers: HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let problem = Problem::from(Code::NotFound);
    if !accepted.contains("text/html") {
        return problem.into_response();
    }
    let l = problem::wished(&headers).unwrap_or_else(lang::english);
    ([(header::CONTENT_SECURITY_POLICY, POLICY), (header::X_FRAME_OPTIONS, "DENY")], problem::page(l, &problem)).into_response()
}

/// What a page handler answers.
type PageResult = Result<Response, PageProblem>;

/// A page with its status.
fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => Problem::internal(error).into_response(),
    }
}

/// Back to an address after a form was carried out.
fn see_other(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// The same, where the page is to say what was done: `said.<word>` with a number.
fn said(path: &str, word: &str, number: u64) -> Response {
    let mark = if path.contains('?') { '&' } else { '?' };
    see_other(&format!("{path}{mark}said={word}.{number}"))
}

/// Only addresses of ours: `//evil.example` would lead away, and so would `/\t/evil.example`, whose tab browsers take out (URL
/// Standard, 4.4).
fn ours(path: &str) -> &str {
    let plain = path.starts_with('/') && !path.starts_with("//") && !path.contains(|c: char| c == '\\' || c.is_control());
    if plain { path } else { "/" }
}

/// A text as a value in a query (everything but letters, digits and a few marks is escaped).
pub(crate) fn escaped(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'-' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => _ = write!(out, "%{byte:02X}"),
        }
        out
    })
}

/// A paper's amount with its currency; empty where nobody knows it.
fn amount_of(l: &lang::Lang, document: &Document) -> String {
    let amount = document.amount.as_deref().map(|amount| l.money(amount)).unwrap_or_default();
    format!("{amount} {}", document.currency.as_deref().unwrap_or_default()).trim().to_owned()
}

/// The name that serde knows.
pub fn name_of(word: &impl serde::Serialize) -> String {
    serde_json::to_value(word).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
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
            ("/\t/evil.example", "/"),
            ("/\u{7f}", "/"),
            ("", "/"),
        ] {
            assert_eq!(super::ours(next), want);
        }
    }
}
