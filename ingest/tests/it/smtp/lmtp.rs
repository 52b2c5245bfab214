//! The server next door.

use ingest::channel::smtp::{Door, Entrance, Limits};
use tokio::net::UnixStream;

use super::world::{Client, GOOD, World};

fn lmtp() -> Entrance {
    Entrance { door: Door::Lmtp, ..Entrance::default() }
}

async fn greeted(world: &World) -> Client {
    let mut client = Client::connect(world.open(lmtp())).await;
    assert_eq!(client.reply().await, "220 mx.in.example LMTP Postroom");
    client.expect("EHLO postfix.example", "500 5.5.1").await;
    client.expect("HELO postfix.example", "500 5.5.1").await;
    assert!(client.expect("LHLO postfix.example", "250").await.contains("250-XFORWARD ADDR HELO\n"));
    client
}

#[tokio::test]
async fn each_recipient_gets_its_own_answer() {
    let world = World::new().await;
    let mut client = greeted(&world).await;
    client.expect("MAIL FROM:<anna@mlyn.example>", "250").await;
    client.expect("RCPT TO:<huta@in.example>", "250").await;
    client.expect("RCPT TO:<nobody@in.example>", "550 5.1.1").await;
    client.expect("RCPT TO:<mlyn@in.example>", "250").await;
    client.expect("DATA", "354").await;
    client.send(GOOD).await;
    assert!(client.say(".").await.starts_with("550 5.7.1"), "huta refuses what has no PIN of its own");
    assert!(client.reply().await.starts_with("250 2.0.0 kept as "), "and mlyn takes it");
    client.expect("NOOP", "250").await;
    let mut log = world.log().await;
    log.sort_by(|a, b| a.company.cmp(&b.company));
    let told: Vec<_> = log.iter().map(|e| (e.company.as_str(), e.state.as_str(), e.channel.as_str())).collect();
    assert_eq!(told, [("huta", "refused", "lmtp"), ("mlyn", "received", "lmtp")]);
}

#[tokio::test]
async fn a_mail_over_the_limits_is_refused_for_each() {
    let world = World::with(Limits { message_bytes: 1_000, ..Limits::default() }).await;
    let mut client = greeted(&world).await;
    client.begin(&["mlyn@in.example", "huta@in.example"]).await;
    client.send("x".repeat(900) + "\r\n" + &"y".repeat(900) + "\r\n.\r\nNOOP\r\n").await;
    for code in ["552 5.3.4", "552 5.3.4", "250 2.0.0 ok"] {
        let reply = client.reply().await;
        assert!(reply.starts_with(code), "{reply}");
    }
    client.expect("MAIL FROM:<anna@mlyn.example>", "250").await;
    client.expect("RCPT TO:<nobody@in.example>", "550").await;
    client.expect("DATA", "503 5.5.1").await;
}

#[tokio::test]
async fn postfix_says_where_its_client_was() {
    let world = World::new().await;
    let mut client = greeted(&world).await;
    client.expect("XFORWARD ADDR=198.51.100.7 HELO=client.example", "250").await;
    assert!(client.mail(&["mlyn@in.example"], GOOD).await.starts_with("250"));
    client.expect("XFORWARD ADDR=IPv6:2001:db8::7 HELO=[UNAVAILABLE]", "250").await;
    let mail = format!("X: 2\r\n{GOOD}");
    assert!(client.mail(&["mlyn@in.example"], &mail).await.starts_with("250"));
    client.expect("XFORWARD nonsense", "501").await;
    let log = world.log().await;
    assert_eq!(log.iter().map(|entry| entry.peer.as_str()).collect::<Vec<_>>(), ["198.51.100.7", "2001:db8::7"]);
    let mut public = world.greeted().await;
    public.expect("XFORWARD ADDR=198.51.100.7", "500").await;
}

#[tokio::test]
async fn many_unknown_recipients_of_one_mail_are_each_refused() {
    let world = World::new().await;
    let mut client = greeted(&world).await;
    client.expect("MAIL FROM:<anna@mlyn.example>", "250").await;
    for n in 0..60 {
        client.expect(&format!("RCPT TO:<nobody{n}@in.example>"), "550 5.1.1").await;
    }
    client.expect("RCPT TO:<mlyn@in.example>", "250").await;
}

#[tokio::test]
async fn over_a_socket_file() {
    let world = World::new().await;
    let path = world.folder.join("lmtp.sock");
    // Left behind by a process that was killed.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let listener = world.doors.listen_unix(&path, lmtp()).unwrap();
    assert!(world.doors.listen_unix(&path, lmtp()).is_err(), "somebody listens there");
    tokio::spawn(listener.serve(world.stop.clone()));
    let mut client = Client::over(UnixStream::connect(&path).await.unwrap());
    assert!(client.reply().await.starts_with("220"));
    client.expect("LHLO postfix.example", "250").await;
    assert!(client.mail(&["mlyn@in.example"], GOOD).await.starts_with("250"));
    assert_eq!(world.log().await.len(), 1);
    std::fs::write(world.folder.join("file"), "not a socket").unwrap();
    assert!(world.doors.listen_unix(&world.folder.join("file"), lmtp()).is_err(), "no file of somebody else's is removed");
    assert!(world.folder.join("file").exists());
}
