//! Who wrote what a client forwards within the text: the block of header lines that mail programs put above it, in the forms of Gmail,
//! Outlook, Apple Mail, Thunderbird, Yahoo and their likes. The words are data (`vocab/forwarded.toml`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use ocr::fold::fold;
use serde::Deserialize;

/// Lines looked at: what somebody forwards begins near the top.
const MAX_LINES: usize = 2_000;
/// Characters of a line looked at.
const MAX_LINE: usize = 4_000;
/// Forwarded mails within each other that are told apart.
const MAX_FOUND: usize = 10;
/// Longest label in words (`gönderilme tarihi`, `copie a`).
const LABEL_WORDS: usize = 3;

/// A mail that was forwarded within the text, as its header lines say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forwarded {
    /// The writer's name.
    pub name: Option<String>,
    /// The writer's mailbox, in lower case.
    pub mailbox: Option<String>,
    /// Its subject.
    pub subject: Option<String>,
    /// When it was sent, as printed.
    pub date: Option<String>,
}

/// Mails forwarded within `text`, the outermost first. `subject` is that of the mail around them: the short form of some Outlooks
/// (`… wrote:`) is what a reply looks like, too, and counts only where the subject says that something is forwarded.
pub fn find(subject: &str, text: &str) -> Vec<Forwarded> {
    let lines: Vec<String> = text.lines().take(MAX_LINES).flat_map(unfolded).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() && found.len() < MAX_FOUND {
        let marked = marker(&lines[at]).then(|| lines[at + 1..].iter().take(3).position(|line| label(line).is_some())).flatten();
        match block(&lines, at + marked.map_or(0, |skip| skip + 1), marked.is_some()) {
            Some((forwarded, end)) => {
                found.push(forwarded);
                at = end;
            }
            None => at += 1,
        }
    }
    if found.is_empty() && is_forwarding(subject) {
        found.extend(lines.iter().take(40).enumerate().find_map(|(at, line)| wrote(line, lines.get(at + 1))));
    }
    found
}

/// The mail that matters: the outermost that `forwarder` did not write.
pub fn original(subject: &str, text: &str, forwarder: Option<&str>) -> Option<Forwarded> {
    let own = |one: &Forwarded| one.mailbox.is_some() && one.mailbox.as_deref() == forwarder;
    let mut all = find(subject, text);
    let index = all.iter().position(|one| !own(one)).unwrap_or(0);
    (!all.is_empty()).then(|| all.swap_remove(index))
}

/// What a label names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    From,
    Date,
    Subject,
    To,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    from: Vec<String>,
    date: Vec<String>,
    subject: Vec<String>,
    to: Vec<String>,
    markers: Vec<String>,
    wrote: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    prefixes: Vec<String>,
    #[serde(flatten)]
    languages: BTreeMap<String, Language>,
}

struct Words {
    prefixes: BTreeSet<String>,
    labels: BTreeMap<String, Label>,
    markers: BTreeSet<String>,
    wrote: BTreeSet<String>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    // Compiled in and read by the tests: a broken one never ships.
    let file: File = toml::from_str(include_str!("../vocab/forwarded.toml")).expect("the vocabulary of forwarded mails is valid");
    let mut words = Words {
        prefixes: file.prefixes.iter().map(|word| fold(word)).collect(),
        labels: BTreeMap::new(),
        markers: BTreeSet::new(),
        wrote: BTreeSet::new(),
    };
    for language in file.languages.into_values() {
        let families = [
            (language.to, Label::To),
            (language.subject, Label::Subject),
            (language.date, Label::Date),
            (language.from, Label::From),
        ];
        for (family, meaning) in families {
            words.labels.extend(family.iter().map(|label| (fold(label), meaning)));
        }
        words.markers.extend(language.markers.iter().map(|marker| fold(marker)));
        words.wrote.extend(language.wrote.iter().map(|verb| fold(verb)));
    }
    words
});

