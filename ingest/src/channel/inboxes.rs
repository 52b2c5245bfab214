//! What fetching from states' systems of e-invoices has in common (KSeF, SPV): inboxes are looked into side by side, each under a lease, so that
//! one that fails holds up no other; what goes wrong is said, and tried again.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use ocr::reading::Direction;
use ocr::split::Split;
use store::accept::{self, Arrival, Channel, Verdict};
use store::{CompanyId, OfficeId, Store, SubmissionId};
use tokio_util::sync::CancellationToken;

/// How long an inbox is one process's own.
pub const LEASE: Duration = Duration::from_secs(900);
/// How often it is asked whether an inbox is due.
const LOOK: Duration = Duration::from_secs(2);
/// Inboxes of one system that are looked into side by side.
const AT_ONCE: usize = 4;
/// Longest wait after trouble, and for one invoice.
pub const LONGEST: Duration = Duration::from_secs(6 * 3_600);

/// The inboxes of one system.
pub trait Inboxes: Send + Sync {
    /// What the log calls the system.
    const NAME: &'static str;

    /// One of them under a lease.
    type Turn: Send;

    /// Takes over what a process before left.
    fn reclaim(&self) -> impl Future<Output = store::Result<()>> + Send;

    /// One whose time has come.
    fn next(&self, now: Timestamp) -> impl Future<Output = store::Result<Option<Self::Turn>>> + Send;

    /// Looks into it, and gives it back.
    fn look(&self, turn: Self::Turn) -> impl Future<Output = ()> + Send;
}

/// Fetches from all of them until `stop`.
pub async fn run<I: Inboxes>(inboxes: &I, stop: &CancellationToken) {
    if let Err(error) = inboxes.reclaim().await {
        tracing::error!(%error, "{} inboxes of the process before cannot be taken over at once", I::NAME);
    }
    futures::future::join_all((0..AT_ONCE).map(|_| line(inboxes, stop))).await;
}

/// One inbox after the other.
async fn line<I: Inboxes>(inboxes: &I, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        match inboxes.next(Timestamp::now()).await {
            Ok(Some(turn)) => {
                // What is cut off goes on where it was, once the lease has ended or the service is back.
                stop.run_until_cancelled(inboxes.look(turn)).await;
            }
            Ok(None) => {
                stop.run_until_cancelled(tokio::time::sleep(LOOK)).await;
            }
            Err(error) => {
                tracing::error!(%error, "the {} inboxes cannot be listed", I::NAME);
                stop.run_until_cancelled(tokio::time::sleep(LOOK * 5)).await;
            }
        }
    }
}

/// Why a look ended; `P`: what keeps an inbox of this system from being fetched.
#[derive(Debug)]
pub enum Trouble<P> {
    /// The system's or ours with it: what kind, and a sentence.
    Problem(P, String),
    /// To be asked again not before so long.
    Busy(Duration),
    /// The database.
    Store(store::Error),
    /// Another process has the inbox now, or it was changed or removed.
    LeaseLost,
}

impl<P> fmt::Display for Trouble<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Problem(_, message) => f.write_str(message),
            Trouble::Busy(wait) => write!(f, "we are asked to wait for {} seconds", wait.as_secs()),
            Trouble::Store(_) => f.write_str("the database does not answer"),
            Trouble::LeaseLost => f.write_str("another process has this inbox"),
        }
    }
}

impl<P> From<store::Error> for Trouble<P> {
    fn from(error: store::Error) -> Self {
        Trouble::Store(error)
    }
}

/// The wait after a failure: it doubles each time.
pub fn later(first: Duration, failures: u32) -> Duration {
    first.saturating_mul(1 << failures.min(16)).min(LONGEST)
}

/// What was fetched.
pub struct Fetched<'a> {
    /// Whose.
    pub office: OfficeId,
    /// Whose.
    pub company: CompanyId,
    /// From which system.
    pub channel: Channel,
    /// From which host.
    pub host: &'a str,
    /// What the file is called.
    pub file_name: String,
    /// It.
    pub raw: Bytes,
}

/// An invoice is an arrival like any other; the system vouches for it.
pub async fn keep(store: &Store, fetched: Fetched<'_>) -> store::Result<SubmissionId> {
    let arrival = Arrival {
        office: fetched.office,
        company: fetched.company,
        channel: fetched.channel,
        verdict: Verdict::Admit,
        reverse_path: String::new(),
        forward_path: String::new(),
        peer: Some(fetched.host.to_owned()),
        mail_from: None,
        subject: None,
        message_id: None,
        file_name: Some(fetched.file_name),
        user: None,
        period: None,
        direction: Direction::Purchase,
        document_type: None,
        authentication: None,
        split: Some(Split::None),
        together: false,
        raw: fetched.raw,
        received_at: Timestamp::now(),
    };
    let accepted = accept::arrival(store, arrival).await?;
    tracing::info!(company = %fetched.company, submission = %accepted.submission, channel = fetched.channel.as_str(), "an invoice came");
    Ok(accepted.submission)
}

/// All bytes of an answer. None: there are more than `most`.
pub async fn body(mut response: reqwest::Response, most: usize) -> reqwest::Result<Option<Bytes>> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > most {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes.freeze()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LONGEST, later};

    #[test]
    fn waits_grow_and_end() {
        let minute = Duration::from_secs(60);
        assert_eq!([0, 1, 3].map(|n| later(minute, n).as_secs()), [60, 120, 480]);
        assert_eq!(later(minute, u32::MAX), LONGEST);
    }
}
