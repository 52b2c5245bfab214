//! Where a PIN may stand, and which words can be one.

use std::ops::Range;

use super::subject::Subject;
use super::text::{Run, runs};
use super::vocab::vocab;

/// More candidates than this in one class count as none: a list of guesses is no PIN.
pub const MAX_CANDIDATES: usize = 3;

/// The form in which PINs are compared: PINs know no case.
pub fn normalise(word: &str) -> String {
    word.to_ascii_uppercase()
}

/// Four to ten ASCII letters or digits with a digit among them, and no year, month or day as clients write them for the period:
/// what somebody may mean as a PIN where they mark it as one. A few of these the office can never have given; they are wrong.
pub fn is_shaped(word: &str) -> bool {
    (4..=10).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_alphanumeric())
        && word.bytes().any(|b| b.is_ascii_digit())
        && !is_date(word)
}

/// `2026`, `202603`, `032026`, `20260315`, `15032026`.
fn is_date(word: &str) -> bool {
    let in_this_century = |year: &str| year.starts_with("20");
    match word.len() {
        6 => store::pin::looks_like_date(word) && (in_this_century(&word[..4]) || in_this_century(&word[2..])),
        _ => store::pin::looks_like_date(word),
    }
}

/// Candidates of a mail by class, normalised, distinct, in the order in which they are tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    /// Bracketed in the subject.
    pub bracketed: Vec<String>,
    /// After a label, in the subject or the client's first lines.
    pub labelled: Vec<String>,
    /// Standing alone.
    pub bare: Vec<String>,
}

/// Finds all candidates of at least `shortest` characters. `text` is the cleaned subject that `subject` was read from.
pub fn candidates(text: &str, subject: &Subject, own_lines: &[String], shortest: usize) -> Candidates {
    let mut found = Candidates { bracketed: subject.bracketed.clone(), ..Candidates::default() };
    let words: Vec<Run<'_>> = runs(text).into_iter().filter(|run| run.start >= subject.start).collect();
    found.labelled.extend(labelled(text, &words).into_iter().map(|(pin, _)| pin));
    let mut used = subject.used.clone();
    used.extend(labelled(text, &words).into_iter().map(|(_, range)| range));
    found.bare.extend(bare(text, &words, &used));
    for line in own_lines {
        let words = runs(line);
        found.labelled.extend(labelled(line, &words).into_iter().map(|(pin, _)| pin));
        if let [only] = &words[..]
            && is_bare_shaped(only)
            && line.trim_matches(['(', ')', '[', ']', '.', ' ']) == only.text
        {
            found.bare.push(normalise(only.text));
        }
    }
    for class in [&mut found.bracketed, &mut found.labelled, &mut found.bare] {
        class.retain(|pin| pin.len() >= shortest);
        class.sort();
        class.dedup();
    }
    found
}

/// PINs after a label: `PIN: 4839`, `şifre 4839`, `PIN to (4839)`, `PIN4839`.
fn labelled(text: &str, words: &[Run<'_>]) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    for at in 0..words.len() {
        for label in &vocab().pin_labels {
            if starts_with(&words[at..], label) {
                found.extend(value_after(text, words, at + label.len()));
                break;
            }
        }
        found.extend(glued(&words[at]));
    }
    found
}

