//! The service's end of the socket pair.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};

use bytes::Bytes;
use ocr::protocol::{MAX_HEADER, Reply, Request};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader, Interest};
use tokio::net::UnixStream;

/// The service's end of the socket pair.
#[derive(Debug)]
pub struct Channel {
    socket: BufReader<UnixStream>,
}

/// What a reader says is not believed: these lengths end the conversation.
const MOST_PAYLOAD: u64 = 256 << 20;

impl Channel {
    /// The service's end.
    pub fn new(socket: std::os::unix::net::UnixStream) -> io::Result<Channel> {
        socket.set_nonblocking(true)?;
        Ok(Channel { socket: BufReader::with_capacity(64 << 10, UnixStream::from_std(socket)?) })
    }

    /// Sends a request with its input; the descriptor travels with the first byte.
    pub async fn send(&mut self, request: &Request, memfd: OwnedFd) -> io::Result<()> {
        let header = serde_json::to_vec(request)?;
        let length = u32::try_from(header.len()).map_err(io::Error::other)?;
        let frame = [&length.to_be_bytes()[..], &header].concat();
        let socket = self.socket.get_mut();
        let sent = socket.async_io(Interest::WRITABLE, || first_bytes(socket, &frame, &memfd)).await?;
        socket.write_all(&frame[sent..]).await
    }

    /// The next reply and its payload.
    pub async fn receive(&mut self) -> io::Result<(Reply, Bytes)> {
        let length = self.socket.read_u32().await? as usize;
        if length > MAX_HEADER {
            return Err(io::Error::other("the header of a reply is too long"));
        }
        let header = self.take(length as u64).await?;
        let reply: Reply = serde_json::from_slice(&header)?;
        let payload = match &reply {
            Reply::Part { payload, .. } | Reply::Image { payload, .. } => *payload,
            _ => 0,
        };
        if payload > MOST_PAYLOAD {
            return Err(io::Error::other("the payload of a reply is too long"));
        }
        Ok((reply, self.take(payload).await?))
    }

    /// Exactly so many bytes; memory grows with what really arrives, not with what was announced.
    async fn take(&mut self, length: u64) -> io::Result<Bytes> {
        let mut bytes = Vec::with_capacity(length.min(1 << 20) as usize);
        (&mut self.socket).take(length).read_to_end(&mut bytes).await?;
        match bytes.len() as u64 == length {
            true => Ok(bytes.into()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

fn first_bytes(socket: &UnixStream, frame: &[u8], memfd: &OwnedFd) -> io::Result<usize> {
    let fds = [memfd.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    ancillary.push(SendAncillaryMessage::ScmRights(&fds));
    Ok(sendmsg(socket, &[IoSlice::new(frame)], &mut ancillary, SendFlags::NOSIGNAL)?)
}

/// The pieces of a job in memory that nobody can change any more.
pub fn seal(pieces: &[Bytes]) -> io::Result<OwnedFd> {
    let memfd = memfd_create("input", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    for piece in pieces {
        let mut rest = &piece[..];
        while !rest.is_empty() {
            let written = rustix::io::write(&memfd, rest)?;
            rest = &rest[written..];
        }
    }
    fcntl_add_seals(&memfd, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)?;
    Ok(memfd)
}