/// A line without quotation marks, invisible signs and stars of bold text. Yahoo writes marker and header lines without line ends:
/// they are set apart.
fn unfolded(line: &str) -> Vec<String> {
    let line = &line[..line.floor_char_boundary(MAX_LINE)];
    let line: String = line
        .chars()
        .filter(|c| !matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}'))
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .collect();
    let line = line.trim_start_matches(['>', '|', ' ']).trim_end();
    let Some(rest) = after_marker(line) else { return vec![line.to_owned()] };
    let head = line[..line.len() - rest.len()].to_owned();
    let mut lines = vec![head];
    let mut rest = rest.trim_start();
    while let Some(next) = next_label(rest) {
        lines.push(rest[..next].trim().to_owned());
        rest = &rest[next..];
    }
    lines.push(rest.trim().to_owned());
    lines
}

/// What follows `----- Forwarded Message -----` on its line, if header lines do.
fn after_marker(line: &str) -> Option<&str> {
    let line_start = line.trim_start();
    if !line_start.starts_with("--") {
        return None;
    }
    let words = line_start.trim_start_matches(['-', ' ']);
    let dashes = words.find("--")?;
    let rest = words[dashes..].trim_start_matches('-');
    (is_marker(&words[..dashes]) && label(rest.trim_start()).is_some()).then_some(rest)
}

/// Where the next label begins, behind the first one: at the end of a mailbox or of an address, no blank between.
fn next_label(text: &str) -> Option<usize> {
    let places = text.char_indices().filter(|(_, c)| matches!(c, '>' | ';' | '"') || c.is_alphanumeric());
    for (at, c) in places {
        let next = at + c.len_utf8();
        let rest = &text[next..];
        // `…com>To: …`, `…9:31Subject: …`, `…CESTSubject: …`; Polish has `Dw Walter` without the colon.
        let begins = starts_word(rest) && (c == '>' || c.is_alphanumeric());
        if begins && label(rest).is_some() {
            return Some(next);
        }
        if c == '>' && bare_label(rest) {
            return Some(next);
        }
    }
    None
}

/// A capital before a small letter: behind another letter, two words grown together.
fn starts_word(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase)
}

fn bare_label(text: &str) -> bool {
    let word: String = text.chars().take_while(|c| c.is_alphabetic()).collect();
    !word.is_empty() && text[word.len()..].starts_with(' ') && WORDS.labels.get(&fold(&word)) == Some(&Label::To)
}

/// The label at the beginning of a line, and its value.
fn label(line: &str) -> Option<(Label, &str)> {
    let line = line.trim_start_matches(['*', '_', ' ']);
    let colon = line.char_indices().take(40).find(|(_, c)| matches!(c, ':' | '：')).map(|(at, _)| at)?;
    let name = fold(line[..colon].trim_matches(['*', '_', ' ']));
    if name.split(' ').count() > LABEL_WORDS {
        return None;
    }
    let value = line[colon..].trim_start_matches([':', '：']).trim_start_matches(['*', '_', ' ']).trim();
    Some((*WORDS.labels.get(&name)?, value))
}

fn marker(line: &str) -> bool {
    let line = line.trim();
    (line.starts_with("--") || line.starts_with("==") || line.ends_with(':') || line.ends_with("--")) && is_marker(line)
}

fn is_marker(line: &str) -> bool {
    // Some programs write it in their language and in English, one after the other.
    let folded = fold(line);
    let mut pieces =
        folded.split("--").map(|piece| piece.trim_matches(|c: char| !c.is_alphanumeric())).filter(|piece| !piece.is_empty());
    pieces
        .any(|piece| WORDS.markers.contains(piece) || WORDS.markers.iter().any(|marker| piece.starts_with(&format!("{marker} "))))
}

