//! Where rows and blobs are kept.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Secret;

/// `[storage]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// The data folder.
    pub folder: PathBuf,
    /// `postgres://…`, or empty for SQLite in the data folder. Secret: it usually holds a password.
    pub database_url: Secret,
    /// PostgreSQL only: the owner's URL, for `postroom migrate`; empty to migrate as `database_url`.
    pub migrate_url: Secret,
    /// `s3://bucket/prefix`, or empty for files in the data folder.
    pub blobs_url: String,
    /// Endpoint of an S3 store that is not Amazon's.
    pub s3_endpoint: String,
    /// Region.
    pub s3_region: String,
    /// Access key.
    pub s3_access_key_id: String,
    /// Its secret.
    pub s3_secret_access_key: Secret,
    /// File with the master key, which seals PINs and keys their hashes; empty for `master.key` in the data folder.
    pub key_file: PathBuf,
    /// Database connections of a process.
    pub connections: u32,
}

impl Default for Storage {
    fn default() -> Self {
        Storage {
            folder: PathBuf::from("postroom-data"),
            database_url: Secret::default(),
            migrate_url: Secret::default(),
            blobs_url: String::new(),
            s3_endpoint: String::new(),
            s3_region: "us-east-1".to_owned(),
            s3_access_key_id: String::new(),
            s3_secret_access_key: Secret::default(),
            key_file: PathBuf::new(),
            connections: 8,
        }
    }
}

impl Storage {
    /// True where rows are in PostgreSQL, which several processes share.
    pub fn is_postgres(&self) -> bool {
        self.database_url.expose().starts_with("postgres")
    }

    /// The same in the words of the store.
    pub fn for_store(&self) -> store::Config {
        let mut config = store::Config::in_folder(&self.folder);
        config.connections = self.connections;
        if !self.database_url.is_empty() {
            config.database_url = self.database_url.expose().to_owned();
        }
        if !self.migrate_url.is_empty() {
            config.migration_url = Some(self.migrate_url.expose().to_owned());
        }
        if !self.key_file.as_os_str().is_empty() {
            config.key_file.clone_from(&self.key_file);
        }
        if !self.blobs_url.is_empty() {
            config.blobs = store::BlobConfig::Url { url: self.blobs_url.clone(), options: self.s3_options() };
        }
        config
    }

    fn s3_options(&self) -> Vec<(String, String)> {
        let plain_http = self.s3_endpoint.starts_with("http://").to_string();
        [
            ("aws_endpoint", self.s3_endpoint.as_str()),
            ("aws_region", &self.s3_region),
            ("aws_access_key_id", &self.s3_access_key_id),
            ("aws_secret_access_key", self.s3_secret_access_key.expose()),
            ("aws_allow_http", &plain_http),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
    }
}
