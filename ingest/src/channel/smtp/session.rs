//! One SMTP dialogue as a state machine without I/O: bytes go in, steps come out.
//!
//! Every end of a mail gets exactly one reply, however the bytes arrive; the listener does the reading, the look-ups and the
//! waiting. `T` is what a recipient look-up found.

use std::sync::Arc;

use bytes::{Buf, BytesMut};

use super::auth::{Awaited, Credentials};
use super::data::{ChunkReader, DataReader, Fault, Progress};
use super::door::{Door, Facing};
use super::limits::Limits;
use super::line::{Line, find};
use super::reply::Reply;

/// What the driver of a session does next.
#[derive(Debug)]
pub enum Step<T> {
    /// Read more input.
    Read,
    /// Send this.
    Say(Reply),
    /// Send these, one for each recipient.
    SayEach(Vec<Reply>),
    /// Send this, then begin encryption, and go on with a new session: nothing that was said before counts, and what was sent
    /// along in clear is thrown away (RFC 3207 section 4.2).
    StartTls(Reply),
    /// Check these, then call [`Session::authenticated`].
    Authenticate(Credentials),
    /// The server next door says where its client was: note it. Then send this.
    Forwarded(Origin, Reply),
    /// Look this forward path up, then call [`Session::recipient`].
    Ask(String),
    /// A mail is complete: decide, then call [`Session::delivered`].
    Deliver(Mail<T>),
    /// Send this and close.
    Close(Reply),
}

/// A mail as received: byte for byte what was sent, but for the dots of the transfer.
#[derive(Debug)]
pub struct Mail<T> {
    /// Who the client said it is.
    pub helo: String,
    /// Reverse path; empty for `<>`.
    pub reverse_path: String,
    /// What the look-ups of the forward paths found.
    pub recipients: Vec<T>,
    /// The mail, or its end where the driver took the beginning by [`Session::body`].
    pub body: Vec<u8>,
}

/// Whom a server next door got its mails from, as XFORWARD says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's address.
    pub address: Option<std::net::IpAddr>,
    /// What it said it is.
    pub helo: Option<String>,
}

/// A running mail transaction.
#[derive(Debug)]
pub(super) struct Transaction<T> {
    pub(super) reverse_path: String,
    pub(super) utf8: bool,
    pub(super) recipients: Vec<T>,
    pub(super) refused: usize,
}

#[derive(Debug)]
enum Mode {
    Command,
    Data(DataReader),
    Chunk(ChunkReader),
    /// The bytes of a chunk that nobody wants, then the reply.
    Skip(u64, Reply),
    /// A line of AUTH.
    Auth(Awaited),
}

/// One SMTP dialogue.
#[derive(Debug)]
pub struct Session<T> {
    pub(super) limits: Arc<Limits>,
    pub(super) host: Arc<str>,
    pub(super) facing: Facing,
    pub(super) signed_in: bool,
    pub(super) failed_logins: u32,
    input: BytesMut,
    scanned: usize,
    mode: Mode,
    body: Vec<u8>,
    pub(super) helo: Option<String>,
    pub(super) transaction: Option<Transaction<T>>,
    chunks: Option<ChunkReader>,
    errors: u32,
    junk: u32,
    unknown: u32,
}

impl<T> Session<T> {
    /// A session before its greeting; `host` is our own name.
    pub fn new(limits: Arc<Limits>, host: Arc<str>, facing: Facing) -> Self {
        Session {
            limits,
            host,
            facing,
            signed_in: false,
            failed_logins: 0,
            input: BytesMut::new(),
            scanned: 0,
            mode: Mode::Command,
            body: Vec::new(),
            helo: None,
            transaction: None,
            chunks: None,
            errors: 0,
            junk: 0,
            unknown: 0,
        }
    }

    /// The first line of the dialogue.
    pub fn greeting(&self) -> Reply {
        let protocol = if self.facing.door == Door::Lmtp { "LMTP" } else { "ESMTP" };
        Reply::new(220, "", format!("{} {protocol} Postroom", self.host))
    }

    /// Where the driver puts what it read.
    pub fn input(&mut self) -> &mut BytesMut {
        &mut self.input
    }

    /// The part of the mail received so far. The driver may take it away; the limits stay in force.
    pub fn body(&mut self) -> &mut Vec<u8> {
        &mut self.body
    }

