//! What black-box tests are made of: a service with a folder and ports of its own, people who send mail and call the API.

mod api;
mod browser;
mod certificate;
mod dovecot;
mod ksef;
mod mail;
mod office;
mod server;
mod service;
mod spv;

pub use api::{Api, Reply};
pub use browser::Browser;
pub use certificate::{PASSPHRASE, certificate, verify_xades};
pub use dovecot::Dovecot;
pub use ksef::{Ksef, LATER};
pub use mail::{Mail, SmtpClient};
pub use office::{Office, invoice, invoice_lines, invoice_with, pdf, pdf_of, set};
pub use service::{Service, demo, read, sample};
pub use spv::{SPV_CLIENT, Spv};

use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// An address on this machine whose port is free at the moment.
pub fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port")
}

/// Runs a program that must work.
pub fn run(command: &mut Command) {
    // No pipes: a server that goes into the background would keep them open.
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let status = status.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}

/// Asks until there is an answer; a minute is more than anything here may take.
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "waited a minute in vain for: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
