//! The reader's end of the socket pair: frames of [`ocr::protocol`] and the input beside them.

mod input;

use std::io::{self, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use ocr::protocol::{MAX_HEADER, Reply, Request};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

pub use input::Bytes;

/// The reader's end of the socket pair.
#[derive(Debug)]
pub struct Channel {
    socket: std::os::unix::net::UnixStream,
}

/// Where a job's replies go while it runs.
pub trait Out {
    /// Sends one reply; `payload` are the bytes that its `payload` length announces.
    fn send(&mut self, reply: &Reply, payload: &[u8]) -> io::Result<()>;
}

impl Channel {
    /// Takes over an inherited descriptor.
    pub fn new(fd: OwnedFd) -> io::Result<Channel> {
        let socket = std::os::unix::net::UnixStream::from(fd);
        socket.set_nonblocking(false)?;
        Ok(Channel { socket })
    }

    /// Waits for the next job; `None` when the service has closed its end.
    pub fn receive(&mut self) -> io::Result<Option<(Request, Bytes)>> {
        let mut length = [0; 4];
        let Some(memfd) = first_bytes(self.socket.as_fd(), &mut length)? else { return Ok(None) };
        let length = u32::from_be_bytes(length) as usize;
        if length > MAX_HEADER {
            return Err(io::Error::other("the header of a request is too long"));
        }
        let mut header = vec![0; length];
        self.socket.read_exact(&mut header)?;
        let request = serde_json::from_slice(&header).map_err(io::Error::other)?;
        let memfd = memfd.ok_or_else(|| io::Error::other("a request came without its input"))?;
        Ok(Some((request, Bytes::map(&memfd)?)))
    }
}

impl Out for Channel {
    fn send(&mut self, reply: &Reply, payload: &[u8]) -> io::Result<()> {
        let mut frame = vec![0; 4];
        serde_json::to_writer(&mut frame, reply)?;
        let length = frame.len() - 4;
        if length > MAX_HEADER {
            return Err(io::Error::other("a reply is too long for the protocol"));
        }
        frame[..4].copy_from_slice(&u32::try_from(length).map_err(io::Error::other)?.to_be_bytes());
        self.socket.write_all(&frame)?;
        self.socket.write_all(payload)
    }
}

/// Reads the length of a frame and the descriptor that came with its first byte: `Some(None)` if there was none, `None` at
/// the end of the stream.
fn first_bytes(socket: BorrowedFd<'_>, length: &mut [u8; 4]) -> io::Result<Option<Option<OwnedFd>>> {
    let mut memfd = None;
    let mut filled = 0;
    while filled < length.len() {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(&mut length[filled..])];
        let got = match recvmsg(socket, &mut parts, &mut ancillary, RecvFlags::CMSG_CLOEXEC) {
            Err(rustix::io::Errno::INTR) => continue,
            other => other?.bytes,
        };
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(fds) = message {
                memfd = fds.last().or(memfd);
            }
        }
        match got {
            0 if filled == 0 => return Ok(None),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            _ => filled += got,
        }
    }
    Ok(Some(memfd))
}
