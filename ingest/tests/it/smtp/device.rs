//! Scanners and printers that sign in.

use std::net::SocketAddr;

use ingest::channel::smtp::Door;
use store::device::NewDevice;
use store::{Scope, device};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::tls::{Authority, entrance};
use super::world::{Client, World};

/// What a scanner sends: no PIN, a subject of its own, an odd sender.
const SCAN: &str = "From: Kyocera <scanner@localhost>\r\nSubject: Scanned from MFP-9182\r\n\r\nscan\r\n";

struct Devices {
    world: World,
    authority: Authority,
    address: SocketAddr,
    device: NewDevice,
}

impl Devices {
    async fn new() -> Devices {
        let world = World::new().await;
        let authority = Authority::new(&world);
        authority.issue();
        let address = world.open(entrance(&authority, Door::Submission));
        let device = device::create(&world.store, &Scope::operator(world.office), world.mlyn, "Kyocera hall").await.unwrap();
        Devices { world, authority, address, device }
    }

    async fn client(&self) -> Client<TlsStream<TcpStream>> {
        self.authority.starttls(self.address).await
    }

    fn plain(&self) -> String {
        base64(&format!("\0{}\0{}", self.device.login, self.device.secret))
    }
}

fn base64(text: &str) -> String {
    super::authentication::dns::base64(text.as_bytes())
}

#[tokio::test]
async fn a_device_sends_without_a_pin() {
    let devices = Devices::new().await;
    let mut client = devices.client().await;
    client.expect("MAIL FROM:<scanner@localhost>", "530 5.7.0").await;
    client.expect(&format!("AUTH PLAIN {}", devices.plain()), "235 2.7.0").await;
    client.expect(&format!("AUTH PLAIN {}", devices.plain()), "503 5.5.1").await;
    assert!(client.mail(&["mlyn@in.example"], SCAN).await.starts_with("250 2.0.0"));
    let log = devices.world.log().await;
    assert_eq!((log[0].state.as_str(), log[0].channel.as_str()), ("received", "submission"));
    assert_eq!(log[0].raw.as_deref(), Some(SCAN.as_bytes()));
}

#[tokio::test]
async fn all_ways_to_sign_in() {
    let devices = Devices::new().await;
    let (login, secret) = (base64(&devices.device.login.to_uppercase()), base64(&devices.device.secret));
    for lines in [
        vec![("AUTH PLAIN".to_owned(), "334 "), (devices.plain(), "235")],
        vec![("AUTH LOGIN".into(), "334 VXNlcm5hbWU6"), (login.clone(), "334 UGFzc3dvcmQ6"), (secret.clone(), "235")],
        vec![(format!("AUTH LOGIN {login}"), "334 UGFzc3dvcmQ6"), (secret.clone(), "235")],
        vec![("AUTH LOGIN".into(), "334"), ("*".into(), "501 5.7.0"), (format!("auth plain {}", devices.plain()), "235")],
        vec![("AUTH PLAIN =".into(), "501 5.5.2"), ("AUTH CRAM-MD5".into(), "504 5.5.4"), ("AUTH".into(), "501 5.5.4")],
        vec![("AUTH PLAIN !!".into(), "501 5.5.2"), ("AUTH PLAIN AGE=".into(), "501 5.5.2")],
    ] {
        let mut client = devices.client().await;
        for (line, code) in lines {
            assert!(client.say(&line).await.starts_with(code.trim_end()), "{line}");
        }
    }
}

#[tokio::test]
async fn wrong_logins_end_the_session() {
    let devices = Devices::new().await;
    let mut client = devices.client().await;
    let wrong = base64(&format!("\0{}\0no", devices.device.login));
    for _ in 0..2 {
        client.expect(&format!("AUTH PLAIN {wrong}"), "535 5.7.8").await;
    }
    assert_eq!(client.say(&format!("AUTH PLAIN {}", base64("\0nobody\0no"))).await, "535 5.7.8 login or secret is wrong");
    assert_eq!(client.reply().await, "");
    let scope = Scope::operator(devices.world.office);
    device::revoke(&devices.world.store, &scope, devices.device.id).await.unwrap();
    devices.client().await.expect(&format!("AUTH PLAIN {}", devices.plain()), "535 5.7.8").await;
}

#[tokio::test]
async fn a_login_is_for_one_company_and_for_no_relaying() {
    let devices = Devices::new().await;
    let mut client = devices.client().await;
    client.expect(&format!("AUTH PLAIN {}", devices.plain()), "235").await;
    client.expect("MAIL FROM:<scanner@localhost>", "250").await;
    client.expect("RCPT TO:<huta@in.example>", "550 5.7.1").await;
    client.expect("RCPT TO:<somebody@elsewhere.example>", "550 5.1.1").await;
    client.expect("RCPT TO:<mlyn+fk@in.example>", "250").await;
}

#[tokio::test]
async fn no_secret_goes_in_clear() {
    let devices = Devices::new().await;
    let mut client = Client::connect(devices.address).await;
    client.reply().await;
    assert!(!client.expect("EHLO scanner", "250").await.contains("AUTH"));
    client.expect(&format!("AUTH PLAIN {}", devices.plain()), "538 5.7.11").await;
    client.expect("MAIL FROM:<scanner@localhost>", "530 5.7.0").await;
    let mut public = devices.world.client().await;
    assert!(!public.expect("EHLO scanner", "250").await.contains("AUTH"));
    public.expect("AUTH PLAIN", "502 5.5.1").await;
}
