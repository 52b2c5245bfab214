//! What becomes of mails at the door.

use ingest::channel::upload::{Upload, upload};
use ocr::reading::Direction;
use store::accept::Channel;
use store::{Error, Scope};

use super::world::{Client, GOOD, World};

fn mail(subject: &str) -> String {
    format!("From: Anna <anna@mlyn.example>\r\nSubject: {subject}\r\n\r\nhello\r\n")
}

#[tokio::test]
async fn the_log_tells_what_was_learnt_but_no_pin() {
    let world = World::new().await;
    let mut client = world.greeted().await;
    assert!(client.mail(&["mlyn@in.example"], GOOD).await.starts_with("250"));
    assert!(client.mail(&["mlyn+fk@in.example"], &mail("Faktura (748391)")).await.starts_with("250"));
    let secret = format!("mlyn+{}@in.example", world.alias);
    assert!(client.mail(&[&secret], &mail("Scan")).await.starts_with("250"));
    let log = world.log().await;
    let told: Vec<_> =
        log.iter().map(|e| (e.state.as_str(), e.reason.as_deref(), e.subject.as_str(), e.forward_path.as_str())).collect();
    assert_eq!(
        told,
        [
            ("received", None, "(03/2026) (••••) {FK}", "mlyn@in.example"),
            ("held", Some("wrong_pin"), "Faktura (••••)", "mlyn+fk@in.example"),
            ("received", None, "Scan", "mlyn+••••@in.example"),
        ]
    );
}

