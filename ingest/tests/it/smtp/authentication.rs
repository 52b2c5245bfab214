//! Senders that need no PIN, proved by real signatures against a name server of our own with a zone of fixtures.

pub mod dns;

use ingest::admission::Settings;
use ingest::authentication::Authenticator;
use ingest::channel::smtp::{Door, Entrance, Limits};
use mail_auth::arc::ArcSealer;
use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::DkimSigner;
use mail_auth::{AuthenticatedMessage, AuthenticationResults, MessageAuthenticator};
use store::Scope;
use store::sender::{self, SenderKind};

use super::world::{Client, Entry, World};
use dns::Zone;

/// Address of hurt.example's mail server, by its SPF record.
const HURT: &str = "198.51.100.7";
/// Of the provider through which szef@firma.example forwards.
const PROVIDER: &str = "198.51.100.25";
/// Of nobody.
const STRANGER: &str = "203.0.113.66";

struct Office {
    world: World,
    address: std::net::SocketAddr,
    zone: Zone,
    key: Vec<u8>,
}

impl Office {
    /// `ksiegowa@hurt.example` may send for mlyn and huta, `szef@firma.example` may forward to them.
    async fn new() -> Office {
        let key = Ed25519Key::generate_pkcs8().unwrap();
        let public = dns::base64(&Ed25519Key::from_pkcs8_der(&key).unwrap().public_key());
        let zone = Zone::start(&[
            ("hurt.example", &format!("v=spf1 ip4:{HURT} -all")),
            ("s._domainkey.hurt.example", &format!("v=DKIM1; k=ed25519; p={public}")),
            ("_dmarc.hurt.example", "v=DMARC1; p=reject; adkim=s"),
            ("firma.example", &format!("v=spf1 ip4:{PROVIDER} -all")),
            ("s._domainkey.firma.example", &format!("v=DKIM1; k=ed25519; p={public}")),
            ("s._domainkey.provider.example", &format!("v=DKIM1; k=ed25519; p={public}")),
            ("s._domainkey.evil.example", &format!("v=DKIM1; k=ed25519; p={public}")),
            ("evil.example", "v=spf1 +all"),
            ("slow.example", "never answered"),
        ]);
        let authenticator = Authenticator::new(&[zone.address], &["provider.example".to_owned()]).unwrap();
        let settings = Settings {
            authenticator: Some(authenticator),
            trusted_servers: vec!["mx.biuro.example".to_owned()],
            ..Settings::of("mx.in.example")
        };
        let world = World::of(Limits::default(), settings).await;
        let scope = Scope::operator(world.office);
        for company in store::company::list(&world.store, &scope).await.unwrap() {
            for (mailbox, kind) in [
                ("ksiegowa@hurt.example", SenderKind::Sender),
                ("ktos@slow.example", SenderKind::Sender),
                ("anna@firma.example", SenderKind::Sender),
                ("szef@firma.example", SenderKind::Forwarder),
            ] {
                sender::create(&world.store, &scope, company.id, mailbox, kind).await.unwrap();
            }
        }
        let entrance = Entrance { balancers: vec!["127.0.0.1".parse().unwrap()], ..Entrance::default() };
        let address = world.open(entrance);
        Office { world, address, zone, key }
    }

    fn signed(&self, domain: &str, mail: &str) -> String {
        let signer = DkimSigner::from_key(Ed25519Key::from_pkcs8_der(&self.key).unwrap())
            .domain(domain)
            .selector("s")
            .headers(["From", "To", "Subject", "Date"]);
        format!("{}{mail}", signer.sign(mail.as_bytes()).unwrap().to_header())
    }

    /// Sends a mail from an address of the network; gives the answer and its row.
    async fn send(&self, peer: &str, reverse_path: &str, to: &str, mail: &str) -> (String, Entry) {
        let mut client = Client::connect(self.address).await;
        client.send(format!("PROXY TCP4 {peer} 192.0.2.1 4711 25\r\n")).await;
        client.reply().await;
        client.expect("EHLO mail.sender.example", "250").await;
        client.expect(&format!("MAIL FROM:<{reverse_path}>"), "250").await;
        client.expect(&format!("RCPT TO:<{to}>"), "250").await;
        client.expect("DATA", "354").await;
        client.send(mail).await;
        let answer = client.say(".").await;
        (answer, self.world.log().await.pop().unwrap())
    }
}

fn mail(from: &str, subject: &str) -> String {
    format!("From: {from}\r\nTo: mlyn@in.example\r\nSubject: {subject}\r\nDate: Sun, 22 Nov 2026 10:00:00 +0100\r\n\r\nhello\r\n")
}

