//! Accepts connections, within bounds, until it is told to stop.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection;
use super::guard::Guard;
use super::limits::Limits;
use crate::admission::Admission;

/// Connections the kernel may hold ready for us: a burst of short ones must not wait for a repeated SYN.
const BACKLOG: u32 = 4_096;

/// Open files kept free for the rest of the process: databases, HTTP, readers.
const OTHER_FILES: usize = 1_000;

/// What an SMTP listener needs to know.
#[derive(Clone, Debug)]
pub struct SmtpConfig {
    /// Our name in greetings.
    pub host: String,
    /// Where long mails wait while they are received; on the disk of the data.
    pub spool: PathBuf,
    /// What clients may use.
    pub limits: Limits,
}

/// What all sessions share.
pub(super) struct Server {
    pub(super) host: Arc<str>,
    pub(super) spool: PathBuf,
    pub(super) limits: Arc<Limits>,
    pub(super) admission: Arc<Admission>,
    pub(super) guard: Arc<Guard>,
    pub(super) large: Arc<Semaphore>,
    /// No new connections, no new mails.
    pub(super) stop: CancellationToken,
    /// Nothing more at all.
    pub(super) abort: CancellationToken,
}

/// A bound SMTP listener.
pub struct Listener {
    socket: TcpListener,
    server: Arc<Server>,
}

impl Listener {
    /// Binds `address`. The process's limit on open files is raised as far as connections need and the system lets; if that is
    /// not enough, fewer connections are taken.
    pub fn bind(address: SocketAddr, mut config: SmtpConfig, admission: Arc<Admission>) -> io::Result<Listener> {
        let connections = files_for(config.limits.connections)?;
        if connections < config.limits.connections {
            tracing::warn!(connections, "the limit on open files allows fewer SMTP connections than configured");
            config.limits.connections = connections;
        }
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let server = Server {
            host: config.host.into(),
            spool: config.spool,
            large: Arc::new(Semaphore::new(config.limits.large_at_once)),
            limits: Arc::new(config.limits),
            admission,
            guard: Arc::default(),
            stop: CancellationToken::new(),
            abort: CancellationToken::new(),
        };
        Ok(Listener { socket: socket.listen(BACKLOG)?, server: Arc::new(server) })
    }

    /// The address it is bound to.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until `stop`. Then idle sessions are told 421 at once, mails under way have `shutdown_seconds` to end, and it
    /// returns.
    pub async fn serve(self, stop: CancellationToken) {
        let Listener { socket, server } = self;
        let sessions = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                accepted = socket.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => drop(sessions.spawn(session(server.clone(), stream, peer))),
                Err(error) => {
                    // Out of file descriptors, mostly: existing sessions go on, and the kernel keeps the new ones for us.
                    tracing::warn!(%error, "a connection cannot be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop(socket);
        server.stop.cancel();
        sessions.close();
        if tokio::time::timeout(Duration::from_secs(server.limits.shutdown_seconds), sessions.wait()).await.is_err() {
            server.abort.cancel();
            // Those in the middle of a write or a commit end on their own deadlines; the mail they carry is not answered 250.
            let _ = tokio::time::timeout(Duration::from_secs(5), sessions.wait()).await;
        }
    }
}

/// How many of `connections` the limit on open files allows, after raising it.
fn files_for(connections: usize) -> io::Result<usize> {
    let files = rlimit::increase_nofile_limit((connections + OTHER_FILES) as u64)?;
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    Ok(connections.min(files.saturating_sub(OTHER_FILES).max(files / 2)))
}

async fn session(server: Arc<Server>, mut stream: TcpStream, peer: SocketAddr) {
    let Some(_place) = server.guard.enter(peer.ip(), &server.limits) else {
        let busy = stream.write_all(b"421 4.7.0 too many connections, try again later\r\n");
        let _ = tokio::time::timeout(Duration::from_secs(1), busy).await;
        return;
    };
    // Replies are gathered before they are written: waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    connection::serve(&server, stream, peer.ip()).await;
}
