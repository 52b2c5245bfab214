//! What becomes of a part: a paper, something kept aside, or something not taken; and why, in a word and in a sentence.

use std::io::Cursor;

use image::ImageReader;
use ocr::context::Context;
use ocr::protocol::PartVerdict;
use ocr::reading::{DocumentType, FieldName};

use super::decode::Flaw;
use super::ksef;
use super::name;
use crate::picture::sheet;
use crate::sniff::Kind;

/// Why a part is not a plain document. The names are stable: panels translate them, exports and tests rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // each is said by its sentence below
pub enum Reason {
    TextBody,
    HtmlBody,
    HtmlInvoice,
    OutsideParts,
    SignaturePicture,
    Calendar,
    ContactCard,
    MailSignature,
    DetachedSignature,
    KsefMetadata,
    DeliveryReport,
    PartialMessage,
    ExternalBody,
    OutlookWrapper,
    OutlookMessage,
    SignedWrapper,
    ArchiveKind,
    AudioVideo,
    ResourceFork,
    SystemFile,
    Link,
    UnknownKind,
    Empty,
    Encrypted,
    EncryptedMail,
    BrokenArchive,
    TooDeep,
    Overlapping,
    TooManyMembers,
    TooManyParts,
    TooLarge,
    SuspiciousRatio,
    Compression,
    Program,
    Unterminated,
    DamagedEncoding,
    UnknownEncoding,
    JunkLeftOut,
    DamagedMember,
}

impl Reason {
    /// Its stable name.
    pub const fn name(self) -> &'static str {
        self.texts().0
    }

    /// A sentence for a person.
    pub const fn message(self) -> &'static str {
        self.texts().1
    }

    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Reason::TextBody => ("text_body", "The text of the mail."),
            Reason::HtmlBody => ("html_body", "The text of the mail, as HTML."),
            Reason::HtmlInvoice => ("html_invoice", "The text of the mail, as HTML; it may be an invoice itself."),
            Reason::OutsideParts => ("outside_parts", "Text of the mail that stands outside of its parts."),
            Reason::SignaturePicture => ("signature_picture", "A small picture of the mail's text, such as a logo."),
            Reason::Calendar => ("calendar", "A calendar entry."),
            Reason::ContactCard => ("contact_card", "A contact card."),
            Reason::MailSignature => ("mail_signature", "The electronic signature of the mail."),
            Reason::DetachedSignature => ("detached_signature", "The electronic signature of an invoice; kept with it."),
            Reason::KsefMetadata => {
                ("ksef_metadata", "What KSeF says of the invoices beside it; their numbers are taken from it.")
            }
            Reason::DeliveryReport => ("delivery_report", "A mail server's report about a delivery."),
            Reason::PartialMessage => {
                ("partial_message", "One piece of a mail that was cut into several; ask the sender for one whole mail.")
            }
            Reason::ExternalBody => {
                ("external_body", "A reference to a file elsewhere; nothing is fetched, ask the sender to attach the file.")
            }
            Reason::OutlookWrapper => (
                "outlook_wrapper",
                "Outlook packed the attachments into winmail.dat, and this one is damaged; ask for a mail in HTML format.",
            ),
            Reason::OutlookMessage => {
                ("outlook_message", "A mail saved by Outlook (.msg) that is damaged; ask for its attachments.")
            }
            Reason::SignedWrapper => (
                "signed_wrapper",
                "A file wrapped in a signature that can't be taken apart; it is kept. Ask for the file itself.",
            ),
            Reason::ArchiveKind => {
                ("archive_kind", "An archive of a kind that is not opened; ask for a ZIP or for the files themselves.")
            }
            Reason::AudioVideo => ("audio_video", "Sound or video, not a paper."),
            Reason::ResourceFork => ("resource_fork", "A side file of a Mac without content of its own."),
            Reason::SystemFile => ("system_file", "A side file of an operating system without content of its own."),
            Reason::Link => ("link", "A link to another file, not a file."),
            Reason::UnknownKind => ("unknown_kind", "A kind of file that is not recognised; it is kept."),
            Reason::Empty => ("empty", "Nothing is in it."),
            Reason::Encrypted => {
                ("encrypted", "Locked with a password; it is kept. Ask for the password or for a copy without one.")
            }
            Reason::EncryptedMail => {
                ("encrypted_mail", "Encrypted for the owner of a key; it is kept. Ask the sender for a mail without encryption.")
            }
            Reason::BrokenArchive => {
                ("broken_archive", "The archive is damaged and can't be opened; it is kept. Ask for it once more.")
            }
            Reason::TooDeep => ("too_deep", "Packed into too many layers; it is kept and not opened."),
            Reason::Overlapping => {
                ("overlapping", "The archive's members overlap, as in files made to do harm; it is kept and not opened.")
            }
            Reason::TooManyMembers => ("too_many_members", "More files than one archive may hold; it is kept and not opened."),
            Reason::TooManyParts => {
                ("too_many_parts", "More parts than one mail may have; the rest stays in the original mail only.")
            }
            Reason::TooLarge => ("too_large", "Larger than a file may be when unpacked; it stays in the original only."),
            Reason::SuspiciousRatio => ("suspicious_ratio", "Grows when unpacked as only files made to do harm do; not taken."),
            Reason::Compression => {
                ("compression", "Packed by a method that is not supported; it stays in the archive. Ask for an ordinary ZIP.")
            }
            Reason::Program => ("program", "A program or script; it is never taken."),
            Reason::Unterminated => {
                ("unterminated", "The mail ends before this file does: it may be cut. Compare it with the sender's.")
            }
            Reason::DamagedEncoding => {
                ("damaged_encoding", "The file's encoding is cut: bytes are missing at the end. Ask for it once more.")
            }
            Reason::UnknownEncoding => ("unknown_encoding", "Sent in an encoding that is not known; kept as it came."),
            Reason::JunkLeftOut => ("junk_left_out", "Characters that don't belong to the file's encoding were left out."),
            Reason::DamagedMember => {
                ("damaged_member", "The file's checksum in the archive is wrong: it may be damaged. Ask for it once more.")
            }
        }
    }
}

