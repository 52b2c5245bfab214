//! Configuration: `postroom.toml`, then the environment (`POSTROOM_<SECTION>__<KEY>`, or `…_FILE` with the path of a file that
//! holds the value). Every key has a default; an unknown key is an error that names it.

mod listen;
mod load;
mod log;
mod reader;
mod secret;
mod storage;

pub use listen::{Http, Smtp};
pub use load::{ConfigError, load};
pub use log::{Format, Log};
pub use reader::Reader;
pub use secret::Secret;
pub use storage::Storage;

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
    /// API and pages.
    pub http: Http,
    /// Reader processes.
    pub reader: Reader,
    /// The log.
    pub log: Log,
}
