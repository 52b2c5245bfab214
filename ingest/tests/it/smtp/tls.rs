//! Encryption: STARTTLS and TLS from the first byte, with certificates that change under way.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ingest::channel::smtp::{Door, Entrance, Limits};
use ingest::channel::tls::{Certificate, provider};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::world::{Client, GOOD, World};

/// A certificate authority with the certificates it gave out, in files.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: std::path::PathBuf,
}

impl Authority {
    pub fn new(world: &World) -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
        Authority { issuer, folder: world.folder.clone() }
    }

    /// Writes a new certificate with its key over the old one; gives the certificate.
    pub fn issue(&self) -> CertificateDer<'static> {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["mx.in.example".to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        std::fs::write(self.folder.join("chain.pem"), certificate.pem()).expect("writes");
        std::fs::write(self.folder.join("key.pem"), key.serialize_pem()).expect("writes");
        certificate.der().clone()
    }

    pub fn certificate(&self) -> Certificate {
        Certificate::open(&self.folder.join("chain.pem"), &self.folder.join("key.pem")).expect("a certificate")
    }

    pub async fn handshake(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).expect("a root");
        let config = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().expect("versions");
        let connector = TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth()));
        connector.connect(ServerName::try_from("mx.in.example").expect("a name"), stream).await
    }

    /// A client after STARTTLS that has said EHLO.
    pub async fn starttls(&self, address: SocketAddr) -> Client<TlsStream<TcpStream>> {
        let mut client = Client::connect(address).await;
        assert!(client.reply().await.starts_with("220"));
        assert!(client.expect("EHLO client.example", "250").await.contains("250-STARTTLS\n"));
        client.expect("STARTTLS", "220 2.0.0").await;
        let mut client = Client::over(self.handshake(client.stream).await.expect("a handshake"));
        assert!(!client.expect("EHLO client.example", "250").await.contains("STARTTLS"), "offered once");
        client
    }
}

pub fn entrance(authority: &Authority, door: Door) -> Entrance {
    Entrance { door, certificate: Some(authority.certificate()), ..Entrance::default() }
}

#[tokio::test]
async fn mail_comes_in_by_starttls() {
    let world = World::new().await;
    let authority = Authority::new(&world);
    authority.issue();
    let address = world.open(entrance(&authority, Door::Smtp));
    let mut client = authority.starttls(address).await;
    client.expect("STARTTLS", "503 5.5.1").await;
    assert!(client.mail(&["mlyn@in.example"], GOOD).await.starts_with("250 2.0.0"));
    let mail = format!("{GOOD}{}", "0123456789abcdef0123456789abcdef0123456789abcdef\r\n".repeat(40_000));
    assert!(client.mail(&["mlyn@in.example"], &mail).await.starts_with("250 2.0.0"));
    client.expect("QUIT", "221").await;
    let log = world.log().await;
    assert_eq!(log[0].raw.as_deref(), Some(GOOD.as_bytes()));
    assert!(log[1].raw.as_deref() == Some(mail.as_bytes()));
}

#[tokio::test]
async fn what_was_said_in_clear_does_not_count() {
    let world = World::new().await;
    let authority = Authority::new(&world);
    authority.issue();
    let address = world.open(entrance(&authority, Door::Smtp));
    let mut client = Client::connect(address).await;
    client.reply().await;
    client.expect("STARTTLS now", "501 5.5.4").await;
    client.expect("EHLO client.example", "250").await;
    client.expect("MAIL FROM:<evil@evil.example>", "250").await;
    client.expect("RCPT TO:<mlyn@in.example>", "250").await;
    // Sent along with STARTTLS in one packet, as a man in the middle would: none of it may be heard after the handshake.
    client.send("STARTTLS\r\nNOOP\r\nRSET\r\nMAIL FROM:<evil@evil.example>\r\n").await;
    assert_eq!(client.reply().await, "220 2.0.0 begin TLS");
    let mut client = Client::over(authority.handshake(client.stream).await.expect("a handshake"));
    client.expect("DATA", "503 5.5.1").await;
    client.expect("MAIL FROM:<anna@mlyn.example>", "503 5.5.1 bad sequence of commands: EHLO first").await;
    client.expect("EHLO client.example", "250").await;
    client.expect("RCPT TO:<mlyn@in.example>", "503").await;
    assert!(client.mail(&["mlyn@in.example"], GOOD).await.starts_with("250"));
    assert_eq!(world.log().await[0].reverse_path, "anna@mlyn.example");
}

