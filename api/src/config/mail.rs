//! The doors for mail beside the main one, and the certificate they show.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Address and port, or empty for a door that stays shut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Listen(pub Option<SocketAddr>);

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Listen, String> {
        match text.trim() {
            "" => Ok(Listen(None)),
            text => text.parse().map(|address| Listen(Some(address))).map_err(|_| {
                format!("{text:?} is no address with a port: write one like 0.0.0.0:587, or nothing to leave this door shut")
            }),
        }
    }
}

impl TryFrom<String> for Listen {
    type Error = String;

    fn try_from(text: String) -> Result<Listen, String> {
        text.parse()
    }
}

impl From<Listen> for String {
    fn from(listen: Listen) -> String {
        listen.to_string()
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |address| write!(f, "{address}"))
    }
}

/// `[tls]`: the certificate of the mail doors.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// PEM file: the certificate, then those between it and the authority.
    pub certificate: PathBuf,
    /// PEM file: its key.
    pub key: PathBuf,
}

/// `[submission]`: devices that sign in.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Submission {
    /// Address and port for STARTTLS (587).
    pub listen: Listen,
    /// Address and port for TLS from the first byte (465).
    pub tls_listen: Listen,
}

/// `[lmtp]`: a mail server on this machine or network hands mail over.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lmtp {
    /// Address and port.
    pub listen: Listen,
    /// Path of a socket file.
    pub socket: PathBuf,
}

/// `[imap]`: mail fetched from mailboxes elsewhere.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Imap {
    /// Fetch in this process.
    pub enabled: bool,
    /// Seconds between looks into mailboxes whose server does not tell of new mail.
    pub poll_seconds: u64,
    /// Seconds until a server that failed is tried again; they double each time, up to a quarter of an hour.
    pub retry_seconds: u64,
    /// PEM file with certificate authorities beside the system's.
    pub ca_file: PathBuf,
}

impl Default for Imap {
    fn default() -> Self {
        Imap { enabled: true, poll_seconds: 60, retry_seconds: 5, ca_file: PathBuf::new() }
    }
}

/// `[ksef]`: invoices fetched from the Polish state's system of e-invoices.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ksef {
    /// Fetch in this process.
    pub enabled: bool,
    /// Where the API is.
    pub address: String,
    /// Seconds between two looks into one company's inbox. KSeF asks for a quarter of an hour at least.
    pub poll_seconds: u64,
}

impl Default for Ksef {
    fn default() -> Self {
        Ksef { enabled: true, address: "https://api.ksef.mf.gov.pl/v2".to_owned(), poll_seconds: 900 }
    }
}

/// `[authentication]`: who really sent a mail.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Authentication {
    /// Ask the DNS for SPF, DKIM and DMARC where it matters.
    pub enabled: bool,
    /// Name servers with their ports; empty for those of the system.
    pub resolvers: Vec<String>,
    /// Domains whose ARC seals are trusted.
    pub arc_sealers: Vec<String>,
    /// Names of the servers whose Authentication-Results are believed on mail that comes by LMTP.
    pub trusted_servers: Vec<String>,
}

impl Default for Authentication {
    fn default() -> Self {
        let sealers = ["google.com", "microsoft.com", "yahoo.com", "icloud.com", "messagingengine.com", "zohomail.eu"];
        Authentication {
            enabled: true,
            resolvers: Vec::new(),
            arc_sealers: sealers.map(str::to_owned).into(),
            trusted_servers: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Listen;

    #[test]
    fn an_empty_address_is_a_shut_door() {
        assert_eq!("".parse(), Ok(Listen(None)));
        assert_eq!("[::]:587".parse::<Listen>().unwrap().to_string(), "[::]:587");
        assert!("587".parse::<Listen>().unwrap_err().contains("0.0.0.0:587"));
    }
}
