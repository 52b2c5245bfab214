//! What clients that mean harm, or are broken, can do.

use std::time::Duration;

use ingest::channel::smtp::Limits;
use proptest::prelude::*;

use super::world::{Client, GOOD, World};

#[tokio::test]
async fn command_lines_are_strict() {
    let world = World::new().await;
    for (sent, want) in [
        ("NOOP\n".to_owned(), "550 5.5.2"),
        ("NOOP\rNOOP\r\n".to_owned(), "550 5.5.2"),
        (format!("NOOP {}\r\n", "x".repeat(2_100)), "500 5.5.6"),
        ("GET / HTTP/1.1\r\n".to_owned(), "421 4.7.0"),
        ("post / HTTP/1.1\r\n".to_owned(), "421 4.7.0"),
    ] {
        let mut client = world.greeted().await;
        client.send(format!("{sent}NOOP\r\n")).await;
        let replies = client.rest().await;
        assert!(replies.len() == 1 && replies[0].starts_with(want), "{sent:?} -> {replies:?}");
    }
    let mut client = world.greeted().await;
    client.expect("MAIL FROM:<a@b.example>", "250").await;
    for bad in [
        "RCPT TO:<ml\0yn@in.example>",
        "RCPT TO:<ml\u{b}yn@in.example>",
        "RCPT TO:<mlyn@in.example>\t",
        "RCPT TO:<ml\u{7f}yn@in.example>",
    ] {
        client.expect(bad, "500 5.5.2").await;
    }
    client.expect("RCPT TO:<młyn@in.example>", "553 5.6.7").await;
    client.expect("RCPT TO:<mlyn@in.example> XFOO=1", "555 5.5.4").await;
}

#[tokio::test]
async fn errors_and_idle_talk_end_a_session() {
    let world = World::new().await;
    for (line, most) in [("BOGUS", 20), ("NOOP", 100)] {
        let mut client = world.greeted().await;
        for _ in 0..most {
            client.send(format!("{line}\r\n")).await;
        }
        let replies = client.rest().await;
        assert_eq!(replies.len(), most);
        assert!(replies.last().unwrap().starts_with("421 4.7.0"), "{replies:?}");
    }
}

#[tokio::test]
async fn asking_around_is_slowed_and_ended() {
    let world = World::new().await;
    let mut client = Client::connect_from([127, 0, 0, 2], world.address).await;
    client.expect("MAIL FROM:<a@b.example>", "250").await;
    for n in 0..19 {
        client.expect(&format!("RCPT TO:<nobody{n}@in.example>"), "550 5.1.1").await;
    }
    client.expect("RCPT TO:<nobody@in.example>", "421 4.7.0").await;
    let mut again = Client::connect_from([127, 0, 0, 2], world.address).await;
    again.expect("MAIL FROM:<a@b.example>", "250").await;
    let start = std::time::Instant::now();
    again.expect("RCPT TO:<mlyn@in.example>", "250").await;
    assert!(start.elapsed() > Duration::from_millis(900), "known ones are slowed alike");
    let mut other = Client::connect_from([127, 0, 0, 3], world.address).await;
    other.expect("MAIL FROM:<a@b.example>", "250").await;
    let start = std::time::Instant::now();
    other.expect("RCPT TO:<mlyn@in.example>", "250").await;
    assert!(start.elapsed() < Duration::from_millis(500), "nobody else is slowed");
}

#[tokio::test]
async fn many_recipients_are_bounded() {
    let world = World::new().await;
    let mut client = world.greeted().await;
    client.expect("MAIL FROM:<a@b.example>", "250").await;
    client.send("RCPT TO:<mlyn@in.example>\r\n".repeat(1_200)).await;
    let mut codes = [0; 2];
    for _ in 0..1_200 {
        codes[usize::from(client.reply().await.starts_with("452 4.5.3"))] += 1;
    }
    assert_eq!(codes, [1_000, 200]);
    client.expect("DATA", "354").await;
    client.send(GOOD).await;
    client.expect(".", "250 2.0.0").await;
    assert_eq!(world.log().await.len(), 1, "one company, one submission");
}

#[tokio::test]
async fn headers_and_lines_are_bounded() {
    let world = World::with(Limits { header_bytes: 5_000, data_line_bytes: 2_000, ..Limits::default() }).await;
    let mut client = world.greeted().await;
    let headers = client.mail(&["mlyn@in.example"], &"X-A: b\r\n".repeat(1_000)).await;
    assert!(headers.starts_with("552 5.3.4"), "{headers}");
    let line = client.mail(&["mlyn@in.example"], &format!("\r\n{}\r\n", "x".repeat(3_000))).await;
    assert!(line.starts_with("554 5.6.0"), "{line}");
    assert!(client.mail(&["mlyn@in.example"], GOOD).await.starts_with("250 2.0.0"));
}

#[tokio::test]
async fn who_ignores_the_size_is_cut_off() {
    let world = World::with(Limits { message_bytes: 10_000, ..Limits::default() }).await;
    let mut client = world.greeted().await;
    client.begin(&["mlyn@in.example"]).await;
    client.send("0123456789\r\n".repeat(100_000)).await;
    let replies = client.rest().await;
    assert!(replies.len() <= 1 && replies.iter().all(|reply| reply.starts_with("552 5.3.4")), "{replies:?}");
    assert!(world.greeted().await.say("BDAT 99999999999 LAST").await.starts_with("552 5.3.4"));
}

