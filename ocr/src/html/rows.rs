//! The text of HTML as rows of cells, in reading order. No tree is made: mails are never well-formed, and what cannot be understood is text.
//! Scripts, styles, and what a person does not see are left out; nothing is ever fetched.

use super::entities;

/// HTML that is looked at, and what is taken of it.
const MOST_BYTES: usize = 2 << 20;
const MOST_ROWS: usize = 5_000;
const MOST_CELLS: usize = 40;
/// Tables within tables; deeper ones are text.
const DEEPEST: usize = 40;

/// Elements whose content is no text.
const SKIPPED: &[&str] = &[
    "script", "style", "title", "template", "noscript", "svg", "math", "select", "textarea", "object", "iframe", "xmp", "video",
    "audio",
];
/// Elements that begin and end a line.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "html",
    "li",
    "main",
    "nav",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "tbody",
    "tfoot",
    "thead",
    "ul",
];
const VOID: &[&str] = &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];
const BOLD: &[&str] = &["b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6"];

/// A line of a cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// What it says.
    pub text: String,
    /// All of it is bold.
    pub bold: bool,
    /// It is a heading.
    pub large: bool,
}

/// A cell of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// Its lines.
    pub lines: Vec<Line>,
    /// Columns that it takes.
    pub span: usize,
    /// Set to the right.
    pub right: bool,
}

/// A row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Which table it is of; 0 for text outside of tables.
    pub table: usize,
    /// Its cells; one, outside of tables.
    pub cells: Vec<Cell>,
}

/// The rows of an HTML text.
pub fn rows(html: &str) -> Vec<Row> {
    let mut end = html.len().min(MOST_BYTES);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let mut reader = Reader::default();
    reader.read(&html[..end]);
    reader.line();
    while !reader.tables.is_empty() {
        reader.end_table();
    }
    reader.rows
}

#[derive(Default)]
struct Reader {
    rows: Vec<Row>,
    tables: Vec<Table>,
    count: usize,
    /// Tables that are too deep to be tables.
    ignored: usize,
    text: String,
    /// Of the text so far: anything that is not bold.
    plain: bool,
    large: bool,
    bold: usize,
    pre: usize,
    /// An element that is not seen, and how many of its name are open.
    hidden: Option<(String, usize)>,
}

#[derive(Default)]
struct Table {
    id: usize,
    cells: Vec<Cell>,
    cell: Option<Cell>,
}

impl Reader {
    fn read(&mut self, html: &str) {
        let mut rest = html;
        while self.rows.len() < MOST_ROWS {
            let Some(at) = rest.find('<') else { break };
            self.push(&rest[..at]);
            rest = &rest[at..];
            let next = rest[1..].chars().next();
            rest = match next {
                Some('!') if rest.starts_with("<!--") => rest.find("-->").map_or("", |end| &rest[end + 3..]),
                Some('!' | '?') => rest.find('>').map_or("", |end| &rest[end + 1..]),
                Some(c) if c == '/' || c.is_ascii_alphabetic() => {
                    let end = tag_end(rest);
                    let (tag, after) = rest.split_at(end);
                    self.tag(tag, after)
                }
                _ => {
                    self.push("<");
                    &rest[1..]
                }
            };
        }
        if self.rows.len() < MOST_ROWS {
            self.push(rest);
        }
    }

