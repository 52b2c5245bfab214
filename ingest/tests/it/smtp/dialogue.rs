//! The dialogue as RFC 5321 and its extensions have it.

use super::world::{GOOD, World};

#[tokio::test]
async fn commands_are_answered_as_the_rfc_says() {
    let world = World::new().await;
    let mut client = world.client().await;
    for (line, code) in [
        ("MAIL FROM:<a@b.example>", "503 5.5.1"),
        ("RCPT TO:<mlyn@in.example>", "503 5.5.1"),
        ("EHLO", "501 5.5.4"),
        ("HELO client.example", "250 mx.in.example"),
        (
            "EHLO client.example",
            "250-mx.in.example greets you\n250-PIPELINING\n250-SIZE 26214400\n250-8BITMIME\n250-SMTPUTF8\n250-CHUNKING\n250-ENHANCEDSTATUSCODES\n250 HELP",
        ),
        ("ehlo client.example", "250-"),
        ("NOOP", "250 2.0.0"),
        ("NOOP anything", "250 2.0.0"),
        ("HELP", "214 2.0.0"),
        ("HELP MAIL", "214 2.0.0"),
        ("VRFY mlyn", "252 2.1.5"),
        ("EXPN all", "502 5.5.1"),
        ("STARTTLS", "502 5.5.1"),
        ("AUTH PLAIN", "502 5.5.1"),
        ("BOGUS", "500 5.5.2"),
        ("DATA", "503 5.5.1"),
        ("RSET", "250 2.0.0"),
        ("RSET ", "250 2.0.0"),
        ("RSET now", "501 5.5.4"),
        ("MAIL FROM: <a@b.example>", "250 2.1.0"),
        ("MAIL FROM:<a@b.example>", "503 5.5.1"),
        ("RSET", "250"),
        ("MAIL FROM:<a@b.example> BODY=8BITMIME SIZE=100 SMTPUTF8", "250 2.1.0"),
        ("RCPT TO:<mlyn@in.example> NOTIFY=NEVER", "250 2.1.5"),
        ("RCPT TO:<\"mlyn\"@in.example>", "250 2.1.5"),
        ("RCPT TO:<MLYN+fk@IN.example>", "250 2.1.5"),
        ("RCPT TO:<nobody@in.example>", "550 5.1.1"),
        ("RCPT TO:<mlyn@elsewhere.example>", "550 5.1.1"),
        ("RCPT TO:<postmaster>", "550 5.1.1"),
        ("RCPT TO:<>", "501 5.1.3"),
        ("QUIT", "221 2.0.0"),
    ] {
        client.expect(line, code).await;
    }
    assert_eq!(client.reply().await, "");
}

#[tokio::test]
async fn a_mail_with_only_unknown_recipients_has_no_data() {
    let world = World::new().await;
    let mut client = world.greeted().await;
    client.expect("MAIL FROM:<a@b.example>", "250").await;
    client.expect("RCPT TO:<nobody@in.example>", "550 5.1.1").await;
    client.expect("DATA", "554 5.5.1").await;
    client.expect("RCPT TO:<mlyn@in.example>", "250").await;
    client.expect("DATA", "354").await;
}

#[tokio::test]
async fn pipelined_commands_are_answered_in_order() {
    let world = World::new().await;
    let mut client = world.greeted().await;
    client.send(format!("MAIL FROM:<a@b.example>\r\nRCPT TO:<mlyn@in.example>\r\nRCPT TO:<nobody@in.example>\r\nDATA\r\n{GOOD}.\r\nMAIL FROM:<>\r\nRSET\r\nQUIT\r\n")).await;
    let codes: Vec<String> = client.rest().await.iter().map(|reply| reply[..3].to_owned()).collect();
    assert_eq!(codes, ["250", "250", "550", "354", "250", "250", "250", "221"]);
    assert_eq!(world.log().await[0].raw.as_deref(), Some(GOOD.as_bytes()));
}

#[tokio::test]
async fn bytes_are_kept_as_they_were_sent() {
    let world = World::new().await;
    let mut client = world.greeted().await;
    client.begin(&["mlyn@in.example"]).await;
    let head = b"Subject: (483920)\r\n\r\n";
    let sent = [&head[..], b"..dot\r\n...\r\n\0\x80\xff \t\r\n\r\n\r\nend.\r\n.\r\n"].concat();
    client.send(&sent).await;
    assert!(client.reply().await.starts_with("250 2.0.0 kept as "));
    let want = [&head[..], b".dot\r\n..\r\n\0\x80\xff \t\r\n\r\n\r\nend.\r\n"].concat();
    assert_eq!(world.log().await[0].raw.as_deref(), Some(&want[..]));
}

#[tokio::test]
async fn an_empty_mail_is_a_mail() {
    let world = World::new().await;
    let mut client = world.greeted().await;
    client.begin(&["mlyn@in.example"]).await;
    client.expect(".", "250 2.0.0").await;
    client.expect("NOOP", "250").await;
    assert_eq!(world.log().await[0].reason.as_deref(), Some("no_pin"));
}

#[tokio::test]
async fn chunks_make_the_same_mail() {
    let world = World::new().await;
    let mut client = world.greeted().await;
    client.expect("MAIL FROM:<a@b.example>", "250").await;
    client.expect("RCPT TO:<mlyn@in.example>", "250").await;
    let (one, two) = GOOD.split_at(40);
    client.send(format!("BDAT {}\r\n{one}BDAT {} LAST\r\n{two}", one.len(), two.len())).await;
    assert_eq!(client.reply().await, "250 2.0.0 chunk ok");
    assert!(client.reply().await.starts_with("250 2.0.0 kept as"));
    assert_eq!(world.log().await[0].raw.as_deref(), Some(GOOD.as_bytes()));
    // Unwanted chunks are read over; a chunk that hides a bare line end closes.
    client.send("BDAT 7 LAST\r\nNOOP\r\nxNOOP\r\n").await;
    assert!(client.reply().await.starts_with("503 5.5.1"));
    assert!(client.reply().await.starts_with("250 2.0.0"));
    client.expect("MAIL FROM:<a@b.example>", "250").await;
    client.expect("RCPT TO:<mlyn@in.example>", "250").await;
    client.send("BDAT 4\r\na\r\nbDATA\r\n").await;
    assert_eq!(client.reply().await, "250 2.0.0 chunk ok");
    assert!(client.reply().await.starts_with("503 5.5.1"), "DATA within chunks");
    client.send("BDAT 3 LAST\r\na\nb").await;
    assert!(client.reply().await.starts_with("550 5.5.2"));
    assert_eq!(client.reply().await, "");
    assert_eq!(world.log().await.len(), 1);
}

#[tokio::test]
async fn a_long_mail_goes_through_the_spool() {
    let world = World::new().await;
    let mut client = world.greeted().await;
    let mail = format!("{GOOD}{}", "0123456789abcdef0123456789abcdef0123456789abcdef\r\n".repeat(60_000));
    assert!(client.mail(&["mlyn@in.example"], &mail).await.starts_with("250 2.0.0"));
    assert!(client.mail(&["mlyn@in.example"], GOOD).await.starts_with("250 2.0.0"));
    let log = world.log().await;
    assert!(log[0].raw.as_deref() == Some(mail.as_bytes()));
    assert_eq!(log[1].raw.as_deref(), Some(GOOD.as_bytes()));
}
