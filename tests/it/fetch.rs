//! Mail from mailboxes, fetched from a real Dovecot.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Api, Dovecot, Service, eventually, run};

struct World {
    dovecot: Dovecot,
    service: Service,
    token: String,
}

impl World {
    fn new(more: &str) -> World {
        let dovecot = Dovecot::start(more);
        let authority = dovecot.authority().display().to_string();
        let service = Service::with(&[
            ("POSTROOM_IMAP__CA_FILE", &authority),
            ("POSTROOM_IMAP__POLL_SECONDS", "1"),
            ("POSTROOM_IMAP__RETRY_SECONDS", "1"),
        ]);
        service.cli(&["office", "add", "Biuro"]);
        service.cli(&["company", "add", "Młyn", "--address", "mlyn@in.example", "--pin", "483920"]);
        service.cli(&["company", "add", "Huta", "--address", "huta@in.example", "--pin", "573920"]);
        let token = service.cli(&["token", "add", "tests", "--role", "owner"]).trim().to_owned();
        World { dovecot, service, token }
    }

    fn api(&self) -> Api {
        self.service.api(&self.token)
    }

    /// Sets a mailbox up at `server`.
    fn mailbox(&self, name: &str, server: SocketAddr, login: &str, more: &[&str]) {
        let port = server.port().to_string();
        let mut arguments = vec!["mailbox", "add", name, "--host", "127.0.0.1", "--port", &port, "--login", login];
        if !more.contains(&"--oauth") {
            arguments.extend(["--password-file", "-"]);
        }
        arguments.extend(more);
        self.service.cli_with(&arguments, "secret\n");
    }

    /// The mail log, once there are so many.
    fn arrivals(&self, count: usize) -> Vec<Value> {
        eventually(&format!("{count} arrivals"), || Some(log(&self.api())).filter(|log| log.len() >= count))
    }
}

fn log(api: &Api) -> Vec<Value> {
    api.get("/v1/submissions?limit=200").expect(200).json()["submissions"].as_array().expect("a list").clone()
}

fn mail(to: &str, subject: &str, size: usize) -> Vec<u8> {
    let line = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\n";
    let head = format!(
        "Return-Path: <jan@klient.example>\r\nDelivered-To: {to}\r\nFrom: jan@klient.example\r\nSubject: {subject}\r\n\r\n"
    );
    (head + &line.repeat(size / line.len() + 1)).into_bytes()
}

fn field(arrivals: &[Value], name: &str) -> Vec<String> {
    let mut values: Vec<String> = arrivals.iter().map(|arrival| arrival[name].as_str().unwrap_or_default().to_owned()).collect();
    values.sort();
    values
}

