//! The defects that were measured in mailin-embedded 0.8.3, each by its name: none of them may be ours.

use std::time::{Duration, Instant};

use ingest::channel::smtp::Limits;

use super::world::{Client, GOOD, World};

#[tokio::test]
async fn null_sender_is_accepted() {
    let world = World::new().await;
    let mut client = world.greeted().await;
    client.expect("MAIL FROM:<>", "250 2.1.0").await;
    client.expect("RCPT TO:<mlyn@in.example>", "250").await;
    client.expect("DATA", "354").await;
    client.send(GOOD).await;
    client.expect(".", "250 2.0.0").await;
    let log = world.log().await;
    assert_eq!((log[0].reverse_path.as_str(), log[0].state.as_str()), ("", "received"));
}

#[tokio::test]
async fn session_lives_on_after_a_refused_mail() {
    let world = World::new().await;
    let mut client = world.greeted().await;
    let refused = client.mail(&["huta@in.example"], "Subject: no\r\nFrom: a@mlyn.example\r\n\r\nrefuse me\r\n").await;
    assert!(refused.starts_with("550 5.7.1"), "{refused}");
    client.expect("RSET", "250").await;
    assert!(client.mail(&["mlyn@in.example"], GOOD).await.starts_with("250 2.0.0"));
    client.expect("QUIT", "221").await;
    let log = world.log().await;
    assert_eq!(log.iter().map(|entry| entry.state.as_str()).collect::<Vec<_>>(), ["refused", "received"]);
    assert_eq!(log[1].raw.as_deref(), Some(GOOD.as_bytes()), "nothing of the refused mail is in the next one");
}

#[tokio::test]
async fn error_within_data_is_told_once_at_its_end() {
    let world = World::with(Limits { message_bytes: 1_000, ..Limits::default() }).await;
    let mut client = world.greeted().await;
    client.begin(&["mlyn@in.example"]).await;
    client.send("\r\n").await;
    for _ in 0..10 {
        client.send(format!("{}\r\n", "x".repeat(150))).await;
    }
    client.expect(".", "552 5.3.4").await;
    client.expect("NOOP", "250 2.0.0").await;
    assert!(client.mail(&["mlyn@in.example"], GOOD).await.starts_with("250 2.0.0"));
}

/// Every way to end a line but CRLF, before and after the dot (CVE-2023-51764, -51765, -51766).
#[tokio::test]
async fn smuggling_is_refused() {
    let world = World::new().await;
    let ends = [
        "\n.\n",
        "\n.\r\n",
        "\r\n.\n",
        "\r.\r\n",
        "\r\n.\r",
        "\r.\r",
        "\n.\r",
        "\r.\n",
        "\r\n\0.\r\n\n",
        "\r\r\n.\r\r\n",
        "\n\n.\r\n",
    ];
    for end in ends {
        let mut client = world.greeted().await;
        client.begin(&["mlyn@in.example"]).await;
        let smuggled = format!("MAIL FROM:<evil@hurt.example>\r\nRCPT TO:<mlyn@in.example>\r\nDATA\r\n{GOOD}.\r\n");
        client.send(format!("Subject: one\r\n\r\nbody{end}{smuggled}")).await;
        let replies = client.rest().await;
        assert_eq!(replies.len(), 1, "{end:?} -> {replies:?}");
        assert!(replies[0].starts_with("550 5.5.2"), "{end:?} -> {replies:?}");
    }
    assert_eq!(world.log().await, []);
}

#[tokio::test]
async fn everything_has_a_limit() {
    let limits = Limits { recipients: 5, message_bytes: 10_000, ..Limits::default() };
    let world = World::with(limits).await;
    let mut client = world.client().await;
    assert!(client.say("EHLO a").await.contains("\n250-SIZE 10000\n"));
    client.expect("MAIL FROM:<a@mlyn.example> SIZE=10001", "552 5.3.4").await;
    client.expect("MAIL FROM:<a@mlyn.example> SIZE=10000", "250").await;
    for _ in 0..5 {
        client.expect("RCPT TO:<mlyn@in.example>", "250").await;
    }
    client.expect("RCPT TO:<mlyn@in.example>", "452 4.5.3").await;
    client.expect("DATA", "354").await;
    client.send(format!("\r\n{}", "0123456789abcdef\r\n".repeat(700))).await;
    client.expect(".", "552 5.3.4").await;
    // A line without end: the session ends long before memory does.
    client.send("x".repeat(100_000)).await;
    assert_eq!(client.rest().await.len(), 1);
    assert_eq!(world.log().await, []);
}

#[tokio::test]
async fn idle_clients_stop_nobody() {
    let world = World::new().await;
    let mut idle = Vec::new();
    for _ in 0..1_000 {
        idle.push(Client::connect(world.address).await);
    }
    let start = Instant::now();
    let mut client = world.greeted().await;
    assert!(client.mail(&["mlyn@in.example"], GOOD).await.starts_with("250 2.0.0"));
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    for client in &mut idle {
        assert!(client.reply().await.starts_with("220"));
    }
}

#[tokio::test]
async fn shutdown_is_graceful() {
    let mut world = World::new().await;
    let (mut idle, mut busy) = (world.greeted().await, world.greeted().await);
    busy.begin(&["mlyn@in.example"]).await;
    busy.send("Subject: (483920)\r\n").await;
    world.stop.cancel();
    assert_eq!(idle.reply().await, "421 4.3.2 service is stopping");
    assert_eq!(idle.reply().await, "");
    busy.send("\r\nhello\r\n").await;
    assert!(busy.say(".").await.starts_with("250 2.0.0"));
    assert_eq!(busy.reply().await, "421 4.3.2 service is stopping");
    tokio::time::timeout(Duration::from_secs(5), &mut world.served).await.expect("it ends").expect("without a panic");
    assert!(tokio::net::TcpStream::connect(world.address).await.is_err());
    assert_eq!(world.log().await.len(), 1);
}

#[tokio::test]
async fn shutdown_does_not_wait_for_ever() {
    let mut world = World::with(Limits { shutdown_seconds: 1, ..Limits::default() }).await;
    let mut stuck = world.greeted().await;
    stuck.begin(&["mlyn@in.example"]).await;
    world.stop.cancel();
    assert_eq!(stuck.reply().await, "421 4.3.2 service is stopping");
    tokio::time::timeout(Duration::from_secs(5), &mut world.served).await.expect("it ends").expect("without a panic");
    assert_eq!(world.log().await, []);
}
