//! Which parts the HTML of a mail shows within its text (RFC 2392).

use std::collections::HashSet;

use super::decode::{Encoding, decode};
use super::header::Fields;
use super::mime::Leaf;

/// HTML that is looked through, in bytes; longer ones are looked through so far.
const MAX_HTML: usize = 4 << 20;

/// Content-IDs that the HTML texts of a mail show.
#[derive(Debug, Default)]
pub struct Referenced(HashSet<String>);

impl Referenced {
    /// From a mail's leaves.
    pub fn by(raw: &[u8], leaves: &[Leaf]) -> Referenced {
        let mut ids = HashSet::new();
        let mut left = MAX_HTML;
        let is_html = |leaf: &&Leaf| leaf.fields.media_type.as_deref() == Some("text/html");
        for leaf in leaves.iter().filter(is_html) {
            let body = &raw[leaf.body.clone()];
            let body = &body[..body.len().min(left)];
            left -= body.len();
            collect(&decode(body, leaf.fields.encoding.unwrap_or(Encoding::Identity)).bytes, &mut ids);
        }
        Referenced(ids)
    }

    /// Whether a part with this header is shown.
    pub fn has(&self, fields: &Fields) -> bool {
        fields.content_id.as_ref().is_some_and(|id| self.0.contains(&id.to_ascii_lowercase()))
    }
}

fn collect(html: &[u8], ids: &mut HashSet<String>) {
    let mut rest = html;
    while let Some(colon) = rest.iter().position(|b| *b == b':') {
        let (before, after) = (&rest[..colon], &rest[colon + 1..]);
        if before.len() >= 3 && before[before.len() - 3..].eq_ignore_ascii_case(b"cid") {
            let end = after.iter().position(|b| matches!(b, b'"' | b'\'' | b' ' | b'>' | b')' | b'&' | b'\r' | b'\n'));
            let id = &after[..end.unwrap_or(after.len()).min(500)];
            ids.insert(String::from_utf8_lossy(id).replace("%40", "@").to_ascii_lowercase());
        }
        rest = after;
    }
}
