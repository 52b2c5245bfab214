//! Resource limits: what the kernel itself counts.

use std::io;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors: the socket, standard error, an input, and a library or model while it is loaded.
const FILES: u64 = 32;

/// Sets the limits of the process.
pub fn set(memory: u64) -> io::Result<()> {
    // A quarter above what the service lets it hold: the service, which looks every few milliseconds, then sees first what is
    // going on and can name the reason; this limit catches what is faster.
    hard(Resource::Data, memory.saturating_add(memory / 4))?;
    hard(Resource::Core, 0)?;
    hard(Resource::Nofile, FILES)?;
    hard(Resource::Memlock, 0)?;
    hard(Resource::Msgqueue, 0)
}

/// Ends the process by SIGXCPU once it has used so much time from now on: a job whose service is gone must not run for ever.
pub fn cpu_time(from_now: Duration) -> io::Result<()> {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let used = u64::try_from(used.tv_sec).unwrap_or(0);
    let maximum = getrlimit(Resource::Cpu).maximum;
    Ok(setrlimit(Resource::Cpu, Rlimit { current: Some(used + from_now.as_secs() + 2), maximum })?)
}

fn hard(resource: Resource, most: u64) -> io::Result<()> {
    let most = getrlimit(resource).maximum.map_or(most, |allowed| allowed.min(most));
    Ok(setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?)
}
