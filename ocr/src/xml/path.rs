//! Paths into an XML file, as the tables in `ocr/formats` write them: a small part of XPath on local names.
//!
//! ```text
//! A/B/C            children by local name, whatever their namespace; A|B either name; * any name
//! A//B             B at any depth below A; a leading // searches the whole paper
//! /A               from the file's root element; $A from the paper's own element (the root, or one of several bodies)
//! A/@x             an attribute, last step only; @x alone an attribute of the element itself; . the element
//! A/..             the element that A is in
//! A[B]  A[!B]      only an A that has, or has no, non-empty B (any path)
//! A[B=x|y]         only an A with a B that is x or y; ^= starts with, *= contains; A[!B=x] with no B that is x
//! A[@c={$B/C}]     compared with the value of another path
//! ```

use roxmltree::Node;
use serde::Deserialize;

/// A compiled path.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Path {
    start: Start,
    steps: Vec<Step>,
    attribute: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Start {
    Here,
    Paper,
    Root,
}

#[derive(Clone, Debug, PartialEq)]
struct Step {
    /// The element around instead of those inside.
    up: bool,
    deep: bool,
    /// Empty for any name.
    names: Vec<String>,
    tests: Vec<Test>,
}

#[derive(Clone, Debug, PartialEq)]
struct Test {
    negate: bool,
    path: Path,
    /// None: the value only has to be there.
    want: Option<(Op, Want)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Op {
    Is,
    Starts,
    Contains,
}

#[derive(Clone, Debug, PartialEq)]
enum Want {
    Texts(Vec<String>),
    ValueOf(Box<Path>),
}

/// Where a path starts.
#[derive(Clone, Copy)]
pub(super) struct At<'a, 'i> {
    /// The file's root element.
    pub root: Node<'a, 'i>,
    /// The paper's own element.
    pub paper: Node<'a, 'i>,
    /// The element the path is relative to.
    pub here: Node<'a, 'i>,
}

impl<'a, 'i> At<'a, 'i> {
    /// The same paper, seen from another element.
    pub fn at(self, here: Node<'a, 'i>) -> Self {
        At { here, ..self }
    }
}

impl Path {
    /// Elements the path leads to, in document order.
    pub fn nodes<'a, 'i>(&self, at: At<'a, 'i>) -> Vec<Node<'a, 'i>> {
        let mut nodes = vec![match self.start {
            Start::Here => at.here,
            Start::Paper => at.paper,
            Start::Root => at.root,
        }];
        for step in &self.steps {
            let mut next = Vec::new();
            for node in nodes {
                if step.up {
                    next.extend(node.parent_element());
                } else if step.deep {
                    next.extend(node.descendants().skip(1).filter(|n| step.takes(*n, at)));
                } else {
                    next.extend(node.children().filter(|n| step.takes(*n, at)));
                }
            }
            nodes = next;
        }
        nodes
    }

    /// Non-empty texts the path leads to, blanks collapsed, in document order.
    pub fn texts(&self, at: At<'_, '_>) -> Vec<String> {
        let nodes = self.nodes(at).into_iter();
        let texts = nodes.filter_map(|node| match &self.attribute {
            Some(name) => node.attributes().find(|a| a.name() == name).map(|a| collapse(a.value())),
            None => Some(text_of(node)),
        });
        texts.filter(|t| !t.is_empty()).collect()
    }

    /// The first of [`Path::texts`].
    pub fn text(&self, at: At<'_, '_>) -> Option<String> {
        self.texts(at).into_iter().next()
    }