impl From<Flaw> for Reason {
    fn from(flaw: Flaw) -> Reason {
        match flaw {
            Flaw::Cut => Reason::DamagedEncoding,
            Flaw::UnknownEncoding => Reason::UnknownEncoding,
            Flaw::Junk | Flaw::Trailer => Reason::JunkLeftOut,
        }
    }
}

/// How a part came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A person chose the file: upload, member of an archive.
    File,
    /// Attached to a mail.
    Attached,
    /// A picture of the mail's HTML text: referenced by it, or inline beside it.
    Embedded,
    /// Text without a name and not attached: what the sender wrote.
    Body,
    /// Outside of the parts of a multipart.
    Outside,
}

/// What is known about a part when its verdict is due.
pub struct Facts<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What they are.
    pub kind: Kind,
    /// Declared media type.
    pub declared: Option<&'a str>,
    /// Its name.
    pub name: Option<&'a str>,
    /// How it came.
    pub origin: Origin,
}

/// A verdict on a part that is no container.
pub fn judge(facts: &Facts<'_>) -> (PartVerdict, Option<Reason>) {
    let aside = |reason| (PartVerdict::SetAside, Some(reason));
    let document = (PartVerdict::Document, None);
    if let Some(reason) = by_declaration(facts) {
        return aside(reason);
    }
    match facts.kind {
        Kind::Empty => aside(Reason::Empty),
        Kind::Program => (PartVerdict::Refused, Some(Reason::Program)),
        kind if is_raster(kind) && is_decoration(facts) => aside(Reason::SignaturePicture),
        Kind::Svg if facts.origin == Origin::Embedded => aside(Reason::SignaturePicture),
        Kind::Xml if is_signature(facts.bytes) => aside(Reason::DetachedSignature),
        Kind::Rtf if facts.origin == Origin::Body => aside(Reason::TextBody),
        Kind::Gzip | Kind::SevenZip | Kind::Rar | Kind::Tar | Kind::Compressed => aside(Reason::ArchiveKind),
        Kind::Text | Kind::Html | Kind::Mail => text(facts),
        Kind::Ole | Kind::Zip | Kind::Unknown if is_program_name(facts) => (PartVerdict::Refused, Some(Reason::Program)),
        Kind::Zip => aside(Reason::BrokenArchive),
        Kind::Unknown => aside(unknown(facts)),
        _ => document,
    }
}

