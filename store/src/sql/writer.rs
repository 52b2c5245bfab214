//! The writer: while one commit is on its way to the disk, what arrives gathers and goes with the next. Each item runs under a
//! savepoint of its own, so that a bad one spoils nothing; answers are given after the commit. Where the commit fails, nobody
//! knows the outcome, and the whole batch answers "try again later".
//!
//! On SQLite all writes of the process come through here. On PostgreSQL, which gathers commits itself, only arrivals do.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use super::{Db, Tx};
use crate::accept::{self, Waiting};
use crate::error::{Error, Result};

/// Most items of one commit: bounds how long the first one waits.
const BATCH: usize = 256;

/// What an item does within the transaction.
pub(crate) type Op<T> = Box<dyn for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T>> + Send>;

/// The way to the writer.
#[derive(Clone)]
pub(crate) struct Writer {
    sender: mpsc::Sender<Message>,
    /// When the last arrival came, in milliseconds since the start.
    last_arrival: Arc<AtomicU64>,
    start: Instant,
}

/// Arrivals within this time mean that more are to be expected.
const QUIET: u64 = 2000;

pub(super) enum Message {
    Run(Box<dyn Item>),
    Arrival(Box<Waiting>),
}

impl Writer {
    /// Starts the task. It ends when the last handle is dropped.
    pub fn start(db: Db) -> Writer {
        let (sender, receiver) = mpsc::channel(4 * BATCH);
        tokio::spawn(run(db, receiver));
        Writer { sender, last_arrival: Arc::default(), start: Instant::now() }
    }

    /// Runs `op` in the next transaction; answers after the commit.
    pub async fn run<T: Send + 'static>(&self, op: Op<T>) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.send(Message::Run(Box::new(Write { op: Some(op), outcome: None, reply }))).await?;
        answer.await.map_err(|_| gone())?
    }

    /// Keeps an arrival; answers after the commit.
    pub async fn arrival(&self, prepared: accept::Prepared) -> Result<accept::Accepted> {
        self.last_arrival.store(self.now(), Ordering::Relaxed);
        let (reply, answer) = oneshot::channel();
        self.send(Message::Arrival(Box::new(Waiting { prepared, reply }))).await?;
        answer.await.map_err(|_| gone())?
    }

    async fn send(&self, message: Message) -> Result<()> {
        self.sender.send(message).await.map_err(|_| gone())
    }

    /// True while mail keeps coming.
    pub fn busy_with_arrivals(&self) -> bool {
        let last = self.last_arrival.load(Ordering::Relaxed);
        last > 0 && self.now() < last + QUIET
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX).max(1)
    }
}

fn gone() -> Error {
    Error::Unavailable("the writer has stopped".to_owned())
}

/// A write of any result type.
pub(super) trait Item: Send {
    /// Runs it; false where its savepoint must be undone.
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, bool>;
    /// Tells whoever waits.
    fn answer(self: Box<Self>, commit: &Result<()>);
}

struct Write<T> {
    op: Option<Op<T>>,
    outcome: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T: Send> Item for Write<T> {
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let Some(op) = self.op.take() else { return false };
            // Whoever asked has gone, and nothing was done yet.
            if self.reply.is_closed() {
                return false;
            }
            let outcome = op(tx).await;
            let keep = outcome.is_ok();
            self.outcome = Some(outcome);
            keep
        })
    }

    fn answer(self: Box<Self>, commit: &Result<()>) {
        let answer = match (self.outcome, commit) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (_, Err(error)) => Err(error.shared()),
            (None, Ok(())) => Err(gone()),
        };
        // The one who asked may have gone: then nobody needs the answer.
        let _ = self.reply.send(answer);
    }
}

async fn run(db: Db, mut receiver: mpsc::Receiver<Message>) {
    let mut batch = Vec::with_capacity(BATCH);
    while receiver.recv_many(&mut batch, BATCH).await > 0 {
        let (mut items, mut arrivals) = (Vec::new(), Vec::new());
        for message in batch.drain(..) {
            match message {
                Message::Run(item) => items.push(item),
                Message::Arrival(waiting) => arrivals.push(*waiting),
            }
        }
        let mut outcomes = Vec::new();
        // A panic in one write must not end all writing: the transaction is rolled back, and the batch told to come again.
        let commit = AssertUnwindSafe(commit(&db, &mut items, &arrivals, &mut outcomes)).catch_unwind().await;
        let commit = commit.unwrap_or_else(|_| Err(Error::internal("a write panicked")));
        if let Err(error) = &commit {
            tracing::error!(%error, items = items.len(), arrivals = arrivals.len(), "a batch of writes could not be committed");
        }
        items.into_iter().for_each(|item| item.answer(&commit));
        accept::answer(arrivals, outcomes, &commit);
    }
}

/// One transaction for the whole batch. Arrivals alone, the usual case, need no savepoints; where one of them is bad, the
/// transaction is begun anew and each is tried by itself.
async fn commit(
    db: &Db,
    items: &mut [Box<dyn Item>],
    arrivals: &[Waiting],
    outcomes: &mut Vec<Result<accept::Accepted>>,
) -> Result<()> {
    if items.is_empty() {
        if let Some(accepted) = accept::keep_at_once(db, arrivals).await {
            *outcomes = accepted?;
            return Ok(());
        }
        let mut tx = db.begin().await?;
        if let Ok(accepted) = accept::keep_together(&mut tx, arrivals).await {
            *outcomes = accepted.into_iter().map(Ok).collect();
            return tx.commit().await;
        }
    }
    let mut tx = db.begin().await?;
    for item in items {
        tx.execute("SAVEPOINT item", vec![]).await?;
        if !item.run(&mut tx).await {
            tx.execute("ROLLBACK TO SAVEPOINT item", vec![]).await?;
        }
        tx.execute("RELEASE SAVEPOINT item", vec![]).await?;
    }
    for one in arrivals {
        tx.execute("SAVEPOINT arrival", vec![]).await?;
        let accepted = accept::keep_together(&mut tx, std::slice::from_ref(one)).await;
        if accepted.is_err() {
            tx.execute("ROLLBACK TO SAVEPOINT arrival", vec![]).await?;
        }
        tx.execute("RELEASE SAVEPOINT arrival", vec![]).await?;
        outcomes.push(accepted.and_then(|mut one| one.pop().ok_or_else(|| Error::internal("an arrival was left out"))));
    }
    tx.commit().await
}
