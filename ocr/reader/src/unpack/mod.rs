//! Containers taken apart: mails, archives and what lies inside them, each part with a verdict and a reason.
//!
//! The walk is bounded in every direction: parts, layers, bytes that come out. Layers of containers are the only recursion, to a
//! fixed depth; the structure of one mail is walked in a loop ([`mime`]).

pub mod archive;
pub mod decode;
pub mod header;
pub mod ksef;
pub mod mime;
pub mod msg;
pub mod name;
pub mod signed;
pub mod tnef;
pub mod verdict;

mod lzfu;
mod mapi;
mod ole;
mod references;
mod wrapper;

use std::borrow::Cow;

use ocr::protocol::{Limits, Part, PartVerdict};
use sha2::{Digest, Sha256};

use self::archive::Archive;
use self::decode::{Encoding, decode, uuencoded};
use self::mime::{Leaf, Place};
use self::references::Referenced;
use self::verdict::{Facts, Origin, Reason, judge};
use crate::sniff::Kind;

const HTML: &str = "text/html";

/// Where the parts go: each with its bytes, in the order of the original.
pub type Emit<'e, E> = dyn FnMut(Part, &[u8]) -> Result<(), E> + 'e;

/// Takes a submission apart and hands over each part with its bytes (none for a refused one, which stays in the original
/// only), in the order of the original. A mail's own bytes are no part; a single file is the part `1`.
///
/// # Errors
/// Only what `emit` answers; then nothing more is emitted.
pub fn unpack<E>(bytes: &[u8], name: Option<&str>, limits: &Limits, emit: &mut Emit<'_, E>) -> Result<(), E> {
    let mut walk = Walk { budget: limits.unpacked_bytes, parts: limits.parts, depth: limits.depth, full: false, emit };
    // A PDF's mark may stand within the first kilobyte, where a small mail carries it.
    let is_mail = match Kind::of(bytes) {
        Kind::Mail => true,
        Kind::Pdf => !bytes.starts_with(b"%PDF") && mime::begins_like_mail(bytes),
        _ => false,
    };
    if is_mail || name.is_some_and(|n| name::extension_of(n) == "eml") {
        return walk.mail("", bytes, 0);
    }
    let found = Found {
        path: "1".to_owned(),
        bytes: Cow::Borrowed(bytes),
        name: name.map(str::to_owned),
        declared: None,
        origin: Origin::File,
        is_mail: false,
        flaw: None,
    };
    walk.part(found, 0)
}

/// A part before its verdict.
#[derive(Clone)]
struct Found<'a> {
    path: String,
    bytes: Cow<'a, [u8]>,
    name: Option<String>,
    declared: Option<String>,
    origin: Origin,
    /// Declared as a mail.
    is_mail: bool,
    /// What is wrong with its bytes.
    flaw: Option<Reason>,
}

struct Walk<'e, E> {
    budget: u64,
    parts: u32,
    depth: u32,
    full: bool,
    emit: &'e mut Emit<'e, E>,
}