#[tokio::test]
async fn slow_clients_run_out_of_time_while_others_are_served() {
    let limits = Limits { command_seconds: 1, message_seconds: 2, ..Limits::default() };
    let world = World::with(limits).await;
    let (mut command, mut mail) = (world.greeted().await, world.greeted().await);
    mail.begin(&["mlyn@in.example"]).await;
    // A byte now and then does not put the end off.
    let drip = async {
        for _ in 0..30 {
            command.send("N").await;
            mail.send("a").await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let serve = async {
        for _ in 0..5 {
            let mut client = world.greeted().await;
            assert!(client.mail(&["mlyn@in.example"], GOOD).await.starts_with("250 2.0.0"));
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::join!(drip, serve);
    assert_eq!(command.rest().await, ["421 4.4.2 timeout"]);
    assert_eq!(mail.rest().await, ["421 4.4.2 timeout"]);
}

#[tokio::test]
async fn connections_are_bounded() {
    let world = World::with(Limits { connections: 3, connections_per_address: 2, ..Limits::default() }).await;
    let _one = Client::connect_from([127, 0, 0, 2], world.address).await;
    let _two = world.greeted().await;
    let three = world.greeted().await;
    let mut four = Client::connect(world.address).await;
    assert_eq!(four.rest().await, ["421 4.7.0 too many connections, try again later"]);
    drop(three);
    tokio::time::sleep(Duration::from_millis(100)).await;
    world.greeted().await;
}

#[tokio::test]
async fn a_mail_that_is_cut_leaves_nothing() {
    let world = World::new().await;
    for cut in [0, 10, GOOD.len()] {
        let mut client = world.greeted().await;
        client.begin(&["mlyn@in.example"]).await;
        client.send(&GOOD.as_bytes()[..cut]).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(world.log().await, []);
}

/// One end of a mail, one reply, however the network cuts the bytes: the pure dialogue.
mod dialogue {
    use std::sync::Arc;

    use ingest::channel::smtp::{Facing, Limits, Session, Step};

    use super::*;

    /// What a session says to `input` sent in pieces of `cut` bytes: codes of its replies, and the mails it delivered.
    pub fn talk(input: &[u8], cut: usize) -> (Vec<u16>, Vec<Vec<u8>>) {
        let mut session: Session<String> = Session::new(Arc::new(Limits::default()), "mx.example".into(), Facing::default());
        let (mut codes, mut mails) = (Vec::new(), Vec::new());
        for chunk in input.chunks(cut) {
            session.input().extend_from_slice(chunk);
            let mut step = session.step();
            loop {
                step = match step {
                    Step::Read => break,
                    Step::Say(reply) => {
                        codes.push(reply.code);
                        session.step()
                    }
                    Step::Ask(path) if path.starts_with("no") => {
                        session.recipient(Err(ingest::channel::smtp::Reply::new(550, "5.1.1", "no")))
                    }
                    Step::Ask(path) => session.recipient(Ok(path)),
                    Step::Deliver(mail) => {
                        mails.push(mail.body);
                        session.delivered(vec![ingest::channel::smtp::Reply::new(250, "2.0.0", "kept")])
                    }
                    Step::Close(reply) => {
                        codes.push(reply.code);
                        return (codes, mails);
                    }
                    other => panic!("not at this door: {other:?}"),
                };
            }
        }
        (codes, mails)
    }

    fn command() -> impl Strategy<Value = String> {
        prop_oneof![
            Just("EHLO a\r\n".to_owned()),
            Just("NOOP\r\n".to_owned()),
            Just("RSET\r\n".to_owned()),
            Just("RCPT TO:<no@b.example>\r\n".to_owned()),
            "[A-Z]{1,6} [a-z<>:@]{0,8}\r\n",
            "[ -~]{0,30}\r\n".prop_map(|body| {
                let stuffed = if body.starts_with('.') { format!(".{body}") } else { body };
                format!("MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\nSubject: x\r\n\r\n{stuffed}.\r\n")
            }),
            (0usize..20)
                .prop_map(|len| format!("MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nBDAT {len} LAST\r\n{}", "x".repeat(len))),
        ]
    }

    proptest! {
        #[test]
        fn one_end_one_reply(commands in prop::collection::vec(command(), 0..12), cut in 1usize..60) {
            let input = format!("EHLO a\r\n{}", commands.concat());
            let whole = talk(input.as_bytes(), input.len());
            prop_assert_eq!(&talk(input.as_bytes(), cut), &whole, "the same whatever the cut");
            let ends = commands.iter().filter(|command| command.starts_with("MAIL")).count();
            prop_assert!(whole.1.len() <= ends);
        }

        #[test]
        fn any_bytes_end_in_order(input in prop::collection::vec(any::<u8>(), 0..600), cut in 1usize..60) {
            prop_assert_eq!(talk(&input, cut), talk(&input, input.len().max(1)));
        }

        /// Whatever stands in a mail's body, only CRLF.CRLF ends it.
        #[test]
        fn only_one_sequence_ends_a_mail(body in "([\r\n.a]|\r\n|\r\n\\.){0,30}", cut in 1usize..20) {
            let input = format!("EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n{body}");
            let (codes, mails) = talk(input.as_bytes(), cut);
            let framed = format!("\r\n{body}");
            let end = framed.find("\r\n.\r\n");
            let before = &framed[..end.map_or(framed.len(), |end| end + 5)];
            let bare = before.replace("\r\n", "").contains(['\r', '\n']) && !(end.is_none() && before.replace("\r\n", "") .trim_end_matches('\r').chars().all(|c| c != '\r' && c != '\n'));
            if bare {
                prop_assert_eq!(mails.len(), 0, "{:?}", body);
                prop_assert_eq!(codes.last().copied(), Some(550));
            } else {
                prop_assert_eq!(mails.len(), usize::from(end.is_some()), "{:?} {:?}", body, codes);
            }
        }
    }
}
