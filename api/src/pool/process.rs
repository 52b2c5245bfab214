//! One reader process.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use ocr::protocol::{ErrorCode, Reply, VERSION};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::wire::{Channel, seal};
use super::{About, Failure, Image, Job, Kind, Outcome, Settings, watch};

/// A started reader. Dropping it kills the process.
#[derive(Debug)]
pub struct Process {
    child: Child,
    channel: Channel,
    about: About,
    /// Nothing but finished jobs behind it: it may take another.
    clean: bool,
    /// Memory after the start.
    fresh: u64,
    /// The last line of its standard error.
    said: Said,
}

type Said = Arc<Mutex<String>>;

/// Loading libraries takes 0.1 s; a machine under load gets time enough.
const START: Duration = Duration::from_secs(60);
/// How often memory is looked at.
const WATCH: Duration = Duration::from_millis(50);
/// A reader that holds this much more than when it was fresh is replaced after its job.
const GROWTH: u64 = 256 << 20;

impl Process {
    /// Starts a reader and waits until it is ready.
    pub async fn start(kind: Kind, settings: &Settings) -> Result<Process, Failure> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(Failure::internal)?;
        let mut child = Command::new(&settings.program)
            .arg("--kind")
            .arg(kind.as_str())
            .arg("--models")
            .arg(settings.models.as_str())
            .arg("--memory")
            .arg(settings.memory.to_string())
            .arg("--native")
            .arg(&settings.native)
            .current_dir("/")
            .env_clear()
            // libgomp reads it when it is loaded; without it Tesseract's threads spin (5 times the time for a page).
            .env("OMP_THREAD_LIMIT", "1")
            .stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Failure::internal(format!("{} cannot be started: {error}", settings.program.display())))?;
        let mut channel = Channel::new(ours).map_err(Failure::internal)?;
        let ready = timeout(START, channel.receive()).await.map_err(|_| Failure::internal("a reader did not start in time"))?;
        let about = match ready {
            Ok((Reply::Ready { version: VERSION, reader_version, sandbox }, _)) => About { reader_version, sandbox },
            Ok((Reply::Ready { .. }, _)) => {
                return Err(Failure::internal("postroom and postroom-reader are of different builds: install both from one"));
            }
            Ok((Reply::Error { code, message }, _)) => return Err(Failure { code, message }),
            Ok(_) | Err(_) => {
                return Err(Failure::internal(format!("a reader could not start. {}", last_words(&mut child).await)));
            }
        };
        let said = Said::default();
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(log(stderr, said.clone()));
        }
        let fresh = child.id().and_then(watch::resident).unwrap_or(0);
        Ok(Process { child, channel, about, clean: true, fresh, said })
    }

    /// What it said of itself.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Whether the process still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Whether it may take another job.
    pub fn is_fit(&self, _settings: &Settings) -> bool {
        let held = self.child.id().and_then(watch::resident).unwrap_or(u64::MAX);
        self.clean && held < self.fresh.saturating_add(GROWTH)
    }

    /// Runs one job to its end, whatever that is.
    pub async fn run(&mut self, job: &Job, settings: &Settings, seen: &mut impl FnMut(&Reply)) -> Result<Outcome, Failure> {
        self.clean = false;
        let limit = job.timeout.map_or(settings.timeout, |t| t.min(settings.timeout));
        let deadline = Instant::now() + limit;
        self.hand_over(job, limit).await.map_err(|_| Failure::crashed())?;
        let mut outcome = Outcome::default();
        let mut look = interval(WATCH);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let pid = self.child.id();
        let mut most = 0;
        let talk = async {
            loop {
                let (reply, payload) = self.channel.receive().await.map_err(|error| {
                    tracing::warn!(%error, "a reader broke off");
                    Failure::crashed()
                })?;
                seen(&reply);
                if let Some(end) = take(&mut outcome, reply, payload) {
                    return Ok(end);
                }
            }
        };
        let watched = async {
            loop {
                look.tick().await;
                most = most.max(pid.and_then(watch::resident).unwrap_or(0));
                if most > settings.memory {
                    return Failure::too_heavy("more memory");
                }
            }
        };
        let end: Result<_, Failure> = tokio::select! {
            end = talk => end,
            failure = watched => Err(failure),
            () = tokio::time::sleep_until(deadline) => Err(Failure::too_heavy("more time")),
        };
        let end = match end {
            Err(Failure { code: ErrorCode::Crashed, .. }) => return Err(self.why(most > settings.memory / 2).await),
            end => end?,
        };
        self.clean = true;
        end.map(|()| outcome)
    }

    /// Why the process died: its limits end it by signals that damage ends it by too.
    async fn why(&mut self, held_much: bool) -> Failure {
        let status = timeout(Duration::from_secs(1), self.child.wait()).await;
        let signal = status.ok().and_then(Result::ok).and_then(|status| status.signal());
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if signal == Some(rustix::process::Signal::XCPU.as_raw()) {
            return Failure::too_heavy("more time");
        }
        // What Rust, C++ and PDFium say when there is no memory; libraries that say nothing stop at a null pointer.
        let no_memory = ["memory allocation of", "bad_alloc", "out of memory", "Out of memory"];
        if signal.is_some() && (held_much || no_memory.iter().any(|words| said.contains(words))) {
            return Failure::too_heavy("more memory");
        }
        Failure::crashed()
    }

    async fn hand_over(&mut self, job: &Job, limit: Duration) -> io::Result<()> {
        let pieces: Vec<Bytes> = job.pieces.iter().map(|piece| piece.bytes.clone()).collect();
        let memfd = seal(&pieces)?;
        self.channel.send(&job.request(limit), memfd).await
    }
}

/// Lines of a reader's standard error that are logged; what libraries have to say about hostile files has no end.
const LOGGED_LINES: u32 = 100;
/// Bytes of such a line.
const LOGGED_BYTES: u64 = 1_000;

/// What a reader that did not start said of it.
async fn last_words(child: &mut Child) -> String {
    let mut words = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        let _ = timeout(Duration::from_secs(1), stderr.take(LOGGED_BYTES).read_to_end(&mut words)).await;
    }
    String::from_utf8_lossy(&words).trim().to_owned()
}

/// Passes a reader's standard error on to the log, and goes on reading past the limit so that it never blocks.
async fn log(stderr: ChildStderr, said: Said) {
    let mut stderr = BufReader::new(stderr);
    let mut line = Vec::new();
    for count in 0_u32.. {
        line.clear();
        match (&mut stderr).take(LOGGED_BYTES).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let words = String::from_utf8_lossy(&line).trim_end().to_owned();
        if count < LOGGED_LINES {
            tracing::debug!(target: "reader", "{words}");
        }
        *said.lock().unwrap_or_else(PoisonError::into_inner) = words;
    }
}

/// Adds a reply to the outcome; the last frame gives the job's end.
fn take(outcome: &mut Outcome, reply: Reply, bytes: Bytes) -> Option<Result<(), Failure>> {
    match reply {
        Reply::Progress { .. } => {}
        Reply::Page(page) => outcome.pages.push(page),
        Reply::Part { part, .. } => outcome.parts.push((part, bytes)),
        Reply::Image { media_type, page_size, pages, .. } => {
            outcome.image = Some(Image { media_type, page_size, pages, bytes });
        }
        Reply::Result { readings } => {
            outcome.readings = readings;
            return Some(Ok(()));
        }
        Reply::Error { code, message } => return Some(Err(Failure { code, message })),
        Reply::Ready { .. } => return Some(Err(Failure::internal("a reader said twice that it is ready"))),
    }
    None
}
