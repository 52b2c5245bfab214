//! Purchase invoices fetched from KSeF, the Polish state's system of e-invoices, by its public API 2.0 (CIRFMF/ksef-docs: uwierzytelnianie.md,
//! pobieranie-faktur/przyrostowe-pobieranie-faktur.md, limity/limity-api.md).
//!
//! KSeF lists what it stored by the time of storing, up to a mark before which nothing more will appear. Numbers that are listed are rows
//! here before the point from which listing goes on is moved; an invoice is a row of its own until its bytes are durable. Whatever is cut off
//! in between, nothing is left out, and nothing is fetched twice.

mod api;
mod envelope;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use ocr::reading::Direction;
use ocr::split::Split;
use store::accept::{self, Arrival, Channel, Verdict};
use store::ksef::{self, KsefProblem, Turn, Wanted};
use store::{Store, SubmissionId};
use tokio_util::sync::CancellationToken;

use api::{Api, Session};

/// How long an inbox is one process's own.
const LEASE: Duration = Duration::from_secs(900);
/// How often it is asked whether an inbox is due.
const LOOK: Duration = Duration::from_secs(2);
/// Inboxes that are looked into side by side.
const AT_ONCE: usize = 4;
/// Invoices fetched at one look: with four looks an hour this stays within the 16 a minute and 64 an hour that KSeF allows.
const AT_ONE_LOOK: u32 = 15;
/// The longest range of a listing; KSeF allows three months.
const RANGE: Duration = Duration::from_secs(85 * 86_400);
/// Pages of one listing: a bound against answers that never end.
const MOST_PAGES: u32 = 200;
/// Longest wait after trouble, and for one invoice.
const LONGEST: Duration = Duration::from_secs(6 * 3_600);
/// Failures in a row after which a look ends.
const ENOUGH: u32 = 3;

/// What holds for all inboxes.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the API is, without a slash at the end.
    pub address: String,
    /// Time between two looks into one inbox.
    pub poll: Duration,
}

/// Why a look ended.
#[derive(Debug)]
pub enum Trouble {
    /// KSeF's or ours with it: what kind, and a sentence.
    Problem(KsefProblem, String),
    /// To be asked again not before so long.
    Busy(Duration),
    /// The database.
    Store(store::Error),
    /// Another process has the inbox now, or it was changed or removed.
    LeaseLost,
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::Problem(_, message) => f.write_str(message),
            Trouble::Busy(wait) => write!(f, "KSeF asks to wait for {} seconds", wait.as_secs()),
            Trouble::Store(_) => f.write_str("the database does not answer"),
            Trouble::LeaseLost => f.write_str("another process has this inbox"),
        }
    }
}

impl From<store::Error> for Trouble {
    fn from(error: store::Error) -> Self {
        Trouble::Store(error)
    }
}

/// Fetches from all inboxes of the store. One for the process.
pub struct Fetcher {
    store: Store,
    settings: Settings,
    api: Api,
}

impl Fetcher {
    /// A fetcher; nothing is fetched yet.
    pub fn new(store: Store, settings: Settings) -> std::io::Result<Arc<Fetcher>> {
        let api = Api::new(&settings.address)?;
        Ok(Arc::new(Fetcher { store, settings, api }))
    }

