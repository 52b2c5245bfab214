//! Fetching from servers that misbehave, by scripts. (A real Dovecot is met in the tests of the whole service.)

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ingest::admission::{Admission, Settings as AdmissionSettings};
use ingest::channel::imap::{Fetcher, Settings, try_out};
use store::Scope;
use store::mailbox::{self, Afterwards, NewMailbox, Security, SignIn};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::smtp::world::{GOOD, World};

/// How a connection goes wrong; the last one goes right.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    NoGreeting,
    Garbage,
    Bye,
    LoginRefused,
    /// A literal of 2 GB is announced.
    HugeLiteral,
    /// A literal longer than was said before, sent in earnest.
    Flood,
    CutInLiteral,
    /// Answers with mails that nobody asked for, with NIL, and with NO at the end.
    Odd,
    /// Ends in the middle, between two answers.
    CutBetween,
    None,
}

struct Script {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    marked: Arc<AtomicUsize>,
}

async fn serve(faults: Vec<Fault>) -> Script {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (connections, marked) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let script = Script { address: listener.local_addr().expect("its address"), connections, marked };
    let (connections, marked) = (script.connections.clone(), script.marked.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let n = connections.fetch_add(1, Ordering::SeqCst);
            let fault = faults.get(n).copied().unwrap_or(Fault::None);
            tokio::spawn(talk(stream, fault, marked.clone()));
        }
    });
    script
}

async fn talk(stream: TcpStream, fault: Fault, marked: Arc<AtomicUsize>) -> Option<()> {
    let (read, mut out) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    match fault {
        Fault::NoGreeting => return Some(()),
        Fault::Garbage => out.write_all(b"220 mx.example ESMTP\r\n\0\0\0\r\n").await.ok()?,
        Fault::Bye => {
            out.write_all(b"* BYE too busy\r\n").await.ok()?;
            return None;
        }
        _ => out.write_all(b"* OK ready\r\n").await.ok()?,
    }
    while let Ok(Some(line)) = lines.next_line().await {
        let (tag, command) = line.split_once(' ')?;
        let answer = match command {
            _ if command.starts_with("LOGIN") && fault == Fault::LoginRefused => {
                format!("{tag} NO [AUTHENTICATIONFAILED] no\r\n")
            }
            "CAPABILITY" => format!("* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n"),
            _ if command.starts_with("SELECT") || command.starts_with("EXAMINE") => {
                format!("* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 6] ok\r\n{tag} OK [READ-WRITE] done\r\n")
            }
            _ if command.contains("RFC822.SIZE") => format!("* 1 FETCH (UID 5 RFC822.SIZE {})\r\n{tag} OK done\r\n", GOOD.len()),
            _ if command.contains("BODY.PEEK[]") => match fault {
                Fault::HugeLiteral => "* 1 FETCH (UID 5 BODY[] {2000000000}\r\nxxxxxxxx".to_owned(),
                Fault::Flood => {
                    out.write_all(b"* 1 FETCH (UID 5 BODY[] {400000000}\r\n").await.ok()?;
                    let block = vec![b'x'; 1 << 20];
                    for _ in 0..400 {
                        out.write_all(&block).await.ok()?;
                    }
                    return None;
                }
                Fault::CutInLiteral => {
                    out.write_all(format!("* 1 FETCH (UID 5 BODY[] {{{}}}\r\nFrom: a", GOOD.len()).as_bytes()).await.ok()?;
                    return None;
                }
                Fault::CutBetween => {
                    out.write_all(b"* 1 FETCH (FLAGS (\\Seen))\r\n").await.ok()?;
                    return None;
                }
                Fault::Odd => {
                    format!(
                        "* 9 FETCH (UID 99 BODY[] {{3}}\r\nabc)\r\n* 1 FETCH (FLAGS (\\Seen))\r\n* 1 FETCH (UID 5 BODY[] NIL)\r\n{tag} NO gone\r\n"
                    )
                }
                _ => format!("* 1 FETCH (UID 5 BODY[] {{{}}}\r\n{GOOD})\r\n{tag} OK done\r\n", GOOD.len()),
            },
            _ if command.starts_with("UID STORE") => {
                marked.fetch_add(1, Ordering::SeqCst);
                format!("{tag} OK done\r\n")
            }
            _ => format!("{tag} OK done\r\n"),
        };
        out.write_all(answer.as_bytes()).await.ok()?;
    }
    Some(())
}

