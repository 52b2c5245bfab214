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
    /// Master key, 64 hexadecimal digits, that seals PINs and keys their hashes; empty for `secret.key` in the data folder,
    /// which is made at the first start.
    pub master_key: Secret,
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
            master_key: Secret::default(),
        }
    }
}
