//! The connection to an IMAP server: TLS, signing in, and a measure on what a server may send.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use async_imap::imap_proto::{Response, Status};
use async_imap::{Client, Session};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use store::mailbox::{NewMailbox, Security, SignIn};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::Trouble;
use crate::channel::tls::provider;

/// Time for the network to connect, for a handshake, for a command that moves little.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// What a server may send before a command has asked for more.
const SMALL_TALK: u64 = 4 << 20;

/// A session that is signed in.
pub type Imap = Session<Metered>;

/// Bytes that a server may still send: a broken or hostile one cannot fill the memory.
#[derive(Clone, Debug)]
pub struct Allowance(Arc<AtomicU64>);

impl Allowance {
    /// For the next command, beside what every command may take.
    pub fn set(&self, bytes: u64) {
        self.0.store(bytes.saturating_add(SMALL_TALK), Ordering::Relaxed);
    }
}

/// A byte stream.
trait Bytes: AsyncRead + AsyncWrite + Unpin + Send + Sync + std::fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync + std::fmt::Debug> Bytes for T {}

/// A stream that ends when its allowance is used up.
#[derive(Debug)]
pub struct Metered {
    stream: Box<dyn Bytes>,
    left: Arc<AtomicU64>,
    literals: Literals,
}

/// Watches for literals (`{123}`, RFC 3501 section 4.3): the parser makes room for a whole one as soon as it is announced.
#[derive(Debug, Default)]
struct Literals {
    /// Bytes that are still to come of the running one.
    inside: u64,
    at: At,
    announced: u64,
}

#[derive(Debug, Default, PartialEq)]
enum At {
    #[default]
    Text,
    Number,
    Closed,
    Cr,
}

impl Literals {
    /// Takes what was read; gives the size of the largest literal announced in it.
    fn feed(&mut self, mut bytes: &[u8]) -> u64 {
        let mut largest = 0;
        while let [first, rest @ ..] = bytes {
            if self.inside > 0 {
                let skipped = usize::try_from(self.inside).unwrap_or(usize::MAX).min(bytes.len());
                self.inside -= skipped as u64;
                bytes = &bytes[skipped..];
                continue;
            }
            bytes = rest;
            self.at = match (&self.at, first) {
                (_, b'{') => {
                    self.announced = 0;
                    At::Number
                }
                (At::Number, b'0'..=b'9') => {
                    self.announced = self.announced.saturating_mul(10).saturating_add(u64::from(first - b'0'));
                    At::Number
                }
                (At::Number, b'}') => At::Closed,
                (At::Closed, b'\r') => At::Cr,
                (At::Cr, b'\n') => {
                    largest = largest.max(self.announced);
                    self.inside = self.announced;
                    At::Text
                }
                _ => At::Text,
            };
        }
        largest
    }
}

impl AsyncRead for Metered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let taken = (buffer.filled().len() - before) as u64;
        let left = self.left.load(Ordering::Relaxed);
        let announced = self.literals.feed(&buffer.filled()[before..]);
        if taken.max(announced) > left {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "the server sends more than was asked for")));
        }
        self.left.store(left - taken, Ordering::Relaxed);
        read
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// TLS towards servers: their certificates are checked against the system's authorities and those of `authorities`, a PEM file.
pub fn connector(authorities: Option<&std::path::Path>) -> io::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    // Some of a system's certificates may be unreadable; the others serve.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = authorities {
        let wrong = |error: &dyn std::fmt::Display| io::Error::other(format!("{}: {error}", file.display()));
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))? {
            roots.add(certificate.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
        }
    }
    let config =
        ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().map_err(io::Error::other)?;
    Ok(TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
}

