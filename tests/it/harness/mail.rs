//! Mail as clients send it: built by lettre, sent by hand over SMTP so that each answer can be looked at.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Attachment, MultiPart, SinglePart};

/// A mail to be sent.
pub struct Mail {
    /// Reverse path and From.
    pub from: String,
    /// Forward path and To.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub text: String,
    /// Attachments: name, media type, bytes.
    pub attachments: Vec<(String, String, Vec<u8>)>,
}

impl Mail {
    /// A mail with one line of text.
    pub fn new(to: &str, subject: &str) -> Mail {
        Mail {
            from: "biuro@klient.example".to_owned(),
            to: to.to_owned(),
            subject: subject.to_owned(),
            text: "W załączeniu.\r\n".to_owned(),
            attachments: Vec::new(),
        }
    }

    /// The same with another text.
    pub fn text(mut self, text: &str) -> Mail {
        text.clone_into(&mut self.text);
        self
    }

    /// The same by somebody else.
    pub fn from(mut self, from: &str) -> Mail {
        from.clone_into(&mut self.from);
        self
    }

    /// The same with an attachment.
    pub fn attach(mut self, name: &str, media_type: &str, bytes: &[u8]) -> Mail {
        self.attachments.push((name.to_owned(), media_type.to_owned(), bytes.to_vec()));
        self
    }

    /// The message as it goes over the wire.
    pub fn message(&self) -> Vec<u8> {
        let mut parts = MultiPart::mixed().singlepart(SinglePart::plain(self.text.clone()));
        for (name, media_type, bytes) in &self.attachments {
            let kind = ContentType::parse(media_type).expect("a media type");
            parts = parts.singlepart(Attachment::new(name.clone()).body(bytes.clone(), kind));
        }
        lettre::Message::builder()
            .from(self.from.parse().expect("an address"))
            .to(self.to.parse().expect("an address"))
            .subject(self.subject.clone())
            .multipart(parts)
            .expect("a message")
            .formatted()
    }
}

/// One SMTP connection.
pub struct SmtpClient {
    stream: BufReader<TcpStream>,
}

impl SmtpClient {
    /// Connects and greets.
    pub fn connect(address: SocketAddr) -> SmtpClient {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        let mut client = SmtpClient { stream: BufReader::new(stream) };
        client.expect_code("220");
        assert!(client.command("EHLO client.example").starts_with("250"));
        client
    }

    /// Sends one command line, answers the reply.
    pub fn command(&mut self, line: &str) -> String {
        self.stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).expect("writes");
        self.reply()
    }

    /// Sends a mail; answers the last reply, or the first that refuses.
    pub fn send(&mut self, mail: &Mail) -> String {
        self.send_raw(&mail.from, &[&mail.to], &mail.message())
    }

    /// Sends bytes as a message.
    pub fn send_raw(&mut self, reverse_path: &str, forward_paths: &[&str], message: &[u8]) -> String {
        let mut commands = vec![format!("MAIL FROM:<{reverse_path}>")];
        commands.extend(forward_paths.iter().map(|path| format!("RCPT TO:<{path}>")));
        commands.push("DATA".to_owned());
        for command in commands {
            let reply = self.command(&command);
            if !reply.starts_with(['2', '3']) {
                self.command("RSET");
                return reply;
            }
        }
        let mut wire = Vec::with_capacity(message.len() + 64);
        for line in message.split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(b".") {
                wire.push(b'.');
            }
            wire.extend_from_slice(line);
        }
        if !wire.ends_with(b"\r\n") {
            wire.extend_from_slice(b"\r\n");
        }
        wire.extend_from_slice(b".\r\n");
        self.stream.get_mut().write_all(&wire).expect("writes");
        self.reply()
    }

    fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let start = reply.len();
            let read = self.stream.read_line(&mut reply).expect("a reply");
            assert!(read > 0, "the server hung up after: {reply}");
            if reply.as_bytes().get(start + 3) != Some(&b'-') {
                return reply;
            }
        }
    }

    fn expect_code(&mut self, code: &str) {
        let reply = self.reply();
        assert!(reply.starts_with(code), "{reply}");
    }
}
