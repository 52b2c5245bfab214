//! Behind a balancer.

use ingest::channel::smtp::Entrance;

use super::world::{Client, GOOD, World};

#[tokio::test]
async fn a_trusted_balancer_says_who_is_there() {
    let world = World::new().await;
    let address = world.open(Entrance { balancers: vec!["127.0.0.1".parse().unwrap()], ..Entrance::default() });
    for (header, want) in [
        (b"PROXY TCP4 198.51.100.7 192.0.2.1 4711 25\r\n".to_vec(), "198.51.100.7"),
        (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x09\xc0\0\x02\x01\x10\0\0\x19".to_vec(), "203.0.113.9"),
        (b"PROXY UNKNOWN\r\n".to_vec(), "127.0.0.1"),
    ] {
        let mut client = Client::connect(address).await;
        client.send(header).await;
        assert!(client.reply().await.starts_with("220"));
        client.expect("EHLO client.example", "250").await;
        let mail = format!("X: {want}\r\n{GOOD}");
        assert!(client.mail(&["mlyn@in.example"], &mail).await.starts_with("250"));
        assert_eq!(world.log().await.last().unwrap().peer, want);
    }
}

#[tokio::test]
async fn nobody_else_is_believed_and_a_balancer_must_say_it() {
    let world = World::new().await;
    let address = world.open(Entrance { balancers: vec!["127.0.0.1".parse().unwrap()], ..Entrance::default() });
    let mut stranger = Client::connect_from([127, 0, 0, 2], address).await;
    stranger.expect("PROXY TCP4 198.51.100.7 192.0.2.1 4711 25", "500").await;
    let mut silent = Client::connect(address).await;
    silent.send("EHLO client.example\r\n").await;
    assert_eq!(silent.reply().await, "");
}
