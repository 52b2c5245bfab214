//! Mail fetched from mailboxes elsewhere, by IMAP (RFC 3501, 9051): new mails are waited for by IDLE, or looked for again and again.
//!
//! A mail is marked or moved there only after it is durable here, and how far fetching came is noted last. Whatever is cut off in
//! between, nothing is lost, and nothing is kept twice: the same bytes for the same company are one arrival.

pub mod oauth;
mod pull;
mod take;
mod wire;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use store::mailbox::{self, Mailbox, NewMailbox};
use store::{MailboxId, Store};
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::Admission;
use pull::{Hurdle, Pull};

/// How long a mailbox is one process's own without a sign of life.
const LEASE: Duration = Duration::from_secs(600);
/// How often the list of mailboxes is looked at.
const LOOK: Duration = Duration::from_secs(3);
/// How often a mailbox that another process has is asked for.
const ELSEWHERE: Duration = Duration::from_secs(30);
/// Time for a batch to end when the service stops.
const GRACE: Duration = Duration::from_secs(10);
/// Longest wait after trouble.
const LONGEST: Duration = Duration::from_secs(900);

/// What holds for all mailboxes.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Larger mails are not fetched; the mail log says so.
    pub message_bytes: u64,
    /// How often a server without IDLE is asked.
    pub poll: Duration,
    /// First wait after trouble; it doubles each time, up to a quarter of an hour.
    pub wait: Duration,
    /// PEM file with authorities beside the system's.
    pub authorities: Option<PathBuf>,
    /// Where long mails wait while they are fetched.
    pub spool: PathBuf,
}

/// Why fetching stopped.
#[derive(Debug)]
pub enum Trouble {
    /// The network.
    Network(String),
    /// No secure connection.
    Tls(String),
    /// The server does not let us in; what it said.
    SignIn(String),
    /// The server refuses a command; what it said.
    Refused(String),
    /// It sent what is no IMAP.
    Garbled,
    /// It takes too long.
    Slow,
    /// It hung up.
    Gone,
    /// The database.
    Store(store::Error),
    /// Another process has the mailbox now, or it was changed or removed.
    LeaseLost,
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::Network(what) => write!(f, "the server cannot be reached: {what}"),
            Trouble::Tls(what) => write!(f, "no secure connection: {what}"),
            Trouble::SignIn(what) => write!(f, "signing in failed: {what}"),
            Trouble::Refused(what) => write!(f, "the server refuses: {what}"),
            Trouble::Garbled => f.write_str("the server sent what is no IMAP"),
            Trouble::Slow => f.write_str("the server does not answer in time"),
            Trouble::Gone => f.write_str("the server hung up"),
            Trouble::Store(_) => f.write_str("the database does not answer"),
            Trouble::LeaseLost => f.write_str("another process fetches this mailbox"),
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            // Texts of these are by the parser and hold what was parsed: people's mail.
            std::io::ErrorKind::Other => Trouble::Garbled,
            std::io::ErrorKind::UnexpectedEof => Trouble::Gone,
            _ => Trouble::Network(error.to_string()),
        }
    }
}

impl From<async_imap::error::Error> for Trouble {
    fn from(error: async_imap::error::Error) -> Self {
        use async_imap::error::Error;
        match error {
            Error::Io(error) => error.into(),
            Error::No(said) | Error::Bad(said) => Trouble::Refused(said),
            Error::ConnectionLost => Trouble::Gone,
            _ => Trouble::Garbled,
        }
    }
}

impl From<store::Error> for Trouble {
    fn from(error: store::Error) -> Self {
        Trouble::Store(error)
    }
}

/// Fetches from all mailboxes of the store. One for the process.
pub struct Fetcher {
    store: Store,
    admission: Arc<Admission>,
    settings: Settings,
    tls: TlsConnector,
    large: Semaphore,
}

impl Fetcher {
    /// A fetcher; nothing is fetched yet.
    pub fn new(store: Store, admission: Arc<Admission>, settings: Settings) -> std::io::Result<Arc<Fetcher>> {
        let tls = wire::connector(settings.authorities.as_deref())?;
        Ok(Arc::new(Fetcher { store, admission, settings, tls, large: Semaphore::new(2) }))
    }

