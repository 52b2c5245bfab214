//! What one client may use.

use std::time::Duration;

use serde::Deserialize;

/// Limits of the SMTP listener. The defaults are the shipped ones; times are in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of one mail, advertised by SIZE.
    pub message_bytes: u64,
    /// Bytes of a mail's header section.
    pub header_bytes: u64,
    /// Bytes of one line of a mail.
    pub data_line_bytes: u64,
    /// Bytes of one command line. RFC 5321 section 4.5.3.1.4 asks for 512 and room for parameters.
    pub command_bytes: usize,
    /// Recipients of one mail (RFC 5321 section 4.5.3.1.8 asks for 100 at least).
    pub recipients: usize,
    /// Commands answered by an error before a session ends.
    pub errors: u32,
    /// Commands that lead nowhere (NOOP, RSET, VRFY …) between two mails before a session ends.
    pub junk: u32,
    /// Unknown recipients before a session ends.
    pub unknown_recipients: u32,
    /// Wrong logins before a session ends.
    pub failed_logins: u32,
    /// Time for one whole command.
    pub command_seconds: u64,
    /// Time for one command while the listener is nearly full.
    pub busy_command_seconds: u64,
    /// Time for one whole mail.
    pub message_seconds: u64,
    /// Time for the client to take our answers.
    pub write_seconds: u64,
    /// Time for running sessions to end when the service stops.
    pub shutdown_seconds: u64,
    /// Connections at once.
    pub connections: usize,
    /// Connections at once from one address; loopback is not counted.
    pub connections_per_address: usize,
    /// Connections a minute from one address, on average; loopback is not counted.
    pub connections_per_minute: u32,
    /// Time for a TLS handshake, and for a balancer to say whose connection it is.
    pub handshake_seconds: u64,
    /// Bytes of a mail kept in memory while it is being received; what is longer goes to a temporary file.
    pub memory_bytes: usize,
    /// Longer mails that are in memory at once while they are being stored.
    pub large_at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            message_bytes: 25 << 20,
            header_bytes: 1 << 20,
            data_line_bytes: 1 << 20,
            command_bytes: 2_048,
            recipients: 1_000,
            errors: 20,
            junk: 100,
            unknown_recipients: 20,
            failed_logins: 3,
            command_seconds: 300,
            busy_command_seconds: 10,
            message_seconds: 900,
            write_seconds: 60,
            shutdown_seconds: 30,
            connections: 10_000,
            connections_per_address: 100,
            connections_per_minute: 1_200,
            handshake_seconds: 20,
            memory_bytes: 256 << 10,
            large_at_once: 2,
        }
    }
}

impl Limits {
    /// Time for one command, shorter while `busy`.
    pub fn command_time(&self, busy: bool) -> Duration {
        Duration::from_secs(if busy { self.busy_command_seconds } else { self.command_seconds })
    }

    /// Time for a handshake.
    pub fn handshake_time(&self) -> Duration {
        Duration::from_secs(self.handshake_seconds)
    }

    /// Time for one mail.
    pub fn message_time(&self) -> Duration {
        Duration::from_secs(self.message_seconds)
    }
}
