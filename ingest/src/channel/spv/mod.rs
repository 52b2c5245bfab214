//! Purchase invoices fetched from SPV, the private space at Romania's tax office (ANAF), by the public API of RO e-Factura.
//!
//! SPV lists what came in a time, and keeps it for 60 days. Numbers that are listed are rows here before the point from which listing goes on is
//! moved; an invoice is a row of its own until its bytes are durable. Whatever is cut off in between, nothing is left out, and nothing is fetched
//! twice. It is entered with tokens that ANAF grants for somebody's certificate.

mod access;
mod api;
mod said;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::accept::Channel;
use store::spv::{self, Gap, SpvProblem, Turn, Wanted};
use store::{CompanyId, Store, SubmissionId};
use tokio_util::sync::CancellationToken;

use super::inboxes::{self, Fetched, Inboxes, LEASE, Problem, later};
pub use access::{address, pasted, redeem};
use api::Api;

/// Invoices fetched at one look.
const AT_ONE_LOOK: u32 = 100;
/// How long SPV keeps things, less an hour in which a look may begin and end.
const KEPT: Duration = Duration::from_secs(60 * 86_400 - 3_600);
/// What came so long before the point is listed again: nobody says that SPV shows everything at once.
const OVERLAP: Duration = Duration::from_secs(86_400);
/// So far does a listing stay behind our clock: an end that is in the future by ANAF's is refused.
const BEHIND: Duration = Duration::from_secs(60);
/// Pages of one listing: a bound against answers that never end.
const MOST_PAGES: u32 = 200;
/// Failures in a row after which a look ends.
const ENOUGH: u32 = 3;

/// Why a look ended.
pub type Trouble = inboxes::Trouble<SpvProblem>;

impl Problem for SpvProblem {
    const WHO: &'static str = "ANAF";
    const BUSY: SpvProblem = SpvProblem::Busy;
    const UNREACHABLE: SpvProblem = SpvProblem::Unreachable;
    const GARBLED: SpvProblem = SpvProblem::Garbled;
}

/// What holds for all inboxes.
#[derive(Clone)]
pub struct Settings {
    /// Where the API is (`https://api.anaf.ro/prod`).
    pub address: String,
    /// Where tokens are granted (`https://logincert.anaf.ro/anaf-oauth2/v1`).
    pub sign_in: String,
    /// What ANAF calls this service.
    pub client_id: String,
    /// Its secret there.
    pub client_secret: String,
    /// Time between two looks into one inbox.
    pub poll: Duration,
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

    async fn fetch_with(&self, turn: &Turn, token: &str) -> Result<(), Trouble> {
        self.list(turn, token).await?;
        self.take(turn, token).await
    }

    /// Lists what is new. What was listed before is known by its number.
    async fn list(&self, turn: &Turn, token: &str) -> Result<(), Trouble> {
        let now = Timestamp::now();
        let (oldest, to) = (now - KEPT, now - BEHIND);
        if turn.point < oldest {
            spv::missed(&self.store, turn, Gap { from: turn.point, until: oldest }).await?;
        }
        let from = from(turn.point, oldest);
        if from >= to {
            return Ok(());
        }
        for page in 1.. {
            let found = self.api.list(token, &turn.cif, from, to, page).await?;
            if found.pages > MOST_PAGES {
                return Err(garbled("ANAF lists more pages than there can be"));
            }
            let last = page >= found.pages;
            let point = if last { to } else { turn.point };
            if !spv::listed(&self.store, turn, found.numbers, point, now).await? {
                return Err(Trouble::LeaseLost);
            }
            if last {
                break;
            }
        }
        Ok(())
    }

