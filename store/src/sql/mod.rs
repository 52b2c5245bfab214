//! The one place that knows which database is behind. SQL is written once, with `$1` placeholders, in the dialect both share;
//! values and rows are our own small types; what a database does its own way is in [`sqlite`] and [`postgres`].
//!
//! Statements are boxed futures: the futures of both drivers are large, and each caller up to a request's task would hold them.

pub(crate) mod insert;
pub(crate) mod migrate;
mod postgres;
mod sqlite;
mod value;
pub(crate) mod writer;

use std::borrow::Cow;

use futures::TryStreamExt;
use futures::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use crate::config::Config;
use crate::error::{Error, Result};
use crate::id::OfficeId;
use crate::search::Term;
pub(crate) use value::{Columns, Kind, Row, Value, marks, params};

/// Rows that a transaction may touch. PostgreSQL enforces it by row-level security; on SQLite the statements alone do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Rows of one office, and where `companies` is set, of these companies only (ids, joined by commas).
    Office { office: OfficeId, companies: Option<String> },
    /// Look-ups before a scope is known, jobs, blobs, seals: a role of its own, with the few tables it needs.
    Internal,
}

/// A statement with its values.
#[derive(Debug)]
pub(crate) struct Statement {
    pub sql: String,
    pub params: Vec<Value>,
}

/// The database behind.
#[derive(Clone)]
pub(crate) enum Db {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PgPool),
}

/// A connection to run statements on: a transaction, or (reading on SQLite) a plain connection.
pub(crate) enum Tx {
    SqliteRead(PoolConnection<Sqlite>),
    SqliteWrite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    /// Connects; makes the database file where there is none.
    pub async fn open(config: &Config) -> Result<Db> {
        if config.database_url.starts_with("postgres") { postgres::open(config).await } else { sqlite::open(config).await }
    }

    /// For reading within `reach`.
    pub fn read<'a>(&'a self, reach: &'a Reach) -> BoxFuture<'a, Result<Tx>> {
        Box::pin(async move {
            match self {
                Db::Sqlite { read, .. } => Ok(Tx::SqliteRead(read.acquire().await?)),
                Db::Postgres(pool) => {
                    let mut tx = Tx::Postgres(pool.begin().await?);
                    tx.enter(reach).await?;
                    Ok(tx)
                }
            }
        })
    }

