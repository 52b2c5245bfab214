//! Pages that say why there is no page.

use askama::Template;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::frame::Frame;
use super::lang::{self, Lang};
use super::{escaped, html};
use crate::http::{Code, Problem};

/// Why a page is not shown.
pub enum PageProblem {
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

impl IntoResponse for PageProblem {
    fn into_response(self) -> Response {
        match self {
            PageProblem::SignIn(wanted) => Redirect::to(&format!("/sign-in?next={}", escaped(&wanted))).into_response(),
            PageProblem::Shown(problem) => {
                let mut response = problem.code().status().into_response();
                response.extensions_mut().insert(problem);
                response
            }
        }
    }
}

/// Name of the cookie that keeps the language someone chose, for the pages before signing in.
pub const LANGUAGE: &str = "postroom-language";

/// The language of a request by someone who is not known: chosen before, or the browser's.
pub fn wished(headers: &HeaderMap) -> Option<&'static Lang> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let chosen =
        cookies.flat_map(|value| value.split(';')).find_map(|pair| pair.trim().strip_prefix(LANGUAGE)?.strip_prefix('='));
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    chosen.and_then(lang::of).or_else(|| lang::accepted(accepted))
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Page {
    l: &'static Lang,
    frame: Frame,
    title: &'static str,
    message: String,
}

/// Draws the page of a problem in the language of the request.
pub async fn draw(request: Request, next: Next) -> Response {
    let l = wished(request.headers()).unwrap_or_else(lang::english);
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    page(l, &problem)
}

/// The page of a problem.
pub fn page(l: &'static Lang, problem: &Problem) -> Response {
    let title = match problem.code() {
        Code::NotFound => l.t("problem_page.not_found"),
        Code::Forbidden => l.t("problem_page.not_allowed"),
        _ => l.t("problem_page.did_not_work"),
    };
    html(problem.code().status(), &Page { l, frame: Frame::bare(), title, message: sentence(l, problem) })
}

/// All there is to say, in this language. What is particular to the case stands behind it as it was said.
pub fn sentence(l: &Lang, problem: &Problem) -> String {
    let general = l.word("error", problem.code().name());
    match problem.particular() {
        Some(particular) => format!("{general} {particular}"),
        None => general,
    }
}
