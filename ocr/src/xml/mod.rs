//! Structured e-invoices to readings: UBL 2.1 and its national forms, CII (Factur-X, ZUGFeRD), KSeF FA, NF-e, FatturaPA, …
//!
//! What is where in a format is data (`ocr/formats/*.toml`, see `table`); a format is known by the local names and
//! identifiers in the file, and a wrong pairing of namespace and identifier is a finding, not a failure. Values are taken as
//! they are. No entity is ever expanded and nothing outside of the file is looked at; the caller caps its size.

mod charset;
mod convert;
mod map;
mod path;
mod table;

use roxmltree::{Document, Node, ParsingOptions};

use crate::reading::{DocumentType, Field, Finding, Reading, Severity};
use path::At;
use table::Format;

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing but blanks.
    #[error("the file is empty")]
    Empty,
    /// Not well-formed: cut short or damaged.
    #[error("the XML is damaged or cut short: {0}")]
    Malformed(String),
    /// It defines entities, which no invoice does and attacks do.
    #[error("the XML defines entities; such files are not read")]
    Entities,
    /// More elements than any invoice has.
    #[error("the XML has more than {0} nodes")]
    TooLarge(u32),
}

/// Nodes (elements, texts, comments) a file may have: memory stays below 200 MB, and an invoice with 10,000 lines fits in twice.
const MAX_NODES: u32 = 1_500_000;

/// How deep elements may be nested; invoices stay below 20.
const MAX_DEPTH: usize = 200;

/// Reads a file. Several bodies give several readings. What is XML but no invoice gives one reading of type `other` with a
/// finding that says what it is.
pub fn read(bytes: &[u8]) -> Result<Vec<Reading>, Error> {
    let charset::Text { text, complaint } = charset::decode(bytes);
    if text.is_empty() {
        return Err(Error::Empty);
    }
    let document = parse(&text)?;
    let mut readings = papers(document.root_element());
    if let Some(message) = complaint {
        let finding = Finding { code: "encoding".into(), severity: Severity::Warning, fields: Vec::new(), message };
        readings.iter_mut().for_each(|r| r.findings.push(finding.clone()));
    }
    Ok(readings)
}

/// Whether `bytes` look like XML at all: the first character that is no blank opens a tag, in any encoding.
pub fn looks_like(bytes: &[u8]) -> bool {
    let head = charset::decode(&bytes[..bytes.len().min(512)]).text;
    head.strip_prefix('<').is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic() || matches!(c, '?' | '!' | '_')))
}

fn parse(text: &str) -> Result<Document<'_>, Error> {
    if depth(text) > MAX_DEPTH {
        return Err(Error::Malformed(format!("elements are nested more than {MAX_DEPTH} deep")));
    }
    let options = |allow_dtd| ParsingOptions { allow_dtd, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let result = match Document::parse_with_options(text, options(false)) {
        Err(roxmltree::Error::DtdDetected) if defines_entities(text) => return Err(Error::Entities),
        Err(roxmltree::Error::DtdDetected) => Document::parse_with_options(text, options(true)),
        result => result,
    };
    result.map_err(|e| match e {
        roxmltree::Error::NodesLimitReached => Error::TooLarge(MAX_NODES),
        e => Error::Malformed(e.to_string()),
    })
}

/// Whether the document type declaration has anything to declare entities in.
fn defines_entities(text: &str) -> bool {
    let Some(at) = text.find("<!DOCTYPE") else { return false };
    let doctype = &text[at..];
    // An internal subset is in square brackets before the declaration's end; a harmless DOCTYPE has none or an empty one.
    let end = doctype.find('>').unwrap_or(doctype.len());
    doctype[..end].find('[').is_some_and(|open| !doctype[open + 1..].trim_start().starts_with(']'))
}

