//! The commands, each parsed by `smtp-proto`.

use std::borrow::Cow;

use smtp_proto::{Error, MAIL_BODY_BINARYMIME, MAIL_REQUIRETLS, MAIL_SMTPUTF8, MailFrom, RcptTo, Request};

use super::door::{Door, Encryption};
use super::reply::Reply;
use super::session::{Origin, Session, Step, Transaction, out_of_order, too_large};

/// Commands of other protocols that web pages can be made to send to us; a dialogue with them is never a mail's.
const FOREIGN: [&[u8]; 3] = [b"GET ", b"POST ", b"CONNECT "];

impl<T> Session<T> {
    /// Answers one command line, CRLF included.
    pub(super) fn command(&mut self, line: &[u8]) -> Step<T> {
        let text = line.strip_suffix(b"\r\n").unwrap_or(line);
        if FOREIGN.iter().any(|verb| text.len() >= verb.len() && text[..verb.len()].eq_ignore_ascii_case(verb)) {
            return Step::Close(Reply::new(421, "4.7.0", "this is a mail server"));
        }
        if text.iter().any(|byte| *byte < b' ' || *byte == 0x7f) || str::from_utf8(text).is_err() {
            return self.say(Reply::new(500, "5.5.2", "control characters or broken UTF-8 in a command"));
        }
        if self.facing.door == Door::Lmtp && text.len() > 9 && text[..9].eq_ignore_ascii_case(b"XFORWARD ") {
            return self.forwarded(&text[9..]);
        }
        match Request::parse(&mut line.iter()) {
            Ok(request) => self.request(request, text),
            Err(error) => self.syntax(&error),
        }
    }

    fn request(&mut self, request: Request<Cow<'_, str>>, line: &[u8]) -> Step<T> {
        let alone = line.trim_ascii_end().len() == 4;
        match request {
            Request::Lhlo { host } if self.facing.door == Door::Lmtp => self.ehlo(&host),
            Request::Ehlo { .. } | Request::Helo { .. } | Request::Lhlo { .. } if self.facing.door == Door::Lmtp => {
                self.say(Reply::new(500, "5.5.1", "this is LMTP: say LHLO"))
            }
            Request::Ehlo { host } => self.ehlo(&host),
            Request::Helo { host } => self.helo(&host),
            Request::StartTls if !alone_as(line, "STARTTLS") => {
                self.say(Reply::new(501, "5.5.4", "this command takes no parameters"))
            }
            Request::StartTls if self.facing.encryption == Encryption::Offered => {
                Step::StartTls(Reply::new(220, "2.0.0", "begin TLS"))
            }
            Request::StartTls if self.facing.encryption == Encryption::On => self.say(out_of_order("encryption is on")),
            Request::Auth { mechanism, initial_response } => self.begin_auth(mechanism, &initial_response),
            Request::Mail { from } => self.mail(&from, line),
            Request::Rcpt { to } => self.rcpt(&to, line),
            Request::Data | Request::Rset | Request::Quit if !alone => {
                self.say(Reply::new(501, "5.5.4", "this command takes no parameters"))
            }
            Request::Data => self.begin_data(),
            Request::Bdat { chunk_size, is_last } => self.begin_chunk(chunk_size as u64, is_last),
            Request::Rset => {
                self.reset();
                self.idle_talk(Reply::new(250, "2.0.0", "forgotten"))
            }
            Request::Noop { .. } => self.idle_talk(Reply::new(250, "2.0.0", "ok")),
            Request::Vrfy { .. } => self.idle_talk(Reply::new(252, "2.1.5", "send a mail to find out")),
            Request::Help { .. } => {
                self.idle_talk(Reply::new(214, "2.0.0", "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT"))
            }
            Request::Quit => Step::Close(Reply::new(221, "2.0.0", "goodbye")),
            _ => self.say(Reply::new(502, "5.5.1", "command not implemented")),
        }
    }

    fn ehlo(&mut self, host: &str) -> Step<T> {
        self.reset();
        self.helo = Some(host.into());
        let (own, size) = (&self.host, self.limits.message_bytes);
        let starttls = if self.facing.encryption == Encryption::Offered { "\nSTARTTLS" } else { "" };
        let auth = if self.facing.offers_auth() { "\nAUTH PLAIN LOGIN" } else { "" };
        let xforward = if self.facing.door == Door::Lmtp { "\nXFORWARD ADDR HELO" } else { "" };
        Step::Say(Reply::new(
            250,
            "",
            format!(
                "{own} greets you\nPIPELINING\nSIZE {size}{starttls}{auth}{xforward}\n8BITMIME\nSMTPUTF8\nCHUNKING\nENHANCEDSTATUSCODES\nHELP"
            ),
        ))
    }

    /// Only the server next door may say it: this is not offered at any other door.
    fn forwarded(&mut self, parameters: &[u8]) -> Step<T> {
        if self.transaction.is_some() {
            return self.say(out_of_order("a mail is under way"));
        }
        match origin(parameters) {
            Some(origin) => Step::Forwarded(origin, Reply::new(250, "2.0.0", "noted")),
            None => self.say(Reply::new(501, "5.5.4", "syntax: XFORWARD attribute=value")),
        }
    }

