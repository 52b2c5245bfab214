//! Where the rows, the blobs and the key are.

use std::fmt;
use std::path::PathBuf;

/// What [`crate::Store::open`] needs to know. The URLs decide the databases.
#[derive(Clone)]
pub struct Config {
    /// `sqlite:PATH` or `postgres://…`. The login needs not be the owner of the tables: the service steps down to a role of
    /// its own after connecting.
    pub database_url: String,
    /// Login that may change the schema, if it is another one (PostgreSQL only).
    pub migration_url: Option<String>,
    /// Where blobs go.
    pub blobs: BlobConfig,
    /// File with the 32-byte master key in hex; made on first start. It must not be kept with the database's backups.
    pub key_file: PathBuf,
    /// Connections for reading (SQLite) or in all (PostgreSQL).
    pub connections: u32,
}

/// Where blobs go.
#[derive(Clone)]
pub enum BlobConfig {
    /// A local folder, created if missing.
    Files(PathBuf),
    /// `s3://bucket/prefix` with its options by the names of `object_store` (`aws_endpoint`, `aws_access_key_id`, …).
    Url {
        /// `s3://bucket/prefix`.
        url: String,
        /// Options in addition to the `AWS_*` environment.
        options: Vec<(String, String)>,
    },
}

impl Config {
    /// Everything in one folder: SQLite, files and the key.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Config {
        let folder = folder.into();
        Config {
            database_url: format!("sqlite:{}", folder.join("postroom.db").display()),
            migration_url: None,
            blobs: BlobConfig::Files(folder.join("blobs")),
            key_file: folder.join("master.key"),
            connections: 4,
        }
    }
}

impl fmt::Debug for Config {
    // URLs and options hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.database_url.split(':').next().unwrap_or_default();
        f.debug_struct("Config").field("database", &scheme).field("blobs", &self.blobs).field("key_file", &self.key_file).finish()
    }
}

impl fmt::Debug for BlobConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlobConfig::Files(folder) => write!(f, "{}", folder.display()),
            BlobConfig::Url { url, .. } => f.write_str(url),
        }
    }
}
