//! What a mail says beside its papers, and what is set aside and taken after all.

use serde_json::{Value, json};

use crate::harness::{Mail, Office, Service, eventually, invoice, pdf};
use crate::invitation::signed_in;

/// The only arrival with this subject, once it was taken apart.
fn arrival(office: &Office, subject: &str) -> Value {
    eventually(subject, || {
        let log = office.api().get("/v1/submissions").expect(200).json();
        let found =
            log["submissions"].as_array()?.iter().find(|one| one["subject"].as_str().is_some_and(|s| s.contains(subject)))?;
        let path = format!("/v1/submissions/{}", found["id"].as_str()?);
        (found["state"] == "admitted").then(|| office.api().get(&path).expect(200).json())
    })
}

fn picture() -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(700, 640).write_to(&mut out, image::ImageFormat::Png).expect("a picture");
    out.into_inner()
}

#[test]
fn who_wrote_it_and_what_the_client_said() {
    let office = Office::start();
    let mut mail = Mail::new("mlyn@post.example", "Fwd: Faktura (483916)").attach("fv.pdf", "application/pdf", &invoice("U/1"));
    mail.text = "Prywatne, opłacone gotówką.\r\nPIN 483916\r\n\r\n---------- Forwarded message ---------\r\n\
                 Od: Hurtownia Zboża <faktury@hurtownia.example>\r\nDate: pon., 5 paź 2026 o 09:31\r\n\
                 Subject: Faktura U/1\r\nTo: <biuro@klient.example>\r\n\r\nDzień dobry\r\n"
        .to_owned();
    office.send(&mail);
    let found = arrival(&office, "Faktura");
    assert_eq!(found["note"], "Prywatne, opłacone gotówką.\nPIN ••••", "{found:#}");
    assert_eq!(found["original"]["mailbox"], "faktury@hurtownia.example");
    assert_eq!(found["original"]["name"], "Hurtownia Zboża");
    assert_eq!(found["original"]["date"], "pon., 5 paź 2026 o 09:31");
    assert!(!found.to_string().contains("483916"));
}

/// Mails as phones write them: HTML alone, each line a `div`.
#[test]
fn lines_of_html_are_lines() {
    let office = Office::start();
    let outlook = "<div dir=\"auto\">Dla nas</div><div id=\"ms-outlook-mobile-signature\">Pobierz Outlook</div><hr><div id=\"divRplyFwdMsg\">\
                   <font face=\"Calibri\"><b>From:</b> Hurtownia &lt;fv@hurt.example&gt;<br><b>Sent:</b> Saturday, November 21, 2026 10:00:00 AM\
                   <br><b>To:</b> jan@mlyn.example<br><b>Subject:</b> Faktura 7</font><div>&nbsp;</div></div>";
    let samsung = "<div dir=\"auto\">Paliwo</div><div dir=\"auto\"><br></div><div><div>-------- Oryginalna wiadomość --------</div><div>Od: Hurtownia \
                   &lt;fv@hurt.example&gt; </div><div>Data: 21.11.2026  10:00  (GMT+01:00) </div><div>Do: jan@mlyn.example </div><div>Temat: Faktura 7 \
                   </div><div><br></div></div>Dzień dobry";
    for (name, html, note) in [("Outlook", outlook, "Dla nas\nPobierz Outlook"), ("Samsung", samsung, "Paliwo")] {
        let html = format!("<html><body><div>PIN: 483916</div>{html}</body></html>");
        let raw = format!(
            "From: jan@mlyn.example\r\nTo: mlyn@post.example\r\nSubject: Fwd: {name}\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{html}\r\n"
        );
        office.service.smtp().send_raw("jan@mlyn.example", &["mlyn@post.example"], raw.as_bytes());
        let found = arrival(&office, name);
        assert_eq!(found["note"], format!("PIN: ••••\n{note}"), "{found:#}");
        let original = &found["original"];
        assert_eq!((&original["mailbox"], &original["subject"]), (&json!("fv@hurt.example"), &json!("Faktura 7")), "{found:#}");
    }
}

#[test]
fn a_link_is_shown_and_said() {
    let office = Office::start();
    let mut mail = Mail::new("mlyn@post.example", "Rechnung (483916)");
    mail.text = "Ihre Rechnung: https://portal.example/rechnung/7\r\n".to_owned();
    office.send(&mail);
    let found = arrival(&office, "Rechnung");
    assert_eq!((&found["reason"], &found["links"]), (&json!("only_link"), &json!(["https://portal.example/rechnung/7"])));
}