fn starts_with(words: &[Run<'_>], label: &[String]) -> bool {
    words.len() >= label.len() && words.iter().zip(label).all(|(run, word)| run.folded == *word)
}

/// The value of a label that ends before word `next`; link words may stand between.
fn value_after(text: &str, words: &[Run<'_>], mut next: usize) -> Option<(String, Range<usize>)> {
    for _ in 0..3 {
        let run = words.get(next)?;
        let gap = &text[words[next - 1].end..run.start];
        if gap.chars().count() > 5 || gap.contains(['.', '!', '?', ',', '/', '@']) && !gap.starts_with('.') {
            return None;
        }
        if is_shaped(run.text) && ends_alone(text, run) {
            return Some((normalise(run.text), run.start..run.end));
        }
        if !vocab().pin_links.contains(&run.folded) {
            return None;
        }
        next += 1;
    }
    None
}

/// `PIN4839`: label and digits in one word.
fn glued(run: &Run<'_>) -> Option<(String, Range<usize>)> {
    let digits = run.folded.trim_start_matches(|c: char| !c.is_ascii_digit());
    let label = &run.folded[..run.folded.len() - digits.len()];
    let is_label = vocab().pin_labels.iter().any(|words| words.len() == 1 && words[0] == label);
    let usable = is_label && is_shaped(digits) && digits.bytes().all(|b| b.is_ascii_digit());
    usable.then(|| (digits.to_owned(), run.end - digits.len()..run.end))
}

/// PIN-shaped words that stand alone in the subject.
fn bare(text: &str, words: &[Run<'_>], used: &[Range<usize>]) -> Vec<String> {
    let is_used = |run: &Run<'_>| used.iter().any(|range| run.start < range.end && range.start < run.end);
    let free = |at: Option<usize>| at.and_then(|at| words.get(at)).filter(|run| !is_used(run));
    let mut found = Vec::new();
    for (at, run) in words.iter().enumerate().filter(|(_, run)| is_bare_shaped(run) && !is_used(run)) {
        let (before, after) = (free(at.checked_sub(1)), free(Some(at + 1)));
        if stands_alone(text, run) && !is_numbered(text, before, run) && !is_measured(text, run, after) {
            found.push(normalise(run.text));
        }
    }
    found
}

/// Shape of a bare PIN: no date in any form, neither a phone or tax number by its length, nor a number with its word or unit glued to it (`FV4839`,
/// `4839PLN`, `2026r`).
fn is_bare_shaped(run: &Run<'_>) -> bool {
    let text = run.text;
    if !is_shaped(text) || store::pin::looks_like_date(text) {
        return false;
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits >= 9 {
        return false;
    }
    let head = run.folded.trim_end_matches(|c: char| c.is_ascii_digit());
    let tail = run.folded.trim_start_matches(|c: char| c.is_ascii_digit());
    !vocab().number_words.contains(head) && !vocab().unit_words.contains(tail) && !vocab().pin_labels.iter().any(|l| l[0] == head)
}

/// Blanks or light punctuation on both sides: not a piece of `FV/4839/2026`, `+48…`, `1.234`, `a@b`.
fn stands_alone(text: &str, run: &Run<'_>) -> bool {
    let before = text[..run.start].chars().next_back();
    before.is_none_or(|c| c == ' ' || "([{,;:|\"'„“<".contains(c)) && ends_alone(text, run)
}

fn ends_alone(text: &str, run: &Run<'_>) -> bool {
    let mut after = text[run.end..].chars();
    match after.next() {
        None | Some(' ' | ')' | ']' | '}' | ';' | '|' | '"' | '\'' | '”' | '“' | '>' | '!' | '?') => true,
        Some(',' | '.' | ':') => after.next().is_none_or(|c| c == ' '),
        _ => false,
    }
}

/// Whether the word before makes `run` the number of something, or more digits before make both a phone number or an amount.
fn is_numbered(text: &str, before: Option<&Run<'_>>, run: &Run<'_>) -> bool {
    let Some(before) = before else { return text[..run.start].trim_end().ends_with(['€', '$', '£', '₺', '#', '№']) };
    let gap = &text[before.end..run.start];
    let digits = before.text.bytes().all(|b| b.is_ascii_digit());
    (digits && gap.chars().all(|c| " .,-".contains(c)))
        || vocab().number_words.contains(&before.folded)
        || vocab().unit_words.contains(&before.folded)
        || gap.contains(['€', '$', '£', '₺', '#', '№', '+'])
}

/// Whether the word after makes `run` an amount, or more digits after make both a phone number.
fn is_measured(text: &str, run: &Run<'_>, after: Option<&Run<'_>>) -> bool {
    let rest = text[run.end..].trim_start();
    if rest.starts_with(['€', '$', '£', '₺', '%']) {
        return true;
    }
    let Some(after) = after else { return false };
    let gap = &text[run.end..after.start];
    let digits = after.text.bytes().all(|b| b.is_ascii_digit());
    (digits && gap.chars().all(|c| " .,-".contains(c))) || (gap == " " && vocab().unit_words.contains(&after.folded))
}

/// What trying the candidates came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search<O> {
    /// Whose PIN was found.
    pub owner: Option<O>,
    /// Wrong ones looked at.
    pub wrong: u32,
    /// A class had more than [`MAX_CANDIDATES`].
    pub too_many: bool,
    /// Some were not looked at since `budget` was spent.
    pub braked: bool,
}

/// Tries the candidates, class by class, until one is right or `budget` wrong ones were looked at.
pub fn search<O>(candidates: &Candidates, budget: u32, owner: &dyn Fn(&str) -> Option<O>) -> Search<O> {
    let mut search = Search { owner: None, wrong: 0, too_many: false, braked: false };
    let mut tried: Vec<&str> = Vec::new();
    for class in [&candidates.bracketed, &candidates.labelled, &candidates.bare] {
        if class.len() > MAX_CANDIDATES {
            search.too_many = true;
            continue;
        }
        for pin in class {
            if tried.contains(&pin.as_str()) {
                continue;
            }
            if search.wrong >= budget {
                search.braked = true;
                return search;
            }
            search.owner = owner(pin);
            if search.owner.is_some() {
                return search;
            }
            search.wrong += 1;
            tried.push(pin);
        }
    }
    search
}

/// What stands for a PIN in a subject that is shown.
pub const MASK: &str = "••••";

/// `text` with each of `secrets` (normalised) masked, wherever it stands.
pub fn mask(text: &str, secrets: &[String]) -> String {
    let mut text = text.to_owned();
    for secret in secrets {
        while let Some(at) = text.to_ascii_uppercase().find(secret.as_str()) {
            text.replace_range(at..at + secret.len(), MASK);
        }
    }
    text
}
