//! The input of a job: a sealed memfd, mapped.

use std::io;
use std::ops::Deref;
use std::os::fd::OwnedFd;
use std::ptr;

use rustix::fs::{SealFlags, fcntl_get_seals, fstat};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// Bytes that nobody can change or cut while they are read.
#[derive(Debug)]
pub struct Bytes {
    start: *mut std::ffi::c_void,
    len: usize,
}

impl Bytes {
    /// Maps a memfd. Without its seals the service could still change or shorten it, and a shortened mapping kills by
    /// SIGBUS, so an unsealed one is refused.
    #[expect(unsafe_code, reason = "a mapping has no safe form")]
    pub fn map(memfd: &OwnedFd) -> io::Result<Bytes> {
        let needed = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::SEAL;
        if !fcntl_get_seals(memfd)?.contains(needed) {
            return Err(io::Error::other("the input is not sealed"));
        }
        let len = usize::try_from(fstat(memfd)?.st_size).map_err(io::Error::other)?;
        if len == 0 {
            return Ok(Bytes { start: ptr::null_mut(), len });
        }
        // SAFETY: a new private mapping at an address the kernel picks; it aliases nothing of ours.
        let start = unsafe { mmap(ptr::null_mut(), len, ProtFlags::READ, MapFlags::PRIVATE, memfd, 0)? };
        Ok(Bytes { start, len })
    }
}

impl Deref for Bytes {
    type Target = [u8];

    #[expect(unsafe_code, reason = "a mapping has no safe form")]
    fn deref(&self) -> &[u8] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: `start` maps `len` readable bytes until `self` is dropped, and the seals forbid that they change or shrink.
        unsafe { std::slice::from_raw_parts(self.start.cast(), self.len) }
    }
}

impl Drop for Bytes {
    #[expect(unsafe_code, reason = "a mapping has no safe form")]
    fn drop(&mut self) {
        if self.len > 0 {
            // SAFETY: exactly the mapping made in `map`; no slice of it outlives `self`.
            let _ = unsafe { munmap(self.start, self.len) };
        }
    }
}
