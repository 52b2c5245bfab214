//! Dates as people print them: numeric in every order, with month names of every language we read, alone or in a row of words.

use std::collections::HashMap;

use jiff::civil::Date;

/// Order of the parts of a numeric date with the year last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateOrder {
    /// Day first: everywhere but the United States.
    #[default]
    DayFirst,
    /// Month first.
    MonthFirst,
}

/// Month names and their abbreviations, folded, with the number of the month.
pub type Months = HashMap<String, i8>;

/// A date found at the start of a row of words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// The date.
    pub date: Date,
    /// The other reading of an ambiguous order (`03/04/2026`).
    pub other: Option<Date>,
    /// How sure the form is: 1 for four-digit years and clear separators.
    pub confidence: f32,
    /// How many words it took.
    pub words: usize,
}

/// Reads a date that starts with the first of `words`; all words must be folded ([`crate::fold`]).
pub fn read(words: &[&str], months: &Months, order: DateOrder) -> Option<Found> {
    let first = words.first()?;
    if !first.starts_with(|c: char| c.is_alphanumeric() || c == '(') {
        return None;
    }
    numeric(words, order).or_else(|| named(words, months))
}

/// `12.03.2026`, `2026-03-12T10:00`, `12 / 03 / 2026`, `12.03.26`.
fn numeric(words: &[&str], order: DateOrder) -> Option<Found> {
    let first = words[0];
    if !first.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if let Some(found) = numeric_text(first, order) {
        return Some(found);
    }
    // Parts set apart: `12 . 03 . 2026` or `12. 03. 2026`.
    if first.len() > 5 || !words.get(1)?.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '/' | '-')) {
        return None;
    }
    let mut joined = first.to_owned();
    for (taken, word) in words.iter().enumerate().skip(1).take(4) {
        joined.push_str(word);
        if joined.len() > 12 {
            return None;
        }
        if joined.len() >= 8
            && joined.contains(['.', '/', '-'])
            && let Some(found) = numeric_text(&joined, order)
        {
            return Some(Found { words: taken + 1, confidence: found.confidence * 0.9, ..found });
        }
    }
    None
}

/// A numeric date in one word, with a time perhaps glued to it (`03/02/201815:28`): receipts print both close together.
fn numeric_text(text: &str, order: DateOrder) -> Option<Found> {
    if let Some(found) = numeric_alone(text, order) {
        return Some(found);
    }
    let colon = text.find(':')?;
    let cuts = [2, 1].into_iter().filter_map(|hours| text.split_at_checked(colon.checked_sub(hours)?));
    let mut dates = cuts.filter(|(_, time)| is_time(time)).filter_map(|(date, _)| numeric_alone(date, order));
    dates.find(|found| found.confidence > 0.9).map(|found| Found { confidence: found.confidence * 0.95, ..found })
}

/// `201818:24` is a year with a time glued to it.
fn without_time(word: &str) -> &str {
    let Some(colon) = word.find(':') else { return word };
    let cuts = [2, 1].into_iter().filter_map(|hours| word.split_at_checked(colon.checked_sub(hours)?));
    let years = cuts.filter(|(date, time)| date.len() >= 4 && date.ends_with(|c: char| c.is_ascii_digit()) && is_time(time));
    years.map(|(date, _)| date).find(|date| date.bytes().rev().take_while(u8::is_ascii_digit).count() == 4).unwrap_or(word)
}

/// `9:05`, `14:17:07`, `1:22pm`.
fn is_time(text: &str) -> bool {
    let text = text.trim_end_matches(|c: char| c.is_alphabetic() || c == '.');
    let mut parts = text.split(':').map(|part| (part.len(), part.parse::<u8>().unwrap_or(99)));
    let hour = parts.next().is_some_and(|(length, hour)| (1..=2).contains(&length) && hour < 24);
    let rest: Vec<bool> = parts.map(|(length, value)| length == 2 && value < 60).collect();
    hour && (1..=2).contains(&rest.len()) && rest.iter().all(|fits| *fits)
}

fn numeric_alone(text: &str, order: DateOrder) -> Option<Found> {
    let bytes = text.as_bytes();
    let mut parts = [(0i32, 0usize); 3];
    let mut at = 0;
    let mut separator = None;
    for (index, part) in parts.iter_mut().enumerate() {
        let start = at;
        while at < bytes.len() && bytes[at].is_ascii_digit() && at - start < 4 {
            at += 1;
        }
        if at == start {
            return None;
        }
        *part = (text[start..at].parse().ok()?, at - start);
        if index < 2 {
            let here = *bytes.get(at)?;
            if !matches!(here, b'.' | b'/' | b'-' | b'\\') || separator.is_some_and(|s| s != here) {
                return None;
            }
            separator = Some(here);
            at += 1;
        }
    }
    if !ends_well(&text[at..]) {
        return None;
    }
    parts_to_date(parts, order)
}

