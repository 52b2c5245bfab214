//! winmail.dat: what Outlook packs a mail into when it writes "rich text" ([MS-OXTNEF]). Attributes follow one another; an attachment
//! begins with its rendering data, and what stands before the first one is the message's.

use super::lzfu;
use super::mapi::{self, Props, tag};
use super::ole::u32_at;

/// TNEF_SIGNATURE, little-endian.
const SIGNATURE: &[u8] = b"\x78\x9f\x3e\x22";
/// Attributes looked at: an honest winmail.dat has a few dozen.
const MAX_ATTRIBUTES: usize = 20_000;

// [MS-OXTNEF] 2.1.3.4
const BODY: u32 = 0x0002_800c;
const RENDERING: u32 = 0x0006_9002;
const MESSAGE_PROPS: u32 = 0x0006_9003;
const ATTACHMENT_PROPS: u32 = 0x0006_9005;
const CODE_PAGE: u32 = 0x0006_9007;
const DATA: u32 = 0x0006_800f;
const TITLE: u32 = 0x0001_8010;

/// Something found in the wrapper.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Declared media type.
    pub declared: Option<String>,
    /// It is the message's own text.
    pub is_text: bool,
    /// The mail's text shows it.
    pub is_embedded: bool,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What is in a winmail.dat; the flag says that it is damaged or cut. Texts that grow when unpacked take from `budget`.
pub fn members(raw: &[u8], budget: u64) -> (Vec<Member>, bool) {
    let Some(mut rest) = raw.strip_prefix(SIGNATURE).and_then(|rest| rest.get(2..)) else { return (Vec::new(), true) };
    let mut found = Found { code_page: 1252, budget, ..Found::default() };
    for _ in 0..MAX_ATTRIBUTES {
        if rest.len() < 11 {
            break;
        }
        let (id, length) = (u32_at(rest, 1), u32_at(rest, 5) as usize);
        let Some(data) = rest.get(9..9usize.saturating_add(length)) else {
            found.attribute(id, &rest[9..]);
            return found.end(true);
        };
        found.attribute(id, data);
        rest = rest.get(9 + length + 2..).unwrap_or_default();
    }
    let cut = rest.len() >= 11;
    found.end(cut)
}

#[derive(Default)]
struct Found {
    code_page: u16,
    budget: u64,
    text: Option<Member>,
    html: Option<Member>,
    rtf: Option<Member>,
    attachments: Vec<Member>,
}

impl Found {
    fn attribute(&mut self, id: u32, data: &[u8]) {
        match id {
            CODE_PAGE if data.len() >= 4 => self.code_page = u16::try_from(u32_at(data, 0)).unwrap_or(1252),
            BODY => self.text = text(&mapi::narrow(data, self.code_page), "text/plain"),
            MESSAGE_PROPS => self.message(&mapi::props(data, self.code_page)),
            RENDERING => self.attachments.push(Member::default()),
            DATA => self.last().bytes = data.to_vec(),
            TITLE => {
                let title = mapi::narrow(data, self.code_page);
                self.last().name.get_or_insert(title);
            }
            ATTACHMENT_PROPS => {
                let props = mapi::props(data, self.code_page);
                self.attachment(&props);
            }
            _ => {}
        }
    }

    fn message(&mut self, props: &Props<'_>) {
        if let Some(body) = props.text(tag::BODY) {
            self.text = text(&body, "text/plain");
        }
        if let Some(html) = props.bytes(tag::HTML) {
            self.html =
                Some(Member { declared: Some("text/html".to_owned()), is_text: true, bytes: html.to_vec(), ..Member::default() });
        }
        if let Some(bytes) = props.bytes(tag::RTF).and_then(|rtf| lzfu::decompress(rtf, self.budget)) {
            self.budget = self.budget.saturating_sub(bytes.len() as u64);
            let name = Some("body.rtf".to_owned());
            self.rtf =
                Some(Member { name, declared: Some("application/rtf".to_owned()), is_text: true, bytes, is_embedded: false });
        }
    }

    fn attachment(&mut self, props: &Props<'_>) {
        let name = props.text(tag::LONG_NAME).or_else(|| props.text(tag::DISPLAY_NAME)).or_else(|| props.text(tag::NAME));
        let declared = props.text(tag::MIME_TYPE);
        let is_embedded = props.text(tag::CONTENT_ID).is_some();
        // An object begins with the id of its interface; a message in it is a winmail.dat of its own (2.1.3.4.12).
        let object =
            props.bytes(tag::DATA).map(|data| if props.is_object(tag::DATA) { data.get(16..).unwrap_or_default() } else { data });
        let last = self.last();
        if name.as_deref().is_some_and(|name| !name.is_empty()) {
            last.name = name;
        }
        last.declared = declared.or(last.declared.take());
        last.is_embedded |= is_embedded;
        // For a message the attachment's own data is a sentence that says so.
        if let Some(object) = object
            && (last.bytes.is_empty() || object.starts_with(SIGNATURE))
        {
            last.bytes = object.to_vec();
        }
    }

    /// The attachment at hand. Data before the first rendering data is seen in real mails: it begins one.
    fn last(&mut self) -> &mut Member {
        if self.attachments.is_empty() {
            self.attachments.push(Member::default());
        }
        let last = self.attachments.len() - 1;
        &mut self.attachments[last]
    }

    fn end(self, cut: bool) -> (Vec<Member>, bool) {
        let texts = [self.text, self.html, self.rtf].into_iter().flatten().filter(|text| !text.bytes.is_empty());
        let something = |one: &Member| !one.bytes.is_empty() || one.name.is_some();
        (texts.chain(self.attachments.into_iter().filter(something)).collect(), cut)
    }
}

fn text(text: &str, declared: &str) -> Option<Member> {
    let bytes = text.trim_end_matches('\0').as_bytes().to_vec();
    Some(Member { declared: Some(declared.to_owned()), is_text: true, bytes, ..Member::default() })
}
