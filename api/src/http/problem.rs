//! Everything the API answers when something does not work: RFC 9457 problems from one table, code -> status -> sentence.
//! The text of an internal error stays in the log.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::alarm::Alarm;
use utoipa::ToSchema;

macro_rules! problems {
    ($($(#[$doc:meta])* $code:ident $name:literal $status:ident $sentence:literal;)+) => {
        /// What can go wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $code),+ }

        impl Code {
            /// All of them.
            #[cfg(test)]
            pub const ALL: &[Code] = &[$(Code::$code),+];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Code::$code => $name),+ }
            }

            /// The HTTP status.
            pub const fn status(self) -> StatusCode {
                match self { $(Code::$code => StatusCode::$status),+ }
            }

            /// A sentence for a person: what happened and what to do.
            pub const fn sentence(self) -> &'static str {
                match self { $(Code::$code => $sentence),+ }
            }
        }
    };
}

problems! {
    /// Query, body or header does not have the form it must have.
    BadRequest "bad_request" BAD_REQUEST "The request does not have the form this address expects.";
    /// A key in the query or body that does not exist.
    UnknownField "unknown_field" BAD_REQUEST "The request names something that does not exist here.";
    /// No credentials, or none that are valid now.
    Unauthorized "unauthorized" UNAUTHORIZED "Sign in, or send a valid token.";
    /// Wrong name or password: never which of the two.
    WrongPassword "wrong_password" UNAUTHORIZED "This e-mail address and password do not belong together.";
    /// A passkey that is not known here, or did not sign what it was asked to.
    WrongPasskey "wrong_passkey" UNAUTHORIZED "This passkey does not open an account here.";
    /// The password is right; a code of the authenticator app is wanted beside it.
    SecondFactor "second_factor" UNAUTHORIZED "Type the six digits that your authenticator app shows now.";
    /// Signed in, but the role does not allow it.
    Forbidden "forbidden" FORBIDDEN "Your role does not allow this; ask the office's owner.";
    /// A form sent from another site.
    CrossSite "cross_site" FORBIDDEN "This request came from another site and was not carried out.";
    /// Not there, or another company's.
    NotFound "not_found" NOT_FOUND "There is no such thing, or it is not yours to see.";
    /// The address exists, this method does not.
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED "This address does not know that method.";
    /// The state does not allow it.
    Conflict "conflict" CONFLICT "This is not possible in the present state.";
    /// The same name twice.
    AlreadyExists "already_exists" CONFLICT "This exists already.";
    /// An Idempotency-Key used for something else before.
    KeyReused "key_reused" UNPROCESSABLE_ENTITY "This Idempotency-Key was used for a different request; take a new one.";
    /// If-Match names an older version.
    Stale "stale" PRECONDITION_FAILED "Somebody changed this in the meantime; load it again and repeat your change.";
    /// If-Match is needed.
    VersionNeeded "version_needed" PRECONDITION_REQUIRED "Send If-Match with the version that you changed.";
    /// Over the size limit.
    TooLarge "too_large" PAYLOAD_TOO_LARGE "The file is larger than this service takes.";
    /// Others wait while hardly anything comes.
    TooSlow "too_slow" REQUEST_TIMEOUT "The file came too slowly while others waited; send it again, or in pieces (/v1/uploads).";
    /// A kind of content that is not taken here.
    UnsupportedType "unsupported_type" UNSUPPORTED_MEDIA_TYPE "This kind of content is not taken here.";
    /// A range outside the file.
    BadRange "bad_range" RANGE_NOT_SATISFIABLE "The file ends before the range that you asked for.";
    /// Values that cannot be.
    Invalid "invalid" UNPROCESSABLE_ENTITY "Some values cannot be right.";
    /// No bytes.
    Empty "empty" UNPROCESSABLE_ENTITY "The file is empty; choose it again.";
    /// The bytes are not those that were said.
    Changed "changed" UNPROCESSABLE_ENTITY "The file arrived changed; send it again.";
    /// Not the version of the protocol that is spoken here.
    OtherVersion "other_version" PRECONDITION_FAILED "Send Tus-Resumable: 1.0.0; no other version of the protocol is spoken here.";
    /// Something speaks against the paper.
    Alarmed "alarmed" UNPROCESSABLE_ENTITY "Something speaks against this document: approve it with a reason that answers it.";
    /// The paper cannot be shown or read.
    Unreadable "unreadable" UNPROCESSABLE_ENTITY "This file cannot be read; ask for a better copy.";
    /// Too many tries.
    TooMany "too_many" TOO_MANY_REQUESTS "Too many tries; wait a quarter of an hour and try again.";
    /// Our own fault.
    Internal "internal" INTERNAL_SERVER_ERROR "Something went wrong here; it has been logged. Try again, and tell us if it stays.";
    /// The disk is full.
    Full "insufficient_storage" INSUFFICIENT_STORAGE "There is no room left for this; whoever runs the service has to make some. What is there can be read.";
    /// Not ready at the moment.
    Unavailable "unavailable" SERVICE_UNAVAILABLE "The service cannot do this at the moment; try again in a minute.";
}

