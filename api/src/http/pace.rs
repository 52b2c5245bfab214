//! Senders that stall or trickle. A body from which nothing comes for a while, or hardly anything for long, ends as if its connection had
//! broken; and while others wait for their turn to upload, a sender who is slow gives his up.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, Sleep};

use super::problem::{Answer, Code};

/// Nothing came for so long.
const SILENCE: Duration = Duration::from_secs(30);
/// After this a body must have come at [`LEAST`] bytes a second on the whole.
const GRACE: Duration = Duration::from_secs(30);
const LEAST: u64 = 1 << 10;
/// Uploads read at once: each is in memory as a whole, up to the size limit.
const TURNS: usize = 4;
/// After this, while others wait, an upload must come at [`WANTED`] bytes a second on the whole.
const FAIR: Duration = Duration::from_secs(15);
const WANTED: u64 = 64 << 10;

/// How much of a request's body has come.
#[derive(Clone, Debug, Default)]
pub struct Came(Arc<AtomicU64>);

/// A body that ends when its sender is too slow.
pub struct Paced<B> {
    inner: B,
    came: Came,
    since: Instant,
    silence: Pin<Box<Sleep>>,
}

/// A body, and the counter of what came of it.
pub fn paced<B>(inner: B) -> (Paced<B>, Came) {
    let came = Came::default();
    let silence = Box::pin(tokio::time::sleep(SILENCE));
    (Paced { inner, came: came.clone(), since: Instant::now(), silence }, came)
}

impl<B> Body for Paced<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                let length = frame.data_ref().map_or(0, |data| data.len() as u64);
                let came = this.came.0.fetch_add(length, Ordering::Relaxed) + length;
                let taken = this.since.elapsed();
                if taken > GRACE && came / taken.as_secs().max(1) < LEAST && !this.inner.is_end_stream() {
                    return Poll::Ready(Some(Err("the sender is too slow".into())));
                }
                this.silence.as_mut().reset(Instant::now() + SILENCE);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => match this.silence.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(Some(Err("the sender has fallen silent".into()))),
                Poll::Pending => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Turns for uploads.
pub struct Turns {
    free: Semaphore,
    waiting: AtomicUsize,
}

/// The turn of one upload; it ends when this is dropped.
pub struct Turn<'a> {
    turns: &'a Turns,
    _permit: SemaphorePermit<'a>,
}

impl Default for Turns {
    fn default() -> Turns {
        Turns { free: Semaphore::new(TURNS), waiting: AtomicUsize::new(0) }
    }
}

/// Counts who waits, whether they get their turn or go away.
struct Waits<'a>(&'a AtomicUsize);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Turns {
    /// Waits for a turn.
    pub async fn take(&self) -> Answer<Turn<'_>> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let waits = Waits(&self.waiting);
        let permit = self.free.acquire().await.map_err(|_| Code::Unavailable)?;
        drop(waits);
        Ok(Turn { turns: self, _permit: permit })
    }
}

impl Turn<'_> {
    /// Reads what is uploaded. While others wait, a sender who is slow is told to come again.
    pub async fn read<T, P: From<Code>>(&self, came: Option<&Came>, reading: impl Future<Output = Result<T, P>>) -> Result<T, P> {
        let begun = Instant::now();
        let slow = async {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                let (taken, bytes) = (begun.elapsed(), came.map_or(u64::MAX, |came| came.0.load(Ordering::Relaxed)));
                let others = self.turns.waiting.load(Ordering::Relaxed) > 0;
                if others && taken > FAIR && bytes / taken.as_secs().max(1) < WANTED {
                    return;
                }
            }
        };
        tokio::select! {
            read = reading => read,
            () = slow => Err(Code::TooSlow.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body as AxumBody;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silent_sender_is_dropped() {
        let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(4);
        let stream =
            futures::stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|next| (next, receiver)) });
        let (body, came) = paced(AxumBody::from_stream(stream));
        sender.send(Ok(Bytes::from_static(b"abc"))).await.unwrap();
        let error = axum::body::to_bytes(AxumBody::new(body), 100).await.unwrap_err();
        assert!(error.to_string().contains("silent") || format!("{error:?}").contains("silent"), "{error:?}");
        assert_eq!(came.0.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn a_whole_body_passes() {
        let (body, _) = paced(AxumBody::from("abc"));
        assert_eq!(axum::body::to_bytes(AxumBody::new(body), 100).await.unwrap(), "abc");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_gets_the_turn_of_who_is_slow() {
        let turns = Turns::default();
        let mut held = Vec::new();
        for _ in 0..TURNS {
            held.push(turns.take().await.unwrap());
        }
        let first = held.remove(0);
        let slow = async {
            let came = Came::default();
            let read: Result<(), super::super::Problem> = first.read(Some(&came), std::future::pending()).await;
            drop(first);
            read.unwrap_err().code()
        };
        let (cut, next) = tokio::join!(slow, turns.take());
        assert_eq!((cut, next.is_ok()), (Code::TooSlow, true));
        assert_eq!(turns.waiting.load(Ordering::Relaxed), 0);
    }
}
