//! Migrations: numbered files, the same for both databases. Each expands; what an older release needs is taken away a release later.

use jiff::Timestamp;

use super::value::params;
use super::{Db, Tx, postgres, sqlite};
use crate::config::Config;
use crate::error::{Error, Result};

/// Number and text of each migration, in order.
const MIGRATIONS: &[(i64, &str)] = &[(1, include_str!("../../migrations/0001_start.sql"))];

/// Brings the schema to this version: one transaction, or nothing happened. Gives the number of migrations applied.
pub(crate) async fn migrate(db: &Db, config: &Config) -> Result<usize> {
    let newest = MIGRATIONS.last().map_or(0, |(number, _)| *number);
    // The service's login may be nobody's owner: then there must be nothing to do.
    if config.migration_url.is_none() && postgres::version(db).await == Some(newest) {
        return Ok(0);
    }
    let mut tx = match db {
        Db::Sqlite { .. } => db.begin().await?,
        Db::Postgres(_) => {
            let mut tx = postgres::owner(config).await?;
            tx.script(postgres::ROLES.to_owned()).await?;
            tx
        }
    };
    let applied = version(&mut tx).await?;
    if applied > newest {
        return Err(Error::conflict(
            "schema_newer",
            format!("The database is at version {applied}, this program knows {newest}."),
        ));
    }
    let mut count = 0;
    for (number, text) in MIGRATIONS.iter().filter(|(number, _)| *number > applied) {
        apply(&mut tx, *number, text).await?;
        count += 1;
    }
    if let Tx::Postgres(_) = tx {
        postgres::protect(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(count)
}

async fn version(tx: &mut Tx) -> Result<i64> {
    tx.script("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)".to_owned())
        .await?;
    let row = tx.fetch_one("SELECT COALESCE(MAX(version), 0) FROM schema_version", vec![]).await?;
    row.columns().int()
}

async fn apply(tx: &mut Tx, number: i64, text: &str) -> Result<()> {
    match tx {
        // Text is compared byte by byte on both: words are folded, and the beginnings of words are searched as ranges.
        Tx::Postgres(_) => {
            tx.script(text.replace(" BLOB", " BYTEA").replace(" TEXT", " TEXT COLLATE \"C\"")).await?;
            if number == 1 {
                tx.script(postgres::ADDITIONS.to_owned()).await?;
            }
        }
        Tx::SqliteRead(_) | Tx::SqliteWrite(_) => {
            tx.script(text.replace("/* clustered */", "WITHOUT ROWID")).await?;
            if number == 1 {
                tx.script(sqlite::ADDITIONS.to_owned()).await?;
            }
        }
    }
    tx.execute("INSERT INTO schema_version (version, applied_at) VALUES ($1, $2)", params![number, Timestamp::now()]).await?;
    Ok(())
}
