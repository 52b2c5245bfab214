//! An invitation from the page to the mail to the first sign-in. An independent server (the state
//! machine of `mailin`) catches the mail.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use mailin::{Action, Handler, Response, SessionBuilder, response};

use crate::harness::{Api, Office, Service};

/// Keeps what is sent to it.
#[derive(Clone)]
struct Catch {
    to: String,
    text: Vec<u8>,
    caught: Sender<(String, String)>,
}

impl Handler for Catch {
    fn rcpt(&mut self, to: &str) -> Response {
        if to.starts_with("gone@") {
            return response::NO_MAILBOX;
        }
        to.clone_into(&mut self.to);
        response::OK
    }

    fn data(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.text.extend_from_slice(bytes);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.text)).into_owned();
        let _ = self.caught.send((std::mem::take(&mut self.to), text));
        response::OK
    }
}

/// A mail server on a port of its own, and what it caught. It knows no mailbox called gone.
pub fn mail_server() -> (u16, Receiver<(String, String)>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (caught, mails) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let catch = Catch { to: String::new(), text: vec![], caught: caught.clone() };
            let _ = converse(stream, catch);
        }
    });
    (port, mails)
}

/// One connection: a line in, an answer out.
fn converse(stream: TcpStream, catch: Catch) -> std::io::Result<()> {
    let mut session = SessionBuilder::new("catch.example").build(stream.peer_addr()?.ip(), catch);
    let (mut reader, mut writer) = (BufReader::new(stream.try_clone()?), stream);
    session.greeting().write_to(&mut writer)?;
    let mut line = vec![];
    while reader.read_until(b'\n', &mut line)? > 0 {
        let answer = session.process(&line);
        line.clear();
        match answer.action {
            Action::NoReply => continue,
            _ => answer.write_to(&mut writer)?,
        }
        if matches!(answer.action, Action::Close) {
            break;
        }
    }
    Ok(())
}

pub const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
pub const OURS: (&str, &str) = ("sec-fetch-site", "same-origin");

/// Settings of a service that sends through that server.
pub fn relay(port: &str) -> [(&str, &str); 5] {
    [
        ("POSTROOM_RELAY__HOST", "127.0.0.1"),
        ("POSTROOM_RELAY__PORT", port),
        ("POSTROOM_RELAY__ENCRYPTION", "none"),
        ("POSTROOM_RELAY__FROM", "Biuro <biuro@post.example>"),
        ("POSTROOM_HTTP__PUBLIC_URL", "https://post.example"),
    ]
}

/// The text of a mail as a person reads it.
pub fn plain(mail: &str) -> String {
    let text = mail.replace("=\r\n", "");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        match (first, hex) {
            (b'=', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub fn signed_in(nobody: &Api, body: &str) -> String {
    let reply = nobody.send("POST", "/sign-in", &[FORM, OURS], body.as_bytes()).expect(303);
    reply.header("set-cookie").split(';').next().expect("a pair").to_owned()
}

#[test]
fn an_invitation_is_mailed_and_leads_in_once() {
    let (port, mails) = mail_server();
    let port = port.to_string();
    let office = Office::on(Service::with(&relay(&port)));
    office.service.cli_with(&["user", "add", "anna@lipa.example", "--name", "Anna", "--role", "owner"], "long enough now\n");
    let nobody = office.service.api("");
    let anna = signed_in(&nobody, "email=anna%40lipa.example&password=long+enough+now");
    let body = "email=ewa%40lipa.example&name=Ewa&role=bookkeeper&company=";
    nobody.send("POST", "/people/invite", &[FORM, OURS, ("cookie", &anna)], body.as_bytes()).expect(303);
    let (to, mail) = mails.recv_timeout(Duration::from_secs(30)).expect("a mail");
    assert_eq!(to, "ewa@lipa.example");
    assert!(mail.contains("Auto-Submitted: auto-generated"), "{mail}");
    let plain = plain(&mail);
    let link = plain.split_once("https://post.example").expect("a link").1;
    let path = link.split_whitespace().next().expect("a path").to_owned();
    assert!(path.starts_with("/invitation/"), "{path}");

    nobody.get(&path).expect(200);
    let accept = |password: &str| nobody.send("POST", &path, &[FORM, OURS], format!("password={password}").as_bytes());
    assert_eq!(accept("short").status, 422);
    assert_eq!(accept("passwordpassword").status, 422, "a common one");
    let cookie = accept("a+sentence+of+mine").expect(303);
    let cookie = cookie.header("set-cookie").split(';').next().expect("a pair").to_owned();
    nobody.send("GET", "/", &[("cookie", &cookie)], &[]).expect(200);
    assert_eq!(accept("another+sentence").status, 404, "it works once");
    assert_eq!(nobody.get(&path).status, 404);
    signed_in(&nobody, "email=ewa%40lipa.example&password=a+sentence+of+mine");
    // A bookkeeper invites nobody.
    assert_eq!(nobody.send("POST", "/people/invite", &[FORM, OURS, ("cookie", &cookie)], body.as_bytes()).status, 403);
}

#[test]
fn a_place_is_taken_by_who_signs_in_and_not_by_who_has_the_address() {
    // Without a mail server links are shown to whoever invites: a client makes an account of somebody else's address.
    let office = Office::on(Service::with(&[]));
    office.service.cli_with(&["user", "add", "anna@lipa.example", "--role", "owner"], "long enough now\n");
    let client = ["user", "add", "jan@mlyn.example", "--role", "company_admin", "--company", "Młyn Łódź"];
    office.service.cli_with(&client, "long enough too\n");
    let nobody = office.service.api("");
    let invite = |email: &str, password: &str, body: &str| {
        let cookie = signed_in(&nobody, &format!("email={email}&password={password}"));
        let page = nobody.send("POST", "/people/invite", &[FORM, OURS, ("cookie", &cookie)], body.as_bytes()).expect(200).text();
        let rest = page.split_once("/invitation/").expect("a link").1;
        format!(
            "/invitation/{}",
            rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').next().expect("a secret")
        )
    };
    let company = office.company("Młyn Łódź");
    let body = format!("email=ewa%40lipa.example&name=Ewa&role=company_member&company={company}");
    let path = invite("jan%40mlyn.example", "long+enough+too", &body);
    nobody.send("POST", &path, &[FORM, OURS], b"password=known+to+jan+alone").expect(303);

    // Then the office gives Ewa a place: it waits for whoever signs in as her.
    let body = "email=ewa%40lipa.example&name=Ewa&role=bookkeeper&company=";
    let path = invite("anna%40lipa.example", "long+enough+now", body);
    let page = nobody.get(&path).expect(200).text();
    assert!(page.contains(&format!("/sign-in?next={path}")) && !page.contains(">Accept</button>"), "{page}");
    let anna = signed_in(&nobody, "email=anna%40lipa.example&password=long+enough+now");
    for cookie in ["", anna.as_str()] {
        let sent = nobody.send("POST", &path, &[FORM, OURS, ("cookie", cookie)], b"").expect(303);
        assert_eq!(sent.header("location"), format!("/sign-in?next={path}"));
    }
    let people = office.service.cli(&["user", "list"]);
    assert!(!people.contains("bookkeeper"), "{people}");
    let ewa = signed_in(&nobody, "email=ewa%40lipa.example&password=known+to+jan+alone");
    assert!(nobody.send("GET", &path, &[("cookie", &ewa)], &[]).expect(200).text().contains(">Accept</button>"));
    nobody.send("POST", &path, &[FORM, OURS, ("cookie", &ewa)], b"").expect(303);
    assert!(office.service.cli(&["user", "list"]).contains("bookkeeper"));
}
