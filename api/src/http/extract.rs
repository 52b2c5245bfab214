//! Extractors that answer problems: a query or body names only what exists, an id that is none is simply not there.

use std::str::FromStr;

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;

use super::problem::{Answer, Code, Problem};

/// The query string. Its type denies unknown fields.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        match axum_extra::extract::Query::<T>::try_from_uri(&parts.uri) {
            Ok(query) => Ok(Params(query.0)),
            Err(rejection) => Err(from_serde(&rejection.body_text())),
        }
    }
}

/// A JSON body. Its type denies unknown fields.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Answer<Self> {
        match <axum::Json<T> as FromRequest<S>>::from_request(request, state).await {
            Ok(json) => Ok(Body(json.0)),
            Err(JsonRejection::MissingJsonContentType(_)) => {
                Err(Problem::with(Code::UnsupportedType, "Send the body as application/json."))
            }
            Err(JsonRejection::BytesRejection(_)) => Err(Code::TooLarge.into()),
            Err(other) => Err(from_serde(&other.body_text())),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Answer<Option<Self>> {
        let none = request.headers().get(header::CONTENT_TYPE).is_none();
        if none { Ok(None) } else { <Self as FromRequest<S>>::from_request(request, state).await.map(Some) }
    }
}

/// The id in the path. What is no id is not found, like any id that does not exist.
pub struct Id<T>(pub T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let Path(ids) = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await.map_err(|_| Code::NotFound)?;
        let id = ids.first().and_then(|(_, text)| text.parse().ok()).ok_or(Code::NotFound)?;
        Ok(Id(id))
    }
}

/// The version in If-Match, which a change needs. None: whatever there is (`*`, RFC 9110, 13.1.1).
pub fn if_match(headers: &HeaderMap) -> Answer<Option<u64>> {
    let value = headers.get(header::IF_MATCH).ok_or(Code::VersionNeeded)?;
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    // A tag that we never gave cannot match.
    text.trim_matches('"').parse().map(Some).map_err(|_| Code::Stale.into())
}

/// Turns serde's words about a body or query into a problem that names the field.
fn from_serde(message: &str) -> Problem {
    let quoted = |before: &str| {
        let rest = message.split_once(before)?.1;
        Some(rest.split_once('`')?.0.to_owned())
    };
    if let Some(name) = quoted("unknown field `") {
        let known = message.split_once(", expected ").map(|(_, list)| list.split(" at line").next().unwrap_or(list));
        let message =
            known.map_or("It does not exist here.".to_owned(), |list| format!("It does not exist here; there is {list}."));
        return Problem::field(Code::UnknownField, name, message);
    }
    if let Some(name) = quoted("missing field `") {
        return Problem::field(Code::BadRequest, name, "It is needed.");
    }
    Problem::with(Code::BadRequest, message.to_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn versions_that_a_change_is_for() {
        let asked = |value: Option<&'static str>| {
            let given = value.map(|value| (header::IF_MATCH, HeaderValue::from_static(value)));
            let headers: HeaderMap = given.into_iter().collect();
            if_match(&headers).map_err(|problem| problem.code())
        };
        assert_eq!(asked(Some("\"7\"")), Ok(Some(7)));
        assert_eq!(asked(Some(" * ")), Ok(None), "whatever there is");
        assert_eq!(asked(None), Err(Code::VersionNeeded));
        for other in ["", "\"seven\"", "W/\"7\"", "\"*\""] {
            assert_eq!(asked(Some(other)), Err(Code::Stale), "{other}");
        }
    }

    #[test]
    fn the_field_is_named() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Query {
            #[allow(dead_code, reason = "only its presence matters")]
            state: Option<String>,
        }
        let uri = "/x?colour=red".parse().unwrap();
        let rejection = axum_extra::extract::Query::<Query>::try_from_uri(&uri).unwrap_err();
        let problem = from_serde(&rejection.body_text());
        assert_eq!(problem.code(), Code::UnknownField);
        assert!(problem.sentence().contains("colour"), "{}", problem.sentence());
        assert!(problem.sentence().contains("state"), "{}", problem.sentence());
    }
}
