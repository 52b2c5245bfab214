//! `postroom-reader --self-test`: tries from within what an attacker who has taken over the process would try.

use std::fs::{File, OpenOptions};
use std::io;
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::process::Command;

use ocr::protocol::Sandbox;
use serde::Serialize;

/// What was tried and how it went.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What the kernel enforces.
    pub sandbox: Sandbox,
    /// Each try.
    pub tried: Vec<Try>,
    /// Whether every try was denied.
    pub held: bool,
}

/// One try.
#[derive(Debug, Serialize)]
pub struct Try {
    /// What was tried.
    pub what: &'static str,
    /// Whether the kernel said no.
    pub denied: bool,
    /// What it said.
    pub answer: String,
}

/// Tries everything; call it inside the sandbox.
pub fn run(sandbox: Sandbox) -> Report {
    let tried = vec![
        attempt("open an internet connection", || TcpStream::connect("127.0.0.1:9")),
        attempt("make a socket", UnixDatagram::unbound),
        attempt("run a program", || Command::new("/bin/true").status()),
        attempt("make a thread", || std::thread::Builder::new().spawn(|| ())),
        attempt("read a file of the system", || File::open("/etc/passwd")),
        attempt("read another process's environment", || File::open("/proc/1/environ")),
        attempt("write a file", || OpenOptions::new().write(true).create(true).truncate(true).open("/tmp/postroom-self-test")),
        attempt("remove a file", || std::fs::remove_file("/tmp/postroom-self-test")),
        attempt("signal another process", || rustix::process::test_kill_process(rustix::process::Pid::INIT)),
        attempt("raise its memory limit", || {
            use rustix::process::{Resource, Rlimit, setrlimit};
            setrlimit(Resource::Data, Rlimit { current: None, maximum: None })
        }),
        attempt("take more memory than its limit", || {
            let most = usize::try_from(sandbox.memory_limit).unwrap_or(usize::MAX / 4).saturating_mul(2);
            let mut much: Vec<u8> = Vec::new();
            much.try_reserve_exact(most).map_err(io::Error::other).map(|()| much.capacity())
        }),
    ];
    let held = tried.iter().all(|one| one.denied);
    Report { sandbox, tried, held }
}

fn attempt<T, E: std::fmt::Display>(what: &'static str, act: impl FnOnce() -> Result<T, E>) -> Try {
    match act() {
        Ok(_) => Try { what, denied: false, answer: "it worked".to_owned() },
        Err(error) => Try { what, denied: true, answer: error.to_string() },
    }
}
