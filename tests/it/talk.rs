//! Talk about a document: asked on a page, told by mail, answered by mail.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Mail, Office, Service, eventually, invoice};
use crate::invitation::{FORM, OURS, mail_server, signed_in};

/// A header of a caught mail.
fn header(mail: &str, name: &str) -> String {
    let head = mail.split_once("\r\n\r\n").expect("an empty line").0.replace("\r\n ", " ");
    let line = head.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name}: {head}"));
    line[name.len()..].trim().to_owned()
}

#[test]
fn a_question_is_answered_by_mail() {
    let (port, mails) = mail_server();
    let port = port.to_string();
    let office = Office::on(Service::with(&[
        ("POSTROOM_RELAY__HOST", "127.0.0.1"),
        ("POSTROOM_RELAY__PORT", &port),
        ("POSTROOM_RELAY__ENCRYPTION", "none"),
        ("POSTROOM_RELAY__FROM", "Biuro <biuro@post.example>"),
        ("POSTROOM_HTTP__PUBLIC_URL", "https://post.example"),
    ]));
    office.service.cli_with(&["user", "add", "anna@lipa.example", "--name", "Anna", "--role", "owner"], "long enough now\n");
    let client = ["user", "add", "jan@mlyn.example", "--name", "Jan", "--role", "company_admin", "--company", "Młyn Łódź"];
    office.service.cli_with(&client, "long enough now\n");
    let id = office.upload("Młyn Łódź", "fv.pdf", "application/pdf", &invoice("T/1"));
    let nobody = office.service.api("");
    let anna = signed_in(&nobody, "email=anna%40lipa.example&password=long+enough+now");
    let asked = b"content=What+is+this+for%3F&question=1";
    nobody.send("POST", &format!("/documents/{id}/comment"), &[FORM, OURS, ("cookie", &anna)], asked).expect(303);

    let (to, mail) = mails.recv_timeout(Duration::from_secs(30)).expect("a mail");
    assert_eq!(to, "jan@mlyn.example");
    assert!(mail.contains("What is this for?") && mail.contains("post.example/documents/"), "{mail}");
    let reply_to = header(&mail, "Reply-To:");
    assert!(reply_to.starts_with("mlyn+re-") && reply_to.ends_with("@post.example"), "{reply_to}");

    // A guess at the secret is held like any mail without a PIN.
    let guess = Mail::new("mlyn+re-0123456789abcdef0123@post.example", "Re: x").text("let me in");
    office.send(&guess);
    eventually("the guess is held", || {
        let held = office.api().get("/v1/held").expect(200).json();
        (held["submissions"].as_array().map(Vec::len) == Some(1)).then_some(())
    });

    let answer = Mail::new(&reply_to, "Re: Question")
        .from("jan@mlyn.example")
        .text("For the mill.\r\nSee the order.\r\n\r\nOn Monday Anna wrote:\r\n> What is this for?\r\n")
        .attach("order.pdf", "application/pdf", &invoice("T/2"));
    office.send(&answer);
    let talk = eventually("the answer", || {
        let talk = office.api().get(&format!("/v1/documents/{id}/comments")).expect(200).json();
        (talk["comments"].as_array().map(Vec::len) == Some(2)).then_some(talk)
    });
    let said = &talk["comments"][1];
    assert_eq!((said["author"].as_str(), said["side"].as_str()), (Some("Jan"), Some("company")), "{talk}");
    assert_eq!(said["content"], "For the mill.\nSee the order.", "{talk}");
    assert!(talk["comments"][0]["answered_at"].is_string(), "{talk}");
    office.documents(2);
    let log = office.api().get("/v1/submissions").expect(200).text();
    let secret = reply_to.split(['+', '@']).nth(1).expect("a secret");
    assert!(!log.contains(secret), "the secret is in no answer: {log}");
    let (to, mail) = mails.recv_timeout(Duration::from_secs(30)).expect("a mail to the office");
    assert_eq!(to, "anna@lipa.example");
    assert!(mail.contains("For the mill."), "{mail}");

    // Over the API the same.
    let new: Value = json!({"content": "Thank you."});
    office.api().post(&format!("/v1/documents/{id}/comments"), &new).expect(201);
    assert_eq!(mails.recv_timeout(Duration::from_secs(30)).expect("a mail").0, "jan@mlyn.example");

    // Who has no place any more answers nothing: the mail is one like any other, with all that it brings, and the secret stays one.
    office.service.cli(&["user", "remove", "jan@mlyn.example"]);
    office.send(&Mail::new(&reply_to, "Re: Question").from("jan@mlyn.example").text("me again").attach(
        "late.pdf",
        "application/pdf",
        &invoice("T/3"),
    ));
    let held = eventually("it is held", || {
        let held = office.api().get("/v1/held").expect(200);
        (held.json()["submissions"].as_array().map(Vec::len) == Some(2)).then(|| held.text())
    });
    for secret in [secret, "0123456789abcdef0123"] {
        assert!(!held.contains(secret), "{held}");
    }
}
