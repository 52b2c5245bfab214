//! The doors.

pub mod imap;
pub mod proxy;
pub mod smtp;
pub mod tls;
pub mod upload;
