//! Mail out.

use serde::{Deserialize, Serialize};

use super::Secret;

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    /// Not at all: for a server on the same machine.
    None,
    /// STARTTLS, refused if the server does not offer it.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Tls,
}

/// `[relay]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Relay {
    /// The server that takes our mail; empty: none is sent, links are shown to whoever invites.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub encryption: Encryption,
    /// Login, if the server wants one.
    pub user: String,
    /// Its password.
    pub password: Secret,
    /// Sender of our mails: `Name <mailbox>`.
    pub from: String,
}

impl Default for Relay {
    fn default() -> Self {
        Relay {
            host: String::new(),
            port: 587,
            encryption: Encryption::default(),
            user: String::new(),
            password: Secret::default(),
            from: "Postroom <postroom@localhost>".to_owned(),
        }
    }
}