/// Connects and signs in; `token` is the access token where signing in is by OAuth.
pub async fn sign_in(facts: &NewMailbox, tls: &TlsConnector, token: Option<String>) -> Result<(Imap, Allowance), Trouble> {
    let (client, allowance) = timeout(PATIENCE, greeted(facts, tls)).await.map_err(|_| Trouble::Slow)??;
    let session = match (&facts.sign_in, token) {
        (SignIn::OAuth { .. }, Some(token)) => {
            let answer = XOAuth2 { login: facts.login.clone(), token, asked: false };
            timeout(PATIENCE, client.authenticate("XOAUTH2", answer)).await
        }
        (SignIn::Password { password }, _) => timeout(PATIENCE, client.login(&facts.login, password)).await,
        (SignIn::OAuth { .. }, None) => return Err(Trouble::SignIn("no access token".to_owned())),
    };
    match session.map_err(|_| Trouble::Slow)? {
        Ok(session) => Ok((session, allowance)),
        Err((async_imap::error::Error::No(said), _)) => Err(Trouble::SignIn(said)),
        Err((error, _)) => Err(error.into()),
    }
}

async fn greeted(facts: &NewMailbox, tls: &TlsConnector) -> Result<(Client<Metered>, Allowance), Trouble> {
    let tcp = TcpStream::connect((facts.host.as_str(), facts.port)).await?;
    tcp.set_nodelay(true)?;
    let allowance = Allowance(Arc::default());
    allowance.set(0);
    let metered = |stream: Box<dyn Bytes>| Metered { stream, left: allowance.0.clone(), literals: Literals::default() };
    let stream: Box<dyn Bytes> = match facts.security {
        Security::Tls => encrypted(facts, tls, Box::new(tcp)).await?,
        Security::StartTls | Security::Plain => Box::new(tcp),
    };
    let mut client = Client::new(metered(stream));
    let greeting = client.read_response().await?.ok_or(Trouble::Gone)?;
    match greeting.parsed() {
        Response::Data { status: Status::Ok, .. } => {}
        Response::Data { status: Status::Bye, .. } => return Err(Trouble::Gone),
        _ => return Err(Trouble::Garbled),
    }
    if facts.security == Security::StartTls {
        client.run_command_and_check_ok("STARTTLS", None).await?;
        // What the server sent after its OK, in clear, is left behind with the old client (RFC 3501 section 6.2.1).
        client = Client::new(metered(encrypted(facts, tls, client.into_inner().stream).await?));
    }
    Ok((client, allowance))
}

async fn encrypted(facts: &NewMailbox, tls: &TlsConnector, tcp: Box<dyn Bytes>) -> Result<Box<dyn Bytes>, Trouble> {
    let name = ServerName::try_from(facts.host.clone()).map_err(|_| Trouble::Tls("the host has no valid name".to_owned()))?;
    let stream = tls.connect(name, tcp).await.map_err(|error| Trouble::Tls(error.to_string()))?;
    Ok(Box::new(stream))
}

/// The SASL mechanism of Google and Microsoft: the token at once, an empty line where the server explains why not.
struct XOAuth2 {
    login: String,
    token: String,
    asked: bool,
}

impl async_imap::Authenticator for XOAuth2 {
    type Response = String;

    fn process(&mut self, _: &[u8]) -> String {
        if std::mem::replace(&mut self.asked, true) {
            return String::new();
        }
        format!("user={}\x01auth=Bearer {}\x01\x01", self.login, self.token)
    }
}

#[cfg(test)]
mod tests {
    use super::Literals;

    #[test]
    fn announcements_are_seen_however_the_bytes_are_cut() {
        for (text, want) in [
            ("* 1 FETCH (BODY[] {12}\r\n{99}\r\nabcdef) {7}\r\nabcdefg {3}\r\n", 12),
            ("* OK {99} no literal\r\n* 1 FETCH {5}\r\n", 5),
            ("{2000000000}\r\n", 2_000_000_000),
            ("{{18446744073709551616999}\r\n", u64::MAX),
            ("{}\r\n{a}\r\n{1\r\n", 0),
        ] {
            for cut in [1, 3, 100] {
                let mut literals = Literals::default();
                let largest = text.as_bytes().chunks(cut).map(|piece| literals.feed(piece)).max();
                assert_eq!(largest, Some(want), "{text} cut into pieces of {cut}");
            }
        }
    }
}
