//! Why a job did not work, in the words of the protocol.

use ocr::protocol::ErrorCode;

use crate::picture::PictureError;

/// A job's failure: it goes to the service as `Reply::Error`.
#[derive(Debug, thiserror::Error)]
#[error("{code:?}: {message}")]
pub struct Failure {
    /// Stable name.
    pub code: ErrorCode,
    /// A sentence for a person: what happened and what to do.
    pub message: String,
}

impl Failure {
    /// A failure with its sentence.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Failure {
        Failure { code, message: message.into() }
    }

    /// A password is needed.
    pub fn encrypted() -> Failure {
        Failure::new(ErrorCode::Encrypted, "the file is locked with a password: ask its sender for an unlocked copy")
    }

    /// Damaged beyond reading.
    pub fn broken(what: &str) -> Failure {
        Failure::new(ErrorCode::Broken, format!("{what} is damaged or cut short: ask its sender to send it again"))
    }

    /// Our own fault.
    pub fn internal(what: impl std::fmt::Display) -> Failure {
        Failure::new(ErrorCode::Internal, what.to_string())
    }
}

impl From<PictureError> for Failure {
    fn from(error: PictureError) -> Failure {
        let code = match error {
            PictureError::TooLarge { .. } => ErrorCode::TooLarge,
            PictureError::Broken(_) => ErrorCode::Broken,
            PictureError::Empty => ErrorCode::Empty,
            PictureError::Unsupported(_) => ErrorCode::Unsupported,
        };
        Failure::new(code, error.to_string())
    }
}