/// Types that say enough by themselves and whose content is text or bytes of any kind.
fn by_declaration(facts: &Facts<'_>) -> Option<Reason> {
    match facts.declared? {
        "application/pgp-signature" | "application/pkcs7-signature" | "application/x-pkcs7-signature" => {
            Some(Reason::MailSignature)
        }
        "application/pgp-encrypted" => Some(Reason::EncryptedMail),
        "message/delivery-status" | "message/disposition-notification" | "text/rfc822-headers" | "message/feedback-report" => {
            Some(Reason::DeliveryReport)
        }
        "message/partial" => Some(Reason::PartialMessage),
        "message/external-body" => Some(Reason::ExternalBody),
        "application/applefile" => Some(Reason::ResourceFork),
        _ => None,
    }
}

fn text(facts: &Facts<'_>) -> (PartVerdict, Option<Reason>) {
    let aside = |reason| (PartVerdict::SetAside, Some(reason));
    let head = facts.bytes[..facts.bytes.len().min(512)].trim_ascii_start();
    let begins = |with: &[u8]| head.get(..with.len()).is_some_and(|h| h.eq_ignore_ascii_case(with));
    if ksef::is_metadata(facts.name) && ksef::parse(facts.bytes).is_some() {
        aside(Reason::KsefMetadata)
    } else if begins(b"BEGIN:VCALENDAR") {
        aside(Reason::Calendar)
    } else if begins(b"BEGIN:VCARD") {
        aside(Reason::ContactCard)
    } else if begins(b"-----BEGIN PGP SIGNATURE") {
        aside(Reason::MailSignature)
    } else if begins(b"-----BEGIN PGP MESSAGE") {
        aside(Reason::EncryptedMail)
    } else if facts.origin == Origin::Outside {
        aside(Reason::OutsideParts)
    } else if facts.origin == Origin::Body || is_exchange_fragment(facts) {
        aside(match facts.kind {
            Kind::Html if is_invoice(facts) => Reason::HtmlInvoice,
            Kind::Html => Reason::HtmlBody,
            _ => Reason::TextBody,
        })
    } else if is_program_name(facts) {
        (PartVerdict::Refused, Some(Reason::Program))
    } else if facts.bytes.trim_ascii().is_empty() {
        aside(Reason::Empty)
    } else {
        // Statements of banks, lists, invoices as HTML: a paper, if one that only a person reads.
        (PartVerdict::Document, None)
    }
}

/// Whether a mail's text may be an invoice or a receipt: it is read as one, and says what it is, how much, and when or under which number.
fn is_invoice(facts: &Facts<'_>) -> bool {
    /// Longer ones are newsletters.
    const LONGEST: usize = 512 << 10;
    let amount =
        |w: &[u8]| w[0].is_ascii_digit() && matches!(w[1], b'.' | b',') && w[2].is_ascii_digit() && w[3].is_ascii_digit();
    if facts.bytes.len() > LONGEST || !facts.bytes.windows(4).any(amount) {
        return false;
    }
    let laid = sheet::html(facts.bytes, facts.declared).unwrap_or_default();
    let pages: Vec<_> = laid.into_iter().take(5).map(|one| one.page).collect();
    let reading = ocr::extract::extract(&pages, &Context::default());
    let has = |name| reading.fields.contains_key(&name);
    matches!(
        reading.document_type,
        DocumentType::Invoice | DocumentType::CreditNote | DocumentType::Proforma | DocumentType::Receipt
    ) && (has(FieldName::TotalGross) || has(FieldName::AmountPayable))
        && (has(FieldName::InvoiceNumber) || has(FieldName::IssueDate))
}

