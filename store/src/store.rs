//! The handle.

use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::Notify;

use crate::blob::Blobs;
use crate::config::Config;
use crate::error::Result;
use crate::keys::Keys;
use crate::lookup::Cache;
use crate::queue::Turns;
use crate::scope::Scope;
use crate::sql::writer::{Op, Writer};
use crate::sql::{Db, Reach, Tx, migrate};

/// Rows, blobs and keys of one installation. Cheap to clone; closing is [`Store::close`].
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    db: Db,
    writer: Writer,
    blobs: Blobs,
    keys: Keys,
    config: Config,
    cache: Cache,
    turns: Turns,
    /// Rung when a job was queued in this process.
    jobs: Notify,
    /// Rung when an event was written in this process.
    events: Notify,
}

impl Store {
    /// Opens database, blob store and key file. It does not change the schema: see [`Store::migrate`].
    pub async fn open(config: &Config) -> Result<Store> {
        let keys = Keys::open(&config.key_file)?;
        let blobs = Blobs::open(&config.blobs)?;
        let db = Db::open(config).await?;
        let writer = Writer::start(db.clone());
        Ok(Store(Arc::new(Inner {
            db,
            writer,
            blobs,
            keys,
            config: config.clone(),
            cache: Cache::default(),
            turns: Turns::default(),
            jobs: Notify::new(),
            events: Notify::new(),
        })))
    }

    /// Brings the schema to this program's version, in one transaction. Safe to call at each start and from several processes
    /// at once; gives the number of migrations applied.
    pub async fn migrate(&self) -> Result<usize> {
        migrate::migrate(&self.0.db, &self.0.config).await
    }

    /// Says whether the database and the blob store answer.
    pub async fn ping(&self) -> Result<()> {
        self.0.db.ping().await?;
        self.0.blobs.ping().await
    }

    /// Waits for running statements and closes the connections.
    pub async fn close(&self) {
        self.0.db.close().await;
    }

    /// True where the rows are this process's alone (SQLite).
    pub(crate) fn is_alone(&self) -> bool {
        matches!(self.0.db, Db::Sqlite { .. })
    }

    /// The keys.
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn db(&self) -> &Db {
        &self.0.db
    }

    pub(crate) fn blobs(&self) -> &Blobs {
        &self.0.blobs
    }

    pub(crate) fn writer(&self) -> &Writer {
        &self.0.writer
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.0.cache
    }

    pub(crate) fn turns(&self) -> &Turns {
        &self.0.turns
    }

    pub(crate) fn jobs(&self) -> &Notify {
        &self.0.jobs
    }

    pub(crate) fn events(&self) -> &Notify {
        &self.0.events
    }

    /// For reading what the scope may see.
    pub(crate) async fn read(&self, scope: &Scope) -> Result<Tx> {
        self.0.db.read(&scope.reach()).await
    }

    /// For look-ups before a scope is known.
    pub(crate) async fn read_internal(&self) -> Result<Tx> {
        self.0.db.read(&Reach::Internal).await
    }

    /// Runs `op` in one transaction within the scope; `Ok` means committed.
    pub(crate) async fn write<T, F>(&self, scope: &Scope, op: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T>> + Send + 'static,
    {
        self.write_reach(scope.reach(), Box::new(op)).await
    }

    /// The same for what belongs to no scope: jobs, blobs, logins.
    pub(crate) async fn write_internal<T, F>(&self, op: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T>> + Send + 'static,
    {
        self.write_reach(Reach::Internal, Box::new(op)).await
    }

    async fn write_reach<T: Send + 'static>(&self, reach: Reach, op: Op<T>) -> Result<T> {
        if self.0.db.has_one_writer() {
            return self.0.writer.run(op).await;
        }
        let mut tx = self.0.db.begin().await?;
        tx.enter(&reach).await?;
        let value = op(&mut tx).await?;
        tx.commit().await?;
        Ok(value)
    }
}