#[tokio::test]
async fn an_authorised_sender_is_believed_when_proved() {
    let office = Office::new().await;
    let plain = |n: u32| mail("ksiegowa@hurt.example", &format!("Faktura {n}"));
    let two = mail("ksiegowa@hurt.example, x@evil.example", "Faktura");
    let (sender, other) = ("ksiegowa@hurt.example", "x@evil.example");
    for (what, peer, path, mail, want) in [
        ("SPF, aligned", HURT, sender, plain(1), "received"),
        ("SPF of somebody else", STRANGER, other, plain(2), "held unproved_sender"),
        ("SPF fails", STRANGER, sender, plain(3), "held unproved_sender"),
        ("DKIM, relayed", STRANGER, other, office.signed("hurt.example", &plain(4)), "received"),
        ("DKIM of somebody else", STRANGER, other, office.signed("evil.example", &plain(5)), "held unproved_sender"),
        (
            "DKIM, changed on the way",
            STRANGER,
            other,
            office.signed("hurt.example", &plain(6)) + "p.s.\r\n",
            "held unproved_sender",
        ),
        ("two authors, one of them signed", STRANGER, other, office.signed("hurt.example", &two), "held no_pin"),
        ("nothing", HURT, "", plain(8), "held unproved_sender"),
        ("DKIM, null path", STRANGER, "", office.signed("hurt.example", &plain(9)), "received"),
        ("no DMARC record, SPF", PROVIDER, "anna@firma.example", mail_of("anna@firma.example", 1), "received"),
        ("no DMARC record, DKIM", STRANGER, "", office.signed("firma.example", &mail_of("anna@firma.example", 2)), "received"),
        ("no DMARC record, nothing", STRANGER, "", mail_of("anna@firma.example", 3), "held unproved_sender"),
    ] {
        let (answer, entry) = office.send(peer, path, "mlyn@in.example", &mail).await;
        assert!(answer.starts_with("250"), "{what}: {answer}");
        let got = [entry.state.as_str(), entry.reason.as_deref().unwrap_or_default()].join(" ");
        assert_eq!(got.trim(), want, "{what}: {:?}", entry.authentication);
        assert!(entry.authentication.is_some() || want.ends_with("no_pin"), "{what}");
    }
}

fn mail_of(from: &str, n: u32) -> String {
    mail(from, &format!("Faktura {n}"))
}

#[tokio::test]
async fn an_authorised_forwarder_is_known_by_its_envelope() {
    let office = Office::new().await;
    let shop = |n: u32| mail("sklep@sklep.example", &format!("Zamowienie {n}"));
    for (what, peer, path, want) in [
        ("the envelope itself", PROVIDER, "szef@firma.example", "received"),
        ("Gmail's envelope", PROVIDER, "szef+caf_=mlyn=in.example@firma.example", "received"),
        ("Exchange's envelope", PROVIDER, "szef+SRS=x1=QA=sklep.example=sklep@firma.example", "received"),
        ("a colleague of theirs", PROVIDER, "inny@firma.example", "held no_pin"),
        ("from elsewhere", STRANGER, "szef@firma.example", "held unproved_sender"),
    ] {
        let (_, entry) = office.send(peer, path, "mlyn@in.example", &(shop(1) + what + "\r\n")).await;
        let got = [entry.state.as_str(), entry.reason.as_deref().unwrap_or_default()].join(" ");
        assert_eq!(got.trim(), want, "{what}: {:?}", entry.authentication);
    }
}

/// Seals as a provider does that passes a mail on.
async fn sealed(office: &Office, domain: &str, mail: &str) -> String {
    let dns = MessageAuthenticator::new_cloudflare().unwrap();
    let results = AuthenticationResults::new("mx.provider.example");
    let message = AuthenticatedMessage::parse(mail.as_bytes()).unwrap();
    let chain = dns.verify_arc(&message).await;
    let sealer = ArcSealer::from_key(Ed25519Key::from_pkcs8_der(&office.key).unwrap())
        .domain(domain)
        .selector("s")
        .headers(["From", "To", "Subject", "Date"]);
    let set = sealer.seal(&message, &results, &chain).unwrap();
    format!("{}{mail}", set.to_header())
}

