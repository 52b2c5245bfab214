//! The doors: SMTP and HTTP.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::Listen;

/// `[smtp]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Smtp {
    /// Receive mail at all.
    pub enabled: bool,
    /// Address and port.
    pub listen: SocketAddr,
    /// Address and port for TLS from the first byte.
    pub tls_listen: Listen,
    /// Our name in the greeting.
    pub hostname: String,
    /// Largest mail in bytes.
    pub max_message_bytes: u64,
    /// Connections at once.
    pub max_connections: usize,
    /// Connections at once from one address.
    pub max_connections_per_address: usize,
    /// Connections a minute from one address, on average.
    pub max_connections_per_minute: u32,
    /// Recipients of one mail.
    pub max_recipients: usize,
    /// Mails an hour to one company.
    pub max_mails_per_hour: u64,
    /// Megabytes kept for one company, above which its mail is put off with 452; 0: no limit.
    pub company_megabytes: u64,
    /// Networks of balancers, whose connections begin with a PROXY header.
    pub balancers: Vec<String>,
}

impl Default for Smtp {
    fn default() -> Self {
        Smtp {
            enabled: true,
            listen: SocketAddr::from(([127, 0, 0, 1], 2525)),
            tls_listen: Listen(None),
            hostname: "localhost".to_owned(),
            max_message_bytes: 50 << 20,
            max_connections: 4_000,
            max_connections_per_address: 200,
            max_connections_per_minute: 1_200,
            max_recipients: 100,
            max_mails_per_hour: 60_000,
            company_megabytes: 0,
            balancers: Vec::new(),
        }
    }
}

/// `[http]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Address and port.
    pub listen: SocketAddr,
    /// The address people type, for links and for the check of where a form came from; empty for the request's own Host.
    pub public_url: String,
    /// Networks of reverse proxies, whose X-Forwarded-For says who is behind them.
    pub proxies: Vec<String>,
    /// Address and port of the metrics.
    pub metrics_listen: Listen,
    /// Largest upload in bytes.
    pub max_upload_bytes: u64,
    /// Connections at once.
    pub max_connections: usize,
    /// Hours until a sign-in ends.
    pub session_hours: u32,
    /// Megabytes of page images kept in memory.
    pub image_cache_mb: usize,
}

impl Default for Http {
    fn default() -> Self {
        Http {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: String::new(),
            proxies: Vec::new(),
            metrics_listen: Listen(None),
            max_upload_bytes: 50 << 20,
            max_connections: 2_000,
            session_hours: 12,
            image_cache_mb: 32,
        }
    }
}
