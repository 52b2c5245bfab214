//! The SMTP listener, strict by construction: only CRLF ends a line, only `<CRLF>.<CRLF>` a mail, and everything is bounded.
//!
//! [`Session`] is the dialogue as a state machine without I/O; `connection` drives it over any stream, so that TLS is a
//! matter of wrapping the stream; [`Listener`] accepts and counts connections.

mod auth;
mod connection;
mod data;
mod door;
mod guard;
mod limits;
mod line;
mod listener;
mod reply;
mod session;
mod spool;
mod verbs;

pub use auth::Credentials;
pub use door::{Door, Encryption, Facing};
pub use limits::Limits;
pub use listener::{Doors, Entrance, Listener, SmtpConfig};
pub use reply::Reply;
pub use session::{Mail, Origin, Session, Step};
pub(crate) use spool::Spool;
