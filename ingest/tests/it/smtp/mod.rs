//! The SMTP listener over real sockets, before a real store.

mod admission;
mod authentication;
mod device;
mod dialogue;
mod hostile;
mod lmtp;
mod mailin;
mod proxy;
mod tls;
pub mod world;
