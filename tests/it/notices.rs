//! Notices by mail: to proven senders only, threaded, without the PIN, within the day's limit.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::json;

use crate::harness::{Office, Service, free_port};

/// A mail server that takes everything, the null sender included (`mailin` refuses that one), and what it caught.
fn mail_server() -> (u16, Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (caught, mails) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let _ = converse(stream, &caught);
        }
    });
    (port, mails)
}

fn converse(mut stream: TcpStream, caught: &Sender<(String, String)>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    stream.write_all(b"220 catch.example\r\n")?;
    let mut to = String::new();
    while let Some(line) = lines.next() {
        let line = line?;
        match line.get(..4).unwrap_or_default() {
            "MAIL" => assert!(line.starts_with("MAIL FROM:<>"), "a bounce of it goes nowhere: {line}"),
            "RCPT" => to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned(),
            "DATA" => {
                stream.write_all(b"354 go on\r\n")?;
                let text: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").collect();
                let _ = caught.send((to.clone(), text.join("\r\n")));
            }
            "QUIT" => return stream.write_all(b"221 bye\r\n"),
            _ => {}
        }
        stream.write_all(b"250 well\r\n")?;
    }
    Ok(())
}

/// A mail over LMTP, as a server next door hands it on with what it found.
fn lmtp(office: &Office, from: &str, results: &str, subject: &str, extra: &str) {
    let mut stream = TcpStream::connect(office.service.door("lmtp")).expect("a connection");
    let mut replies = BufReader::new(stream.try_clone().expect("a clone"));
    let mut expect = |code: &str| {
        let mut line = String::from("-   -");
        while line.as_bytes().get(3) == Some(&b'-') || line.starts_with('-') {
            line.clear();
            replies.read_line(&mut line).expect("a line");
        }
        assert!(line.starts_with(code), "{line}");
    };
    expect("220");
    for (line, code) in [
        ("LHLO next.door".to_owned(), "250"),
        (format!("MAIL FROM:<{from}>"), "250"),
        ("RCPT TO:<mlyn@post.example>".to_owned(), "250"),
        ("DATA".to_owned(), "354"),
    ] {
        write!(stream, "{line}\r\n").expect("writes");
        expect(code);
    }
    let domain = from.rsplit('@').next().expect("a domain");
    write!(
        stream,
        "Authentication-Results: mx.example; {results} header.from={domain}\r\nFrom: Jan <{from}>\r\nTo: mlyn@post.example\r\n\
         Subject: {subject}\r\nMessage-ID: <{}@{domain}>\r\n{extra}Content-Type: text/plain\r\n\r\nnothing attached\r\n.\r\n",
        subject.len()
    )
    .expect("writes");
    expect("250");
}

#[test]
fn a_held_mail_is_told_of_to_who_is_proven() {
    let (port, mails) = mail_server();
    let (port, door) = (port.to_string(), free_port().to_string());
    let office = Office::on(Service::with(&[
        ("POSTROOM_RELAY__HOST", "127.0.0.1"),
        ("POSTROOM_RELAY__PORT", &port),
        ("POSTROOM_RELAY__ENCRYPTION", "none"),
        ("POSTROOM_RELAY__FROM", "Biuro <biuro@post.example>"),
        ("POSTROOM_LMTP__LISTEN", &door),
        ("POSTROOM_AUTHENTICATION__TRUSTED_SERVERS", "mx.example"),
    ]));
    let path = format!("/v1/companies/{}/notices", office.company("Młyn Łódź"));
    let api = office.api();
    assert_eq!(api.get(&path).expect(200).json()["waiting"], true, "on by default");
    let chosen = json!({"language": "de", "waiting": true, "receipts": "each", "per_day": 2, "tag": "Lipa"});
    api.send("PUT", &path, &[("content-type", "application/json")], chosen.to_string().as_bytes()).expect(200);

    lmtp(&office, "forged@klient.example", "dmarc=fail", "A (111111)", "");
    lmtp(&office, "robot@klient.example", "dmarc=pass", "BB (111111)", "Auto-Submitted: auto-generated\r\n");
    lmtp(&office, "noreply@klient.example", "dmarc=pass", "CCC (111111)", "");
    lmtp(&office, "jan@klient.example", "dmarc=pass", "DDDD (902144)", "");
    let (to, mail) = mails.recv_timeout(Duration::from_secs(60)).expect("a notice");
    let plain = mail.replace("=\r\n", "").replace("=C3=A4", "ä");
    assert_eq!(to, "jan@klient.example");
    assert!(mail.contains("In-Reply-To: <13@klient.example>") && mail.contains("Auto-Submitted: auto-replied"), "{mail}");
    assert!(mail.contains("Subject: [Lipa] Ihre Mail wartet") || mail.contains("Subject: =?utf-8?"), "{mail}");
    assert!(plain.contains("wartet aber bei") && plain.contains("PIN im Betreff ist falsch"), "{plain}");
    assert!(!mail.contains("902144"), "no PIN: {mail}");

    lmtp(&office, "jan@klient.example", "dmarc=pass", "EEEEE (483916)", "");
    let (to, mail) = mails.recv_timeout(Duration::from_secs(60)).expect("a receipt");
    assert_eq!(to, "jan@klient.example");
    let plain = mail.replace("=\r\n", "");
    assert!(plain.contains("war kein Beleg") && !mail.contains("483916"), "{plain}");

    lmtp(&office, "jan@klient.example", "dmarc=pass", "FFFFFF (483916)", "");
    assert!(mails.recv_timeout(Duration::from_secs(6)).is_err(), "two a day");
}
