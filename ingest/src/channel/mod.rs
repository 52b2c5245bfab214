//! The doors.

pub mod smtp;
pub mod upload;
