//! The pages: rendered here, plain HTML forms, no build step. What they do goes through the same store calls as the API, under the
//! caller's own scope.

mod act;
mod assets;
mod document;
mod fields;
mod frame;
mod held;
mod list;
mod mail;
mod sign_in;
mod upload;
mod words;

use askama::Template;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::http::{App, Caller, Code, Problem};

/// Everything a page may do: load from here, post to here, be framed by nobody.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// All pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/", get(list::show))
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/upload", get(upload::show).post(upload::upload))
        .route("/held", get(held::show))
        .route("/held/{id}/{decision}", post(held::decide))
        .route("/mail", get(mail::show))
        .route("/documents/read", post(act::read_many))
        .route("/documents/{id}", get(document::show))
        .route("/documents/{id}/save", post(act::save))
        .route("/documents/{id}/{verb}", post(act::act))
        .layer(SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .route("/assets/{name}", get(assets::serve))
}

/// What a page handler answers.
type PageResult = Result<Response, PageProblem>;

/// A caller of a page; without a session they are sent to sign in.
struct Visitor(Caller);

impl FromRequestParts<App> for Visitor {
    type Rejection = PageProblem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageProblem> {
        match Caller::from_request_parts(parts, app).await {
            Ok(caller) if caller.scope.role().may_see() => Ok(Visitor(caller)),
            Ok(_) => Err(PageProblem::Shown(Code::Forbidden.into())),
            Err(problem) if problem.code() == Code::Unauthorized => {
                let wanted = parts.uri.path_and_query().map_or("/", |path| path.as_str());
                Err(PageProblem::SignIn(if parts.method == Method::GET { wanted.to_owned() } else { "/".to_owned() }))
            }
            Err(problem) => Err(PageProblem::Shown(problem)),
        }
    }
}

/// Why a page is not shown.
enum PageProblem {
    /// Sign in first, then come back to this address.
    SignIn(String),
    /// A sentence.
    Shown(Problem),
}

impl<E: Into<Problem>> From<E> for PageProblem {
    fn from(error: E) -> Self {
        PageProblem::Shown(error.into())
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: frame::Frame,
    title: &'static str,
    message: String,
}

impl IntoResponse for PageProblem {
    fn into_response(self) -> Response {
        match self {
            PageProblem::SignIn(wanted) => Redirect::to(&format!("/sign-in?next={}", escaped(&wanted))).into_response(),
            PageProblem::Shown(problem) => {
                let title = match problem.code() {
                    Code::NotFound => "Not found",
                    Code::Forbidden => "Not allowed",
                    _ => "This did not work",
                };
                let page = ProblemPage { frame: frame::Frame::bare(), title, message: problem.sentence() };
                html(problem.code().status(), &page)
            }
        }
    }
}

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

/// A text as a value in a query (everything but letters, digits and a few marks is escaped).
fn escaped(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'-' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => _ = write!(out, "%{byte:02X}"),
        }
        out
    })
}
