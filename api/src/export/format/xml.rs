//! XML written element by element: escaped, without characters that XML 1.0 does not have, indented so that people can read it.

/// A document being written.
pub struct Xml {
    text: String,
    open: Vec<&'static str>,
}

impl Xml {
    /// With its declaration.
    pub fn new() -> Xml {
        Xml { text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), open: Vec::new() }
    }

    /// A part to be put into a document: without a declaration.
    pub fn part() -> Xml {
        Xml { text: String::new(), open: Vec::new() }
    }

    /// A part that is finished.
    pub fn raw(&mut self, part: &[u8]) -> &mut Xml {
        self.text.push_str(&String::from_utf8_lossy(part));
        self
    }

    /// Opens an element.
    pub fn open(&mut self, name: &'static str) -> &mut Xml {
        self.open_with(name, &[])
    }

    /// Opens an element with attributes.
    pub fn open_with(&mut self, name: &'static str, attributes: &[(&str, &str)]) -> &mut Xml {
        self.start(name, attributes);
        self.text.push_str(">\n");
        self.open.push(name);
        self
    }

    /// An element that is empty but for its attributes.
    pub fn empty(&mut self, name: &'static str, attributes: &[(&str, &str)]) -> &mut Xml {
        self.start(name, attributes);
        self.text.push_str("/>\n");
        self
    }

    /// An element with a text.
    pub fn leaf(&mut self, name: &'static str, text: impl AsRef<str>) -> &mut Xml {
        self.leaf_with(name, &[], text)
    }

    /// An element with attributes and a text.
    pub fn leaf_with(&mut self, name: &'static str, attributes: &[(&str, &str)], text: impl AsRef<str>) -> &mut Xml {
        self.start(name, attributes);
        self.text.push('>');
        escape(&mut self.text, text.as_ref());
        self.text.push_str(&format!("</{name}>\n"));
        self
    }

    /// An element with a text, if there is one.
    pub fn maybe(&mut self, name: &'static str, text: impl AsRef<str>) -> &mut Xml {
        if text.as_ref().is_empty() { self } else { self.leaf(name, text) }
    }

    /// A comment.
    pub fn comment(&mut self, text: &str) -> &mut Xml {
        self.indent();
        self.text.push_str(&format!("<!-- {} -->\n", text.replace("--", "- -")));
        self
    }

    /// Closes the element opened last.
    pub fn close(&mut self) -> &mut Xml {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.text.push_str(&format!("</{name}>\n"));
        }
        self
    }

    /// Closes what is open; gives the bytes.
    pub fn finish(mut self) -> Vec<u8> {
        while !self.open.is_empty() {
            self.close();
        }
        self.text.into_bytes()
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        for (name, value) in attributes {
            self.text.push_str(&format!(" {name}=\""));
            escape(&mut self.text, value);
            self.text.push('"');
        }
    }

    fn indent(&mut self) {
        self.text.push_str(&"  ".repeat(self.open.len()));
    }
}

/// XML 1.0 §2.2 and §2.4.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\r' | '\t' => out.push(' '),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Xml;

    #[test]
    fn what_is_written_is_read() {
        let mut xml = Xml::new();
        xml.open_with("a", &[("x", "1 < \"2\"")]).leaf("b", "R&D <żółć>\u{1}").maybe("c", "").empty("d", &[]).comment("a--b");
        let text = String::from_utf8(xml.finish()).unwrap();
        assert!(
            text.contains("<b>R&amp;D &lt;żółć&gt;</b>") && text.contains("x=\"1 &lt; &quot;2&quot;\"") && !text.contains("<c")
        );
        assert!(text.ends_with("</a>\n") && text.contains("<!-- a- -b -->"));
    }
}
