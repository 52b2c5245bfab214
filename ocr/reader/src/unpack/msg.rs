//! Mails saved by Outlook ([MS-OXMSG]): a compound file with a stream for each property and a storage for each attachment. A mail in a
//! mail is a storage within; the walk over them is a loop.

use super::lzfu;
use super::mapi::{self, tag};
use super::ole::Compound;

/// Something found in the mail.
#[derive(Debug, Default)]
pub struct Member {
    /// Place: `2` is the second part, `2/1` the first part of the mail that the second part is.
    pub path: String,
    /// Its name.
    pub name: Option<String>,
    /// Declared media type.
    pub declared: Option<String>,
    /// It is the text of a mail.
    pub is_text: bool,
    /// The mail's text shows it.
    pub is_embedded: bool,
    /// It is a mail whose parts follow; it has no bytes of its own.
    pub is_mail: bool,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Parts of a saved mail, those of mails within it down to `depth` layers; the bytes of all together stay within `budget`. None: no
/// such file. The flag says that something was left out.
pub fn members(raw: &[u8], depth: u32, budget: u64, most: usize) -> Option<(Vec<Member>, bool)> {
    let file = Compound::open(raw)?;
    let mut walk = Walk { file: &file, found: Vec::new(), budget, unread: raw.len() as u64, most, left_out: false };
    let mut mails = vec![(0usize, String::new(), depth)];
    while let Some((storage, prefix, depth)) = mails.pop() {
        for (inner, path) in walk.mail(storage, &prefix) {
            if depth == 0 || walk.found.len() >= most {
                walk.left_out = true;
                continue;
            }
            mails.push((inner, format!("{path}/"), depth - 1));
        }
        if walk.found.len() > most {
            walk.found.truncate(most);
            walk.left_out = true;
            break;
        }
    }
    Some((walk.found, walk.left_out))
}

struct Walk<'f> {
    file: &'f Compound<'f>,
    found: Vec<Member>,
    budget: u64,
    /// Bytes of streams that may still be read: an honest file has each of its bytes in one stream.
    unread: u64,
    most: usize,
    left_out: bool,
}

impl Walk<'_> {
    /// Parts of the mail in this storage; gives the mails within it.
    fn mail(&mut self, storage: usize, prefix: &str) -> Vec<(usize, String)> {
        let children = self.file.children(storage);
        let mut number = 0;
        let mut path = || {
            number += 1;
            format!("{prefix}{number}")
        };
        let text = |declared: &str, bytes: Vec<u8>| Member {
            declared: Some(declared.to_owned()),
            is_text: true,
            bytes,
            ..Member::default()
        };
        if let Some(body) = self.text(&children, tag::BODY) {
            self.push(Member { path: path(), ..text("text/plain", body.into_bytes()) });
        }
        if let Some(html) = self.bytes(&children, tag::HTML) {
            self.push(Member { path: path(), ..text("text/html", html) });
        } else if let Some(rtf) = self.bytes(&children, tag::RTF).and_then(|rtf| lzfu::decompress(&rtf, self.budget)) {
            let name = Some("body.rtf".to_owned());
            self.push(Member { path: path(), name, ..text("application/rtf", rtf) });
        }
        let mut inner = Vec::new();
        for attachment in self.storages(&children, "__attach_version1.0_") {
            if self.found.len() >= self.most || self.unread == 0 {
                self.left_out = true;
                break;
            }
            let at = path();
            if let Some(mail) = self.attachment(attachment, &at) {
                inner.push((mail, at));
            }
        }
        inner
    }

    /// Gives the storage of a mail, where the attachment is one.
    fn attachment(&mut self, storage: usize, path: &str) -> Option<usize> {
        let children = self.file.children(storage);
        let name = [tag::LONG_NAME, tag::DISPLAY_NAME, tag::NAME].into_iter().find_map(|id| self.text(&children, id));
        let (declared, is_embedded) = (self.text(&children, tag::MIME_TYPE), self.text(&children, tag::CONTENT_ID).is_some());
        let mail = self.storages(&children, "__substg1.0_3701000D").first().copied();
        let bytes = if mail.is_some() { Vec::new() } else { self.bytes(&children, tag::DATA).unwrap_or_default() };
        let subject = mail.and_then(|mail| {
            let children = self.file.children(mail);
            self.text(&children, tag::SUBJECT)
        });
        let name = subject.map(|subject| format!("{subject}.msg")).or(name);
        let is_mail = mail.is_some();
        self.push(Member { path: path.to_owned(), name, declared, is_embedded, is_mail, bytes, is_text: false });
        mail
    }

    fn push(&mut self, member: Member) {
        let size = member.bytes.len() as u64;
        if size > self.budget {
            self.left_out = true;
            return;
        }
        self.budget -= size;
        self.found.push(member);
    }

    fn storages(&self, children: &[usize], begins: &str) -> Vec<usize> {
        let is_one = |index: &usize| self.file.entry(*index).is_some_and(|entry| entry.is_storage && starts(&entry.name, begins));
        children.iter().copied().filter(is_one).collect()
    }

    fn stream(&mut self, children: &[usize], id: u16, kind: &str) -> Option<Vec<u8>> {
        let name = format!("__substg1.0_{id:04X}{kind}");
        let file = self.file;
        let is_it =
            |index: &&usize| file.entry(**index).is_some_and(|entry| !entry.is_storage && entry.name.eq_ignore_ascii_case(&name));
        let index = *children.iter().find(is_it)?;
        let bytes = if self.unread == 0 { Vec::new() } else { file.stream(index) };
        self.left_out |= self.unread == 0 || bytes.len() as u64 > self.unread;
        self.unread = self.unread.saturating_sub(bytes.len() as u64);
        Some(bytes)
    }

    fn text(&mut self, children: &[usize], id: u16) -> Option<String> {
        let wide = self.stream(children, id, "001F").map(|bytes| mapi::wide(&bytes));
        let text = wide.or_else(|| self.stream(children, id, "001E").map(|bytes| mapi::narrow(&bytes, 1252)));
        text.filter(|text| !text.is_empty())
    }

    fn bytes(&mut self, children: &[usize], id: u16) -> Option<Vec<u8>> {
        self.stream(children, id, "0102").filter(|bytes| !bytes.is_empty())
    }
}

fn starts(name: &str, with: &str) -> bool {
    name.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}