#[test]
fn a_logo_is_set_aside_when_it_came_often_and_taken_after_all() {
    let office = Office::start();
    for number in 0..4 {
        let logo = picture();
        office.send(&Mail::new("mlyn@post.example", &format!("Nr {number} (483916)")).attach("logo.png", "image/png", &logo));
        arrival(&office, &format!("Nr {number}"));
    }
    let last = arrival(&office, "Nr 3");
    let part = last["parts"].as_array().expect("parts").iter().find(|part| part["name"] == "logo.png").expect("the logo");
    assert_eq!((&part["state"], &part["reason"]), (&json!("set_aside"), &json!("seen_often")), "{last:#}");
    assert_eq!(office.documents(3).len(), 3);
    let client = office.service.cli(&["token", "add", "client", "--role", "company_member", "--company", "Młyn Łódź"]);
    let client = office.service.api(client.trim());
    let path = format!("/v1/parts/{}/take", part["id"].as_str().expect("an id"));
    let taken = client.post(&path, &json!(null)).expect(201).json();
    assert_eq!(
        client.get(&format!("/v1/documents/{}", taken["document"].as_str().expect("an id"))).expect(200).json()["name"],
        "logo.png"
    );
    client.post(&path, &json!(null)).expect(409);
    assert_eq!(office.documents(4).len(), 4);
    assert_eq!(arrival(&office, "Nr 3")["reason"], Value::Null);
}

#[test]
fn wrappers_of_mail_programs_give_their_papers() {
    let office = Office::start();
    let seed =
        |name: &str| std::fs::read(format!("{}/../fuzz/seeds/wrapper/{name}", env!("CARGO_MANIFEST_DIR"))).expect("a seed");
    office.send(&Mail::new("mlyn@post.example", "Outlook (483916)").attach(
        "winmail.dat",
        "application/ms-tnef",
        &seed("winmail.dat"),
    ));
    let found = arrival(&office, "Outlook");
    let papers = |found: &Value| -> Vec<String> {
        let parts = found["parts"].as_array().expect("parts");
        parts
            .iter()
            .filter(|part| part["state"] == "document")
            .map(|part| part["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    assert_eq!(papers(&found), ["Faktura żółta.pdf", "druga.pdf"]);
    office.send(&Mail::new("mlyn@post.example", "Saved (483916)").attach(
        "m.msg",
        "application/octet-stream",
        &seed("outlook.msg"),
    ));
    assert_eq!(papers(&arrival(&office, "Saved")), ["eins.pdf", "zwei.pdf"]);
    office.send(&Mail::new("mlyn@post.example", "Locked (483916)").attach(
        "x.p7m",
        "application/pkcs7-mime",
        &seed("encrypted.p7m"),
    ));
    let locked = arrival(&office, "Locked");
    assert!(locked["parts"].as_array().expect("parts").iter().any(|part| part["reason"] == "encrypted_mail"), "{locked:#}");
}

#[test]
fn a_company_over_its_quota_is_put_off() {
    use std::io::{BufRead, BufReader, Write};
    let office = Office::on(Service::with(&[("POSTROOM_SMTP__COMPANY_MEGABYTES", "1")]));
    let mut paper = pdf(&["FV 1/2026"]);
    paper.resize(1_100_000, b'\n');
    let file = office.service.folder().join("quota.pdf");
    std::fs::write(&file, &paper).expect("writes");
    office.service.cli(&["import", file.to_str().expect("a plain path"), "--company", "Młyn Łódź"]);
    let mut stream = std::net::TcpStream::connect(office.service.smtp_address().expect("a door")).expect("a connection");
    stream.write_all(b"EHLO x.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<mlyn@post.example>\r\nQUIT\r\n").expect("writes");
    let replies: Vec<String> = BufReader::new(stream).lines().map_while(Result::ok).collect();
    assert!(replies.iter().any(|line| line.starts_with("452 4.2.2 The space of this mailbox")), "{replies:?}");
}

/// A mail that waits is taken out byte for byte, by those who may see the PIN that stands in it; the audit says who did.
#[test]
fn a_mail_is_taken_out_as_it_came() {
    let office = Office::start();
    for (who, role) in [("ola", "bookkeeper"), ("rita", "read_only")] {
        office.service.cli_with(&["user", "add", &format!("{who}@lipa.example"), "--role", role], "a sentence of mine\n");
    }
    let sent = Mail::new("mlyn@post.example", "Faktura z Łodzi").attach("fv.pdf", "application/pdf", &invoice("O/1")).message();
    let reply = office.service.smtp().send_raw("biuro@klient.example", &["mlyn@post.example"], &sent);
    assert!(reply.starts_with("250"), "{reply}");
    let id = eventually("a held mail", || {
        let list = office.api().get("/v1/held").expect(200).json();
        list["submissions"][0]["id"].as_str().map(str::to_owned)
    });
    let nobody = office.service.api("");
    let path = format!("/v1/submissions/{id}/raw");
    for (who, may) in [("ola", true), ("rita", false)] {
        let cookie = signed_in(&nobody, &format!("email={who}%40lipa.example&password=a+sentence+of+mine"));
        let get = |path: &str| nobody.send("GET", path, &[("cookie", &cookie)], &[]);
        for page in ["/held", "/mail"] {
            assert_eq!(get(page).expect(200).text().contains(&path), may, "{who} {page}");
        }
        let got = get(&path).expect(if may { 200 } else { 403 });
        if !may {
            continue;
        }
        assert!(got.body == sent, "byte for byte");
        assert_eq!(got.header("content-type"), "message/rfc822");
        let name = got.header("content-disposition");
        assert!(name.starts_with("attachment; ") && name.contains(".eml"), "{name}");
        assert!(get("/audit").expect(200).text().contains("Pobrano wiadomość jako plik"));
    }
}