/// What may follow the digits: nothing, punctuation, a time, letters glued by OCR (`12/30/2016FRI`); not more digits or a
/// further separator, which make it a number (`27/02/2025/FV`, `192.168.10.20`).
fn ends_well(rest: &str) -> bool {
    let mut chars = rest.chars();
    match chars.next() {
        None => true,
        Some('t' | 'T') => rest.len() > 1,
        Some(',' | ')' | ';' | ':' | ']') => !chars.next().is_some_and(|c| c.is_ascii_digit()),
        Some('.') => !chars.next().is_some_and(|c| c.is_ascii_digit()),
        Some(c) => c.is_alphabetic() && !rest.contains(['/', '-']),
    }
}

fn parts_to_date(parts: [(i32, usize); 3], order: DateOrder) -> Option<Found> {
    let [(a, la), (b, lb), (c, lc)] = parts;
    if la == 4 {
        return (lb <= 2 && lc <= 2).then(|| date(a, b, c))?.map(|d| found(d, None, 1.0));
    }
    if la > 2 || lb > 2 || (lc != 4 && lc != 2) {
        return None;
    }
    let (year, sure) = if lc == 4 { (c, 1.0) } else { (century(c), 0.8) };
    let day_first = date(year, b, a);
    let month_first = date(year, a, b);
    match (day_first, month_first, order) {
        (Some(d), Some(m), _) if d == m => Some(found(d, None, sure)),
        (Some(d), Some(m), DateOrder::DayFirst) => Some(found(d, Some(m), sure * 0.97)),
        (Some(d), Some(m), DateOrder::MonthFirst) => Some(found(m, Some(d), sure * 0.97)),
        (Some(d), None, _) => Some(found(d, None, sure)),
        (None, Some(m), _) => Some(found(m, None, sure * 0.95)),
        // Two-digit years may also come first: `18-03-29` is read so only when nothing else fits.
        (None, None, _) if lc == 2 => date(century(a), b, c).map(|d| found(d, None, 0.5)),
        (None, None, _) => None,
    }
}

/// `12 marca 2026`, `12. März 2026`, `12 de março de 2026`, `12-mar-26`, `March 12, 2026`, `12Mar2026`.
fn named(words: &[&str], months: &Months) -> Option<Found> {
    let mut numbers: [Option<(i32, usize)>; 2] = [None, None];
    let mut month: Option<(i8, usize)> = None;
    let mut pieces = 0;
    for (index, word) in words.iter().enumerate().take(6) {
        for piece in split_kinds(without_time(word)) {
            if piece.starts_with(|c: char| c.is_ascii_digit()) {
                if piece.len() > 4 || piece.len() == 3 {
                    return None;
                }
                let slot = numbers.iter().position(Option::is_none)?;
                numbers[slot] = Some((piece.parse().ok()?, piece.len()));
            } else if let Some(number) = months.get(piece) {
                if month.is_some() {
                    return None;
                }
                month = Some((*number, pieces));
            } else if pieces == 0 || !matches!(piece, "de" | "del" | "di" | "of" | "st" | "nd" | "rd" | "th" | "er" | "o" | "do")
            {
                return None;
            }
            pieces += 1;
        }
        if let ([Some(first), Some(second)], Some((month, at))) = (numbers, month) {
            let short = words[..=index].iter().any(|word| word.contains(['\'', '’', '`']));
            return assemble(first, second, month, at, short).map(|f| Found { words: index + 1, ..f });
        }
        if pieces > 6 {
            return None;
        }
    }
    None
}

/// Runs of digits and runs of letters; everything else separates.
fn split_kinds(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let first = rest.chars().next()?;
        let digit = first.is_ascii_digit();
        let end = rest.find(|c: char| !c.is_alphanumeric() || c.is_ascii_digit() != digit).unwrap_or(rest.len());
        let (piece, tail) = rest.split_at(end);
        rest = tail;
        Some(piece)
    })
}

/// `short`: an apostrophe marks a year of two digits (`Dec26'07`).
fn assemble(first: (i32, usize), second: (i32, usize), month: i8, month_at: usize, short: bool) -> Option<Found> {
    let month = i32::from(month);
    match (first, second) {
        ((day, 1..=2), (year, 4)) => date(year, month, day).map(|d| found(d, None, 1.0)),
        ((year, 4), (day, 1..=2)) if month_at == 1 => date(year, month, day).map(|d| found(d, None, 0.95)),
        ((day, 1..=2), (year, 2)) if month_at == 1 || (short && month_at == 0) => {
            date(century(year), month, day).map(|d| found(d, None, 0.8))
        }
        _ => None,
    }
}

