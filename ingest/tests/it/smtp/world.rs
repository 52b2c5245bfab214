//! A listener on a real socket before a real store in a temporary folder, and a client that speaks bytes.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ingest::admission::{Admission, Settings};
use ingest::channel::smtp::{Doors, Entrance, Limits, SmtpConfig};
use jiff::SignedDuration;
use sqlx::Row as _;
use store::company::{CompanyFacts, WithoutPin};
use store::office::NewOffice;
use store::pin::PinOwner;
use store::{CompanyId, Config, OfficeId, Scope, Store, blob};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// PIN of every company here.
pub const PIN: &str = "483920";
/// A mail that is admitted.
pub const GOOD: &str = "From: Anna <anna@mlyn.example>\r\nSubject: (03/2026) (483920) {FK}\r\n\r\nhello\r\n";

/// One office with two companies: `mlyn` holds what has no PIN, `huta` refuses it.
pub struct World {
    pub address: SocketAddr,
    pub store: Store,
    pub office: OfficeId,
    pub mlyn: CompanyId,
    pub alias: String,
    pub stop: CancellationToken,
    pub served: JoinHandle<()>,
    pub doors: Doors,
    pub folder: PathBuf,
}

/// A row of the mail log.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    pub company: String,
    pub channel: String,
    pub peer: String,
    pub state: String,
    pub reason: Option<String>,
    pub reverse_path: String,
    pub forward_path: String,
    pub subject: String,
    pub authentication: Option<String>,
    pub raw: Option<Vec<u8>>,
}

impl World {
    pub async fn new() -> World {
        World::with(Limits::default()).await
    }

    pub async fn with(limits: Limits) -> World {
        World::of(limits, Settings::of("mx.in.example")).await
    }

