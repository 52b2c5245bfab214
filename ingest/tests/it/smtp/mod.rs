//! The SMTP listener over real sockets, before a real store.

mod admission;
mod dialogue;
mod hostile;
mod mailin;
mod world;
