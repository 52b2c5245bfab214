//! The command of a call: base64, gzip, XML. Bounded: what unpacks to more than [`MOST`], has a DTD or too many nodes is refused.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use roxmltree::{Document, Node, ParsingOptions};

use crate::http::problem::{Code, Problem};

/// Bytes of XML of one command at most.
const MOST: u64 = 4 << 20;
/// Elements and texts of one command at most.
const NODES: u32 = 200_000;

/// The XML of a command.
pub fn command(text: &str) -> Result<String, Problem> {
    let bad = |what: &str| Problem::field(Code::Invalid, "command", format!("It is base64 of gzip of XML; {what}."));
    let packed = STANDARD.decode(compact(text)).map_err(|_| bad("this is no base64"))?;
    let mut xml = Vec::new();
    GzDecoder::new(packed.as_slice()).take(MOST + 1).read_to_end(&mut xml).map_err(|_| bad("this is no gzip"))?;
    if xml.len() as u64 > MOST {
        return Err(bad("this is too long"));
    }
    String::from_utf8(xml).map_err(|_| bad("the XML is in UTF-8"))
}

/// The tree of a command.
pub fn parse(xml: &str) -> Result<Document<'_>, Problem> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES, ..ParsingOptions::default() };
    let text = xml.strip_prefix('\u{feff}').unwrap_or(xml);
    Document::parse_with_options(text, options).map_err(|error| Problem::field(Code::Invalid, "command", format!("{error}.")))
}

/// A file of a call.
pub fn file(text: &str) -> Result<Vec<u8>, Problem> {
    STANDARD.decode(compact(text)).map_err(|_| Problem::field(Code::Invalid, "attmnt", "A file is base64."))
}

/// Some programs break base64 into lines.
fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_whitespace()).collect()
}

/// Elements of this name below a container of that name.
pub fn each<'a>(document: &'a Document<'a>, container: &str, name: &'a str) -> Vec<Node<'a, 'a>> {
    let found = document.root_element().children().find(|node| node.has_tag_name(container));
    found.map(|node| node.children().filter(|node| node.has_tag_name(name)).collect()).unwrap_or_default()
}

/// The text of a child, trimmed; none where there is none or an empty one.
pub fn text<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let child = node.children().find(|child| child.has_tag_name(name))?;
    child.text().map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn packed(xml: &[u8]) -> String {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(xml).unwrap();
        STANDARD.encode(out.finish().unwrap())
    }

    #[test]
    fn commands_are_unpacked_and_bounded() {
        let xml = command(&packed("<ROOT><A><B> ż </B><B/></A></ROOT>".as_bytes())).unwrap();
        let document = parse(&xml).unwrap();
        assert_eq!(each(&document, "A", "B").len(), 2);
        assert_eq!(text(document.root_element().first_child().unwrap(), "B"), Some("ż"));
        assert!(command("no base64!").is_err() && command("bm8gZ3ppcA==").is_err());
        assert!(command(&packed(&vec![b' '; MOST as usize + 1])).is_err(), "a bomb");
        assert!(parse("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>").is_err() && parse("<a>").is_err());
    }
}