    /// Whether the path leads to an element or attribute that holds something (for an element: text or children).
    pub fn exists(&self, at: At<'_, '_>) -> bool {
        match &self.attribute {
            Some(_) => !self.texts(at).is_empty(),
            None => {
                self.nodes(at).iter().any(|n| n.has_children() && (n.first_element_child().is_some() || !text_of(*n).is_empty()))
            }
        }
    }
}

impl Step {
    fn takes(&self, node: Node<'_, '_>, at: At<'_, '_>) -> bool {
        node.is_element()
            && (self.names.is_empty() || self.names.iter().any(|n| n == node.tag_name().name()))
            && self.tests.iter().all(|t| t.holds(at.at_for(node)))
    }
}

impl<'a, 'i> At<'a, 'i> {
    fn at_for<'b>(self, node: Node<'b, 'b>) -> At<'b, 'b>
    where
        'a: 'b,
        'i: 'b,
    {
        At { root: self.root, paper: self.paper, here: node }
    }
}

impl Test {
    fn holds(&self, at: At<'_, '_>) -> bool {
        let found = match &self.want {
            None => self.path.exists(at),
            Some((op, want)) => {
                let wanted = match want {
                    Want::Texts(texts) => texts.clone(),
                    Want::ValueOf(path) => path.texts(at),
                };
                self.path.texts(at).iter().any(|text| {
                    wanted.iter().any(|w| match op {
                        Op::Is => text == w,
                        Op::Starts => text.starts_with(w.as_str()),
                        Op::Contains => text.contains(w.as_str()),
                    })
                })
            }
        };
        found != self.negate
    }
}

/// Text directly inside `node`, with blanks collapsed; comments inside it do not cut it.
pub(super) fn text_of(node: Node<'_, '_>) -> String {
    let mut children = node.children().filter(|c| c.is_text());
    match (children.next(), children.next()) {
        (Some(only), None) => collapse(only.text().unwrap_or_default()),
        _ => collapse(&node.children().filter(|c| c.is_text()).filter_map(|c| c.text()).collect::<String>()),
    }
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl TryFrom<String> for Path {
    type Error = String;

    fn try_from(text: String) -> Result<Path, String> {
        Path::parse(&text)
    }
}

impl Path {
    fn parse(text: &str) -> Result<Path, String> {
        let (start, mut rest) = match text.as_bytes() {
            [b'/', b'/', ..] => (Start::Paper, text),
            [b'/', ..] => (Start::Root, &text[1..]),
            [b'$', ..] => (Start::Paper, &text[1..]),
            _ => (Start::Here, text),
        };
        let mut path = Path { start, steps: Vec::new(), attribute: None };
        while !rest.is_empty() && rest != "." {
            let deep = rest.starts_with("//");
            rest = rest.trim_start_matches('/');
            let end = end_of_step(rest);
            let (step, tail) = rest.split_at(end);
            rest = tail.strip_prefix('/').filter(|t| !t.starts_with('/')).unwrap_or(tail);
            match step.strip_prefix('@') {
                Some(name) if rest.is_empty() => path.attribute = Some(name.to_owned()),
                Some(_) => return Err(format!("an attribute in the middle of {text:?}")),
                None => path.steps.push(Step::parse(step, deep)?),
            }
        }
        Ok(path)
    }
}

/// Length of the first step: up to a slash that is not inside brackets.
fn end_of_step(text: &str) -> usize {
    let mut depth = 0i32;
    for (i, c) in text.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            '/' if depth == 0 => return i,
            _ => {}
        }
    }
    text.len()
}

impl Step {
    fn parse(text: &str, deep: bool) -> Result<Step, String> {
        if text == ".." {
            return Ok(Step { up: true, deep, names: Vec::new(), tests: Vec::new() });
        }
        let (name, mut rest) = text.split_at(text.find('[').unwrap_or(text.len()));
        let names: Vec<String> = if name == "*" { Vec::new() } else { name.split('|').map(str::to_owned).collect() };
        if names.iter().any(String::is_empty) {
            return Err(format!("a step without a name in {text:?}"));
        }
        let mut tests = Vec::new();
        while let Some(inner) = rest.strip_prefix('[') {
            let end = matching_bracket(inner).ok_or_else(|| format!("a bracket is not closed in {text:?}"))?;
            tests.push(Test::parse(&inner[..end])?);
            rest = &inner[end + 1..];
        }
        if rest.is_empty() {
            Ok(Step { up: false, deep, names, tests })
        } else {
            Err(format!("{rest:?} after a test in {text:?}"))
        }
    }
}

