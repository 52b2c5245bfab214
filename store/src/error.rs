//! Errors by what the caller can do about them.

use crate::alarm::Alarm;

/// Result of a call to the store.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call did not do what was asked. `Display` is a sentence for the log; [`Error::Invalid`] and [`Error::Conflict`] are fit
/// for a user's eyes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such row within the scope.
    #[error("not found")]
    NotFound,
    /// The scope's role may not do this.
    #[error("this role may not do that")]
    Forbidden,
    /// What was given cannot be taken; the user can mend it.
    #[error("{message}")]
    Invalid {
        /// Stable name, snake_case.
        code: &'static str,
        /// A sentence for a person.
        message: String,
    },
    /// It stands against something that exists (a name that is taken, a state that does not allow it).
    #[error("{message}")]
    Conflict {
        /// Stable name, snake_case.
        code: &'static str,
        /// A sentence for a person.
        message: String,
    },
    /// A paper with open alarms was approved without a reason.
    #[error("open alarms want a reason")]
    Alarmed(Vec<Alarm>),
    /// The row was changed since the caller read it: read again (412).
    #[error("changed by someone else meanwhile")]
    Stale,
    /// The job was given to another worker: drop the result.
    #[error("the lease on this job is over")]
    LeaseLost,
    /// Nothing is known to have happened: try again later.
    #[error("the store cannot be reached or written: {0}")]
    Unavailable(String),
    /// There is no room for it: nothing happened, and what is there can still be read. Freeing space mends it, without a restart.
    #[error("the disk is full: {0}")]
    Full(String),
    /// Our own fault: it will not go away by trying again.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    pub(crate) fn invalid(code: &'static str, message: impl Into<String>) -> Error {
        Error::Invalid { code, message: message.into() }
    }

    pub(crate) fn conflict(code: &'static str, message: impl Into<String>) -> Error {
        Error::Conflict { code, message: message.into() }
    }

    pub(crate) fn internal(message: impl std::fmt::Display) -> Error {
        Error::Internal(message.to_string())
    }

    /// True where trying the same again later may work.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Error::Unavailable(_) | Error::Full(_))
    }

    /// The same for another one whose write was in the same transaction.
    pub(crate) fn shared(&self) -> Error {
        match self {
            Error::Full(cause) => Error::Full(cause.clone()),
            error => Error::Unavailable(error.to_string()),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        use sqlx::error::ErrorKind;
        match &error {
            sqlx::Error::Database(db) => match db.kind() {
                ErrorKind::UniqueViolation => Error::conflict("exists", "This exists already."),
                ErrorKind::ForeignKeyViolation => {
                    Error::conflict("missing_reference", "Something this belongs to does not exist.")
                }
                ErrorKind::NotNullViolation | ErrorKind::CheckViolation => Error::internal(db),
                _ if lasting(db.code().as_deref().unwrap_or_default()) => Error::internal(db),
                _ if no_room(db.code().as_deref().unwrap_or_default()) => Error::Full(db.to_string()),
                _ => Error::Unavailable(db.to_string()),
            },
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_) => Error::Unavailable(error.to_string()),
            _ => Error::internal(error),
        }
    }
}

/// True for codes that say that the statement itself is wrong. SQLite: 1 (SQLITE_ERROR), 20, 21 and 25 (misuse); PostgreSQL:
/// classes 22 (data), 42 (syntax and rights) and 0A (unsupported).
fn lasting(code: &str) -> bool {
    matches!(code, "1" | "20" | "21" | "25") || (code.len() == 5 && ["22", "42", "0A"].contains(&&code[..2]))
}

/// True for SQLite's SQLITE_FULL and PostgreSQL's `disk_full`.
fn no_room(code: &str) -> bool {
    matches!(code, "13" | "53100")
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Error {
        match error {
            object_store::Error::NotFound { .. } => Error::NotFound,
            error if fills_disk(&error) => Error::Full(format!("object store: {error}")),
            error => Error::Unavailable(format!("object store: {error}")),
        }
    }
}

/// True where a folder is the object store and its disk has no room left.
fn fills_disk(error: &(dyn std::error::Error + 'static)) -> bool {
    let is_full =
        |error: &std::io::Error| matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded);
    let own = error.downcast_ref::<std::io::Error>().is_some_and(is_full);
    own || error.source().is_some_and(fills_disk)
}
