//! SQLite: WAL, every commit synced; one connection writes, a pool reads.

use std::str::FromStr;
use std::time::Duration;

use futures::TryStreamExt;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous, SqliteValueRef,
};
use sqlx::{Arguments, AssertSqlSafe, Either, Executor, Row as _, Sqlite, SqlitePool, Transaction, TypeInfo, ValueRef};

use super::value::{Row, Value};
use super::{Db, Statement};
use crate::config::Config;
use crate::error::{Error, Result};

/// What the additions to the shared tables are: rows of the audit cannot be changed by any statement; the index of words.
pub(super) const ADDITIONS: &str = "
    CREATE TRIGGER audit_keep BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
    CREATE TRIGGER audit_stay BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;
    CREATE TRIGGER audit_seal_keep BEFORE UPDATE ON audit_seal BEGIN SELECT RAISE(ABORT, 'seals are never changed'); END;
    CREATE TRIGGER audit_seal_stay BEFORE DELETE ON audit_seal BEGIN SELECT RAISE(ABORT, 'seals are never deleted'); END;
    CREATE VIRTUAL TABLE search_text USING fts5(words, content='', contentless_delete=1, detail='none', tokenize='unicode61');
";

/// Name and type of each column of a table.
pub(super) const COLUMNS: &str = "SELECT name, type FROM pragma_table_info($1) ORDER BY cid";
/// What is found by its words: FTS5 without the text itself, without positions.
pub(super) const TEXT_INDEX: (&str, &str, &str) = ("search_text", "search_text.rowid", "search_text MATCH $1");
pub(super) const PUT_TEXT: [&str; 2] =
    ["DELETE FROM search_text WHERE rowid = $1", "INSERT INTO search_text (rowid, words) VALUES ($1, $2)"];

/// A step of merging the index, of so many pages: what was taken out of it goes for good (FTS5, "The merge Command"). A negative number
/// begins with all of it; a step that changed less than two rows found nothing to do.
pub(super) const MERGE_TEXT: &str = "INSERT INTO search_text (search_text, rank) VALUES ('merge', $1)";
pub(super) const MERGE_PAGES: i64 = 500;
pub(super) const CHANGES: &str = "SELECT total_changes()";

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

/// Begins a transaction that writes. A full disk makes SQLite end a transaction by itself; the driver goes on counting it and would
/// refuse every later one: then the connection is made anew.
pub(super) async fn begin(pool: &SqlitePool) -> Result<Transaction<'static, Sqlite>> {
    const BEGIN: &str = "BEGIN IMMEDIATE";
    match pool.begin_with(BEGIN).await {
        Err(sqlx::Error::InvalidSavePointStatement) => {
            pool.acquire().await?.close().await?;
            Ok(pool.begin_with(BEGIN).await?)
        }
        begun => Ok(begun?),
    }
}

/// See [`Db::snapshot`]. It reads only; the connection is the one that may make files.
pub(super) async fn snapshot(pool: &SqlitePool, file: &std::path::Path) -> Result<()> {
    sqlx::query("VACUUM INTO $1").bind(file.to_string_lossy().into_owned()).execute(pool).await?;
    Ok(())
}

/// See [`Db::at_once`].
pub(super) async fn at_once(pool: &SqlitePool, groups: Vec<Vec<Statement>>) -> Result<Vec<Vec<Row>>> {
    let mut connection = pool.acquire().await?;
    let mut answers = Vec::new();
    let last = groups.len().saturating_sub(1);
    for (n, group) in groups.into_iter().enumerate() {
        let (sql, params) = joined(group, n == 0, n == last);
        match answers_of(&mut connection, sql, params).await {
            Ok(rows) => answers.extend(rows),
            Err(error) => {
                // Where the error has ended the transaction already, there is nothing to roll back.
                let _ = connection.execute("ROLLBACK").await;
                return Err(error);
            }
        }
    }
    Ok(answers)
}

/// The statements as one text, their parameters numbered through; with what begins and ends the transaction.
fn joined(group: Vec<Statement>, first: bool, last: bool) -> (String, Vec<Value>) {
    let (mut sql, mut params) = (String::new(), Vec::new());
    if first {
        sql.push_str("BEGIN IMMEDIATE;");
    }
    for statement in group {
        renumber(&mut sql, &statement.sql, params.len());
        sql.push(';');
        params.extend(statement.params);
    }
    if last {
        sql.push_str("COMMIT;");
    }
    (sql, params)
}

/// Appends `from` with `$n` as `$(n + offset)`.
fn renumber(sql: &mut String, from: &str, offset: usize) {
    use std::fmt::Write as _;
    let mut pieces = from.split('$');
    sql.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
        let n: usize = piece[..digits].parse().unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = write!(sql, "${}{}", n + offset, &piece[digits..]);
    }
}

/// Rows of each of our statements: those that begin and end the transaction give none and are left out.
async fn answers_of(connection: &mut PoolConnection<Sqlite>, sql: String, params: Vec<Value>) -> Result<Vec<Vec<Row>>> {
    let (begins, ends) = (sql.starts_with("BEGIN"), sql.ends_with("COMMIT;"));
    let query = sqlx::query_with(AssertSqlSafe(sql), arguments(params)?);
    let (mut answers, mut rows) = (Vec::new(), Vec::new());
    let mut steps = connection.fetch_many(query);
    while let Some(step) = steps.try_next().await? {
        match step {
            Either::Right(one) => rows.push(row(&one)?),
            Either::Left(_) => answers.push(std::mem::take(&mut rows)),
        }
    }
    if begins {
        answers.remove(0);
    }
    if ends {
        answers.pop();
    }
    Ok(answers)
}

/// The rows of a query as one text of JSON: the driver hands over each row by itself, and waking its reader fifty times costs more
/// than finding fifty rows. The columns are texts and integers.
pub(super) async fn packed(
    connection: &mut PoolConnection<Sqlite>,
    columns: &str,
    rest: &str,
    params: Vec<Value>,
) -> Result<Vec<Row>> {
    let sql = format!("SELECT json_group_array(json_array({columns})) FROM (SELECT {columns} {rest})");
    let row = sqlx::query_with(AssertSqlSafe(sql), arguments(params)?).fetch_one(&mut **connection).await?;
    let rows: Vec<Vec<Value>> = serde_json::from_str(row.try_get(0)?).map_err(Error::internal)?;
    Ok(rows.into_iter().map(Row).collect())
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
