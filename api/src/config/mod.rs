//! Configuration: `postroom.toml`, then the environment (`POSTROOM_<SECTION>__<KEY>`, or `…_FILE` with the path of a file that
//! holds the value). Every key has a default; an unknown key is an error that names it.

mod check;
mod listen;
mod load;
mod log;
mod mail;
mod oidc;
mod reader;
mod relay;
mod secret;
mod spv;
mod storage;
mod webhooks;

pub use listen::{Http, Smtp};
pub use load::{ConfigError, load};
pub use log::{Format, Log};
pub use mail::{Authentication, Imap, Ksef, Listen, Lmtp, Submission, Tls};
pub use oidc::Oidc;
pub use reader::Reader;
pub use relay::{Encryption, Relay};
pub use secret::Secret;
pub use spv::Spv;
pub use storage::Storage;
pub use webhooks::Webhooks;

use serde::{Deserialize, Serialize};

/// The commented default file, as `postroom config --default` prints it.
pub const DEFAULT_FILE: &str = include_str!("../../../docker/postroom.default.toml");

/// Everything that can be configured.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Rows and blobs.
    pub storage: Storage,
    /// Mail in.
    pub smtp: Smtp,
    /// The certificate of the mail doors.
    pub tls: Tls,
    /// Mail from devices that sign in.
    pub submission: Submission,
    /// Mail from a mail server of one's own.
    pub lmtp: Lmtp,
    /// Mail fetched from mailboxes elsewhere.
    pub imap: Imap,
    /// E-invoices fetched from KSeF.
    pub ksef: Ksef,
    /// E-invoices fetched from SPV.
    pub spv: Spv,
    /// Who really sent a mail.
    pub authentication: Authentication,
    /// Mail out.
    pub relay: Relay,
    /// API and pages.
    pub http: Http,
    /// Signing in at a provider of the office's own.
    pub oidc: Oidc,
    /// Webhooks.
    pub webhooks: Webhooks,
    /// Reader processes.
    pub reader: Reader,
    /// The log.
    pub log: Log,
}