#[test]
fn a_catch_all_is_divided_by_headers() {
    let world = World::new("");
    for (to, subject) in [
        ("mlyn@in.example", "(483920) 1"),
        ("huta@in.example", "no PIN"),
        ("nobody@in.example", "(483920) 2"),
        ("mlyn+fk@in.example", "(483920) 3"),
    ] {
        world.dovecot.deliver("office", &mail(to, subject, 1_000));
    }
    let large = mail("huta@in.example", "(573920) large", 5_300_000);
    world.dovecot.deliver("office", &large);
    world.mailbox("office", world.dovecot.tls, "office", &[]);
    let tried = world.service.cli(&["mailbox", "test", "office"]);
    assert!(tried.contains("5 mails in INBOX") && tried.contains("IDLE"), "{tried}");
    let arrivals = world.arrivals(4);
    assert_eq!(field(&arrivals, "channel"), ["imap"; 4]);
    assert_eq!(field(&arrivals, "reverse_path"), ["jan@klient.example"; 4]);
    let held: Vec<&Value> = arrivals.iter().filter(|arrival| arrival["state"] == "held").collect();
    assert_eq!((held.len(), held[0]["reason"].as_str()), (1, Some("no_pin")));
    let kept = arrivals.iter().find(|arrival| arrival["size"] == large.len()).expect("the large one, whole");
    let sha256: String = sha256(&large);
    assert_eq!(kept["raw"].as_str(), Some(sha256.as_str()), "byte for byte");
    eventually("what was kept to be marked", || (world.dovecot.mails("office", "") == (4, 1)).then_some(()));
    // News while it waits.
    std::thread::sleep(Duration::from_millis(500));
    let sent = std::time::Instant::now();
    world.dovecot.deliver("office", &mail("mlyn@in.example", "(483920) 4", 1_000));
    world.arrivals(5);
    assert!(sent.elapsed() < Duration::from_secs(6), "IDLE told after {:?}", sent.elapsed());
    eventually("the mailbox to count all five", || {
        let listed = world.service.cli(&["mailbox", "list"]);
        (listed.contains("by headers") && listed.contains(" 5 ")).then_some(())
    });
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_mailbox_of_one_company_is_moved_and_numbered_anew() {
    let world = World::new("");
    world.dovecot.folder("huta", "Done");
    for n in 0..5 {
        world.dovecot.deliver("huta", &mail("whoever@elsewhere.example", &format!("{n} (573920)"), 100));
    }
    let more = ["--security", "starttls", "--company", "Huta", "--afterwards", "move", "--move-to", "Done"];
    world.mailbox("huta", world.dovecot.plain, "huta", &more);
    world.arrivals(5);
    eventually("the mails to be moved", || {
        (world.dovecot.mails("huta", "Done").0 + world.dovecot.mails("huta", "Done").1 == 5).then_some(())
    });
    eventually("the inbox to be empty", || (world.dovecot.mails("huta", "") == (0, 0)).then_some(()));

    for n in 0..5 {
        world.dovecot.deliver("mlyn", &mail("mlyn@in.example", &format!("{n} (483920)"), 100));
    }
    world.mailbox("mlyn", world.dovecot.plain, "mlyn", &["--security", "plain", "--afterwards", "keep"]);
    world.arrivals(10);
    world.dovecot.number_anew("mlyn");
    world.dovecot.deliver("mlyn", &mail("mlyn@in.example", "after (483920)", 100));
    let arrivals = eventually("the new mail", || {
        let log = log(&world.api());
        log.iter().any(|arrival| arrival["subject"].as_str().is_some_and(|subject| subject.starts_with("after"))).then_some(log)
    });
    assert_eq!(arrivals.len(), 11, "nothing came twice");
    world.service.cli(&["mailbox", "remove", "mlyn"]);
    assert!(!world.service.cli(&["mailbox", "list"]).contains("mlyn"));
}

/// Passes bytes on; each connection is cut after so many bytes of the server's, given by `limit`, or when the server sends `marker`.
fn cutter(server: SocketAddr, limit: Arc<AtomicUsize>, marker: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(upstream) = TcpStream::connect(server) else { continue };
            let (mut from_client, mut to_server) = (client.try_clone().expect("a clone"), upstream.try_clone().expect("a clone"));
            std::thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
            let limit = limit.clone();
            std::thread::spawn(move || {
                let (mut client, mut upstream, mut sent, mut bytes) = (client, upstream, 0, vec![0; 4_096]);
                while let Ok(read @ 1..) = upstream.read(&mut bytes) {
                    sent += read;
                    let is_marked = !marker.is_empty() && bytes[..read].windows(marker.len()).any(|window| window == marker);
                    if is_marked || sent > limit.load(Ordering::Relaxed) || client.write_all(&bytes[..read]).is_err() {
                        break;
                    }
                }
                let _ = client.shutdown(std::net::Shutdown::Both);
                let _ = upstream.shutdown(std::net::Shutdown::Both);
                // The next connection comes a little further.
                limit.fetch_add(150_000, Ordering::Relaxed);
            });
        }
    });
    address
}