    /// Fetches until `stop`. Mailboxes that are added, changed or removed meanwhile are noticed within seconds.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut running: HashMap<MailboxId, (i64, CancellationToken)> = HashMap::new();
        let tasks = TaskTracker::new();
        if let Err(error) = mailbox::reclaim(&self.store).await {
            tracing::error!(%error, "mailboxes of the process before cannot be taken over at once");
        }
        while !stop.is_cancelled() {
            match mailbox::all(&self.store).await {
                Ok(all) => {
                    running.retain(|id, (changed, task)| {
                        let goes_on = all.iter().any(|(other, version)| other == id && version == changed);
                        if !goes_on {
                            task.cancel();
                        }
                        goes_on
                    });
                    for (id, version) in all {
                        running.entry(id).or_insert_with(|| {
                            let task = stop.child_token();
                            tasks.spawn(self.clone().keep_fetching(id, task.clone()));
                            (version, task)
                        });
                    }
                }
                Err(error) => tracing::error!(%error, "the mailboxes cannot be listed"),
            }
            stop.run_until_cancelled(tokio::time::sleep(LOOK)).await;
        }
        tasks.close();
        tasks.wait().await;
    }

    /// One mailbox, through all its troubles.
    async fn keep_fetching(self: Arc<Self>, id: MailboxId, stop: CancellationToken) {
        let (mut wait, mut hurdle, mut token) = (self.settings.wait, Hurdle::default(), None);
        while !stop.is_cancelled() {
            let begun = Timestamp::now();
            let trouble = match mailbox::lease(&self.store, id, LEASE, begun).await {
                Ok(Some(mailbox)) => {
                    let late = async {
                        stop.cancelled().await;
                        tokio::time::sleep(GRACE).await;
                    };
                    tokio::select! {
                        done = self.fetch(mailbox, &mut hurdle, &mut token, &stop) => done.err(),
                        // What was being fetched is fetched again.
                        () = late => None,
                    }
                }
                // Somebody else has it.
                Ok(None) => Some(Trouble::LeaseLost),
                Err(error) => Some(error.into()),
            };
            let Some(trouble) = trouble else { continue };
            if let Trouble::SignIn(_) = trouble {
                token = None;
            }
            if let Trouble::LeaseLost = trouble {
                stop.run_until_cancelled(tokio::time::sleep(ELSEWHERE)).await;
                continue;
            }
            // A connection that served for a while is no sign of a broken server.
            if begun.duration_until(Timestamp::now()).as_secs() > 120 {
                wait = self.settings.wait;
            }
            let jitter = wait.mul_f64(f64::from(Timestamp::now().subsec_nanosecond() % 1_000) / 4_000.0);
            tracing::warn!(mailbox = %id, %trouble, "fetching pauses");
            stop.run_until_cancelled(tokio::time::sleep(wait + jitter)).await;
            wait = (wait * 2).min(LONGEST);
        }
    }

    /// One connection's life.
    async fn fetch(
        &self,
        mailbox: Mailbox,
        hurdle: &mut Hurdle,
        token: &mut Option<oauth::Token>,
        stop: &CancellationToken,
    ) -> Result<(), Trouble> {
        let done = async {
            let access = self.access(&mailbox, token).await?;
            let (session, allowance) = wire::sign_in(&mailbox.facts, &self.tls, access).await?;
            Pull::new(self, mailbox.clone(), session, allowance, hurdle).run(stop).await
        };
        let done = done.await;
        let problem = done.as_ref().err().filter(|trouble| !matches!(trouble, Trouble::LeaseLost)).map(Trouble::to_string);
        mailbox::release(&self.store, &mailbox, problem).await?;
        done
    }

    async fn access(&self, mailbox: &Mailbox, token: &mut Option<oauth::Token>) -> Result<Option<String>, Trouble> {
        let (access, changed) = oauth::token(&mailbox.facts.sign_in, token).await?;
        if let Some(sign_in) = changed {
            mailbox::set_sign_in(&self.store, mailbox, &sign_in).await?;
        }
        Ok(access)
    }
}

/// What a look into a mailbox shows.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Mails in the folder.
    pub mails: u32,
    /// New mails are told of at once.
    pub idle: bool,
    /// Mails can be moved in one step.
    pub moves: bool,
}

/// Signs in and looks into the folder, without changing anything: whether a mailbox is set up right.
pub async fn try_out(facts: &NewMailbox, settings: &Settings) -> Result<Seen, Trouble> {
    let tls = wire::connector(settings.authorities.as_deref())?;
    let (access, _) = oauth::token(&facts.sign_in, &mut None).await?;
    let (mut session, _) = wire::sign_in(facts, &tls, access).await?;
    let able = session.capabilities().await?;
    let seen =
        Seen { mails: session.examine(&facts.folder).await?.exists, idle: able.has_str("IDLE"), moves: able.has_str("MOVE") };
    if let Some(folder) = &facts.move_to {
        session.examine(folder).await?;
    }
    session.logout().await?;
    Ok(seen)
}
