//! Reader processes: started, given one job at a time, watched, killed and replaced when they misbehave.
//!
//! Two kinds, so that a person who waits for a page image never queues behind OCR: *heavy* readers hold the models and read
//! papers, *light* ones unpack and draw. Dropping the future of a job kills the reader that works on it.

mod job;
mod place;
mod process;
mod watch;
mod wire;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ocr::protocol::{ErrorCode, Reply, Sandbox, Tier, Verb};
use tokio::sync::Semaphore;

pub use job::{Image, Job, Outcome, Piece};
use process::Process;

/// How readers are started and what they may use.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The `postroom-reader` program.
    pub program: PathBuf,
    /// The folder with native libraries and models.
    pub native: PathBuf,
    /// Readers with models.
    pub heavy: usize,
    /// Readers without.
    pub light: usize,
    /// Models for pictures.
    pub models: Tier,
    /// Longest time for a job.
    pub timeout: Duration,
    /// Bytes of memory a reader may use.
    pub memory: u64,
}

impl Settings {
    /// The settings that a configuration asks for, with the program and the native parts found.
    pub fn find(config: &crate::config::Reader) -> Result<Settings, Failure> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Settings {
            program: place::program(&config.program)?,
            native: place::native()?,
            heavy: if config.heavy == 0 { cores } else { config.heavy },
            light: config.light.max(1),
            models: config.models,
            timeout: Duration::from_secs(config.timeout_seconds),
            memory: config.memory_mb << 20,
        })
    }
}

/// Which readers a job goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// With models: `read` and `extract`.
    Heavy,
    /// Without: `unpack` and `render`.
    Light,
}

impl Kind {
    /// As the reader's command line has it.
    const fn as_str(self) -> &'static str {
        match self {
            Kind::Heavy => "heavy",
            Kind::Light => "light",
        }
    }

    /// Which readers do a verb.
    pub const fn of(verb: &Verb) -> Kind {
        match verb {
            Verb::Read { .. } | Verb::Extract { .. } => Kind::Heavy,
            Verb::Unpack | Verb::Render { .. } => Kind::Light,
        }
    }
}

/// Why a job has no outcome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Stable name.
    pub code: ErrorCode,
    /// A sentence for a person.
    pub message: String,
}

impl Failure {
    fn new(code: ErrorCode, message: impl Into<String>) -> Failure {
        Failure { code, message: message.into() }
    }

    fn crashed() -> Failure {
        Failure::new(ErrorCode::Crashed, "the file made its reader crash: it is damaged or made to harm, and was not read")
    }

    fn too_heavy(what: &str) -> Failure {
        Failure::new(ErrorCode::TooHeavy, format!("reading the file took {what} than a file may: it was given up"))
    }

    fn internal(what: impl std::fmt::Display) -> Failure {
        Failure::new(ErrorCode::Internal, what.to_string())
    }
}

/// What is known about readers once one has started.
#[derive(Clone, Debug)]
pub struct About {
    /// Version of code and models.
    pub reader_version: String,
    /// What of the sandbox the kernel enforced.
    pub sandbox: Sandbox,
}

/// All readers of this process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pool {
    settings: Arc<Settings>,
    heavy: Arc<Group>,
    light: Arc<Group>,
}

#[derive(Debug)]
struct Group {
    kind: Kind,
    slots: Semaphore,
    idle: Mutex<Vec<Process>>,
}

impl Group {
    fn new(kind: Kind, size: usize) -> Arc<Group> {
        Arc::new(Group { kind, slots: Semaphore::new(size.max(1)), idle: Mutex::default() })
    }

    fn take(&self) -> Option<Process> {
        self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop()
    }

    fn put(&self, process: Process) {
        self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(process);
    }
}

impl Pool {
    /// A pool; readers are started when the first job needs one.
    pub fn new(settings: Settings) -> Pool {
        let heavy = Group::new(Kind::Heavy, settings.heavy);
        let light = Group::new(Kind::Light, settings.light);
        Pool { settings: Arc::new(settings), heavy, light }
    }

    /// Runs a job and collects what comes back.
    pub async fn run(&self, job: Job) -> Result<Outcome, Failure> {
        self.run_with(job, |_| ()).await
    }

    /// The same; `seen` is shown each reply as it arrives, for progress.
    pub async fn run_with(&self, job: Job, mut seen: impl FnMut(&Reply)) -> Result<Outcome, Failure> {
        let group = self.group(Kind::of(&job.verb));
        let _slot = group.slots.acquire().await.map_err(Failure::internal)?;
        let mut process = self.process(group).await?;
        // While the job runs the process belongs to this future alone: if it is dropped, so is the process, which kills it.
        let outcome = process.run(&job, &self.settings, &mut seen).await;
        if process.is_fit(&self.settings) {
            group.put(process);
        }
        outcome
    }

    /// How many readers of a kind there are at most.
    pub fn size(&self, kind: Kind) -> usize {
        match kind {
            Kind::Heavy => self.settings.heavy.max(1),
            Kind::Light => self.settings.light.max(1),
        }
    }

    /// What readers of a kind are: starts one if none has been.
    pub async fn about(&self, kind: Kind) -> Result<About, Failure> {
        let group = self.group(kind);
        let _slot = group.slots.acquire().await.map_err(Failure::internal)?;
        let process = self.process(group).await?;
        let about = process.about().clone();
        group.put(process);
        Ok(about)
    }

    fn group(&self, kind: Kind) -> &Group {
        match kind {
            Kind::Heavy => &self.heavy,
            Kind::Light => &self.light,
        }
    }

    async fn process(&self, group: &Group) -> Result<Process, Failure> {
        while let Some(mut process) = group.take() {
            if process.is_alive() {
                return Ok(process);
            }
        }
        Process::start(group.kind, &self.settings).await
    }
}
