//! SQLite: WAL, every commit synced; one connection writes, a pool reads.

use std::str::FromStr;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous, SqliteValueRef,
};
use sqlx::{Arguments, Row as _, TypeInfo, ValueRef};

use super::Db;
use super::value::{Row, Value};
use crate::config::Config;
use crate::error::{Error, Result};

/// What the additions to the shared tables are: rows of the audit cannot be changed by any statement.
pub(super) const ADDITIONS: &str = "
    CREATE TRIGGER audit_keep BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
    CREATE TRIGGER audit_stay BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;
    CREATE TRIGGER audit_seal_keep BEFORE UPDATE ON audit_seal BEGIN SELECT RAISE(ABORT, 'seals are never changed'); END;
    CREATE TRIGGER audit_seal_stay BEFORE DELETE ON audit_seal BEGIN SELECT RAISE(ABORT, 'seals are never deleted'); END;
";

pub(super) async fn open(config: &Config) -> Result<Db> {
    let options = SqliteConnectOptions::from_str(&config.database_url)
        .map_err(|error| Error::invalid("database_url", format!("The database URL cannot be used: {error}.")))?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(256)
        .pragma("temp_store", "memory")
        .pragma("mmap_size", "268435456")
        // The writer takes the log over every 16 MiB; readers never do it.
        .pragma("wal_autocheckpoint", "4000")
        .pragma("journal_size_limit", "67108864");
    if let Some(folder) = options.get_filename().parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| Error::Unavailable(format!("the folder {} cannot be made: {error}", folder.display())))?;
    }
    let pool =
        |size| SqlitePoolOptions::new().max_connections(size).test_before_acquire(false).idle_timeout(None).max_lifetime(None);
    let write = pool(1).connect_with(options.clone()).await?;
    let read = pool(config.connections.max(1)).min_connections(1).connect_with(options.pragma("query_only", "on")).await?;
    Ok(Db::Sqlite { read, write })
}

pub(super) fn arguments(params: Vec<Value>) -> Result<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    for value in params {
        match value {
            Value::Text(v) => arguments.add(v),
            Value::Int(v) => arguments.add(v),
            Value::Blob(v) => arguments.add(v),
        }
        .map_err(Error::internal)?;
    }
    Ok(arguments)
}

pub(super) fn row(row: &SqliteRow) -> Result<Row> {
    (0..row.len()).map(|i| value(row.try_get_raw(i)?)).collect::<Result<Vec<_>>>().map(Row)
}

fn value(raw: SqliteValueRef<'_>) -> Result<Value> {
    use sqlx::Decode;
    if raw.is_null() {
        return Ok(Value::Text(None));
    }
    let kind = raw.type_info();
    match kind.name() {
        "TEXT" => <String as Decode<sqlx::Sqlite>>::decode(raw).map(|v| Value::Text(Some(v))),
        "BLOB" => <Vec<u8> as Decode<sqlx::Sqlite>>::decode(raw).map(|v| Value::Blob(Some(v))),
        _ => <i64 as Decode<sqlx::Sqlite>>::decode(raw).map(|v| Value::Int(Some(v))),
    }
    .map_err(Error::internal)
}
