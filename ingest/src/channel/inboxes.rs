//! What fetching from states' systems of e-invoices has in common (KSeF, SPV): inboxes are looked into side by side, each under a lease, so that
//! one that fails holds up no other; what goes wrong is said, and tried again.

mod server;

use std::fmt;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use ocr::reading::Direction;
use ocr::split::Split;
use store::accept::{self, Arrival, Channel, Verdict};
use store::{CompanyId, OfficeId, Store, SubmissionId};
use tokio_util::sync::CancellationToken;

pub use server::{Server, body, sent};

/// How long an inbox is one process's own.
pub const LEASE: Duration = Duration::from_secs(900);
/// The longest look: it ends before another process may begin one.
const LONGEST_LOOK: Duration = Duration::from_secs(LEASE.as_secs() - 60);
/// How often it is asked whether an inbox is due.
const LOOK: Duration = Duration::from_secs(2);
/// Inboxes of one system that are looked into side by side.
const AT_ONCE: usize = 4;
/// Longest wait after trouble, and for one invoice.
const LONGEST: Duration = Duration::from_secs(6 * 3_600);

/// What keeps an inbox of one system from being fetched.
pub trait Problem: Copy + Send + Sync {
    /// Who is asked, in messages.
    const WHO: &'static str;
    /// It wants to be asked less often.
    const BUSY: Self;
    /// It does not answer.
    const UNREACHABLE: Self;
    /// What it answers is not what its description says.
    const GARBLED: Self;
}

/// The inboxes of one system.
pub trait Inboxes: Send + Sync {
    /// What the log calls the system.
    const NAME: &'static str;

    /// One of them under a lease.
    type Turn: Send + Sync;

    /// What keeps one from being fetched.
    type Problem: Problem;

    /// Takes over what a process before left.
    fn reclaim(&self) -> impl Future<Output = store::Result<()>> + Send;

    /// One whose time has come.
    fn next(&self, now: Timestamp) -> impl Future<Output = store::Result<Option<Self::Turn>>> + Send;

    /// Fetches what is there.
    fn fetch(&self, turn: &Self::Turn) -> impl Future<Output = Result<(), Trouble<Self::Problem>>> + Send;

    /// Gives it back: with what went wrong, if anything did, and when it is looked into next.
    fn release(
        &self,
        turn: &Self::Turn,
        problem: Option<(Self::Problem, String)>,
        next: Timestamp,
        now: Timestamp,
    ) -> impl Future<Output = store::Result<()>> + Send;

    /// The company, and how often fetching failed in a row.
    fn whose(turn: &Self::Turn) -> (CompanyId, u32);

    /// Time between two looks into one inbox.
    fn poll(&self) -> Duration;

    /// When it is tried again after a problem.
    fn again(&self, _problem: Self::Problem, failures: u32, now: Timestamp) -> Timestamp {
        now + later(self.poll(), failures)
    }
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
                stop.run_until_cancelled(look(inboxes, turn)).await;
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

/// Looks into one inbox, and gives it back.
async fn look<I: Inboxes>(inboxes: &I, turn: I::Turn) {
    let looked = tokio::time::timeout(LONGEST_LOOK, inboxes.fetch(&turn)).await;
    let looked = looked.unwrap_or_else(|_| {
        let message = format!("{} answers too slowly: what is left is fetched later", <I::Problem as Problem>::WHO);
        Err(Trouble::Problem(<I::Problem as Problem>::UNREACHABLE, message))
    });
    let now = Timestamp::now();
    let (problem, next) = match looked {
        Ok(()) => (None, now + inboxes.poll()),
        Err(Trouble::LeaseLost) => return,
        Err(trouble) => {
            let (company, failures) = I::whose(&turn);
            tracing::warn!(%company, %trouble, "fetching from {} pauses", I::NAME);
            let next = match &trouble {
                Trouble::Busy(wait) => now + *wait,
                Trouble::Problem(problem, _) => inboxes.again(*problem, failures, now),
                Trouble::Store(_) | Trouble::LeaseLost => now + later(inboxes.poll(), failures),
            };
            (trouble.told(), next)
        }
    };
    if let Err(error) = inboxes.release(&turn, problem, next, now).await {
        tracing::error!(%error, "an inbox of {} cannot be given back; its lease ends by itself", I::NAME);
    }
}

/// Why a look ended.
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

impl<P: Problem> Trouble<P> {
    /// What the office is told of it.
    fn told(&self) -> Option<(P, String)> {
        match self {
            Trouble::Problem(problem, message) => Some((*problem, message.clone())),
            Trouble::Busy(_) => Some((P::BUSY, self.to_string())),
            // Ours, and nothing that the office could mend there.
            Trouble::Store(_) | Trouble::LeaseLost => None,
        }
    }
}

impl<P: Problem> fmt::Display for Trouble<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Problem(_, message) => f.write_str(message),
            Trouble::Busy(wait) => write!(f, "{} asks to wait for {} seconds", P::WHO, wait.as_secs()),
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use store::spv::SpvProblem;

    use super::*;

    /// A system that never ends its answer; what is said of it.
    struct Silent(Mutex<Vec<String>>);

    impl Inboxes for Silent {
        const NAME: &'static str = "silent";

        type Turn = ();
        type Problem = SpvProblem;

        async fn reclaim(&self) -> store::Result<()> {
            Ok(())
        }

        async fn next(&self, _: Timestamp) -> store::Result<Option<()>> {
            Ok(Some(()))
        }

        async fn fetch(&self, _: &()) -> Result<(), Trouble<SpvProblem>> {
            std::future::pending().await
        }

        async fn release(&self, _: &(), problem: Option<(SpvProblem, String)>, _: Timestamp, _: Timestamp) -> store::Result<()> {
            self.0.lock().expect("whole").extend(problem.map(|(_, message)| message));
            Ok(())
        }

        fn whose(_: &()) -> (CompanyId, u32) {
            (CompanyId::new(), 0)
        }

        fn poll(&self) -> Duration {
            LOOK
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_ends_before_its_lease() {
        let (silent, begun) = (Silent(Mutex::default()), tokio::time::Instant::now());
        look(&silent, ()).await;
        assert!(begun.elapsed() < LEASE, "{:?}", begun.elapsed());
        let said = silent.0.lock().expect("whole").clone();
        assert_eq!(said, ["ANAF answers too slowly: what is left is fetched later"]);
    }

    #[test]
    fn waits_grow_and_end() {
        let minute = Duration::from_secs(60);
        assert_eq!([0, 1, 3].map(|n| later(minute, n).as_secs()), [60, 120, 480]);
        assert_eq!(later(minute, u32::MAX), LONGEST);
    }
}
