//! The structure of a mail (RFC 5322, RFC 2046): which bytes belong to which leaf.
//!
//! One pass over the lines with the boundaries that are open, so that neither depth nor number of parts costs more than their
//! bytes. Ranges are exact: the line end before a boundary belongs to the boundary (RFC 2046 section 5.1.1), and a boundary is
//! a whole line, since attachments sent as 8bit may hold its characters elsewhere. What stands outside of the parts, or
//! could not be taken apart, is a leaf too: nothing of a mail is without a leaf.

use std::ops::Range;

use super::header::Fields;

/// Deepest nesting of multiparts that is followed; what lies deeper stays one leaf.
const MAX_NESTING: usize = 60;

/// Blank or polite text before the first part and after the last ("This is a multi-part message in MIME format.").
const CHATTER: usize = 400;

/// A piece of a mail that is not a multipart.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// `1.2`: the second part of the first.
    pub path: String,
    /// What its header says.
    pub fields: Fields,
    /// Its raw body in the mail.
    pub body: Range<usize>,
    /// Where it stands.
    pub place: Place,
    /// The mail ended before the part did.
    pub unterminated: bool,
}

/// Where a leaf stands in its mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// The only or an ordinary part.
    #[default]
    Plain,
    /// In a multipart/related: pictures of an HTML body.
    Related,
    /// In a multipart/digest, where a part without a type is a mail.
    Digest,
    /// Before the first or after the last part of a multipart.
    Outside,
}

/// The leaves of a mail in their order, at most `max` of them; the flag says that there are more.
pub fn split(raw: &[u8], max: usize) -> (Vec<Leaf>, bool) {
    let first = Splitter::new(raw, max, None).run();
    // A multipart whose boundary is missing or wrong: the first line that is followed by a part's header shows the real one.
    if first.root_unopened
        && let Some(boundary) = visible_boundary(raw)
    {
        let second = Splitter::new(raw, max, Some(boundary)).run();
        return (second.leaves, second.full);
    }
    (first.leaves, first.full)
}

/// Whether bytes begin as a mail does.
pub fn begins_like_mail(raw: &[u8]) -> bool {
    let mut lines = raw.split(|b| *b == b'\n');
    let first = lines.next().unwrap_or_default();
    let field = if is_mbox_line(first) { lines.next().unwrap_or_default() } else { first };
    let name = field.split(|b| *b == b':').next().unwrap_or_default();
    is_field(field) && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b' '))
}

struct Multipart {
    boundary: Vec<u8>,
    path: String,
    children: u32,
    place: Place,
    closed: bool,
}

enum State {
    /// In the header of an entity at this path.
    Header { path: String, start: usize },
    /// In a leaf.
    Body { leaf: Leaf },
    /// Outside of the parts of the innermost multipart.
    Outside { start: usize },
}

/// What ends a leaf.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    OwnBoundary,
    OuterBoundary,
    Mail,
}

struct Splitter<'a> {
    raw: &'a [u8],
    max: usize,
    root_boundary: Option<Vec<u8>>,
    open: Vec<Multipart>,
    leaves: Vec<Leaf>,
    full: bool,
    root_unopened: bool,
}

impl<'a> Splitter<'a> {
    fn new(raw: &'a [u8], max: usize, root_boundary: Option<Vec<u8>>) -> Self {
        Splitter { raw, max, root_boundary, open: Vec::new(), leaves: Vec::new(), full: false, root_unopened: false }
    }

    fn run(mut self) -> Self {
        let mut state = State::Header { path: String::new(), start: 0 };
        let mut at = 0;
        while at < self.raw.len() && !self.full {
            let end = self.raw[at..].iter().position(|b| *b == b'\n').map_or(self.raw.len(), |p| at + p + 1);
            let line = &self.raw[at..end];
            state = match self.delimiter(line) {
                Some((level, closing)) => self.cross(state, level, closing, at, end),
                None => self.line(state, line, at, end),
            };
            at = end;
        }
        self.finish(state);
        self
    }

    /// Whether a line is a boundary of an open multipart: the innermost open one, else one that was closed already (a mail
    /// that goes on after its end).
    fn delimiter(&self, line: &[u8]) -> Option<(usize, bool)> {
        let text = line.strip_prefix(b"--")?.trim_ascii_end();
        let hit = |m: &Multipart| match text.strip_prefix(m.boundary.as_slice()) {
            Some(b"") => Some(false),
            Some(b"--") => Some(true),
            _ => None,
        };
        let find = |closed: bool| {
            self.open.iter().enumerate().rev().filter(|(_, m)| m.closed == closed).find_map(|(i, m)| Some((i, hit(m)?)))
        };
        find(false).or_else(|| find(true))
    }

    fn cross(&mut self, state: State, level: usize, closing: bool, at: usize, end: usize) -> State {
        let end_kind = if level + 1 == self.open.len() { End::OwnBoundary } else { End::OuterBoundary };
        self.leave(state, at, end_kind);
        self.open.truncate(level + 1);
        let multipart = &mut self.open[level];
        multipart.closed = closing;
        if closing {
            return State::Outside { start: end };
        }
        multipart.children += 1;
        let path = child(&multipart.path, multipart.children);
        State::Header { path, start: end }
    }