#[tokio::test]
async fn held_and_admitted_sound_the_same() {
    let world = World::new().await;
    let mut client = world.greeted().await;
    let mut answers = Vec::new();
    for subject in ["(483920)", "(748391)", "hello"] {
        let answer = client.mail(&["mlyn@in.example"], &mail(subject)).await;
        answers.push(answer.split_once("kept as ").expect("kept").0.to_owned());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn a_refusal_beside_an_admission_becomes_a_hold() {
    let world = World::new().await;
    let mut client = world.greeted().await;
    assert!(client.mail(&["huta@in.example"], &mail("(483920)")).await.starts_with("550 5.7.1"));
    assert!(client.mail(&["huta@in.example", "mlyn@in.example"], &mail("both (483920)")).await.starts_with("250"));
    let log = world.log().await;
    let told: Vec<_> = log.iter().map(|e| (e.company.as_str(), e.state.as_str(), e.raw.is_some())).collect();
    assert_eq!(told[0], ("huta", "refused", false));
    assert!(told[1..].contains(&("huta", "held", true)) && told[1..].contains(&("mlyn", "received", true)), "{told:?}");
}

#[tokio::test]
async fn two_addresses_of_a_company_make_one_submission() {
    let world = World::new().await;
    let scope = Scope::operator(world.office);
    store::address::create(&world.store, &scope, world.mlyn, "stary-mlyn", "in.example").await.unwrap();
    let mut client = world.greeted().await;
    let secret = format!("stary-mlyn+{}@in.example", world.alias);
    assert!(client.mail(&["mlyn@in.example", &secret], &mail("Scan")).await.starts_with("250"));
    let log = world.log().await;
    assert_eq!(log.iter().map(|e| e.state.as_str()).collect::<Vec<_>>(), ["received"], "judged by the better address");
}

#[tokio::test]
async fn a_retry_makes_nothing_twice() {
    let world = World::new().await;
    let mut client = world.greeted().await;
    let first = client.mail(&["mlyn@in.example"], GOOD).await;
    assert_eq!(client.mail(&["mlyn@in.example"], GOOD).await, first);
    assert_eq!(world.log().await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_kept_is_asked_for_again() {
    let world = World::new().await;
    let mut client = world.greeted().await;
    client.begin(&["mlyn@in.example"]).await;
    client.send(GOOD).await;
    world.store.close().await;
    client.expect(".", "451 4.3.0").await;
    client.expect("MAIL FROM:<a@b.example>", "250").await;
    client.expect("RCPT TO:<huta@in.example>", "451 4.3.0").await;
}

/// 40 guesses and then the right PIN from the same place, and side by side from another: none is admitted there; the client is
/// served meanwhile.
#[tokio::test]
async fn guessing_is_braked_by_source() {
    let world = World::new().await;
    let mut guesser = Client::connect_from([127, 0, 0, 2], world.address).await;
    for n in 0..40 {
        let answer = guesser.mail(&["mlyn@in.example"], &mail(&format!("({})", 700_001 + n * 7))).await;
        assert!(answer.starts_with("250 2.0.0"), "{answer}");
    }
    assert!(guesser.mail(&["mlyn@in.example"], &mail("(483920)")).await.starts_with("250 2.0.0"));
    let mut client = Client::connect_from([127, 0, 0, 3], world.address).await;
    assert!(client.mail(&["mlyn@in.example"], &mail("mine (483920)")).await.starts_with("250 2.0.0"));
    let log = world.log().await;
    let count = |reason: &str| log.iter().filter(|e| e.reason.as_deref() == Some(reason)).count();
    assert_eq!((count("wrong_pin"), count("braked")), (5, 36));
    assert_eq!(log.last().unwrap().state, "received");
    assert!(log.iter().all(|e| !e.subject.contains("483920") && !e.subject.contains("7000")), "{log:?}");
}

#[tokio::test]
async fn parallel_guesses_get_no_extra_tries() {
    let world = World::new().await;
    let guesses = (0..12).map(|n| {
        let address = world.address;
        async move {
            let mut client = Client::connect_from([127, 0, 0, 2], address).await;
            client.mail(&["mlyn@in.example"], &mail(&format!("({}) ({})", 700_001 + n * 14, 700_008 + n * 14))).await
        }
    });
    futures::future::join_all(guesses).await;
    let rows: u32 = world.log().await.iter().filter(|e| e.reason.as_deref() == Some("wrong_pin")).count() as u32;
    assert!(rows <= 2, "five wrong PINs, two a mail: two mails are looked at wholly, not {rows}");
}

#[tokio::test]
async fn loops_are_cut() {
    let world = World::new().await;
    let mut client = world.greeted().await;
    let hops = "Received: from a by b; Mon, 2 Mar 2026 10:00:00 +0000\r\n";
    let answer = client.mail(&["mlyn@in.example"], &format!("{}{GOOD}", hops.repeat(51))).await;
    assert!(answer.starts_with("554 5.4.6"), "{answer}");
    assert!(client.mail(&["mlyn@in.example"], &format!("{}{GOOD}", hops.repeat(50))).await.starts_with("250"));
    let own = format!("Message-ID: <1@mx.in.example>\r\n{GOOD}");
    assert!(client.mail(&["mlyn@in.example"], &own).await.starts_with("250"));
    let log = world.log().await;
    assert_eq!(log.iter().map(|e| e.reason.as_deref()).collect::<Vec<_>>(), [None, Some("own_mail")]);
}

#[tokio::test]
async fn an_upload_goes_the_same_way() {
    let world = World::new().await;
    let scope = Scope::operator(world.office);
    let file = |bytes: &'static [u8]| Upload {
        company: world.mlyn,
        channel: Channel::Upload,
        user: None,
        peer: None,
        file_name: Some("C:\\Faktury\\FV 1.pdf".into()),
        period: Some("2026-03".into()),
        direction: Direction::Purchase,
        document_type: None,
        split: None,
        together: false,
        bytes: bytes.into(),
    };
    let first = upload(&world.store, &scope, file(b"%PDF-1.7")).await.unwrap();
    let again = upload(&world.store, &scope, file(b"%PDF-1.7")).await.unwrap();
    assert_eq!((first.duplicate, again.duplicate, again.submission == first.submission), (false, true, true));
    assert!(matches!(upload(&world.store, &scope, file(b"")).await, Err(Error::Invalid { code: "empty", .. })));
    let other = Scope::intake(world.office, store::CompanyId::new());
    assert!(matches!(upload(&world.store, &other, file(b"x")).await, Err(Error::NotFound)));
}
