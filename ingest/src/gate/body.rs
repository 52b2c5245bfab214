//! The text of a mail, line by line as its reader sees it.

use mail_parser::decoders::html::html_to_text;
use mail_parser::{Message, PartType};

/// Elements that stand on lines of their own. The parser's conversion knows `br` and `p` alone; mails of phones and of Gmail's and Apple's programs have a
/// `div` for each line.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "pre",
    "section",
    "table",
    "tr",
    "ul",
];

/// The first text of the mail. Where the plain one is empty (programs put one there for form's sake) or there is none, the HTML's.
pub fn body(message: &Message<'_>) -> String {
    let part = |list: &[u32]| list.first().and_then(|at| message.part(*at)).map(|part| &part.body);
    let (first, html) = (part(&message.text_body), part(&message.html_body));
    match (first, html) {
        (Some(PartType::Text(text)), Some(PartType::Html(html))) if text.trim().is_empty() => lines(html),
        (Some(PartType::Text(text)), _) => text.to_string(),
        (Some(PartType::Html(html)), _) => lines(html),
        _ => String::new(),
    }
}

/// HTML as text, each block on a line of its own.
fn lines(html: &str) -> String {
    let mut apart = String::with_capacity(html.len() + html.len() / 8);
    // Whether something stands on the line so far.
    let mut written = false;
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, tail) = rest.split_at(at);
        written |= !text.trim().is_empty();
        apart.push_str(text);
        let end = match tail.starts_with("<!--") {
            true => tail.find("-->").map(|end| end + 3),
            false => tail.find('>').map(|end| end + 1),
        };
        let (tag, after) = tail.split_at(end.unwrap_or(tail.len()));
        let name = tag.trim_start_matches(['<', '/']).split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let is = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
        let opens_paragraph = is(&["p"]) && !tag.starts_with("</");
        if written && (is(BLOCKS) || opens_paragraph) {
            apart.push_str("<br>");
            written = false;
        } else if is(&["br", "p"]) {
            // The conversion breaks the line there by itself.
            written = false;
        } else if is(&["td", "th"]) {
            apart.push(' ');
        }
        apart.push_str(tag);
        rest = after;
    }
    apart.push_str(rest);
    html_to_text(&apart)
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::{body, lines};

    #[test]
    fn each_block_is_a_line() {
        for (html, text) in [
            ("<div>Dzień dobry</div><div>PIN: <b>4839</b></div><div>hej</div>", "Dzień dobry\nPIN: 4839\nhej"),
            ("<div dir=ltr>a<div><br></div><div>b</div></div>", "a\n\nb"),
            ("<div>a<br></div><div>b</div>", "a\nb"),
            ("a<p>b</p>c", "a\nb\nc"),
            ("<p class=MsoNormal>a<o:p></o:p></p><p>b</p>", "a\nb"),
            ("<table><tr><td>PIN</td><td>4839</td></tr><tr><td>x</td></tr></table>", "PIN 4839\nx"),
            ("<ul><li>a</li><li>b</li></ul>c", "a\nb\nc"),
            ("<DIV>a</DIV><!-- <div>no</div> --><H1>b</H1>", "a\nb"),
            ("<style>div { color: red }</style><div>a</div>", "a"),
            ("a < b and <div", "a"),
        ] {
            let found: Vec<String> = lines(html).trim().lines().map(|line| line.trim().to_owned()).collect();
            assert_eq!(found.join("\n"), text, "{html}");
        }
    }

    #[test]
    fn an_empty_plain_text_hides_nothing() {
        let mail = "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n \r\n\
                    --b\r\nContent-Type: text/html\r\n\r\n<div>PIN 4839</div>\r\n--b--\r\n";
        let text = body(&MessageParser::default().parse(mail.as_bytes()).expect("a mail"));
        assert_eq!(text.trim(), "PIN 4839");
    }
}