fn facts(world: &World, address: SocketAddr) -> NewMailbox {
    NewMailbox {
        name: "office".to_owned(),
        company: Some(world.mlyn),
        host: address.ip().to_string(),
        port: address.port(),
        security: Security::Plain,
        login: "office".to_owned(),
        sign_in: SignIn::Password { password: "hunter2-never-shown".to_owned() },
        folder: "INBOX".to_owned(),
        afterwards: Afterwards::Seen,
        move_to: None,
        trusted_servers: Vec::new(),
    }
}

fn settings(world: &World) -> Settings {
    Settings {
        message_bytes: 1 << 20,
        poll: Duration::from_millis(50),
        wait: Duration::from_millis(10),
        authorities: None,
        spool: world.folder.join("spool"),
    }
}

#[tokio::test]
async fn servers_that_misbehave_are_left_and_tried_again() {
    for fault in [
        Fault::NoGreeting,
        Fault::Garbage,
        Fault::Bye,
        Fault::LoginRefused,
        Fault::CutInLiteral,
        Fault::CutBetween,
        Fault::Odd,
        Fault::Flood,
        Fault::HugeLiteral,
    ] {
        recovers_from(fault).await;
    }
}

async fn recovers_from(fault: Fault) {
    let world = World::new().await;
    let script = serve(vec![fault]).await;
    let scope = Scope::operator(world.office);
    mailbox::put(&world.store, &scope, facts(&world, script.address)).await.unwrap();
    let admission = Admission::new(world.store.clone(), AdmissionSettings::of("mx.in.example"));
    let fetcher = Fetcher::new(world.store.clone(), admission, settings(&world)).unwrap();
    let running = tokio::spawn(fetcher.run(world.stop.clone()));
    let noted = async || mailbox::list(&world.store, &scope).await.unwrap().remove(0);
    let begun = std::time::Instant::now();
    while noted().await.fetched == 0 {
        assert!(begun.elapsed().as_secs() < 20, "{fault:?}: {:?}", noted().await);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let log = world.log().await;
    assert_eq!(
        log.iter().map(|entry| (entry.channel.as_str(), entry.state.as_str())).collect::<Vec<_>>(),
        [("imap", "received")]
    );
    assert_eq!(log[0].raw.as_deref(), Some(GOOD.as_bytes()), "{fault:?}");
    assert_eq!((script.connections.load(Ordering::SeqCst), script.marked.load(Ordering::SeqCst)), (2, 1), "{fault:?}");
    let now = noted().await;
    assert_eq!((now.uid_validity, now.last_uid, now.fetched, now.problem), (7, 5, 1, None), "{fault:?}");
    world.stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), running).await.expect("it ends in time").unwrap();
}

#[tokio::test]
async fn what_is_wrong_is_said_without_secrets() {
    let world = World::new().await;
    for (fault, part) in [
        (Fault::NoGreeting, "hung up"),
        (Fault::Garbage, "no IMAP"),
        (Fault::LoginRefused, "signing in failed"),
        (Fault::HugeLiteral, ""),
    ] {
        let script = serve(vec![fault]).await;
        let tried = try_out(&facts(&world, script.address), &settings(&world)).await;
        let said = tried.as_ref().err().map(ToString::to_string).unwrap_or_default();
        assert!(said.contains(part) && !said.contains("hunter2"), "{fault:?}: {said}");
    }
    let nowhere = NewMailbox { port: 1, ..facts(&world, "127.0.0.1:1".parse().unwrap()) };
    let said = try_out(&nowhere, &settings(&world)).await.unwrap_err().to_string();
    assert!(said.contains("cannot be reached"), "{said}");
    assert!(!format!("{nowhere:?}").contains("hunter2"));
}