fn century(two_digits: i32) -> i32 {
    if two_digits < 80 { 2000 + two_digits } else { 1900 + two_digits }
}

fn date(year: i32, month: i32, day: i32) -> Option<Date> {
    if !(1990..=2099).contains(&year) {
        return None;
    }
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

fn found(date: Date, other: Option<Date>, confidence: f32) -> Found {
    Found { date, other, confidence, words: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::fold;
    use proptest::prelude::*;

    fn months() -> &'static Months {
        crate::vocab::shared().months()
    }

    fn iso(text: &str, order: DateOrder) -> Option<String> {
        let folded = fold(text);
        let words: Vec<&str> = folded.split_whitespace().collect();
        read(&words, months(), order).map(|f| f.date.to_string())
    }

    #[test]
    fn reads_the_forms_of_our_countries() {
        for (text, want) in [
            ("12.03.2026", "2026-03-12"),
            ("03/02/201815:28", "2018-02-03"),
            ("2018-02-1714:17:07", "2018-02-17"),
            ("4/10/20151:22PM", "2015-10-04"),
            ("Dec26'07", "2007-12-26"),
            ("05 Mar 201818:24", "2018-03-05"),
            ("27Apr'13", "2013-04-27"),
            ("5.3.2026", "2026-03-05"),
            ("2026-03-12", "2026-03-12"),
            ("2026-03-12T10:11:12Z", "2026-03-12"),
            ("12/03/2026", "2026-03-12"),
            ("28/02/18", "2018-02-28"),
            ("12-03-2026", "2026-03-12"),
            ("12.03.2026r.", "2026-03-12"),
            ("12 . 03 . 2026", "2026-03-12"),
            ("12. 03. 2026", "2026-03-12"),
            ("12 marca 2026", "2026-03-12"),
            ("3 października 2025 r.", "2025-10-03"),
            ("12 mart 2026", "2026-03-12"),
            ("5 Ağustos 2025", "2025-08-05"),
            ("12. März 2026", "2026-03-12"),
            ("12 de março de 2026", "2026-03-12"),
            ("12 martie 2026", "2026-03-12"),
            ("12-mar-26", "2026-03-12"),
            ("12 Mar 2026", "2026-03-12"),
            ("March 12, 2026", "2026-03-12"),
            ("Mar 12th 2026", "2026-03-12"),
            ("12mars2026", "2026-03-12"),
            ("12/30/2016FRI", "2016-12-30"),
            ("1er janvier 2026", "2026-01-01"),
        ] {
            assert_eq!(iso(text, DateOrder::DayFirst).as_deref(), Some(want), "{text:?}");
        }
        assert_eq!(iso("03/12/2026", DateOrder::MonthFirst).as_deref(), Some("2026-03-12"));
    }

    #[test]
    fn numbers_are_no_dates() {
        for text in [
            "FV/27/02/2025",
            "27/02/2025/FV",
            "192.168.10.20",
            "31.02.2026",
            "1.234,56",
            "12.2026",
            "2026",
            "12.03.2026-15",
            "0912/03/2026",
        ] {
            assert_eq!(iso(text, DateOrder::DayFirst), None, "{text:?}");
        }
    }

    #[test]
    fn an_ambiguous_order_keeps_the_other_reading() {
        let found =
            read(&["03/04/2026"], months(), DateOrder::DayFirst).map(|f| (f.date.to_string(), f.other.map(|o| o.to_string())));
        assert_eq!(found, Some(("2026-04-03".into(), Some("2026-03-04".into()))));
    }

    proptest! {
        #[test]
        fn reads_back_what_it_printed(y in 1995i16..2090, m in 1i8..=12, d in 1i8..=28, style in 0usize..5) {
            let date = Date::new(y, m, d).unwrap();
            let text = match style {
                0 => format!("{d:02}.{m:02}.{y}"),
                1 => format!("{y}-{m:02}-{d:02}"),
                2 => format!("{d}/{m}/{y}"),
                3 => format!("{d} {} {y}", ["ocak", "subat", "mart", "nisan", "mayis", "haziran", "temmuz", "agustos", "eylul", "ekim", "kasim", "aralik"][m as usize - 1]),
                _ => format!("{d}-{}-{y}", ["jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"][m as usize - 1]),
            };
            prop_assert_eq!(iso(&text, DateOrder::DayFirst), Some(date.to_string()), "{}", text);
        }

        #[test]
        fn never_panics(text in ".{0,40}") {
            let _ = iso(&text, DateOrder::DayFirst);
        }
    }
}
