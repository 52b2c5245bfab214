//! Black-box tests: the built programs, as their users meet them.
#![allow(clippy::print_stderr, reason = "the log of the service is shown when a test fails")]

mod accounts;
mod browser;
mod chasing;
mod closing;
mod complaints;
mod crash;
mod demo;
mod documents;
mod export;
mod fetch;
mod full_disk;
mod harness;
mod health;
mod import;
mod invitation;
mod invoices;
mod ksef;
mod mailservers;
mod memory;
mod moving;
mod notices;
mod pictures;
mod roles;
mod talk;
mod understood;
mod uploads;
mod xml_api;
