//! A plain SMTP client: the demo sends its mails the way a mail server would.

use std::io::{BufRead, BufReader, Error, ErrorKind, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The answer that decided, and to what.
#[derive(Debug)]
pub struct Answer {
    pub code: u16,
    pub text: String,
    pub at_rcpt: bool,
}

/// Sends one mail over a connection of its own.
pub fn send(server: SocketAddr, mail_from: &str, rcpt_to: &[String], raw: &[u8]) -> Result<Answer> {
    let stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut dialogue = Dialogue(BufReader::new(stream));
    dialogue.answer()?;
    dialogue.say("EHLO demo.example")?;
    dialogue.say(&format!("MAIL FROM:<{mail_from}>"))?;
    for recipient in rcpt_to {
        let (code, text) = dialogue.say(&format!("RCPT TO:<{recipient}>"))?;
        if code >= 400 {
            let _ = dialogue.say("QUIT");
            return Ok(Answer { code, text, at_rcpt: true });
        }
    }
    dialogue.say("DATA")?;
    dialogue.0.get_mut().write_all(&stuffed(raw))?;
    let (code, text) = dialogue.answer()?;
    let _ = dialogue.say("QUIT");
    Ok(Answer { code, text, at_rcpt: false })
}

struct Dialogue(BufReader<TcpStream>);

impl Dialogue {
    fn say(&mut self, line: &str) -> Result<(u16, String)> {
        self.0.get_mut().write_all(format!("{line}\r\n").as_bytes())?;
        self.answer()
    }

    fn answer(&mut self) -> Result<(u16, String)> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line)? == 0 {
                return Err(Error::new(ErrorKind::UnexpectedEof, "the mail server hung up"));
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                let code = line.get(..3).and_then(|code| code.parse().ok()).ok_or_else(|| Error::other(line.clone()))?;
                return Ok((code, line.trim_end().get(4..).unwrap_or_default().to_owned()));
            }
        }
    }
}

/// RFC 5321, 4.5.2: a dot before each line that begins with one, and the end of data.
fn stuffed(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + 8);
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}
