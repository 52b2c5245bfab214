//! Black-box tests: the built programs, as their users meet them.
#![allow(clippy::print_stderr, reason = "the log of the service is shown when a test fails")]

mod accounts;
mod backup;
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
mod hidden;
mod import;
mod invitation;
mod invoices;
mod ksef;
mod mailservers;
mod memory;
mod moving;
mod notices;
mod pictures;
mod receipts;
mod roles;
mod spv;
mod talk;
mod understood;
mod uploads;
mod webhooks;
mod xml_api;