    pub async fn of(limits: Limits, settings: Settings) -> World {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let folder =
            std::env::temp_dir().join(format!("postroom-smtp-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
        let store = Store::open(&Config::in_folder(&folder)).await.expect("a store");
        store.migrate().await.expect("a schema");
        let new = NewOffice { name: "Biuro".into(), ..NewOffice::default() };
        let office = store::office::create(&store, new).await.expect("an office");
        let scope = Scope::operator(office);
        let mut companies = Vec::new();
        for (name, without_pin) in [("mlyn", WithoutPin::Hold), ("huta", WithoutPin::Refuse)] {
            let facts = CompanyFacts { name: name.into(), without_pin, ..CompanyFacts::default() };
            let company = store::company::create(&store, &scope, facts).await.expect("a company");
            store::address::create(&store, &scope, company, name, "in.example").await.expect("an address");
            let pin = if name == "mlyn" { PIN } else { "573920" };
            store::pin::set(&store, &scope, PinOwner::Company(company), Some(pin), SignedDuration::ZERO).await.expect("a PIN");
            companies.push(company);
        }
        let (_, alias) = store::address::create_secret_alias(&store, &scope, companies[0]).await.expect("an alias");
        let config = SmtpConfig { host: "mx.in.example".into(), spool: folder.join("spool"), limits };
        let doors = Doors::new(config, Admission::new(store.clone(), settings)).expect("doors");
        let listener = doors.listen(([127, 0, 0, 1], 0).into(), Entrance::default()).expect("a listener");
        let address = listener.local_addr().expect("its address");
        let stop = CancellationToken::new();
        let served = tokio::spawn(listener.serve(stop.clone()));
        World { address, store, office, mlyn: companies[0], alias, stop, served, doors, folder }
    }

    /// Opens another door.
    pub fn open(&self, entrance: Entrance) -> SocketAddr {
        let listener = self.doors.listen(([127, 0, 0, 1], 0).into(), entrance).expect("a listener");
        let address = listener.local_addr().expect("its address");
        tokio::spawn(listener.serve(self.stop.clone()));
        address
    }

    /// A client that has read the greeting.
    pub async fn client(&self) -> Client {
        let mut client = Client::connect(self.address).await;
        assert_eq!(client.reply().await, "220 mx.in.example ESMTP Postroom");
        client
    }

    /// A client that has said EHLO.
    pub async fn greeted(&self) -> Client {
        let mut client = self.client().await;
        assert!(client.say("EHLO client.example").await.starts_with("250"));
        client
    }

    /// The mail log, in order of arrival.
    pub async fn log(&self) -> Vec<Entry> {
        let url = format!("sqlite:{}", self.folder.join("postroom.db").display());
        let pool = sqlx::SqlitePool::connect(&url).await.expect("the database");
        let sql = "SELECT c.name, s.state, s.reason, s.reverse_path, s.forward_path, s.subject, s.raw_sha256, s.channel, s.peer, s.authentication
                   FROM submission s JOIN company c ON c.id = s.company_id ORDER BY s.id";
        let mut entries = Vec::new();
        for row in sqlx::query(sql).fetch_all(&pool).await.expect("rows") {
            let raw = match row.get::<Option<String>, _>(6) {
                Some(sha256) => {
                    let sha256 = sha256.parse().expect("a hash");
                    Some(blob::get(&self.store, self.office, &sha256).await.expect("a blob").to_vec())
                }
                None => None,
            };
            entries.push(Entry {
                company: row.get(0),
                channel: row.get(7),
                peer: row.get(8),
                authentication: row.get(9),
                state: row.get(1),
                reason: row.get(2),
                reverse_path: row.get(3),
                forward_path: row.get(4),
                subject: row.get(5),
                raw,
            });
        }
        entries
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A client of bytes and lines.
pub struct Client<S = TcpStream> {
    pub stream: S,
    buffer: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub fn over(stream: S) -> Client<S> {
        Client { stream, buffer: Vec::new() }
    }
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Client {
        Client::over(TcpStream::connect(address).await.expect("a connection"))
    }

    /// From another loopback address.
    pub async fn connect_from(source: [u8; 4], address: SocketAddr) -> Client {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind((source, 0).into()).expect("a source address");
        let mut client = Client::over(socket.connect(address).await.expect("a connection"));
        assert!(client.reply().await.starts_with("220"));
        assert!(client.say("EHLO client.example").await.starts_with("250"));
        client
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // The server may have closed; the replies tell.
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// One reply, its lines joined by `\n`; empty at the end of the connection.
    pub async fn reply(&mut self) -> String {
        tokio::time::timeout(Duration::from_secs(20), self.next_reply()).await.expect("a reply in time")
    }

    async fn next_reply(&mut self) -> String {
        loop {
            let text = String::from_utf8_lossy(&self.buffer).into_owned();
            let mut lines = Vec::new();
            let mut used = 0;
            for line in text.split_inclusive("\r\n").filter(|line| line.ends_with("\r\n")) {
                used += line.len();
                lines.push(line.trim_end().to_owned());
                if line.as_bytes().get(3) != Some(&b'-') {
                    self.buffer.drain(..used);
                    return lines.join("\n");
                }
            }
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) | Err(_) => return String::new(),
                Ok(_) => {}
            }
        }
    }

    pub async fn say(&mut self, line: &str) -> String {
        self.send(format!("{line}\r\n")).await;
        self.reply().await
    }

    /// Says a line whose reply begins with `code`.
    pub async fn expect(&mut self, line: &str, code: &str) -> String {
        let reply = self.say(line).await;
        assert!(reply.starts_with(code), "{line} -> {reply}");
        reply
    }

    /// From MAIL to `354`.
    pub async fn begin(&mut self, to: &[&str]) {
        self.expect("MAIL FROM:<anna@mlyn.example>", "250 2.1.0").await;
        for to in to {
            self.expect(&format!("RCPT TO:<{to}>"), "250 2.1.5").await;
        }
        self.expect("DATA", "354").await;
    }

    /// A whole mail; its answer.
    pub async fn mail(&mut self, to: &[&str], mail: &str) -> String {
        self.begin(to).await;
        self.send(mail).await;
        self.say(".").await
    }

    /// All replies until the end of the connection.
    pub async fn rest(&mut self) -> Vec<String> {
        let mut replies = Vec::new();
        loop {
            match self.reply().await {
                reply if reply.is_empty() => return replies,
                reply => replies.push(reply),
            }
        }
    }
}
