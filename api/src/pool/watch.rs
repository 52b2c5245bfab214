//! The memory of a reader, from outside: its own limit counts what it asks for, this counts what it holds.

/// Bytes resident in memory, as the kernel tells; `None` once the process is gone.
pub fn resident(pid: u32) -> Option<u64> {
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}
