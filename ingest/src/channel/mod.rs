//! The doors.

pub mod smtp;
