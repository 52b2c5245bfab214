//! Purchase invoices fetched from KSeF, the Polish state's system of e-invoices, by its public API 2.0 (CIRFMF/ksef-docs: uwierzytelnianie.md,
//! pobieranie-faktur/przyrostowe-pobieranie-faktur.md, limity/limity-api.md). Few are fetched one by one, many as a package.
//!
//! KSeF lists what it stored by the time of storing, up to a mark before which nothing more will appear. Numbers that are listed are rows
//! here before the point from which listing goes on is moved; an invoice is a row of its own until its bytes are durable. Whatever is cut off
//! in between, nothing is left out, and nothing is fetched twice.

mod api;
pub mod certificate;
mod envelope;
mod export;
mod xades;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use store::accept::Channel;
use store::ksef::{self, Batch, Credential, KsefAccess, KsefProblem, Turn, Wanted};
use store::{CompanyId, Store, SubmissionId};
use tokio_util::sync::CancellationToken;

use super::inboxes::{self, Fetched, Inboxes, LEASE, Problem, later};
use api::{Api, Session};

/// Invoices fetched at one look: with four looks an hour this stays within the 16 a minute and 64 an hour that KSeF allows.
const AT_ONE_LOOK: u32 = 15;
/// From so many invoices on they are fetched as a package, and so many are in one: the reader takes apart files of a thousand parts.
const FEW: usize = 30;
const MANY: usize = 250;
/// Packages at one look: with four looks an hour this stays within the twenty that KSeF allows, and both fit into a look.
const PACKAGES: u32 = 2;
/// The longest range of a listing; KSeF allows three months.
const RANGE: Duration = Duration::from_secs(85 * 86_400);
/// Pages of one listing: a bound against answers that never end.
const MOST_PAGES: u32 = 200;
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
pub type Trouble = inboxes::Trouble<KsefProblem>;

impl Problem for KsefProblem {
    const WHO: &'static str = "KSeF";
    const BUSY: KsefProblem = KsefProblem::Busy;
    const UNREACHABLE: KsefProblem = KsefProblem::Unreachable;
    const GARBLED: KsefProblem = KsefProblem::Garbled;
}

impl Trouble {
    /// A refusal of who asks is one of what they signed in with.
    fn of(self, credential: &Credential) -> Trouble {
        match (self, credential) {
            (Trouble::Problem(KsefProblem::Token, message), Credential::Certificate { .. }) => {
                Trouble::Problem(KsefProblem::Certificate, message)
            }
            (other, _) => other,
        }
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
        inboxes::run(&*self, &stop).await;
    }

