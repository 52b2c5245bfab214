//! Whose a fetched mail is, and having it kept.

use std::net::IpAddr;

use bytes::Bytes;
use store::mailbox::Mailbox;

use crate::admission::{Admission, Answer, Answering, Delivery, To, is_public};
use crate::gate::{Authentication, Envelope, header_end};

/// Headers that name the mailbox a mail was delivered to, the surest first. There is no envelope any more.
const DELIVERED: [&[&str]; 4] = [&["delivered-to"], &["x-original-to"], &["envelope-to"], &["to", "cc"]];

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is kept, now or before.
    Kept,
    /// It is for nobody here: it stays where it is and is not looked at again.
    Nobodys,
    /// It could not be kept; to be tried again.
    Failed,
}

/// Has a whole mail kept.
pub async fn take(admission: &Admission, mailbox: &Mailbox, raw: Bytes) -> Outcome {
    deliver(admission, mailbox, raw, true).await
}

/// Notes a mail that is too large to be fetched, by its header section.
pub async fn note_too_large(admission: &Admission, mailbox: &Mailbox, head: Bytes) -> Outcome {
    deliver(admission, mailbox, head, false).await
}

async fn deliver(admission: &Admission, mailbox: &Mailbox, raw: Bytes, whole: bool) -> Outcome {
    let headers = headers(&raw);
    let recipients = match recipients(admission, mailbox, &headers).await {
        Ok(recipients) if recipients.is_empty() => return Outcome::Nobodys,
        Ok(recipients) => recipients,
        Err(error) => {
            tracing::error!(%error, "a recipient cannot be looked up");
            return Outcome::Failed;
        }
    };
    let first = |name: &str| headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    let reverse_path = first("return-path").map(|path| path.trim_matches(['<', '>', ' ']).to_owned()).unwrap_or_default();
    let delivery = Delivery {
        channel: store::accept::Channel::Imap,
        peer: source(&headers),
        helo: String::new(),
        envelope: Envelope { reverse_path, device: false, authentication: Authentication::default() },
        trusted_servers: mailbox.facts.trusted_servers.clone(),
        recipients,
        raw,
    };
    let answers = match whole {
        true => admission.admit(delivery, Answering::Never).await,
        false => admission.too_large(delivery).await,
    };
    if answers.iter().any(|answer| matches!(answer, Answer::Later | Answer::Full)) { Outcome::Failed } else { Outcome::Kept }
}

async fn recipients(admission: &Admission, mailbox: &Mailbox, headers: &[(String, String)]) -> Result<Vec<To>, store::Error> {
    let ours = |to: &To| to.office() == mailbox.office;
    if let Some(company) = mailbox.facts.company {
        // Whatever the headers say; but a secret alias or a hint in them counts.
        let mut named = named(admission, headers).await?;
        named.retain(|to| ours(to) && to.company() == company);
        named.truncate(1);
        if named.is_empty() {
            named.extend(admission.company(mailbox.office, company).await?);
        }
        return Ok(named);
    }
    let mut named = named(admission, headers).await?;
    named.retain(ours);
    Ok(named)
}

/// Those of our addresses that the surest header with any of them names.
async fn named(admission: &Admission, headers: &[(String, String)]) -> Result<Vec<To>, store::Error> {
    for kinds in DELIVERED {
        let values = headers.iter().filter(|(name, _)| kinds.contains(&name.as_str())).map(|(_, value)| value.as_str());
        let mut found: Vec<To> = Vec::new();
        for path in values.flat_map(paths).take(100) {
            if let Some(to) = admission.recipient(&path).await?
                && found.iter().all(|other| other.forward_path != to.forward_path)
            {
                found.push(to);
            }
        }
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

/// The header section's names, in lower case, and values, unfolded, from the top.
fn headers(raw: &[u8]) -> Vec<(String, String)> {
    let section = String::from_utf8_lossy(&raw[..header_end(raw).min(256 << 10)]).into_owned();
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in section.lines().take(2_000) {
        match (line.starts_with([' ', '\t']), headers.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (false, _, Some((name, value))) => headers.push((name.trim().to_lowercase(), value.trim().to_owned())),
            _ => {}
        }
    }
    headers
}

/// The mailboxes in an address list; names and comments beside them are left off.
fn paths(value: &str) -> Vec<String> {
    let (mut paths, mut quoted) = (Vec::new(), false);
    let divides = |sign: char| {
        quoted ^= sign == '"';
        !quoted && matches!(sign, ',' | ';')
    };
    for part in value.split(divides) {
        let inner = part.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| path);
        let path = inner.unwrap_or(part).trim();
        if path.contains('@') && !path.contains(char::is_whitespace) {
            paths.push(path.to_owned());
        }
    }
    paths
}

/// Where the mail came from: the first public address in the Received headers from the top, which servers of the mailbox wrote.
fn source(headers: &[(String, String)]) -> IpAddr {
    let received = headers.iter().filter(|(name, _)| name == "received").take(10);
    let bracketed = received.flat_map(|(_, value)| value.split('[').skip(1).filter_map(|rest| rest.split_once(']')));
    let mut addresses = bracketed.filter_map(|(text, _)| text.trim_start_matches("IPv6:").parse::<IpAddr>().ok());
    addresses.find(|address| is_public(*address)).unwrap_or(IpAddr::from([127, 0, 0, 1]))
}

#[cfg(test)]
mod tests {
    use super::{headers, paths, source};

    #[test]
    fn address_lists_are_taken_apart() {
        for (value, want) in [
            ("mlyn@in.example", &["mlyn@in.example"][..]),
            ("Młyn <mlyn@in.example>, \"Kowalski, Jan\" <jan@x.example>", &["mlyn@in.example", "jan@x.example"]),
            ("<mlyn+fk@in.example>", &["mlyn+fk@in.example"]),
            ("biuro: anna@x.example, jan@x.example;", &["jan@x.example"]),
            ("undisclosed-recipients:;", &[]),
            ("\"a, b", &[]),
            ("", &[]),
        ] {
            assert_eq!(paths(value), want, "{value}");
        }
    }

    #[test]
    fn headers_are_unfolded_and_bodies_are_none() {
        let found = headers(b"Delivered-To: a@b.example\r\nReceived: from x\r\n\t([10.0.0.1])\r\nSubject: t\r\n\r\nTo: no\r\n");
        assert_eq!(found[1], ("received".to_owned(), "from x ([10.0.0.1])".to_owned()));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn the_source_is_the_first_public_address() {
        let of = |text: &str| source(&headers(text.as_bytes())).to_string();
        assert_eq!(of("Received: from a ([10.0.0.1])\r\nReceived: from b (b [198.51.100.7])\r\n"), "198.51.100.7");
        assert_eq!(of("Received: from a ([IPv6:2001:db8::1])\r\n"), "2001:db8::1");
        assert_eq!(of("Received: by x\r\n"), "127.0.0.1");
    }
}