#[test]
fn cut_and_killed_mid_fetch_nothing_is_lost_or_doubled() {
    let mut world = World::new("");
    const MAILS: usize = 120;
    for n in 0..MAILS {
        world.dovecot.deliver("office", &mail("mlyn@in.example", &format!("{n} (483920)"), 5_000));
    }
    let proxy = cutter(world.dovecot.plain, Arc::new(AtomicUsize::new(60_000)), b"");
    world.mailbox("office", proxy, "office", &["--security", "plain"]);
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(1_300));
        world.service.kill_and_restart();
    }
    let arrivals = world.arrivals(MAILS);
    let mut subjects = field(&arrivals, "subject");
    subjects.dedup();
    assert_eq!((arrivals.len(), subjects.len()), (MAILS, MAILS));
    eventually("all to be marked", || (world.dovecot.mails("office", "") == (MAILS, 0)).then_some(()));
}

#[test]
fn one_bad_mail_does_not_block_the_rest() {
    let world = World::new("");
    for n in 0..10 {
        let text = if n == 4 { "(483920) poison-in-this-one" } else { "(483920)" };
        world.dovecot.deliver("office", &mail("mlyn@in.example", &format!("{n} {text}"), 500));
    }
    let proxy = cutter(world.dovecot.plain, Arc::new(AtomicUsize::new(usize::MAX / 2)), b"poison-in-this-one");
    world.mailbox("office", proxy, "office", &["--security", "plain"]);
    assert_eq!(world.arrivals(9).len(), 9);
    eventually("the others to be marked", || (world.dovecot.mails("office", "") == (9, 1)).then_some(()));
}

#[test]
fn signing_in_by_oauth_renews_its_tokens() {
    let provider = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = provider.local_addr().expect("its address").port();
    // A provider in small: each refresh token is taken once; access tokens are what Dovecot is told of by introspection.
    std::thread::spawn(move || {
        let mut refresh = 1;
        for mut client in provider.incoming().flatten() {
            let mut request = vec![0; 8_192];
            let read = client.read(&mut request).unwrap_or_default();
            let mut text = String::from_utf8_lossy(&request[..read]).into_owned();
            if text.starts_with("POST") && !text.contains("grant_type=") {
                let more = client.read(&mut request).unwrap_or_default();
                text += &String::from_utf8_lossy(&request[..more]);
            }
            let body = if text.starts_with("POST /token") {
                let fits =
                    text.contains("grant_type=refresh_token") && text.contains(&format!("refresh_token=refresh-{refresh}"));
                refresh += 1;
                match fits {
                    true => {
                        format!("{{\"access_token\":\"access-1\",\"expires_in\":121,\"refresh_token\":\"refresh-{refresh}\"}}")
                    }
                    false => "{\"error\":\"invalid_grant\"}".to_owned(),
                }
            } else if text.contains("access-1") {
                "{\"active\":true,\"username\":\"office\"}".to_owned()
            } else {
                "{\"active\":false}".to_owned()
            };
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = client.write_all(answer.as_bytes());
        }
    });
    let file = tempfile::NamedTempFile::new().expect("a file");
    run(Command::new("chmod").arg("644").arg(file.path()));
    let oauth = format!(
        "introspection_url = http://127.0.0.1:{port}/introspect?token=\nintrospection_mode = get\nusername_attribute = username\nactive_attribute = active\nactive_value = true\n"
    );
    std::fs::write(file.path(), oauth).expect("writes");
    let more = format!(
        "auth_mechanisms = xoauth2\npassdb {{\n driver = oauth2\n mechanisms = xoauth2\n args = {}\n}}\n",
        file.path().display()
    );
    let world = World::new(&more);
    world.dovecot.deliver("office", &mail("mlyn@in.example", "1 (483920)", 100));
    let refresh = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(refresh.path(), "refresh-1\n").expect("writes");
    let token_url = format!("http://127.0.0.1:{port}/token");
    let path = refresh.path().to_str().expect("a path");
    let more = ["--security", "plain", "--oauth", &token_url, "--client-id", "postroom", "--refresh-token-file", path];
    world.mailbox("office", world.dovecot.plain, "office", &more);
    world.arrivals(1);
    // Changed settings make a new connection, with the refresh token that the provider gave in place of the first.
    eventually("it to be marked", || (world.dovecot.mails("office", "") == (1, 0)).then_some(()));
    let listed = world.service.cli(&["mailbox", "list"]);
    assert!(!listed.contains("fail"), "{listed}");
}
