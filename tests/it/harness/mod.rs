//! What black-box tests are made of: a service with a folder and ports of its own, people who send mail and call the API.

mod api;
mod browser;
mod mail;
mod office;
mod service;

pub use api::Api;
pub use browser::Browser;
pub use mail::{Mail, SmtpClient};
pub use office::{Office, invoice, pdf};
pub use service::{Service, demo};

use std::time::{Duration, Instant};

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
