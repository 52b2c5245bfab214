//! Which originals are e-invoices of a profile: XML whose root element is one of its formats'. The root is looked for among the first bytes,
//! nothing is parsed: the file goes out as it came.

use crate::export::Original;
use crate::export::profile::Profile;

/// Bytes among which the root begins: declarations, comments and style sheets come before it.
const WITHIN: usize = 64 << 10;

/// Whether the file is one of the profile's.
pub fn is(profile: &Profile, file: &Original) -> bool {
    let xml = file.media_type.ends_with("xml");
    xml && (profile.roots.is_empty() || root(&file.bytes).is_some_and(|root| profile.roots.contains(&root)))
}

/// The local name of the first element.
fn root(bytes: &[u8]) -> Option<String> {
    let text = match bytes {
        // UTF-16 has a zero beside each letter of the markup.
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => bytes.iter().take(WITHIN).filter(|b| **b != 0).copied().collect(),
        _ => bytes[..bytes.len().min(WITHIN)].to_vec(),
    };
    let text = String::from_utf8_lossy(&text);
    let mut rest = text.as_ref();
    loop {
        rest = &rest[rest.find('<')? + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = &comment[comment.find("-->")? + 3..];
        } else if !rest.starts_with(['!', '?']) {
            let name = rest.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next()?;
            return Some(name.rsplit(':').next().unwrap_or(name).to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::root;

    #[test]
    fn roots_behind_what_may_come_first() {
        for (text, want) in [
            ("<?xml version='1.0'?><!-- <no/> --><ubl:Invoice xmlns:ubl='x'>", Some("Invoice")),
            ("\u{feff}<Faktura>", Some("Faktura")),
            ("<?xml-stylesheet href='a'?>\n<nfeProc/>", Some("nfeProc")),
            ("no xml", None),
        ] {
            assert_eq!(root(text.as_bytes()).as_deref(), want, "{text}");
        }
        assert_eq!(root(b"\xff\xfe<\0I\0n\0v\0>\0").as_deref(), Some("Inv"));
    }
}