    /// Lists what is new. Ranges follow one another without a gap; what stands on an edge is listed twice and kept once.
    async fn list(&self, turn: &Turn, session: &Session) -> Result<(), Trouble> {
        let (mut from, mut page) = (turn.point, 0);
        for _ in 0..MOST_PAGES {
            let now = Timestamp::now();
            let to = end_of_range(from, now);
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

    /// Fetches many invoices at once, while there are many. What no package gives is fetched one by one.
    async fn packages(&self, turn: &Turn, session: &Session) -> Result<(), Trouble> {
        for _ in 0..PACKAGES {
            let Some(batch) = ksef::batch(&self.store, turn, FEW, MANY).await? else { break };
            match self.package(turn, session, &batch).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(Trouble::Problem(KsefProblem::Refused | KsefProblem::Garbled, message)) => {
                    tracing::warn!(company = %turn.company, said = %message, "invoices could not be fetched as a package");
                    break;
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// False: there is no package with these invoices and no others.
    async fn package(&self, turn: &Turn, session: &Session, batch: &Batch) -> Result<bool, Trouble> {
        // A crash may have come between keeping one and noting so.
        let (kept, numbers) = match ksef::arrived_together(&self.store, turn, batch).await? {
            Some((submission, numbers)) => (submission, numbers),
            None => {
                let ordered = self.api.order(session, batch.from, batch.to).await?;
                let Some(package) = self.api.package(session, &ordered).await? else { return Ok(false) };
                if package.is_truncated || package.invoice_count != batch.numbers.len() {
                    return Ok(false);
                }
                let Some(raw) = self.api.download(&ordered, package).await? else { return Ok(false) };
                let (office, company, host) = (turn.office, turn.company, self.api.host());
                let fetched = Fetched { office, company, channel: Channel::Ksef, host, file_name: batch.file_name(), raw };
                (inboxes::keep(&self.store, fetched).await?, batch.numbers.clone())
            }
        };
        match ksef::fetched_together(&self.store, turn, numbers, kept).await? {
            true => Ok(true),
            false => Err(Trouble::LeaseLost),
        }
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

    /// An invoice's number is not in it: it is the file's name.
    async fn keep(&self, turn: &Turn, number: &str, raw: Bytes) -> Result<SubmissionId, Trouble> {
        let (office, company, host) = (turn.office, turn.company, self.api.host());
        let fetched = Fetched { office, company, channel: Channel::Ksef, host, file_name: format!("{number}.xml"), raw };
        Ok(inboxes::keep(&self.store, fetched).await?)
    }
}

impl Inboxes for Fetcher {
    const NAME: &'static str = "KSeF";

    type Turn = Turn;
    type Problem = KsefProblem;

    async fn reclaim(&self) -> store::Result<()> {
        ksef::reclaim(&self.store).await
    }

    async fn next(&self, now: Timestamp) -> store::Result<Option<Turn>> {
        ksef::next(&self.store, LEASE, now).await
    }

    async fn fetch(&self, turn: &Turn) -> Result<(), Trouble> {
        let Some(credential) = &turn.credential else { return Err(no_credential(turn.access)) };
        let session = self.api.sign_in(&turn.nip, credential).await.map_err(|trouble| trouble.of(credential))?;
        let done = async {
            self.list(turn, &session).await?;
            self.packages(turn, &session).await?;
            self.take(turn, &session).await
        };
        let done = done.await;
        self.api.sign_out(&session).await;
        done.map_err(|trouble| trouble.of(credential))
    }

    async fn release(
        &self,
        turn: &Turn,
        problem: Option<(KsefProblem, String)>,
        next: Timestamp,
        now: Timestamp,
    ) -> store::Result<()> {
        ksef::release(&self.store, turn, problem, next, now).await
    }

    fn whose(turn: &Turn) -> (CompanyId, u32) {
        (turn.company, turn.failures)
    }

    fn poll(&self) -> Duration {
        self.settings.poll
    }
}

/// Signs in and lists one page, without keeping anything: whether an inbox is set up right. The number of invoices seen.
pub async fn try_out(settings: &Settings, nip: &str, credential: &Credential) -> Result<usize, Trouble> {
    let api = Api::new(&settings.address).map_err(|error| garbled(&error.to_string()))?;
    let session = api.sign_in(nip, credential).await.map_err(|trouble| trouble.of(credential))?;
    let found = api.list(&session, Timestamp::now() - Duration::from_secs(30 * 86_400), None, 0).await;
    api.sign_out(&session).await;
    Ok(found.map_err(|trouble| trouble.of(credential))?.invoices().len())
}

/// Where a range ends; none: at what is there by now. A new inbox may be said to begin at any time there is.
fn end_of_range(from: Timestamp, now: Timestamp) -> Option<Timestamp> {
    from.checked_add(RANGE).ok().filter(|to| *to < now)
}

fn no_credential(access: KsefAccess) -> Trouble {
    let (problem, what) = match access {
        KsefAccess::Office => (KsefProblem::Certificate, "the office has no certificate for KSeF any more"),
        KsefAccess::Certificate => (KsefProblem::Certificate, "the certificate that is kept cannot be opened: give it again"),
        KsefAccess::Token => (KsefProblem::Token, "the token that is kept cannot be opened: give it again"),
    };
    Trouble::Problem(problem, what.to_owned())
}

fn garbled(message: &str) -> Trouble {
    Trouble::Problem(KsefProblem::Garbled, message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inbox_may_begin_at_any_time() {
        let now: Timestamp = "2026-10-05T20:30:00Z".parse().expect("a time");
        for (from, want) in [(now - RANGE * 2, Some(now - RANGE)), (now - RANGE, None), (now, None), (Timestamp::MAX, None)] {
            assert_eq!(end_of_range(from, now), want, "{from}");
        }
        assert!(end_of_range(Timestamp::MIN, now).is_some());
    }
}