/// Exchange turns the text after an attachment into attachments of these names.
fn is_exchange_fragment(facts: &Facts<'_>) -> bool {
    let Some(name) = facts.name else { return false };
    let name = name.to_ascii_uppercase();
    let digits = name
        .strip_prefix("ATT")
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(digits, _)| digits.len() == 5 && digits.bytes().all(|b| b.is_ascii_digit()));
    digits && facts.origin != Origin::File && has_extension(facts, &["txt", "htm", "html"])
}

fn unknown(facts: &Facts<'_>) -> Reason {
    let media = facts.declared.unwrap_or_default();
    // AppleDouble, RFC 1740 appendix B.
    if facts.bytes.starts_with(b"\0\x05\x16\x07") || facts.bytes.starts_with(b"\0\x05\x16\0") {
        Reason::ResourceFork
    } else if media.starts_with("audio/") || media.starts_with("video/") || facts.bytes.get(4..8) == Some(b"ftyp") {
        Reason::AudioVideo
    } else {
        Reason::UnknownKind
    }
}

fn has_extension(facts: &Facts<'_>, list: &[&str]) -> bool {
    facts.name.is_some_and(|n| list.contains(&name::extension_of(n).as_str()))
}

/// Names by which Windows and others start a program, for content that does not show it.
fn is_program_name(facts: &Facts<'_>) -> bool {
    const PROGRAMS: &[&str] = &[
        "ade", "apk", "app", "appx", "bat", "chm", "cmd", "com", "cpl", "deb", "dll", "dmg", "exe", "gadget", "hta", "img",
        "inf", "iso", "jar", "js", "jse", "lnk", "mde", "msc", "msi", "msp", "mst", "pif", "ps1", "psm1", "py", "reg", "rpm",
        "scr", "sct", "sh", "sys", "url", "vb", "vbe", "vbs", "vhd", "wsc", "wsf", "wsh", "xll",
    ];
    has_extension(facts, PROGRAMS)
}

/// [MS-OXMSG] 2.2.3: the streams of a message's properties, named in UTF-16.
pub fn is_outlook_message(bytes: &[u8]) -> bool {
    const STREAM: &[u8] = b"_\0_\0s\0u\0b\0s\0t\0g\x001\0.\x000\0";
    bytes.windows(STREAM.len()).any(|window| window == STREAM)
}

/// An XML file whose root is a signature (XML-DSig, or ANAF's `semnatura_` file beside an invoice).
fn is_signature(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
    let mut rest = head.as_ref();
    while let Some(open) = rest.find('<') {
        rest = &rest[open + 1..];
        if rest.starts_with(['?', '!']) {
            continue;
        }
        let name = rest.split([' ', '>', '/', '\t', '\r', '\n']).next().unwrap_or_default();
        return name.rsplit(':').next() == Some("Signature");
    }
    false
}

/// Pictures that have a size in pixels to look at.
fn is_raster(kind: Kind) -> bool {
    matches!(kind, Kind::Png | Kind::Jpeg | Kind::Gif | Kind::Bmp | Kind::Webp | Kind::Tiff)
}

/// Logos, icons, tracking pixels, banners: known by their size and shape and by how they came. A photographed receipt, inline or
/// not, is larger in both directions; when in doubt a picture is a paper.
fn is_decoration(facts: &Facts<'_>) -> bool {
    if facts.origin == Origin::File {
        return false;
    }
    let Some((width, height)) = pixels(facts.bytes) else { return false };
    let (short, long) = (width.min(height), width.max(height));
    let banner = width > height.saturating_mul(5) / 2;
    match facts.origin {
        Origin::Embedded => long < 600 || short < 250 || banner && height < 500,
        _ => long < 300 || banner && height < 200,
    }
}

fn pixels(bytes: &[u8]) -> Option<(u32, u32)> {
    ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?.into_dimensions().ok()
}