/// Header lines from `at` on; gives what they say, and the line behind them. Without a marker above, there must be more of them.
fn block(lines: &[String], at: usize, marked: bool) -> Option<(Forwarded, usize)> {
    let mut seen: Vec<(Label, String)> = Vec::new();
    let mut end = at;
    let mut blank = 0;
    while let Some(line) = lines.get(end).filter(|_| seen.len() < 12) {
        match label(line) {
            // The same label again is another block.
            Some((name, _)) if name != Label::To && seen.iter().any(|(other, _)| *other == name) => break,
            Some((name, value)) => {
                blank = 0;
                seen.push((name, value.to_owned()));
            }
            // Outlook writes a blank line between header lines when it makes plain text of HTML.
            None if line.trim().is_empty() && !seen.is_empty() && blank == 0 && !marked => blank += 1,
            // Long lists of recipients and dates go on in the next line.
            None if !line.trim().is_empty()
                && blank == 0
                && seen.last().is_some_and(|(name, value)| continues(*name, value, line)) =>
            {
                if let Some((_, value)) = seen.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            }
            None => break,
        }
        end += 1;
    }
    let value = |name: Label| seen.iter().find(|(label, _)| *label == name).map(|(_, value)| value.as_str());
    let from = value(Label::From).filter(|from| !from.is_empty())?;
    let kinds: BTreeSet<Label> = seen.iter().map(|(name, _)| *name).collect();
    let enough = if marked { 2 } else { 3 };
    if kinds.len() < enough || !marked && !from.contains('@') && kinds.len() < 4 {
        return None;
    }
    let (name, mailbox) = person(from);
    let text = |name| value(name).filter(|value| !value.is_empty()).map(str::to_owned);
    Some((Forwarded { name, mailbox, subject: text(Label::Subject), date: text(Label::Date) }, end.max(at + 1)))
}

/// Whether a line goes on with the value above.
fn continues(name: Label, value: &str, line: &str) -> bool {
    match name {
        Label::To => value.ends_with([',', ';']) || line.contains('@'),
        Label::From => value.is_empty() || !value.contains('@') && line.contains('@') && line.starts_with(['<', '(', '[']),
        Label::Subject | Label::Date => value.is_empty(),
    }
}

/// `Jan Kowalski <jan@example.com>`, `jan@example.com`, `"Kowalski, Jan" [mailto:jan@example.com]`.
fn person(text: &str) -> (Option<String>, Option<String>) {
    let mailbox = mailbox(text);
    let end = mailbox
        .as_ref()
        .and_then(|(start, _)| text[..*start].rfind(['<', '(', '[']))
        .or(mailbox.as_ref().map(|(start, _)| *start));
    let name = text[..end.unwrap_or(text.len())].trim().trim_matches(['"', '\'', '<', '(', ' ', ',']).trim();
    let mailbox = mailbox.map(|(_, mailbox)| mailbox);
    let name = (!name.is_empty() && Some(name.to_lowercase()) != mailbox).then(|| name.to_owned());
    (name, mailbox)
}

/// The first mailbox in a text, and where it begins.
fn mailbox(text: &str) -> Option<(usize, String)> {
    let is_atom = |c: char| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c);
    for (at, _) in text.match_indices('@') {
        let start = text[..at].char_indices().rev().take_while(|(_, c)| is_atom(*c)).last().map(|(start, _)| start);
        let domain: String = text[at + 1..].chars().take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-')).collect();
        let domain = domain.trim_matches(['.', '-']);
        let Some(start) = start.filter(|_| domain.contains('.')) else { continue };
        // `mailto:` ends in a sign that is no part of a local part; nothing to take away.
        return Some((start, format!("{}@{domain}", &text[start..at]).to_lowercase()));
    }
    None
}