    /// Fetches what is listed. One that fails is tried again later; it holds nobody up.
    async fn take(&self, turn: &Turn, token: &str) -> Result<(), Trouble> {
        let mut failures = 0;
        for wanted in spv::wanted(&self.store, turn, AT_ONE_LOOK, Timestamp::now()).await? {
            match self.one(turn, token, &wanted).await {
                Ok(()) => failures = 0,
                Err(Trouble::Problem(SpvProblem::Grant, message)) => return Err(Trouble::Problem(SpvProblem::Grant, message)),
                Err(Trouble::Problem(kind, message)) => {
                    failures += 1;
                    tracing::warn!(company = %turn.company, message, "an invoice could not be fetched");
                    let next = again(kind, self.settings.poll, wanted.attempts, Timestamp::now());
                    spv::failed(&self.store, turn, &wanted.number, message.clone(), next).await?;
                    if failures >= ENOUGH {
                        return Err(Trouble::Problem(kind, message));
                    }
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    async fn one(&self, turn: &Turn, token: &str, wanted: &Wanted) -> Result<(), Trouble> {
        let (number, file_name) = (&wanted.number, format!("{}.zip", wanted.number));
        // A crash may have come between keeping it and noting so.
        let kept = if wanted.cut_off { spv::arrived(&self.store, turn, &file_name).await? } else { None };
        let (submission, fresh) = match kept {
            Some(submission) => (submission, false),
            None => (self.bring(turn, token, number, file_name).await?, true),
        };
        match spv::fetched(&self.store, turn, number, submission, fresh).await? {
            true => Ok(()),
            false => Err(Trouble::LeaseLost),
        }
    }

    async fn bring(&self, turn: &Turn, token: &str, number: &str, file_name: String) -> Result<SubmissionId, Trouble> {
        spv::begun(&self.store, turn, number).await?;
        let raw = self.api.download(token, number).await?;
        let (office, company, host) = (turn.office, turn.company, self.api.host());
        let fetched = Fetched { office, company, channel: Channel::Spv, host, file_name, raw };
        Ok(inboxes::keep(&self.store, fetched).await?)
    }
}

impl Inboxes for Fetcher {
    const NAME: &'static str = "SPV";

    type Turn = Turn;
    type Problem = SpvProblem;

    async fn reclaim(&self) -> store::Result<()> {
        spv::reclaim(&self.store).await
    }

    async fn next(&self, now: Timestamp) -> store::Result<Option<Turn>> {
        spv::next(&self.store, LEASE, now).await
    }

    /// A token that ANAF takes no more before its time is renewed once.
    async fn fetch(&self, turn: &Turn) -> Result<(), Trouble> {
        let token = access::token(&self.store, &self.settings, turn, None).await?;
        match self.fetch_with(turn, &token).await {
            Err(Trouble::Problem(SpvProblem::Grant, _)) => {
                let token = access::token(&self.store, &self.settings, turn, Some(&token)).await?;
                self.fetch_with(turn, &token).await
            }
            other => other,
        }
    }

    async fn release(
        &self,
        turn: &Turn,
        problem: Option<(SpvProblem, String)>,
        next: Timestamp,
        now: Timestamp,
    ) -> store::Result<()> {
        spv::release(&self.store, turn, problem, next, now).await
    }

    fn whose(turn: &Turn) -> (CompanyId, u32) {
        (turn.company, turn.failures)
    }

    fn poll(&self) -> Duration {
        self.settings.poll
    }

    fn again(&self, problem: SpvProblem, failures: u32, now: Timestamp) -> Timestamp {
        again(problem, self.settings.poll, failures, now)
    }
}

/// From when on it is listed. A new inbox may be said to begin at any time there is.
fn from(point: Timestamp, oldest: Timestamp) -> Timestamp {
    point.max(oldest + OVERLAP) - OVERLAP
}

/// When it is tried again after a failure: what ANAF allows in a day is counted anew when the day begins there.
fn again(kind: SpvProblem, first: Duration, failures: u32, now: Timestamp) -> Timestamp {
    match kind {
        SpvProblem::Limit => {
            let zone = TimeZone::get("Europe/Bucharest").unwrap_or(TimeZone::UTC);
            let midnight = now.to_zoned(zone).tomorrow().and_then(|day| day.start_of_day());
            midnight.map_or(now + later(first, failures), |day| day.timestamp())
        }
        _ => now + later(first, failures),
    }
}

fn garbled(message: &str) -> Trouble {
    Trouble::Problem(SpvProblem::Garbled, message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inbox_may_begin_at_any_time() {
        let now: Timestamp = "2026-10-05T20:30:00Z".parse().expect("a time");
        let oldest = now - KEPT;
        for (point, want) in
            [(Timestamp::MIN, oldest), (oldest, oldest), (now, now - OVERLAP), (Timestamp::MAX, Timestamp::MAX - OVERLAP)]
        {
            assert_eq!(from(point, oldest), want, "{point}");
        }
    }

    #[test]
    fn what_a_day_allows_is_asked_for_the_next_day() {
        let now: Timestamp = "2026-10-05T20:30:00Z".parse().expect("a time");
        let minute = Duration::from_secs(60);
        assert_eq!(again(SpvProblem::Limit, minute, 0, now).to_string(), "2026-10-05T21:00:00Z", "midnight in Bucharest");
        assert_eq!(again(SpvProblem::Refused, minute, 1, now), now + minute * 2);
    }
}
