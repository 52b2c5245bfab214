//! What the process gives up before it looks at a single untrusted byte.
//!
//! Order matters. Limits and namespaces come first, since they need calls that are forbidden later; Landlock opens the folders
//! it allows; the system-call filter is last, and libraries and models are opened behind all of it. Each layer is as strong as
//! the kernel has it, and what it has is told to the service; one layer never relies on another: the network is shut by the
//! filter alone, whatever namespaces and Landlock add.
//!
//! Opening files for reading stays allowed after the start, which leaves to Landlock alone which files these are. Three parts open files
//! when a paper needs them: PDFium the fonts that a paper does not carry (its table of the system's fonts is filled, and each font read, at
//! the first paper that names one), ONNX Runtime with its models at the first page without text, Tesseract the data of the paper's
//! language at the first doubt. To deny it, the first needs a `FPDF_SYSFONTINFO` of our own over fonts mapped at the start (C callbacks that
//! PDFium keeps for ever), the others their libraries and data opened by every heavy process, also by those that read PDF text and
//! XML only, which would then no longer be ready in 0.3 s. Where the kernel has no Landlock, `postroom doctor` says so.

mod calls;
mod files;
mod limits;
mod namespaces;
pub mod self_test;

use ocr::protocol::Sandbox;

use crate::native::Folder;

pub use limits::cpu_time;

/// Why the process must not go on.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A second thread would keep its rights.
    #[error("the sandbox must be entered by a process with one thread, this one has {0}")]
    Threads(usize),
    /// The environment may hold secrets of the service.
    #[error("the environment is not empty")]
    Environment,
    /// A layer that every kernel has could not be set up.
    #[error("the sandbox could not be set up: {0}")]
    Setup(String),
}

/// Enters the sandbox for good.
pub fn enter(native: &Folder, memory: u64) -> Result<Sandbox, SandboxError> {
    one_thread()?;
    no_environment()?;
    limits::set(memory).map_err(|error| SandboxError::Setup(format!("limits: {error}")))?;
    let namespaces = namespaces::leave();
    namespaces::drop_rights().map_err(|error| SandboxError::Setup(format!("capabilities: {error}")))?;
    let landlock = files::restrict(native);
    calls::restrict().map_err(|error| SandboxError::Setup(format!("system-call filter: {error}")))?;
    Ok(Sandbox { namespaces, landlock: landlock.to_owned(), seccomp: true, memory_limit: memory })
}

fn one_thread() -> Result<(), SandboxError> {
    let threads = std::fs::read_dir("/proc/self/task").map(Iterator::count);
    match threads {
        Ok(1) => Ok(()),
        Ok(more) => Err(SandboxError::Threads(more)),
        Err(error) => Err(SandboxError::Setup(format!("/proc/self/task: {error}"))),
    }
}

/// The one variable the service sets is for a library that reads it when it is loaded.
fn no_environment() -> Result<(), SandboxError> {
    match std::env::vars_os().all(|(name, _)| name == "OMP_THREAD_LIMIT") {
        true => Ok(()),
        false => Err(SandboxError::Environment),
    }
}