impl<E> Walk<'_, E> {
    /// Parts of a mail whose own path is `at`.
    fn mail(&mut self, at: &str, raw: &[u8], depth: u32) -> Result<(), E> {
        let (leaves, more) = mime::split(raw, self.parts as usize);
        let referenced = Referenced::by(raw, &leaves);
        for (index, leaf) in leaves.iter().enumerate() {
            if self.full {
                return Ok(());
            }
            self.leaf(at, raw, leaf, index == 0, &referenced, depth)?;
        }
        if more { self.too_many(at) } else { Ok(()) }
    }

    fn leaf(&mut self, at: &str, raw: &[u8], leaf: &Leaf, first: bool, referenced: &Referenced, depth: u32) -> Result<(), E> {
        let fields = &leaf.fields;
        let decoded = decode(&raw[leaf.body.clone()], fields.encoding.unwrap_or(Encoding::Identity));
        let declared = fields.media_type.clone().map(|media| match &fields.charset {
            // Its bytes stay as they are: what they mean is known here alone.
            Some(charset) if media == HTML && is_plain(charset) => format!("{media}; charset={}", charset.to_ascii_lowercase()),
            _ => media,
        });
        let is_mail = match &declared {
            Some(t) => t == "message/rfc822" || t == "message/global",
            None => leaf.place == Place::Digest,
        };
        let flaw = decoded.flaw.map(Reason::from).or(leaf.unterminated.then_some(Reason::Unterminated));
        let found = Found {
            path: inside(at, &leaf.path),
            name: fields.name.clone(),
            origin: origin(leaf, first, referenced),
            bytes: decoded.bytes,
            declared,
            is_mail,
            flaw,
        };
        self.part(found, depth)
    }

    /// One part: opened if it is a container, judged if not.
    fn part(&mut self, mut found: Found<'_>, depth: u32) -> Result<(), E> {
        let len = found.bytes.len() as u64;
        if len > self.budget {
            return self.refuse(found, Reason::TooLarge, len);
        }
        self.budget -= len;
        let kind = self.kind(&found);
        found.name = found.name.take().or_else(|| subject_of(kind, &found.bytes));
        let opens = wrapper::opens(kind, &found);
        match kind {
            _ if opens && depth >= self.depth => self.keep(found, kind, PartVerdict::SetAside, Some(Reason::TooDeep)),
            Kind::Mail => {
                let (path, bytes) = (found.path.clone(), std::mem::take(&mut found.bytes));
                self.opened(found, kind, &bytes)?;
                self.mail(&path, &bytes, depth + 1)
            }
            Kind::Zip => self.zip(found, depth),
            _ if opens => self.wrapped(found, kind, depth),
            _ => self.judged(found, kind, depth),
        }
    }

    /// What it is. Text that looks like a header is a mail only where something says so: forwarded mails begin like this.
    fn kind(&self, found: &Found<'_>) -> Kind {
        let named = found.name.as_deref().is_some_and(|n| name::extension_of(n) == "eml");
        let kind = Kind::of(&found.bytes);
        if found.is_mail && (mime::begins_like_mail(&found.bytes) || matches!(kind, Kind::Text | Kind::Html | Kind::Unknown)) {
            return Kind::Mail;
        }
        match kind {
            Kind::Mail if named || found.origin == Origin::File => Kind::Mail,
            Kind::Mail => Kind::Text,
            // "<https://…>" and bare HTML begin like XML.
            Kind::Xml if found.origin == Origin::Body && !is_marked_xml(&found.bytes) => match found.declared.as_deref() {
                Some(declared) if declared.starts_with(HTML) => Kind::Html,
                _ => Kind::Text,
            },
            kind => kind,
        }
    }

    fn zip(&mut self, mut found: Found<'_>, depth: u32) -> Result<(), E> {
        let bytes = std::mem::take(&mut found.bytes);
        let mut archive = match Archive::open(&bytes, u64::from(self.parts)) {
            Ok(archive) => archive,
            Err(reason) => return self.keep(Found { bytes, ..found }, Kind::Zip, PartVerdict::SetAside, Some(reason)),
        };
        if archive.is_program() {
            return self.refuse(Found { bytes: Cow::Borrowed(&bytes), ..found }, Reason::Program, bytes.len() as u64);
        }
        let path = found.path.clone();
        let numbers = ksef::numbers(&bytes, u64::from(self.parts));
        self.opened(found, Kind::Zip, &bytes)?;
        while let Some(member) = archive.next(&mut self.budget) {
            if self.full {
                return Ok(());
            }
            // The budget is asked for again when the part is taken.
            self.budget += member.bytes.len() as u64;
            // An invoice of an export is called by its number there, as KSeF calls those that it gives one by one.
            let name = match numbers.of(&member.bytes) {
                Some(number) => format!("{}.xml", number.as_str()),
                None => member.name,
            };
            let found = Found {
                path: format!("{path}!{}", member.path),
                origin: Origin::File,
                flaw: member.reason,
                bytes: Cow::Owned(member.bytes),
                name: Some(name),
                declared: None,
                is_mail: false,
            };
            self.member(found, member.size, depth + 1)?;
        }
        Ok(())
    }

    fn member(&mut self, found: Found<'_>, size: u64, depth: u32) -> Result<(), E> {
        match found.flaw {
            Some(Reason::Link) => self.keep(found, Kind::Unknown, PartVerdict::SetAside, Some(Reason::Link)),
            Some(reason) if found.bytes.is_empty() => self.refuse(found, reason, size),
            _ if is_system_file(&found.path) => {
                let kind = Kind::of(&found.bytes);
                self.keep(found, kind, PartVerdict::SetAside, Some(Reason::SystemFile))
            }
            _ => self.part(found, depth),
        }
    }

    fn judged(&mut self, found: Found<'_>, kind: Kind, depth: u32) -> Result<(), E> {
        let facts = Facts {
            bytes: &found.bytes,
            kind,
            declared: found.declared.as_deref(),
            name: found.name.as_deref(),
            origin: found.origin,
        };
        let (verdict, reason) = judge(&facts);
        if verdict == PartVerdict::Refused {
            let len = found.bytes.len() as u64;
            return self.refuse(found, reason.unwrap_or(Reason::UnknownKind), len);
        }
        // Files written into a text between "begin" and "end" are parts inside it.
        let text = matches!(reason, Some(Reason::TextBody | Reason::OutsideParts));
        let files: Vec<decode::Uufile> =
            if text && depth < self.depth { uuencoded(&found.bytes).take(100).collect() } else { Vec::new() };
        let path = found.path.clone();
        let flaw = found.flaw;
        self.keep(found, kind, verdict, reason.or(flaw))?;
        for (index, file) in files.into_iter().enumerate() {
            let found = Found {
                path: format!("{path}/{}", index + 1),
                bytes: Cow::Owned(file.bytes),
                name: Some(header::raw_text(&file.name).into_owned()),
                declared: None,
                origin: Origin::Attached,
                is_mail: false,
                flaw: file.flaw.map(Reason::from),
            };
            self.part(found, depth + 1)?;
        }
        Ok(())
    }

    /// A container that is opened: it is kept, too, since signatures and hashes speak of it.
    fn opened(&mut self, found: Found<'_>, kind: Kind, bytes: &[u8]) -> Result<(), E> {
        let flaw = found.flaw;
        self.keep(Found { bytes: Cow::Borrowed(bytes), ..found }, kind, PartVerdict::Container, flaw)
    }

    fn keep(&mut self, found: Found<'_>, kind: Kind, verdict: PartVerdict, reason: Option<Reason>) -> Result<(), E> {
        let part = Part {
            name: Some(shown_name(&found, kind)),
            media_type: kind.media_type().to_owned(),
            declared_type: found.declared,
            verdict,
            reason: reason.map(|r| r.name().to_owned()),
            message: reason.map(|r| r.message().to_owned()),
            size: found.bytes.len() as u64,
            sha256: sha256(&found.bytes),
            path: found.path,
        };
        self.send(part, &found.bytes)
    }

    /// Not taken: its bytes stay in the original. Where they are not known there is no hash.
    fn refuse(&mut self, found: Found<'_>, reason: Reason, size: u64) -> Result<(), E> {
        let known = found.bytes.len() as u64 == size;
        let kind = if known { Kind::of(&found.bytes) } else { Kind::Unknown };
        let part = Part {
            name: Some(shown_name(&found, kind)),
            media_type: kind.media_type().to_owned(),
            declared_type: found.declared,
            verdict: PartVerdict::Refused,
            reason: Some(reason.name().to_owned()),
            message: Some(reason.message().to_owned()),
            size,
            sha256: if known { sha256(&found.bytes) } else { String::new() },
            path: found.path,
        };
        self.send(part, &[])
    }

    fn too_many(&mut self, at: &str) -> Result<(), E> {
        self.parts = 0;
        self.send(Part { path: inside(at, "more"), ..nothing() }, &[])
    }

    /// Counts the part; the last one that fits says that there are more.
    fn send(&mut self, part: Part, bytes: &[u8]) -> Result<(), E> {
        if self.full {
            return Ok(());
        }
        if self.parts == 0 {
            self.full = true;
            let rest = Part { path: part.path, ..nothing() };
            return (self.emit)(rest, &[]);
        }
        self.parts -= 1;
        (self.emit)(part, bytes)
    }
}

