//! Black-box tests: the built programs, as their users meet them.
#![allow(clippy::print_stderr, reason = "the log of the service is shown when a test fails")]

mod browser;
mod crash;
mod demo;
mod documents;
mod fetch;
mod harness;
mod health;
mod invitation;
mod mailservers;
mod pictures;
mod roles;
mod talk;
