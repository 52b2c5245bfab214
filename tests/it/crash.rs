//! 250 means kept (invariant 1): the service is killed at its first write to the disk, at its second, its third, … until it gets
//! through untouched. Each time a sender keeps a ledger of the answers, and sends again what was not answered.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::harness::{Api, Mail, Service, eventually};

const MAILS: usize = 4;

/// What one sender knows: each mail, and whether it was answered 250.
struct Ledger {
    mails: Vec<(Vec<u8>, Vec<u8>)>,
    answered: Vec<bool>,
}

#[test]
fn killed_at_any_write_nothing_answered_is_lost_or_doubled() {
    let (prepared, token) = prepared();
    let every = if std::env::var_os("POSTROOM_TORTURE").is_some() { 1.0 } else { 1.25 };
    let mut at = 1.0_f64;
    loop {
        let n = at as u32;
        let survived = killed_at(&prepared, &token, n);
        if survived {
            assert!(n > 20, "only {n} writes: nothing was killed");
            return;
        }
        at = (at * every).max(at + 1.0);
    }
}

/// A folder with an office, and a token to look at it.
fn prepared() -> (Service, String) {
    let service = Service::start();
    service.cli(&["office", "add", "Biuro"]);
    service.cli(&["company", "add", "Młyn", "--address", "mlyn@in.example", "--pin", "483920"]);
    let token = service.cli(&["token", "add", "ledger", "--role", "owner"]);
    (service, token.trim().to_owned())
}

/// One life, one death, one recovery; true if there was no death.
fn killed_at(prepared: &Service, token: &str, n: u32) -> bool {
    let inject = format!("inject=fdatasync,fsync,pwrite64,rename,renameat,link,linkat:signal=SIGKILL:when={n}");
    let strace = [
        "strace",
        "-D",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=fdatasync,fsync,pwrite64,rename,renameat,link,linkat",
        "-e",
    ];
    let wrapper: Vec<&str> = strace.iter().copied().chain([inject.as_str()]).collect();
    let mut service = prepared.copy_under(&wrapper);
    let mut ledger = ledger();
    if let Some(smtp) = service.smtp_address() {
        for (place, (message, _)) in ledger.mails.iter().enumerate() {
            ledger.answered[place] = deliver(smtp, message).unwrap_or(false);
        }
    }
    let survived = settles_or_dies(&mut service, token);
    service.kill_and_restart();
    let kept = settled(&service.api(token));
    for (place, (message, _)) in ledger.mails.iter().enumerate() {
        let times = kept.iter().filter(|arrival| is(arrival, place)).count();
        assert!(times <= 1, "killed at write {n}: mail {place} is kept {times} times");
        assert!(times == 1 || !ledger.answered[place], "killed at write {n}: mail {place} was answered 250 and is lost");
        if !ledger.answered[place] {
            // A sender without an answer tries again.
            let smtp = service.smtp_address().expect("mail is taken");
            assert!(deliver(smtp, message).expect("a dialogue"), "the retry is taken");
        }
    }
    check(&service.api(token), &ledger, n);
    survived
}

fn ledger() -> Ledger {
    let mail = |place: usize| {
        let paper = format!("%PDF-1.4\n% paper {place}\n{}", "x".repeat(400 * (place + 1))).into_bytes();
        let mut mail = Mail::new("mlyn@in.example", &format!("Faktura {place} (483920)"));
        mail.text = format!("mail {place}\r\n");
        (mail.attach("f.pdf", "application/pdf", &paper).message(), paper)
    };
    Ledger { mails: (0..MAILS).map(mail).collect(), answered: vec![false; MAILS] }
}

fn is(arrival: &Value, place: usize) -> bool {
    arrival["subject"].as_str().is_some_and(|subject| subject.contains(&format!("Faktura {place} ")))
}

/// Everything is there once, and each attachment is what was sent.
fn check(api: &Api, ledger: &Ledger, n: u32) {
    let arrivals = settled(api);
    assert_eq!(arrivals.len(), MAILS, "killed at write {n}");
    for arrival in &arrivals {
        let place = (0..MAILS).find(|place| is(arrival, *place)).expect("one of ours");
        let id = arrival["id"].as_str().expect("an id");
        let documents = api.get(&format!("/v1/documents?submission={id}")).expect(200).json();
        let documents = documents["documents"].as_array().expect("documents");
        assert_eq!(documents.len(), 1, "killed at write {n}: mail {place} made {} documents", documents.len());
        let original = api.get(&format!("/v1/documents/{}/original", documents[0]["id"].as_str().expect("an id"))).expect(200);
        assert_eq!(Sha256::digest(&original.body), Sha256::digest(&ledger.mails[place].1), "killed at write {n}: mail {place}");
    }
}

/// All arrivals, once each was taken apart.
fn settled(api: &Api) -> Vec<Value> {
    eventually("every arrival to be taken apart", || {
        let log = api.get("/v1/submissions?limit=200").expect(200).json();
        let arrivals = log["submissions"].as_array()?.clone();
        arrivals.iter().all(|arrival| arrival["state"] == "admitted").then_some(arrivals)
    })
}

/// True if the service is done with everything and lives.
fn settles_or_dies(service: &mut Service, token: &str) -> bool {
    let api = service.api(token);
    eventually("the service to finish or to die", || {
        if service.is_dead() {
            return Some(false);
        }
        let log = api.try_get("/v1/submissions?limit=200")?;
        let arrivals = log["submissions"].as_array()?;
        let quiet = arrivals.len() == MAILS && arrivals.iter().all(|arrival| arrival["state"] == "admitted");
        quiet.then(|| std::thread::sleep(Duration::from_millis(300))).map(|()| !service.is_dead())
    })
}

/// One mail over a connection of its own; an error where the server went away.
fn deliver(server: SocketAddr, message: &[u8]) -> std::io::Result<bool> {
    let mut stream = BufReader::new(TcpStream::connect(server)?);
    stream.get_ref().set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut code = answer(&mut stream)?;
    for command in ["HELO sender.example", "MAIL FROM:<a@sender.example>", "RCPT TO:<mlyn@in.example>", "DATA"] {
        stream.get_mut().write_all(format!("{command}\r\n").as_bytes())?;
        code = answer(&mut stream)?;
    }
    assert_eq!(code, "354");
    stream.get_mut().write_all(message)?;
    stream.get_mut().write_all(b"\r\n.\r\n")?;
    Ok(answer(&mut stream)? == "250")
}

fn answer(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut line = String::new();
    while stream.read_line(&mut line)? > 0 {
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(line.get(..3).unwrap_or_default().to_owned());
        }
        line.clear();
    }
    Err(std::io::ErrorKind::UnexpectedEof.into())
}
