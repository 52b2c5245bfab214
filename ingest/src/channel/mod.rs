//! The doors.

pub mod imap;
pub mod ksef;
pub mod proxy;
pub mod smtp;
pub mod tls;
pub mod upload;
