//! What a mail says beside its papers: what the client wrote, who wrote what they forwarded, links that may lead to an invoice. Read
//! from headers and the first texts, bounded; links are shown and never followed.

use std::sync::LazyLock;

use mail_parser::MessageParser;
use ocr::fold::fold;
use serde::Deserialize;

use crate::forwarded::{self, Forwarded};
use crate::gate::{self, Head};

/// Bytes of a mail that are looked at: texts stand before attachments.
const LOOKED_AT: usize = 512 << 10;
/// Links shown.
const MAX_LINKS: usize = 10;
/// Longest link shown, in characters.
const MAX_LINK: usize = 1_000;
/// Longest note, in characters.
const MAX_NOTE: usize = 1_000;

/// What a mail says beside its papers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Understood {
    /// What the client wrote above anything forwarded or quoted, PINs masked.
    pub note: Option<String>,
    /// The mail that they forwarded within the text.
    pub original: Option<Forwarded>,
    /// Links that may lead to an invoice.
    pub links: Vec<String>,
}

/// Reads `raw`, a whole mail. `is_pin` says whether a word is a PIN that must not be shown.
pub fn understand(raw: &[u8], is_pin: &dyn Fn(&str) -> bool) -> Understood {
    let end = gate::header_end(raw);
    let seen = &raw[..raw.len().min(end + LOOKED_AT)];
    let Some(message) = MessageParser::default().parse(seen) else { return Understood::default() };
    let head = Head::parse(raw);
    let text = gate::body(&message);
    let html = message.html_body.first().and_then(|part| message.part(*part)).and_then(|part| match &part.body {
        mail_parser::PartType::Html(html) => Some(html.as_ref()),
        _ => None,
    });
    let mut links = html.map(anchors).unwrap_or_default();
    links.extend(bare_links(&text).map(|link| (link, String::new())));
    Understood {
        note: note(&head, is_pin),
        original: forwarded::original(&head.subject, &text, head.from.first().map(String::as_str)),
        links: invoice_links(links),
    }
}

/// The client's own lines up to their signature, PINs masked.
fn note(head: &Head, is_pin: &dyn Fn(&str) -> bool) -> Option<String> {
    let own: Vec<&str> = head.own_lines.iter().map(String::as_str).take_while(|line| *line != "--").collect();
    let text = gate::without_pins(&own.join("\n"), is_pin);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| line.chars().any(char::is_alphanumeric)).collect();
    let note: String = lines.join("\n").chars().take(MAX_NOTE).collect();
    (!note.is_empty()).then_some(note)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    hosts: Vec<String>,
    words: Vec<String>,
    never: Vec<String>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    // Compiled in and read by the tests: a broken one never ships.
    let mut words: Words = toml::from_str(include_str!("../vocab/links.toml")).expect("the vocabulary of links is valid");
    for list in [&mut words.hosts, &mut words.words, &mut words.never] {
        list.iter_mut().for_each(|word| *word = fold(word));
    }
    words
});

/// Those of the links, with their words, that may lead to an invoice; each once.
fn invoice_links(links: Vec<(String, String)>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (link, words) in links {
        let shown: String = link.chars().take(MAX_LINK).filter(|c| !c.is_control() && !c.is_whitespace()).collect();
        if may_be_invoice(&shown, &words) && !found.contains(&shown) && found.len() < MAX_LINKS {
            found.push(shown);
        }
    }
    found
}

fn may_be_invoice(link: &str, words: &str) -> bool {
    let lower = link.to_lowercase();
    let Some(rest) = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")) else { return false };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let both = format!("{} {}", fold(rest), fold(words));
    if WORDS.never.iter().any(|never| both.contains(never.as_str())) {
        return false;
    }
    let is_word = |word: &&String| {
        both.match_indices(word.as_str()).any(|(at, _)| {
            !both[..at].ends_with(char::is_alphanumeric) && !both[at + word.len()..].starts_with(char::is_alphabetic)
        })
    };
    WORDS.hosts.iter().any(|own| host == own || host.ends_with(&format!(".{own}")))
        || WORDS.words.iter().any(|word| is_word(&word))
}

/// Links written out in a text.
fn bare_links(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '(' | ')' | '[' | ']'));
    let links = words.filter(|word| word.starts_with("http://") || word.starts_with("https://"));
    links.map(|link| link.trim_end_matches(['.', ',', ';', '!']).to_owned()).take(200)
}

/// `href` and words of the links in an HTML text.
fn anchors(html: &str) -> Vec<(String, String)> {
    // ASCII only, so that places in it are places in the text.
    let lower = html.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = lower[at..].find("<a ").map(|start| at + start) {
        let Some(end) = lower[start..].find('>').map(|end| start + end) else { break };
        let close = lower[end..].find("</a").map_or(lower.len(), |close| end + close);
        if let Some(link) = attribute(&html[start..end], &lower[start..end], "href") {
            found.push((link.replace("&amp;", "&"), words(&html[end + 1..close.max(end + 1)])));
        }
        at = end;
        if found.len() >= 200 {
            break;
        }
    }
    found
}

fn attribute<'t>(tag: &'t str, lower: &str, name: &str) -> Option<&'t str> {
    let value = tag[lower.find(name)? + name.len()..].trim_start().strip_prefix('=')?.trim_start();
    match value.strip_prefix(['"', '\'']) {
        Some(rest) => rest.split(['"', '\'']).next(),
        None => value.split([' ', '>']).next(),
    }
}

/// Words between tags.
fn words(html: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in html.chars().take(2_000) {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(kind: &str, body: &str) -> Vec<u8> {
        format!("From: Jan <jan@mlyn.example>\r\nSubject: Fwd: faktura\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n{body}")
            .into_bytes()
    }

    #[test]
    fn a_note_without_its_pin() {
        let body = "Prywatne, opłacone gotówką.\r\nPIN: 483916\r\n902144\r\nJan\r\n-- \r\nMłyn sp. z o.o.\r\n\r\n---------- Forwarded message ---------\r\nOd: Sklep <s@sklep.example>\r\nDate: 5 paź 2026\r\nSubject: FV\r\n\r\ntreść\r\n";
        let found = understand(&mail("plain", body), &|word| word == "902144");
        assert_eq!(found.note.as_deref(), Some("Prywatne, opłacone gotówką.\nPIN: ••••\nJan"));
        assert_eq!(found.original.unwrap().mailbox.as_deref(), Some("s@sklep.example"));
        assert_eq!(understand(&mail("plain", "\r\n"), &|_| false).note, None);
    }

    #[test]
    fn links_to_invoices_and_no_others() {
        let html = "<p>Twoja <a class=x href=\"https://portal.example/d?id=7&amp;k=1\">faktura <b>FV/7</b></a> \
                    <A HREF='https://portal.example/unsubscribe'>wypisz</A> <a href=\"https://shop.example/\">Sklep</a> \
                    <a href=https://acme.sharepoint.com/x>plik</a> <a href=\"javascript:alert(1)\">faktura</a></p>";
        let found = understand(&mail("html", html), &|_| false).links;
        assert_eq!(found, ["https://portal.example/d?id=7&k=1", "https://acme.sharepoint.com/x"]);
        let text = "Rechnung: https://kunden.example/rechnung/117.\r\nMehr: https://kunden.example/agb\r\n";
        assert_eq!(understand(&mail("plain", text), &|_| false).links, ["https://kunden.example/rechnung/117"]);
    }
}
