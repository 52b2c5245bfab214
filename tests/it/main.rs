//! Black-box tests: the built programs, as their users meet them.

mod crash;
mod demo;
#[allow(dead_code, reason = "helpers for tests to come share one module")]
mod harness;
mod health;
