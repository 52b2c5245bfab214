//! The doors.

pub mod imap;
mod inboxes;
pub mod ksef;
mod oauth;
pub mod proxy;
pub mod smtp;
pub mod spv;
pub mod tls;
pub mod upload;