/// `Il giorno 28/10/2021, 12:46 "John Doe" <john@example.com> ha scritto:`, on one line or two.
fn wrote(line: &str, next: Option<&String>) -> Option<Forwarded> {
    let whole = match line.trim_end().ends_with(':') {
        true => line.to_owned(),
        false => format!("{line} {}", next.filter(|next| next.trim_end().ends_with(':'))?),
    };
    let (start, mailbox) = mailbox(&whole)?;
    let folded = fold(&whole);
    let words = folded.trim_end_matches([':', ' ']);
    let has_verb = WORDS.wrote.iter().any(|verb| {
        words.match_indices(verb.as_str()).any(|(at, _)| {
            let bound = |text: &str, last: bool| {
                let c = if last { text.chars().next_back() } else { text.chars().next() };
                c.is_none_or(|c| !c.is_alphanumeric())
            };
            bound(&words[..at], true) && bound(&words[at + verb.len()..], false)
        })
    });
    let digits = whole.chars().filter(char::is_ascii_digit).count();
    if !has_verb || digits < 6 {
        return None;
    }
    // The name stands before the mailbox, behind the last digit or a quotation mark; or the line begins with it.
    let before = whole[..start].trim_end_matches(['<', '(', ' ']);
    let name = match before.strip_suffix('"') {
        Some(quoted) => quoted.rsplit('"').next().unwrap_or_default(),
        None => {
            let from = before.rfind(|c: char| c.is_ascii_digit() || c == ',').map_or(0, |at| at + 1);
            before[from..].trim()
        }
    };
    let capital = name.split_whitespace().skip_while(|word| !word.starts_with(char::is_uppercase)).collect::<Vec<_>>().join(" ");
    Some(Forwarded { name: (!capital.is_empty()).then_some(capital), mailbox: Some(mailbox), subject: None, date: None })
}

/// Whether a subject says that something is forwarded: `Fwd:`, `PD:`, `WG:`.
fn is_forwarding(subject: &str) -> bool {
    let folded = fold(subject);
    let mut rest = folded.as_str();
    while let Some((prefix, after)) = rest.split_once(':') {
        if WORDS.prefixes.contains(prefix.trim()) {
            return true;
        }
        if prefix.trim().chars().count() > 12 {
            return false;
        }
        rest = after;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(name: &str) -> String {
        std::fs::read_to_string(format!("{}/../fuzz/seeds/forwarded/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    #[test]
    fn the_forms_of_mail_programs() {
        for (name, writer, mailbox, subject) in [
            ("gmail-pl", "Hurtownia Zboża", "faktury@hurtownia.example", "Faktura FV/7/2026"),
            ("outlook-de", "Müller, Jörg", "joerg.mueller@lieferant.example", "Rechnung 2026-117"),
            ("outlook-ro", "Furnizor SRL", "facturi@furnizor.example", "Factura 12"),
            ("outlook-tr", "Tedarikçi A.Ş.", "fatura@tedarikci.example", "Fatura"),
            ("apple-pt", "Fornecedor Ltda", "nf@fornecedor.example", "NF-e 123"),
            ("thunderbird-en", "Seller Ltd", "billing@seller.example", "Invoice 9"),
            ("yahoo-pl", "Sklep", "sklep@sklep.example", "Faktura 5"),
            ("twice-en", "Seller", "billing@seller.example", "Invoice"),
        ] {
            let found = original("Fwd: x", &seed(name), Some("jan@mlyn.example")).unwrap_or_else(|| panic!("{name}"));
            let told = (found.name.as_deref(), found.mailbox.as_deref(), found.subject.as_deref());
            assert_eq!(told, (Some(writer), Some(mailbox), Some(subject)), "{name}");
            assert!(found.date.is_some_and(|date| date.contains("2026")), "{name}");
        }
    }

    #[test]
    fn a_reply_is_no_forward_but_under_a_subject_that_says_so() {
        assert_eq!(find("AW: Rechnung", &seed("reply-de")), []);
        let found = find("WG: Rechnung", &seed("reply-de"));
        assert_eq!(found[0].mailbox.as_deref(), Some("joerg@lieferant.example"));
        assert_eq!(find("Re: x", "Von mir an dich: nichts\nDatum: morgen\n"), []);
    }
}
