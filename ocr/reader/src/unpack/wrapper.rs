//! Wrappers that programs put around mails and files: winmail.dat, mails saved by Outlook, signatures. Opened like any container: kept,
//! too, since hashes and signatures speak of them.

use std::borrow::Cow;

use ocr::protocol::{Part, PartVerdict};

use super::signed::{self, Content};
use super::verdict::{Origin, Reason, is_outlook_message};
use super::{Found, Walk, mime, msg, nothing, tnef};
use crate::sniff::Kind;

/// Whether a part is opened.
pub(super) fn opens(kind: Kind, found: &Found<'_>) -> bool {
    match kind {
        Kind::Mail | Kind::Zip | Kind::Tnef | Kind::Pkcs7 => true,
        Kind::Ole => is_outlook_message(&found.bytes),
        // What the sender wrote is read as it is.
        Kind::Text => {
            found.origin != Origin::Body && found.bytes.trim_ascii_start().starts_with(b"-----BEGIN PGP SIGNED MESSAGE")
        }
        _ => false,
    }
}

impl<E> Walk<'_, E> {
    /// A wrapper and what is in it. One that can't be opened says why.
    pub(super) fn wrapped(&mut self, mut found: Found<'_>, kind: Kind, depth: u32) -> Result<(), E> {
        let bytes = std::mem::take(&mut found.bytes);
        let done = match kind {
            Kind::Tnef => self.tnef(&mut found, &bytes, depth),
            Kind::Ole => self.msg(&found, &bytes, depth),
            Kind::Pkcs7 => self.signed(&found, &bytes, depth),
            _ => self.clear(&found, &bytes, depth),
        }?;
        match done {
            None => Ok(()),
            Some(reason) => self.keep(Found { bytes, ..found }, kind, PartVerdict::SetAside, Some(reason)),
        }
    }

    fn tnef(&mut self, found: &mut Found<'_>, bytes: &[u8], depth: u32) -> Result<Option<Reason>, E> {
        let (members, cut) = tnef::members(bytes, self.budget);
        if members.is_empty() {
            return Ok(Some(Reason::OutlookWrapper));
        }
        found.flaw = found.flaw.or(cut.then_some(Reason::Unterminated));
        let path = self.begin(found, Kind::Tnef, bytes)?;
        for (index, member) in members.into_iter().enumerate() {
            let origin = origin(member.is_text, member.is_embedded);
            let inner =
                Found { declared: member.declared, ..part(format!("{path}/{}", index + 1), member.name, origin, member.bytes) };
            self.part(inner, depth + 1)?;
        }
        Ok(None)
    }

    fn msg(&mut self, found: &Found<'_>, bytes: &[u8], depth: u32) -> Result<Option<Reason>, E> {
        let layers = self.depth.saturating_sub(depth + 1);
        let Some((members, left_out)) = msg::members(bytes, layers, self.budget, self.parts as usize) else {
            return Ok(Some(Reason::OutlookMessage));
        };
        if members.is_empty() {
            return Ok(Some(Reason::OutlookMessage));
        }
        let path = self.begin(found, Kind::Ole, bytes)?;
        for member in members {
            let origin = origin(member.is_text, member.is_embedded);
            let at = format!("{path}/{}", member.path);
            let layers = u32::try_from(member.path.matches('/').count()).unwrap_or(u32::MAX);
            let inner = Found { declared: member.declared, ..part(at, member.name, origin, member.bytes) };
            match member.is_mail {
                // Its parts follow; it has no bytes of its own.
                true => self.keep(inner, Kind::Ole, PartVerdict::Container, None)?,
                false => self.part(inner, depth.saturating_add(1).saturating_add(layers))?,
            }
        }
        if left_out {
            self.send(Part { path: format!("{path}/more"), ..nothing() }, &[])?;
        }
        Ok(None)
    }

    fn signed(&mut self, found: &Found<'_>, bytes: &[u8], depth: u32) -> Result<Option<Reason>, E> {
        let content = match signed::content(bytes) {
            Content::Signed(content) if !content.is_empty() => content,
            Content::Signed(_) | Content::Detached => return Ok(Some(Reason::MailSignature)),
            Content::Encrypted => return Ok(Some(Reason::EncryptedMail)),
            Content::Unknown => return Ok(Some(Reason::SignedWrapper)),
        };
        let (origin, name) = (found.origin, without(found.name.as_deref(), "p7m"));
        let path = self.begin(found, Kind::Pkcs7, bytes)?;
        // S/MIME signs a part of a mail with its header, others sign the file itself (RFC 8551 section 3.1).
        if origin == Origin::File || !mime::begins_like_mail(&content) {
            self.part(part(format!("{path}/1"), name, origin, content), depth + 1)?;
            return Ok(None);
        }
        let len = content.len() as u64;
        if len > self.budget {
            self.refuse(part(format!("{path}/1"), name, origin, content), Reason::TooLarge, len)?;
            return Ok(None);
        }
        self.budget -= len;
        self.mail(&path, &content, depth + 1).map(|()| None)
    }

    /// Text with a signature below it: the text is a file of its own.
    fn clear(&mut self, found: &Found<'_>, bytes: &[u8], depth: u32) -> Result<Option<Reason>, E> {
        let Some(content) = signed::clear_text(bytes) else { return Ok(Some(Reason::SignedWrapper)) };
        let (origin, name) = (found.origin, without(found.name.as_deref(), "asc"));
        let path = self.begin(found, Kind::Text, bytes)?;
        self.part(part(format!("{path}/1"), name, origin, content), depth + 1)?;
        Ok(None)
    }

    /// The wrapper itself; gives its path.
    fn begin(&mut self, found: &Found<'_>, kind: Kind, bytes: &[u8]) -> Result<String, E> {
        self.opened(found.clone(), kind, bytes)?;
        Ok(found.path.clone())
    }
}

fn part(path: String, name: Option<String>, origin: Origin, bytes: Vec<u8>) -> Found<'static> {
    Found { path, bytes: Cow::Owned(bytes), name, declared: None, origin, is_mail: false, flaw: None }
}

fn origin(is_text: bool, is_embedded: bool) -> Origin {
    match (is_text, is_embedded) {
        (true, _) => Origin::Body,
        (_, true) => Origin::Embedded,
        _ => Origin::Attached,
    }
}

/// A name without the extension of its wrapper; none where nothing else is left.
fn without(name: Option<&str>, extension: &str) -> Option<String> {
    let (stem, last) = name?.rsplit_once('.')?;
    (last.eq_ignore_ascii_case(extension) && stem.contains('.')).then(|| stem.to_owned())
}