    /// Fetches until `stop`.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        if let Err(error) = ksef::reclaim(&self.store).await {
            tracing::error!(%error, "KSeF inboxes of the process before cannot be taken over at once");
        }
        let lines = (0..AT_ONCE).map(|_| self.clone().line(stop.clone()));
        futures::future::join_all(lines).await;
    }

    /// One inbox after the other.
    async fn line(self: Arc<Self>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match ksef::next(&self.store, LEASE, Timestamp::now()).await {
                Ok(Some(turn)) => {
                    // What is cut off goes on where it was, once the lease has ended or the service is back.
                    stop.run_until_cancelled(self.look(turn)).await;
                }
                Ok(None) => {
                    stop.run_until_cancelled(tokio::time::sleep(LOOK)).await;
                }
                Err(error) => {
                    tracing::error!(%error, "the KSeF inboxes cannot be listed");
                    stop.run_until_cancelled(tokio::time::sleep(LOOK * 5)).await;
                }
            }
        }
    }

    /// Looks into one inbox, and gives it back.
    async fn look(&self, turn: Turn) {
        let looked = self.fetch(&turn).await;
        let now = Timestamp::now();
        let (problem, next) = match looked {
            Ok(()) => (None, now + self.settings.poll),
            Err(Trouble::LeaseLost) => return,
            Err(trouble) => {
                tracing::warn!(company = %turn.company, %trouble, "fetching from KSeF pauses");
                let wait = match &trouble {
                    Trouble::Busy(wait) => *wait,
                    _ => later(self.settings.poll, turn.failures),
                };
                (problem(&trouble), now + wait)
            }
        };
        if let Err(error) = ksef::release(&self.store, &turn, problem, next, now).await {
            tracing::error!(%error, "a KSeF inbox cannot be given back; its lease ends by itself");
        }
    }

    async fn fetch(&self, turn: &Turn) -> Result<(), Trouble> {
        let session = self.api.sign_in(&turn.nip, &turn.token).await?;
        let done = async {
            self.list(turn, &session).await?;
            self.take(turn, &session).await
        };
        let done = done.await;
        self.api.sign_out(&session).await;
        done
    }

    /// Lists what is new. Ranges follow one another without a gap; what stands on an edge is listed twice and kept once.
    async fn list(&self, turn: &Turn, session: &Session) -> Result<(), Trouble> {
        let (mut from, mut page) = (turn.point, 0);
        for _ in 0..MOST_PAGES {
            let now = Timestamp::now();
            let to = Some(from + RANGE).filter(|to| *to < now);
            let found = self.api.list(session, from, to, page).await?;
            let last = found.last().unwrap_or(from);
            let end = match (found.mark, to) {
                _ if found.more => last,
                (Some(mark), Some(to)) => mark.min(to),
                (Some(mark), None) => mark,
                (None, Some(to)) => to,
                (None, None) => last,
            };
            let (more, cut) = (found.more, found.cut);
            if !ksef::listed(&self.store, turn, found.invoices(), end, now).await? {
                return Err(Trouble::LeaseLost);
            }
            match (more, cut, to) {
                (true, true, _) if last > from => (from, page) = (last, 0),
                (true, true, _) => return Err(garbled("KSeF lists more invoices of one instant than it shows")),
                (true, false, _) => page += 1,
                (false, _, Some(_)) if end > from => (from, page) = (end, 0),
                (false, ..) => return Ok(()),
            }
        }
        Ok(())
    }

    /// Fetches what is listed. One that fails is tried again later; it holds nobody up.
    async fn take(&self, turn: &Turn, session: &Session) -> Result<(), Trouble> {
        let mut failures = 0;
        for wanted in ksef::wanted(&self.store, turn, AT_ONE_LOOK, Timestamp::now()).await? {
            match self.one(turn, session, &wanted).await {
                Ok(()) => failures = 0,
                Err(Trouble::Problem(kind, message)) => {
                    failures += 1;
                    tracing::warn!(company = %turn.company, message, "an invoice could not be fetched");
                    let wait = later(self.settings.poll, wanted.attempts);
                    ksef::failed(&self.store, turn, &wanted.invoice.number, message.clone(), wait, Timestamp::now()).await?;
                    if failures >= ENOUGH || matches!(kind, KsefProblem::Token | KsefProblem::Rights) {
                        return Err(Trouble::Problem(kind, message));
                    }
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    async fn one(&self, turn: &Turn, session: &Session, wanted: &Wanted) -> Result<(), Trouble> {
        let number = &wanted.invoice.number;
        let raw = self.api.invoice(session, &wanted.invoice).await?;
        // A crash may have come between keeping it and noting so.
        let (submission, fresh) = match ksef::arrived(&self.store, turn, &raw).await? {
            Some(submission) => (submission, false),
            None => (self.keep(turn, number, raw).await?, true),
        };
        match ksef::fetched(&self.store, turn, number, submission, fresh).await? {
            true => Ok(()),
            false => Err(Trouble::LeaseLost),
        }
    }

    /// An invoice is an arrival like any other; KSeF vouches for it. Its number is not in it: it is the file's name.
    async fn keep(&self, turn: &Turn, number: &str, raw: Bytes) -> Result<SubmissionId, Trouble> {
        let arrival = Arrival {
            office: turn.office,
            company: turn.company,
            channel: Channel::Ksef,
            verdict: Verdict::Admit,
            reverse_path: String::new(),
            forward_path: String::new(),
            peer: Some(self.api.host().to_owned()),
            mail_from: None,
            subject: None,
            message_id: None,
            file_name: Some(format!("{number}.xml")),
            user: None,
            period: None,
            direction: Direction::Purchase,
            document_type: None,
            authentication: None,
            split: Some(Split::None),
            together: false,
            raw,
            received_at: Timestamp::now(),
        };
        let accepted = accept::arrival(&self.store, arrival).await?;
        tracing::info!(company = %turn.company, submission = %accepted.submission, "an invoice came from KSeF");
        Ok(accepted.submission)
    }
}

/// Signs in and lists one page, without keeping anything: whether an inbox is set up right. The number of invoices seen.
pub async fn try_out(settings: &Settings, nip: &str, token: &str) -> Result<usize, Trouble> {
    let api = Api::new(&settings.address).map_err(|error| garbled(&error.to_string()))?;
    let session = api.sign_in(nip, token).await?;
    let found = api.list(&session, Timestamp::now() - Duration::from_secs(30 * 86_400), None, 0).await;
    api.sign_out(&session).await;
    Ok(found?.invoices().len())
}

fn garbled(message: &str) -> Trouble {
    Trouble::Problem(KsefProblem::Garbled, message.to_owned())
}

/// The wait after a failure: it doubles each time.
fn later(first: Duration, failures: u32) -> Duration {
    first.saturating_mul(1 << failures.min(16)).min(LONGEST)
}

fn problem(trouble: &Trouble) -> Option<(KsefProblem, String)> {
    match trouble {
        Trouble::Problem(problem, message) => Some((*problem, message.clone())),
        Trouble::Busy(_) => Some((KsefProblem::Busy, trouble.to_string())),
        // Ours, and nothing that the office could mend at KSeF.
        Trouble::Store(_) | Trouble::LeaseLost => None,
    }
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
