//! Namespaces of its own, where the kernel and the container around us allow them, and no rights at all.

use std::io;

use rustix::thread::{CapabilitySet, CapabilitySets, UnshareFlags, set_capabilities, set_no_new_privs, unshare_unsafe};

/// Leaves the network, the other processes' IPC and the host's users behind. `false` where that is not allowed: a user
/// namespace needs no rights but may be switched off, and inside a container often is.
#[expect(unsafe_code, reason = "unshare has no safe form")]
pub fn leave() -> bool {
    let network = UnshareFlags::NEWNET | UnshareFlags::NEWIPC | UnshareFlags::NEWUTS;
    // SAFETY: the descriptor table is not unshared, which is what the call's contract is about; there is one thread.
    unsafe { unshare_unsafe(UnshareFlags::NEWUSER | network).is_ok() || unshare_unsafe(network).is_ok() }
}

/// Gives up every capability (a new user namespace gives them all, and the service may run as root) and the way to new ones.
pub fn drop_rights() -> io::Result<()> {
    set_no_new_privs(true)?;
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?;
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}