/// The line that says that there are more parts than allowed.
fn nothing() -> Part {
    Part {
        path: String::new(),
        name: None,
        media_type: Kind::Unknown.media_type().to_owned(),
        declared_type: None,
        verdict: PartVerdict::Refused,
        reason: Some(Reason::TooManyParts.name().to_owned()),
        message: Some(Reason::TooManyParts.message().to_owned()),
        size: 0,
        sha256: String::new(),
    }
}

/// `2` and `1.1`: `2/1.1`, the first part of the first inside the container that part 2 is.
fn inside(container: &str, path: &str) -> String {
    if container.is_empty() { path.to_owned() } else { format!("{container}/{path}") }
}

fn origin(leaf: &Leaf, first: bool, referenced: &Referenced) -> Origin {
    let fields = &leaf.fields;
    let attachment = fields.disposition.as_deref() == Some("attachment");
    let text = fields.media_type.as_deref().is_none_or(|t| t == "text/plain" || t == "text/html" || t == "text/enriched");
    if leaf.place == Place::Outside {
        Origin::Outside
    } else if text && !attachment && (fields.name.is_none() || first) {
        Origin::Body
    } else if referenced.has(fields) || leaf.place == Place::Related && !attachment {
        Origin::Embedded
    } else {
        Origin::Attached
    }
}

/// A nested mail is called by its subject.
fn subject_of(kind: Kind, bytes: &[u8]) -> Option<String> {
    if kind != Kind::Mail {
        return None;
    }
    let head = &bytes[..bytes.len().min(1 << 16)];
    let end = head.windows(2).position(|w| w == b"\n\n").or_else(|| head.windows(4).position(|w| w == b"\r\n\r\n"));
    let subject = header::Fields::parse(&head[..end.unwrap_or(head.len())]).subject?;
    let subject = subject.replace(['/', '\\'], "-");
    (!subject.trim().is_empty()).then(|| format!("{}.eml", subject.trim()))
}

fn is_plain(charset: &str) -> bool {
    charset.len() <= 40 && charset.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':'))
}

fn is_marked_xml(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2048)]);
    head.contains("<?xml") || head.contains("xmlns")
}

fn shown_name(found: &Found<'_>, kind: Kind) -> String {
    let clean = if found.path.contains('!') { name::clean } else { name::clean_of_mail };
    found.name.as_deref().and_then(clean).unwrap_or_else(|| name::made(&found.path, kind.media_type()))
}

fn is_system_file(path: &str) -> bool {
    let member = path.rsplit('!').next().unwrap_or_default();
    let last = member.rsplit('/').next().unwrap_or_default();
    member.starts_with("__MACOSX/") || matches!(last, "DS_Store" | "Thumbs.db" | "desktop.ini")
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests;
