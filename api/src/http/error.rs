//! From the store's errors to answers.

use super::problem::{Code, Problem};

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        use store::Error;
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Forbidden => Code::Forbidden.into(),
            Error::Invalid { code, message } => Problem::field(Code::Invalid, code, message),
            Error::Conflict { code: "key_reused", .. } => Code::KeyReused.into(),
            Error::Conflict { code: "size", message } => Problem::with(Code::TooLarge, message),
            Error::Conflict { code: "exists", message } => Problem::with(Code::AlreadyExists, message),
            Error::Conflict { message, .. } => Problem::with(Code::Conflict, message),
            Error::Alarmed(alarms) => Problem::alarmed(alarms),
            Error::Stale => Code::Stale.into(),
            Error::Unavailable(cause) => {
                tracing::warn!(%cause, "the store is unavailable");
                Code::Unavailable.into()
            }
            Error::Full(cause) => {
                tracing::error!(%cause, "the disk is full");
                Code::Full.into()
            }
            other => Problem::internal(other),
        }
    }
}