    /// For writing. The caller enters a reach.
    pub fn begin(&self) -> BoxFuture<'_, Result<Tx>> {
        Box::pin(async move {
            match self {
                Db::Sqlite { write, .. } => Ok(Tx::SqliteWrite(sqlite::begin(write).await?)),
                Db::Postgres(pool) => Ok(Tx::Postgres(pool.begin().await?)),
            }
        })
    }

    /// Runs groups of statements as one transaction, each group in one crossing to the database: on SQLite, whose driver has a
    /// thread of its own, the crossings cost more than the statements. Gives the rows of each statement; an error means that
    /// nothing happened. None on PostgreSQL, where a scope must be entered first.
    pub async fn at_once(&self, groups: Vec<Vec<Statement>>) -> Option<Result<Vec<Vec<Row>>>> {
        match self {
            Db::Sqlite { write, .. } => Some(Box::pin(sqlite::at_once(write, groups)).await),
            Db::Postgres(_) => None,
        }
    }

    /// True where writes of the process go through one writer.
    pub fn has_one_writer(&self) -> bool {
        matches!(self, Db::Sqlite { .. })
    }

    /// Says whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        let mut tx = self.read(&Reach::Internal).await?;
        tx.fetch_optional("SELECT 1", vec![]).await.map(drop)
    }

    /// Copies all rows as of this moment into a new file, while others go on writing. False on PostgreSQL, which has tools of its own.
    pub async fn snapshot(&self, file: &std::path::Path) -> Result<bool> {
        match self {
            Db::Sqlite { write, .. } => sqlite::snapshot(write, file).await.map(|()| true),
            Db::Postgres(_) => Ok(false),
        }
    }

    /// Waits for running statements and closes.
    pub async fn close(&self) {
        match self {
            Db::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Limits what follows to `reach`, until the end of the transaction or the next call.
    pub async fn enter(&mut self, reach: &Reach) -> Result<()> {
        match self {
            Tx::Postgres(tx) => Box::pin(postgres::enter(tx, reach)).await,
            Tx::SqliteRead(_) | Tx::SqliteWrite(_) => Ok(()),
        }
    }

    /// What makes several claimers take different rows. SQLite has one writer and needs nothing.
    pub fn skip_locked(&self) -> &'static str {
        match self {
            Tx::Postgres(_) => "FOR UPDATE SKIP LOCKED",
            Tx::SqliteRead(_) | Tx::SqliteWrite(_) => "",
        }
    }

    /// Runs a statement; gives the number of rows changed.
    pub fn execute(&mut self, sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> BoxFuture<'_, Result<u64>> {
        let sql = AssertSqlSafe(sql.into());
        Box::pin(async move {
            Ok(match self {
                Tx::SqliteRead(c) => sqlx::query_with(sql, sqlite::arguments(params)?).execute(&mut **c).await?.rows_affected(),
                Tx::SqliteWrite(c) => sqlx::query_with(sql, sqlite::arguments(params)?).execute(&mut **c).await?.rows_affected(),
                Tx::Postgres(c) => sqlx::query_with(sql, postgres::arguments(params)?).execute(&mut **c).await?.rows_affected(),
            })
        })
    }

    /// Runs a query; gives all its rows.
    pub fn fetch_all(&mut self, sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> BoxFuture<'_, Result<Vec<Row>>> {
        let sql = AssertSqlSafe(sql.into());
        Box::pin(async move {
            match self {
                Tx::SqliteRead(c) => rows(sqlx::query_with(sql, sqlite::arguments(params)?).fetch(&mut **c), sqlite::row).await,
                Tx::SqliteWrite(c) => rows(sqlx::query_with(sql, sqlite::arguments(params)?).fetch(&mut **c), sqlite::row).await,
                Tx::Postgres(c) => rows(sqlx::query_with(sql, postgres::arguments(params)?).fetch(&mut **c), postgres::row).await,
            }
        })
    }

    /// Rows of a page: `SELECT columns rest`, where the columns are texts and integers.
    pub async fn fetch_page(&mut self, columns: &str, rest: &str, params: Vec<Value>) -> Result<Vec<Row>> {
        match self {
            Tx::SqliteRead(c) => Box::pin(sqlite::packed(c, columns, rest, params)).await,
            Tx::SqliteWrite(_) | Tx::Postgres(_) => self.fetch_all(format!("SELECT {columns} {rest}"), params).await,
        }
    }

    /// Runs statements one after the other; gives the rows of each.
    pub async fn fetch_each(&mut self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>> {
        let mut answers = Vec::with_capacity(statements.len());
        for Statement { sql, params } in statements {
            answers.push(self.fetch_all(sql, params).await?);
        }
        Ok(answers)
    }

    /// Runs a query; gives its first row.
    pub async fn fetch_optional(&mut self, sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Result<Option<Row>> {
        Ok(self.fetch_all(sql, params).await?.into_iter().next())
    }

    /// Runs a query that names one row of the scope.
    pub async fn fetch_one(&mut self, sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Result<Row> {
        self.fetch_optional(sql, params).await?.ok_or(Error::NotFound)
    }

    /// Columns of a table as the database has it, in their order.
    pub async fn columns(&mut self, table: &str) -> Result<Vec<(String, Kind)>> {
        let sql = match self {
            Tx::Postgres(_) => postgres::COLUMNS,
            Tx::SqliteRead(_) | Tx::SqliteWrite(_) => sqlite::COLUMNS,
        };
        let rows = self.fetch_all(sql, params![table]).await?;
        let column = |row: Row| {
            let mut c = row.columns();
            let (name, kind) = (c.text()?, c.text()?.to_uppercase());
            let kind = match kind.as_str() {
                "BIGINT" => Kind::Int,
                "BLOB" | "BYTEA" => Kind::Blob,
                _ => Kind::Text,
            };
            Ok((name, kind))
        };
        rows.into_iter().map(column).collect()
    }

    /// Where the words of what can be found are: table, its place of an entry, and the condition that `$1` (see
    /// [`Tx::text_query`]) fits.
    pub fn text_index(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Tx::SqliteRead(_) | Tx::SqliteWrite(_) => sqlite::TEXT_INDEX,
            Tx::Postgres(_) => postgres::TEXT_INDEX,
        }
    }

    /// A question in the words of the database: each group in one of its forms.
    pub fn text_query(&self, wanted: &[Vec<Term>]) -> String {
        let (quote, star, and, or) = match self {
            Tx::SqliteRead(_) | Tx::SqliteWrite(_) => ('"', "*", " AND ", " OR "),
            Tx::Postgres(_) => ('\'', ":*", " & ", " | "),
        };
        // Terms are letters and digits: nothing in them ends a quotation.
        let form = |term: &Term| format!("{quote}{}{quote}{}", term.text, if term.prefix { star } else { "" });
        let group = |forms: &Vec<Term>| format!("({})", forms.iter().map(form).collect::<Vec<_>>().join(or));
        wanted.iter().map(group).collect::<Vec<_>>().join(and)
    }

    /// Replaces the words of an entry.
    pub async fn put_text(&mut self, seq: i64, words: &str) -> Result<()> {
        let statements = match self {
            Tx::SqliteRead(_) | Tx::SqliteWrite(_) => sqlite::PUT_TEXT,
            Tx::Postgres(_) => postgres::PUT_TEXT,
        };
        self.execute(statements[0], params![seq]).await?;
        self.execute(statements[1], params![seq, words]).await.map(drop)
    }

    /// Takes the words of an entry out.
    pub async fn drop_text(&mut self, seq: i64) -> Result<()> {
        let statements = match self {
            Tx::SqliteRead(_) | Tx::SqliteWrite(_) => sqlite::PUT_TEXT,
            Tx::Postgres(_) => postgres::PUT_TEXT,
        };
        self.execute(statements[0], params![seq]).await.map(drop)
    }

    /// One step of writing the index of words anew without what was taken out of it; `first` begins. True where there is more to do, in
    /// another transaction. PostgreSQL does it by itself.
    pub async fn merge_text(&mut self, first: bool) -> Result<bool> {
        if let Tx::Postgres(_) = self {
            return Ok(false);
        }
        let pages = if first { -sqlite::MERGE_PAGES } else { sqlite::MERGE_PAGES };
        let before = self.fetch_one(sqlite::CHANGES, vec![]).await?.columns().int()?;
        self.execute(sqlite::MERGE_TEXT, params![pages]).await?;
        let after = self.fetch_one(sqlite::CHANGES, vec![]).await?.columns().int()?;
        Ok(after - before >= 2)
    }

    /// Runs several statements at once, without parameters: migrations.
    pub async fn script(&mut self, sql: String) -> Result<()> {
        match self {
            Tx::SqliteRead(c) => sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **c).await.map(drop)?,
            Tx::SqliteWrite(c) => sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **c).await.map(drop)?,
            Tx::Postgres(c) => sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **c).await.map(drop)?,
        }
        Ok(())
    }

    /// Ends it. After an error nobody knows whether it happened.
    pub async fn commit(self) -> Result<()> {
        let done = match self {
            Tx::SqliteRead(_) => Ok(()),
            Tx::SqliteWrite(tx) => Box::pin(tx.commit()).await,
            Tx::Postgres(tx) => Box::pin(tx.commit()).await,
        };
        done.map_err(|error| match Error::from(error) {
            Error::Full(cause) => Error::Full(cause),
            error => Error::Unavailable(format!("commit: {error}")),
        })
    }
}

async fn rows<R>(
    mut stream: impl futures::Stream<Item = sqlx::Result<R>> + Unpin,
    convert: fn(&R) -> Result<Row>,
) -> Result<Vec<Row>> {
    let mut all = Vec::new();
    while let Some(row) = stream.try_next().await? {
        all.push(convert(&row)?);
    }
    Ok(all)
}