#[tokio::test]
async fn an_unbroken_chain_proves_who_passed_it_on() {
    let office = Office::new().await;
    let shop = mail("sklep@sklep.example", "Zamowienie");
    let ours = sealed(&office, "firma.example", &shop).await;
    let (_, entry) = office.send(STRANGER, "szef@firma.example", "mlyn@in.example", &ours).await;
    assert_eq!(entry.state, "received", "{:?}", entry.authentication);
    let (_, entry) = office.send(STRANGER, "szef@firma.example", "mlyn@in.example", &(ours + "changed\r\n")).await;
    assert_eq!(entry.reason.as_deref(), Some("unproved_sender"), "{:?}", entry.authentication);
    let theirs = sealed(&office, "evil.example", &shop).await;
    let (_, entry) = office.send(STRANGER, "szef@firma.example", "mlyn@in.example", &theirs).await;
    assert_eq!(entry.reason.as_deref(), Some("unproved_sender"), "{:?}", entry.authentication);
}

#[tokio::test]
async fn a_slow_name_server_costs_no_more_than_its_budget() {
    let office = Office::new().await;
    let begun = std::time::Instant::now();
    let (answer, entry) = office.send(STRANGER, "ktos@slow.example", "mlyn@in.example", &mail_of("ktos@slow.example", 1)).await;
    assert!(answer.starts_with("250"), "{answer}");
    assert_eq!(entry.reason.as_deref(), Some("unproved_sender"));
    assert!(begun.elapsed().as_secs() < 8, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn where_the_answer_changes_nothing_it_is_given_first() {
    let office = Office::new().await;
    for subject in ["(483920) {FK}", "no PIN", "(111111)"] {
        let begun = std::time::Instant::now();
        let (_, entry) = office.send(STRANGER, "jan@slow.example", "mlyn@in.example", &mail("jan@slow.example", subject)).await;
        assert!(begun.elapsed().as_millis() < 1_500, "{:?}", begun.elapsed());
        assert_eq!(entry.authentication, None);
    }
    let (_, entry) = office.send(HURT, "x@hurt.example", "mlyn@in.example", &mail("x@hurt.example", "(483920)")).await;
    assert_eq!(entry.state, "received");
    let mut noted = None;
    for _ in 0..200 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        noted = office.world.log().await.pop().unwrap().authentication;
        if noted.is_some() {
            break;
        }
    }
    let noted = noted.expect("it was found out later");
    assert!(noted.starts_with("spf=pass smtp.mailfrom=hurt.example;") && noted.contains("dmarc=pass"), "{noted}");
}

#[tokio::test]
async fn the_server_next_door_has_checked_already() {
    let office = Office::new().await;
    let address = office.world.open(Entrance { door: Door::Lmtp, ..Entrance::default() });
    let results = |server: &str, what: &str| format!("Authentication-Results: {server};\r\n {what}\r\n");
    let dkim = "dkim=pass header.d=hurt.example";
    for (what, headers, want) in [
        ("the configured server", results("mx.biuro.example", dkim), "received"),
        ("another server", results("mx.evil.example", dkim), "held unproved_sender"),
        ("none", String::new(), "held unproved_sender"),
        (
            "it found nothing",
            results("mx.biuro.example", "dkim=none") + &results("mx.biuro.example", dkim),
            "held unproved_sender",
        ),
    ] {
        let mut client = Client::connect(address).await;
        client.reply().await;
        client.expect("LHLO postfix.example", "250").await;
        let mail = format!("{headers}{}{what}\r\n", mail_of("ksiegowa@hurt.example", 1));
        assert!(client.mail(&["mlyn@in.example"], &mail).await.starts_with("250"));
        let entry = office.world.log().await.pop().unwrap();
        let got = [entry.state.as_str(), entry.reason.as_deref().unwrap_or_default()].join(" ");
        assert_eq!(got.trim(), want, "{what}: {:?}", entry.authentication);
    }
    assert_eq!(office.zone.asked(), 0);
}

#[tokio::test]
async fn a_proved_sender_is_not_braked_by_others_behind_the_same_server() {
    let office = Office::new().await;
    for n in 0..8 {
        office.send(HURT, "x@hurt.example", "mlyn@in.example", &mail("x@hurt.example", &format!("(11111{n})"))).await;
    }
    let (_, entry) = office.send(HURT, "x@hurt.example", "mlyn@in.example", &mail("y@hurt.example", "(483920)")).await;
    assert_eq!(entry.state, "received", "{entry:?}");
    let (_, entry) = office.send(STRANGER, "x@evil.example", "mlyn@in.example", &mail("x@hurt.example", "(483920)")).await;
    assert_eq!(entry.state, "received", "another source has its own count: {entry:?}");
}