    /// Whether a mail is being received.
    pub fn in_mail(&self) -> bool {
        self.chunks.is_some() || !matches!(self.mode, Mode::Command | Mode::Auth(_))
    }

    /// What to do next.
    pub fn step(&mut self) -> Step<T> {
        match &mut self.mode {
            Mode::Command | Mode::Auth(_) => self.next_line(),
            Mode::Data(reader) => {
                let progress = reader.feed(&self.input, &mut self.body);
                let fault = reader.fault();
                self.progress(&progress, |session| session.mail_read(fault))
            }
            Mode::Chunk(reader) => {
                let progress = reader.feed(&self.input, &mut self.body);
                self.progress(&progress, Self::chunk_read)
            }
            Mode::Skip(left, reply) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(self.input.len());
                *left -= taken as u64;
                let done = (*left == 0).then(|| reply.clone());
                self.input.advance(taken);
                match done {
                    Some(reply) => {
                        self.mode = Mode::Command;
                        self.say(reply)
                    }
                    None => Step::Read,
                }
            }
        }
    }

    /// The answer to [`Step::Ask`]: what was found, or the refusal to send. `unknown` refusals end the session when there are
    /// too many.
    pub fn recipient(&mut self, found: Result<T, Reply>) -> Step<T> {
        let Some(transaction) = &mut self.transaction else { return self.say(out_of_order("MAIL first")) };
        match found {
            Ok(recipient) => {
                transaction.recipients.push(recipient);
                self.say(Reply::new(250, "2.1.5", "recipient ok"))
            }
            Err(reply) => {
                transaction.refused += 1;
                // The server next door has let the sender go already: it asks for whatever it was told to deliver.
                self.unknown += u32::from(reply.code == 550 && self.facing.door != Door::Lmtp);
                if self.unknown >= self.limits.unknown_recipients {
                    return Step::Close(Reply::new(421, "4.7.0", "too many unknown recipients"));
                }
                Step::Say(reply)
            }
        }
    }

    /// The answers to [`Step::Deliver`] were decided: one, or over LMTP one for each recipient. The transaction is over.
    pub fn delivered(&mut self, mut replies: Vec<Reply>) -> Step<T> {
        self.reset();
        if replies.iter().any(|reply| !reply.is_error()) {
            (self.errors, self.junk) = (0, 0);
        }
        if self.facing.door == Door::Lmtp {
            return Step::SayEach(replies);
        }
        match replies.pop() {
            Some(reply) => self.say(reply),
            None => self.say(Reply::new(451, "4.3.0", "temporary failure, try again later")),
        }
    }

    /// Waits for a line of AUTH.
    pub(super) fn await_auth(&mut self, awaited: Awaited) {
        self.mode = Mode::Auth(awaited);
    }

    /// Forgets the running transaction.
    pub(super) fn reset(&mut self) {
        (self.transaction, self.chunks, self.body) = (None, None, Vec::new());
        self.mode = Mode::Command;
    }

    /// Sends `reply`; too many errors end the session.
    pub(super) fn say(&mut self, reply: Reply) -> Step<T> {
        self.errors += u32::from(reply.is_error());
        if self.errors >= self.limits.errors {
            return Step::Close(Reply::new(421, "4.7.0", "too many errors"));
        }
        Step::Say(reply)
    }

    /// Sends `reply` to a command that leads nowhere.
    pub(super) fn idle_talk(&mut self, reply: Reply) -> Step<T> {
        self.junk += 1;
        if self.junk >= self.limits.junk {
            return Step::Close(Reply::new(421, "4.7.0", "too many commands without a mail"));
        }
        self.say(reply)
    }

    pub(super) fn begin_data(&mut self) -> Step<T> {
        match &self.transaction {
            Some(transaction) if !transaction.recipients.is_empty() && self.chunks.is_none() => {
                self.mode = Mode::Data(DataReader::new(&self.limits));
                Step::Say(Reply::new(354, "", "end with <CRLF>.<CRLF>"))
            }
            // RFC 2033 section 4.2 asks for 503 over LMTP.
            Some(transaction) if transaction.refused > 0 && self.facing.door != Door::Lmtp => {
                self.say(Reply::new(554, "5.5.1", "no valid recipients"))
            }
            _ => self.say(out_of_order("MAIL and RCPT first")),
        }
    }

    pub(super) fn begin_chunk(&mut self, size: u64, last: bool) -> Step<T> {
        if size > self.limits.message_bytes.saturating_mul(2) {
            return Step::Close(too_large(&self.limits));
        }
        let ready = self.transaction.as_ref().is_some_and(|transaction| !transaction.recipients.is_empty());
        if !ready {
            // The bytes follow the command at once (RFC 3030 section 4.1), wanted or not.
            self.mode = Mode::Skip(size, out_of_order("MAIL and RCPT first"));
            return self.step();
        }
        let mut reader = self.chunks.take().unwrap_or_else(|| ChunkReader::new(&self.limits));
        reader.begin(size, last);
        self.mode = Mode::Chunk(reader);
        self.step()
    }

    /// Whether MAIL, RCPT or DATA would break into a mail sent by BDAT.
    pub(super) fn between_chunks(&self) -> bool {
        self.chunks.is_some()
    }

    fn next_line(&mut self) -> Step<T> {
        match find(&self.input, &mut self.scanned, self.limits.command_bytes) {
            Line::Partial => Step::Read,
            Line::Bare => Step::Close(bare_line_end()),
            Line::TooLong => Step::Close(Reply::new(500, "5.5.6", "command line too long")),
            Line::Whole(len) => {
                let line = self.input.split_to(len);
                match std::mem::replace(&mut self.mode, Mode::Command) {
                    Mode::Auth(awaited) => self.auth_line(awaited, line.strip_suffix(b"\r\n").unwrap_or(&line)),
                    _ => self.command(&line),
                }
            }
        }
    }

    fn progress(&mut self, progress: &Progress, end: impl FnOnce(&mut Self) -> Step<T>) -> Step<T> {
        match *progress {
            Progress::More => {
                self.input.clear();
                Step::Read
            }
            Progress::End(taken) => {
                self.input.advance(taken);
                end(self)
            }
            Progress::Bare => Step::Close(bare_line_end()),
            Progress::Flood => Step::Close(too_large(&self.limits)),
        }
    }

    fn chunk_read(&mut self) -> Step<T> {
        let Mode::Chunk(reader) = std::mem::replace(&mut self.mode, Mode::Command) else { return Step::Read };
        if reader.is_last() || reader.fault().is_some() {
            return self.mail_read(reader.fault());
        }
        self.chunks = Some(reader);
        self.say(Reply::new(250, "2.0.0", "chunk ok"))
    }

    fn mail_read(&mut self, fault: Option<Fault>) -> Step<T> {
        let (body, transaction) = (std::mem::take(&mut self.body), self.transaction.take());
        self.reset();
        let Some(transaction) = transaction else { return self.say(out_of_order("MAIL and RCPT first")) };
        if let Some(fault) = fault {
            let reply = fault_reply(fault, &self.limits);
            return match self.facing.door {
                Door::Lmtp => Step::SayEach(vec![reply; transaction.recipients.len()]),
                Door::Smtp | Door::Submission => self.say(reply),
            };
        }
        Step::Deliver(Mail {
            helo: self.helo.clone().unwrap_or_default(),
            reverse_path: transaction.reverse_path,
            recipients: transaction.recipients,
            body,
        })
    }
}

/// A command at a time when it has no meaning.
pub(super) fn out_of_order(what: &'static str) -> Reply {
    Reply::new(503, "5.5.1", format!("bad sequence of commands: {what}"))
}

/// A mail over the advertised size.
pub(super) fn too_large(limits: &Limits) -> Reply {
    Reply::new(552, "5.3.4", format!("mail larger than {} bytes", limits.message_bytes))
}

fn bare_line_end() -> Reply {
    Reply::new(550, "5.5.2", "lines end in CRLF: bare CR or LF refused")
}

fn fault_reply(fault: Fault, limits: &Limits) -> Reply {
    match fault {
        Fault::TooLarge => too_large(limits),
        Fault::HeadersTooLarge => Reply::new(552, "5.3.4", format!("headers larger than {} bytes", limits.header_bytes)),
        Fault::LineTooLong => Reply::new(554, "5.6.0", format!("a line is longer than {} bytes", limits.data_line_bytes)),
    }
}
