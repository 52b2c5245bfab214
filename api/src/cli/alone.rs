//! One service a data folder. With SQLite the rows, the queue and its leases are one process's own: a second one would take the
//! running jobs of the first for those of a crash, and do them again.

use std::fs::{File, TryLockError};

use crate::config::Config;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Holds the data folder until the file is dropped; none on PostgreSQL, where services share.
pub fn hold(config: &Config) -> Result<Option<File>> {
    if config.storage.is_postgres() {
        return Ok(None);
    }
    let folder = &config.storage.folder;
    let path = folder.join("service.lock");
    let wrong = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(wrong)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(format!(
            "another postroom serves the data folder {}: stop it first, or give this one a folder of its own ([storage] folder)",
            folder.display()
        )
        .into()),
        Err(TryLockError::Error(error)) => Err(wrong(error).into()),
    }
}

/// An error where several processes cannot share the rows.
pub fn shared(config: &Config, what: &str) -> Result<()> {
    match config.storage.is_postgres() {
        true => Ok(()),
        false => {
            Err(format!("{what} needs PostgreSQL: set [storage] database_url; with SQLite `postroom serve` does all the work")
                .into())
        }
    }
}
