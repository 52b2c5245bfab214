//! The subject's grammar: `(MM/YYYY) (PIN) {TYPE}` in any order and with other text between.

use std::fmt;
use std::ops::Range;

use super::pin;
use super::vocab::{Paper, vocab};
use ocr::fold::fold;

/// A month of bookkeeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// 2000 to 2099.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
}

impl Period {
    /// Reads `MM/YYYY`, `M.YYYY`, `YYYY-MM` and their like.
    pub fn parse(text: &str) -> Option<Period> {
        let (left, right) = text.split_once(['/', '.', '-'])?;
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit()).then(|| s.parse::<u16>().ok()).flatten();
        let (month, year) = match (left.len(), right.len()) {
            (1 | 2, 4) => (digits(left)?, digits(right)?),
            (4, 1 | 2) => (digits(right)?, digits(left)?),
            _ => return None,
        };
        ((2000..2100).contains(&year) && (1..=12).contains(&month)).then_some(Period { year, month: month as u8 })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// What the subject says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Where the text begins after `Fwd: PD: WG:` and their like.
    pub start: usize,
    /// The month named, if it is one.
    pub period: Option<Period>,
    /// Two different months, or a month that does not exist, were named.
    pub period_unclear: bool,
    /// The type's code in upper case, known or not.
    pub code: Option<String>,
    /// PIN-shaped words in round or square brackets, normalised.
    pub bracketed: Vec<String>,
    /// What was understood: no bare PIN can be there.
    pub used: Vec<Range<usize>>,
}

/// The known types: the shipped ones and a company's own.
pub fn paper_type<'a>(code: &str, own: &'a std::collections::BTreeMap<String, Paper>) -> Option<&'a Paper> {
    own.get(code).or_else(|| vocab().types.get(code))
}

/// Reads a cleaned subject. `is_type` says whether a code is a type the company knows.
pub fn read(text: &str, is_type: impl Fn(&str) -> bool) -> Subject {
    let mut subject = Subject { start: prefix_end(text), ..Subject::default() };
    let mut periods = Vec::new();
    for group in groups(text, subject.start) {
        read_group(&mut subject, &mut periods, &group, &is_type);
    }
    if periods.is_empty() {
        bare_periods(&mut subject, &mut periods, text);
    }
    periods.sort();
    periods.dedup();
    match periods[..] {
        [] => {}
        [one] => subject.period = Some(one),
        _ => subject.period_unclear = true,
    }
    subject
}

/// Length of the reply and forward prefixes, `Re[2]: Fwd: ` and their like.
fn prefix_end(text: &str) -> usize {
    let mut end = 0;
    while let Some((word, rest)) = text[end..].split_once(':') {
        let bare = word.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '[' | ']' | '(' | ')'));
        if !vocab().subject_prefixes.contains(&fold(bare.trim())) {
            break;
        }
        end = text.len() - rest.len();
    }
    end
}

struct Group<'a> {
    open: char,
    inner: &'a str,
    range: Range<usize>,
}

/// The innermost brackets of the text.
fn groups(text: &str, start: usize) -> Vec<Group<'_>> {
    let mut found = Vec::new();
    let mut open = None;
    for (at, c) in text.char_indices().filter(|(at, _)| *at >= start) {
        match c {
            '(' | '[' | '{' => open = Some((at, c)),
            ')' | ']' | '}' => {
                if let Some((from, bracket)) = open.take() {
                    found.push(Group { open: bracket, inner: text[from + 1..at].trim(), range: from..at + 1 });
                }
            }
            _ => {}
        }
    }
    found
}

fn read_group(subject: &mut Subject, periods: &mut Vec<Period>, group: &Group<'_>, is_type: &impl Fn(&str) -> bool) {
    let words: Vec<&str> = group.inner.split([' ', ',', ';', '|']).filter(|word| !word.is_empty()).collect();
    if words.len() > 4 {
        return;
    }
    let several = words.len() > 1;
    let known = |word: &&str| Period::parse(word).is_some() || is_type(&word.to_uppercase()) || pin::is_shaped(word);
    // `(kopia 4839)` is a remark; `(03/2026, 4839)` is ours.
    if several && !words.iter().all(known) {
        return;
    }
    for word in words {
        let upper = word.to_uppercase();
        if let Some(period) = Period::parse(word) {
            periods.push(period);
        } else if looks_like_period(word) {
            subject.period_unclear = true;
        } else if is_type(&upper) || (group.open == '{' && is_code(&upper)) {
            subject.code.get_or_insert(upper);
        } else if group.open != '{' && pin::is_shaped(word) {
            subject.bracketed.push(pin::normalise(word));
        } else {
            continue;
        }
        subject.used.push(group.range.clone());
    }
}

/// `13/2026`: meant as a month, but none.
fn looks_like_period(word: &str) -> bool {
    word.split_once('/').is_some_and(|(month, year)| {
        month.len() <= 2
            && year.len() == 4
            && [month, year].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// A code of one to three letters, which braces make a type even if nobody knows it.
fn is_code(upper: &str) -> bool {
    (1..=3).contains(&upper.len()) && upper.bytes().all(|b| b.is_ascii_alphabetic())
}

/// `05/2018` without brackets names the month too, unless it is the number of an invoice (`FV 05/2018`).
fn bare_periods(subject: &mut Subject, periods: &mut Vec<Period>, text: &str) {
    let mut before = String::new();
    let mut at = subject.start;
    for word in text[subject.start..].split_inclusive(' ') {
        let plain = word.trim_matches(|c: char| c.is_whitespace() || ",;:.!".contains(c));
        if let Some(period) = Period::parse(plain)
            && !vocab().number_words.contains(&before)
        {
            periods.push(period);
            subject.used.push(at..at + word.len());
        }
        before = fold(plain.trim_matches(|c: char| !c.is_alphanumeric()));
        at += word.len();
    }
}