    fn line(&mut self, state: State, line: &[u8], at: usize, end: usize) -> State {
        match state {
            State::Header { path, start } => {
                if line.trim_ascii().is_empty() {
                    self.enter(path, start, at, end)
                } else if at == start && is_mbox_line(line) || is_field(line) || at > start && is_folded(line) {
                    State::Header { path, start }
                } else if next_line(self.raw, end).is_some_and(is_field) {
                    // A line of junk among fields: the header goes on.
                    State::Header { path, start }
                } else {
                    // No blank line between header and body.
                    self.enter(path, start, at, at)
                }
            }
            other => other,
        }
    }

    /// Header read: a multipart is opened, anything else is a leaf.
    fn enter(&mut self, path: String, start: usize, header_end: usize, body: usize) -> State {
        let mut fields = Fields::parse(&self.raw[start..header_end]);
        let place = self.open.last().map_or(Place::Plain, |m| m.place);
        if path.is_empty()
            && let Some(boundary) = self.root_boundary.take()
        {
            fields.boundary = Some(boundary);
            fields.media_type =
                fields.media_type.filter(|t| t.starts_with("multipart/")).or_else(|| Some("multipart/mixed".to_owned()));
        }
        match fields.boundary.take() {
            Some(boundary) if fields.is_multipart() && self.open.len() < MAX_NESTING => {
                let place = match fields.media_type.as_deref() {
                    Some("multipart/related") => Place::Related,
                    Some("multipart/digest") => Place::Digest,
                    _ => Place::Plain,
                };
                self.open.push(Multipart { boundary, path, children: 0, place, closed: false });
                State::Outside { start: body }
            }
            _ => {
                self.root_unopened |= path.is_empty() && fields.is_multipart();
                let path = if path.is_empty() { "1".to_owned() } else { path };
                State::Body { leaf: Leaf { path, fields, body: body..body, place, unterminated: false } }
            }
        }
    }

    /// Ends what was open at `at`, the start of a boundary line or the end of the mail.
    fn leave(&mut self, state: State, at: usize, why: End) {
        let end = if why == End::Mail { at } else { before_line_end(self.raw, at) };
        match state {
            State::Body { mut leaf } => {
                leaf.body.end = end.max(leaf.body.start);
                leaf.unterminated = why == End::Mail && self.open.iter().any(|m| !m.closed);
                self.push(leaf);
            }
            State::Header { path, start } => {
                let nothing = why == End::Mail && !path.is_empty() && self.raw[start..at].trim_ascii().is_empty();
                if !nothing && let leaf @ State::Body { .. } = self.enter(path, start, at, at) {
                    self.leave(leaf, at, why);
                }
            }
            State::Outside { start } => self.outside(start.min(end)..end, why),
        }
    }

    fn outside(&mut self, body: Range<usize>, why: End) {
        let Some(multipart) = self.open.last() else { return };
        let unopened = multipart.children == 0 && why != End::OwnBoundary;
        self.root_unopened |= unopened && multipart.path.is_empty();
        let text = self.raw[body.clone()].trim_ascii();
        // Short text around parts is a notice of a mail program or of a list; without parts it is all there is.
        if text.is_empty() || text.len() <= CHATTER && !unopened {
            return;
        }
        // No part has the number 0; behind the last part it stands below the number that would be next.
        let path = match multipart.children {
            0 => child(&multipart.path, 0),
            n => child(&child(&multipart.path, n + 1), 0),
        };
        self.push(Leaf { path, fields: Fields::default(), body, place: Place::Outside, unterminated: false });
    }

    fn push(&mut self, leaf: Leaf) {
        if self.leaves.len() >= self.max {
            self.full = true;
        } else {
            self.leaves.push(leaf);
        }
    }

    fn finish(&mut self, state: State) {
        if !self.full {
            self.leave(state, self.raw.len(), End::Mail);
        }
    }
}

fn child(parent: &str, number: u32) -> String {
    if parent.is_empty() { number.to_string() } else { format!("{parent}.{number}") }
}

/// Name and colon: RFC 5322 section 3.6.8, with blanks before the colon as section 4.5 allows.
fn is_field(line: &[u8]) -> bool {
    let Some(colon) = line.iter().position(|b| *b == b':') else { return false };
    let name = line[..colon].trim_ascii_end();
    !name.is_empty() && name.iter().all(|b| (33..=126).contains(b))
}

fn is_folded(line: &[u8]) -> bool {
    matches!(line.first(), Some(b' ' | b'\t'))
}

/// The line that mailbox files and some forwarders put first.
fn is_mbox_line(line: &[u8]) -> bool {
    line.starts_with(b"From ") || line.starts_with(b">From ")
}

fn next_line(raw: &[u8], at: usize) -> Option<&[u8]> {
    raw[at..].split(|b| *b == b'\n').next()
}

fn before_line_end(raw: &[u8], at: usize) -> usize {
    match &raw[..at] {
        [.., b'\r', b'\n'] => at - 2,
        [.., b'\n'] => at - 1,
        _ => at,
    }
}

/// The boundary that a mail really uses: a line of two dashes and more, with a content field below it.
fn visible_boundary(raw: &[u8]) -> Option<Vec<u8>> {
    let mut lines = raw.split(|b| *b == b'\n').peekable();
    while let Some(line) = lines.next() {
        let Some(boundary) = line.strip_prefix(b"--") else { continue };
        let boundary = boundary.trim_ascii_end();
        let below = lines.peek().copied().unwrap_or_default();
        if !boundary.is_empty() && below.get(..8).is_some_and(|b| b.eq_ignore_ascii_case(b"content-")) {
            return Some(boundary.to_vec());
        }
    }
    None
}

#[cfg(test)]
mod tests;