#[tokio::test]
async fn tls_from_the_first_byte() {
    let world = World::new().await;
    let authority = Authority::new(&world);
    authority.issue();
    let address = world.open(Entrance { implicit_tls: true, ..entrance(&authority, Door::Smtp) });
    let stream = TcpStream::connect(address).await.unwrap();
    let mut client = Client::over(authority.handshake(stream).await.expect("a handshake"));
    assert_eq!(client.reply().await, "220 mx.in.example ESMTP Postroom");
    assert!(!client.expect("EHLO client.example", "250").await.contains("STARTTLS"));
    assert!(client.mail(&["mlyn@in.example"], GOOD).await.starts_with("250"));
}

#[tokio::test]
async fn a_new_certificate_is_taken_up_and_a_broken_one_is_not() {
    let world = World::new().await;
    let authority = Authority::new(&world);
    let first = authority.issue();
    let entrance = entrance(&authority, Door::Smtp);
    let certificate = entrance.certificate.clone().unwrap();
    let address = world.open(entrance);
    let shown = async || {
        let client = authority.starttls(address).await;
        client.stream.get_ref().1.peer_certificates().expect("certificates")[0].clone().into_owned()
    };
    assert_eq!(shown().await, first);
    let mut open = authority.starttls(address).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let second = authority.issue();
    certificate.reload_if_changed();
    assert_eq!(shown().await, second);
    open.expect("NOOP", "250").await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    std::fs::write(world.folder.join("key.pem"), "no key").unwrap();
    certificate.reload_if_changed();
    assert_eq!(shown().await, second);
    // The key of another certificate: renewal was caught half way.
    let stray = KeyPair::generate().unwrap();
    std::fs::write(world.folder.join("key.pem"), stray.serialize_pem()).unwrap();
    certificate.reload();
    assert_eq!(shown().await, second);
}

#[tokio::test]
async fn a_stalled_handshake_ends_and_nobody_waits_for_it() {
    let world = World::with(Limits { handshake_seconds: 1, ..Limits::default() }).await;
    let authority = Authority::new(&world);
    authority.issue();
    let address = world.open(Entrance { implicit_tls: true, ..entrance(&authority, Door::Smtp) });
    let mut stalled = Vec::new();
    for _ in 0..50 {
        stalled.push(Client::connect(address).await);
    }
    let stream = TcpStream::connect(address).await.unwrap();
    let mut client = Client::over(authority.handshake(stream).await.expect("a handshake"));
    assert!(client.reply().await.starts_with("220"));
    for mut client in stalled {
        assert_eq!(client.reply().await, "", "closed without a word in clear");
    }
}

#[tokio::test]
async fn without_a_certificate_there_is_no_starttls() {
    let world = World::new().await;
    let mut client = world.client().await;
    assert!(!client.expect("EHLO client.example", "250").await.contains("STARTTLS"));
    client.expect("STARTTLS", "502 5.5.1").await;
}

#[test]
fn what_is_wrong_with_the_files_is_said() {
    let folder = std::env::temp_dir().join(format!("postroom-tls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (chain, key) = (folder.join("chain.pem"), folder.join("key.pem"));
    let one = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["mx.example".to_owned()]).unwrap().self_signed(&one).unwrap();
    let other = KeyPair::generate().unwrap();
    for (chain_text, key_text, part) in [
        (None, Some(one.serialize_pem()), "chain.pem"),
        (Some(String::new()), Some(one.serialize_pem()), "chain.pem"),
        (Some(certificate.pem()), None, "key.pem"),
        (Some(certificate.pem()), Some(other.serialize_pem()), "key.pem"),
    ] {
        for (path, text) in [(&chain, chain_text), (&key, key_text)] {
            let _ = std::fs::remove_file(path);
            if let Some(text) = text {
                std::fs::write(path, text).unwrap();
            }
        }
        let error = Certificate::open(&chain, &key).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}
