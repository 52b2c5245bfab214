//! Signing in: AUTH PLAIN (RFC 4616) and LOGIN, which printers still speak.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use smtp_proto::{AUTH_LOGIN, AUTH_PLAIN};

use super::door::Encryption;
use super::reply::Reply;
use super::session::{Session, Step, out_of_order};

/// What a device says it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Its login.
    pub login: String,
    /// Its secret.
    pub secret: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("login", &self.login).finish_non_exhaustive()
    }
}

/// What the next line of a running AUTH will be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Awaited {
    Plain,
    Login,
    /// The secret of this login.
    Secret(String),
}

impl<T> Session<T> {
    /// Begins AUTH.
    pub(super) fn begin_auth(&mut self, mechanism: u64, initial: &str) -> Step<T> {
        if !self.facing.offers_auth() {
            let reply = match (self.facing.door, self.facing.encryption) {
                (super::Door::Submission, Encryption::Offered) => Reply::new(538, "5.7.11", "say STARTTLS first"),
                _ => Reply::new(502, "5.5.1", "command not implemented"),
            };
            return self.say(reply);
        }
        if self.signed_in || self.transaction.is_some() {
            return self.say(out_of_order("signed in already, or a mail is under way"));
        }
        if self.helo.is_none() {
            return self.say(out_of_order("EHLO first"));
        }
        let (awaited, prompt) = match mechanism {
            AUTH_PLAIN => (Awaited::Plain, ""),
            // The base64 of `Username:`, by which clients know LOGIN.
            AUTH_LOGIN => (Awaited::Login, "VXNlcm5hbWU6"),
            _ => return self.say(Reply::new(504, "5.5.4", "mechanism not offered: use PLAIN or LOGIN")),
        };
        match initial {
            "" => self.ask_for(awaited, prompt),
            // An empty first response (RFC 4954 section 4).
            "=" => self.auth_line(awaited, b""),
            initial => self.auth_line(awaited, initial.as_bytes()),
        }
    }

    /// Takes a line of a running AUTH, without its end.
    pub(super) fn auth_line(&mut self, awaited: Awaited, line: &[u8]) -> Step<T> {
        if line == b"*" {
            return self.say(Reply::new(501, "5.7.0", "signing in given up"));
        }
        let text = match line.is_empty() {
            true => Some(String::new()),
            false => base64_decode(line).and_then(|bytes| String::from_utf8(bytes).ok()),
        };
        let Some(text) = text else { return self.say(Reply::new(501, "5.5.2", "this is no base64 of UTF-8")) };
        let credentials = match awaited {
            Awaited::Plain => match text.split('\0').collect::<Vec<_>>()[..] {
                [_, login, secret] => Credentials { login: login.to_owned(), secret: secret.to_owned() },
                _ => return self.say(Reply::new(501, "5.5.2", "PLAIN is authorisation, login and secret, divided by NUL")),
            },
            // The base64 of `Password:`.
            Awaited::Login => return self.ask_for(Awaited::Secret(text), "UGFzc3dvcmQ6"),
            Awaited::Secret(login) => Credentials { login, secret: text },
        };
        Step::Authenticate(credentials)
    }

    /// The answer to [`Step::Authenticate`].
    pub fn authenticated(&mut self, reply: Reply) -> Step<T> {
        self.signed_in = !reply.is_error();
        if self.signed_in {
            return self.say(reply);
        }
        self.failed_logins += u32::from(reply.code == 535);
        if self.failed_logins >= self.limits.failed_logins {
            return Step::Close(reply);
        }
        self.say(reply)
    }

    fn ask_for(&mut self, awaited: Awaited, prompt: &'static str) -> Step<T> {
        self.await_auth(awaited);
        Step::Say(Reply::new(334, "", Cow::Borrowed(prompt)))
    }
}