    fn helo(&mut self, host: &str) -> Step<T> {
        self.reset();
        self.helo = Some(host.into());
        Step::Say(Reply::new(250, "", self.host.to_string()))
    }

    fn mail(&mut self, from: &MailFrom<Cow<'_, str>>, line: &[u8]) -> Step<T> {
        if self.helo.is_none() {
            return self.say(out_of_order("EHLO first"));
        }
        if self.transaction.is_some() {
            return self.say(out_of_order("a mail is under way"));
        }
        if self.facing.door == Door::Submission && !self.signed_in {
            return self.say(match self.facing.encryption {
                Encryption::On => Reply::new(530, "5.7.0", "sign in first"),
                _ => Reply::new(530, "5.7.0", "say STARTTLS, then sign in"),
            });
        }
        if from.flags & (MAIL_BODY_BINARYMIME | MAIL_REQUIRETLS) != 0 {
            return self.say(Reply::new(555, "5.5.4", "parameter not offered"));
        }
        if from.size as u64 > self.limits.message_bytes {
            let reply = too_large(&self.limits);
            return self.say(reply);
        }
        if from.address.is_empty() && !is_null_path(line) {
            return self.say(Reply::new(501, "5.1.7", "sender address has no domain"));
        }
        let utf8 = from.flags & MAIL_SMTPUTF8 != 0;
        if !utf8 && !from.address.is_ascii() {
            return self.say(Reply::new(550, "5.6.7", "address needs SMTPUTF8"));
        }
        let reverse_path = from.address.to_string();
        self.transaction = Some(Transaction { reverse_path, utf8, recipients: Vec::new(), refused: 0 });
        Step::Say(Reply::new(250, "2.1.0", "sender ok"))
    }

    fn rcpt(&mut self, to: &RcptTo<Cow<'_, str>>, line: &[u8]) -> Step<T> {
        let between_chunks = self.between_chunks();
        let Some(transaction) = &self.transaction else { return self.say(out_of_order("MAIL first")) };
        if between_chunks {
            return self.say(out_of_order("a mail is under way"));
        }
        let (taken, refused) = (transaction.recipients.len(), transaction.refused);
        if taken >= self.limits.recipients {
            return self.too_many_recipients(refused);
        }
        if !transaction.utf8 && !to.address.is_ascii() {
            return self.say(Reply::new(553, "5.6.7", "address needs SMTPUTF8"));
        }
        if to.address.is_empty() {
            // smtp-proto gives `<postmaster>` and `<>` alike as the empty address.
            if is_null_path(line) {
                return self.say(Reply::new(501, "5.1.3", "recipient address missing"));
            }
            return Step::Ask("postmaster".into());
        }
        Step::Ask(to.address.to_string())
    }

    /// A client may try what is left in a second mail (RFC 5321 section 4.5.3.1.10), but not for ever.
    fn too_many_recipients(&mut self, refused: usize) -> Step<T> {
        if refused >= self.limits.recipients {
            return Step::Close(Reply::new(421, "4.5.3", "too many recipients"));
        }
        if let Some(transaction) = &mut self.transaction {
            transaction.refused += 1;
        }
        Step::Say(Reply::new(452, "4.5.3", "too many recipients"))
    }

    fn syntax(&mut self, error: &Error) -> Step<T> {
        self.say(match error {
            Error::InvalidSenderAddress => Reply::new(501, "5.1.7", "bad sender address"),
            Error::InvalidRecipientAddress => Reply::new(501, "5.1.3", "bad recipient address"),
            Error::SyntaxError { syntax } => Reply::new(501, "5.5.4", format!("syntax: {syntax}")),
            Error::InvalidParameter { .. } => Reply::new(501, "5.5.4", "bad parameter"),
            Error::UnsupportedParameter { .. } => Reply::new(555, "5.5.4", "parameter not offered"),
            _ => Reply::new(500, "5.5.2", "unknown command"),
        })
    }
}

/// `ADDR=192.0.2.1 HELO=client.example`: Postfix's XFORWARD_README. Values are xtext, or `[UNAVAILABLE]`.
fn origin(parameters: &[u8]) -> Option<Origin> {
    let mut origin = Origin::default();
    for word in str::from_utf8(parameters).ok()?.split_ascii_whitespace() {
        let (name, value) = word.split_once('=')?;
        match name.to_ascii_uppercase().as_str() {
            "ADDR" => {
                let value = value.to_ascii_uppercase();
                origin.address = value.strip_prefix("IPV6:").unwrap_or(&value).parse().ok();
            }
            "HELO" => origin.helo = Some(value.to_owned()).filter(|helo| !helo.starts_with('[')),
            _ => {}
        }
    }
    Some(origin)
}

/// Whether a command stands without parameters.
fn alone_as(line: &[u8], verb: &str) -> bool {
    line.trim_ascii_end().len() == verb.len()
}

/// Whether the path between the first `<` and `>` is empty.
fn is_null_path(line: &[u8]) -> bool {
    let inner = line.iter().position(|byte| *byte == b'<').map(|at| line[at + 1..].trim_ascii_start());
    inner.is_some_and(|rest| rest.starts_with(b">"))
}
