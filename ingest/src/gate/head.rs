//! What the gate looks at in a mail: a few headers and the first lines of the first text part.

use mail_parser::{Address, HeaderName, Message, MessageParser, MimeHeaders};
use ocr::fold::fold;

use super::address::domain_of;
use super::body::body;
use super::text::{Run, clean, runs};
use super::vocab::vocab;

/// Bytes after the headers that are parsed: the first text part begins there in any mail people write.
const BODY_BYTES: usize = 64 << 10;
/// Lines a client writes above what is forwarded.
const OWN_LINES: usize = 12;

/// The gate's view of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Decoded, cleaned for display; still with the PIN.
    pub subject: String,
    /// Mailboxes of From, in lower case.
    pub from: Vec<String>,
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// Lines the sender wrote above anything forwarded or quoted.
    pub own_lines: Vec<String>,
    /// Values of the Authentication-Results headers, from the top.
    pub authentication_results: Vec<String>,
    /// Received headers, which count the servers on the way (RFC 5321 section 6.3).
    pub received: usize,
    /// What kind of mail its headers say it is.
    pub marks: Marks,
}

/// What kind of mail it is, by its headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Written by a program: Auto-Submitted (RFC 3834), Precedence.
    pub automatic: bool,
    /// Sent through a mailing list.
    pub list: bool,
    /// Redirected by hand: Resent- headers (RFC 5322 section 3.6.6).
    pub resent: bool,
    /// Passed on by a rule of a mailbox, as Gmail and Exchange mark it.
    pub forwarded: bool,
    /// A report on another mail: multipart/report (RFC 6522) or a bounce address.
    pub report: bool,
    /// A provider asks whether forwarding may be set up.
    pub verification: bool,
}

impl Head {
    /// Reads the head of `raw`. Bytes that are no mail give an empty head.
    pub fn parse(raw: &[u8]) -> Head {
        let end = header_end(raw);
        let seen = &raw[..raw.len().min(end + BODY_BYTES)];
        let Some(message) = MessageParser::default().parse(seen) else { return Head::default() };
        let from = mailboxes(message.from());
        Head {
            subject: clean(message.subject().unwrap_or_default()),
            message_id: message.message_id().map(str::to_owned),
            own_lines: own_lines(&body(&message)),
            received: message.headers().iter().filter(|header| header.name == HeaderName::Received).count(),
            authentication_results: values(&message, "Authentication-Results"),
            marks: marks(&message, &from),
            from,
        }
    }

    /// Whether one of our own mails came back: our Message-IDs end in our host name.
    pub fn is_own(&self, host: &str) -> bool {
        self.message_id.as_deref().is_some_and(|id| domain_of(id) == host)
    }
}

/// Length of the header section, the empty line included.
pub fn header_end(raw: &[u8]) -> usize {
    memchr::memmem::find(raw, b"\r\n\r\n").map_or(raw.len(), |at| at + 4)
}

/// Values of a header as they stand, from the top; a few are enough.
fn values(message: &Message<'_>, name: &str) -> Vec<String> {
    let found = message.headers_raw().filter(|(own, _)| own.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.to_owned()).take(20).collect()
}

fn mailboxes(address: Option<&Address<'_>>) -> Vec<String> {
    let found = address.into_iter().flat_map(Address::iter);
    found.filter_map(|mailbox| mailbox.address()).map(|mailbox| mailbox.trim().to_lowercase()).take(20).collect()
}

fn marks(message: &Message<'_>, from: &[String]) -> Marks {
    let has = |name: &'static str| message.header(name).is_some();
    let value = |name: &'static str| message.header_raw(name).map(|value| value.trim().to_ascii_lowercase()).unwrap_or_default();
    let submitted = value("Auto-Submitted");
    let precedence = value("Precedence");
    let local = from.first().and_then(|mailbox| mailbox.split_once('@')).map(|(local, _)| local).unwrap_or_default();
    let report = message.content_type().is_some_and(|kind| kind.ctype() == "multipart" && kind.subtype() == Some("report"));
    Marks {
        automatic: !matches!(submitted.split(';').next().unwrap_or_default().trim(), "" | "no")
            || matches!(precedence.as_str(), "bulk" | "junk" | "auto_reply")
            || has("X-Autoreply")
            || has("X-Autorespond"),
        list: has("List-Id") || has("List-Post") || precedence == "list",
        resent: has("Resent-From") || has("Resent-To") || has("Resent-Sender"),
        forwarded: [
            "X-Forwarded-For",
            "X-Forwarded-To",
            "X-MS-Exchange-Inbox-Rules-Loop",
            "X-MS-Exchange-Organization-AutoForwarded",
        ]
        .into_iter()
        .any(has),
        report: report || vocab().bounce_senders.contains(local),
        verification: from.iter().any(|mailbox| vocab().verification_senders.contains(mailbox)),
    }
}

/// The lines above the first sign of a forwarded or quoted mail.
pub fn own_lines(text: &str) -> Vec<String> {
    own(text).filter(|line| !line.is_empty()).take(OWN_LINES).collect()
}

fn own(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().take(200).map(|line| clean(line.get(..line.floor_char_boundary(500)).unwrap_or_default()));
    lines.take_while(|line| !is_foreign(line))
}

/// All that the sender wrote above anything quoted, empty lines between.
pub fn answer(raw: &[u8]) -> String {
    let seen = &raw[..raw.len().min(header_end(raw) + BODY_BYTES)];
    let message = MessageParser::default().parse(seen);
    let text = message.as_ref().map(body).unwrap_or_default();
    own(&text).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Whether `line` begins what somebody else wrote.
fn is_foreign(line: &str) -> bool {
    if line.starts_with('>') || line.starts_with("____") || line.starts_with('|') {
        return true;
    }
    let folded = fold(line);
    let ruled = line.starts_with("--") || line.starts_with("==") || line.ends_with(':') || line.ends_with("--");
    let words = folded.trim_matches(|c: char| !c.is_alphanumeric());
    if vocab().forward_markers.iter().any(|marker| words == marker || (ruled && words.starts_with(marker.as_str()))) {
        return true;
    }
    let names = |phrase: &String| folded.match_indices(phrase.as_str()).any(|(at, _)| is_word(&folded, at, phrase.len()));
    if folded.ends_with(':') && vocab().quote_verbs.iter().any(names) {
        return true;
    }
    is_header_line(line, &folded)
}

/// Whether the bytes from `at` stand between other signs than letters.
fn is_word(text: &str, at: usize, len: usize) -> bool {
    !text[..at].ends_with(char::is_alphanumeric) && !text[at + len..].starts_with(char::is_alphanumeric)
}

/// `From: Jan <jan@example.com>`, `Gesendet: Montag, …`, also in bold (`*Von:* …`). The signs of a header line keep
/// `To: PIN 4839` in the client's own words: an address for mailboxes, a long value for the others.
fn is_header_line(line: &str, folded: &str) -> bool {
    let plain = folded.trim_start_matches(['*', ' ']);
    let Some((label, value)) = plain.split_once(':') else { return false };
    let label = label.trim_end_matches(['*', ' ']);
    if !vocab().header_labels.contains(label) {
        return false;
    }
    let words: Vec<Run<'_>> = runs(line);
    value.contains('@') || (words.len() > 3 && !has_pin_label(folded))
}

fn has_pin_label(folded: &str) -> bool {
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).collect();
    vocab().pin_labels.iter().any(|label| label.len() == 1 && words.contains(&label[0].as_str()))
}