    /// One tag; what is left after it, and after the content of elements without text.
    fn tag<'t>(&mut self, tag: &str, after: &'t str) -> &'t str {
        let inner = tag.trim_start_matches('<').trim_end_matches('>');
        let (closing, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
        let name_end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == ':' || c == '-')).unwrap_or(inner.len());
        let name = inner[..name_end].to_ascii_lowercase();
        let attributes = inner[name_end..].to_ascii_lowercase();
        if let Some((hidden, open)) = &mut self.hidden {
            if *hidden == name && !inner.ends_with('/') {
                *open = if closing { *open - 1 } else { *open + 1 };
            }
            if *open == 0 {
                self.hidden = None;
            }
            return after;
        }
        if closing {
            self.close(&name);
            return after;
        }
        if SKIPPED.contains(&name.as_str()) {
            let close = format!("</{name}");
            let end = find_ignoring_case(after, &close);
            return end.map_or("", |end| after[end..].find('>').map_or("", |close| &after[end + close + 1..]));
        }
        if is_hidden(&attributes) && !VOID.contains(&name.as_str()) && !matches!(name.as_str(), "html" | "body") {
            self.hidden = Some((name, 1));
            return after;
        }
        self.open(&name, &attributes);
        after
    }

    fn open(&mut self, name: &str, attributes: &str) {
        match name {
            "br" => self.line(),
            "hr" => self.line(),
            "table" => self.begin_table(),
            "tr" => {
                self.line();
                self.end_row();
            }
            "td" | "th" => {
                self.line();
                self.end_cell();
                let compact: String = attributes.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'')).collect();
                let right = compact.contains("align=right") || compact.contains("text-align:right");
                let span = compact
                    .split("colspan=")
                    .nth(1)
                    .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
                let span = span.and_then(|digits| digits.parse().ok()).unwrap_or(1).clamp(1, MOST_CELLS);
                if let Some(table) = self.tables.last_mut() {
                    table.cell = Some(Cell { lines: Vec::new(), span, right });
                }
                // An end that was left out would make all that follows bold.
                self.bold = usize::from(name == "th");
            }
            "pre" => {
                self.line();
                self.pre += 1;
            }
            _ if BLOCKS.contains(&name) => self.line(),
            _ => {}
        }
        if BOLD.contains(&name) && name != "th" {
            self.bold += 1;
        }
        if matches!(name, "h1" | "h2") {
            self.large = true;
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "table" => {
                self.line();
                self.end_table();
            }
            "tr" => {
                self.line();
                self.end_row();
            }
            "td" | "th" => {
                self.line();
                self.end_cell();
            }
            "pre" => {
                self.line();
                self.pre = self.pre.saturating_sub(1);
            }
            _ if BLOCKS.contains(&name) => self.line(),
            _ => {}
        }
        if BOLD.contains(&name) {
            self.bold = self.bold.saturating_sub(1);
        }
    }

    fn push(&mut self, raw: &str) {
        if self.hidden.is_some() || raw.is_empty() {
            return;
        }
        let text = entities::decode(raw);
        for (index, piece) in text.split('\n').enumerate() {
            if index > 0 && self.pre > 0 {
                self.line();
            }
            if index > 0 || piece.starts_with(is_blank) {
                self.blank();
            }
            let mut words = piece.split(is_blank).filter(|word| !word.is_empty()).peekable();
            while let Some(word) = words.next() {
                // Zero-width characters keep words apart that are one to a reader.
                self.text.extend(word.chars().filter(|c| !is_invisible(*c)));
                self.plain |= self.bold == 0;
                if words.peek().is_some() {
                    self.blank();
                }
            }
            if piece.ends_with(is_blank) {
                self.blank();
            }
        }
    }

    fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }

    /// Ends a line: it belongs to the cell, or stands by itself.
    fn line(&mut self) {
        let text = std::mem::take(&mut self.text).trim_end().to_owned();
        let line = Line { bold: !self.plain, large: self.large, text };
        (self.plain, self.large) = (false, false);
        if line.text.is_empty() {
            return;
        }
        match self.tables.last_mut().and_then(|table| table.cell.as_mut()) {
            Some(cell) => cell.lines.push(line),
            None => self.rows.push(Row { table: 0, cells: vec![Cell { lines: vec![line], span: 1, right: false }] }),
        }
    }

    /// A table within a cell is read after what the row says before it.
    fn begin_table(&mut self) {
        self.line();
        if self.tables.len() >= DEEPEST {
            self.ignored += 1;
            return;
        }
        let inside = self.tables.last().is_some_and(|table| table.cell.is_some());
        self.end_row();
        if let Some(table) = self.tables.last_mut().filter(|_| inside) {
            table.cell = Some(Cell { span: 1, ..Cell::default() });
        }
        self.count += 1;
        self.tables.push(Table { id: self.count, ..Table::default() });
    }

    fn end_table(&mut self) {
        if self.ignored > 0 {
            self.ignored -= 1;
            return;
        }
        self.end_row();
        self.tables.pop();
    }

    fn end_cell(&mut self) {
        if let Some(table) = self.tables.last_mut()
            && let Some(cell) = table.cell.take()
            && table.cells.len() < MOST_CELLS
        {
            table.cells.push(cell);
        }
    }

    fn end_row(&mut self) {
        self.end_cell();
        let Some(table) = self.tables.last_mut() else { return };
        let cells = std::mem::take(&mut table.cells);
        if cells.iter().any(|cell| !cell.lines.is_empty()) {
            self.rows.push(Row { table: table.id, cells });
        }
    }
}

/// The byte after the tag that `text` begins with; a `>` within quotes does not end it.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return at + 1,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            // A quote that never ends would swallow the rest.
            _ if at > 2_000 => break,
            _ => {}
        }
    }
    text.find('>').map_or(text.len(), |at| at + 1)
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    (0..text.len().saturating_sub(wanted.len() - 1)).find(|at| text[*at..*at + wanted.len()].eq_ignore_ascii_case(wanted))
}

/// What a mail shows to programs alone: the line for lists of mails, text for filters.
fn is_hidden(attributes: &str) -> bool {
    if attributes.is_empty() {
        return false;
    }
    let compact: String = attributes.chars().filter(|c| !c.is_whitespace()).collect();
    let zero = |name: &str| {
        compact.split(name).skip(1).any(|rest| {
            let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            number.parse::<f32>() == Ok(0.0)
        })
    };
    compact.contains("display:none")
        || compact.contains("visibility:hidden")
        || compact.contains("mso-hide:all")
        || zero("font-size:")
        || zero("opacity:")
        || attributes.split_whitespace().any(|word| word == "hidden")
}

fn is_blank(c: char) -> bool {
    c.is_whitespace()
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
