//! The SMTP listener, strict by construction: only CRLF ends a line, only `<CRLF>.<CRLF>` a mail, and everything is bounded.

mod data;
mod limits;
mod line;
mod reply;
mod session;
mod verbs;

pub use limits::Limits;
pub use reply::Reply;
pub use session::{Mail, Session, Step};