/// An upper bound of the nesting, without parsing: the parser itself recurses.
fn depth(text: &str) -> usize {
    let (mut now, mut most) = (0usize, 0usize);
    let bytes = text.as_bytes();
    for (i, _) in text.match_indices('<') {
        match bytes.get(i + 1) {
            Some(b'/') => now = now.saturating_sub(1),
            Some(b'!' | b'?') | None => {}
            Some(_) => {
                let end = text[i..].find('>').map_or(text.len(), |e| i + e);
                if bytes.get(end.wrapping_sub(1)) != Some(&b'/') {
                    now += 1;
                    most = most.max(now);
                }
            }
        }
    }
    most
}

fn papers(root: Node<'_, '_>) -> Vec<Reading> {
    let found = find_formats(root);
    if found.is_empty() {
        return vec![other(find_other(root))];
    }
    found.into_iter().flat_map(|(format, root)| papers_of(format, root)).collect()
}

fn papers_of(format: &Format, root: Node<'_, '_>) -> Vec<Reading> {
    let top = At { root, paper: root, here: root };
    let each = format.each.iter().map(|p| p.nodes(top)).find(|n| !n.is_empty());
    let papers = each.unwrap_or_else(|| vec![root]);
    papers.into_iter().map(|paper| map::apply(format, At { root, paper, here: paper })).collect()
}

/// The format of the root; or of the first element in an envelope (SBDH and its likes) that has one, and of those beside it.
fn find_formats<'a, 'i>(root: Node<'a, 'i>) -> Vec<(&'static Format, Node<'a, 'i>)> {
    if let Some(format) = format_of(root) {
        return vec![(format, root)];
    }
    if table::others().roots.contains_key(root.tag_name().name()) {
        return Vec::new();
    }
    let Some((first, _)) = shallow(root).find_map(|node| Some((node, format_of(node)?))) else { return Vec::new() };
    let beside = first.next_siblings().filter(Node::is_element);
    beside.filter_map(|node| Some((format_of(node)?, node))).collect()
}

/// What a file that is no invoice is about: its root, or what an envelope holds.
fn find_other<'a, 'i>(root: Node<'a, 'i>) -> Node<'a, 'i> {
    let known = |node: &Node<'a, 'i>| table::others().roots.contains_key(node.tag_name().name());
    if known(&root) {
        return root;
    }
    // The header of an envelope is known too, as an envelope without anything in it.
    let inside = |node: &Node<'a, 'i>| known(node) && !node.tag_name().name().ends_with("DocumentHeader");
    shallow(root).find(inside).or_else(|| shallow(root).find(known)).unwrap_or(root)
}

/// Elements near the root, in document order.
fn shallow<'a, 'i>(root: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    root.descendants().filter(|n| n.is_element() && n.ancestors().count() <= 12)
}

fn format_of(root: Node<'_, '_>) -> Option<&'static Format> {
    let at = At { root, paper: root, here: root };
    let name = root.tag_name().name();
    table::formats().iter().find(|f| {
        f.roots.iter().any(|r| r == name)
            && f.needs.iter().all(|p| p.exists(at))
            && (f.any_of.is_empty() || f.any_of.iter().any(|p| p.exists(at)))
            && (f.each.is_empty() || f.each.iter().any(|p| !p.nodes(at).is_empty()))
    })
}

/// A reading for XML that is no invoice.
fn other(root: Node<'_, '_>) -> Reading {
    let mut reading = map::blank(DocumentType::Other);
    let at = At { root, paper: root, here: root };
    let name = root.tag_name().name();
    let (code, message) = match table::others().roots.get(name) {
        Some(what) => ("not_an_invoice", format!("This file is {what} (root element {name}).")),
        None => {
            ("unknown_xml", format!("This file is XML of a kind that is not known here (root element {name}), not an e-invoice."))
        }
    };
    reading.findings.push(Finding { code: code.into(), severity: Severity::Info, fields: Vec::new(), message });
    reading.findings.extend(table::others().note.iter().filter_map(|note| map::note(note, at)));
    for (field, paths) in &table::others().fields {
        if let Some(value) = paths.iter().find_map(|p| p.text(at)).and_then(|raw| convert::field(*field, &raw)) {
            reading.fields.insert(*field, Field::exact(value));
        }
    }
    reading
}
