//! Accepts connections, within bounds, until it is told to stop.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{self, Ended};
use super::door::{Door, Encryption};
use super::guard::Guard;
use super::limits::Limits;
use crate::admission::Admission;
use crate::channel::proxy::{self, Network};
use crate::channel::tls::Certificate;

/// Connections the kernel may hold ready for us: a burst of short ones must not wait for a repeated SYN.
const BACKLOG: u32 = 4_096;

/// Open files kept free for the rest of the process: databases, HTTP, readers.
const OTHER_FILES: usize = 1_000;

/// What all doors need to know.
#[derive(Clone, Debug)]
pub struct SmtpConfig {
    /// Our name in greetings.
    pub host: String,
    /// Where long mails wait while they are received; on the disk of the data.
    pub spool: PathBuf,
    /// What clients may use.
    pub limits: Limits,
}

/// What is particular to one door.
#[derive(Clone, Debug, Default)]
pub struct Entrance {
    /// Who comes in there.
    pub door: Door,
    /// Shown where encryption is possible.
    pub certificate: Option<Certificate>,
    /// Encryption from the first byte on (RFC 8314) instead of STARTTLS.
    pub implicit_tls: bool,
    /// Balancers: what comes from them begins with a PROXY header.
    pub balancers: Vec<Network>,
}

/// All doors of a process: what they share keeps its bounds whichever door clients choose.
#[derive(Clone)]
pub struct Doors(Arc<Shared>);

struct Shared {
    host: Arc<str>,
    spool: PathBuf,
    limits: Arc<Limits>,
    admission: Arc<Admission>,
    guard: Arc<Guard>,
    large: Arc<Semaphore>,
}

impl Doors {
    /// No door is open yet. The process's limit on open files is raised as far as connections need and the system lets; if that
    /// is not enough, fewer connections are taken.
    pub fn new(mut config: SmtpConfig, admission: Arc<Admission>) -> io::Result<Doors> {
        let connections = files_for(config.limits.connections)?;
        if connections < config.limits.connections {
            tracing::warn!(connections, "the limit on open files allows fewer mail connections than configured");
            config.limits.connections = connections;
        }
        Ok(Doors(Arc::new(Shared {
            host: config.host.into(),
            spool: config.spool,
            large: Arc::new(Semaphore::new(config.limits.large_at_once)),
            limits: Arc::new(config.limits),
            admission,
            guard: Arc::default(),
        })))
    }

    /// Binds a port.
    pub fn listen(&self, address: SocketAddr, entrance: Entrance) -> io::Result<Listener> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(self.listener(Socket::Tcp(socket.listen(BACKLOG)?), entrance))
    }

    /// Makes a socket in the file system, for its owner and group. A socket file that nobody listens on is in nobody's way.
    pub fn listen_unix(&self, path: &Path, entrance: Entrance) -> io::Result<Listener> {
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        let is_socket = std::fs::symlink_metadata(path).is_ok_and(|facts| {
            use std::os::unix::fs::FileTypeExt;
            facts.file_type().is_socket()
        });
        if is_socket {
            std::fs::remove_file(path)?;
        }
        let socket = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
        Ok(self.listener(Socket::Unix(socket), entrance))
    }

    fn listener(&self, socket: Socket, entrance: Entrance) -> Listener {
        let shared = &self.0;
        let server = Server {
            host: shared.host.clone(),
            spool: shared.spool.clone(),
            limits: shared.limits.clone(),
            admission: shared.admission.clone(),
            guard: shared.guard.clone(),
            large: shared.large.clone(),
            entrance,
            stop: CancellationToken::new(),
            abort: CancellationToken::new(),
        };
        Listener { socket, server: Arc::new(server) }
    }
}

/// What all sessions of a door share.
pub(super) struct Server {
    pub(super) host: Arc<str>,
    pub(super) spool: PathBuf,
    pub(super) limits: Arc<Limits>,
    pub(super) admission: Arc<Admission>,
    pub(super) guard: Arc<Guard>,
    pub(super) large: Arc<Semaphore>,
    pub(super) entrance: Entrance,
    /// No new connections, no new mails.
    pub(super) stop: CancellationToken,
    /// Nothing more at all.
    pub(super) abort: CancellationToken,
}

/// A bound door.
pub struct Listener {
    socket: Socket,
    server: Arc<Server>,
}

enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    /// The address it is bound to; none for a socket in the file system.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.socket {
            Socket::Tcp(socket) => socket.local_addr().ok(),
            Socket::Unix(_) => None,
        }
    }

    /// Serves until `stop`. Then idle sessions are told 421 at once, mails under way have `shutdown_seconds` to end, and it
    /// returns.
    pub async fn serve(self, stop: CancellationToken) {
        let Listener { socket, server } = self;
        let sessions = TaskTracker::new();
        while let Some(accepted) = stop.run_until_cancelled(socket.accept(&server, &sessions)).await {
            if let Err(error) = accepted {
                // Out of file descriptors, mostly: existing sessions go on, and the kernel keeps the new ones for us.
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        drop(socket);
        server.stop.cancel();
        sessions.close();
        if timeout(Duration::from_secs(server.limits.shutdown_seconds), sessions.wait()).await.is_err() {
            server.abort.cancel();
            // Those in the middle of a write or a commit end on their own deadlines; the mail they carry is not answered 250.
            let _ = timeout(Duration::from_secs(5), sessions.wait()).await;
        }
    }
}

impl Socket {
    async fn accept(&self, server: &Arc<Server>, sessions: &TaskTracker) -> io::Result<()> {
        match self {
            Socket::Tcp(socket) => {
                let (stream, peer) = socket.accept().await?;
                // Replies are gathered before they are written: waiting for more would only delay them.
                let _ = stream.set_nodelay(true);
                sessions.spawn(tcp_session(server.clone(), stream, peer.ip()));
            }
            Socket::Unix(socket) => {
                let (stream, _) = socket.accept().await?;
                sessions.spawn(session(server.clone(), stream, Ipv4Addr::LOCALHOST.into()));
            }
        }
        Ok(())
    }
}

/// How many of `connections` the limit on open files allows, after raising it.
fn files_for(connections: usize) -> io::Result<usize> {
    let files = rlimit::increase_nofile_limit((connections + OTHER_FILES) as u64)?;
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    Ok(connections.min(files.saturating_sub(OTHER_FILES).max(files / 2)))
}

async fn tcp_session(server: Arc<Server>, mut stream: TcpStream, mut peer: IpAddr) {
    if server.entrance.balancers.iter().any(|network| network.contains(peer)) {
        match timeout(server.limits.handshake_time(), proxy::read(&mut stream)).await.map_err(io::Error::from).flatten() {
            Ok(client) => peer = client.unwrap_or(peer),
            Err(error) => return tracing::warn!(%peer, %error, "a balancer's connection is dropped"),
        }
    }
    session(server, stream, peer).await;
}

async fn session<S: AsyncRead + AsyncWrite + Unpin>(server: Arc<Server>, mut stream: S, peer: IpAddr) {
    // The server next door brings everybody's mail: it is counted in all only, as this machine itself is.
    let counted = if server.entrance.door == Door::Lmtp { Ipv4Addr::LOCALHOST.into() } else { peer };
    let Some(_place) = server.guard.enter(counted, &server.limits, Instant::now()) else {
        if !server.entrance.implicit_tls {
            let busy = stream.write_all(b"421 4.7.0 too many connections, try again later\r\n");
            let _ = timeout(Duration::from_secs(1), busy).await;
        }
        return;
    };
    if server.entrance.implicit_tls {
        return Box::pin(encrypted(&server, stream, peer, true)).await;
    }
    let offered = if server.entrance.certificate.is_some() { Encryption::Offered } else { Encryption::None };
    if let Ended::StartTls = connection::serve(&server, &mut stream, peer, offered, true).await {
        Box::pin(encrypted(&server, stream, peer, false)).await;
    }
}

/// Goes on under TLS.
async fn encrypted<S: AsyncRead + AsyncWrite + Unpin>(server: &Server, stream: S, peer: IpAddr, greet: bool) {
    let Some(certificate) = &server.entrance.certificate else { return };
    let handshake = certificate.acceptor().accept(stream);
    match timeout(server.limits.handshake_time(), handshake).await.map_err(io::Error::from).flatten() {
        Ok(mut stream) => {
            connection::serve(server, &mut stream, peer, Encryption::On, greet).await;
        }
        Err(error) => tracing::debug!(%peer, %error, "no TLS"),
    }
}