fn matching_bracket(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (i, c) in text.char_indices() {
        match c {
            '[' => depth += 1,
            ']' if depth == 0 => return Some(i),
            ']' => depth -= 1,
            _ => {}
        }
    }
    None
}

impl Test {
    fn parse(text: &str) -> Result<Test, String> {
        let (negate, text) = text.strip_prefix('!').map_or((false, text), |t| (true, t));
        // The comparison is the first `=` outside of brackets of the path on its left.
        let mut depth = 0;
        let equals = text.char_indices().find(|(_, c)| {
            depth += i32::from(*c == '[') - i32::from(*c == ']');
            *c == '=' && depth == 0
        });
        let Some((at, _)) = equals else { return Ok(Test { negate, path: Path::parse(text)?, want: None }) };
        let (left, right) = (&text[..at], &text[at + 1..]);
        let (op, left) = if let Some(l) = left.strip_suffix('^') {
            (Op::Starts, l)
        } else if let Some(l) = left.strip_suffix('*') {
            (Op::Contains, l)
        } else {
            (Op::Is, left)
        };
        let want = match right.strip_prefix('{').and_then(|r| r.strip_suffix('}')) {
            Some(path) => Want::ValueOf(Box::new(Path::parse(path)?)),
            None => Want::Texts(right.split('|').map(str::to_owned).collect()),
        };
        Ok(Test { negate, path: Path::parse(left)?, want: Some((op, want)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "<r xmlns='urn:x' xmlns:p='urn:y'><p:a k='1'>one</p:a><a k='2'> two
        words </a><b><a>three</a><c><a>four</a></c></b><cur>PLN</cur><t u='EUR'>5</t><t u='PLN'>7<!-- x -->8</t><e/></r>";

    #[test]
    fn paths_lead_where_the_table_says() {
        let file = roxmltree::Document::parse(FILE).expect("test file");
        let root = file.root_element();
        let b = root.children().find(|n| n.has_tag_name(("urn:x", "b"))).expect("b");
        let at = At { root, paper: b, here: root };
        for (path, want) in [
            ("a", vec!["one", "two words"]),
            ("a/@k", vec!["1", "2"]),
            ("a[@k=2]", vec!["two words"]),
            ("a[@k=2|1]", vec!["one", "two words"]),
            ("b/a|b/c/a", vec![]),
            ("b/a", vec!["three"]),
            ("b//a", vec!["three", "four"]),
            ("//a", vec!["three", "four"]),
            ("/b/c/a", vec!["four"]),
            ("$c/a", vec!["four"]),
            ("*[@u^=E]", vec!["5"]),
            ("*[@u*=L]", vec!["78"]),
            ("t[@u={cur}]", vec![]),
            ("t[@u={/cur}]", vec!["78"]),
            ("t[!@u={/cur}]", vec!["5"]),
            ("b[c/a=four]/a", vec!["three"]),
            ("b[!c/a=four]/a", vec![]),
            ("b[c[a=four]]/a", vec!["three"]),
            ("b/c/../a", vec!["three"]),
            ("../a", vec![]),
            ("e", vec![]),
        ] {
            assert_eq!(Path::parse(path).expect(path).texts(at), want, "{path}");
        }
        assert!(Path::parse("b").expect("b").exists(at) && !Path::parse("e").expect("e").exists(at));
    }

    #[test]
    fn mistakes_in_a_table_are_seen() {
        for path in ["a[b", "@x/a", "a[b]c", "[a]"] {
            assert!(Path::parse(path).is_err(), "{path}");
        }
    }
}