/// An answer that says what did not work.
#[derive(Clone, Debug)]
pub struct Problem {
    code: Code,
    detail: Option<String>,
    errors: Vec<FieldError>,
    alarms: Vec<Alarm>,
}

/// One value that is wrong.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// Its name in the request.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// The body of every answer that is no success (RFC 9457).
#[derive(Serialize, ToSchema)]
pub struct ProblemBody {
    /// `/problems/` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// What happened and what to do, the same for each problem of this code.
    title: &'static str,
    /// The HTTP status again.
    status: u16,
    /// Stable name.
    code: &'static str,
    /// What is particular to this case.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Values that are wrong, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// What speaks against a paper, where that is the problem.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alarms: Vec<Alarm>,
}

/// What a handler answers.
pub type Answer<T> = Result<T, Problem>;

impl Problem {
    /// A problem with words of its own.
    pub fn with(code: Code, detail: impl Into<String>) -> Problem {
        Problem { detail: Some(detail.into()), ..code.into() }
    }

    /// A value in the request that is wrong.
    pub fn field(code: Code, field: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem { errors: vec![FieldError { field: field.into(), message: message.into() }], ..code.into() }
    }

    /// What speaks against a paper that was to be approved.
    pub fn alarmed(alarms: Vec<Alarm>) -> Problem {
        Problem { alarms, ..Code::Alarmed.into() }
    }

    /// Our own fault: the cause goes to the log, not to the client.
    pub fn internal(cause: impl std::fmt::Display) -> Problem {
        tracing::error!(%cause, "request failed");
        Code::Internal.into()
    }

    /// What speaks against the paper.
    pub fn alarms(&self) -> &[Alarm] {
        &self.alarms
    }

    /// Which one.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Names of the values that are wrong, as the request calls them.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.errors.iter().map(|error| error.field.as_str())
    }

    /// What is particular to this case, if anything is.
    pub fn particular(&self) -> Option<String> {
        let errors = self.errors.iter().map(|error| error.message.clone());
        let all: Vec<String> = self.detail.clone().into_iter().chain(errors).collect();
        (!all.is_empty()).then(|| all.join(" "))
    }

    /// All there is to say to a person, in one line.
    pub fn sentence(&self) -> String {
        let mut text = self.detail.clone().unwrap_or_else(|| self.code.sentence().to_owned());
        for error in &self.errors {
            text = format!("{text} {}: {}", error.field, error.message);
        }
        text
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Problem { code, detail: None, errors: Vec::new(), alarms: Vec::new() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemBody {
            kind: format!("/problems/{}", self.code.name()),
            title: self.code.sentence(),
            status: self.code.status().as_u16(),
            code: self.code.name(),
            detail: self.detail,
            errors: self.errors,
            alarms: self.alarms,
        };
        let mut response = (self.code.status(), axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.code == Code::Unauthorized {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_sentences_end() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert!(code.sentence().ends_with('.'), "{}", code.name());
            assert!(code.status().is_client_error() || code.status().is_server_error());
            assert!(Code::ALL[..index].iter().all(|other| other.name() != code.name()), "{} twice", code.name());
        }
    }
}
