//! How papers come in: channels that turn bytes and an envelope into submissions, the gate that judges them, and admission
//! that has them kept.

pub mod admission;
pub mod authentication;
pub mod channel;
pub mod forwarded;
pub mod gate;
mod rate;
pub mod reasons;
pub mod understood;
