//! Amounts as people print them, in every locale we read. The document's own scale is kept: `1.234,50` is `1234.50`.

use rust_decimal::Decimal;

/// Which character a paper writes before the decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DecimalMark {
    /// `1.234,56`, `1 234,56`
    Comma,
    /// `1,234.56`, `1'234.56`
    Point,
    /// Not known: `1.234` stays ambiguous.
    #[default]
    Unknown,
}

/// A number read as an amount.
#[derive(Clone, Debug, PartialEq)]
pub struct Amount {
    /// The number, with the scale it was printed with.
    pub value: Decimal,
    /// How sure the characters are this number: 1 for clean print, less after OCR repairs or where the mark is ambiguous.
    pub confidence: f32,
    /// The other number it could be, where one separator can be either (`1.234`).
    pub other: Option<Decimal>,
    /// ISO code of a currency glued to the number (`€12.00`, `12,00zł`, `R$ 5,00`).
    pub currency: Option<&'static str>,
    /// Printed with a decimal mark and decimals: what makes a bare number look like money.
    pub decimals: bool,
    /// Printed with a percent sign.
    pub percent: bool,
}

/// Currency signs that stand glued to or beside amounts, longest first; folded like the text they are compared with.
const SIGNS: &[(&str, &str)] = &[
    ("r$", "BRL"),
    ("us$", "USD"),
    ("a$", "AUD"),
    ("c$", "CAD"),
    ("s$", "SGD"),
    ("hk$", "HKD"),
    ("nt$", "TWD"),
    ("$", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("￥", "CNY"),
    ("₺", "TRY"),
    ("zł", "PLN"),
    ("zl", "PLN"),
    ("tl", "TRY"),
    ("lei", "RON"),
    ("kč", "CZK"),
    ("ft", "HUF"),
    ("rm", "MYR"),
    ("fr.", "CHF"),
    ("sfr.", "CHF"),
    ("kr.", "DKK"),
    ("chf", "CHF"),
    ("eur", "EUR"),
    ("usd", "USD"),
    ("gbp", "GBP"),
    ("pln", "PLN"),
    ("ron", "RON"),
    ("try", "TRY"),
    ("brl", "BRL"),
    ("czk", "CZK"),
    ("huf", "HUF"),
    ("sek", "SEK"),
    ("nok", "NOK"),
    ("dkk", "DKK"),
    ("bgn", "BGN"),
    ("myr", "MYR"),
    ("aud", "AUD"),
    ("cad", "CAD"),
    ("jpy", "JPY"),
    ("cny", "CNY"),
    ("uah", "UAH"),
];

/// The ISO code of a word that is a currency sign or code and nothing else.
pub fn currency_sign(word: &str) -> Option<&'static str> {
    let word = word.trim_matches(|c: char| matches!(c, '(' | ')' | '[' | ']' | ':' | ';' | ','));
    if word.is_empty() || word.len() > 5 {
        return None;
    }
    let lower = word.to_lowercase();
    SIGNS.iter().find(|(sign, _)| *sign == lower || sign.strip_suffix('.') == Some(&lower)).map(|(_, code)| *code)
}

/// Reads one printed number. `None` for anything with letters that are no currency, no percent sign and no common OCR slip.
pub fn parse(text: &str, mark: DecimalMark) -> Option<Amount> {
    if text.len() > 40 || !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let (body, mut currency) = strip_sign(text.trim_matches(trailing_noise));
    let (body, negative) = strip_minus(body);
    let (body, second) = strip_sign(body);
    currency = currency.or(second);
    let (body, also_negative) = strip_minus(body);
    let (body, percent) = strip_percent(body);
    let (body, last_negative) = strip_minus(body);
    let mut found = number(body, mark).or_else(|| repaired(body, mark))?;
    if negative || also_negative || last_negative {
        found.value.set_sign_negative(true);
        if let Some(other) = &mut found.other {
            other.set_sign_negative(true);
        }
    }
    found.currency = currency;
    found.percent = percent;
    Some(found)
}

fn trailing_noise(c: char) -> bool {
    c.is_whitespace() || matches!(c, '*' | ':' | ';' | '=' | '|' | '_' | '#')
}

fn strip_sign(text: &str) -> (&str, Option<&'static str>) {
    let first = text.chars().next().unwrap_or(' ');
    let last = text.chars().next_back().unwrap_or(' ');
    let edge = |c: char| !(c.is_ascii_digit() || matches!(c, '-' | '.' | ',' | ')' | '(' | '%' | '+'));
    if !edge(first) && !edge(last) {
        return (text, None);
    }
    for (sign, code) in SIGNS {
        if let Some(rest) = strip_prefix_folded(text, sign).filter(|r| r.starts_with(|c: char| !c.is_alphabetic())) {
            return (rest.trim_start_matches(|c: char| c.is_whitespace() || c == '.' || c == ':'), Some(code));
        }
        if let Some(rest) = strip_suffix_folded(text, sign).filter(|r| r.ends_with(|c: char| !c.is_alphabetic())) {
            return (rest.trim_end(), Some(code));
        }
    }
    (text, None)
}

fn strip_prefix_folded<'a>(text: &'a str, sign: &str) -> Option<&'a str> {
    let head = text.get(..sign.len())?;
    (head == sign || head.to_lowercase() == sign).then(|| &text[sign.len()..])
}

fn strip_suffix_folded<'a>(text: &'a str, sign: &str) -> Option<&'a str> {
    let cut = text.len().checked_sub(sign.len())?;
    let tail = text.get(cut..)?;
    (tail == sign || tail.to_lowercase() == sign).then(|| &text[..cut])
}

/// Leading or trailing minus in any of its Unicode shapes, or accountants' parentheses.
fn strip_minus(text: &str) -> (&str, bool) {
    let is_minus = |c: char| matches!(c, '-' | '−' | '–' | '—' | '‐' | '‑' | '\u{ad}');
    let text = text.trim();
    if let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        return (inner.trim(), !inner.contains('%'));
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    let head = text.trim_start_matches(is_minus);
    if head.len() < text.len() {
        return (head.trim(), true);
    }
    // `1.234,-` is a round price, not a negative one.
    if let Some(round) = text.strip_suffix(",-").or_else(|| text.strip_suffix(".-")).or_else(|| text.strip_suffix(",--")) {
        return (round, false);
    }
    let tail = text.trim_end_matches(is_minus);
    (tail.trim(), tail.len() < text.len())
}

fn strip_percent(text: &str) -> (&str, bool) {
    let bare = text.trim_matches(|c| matches!(c, '%' | '％' | '(' | ')'));
    if bare.len() < text.len() && text.contains(['%', '％']) { (bare.trim(), true) } else { (text, false) }
}

/// A clean number: digits and separators only.
fn number(text: &str, mark: DecimalMark) -> Option<Amount> {
    let text = text.strip_suffix(['.', ',']).unwrap_or(text);
    let text = text.trim_matches(|c| matches!(c, '(' | ')' | '[' | ']'));
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == ',') {
        return None;
    }
    let is_group = |c: char| c.is_whitespace() || matches!(c, '\'' | '’' | '`' | '´' | '\u{2c8}');
    if !text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',') || is_group(c))
        || !text.ends_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let points = text.matches('.').count();
    let commas = text.matches(',').count();
    let last = text.rfind(['.', ',']);
    let (split, sure, other) = match (points, commas, last) {
        (0, 0, _) | (_, _, None) => (None, 1.0, false),
        // Both: the last one is the decimal mark, the other only groups.
        (1.., 1.., Some(at)) => {
            let mark_char = text.as_bytes()[at];
            let marks = if mark_char == b'.' { points } else { commas };
            if marks > 1 {
                return None;
            }
            (Some(at), 1.0, false)
        }
        // One kind, several times: groups, unless the last group shows that OCR took a comma for a point.
        (2.., 0, Some(at)) | (0, 2.., Some(at)) => {
            if text.len() - at - 1 == 3 {
                (None, 1.0, false)
            } else {
                (Some(at), 0.6, false)
            }
        }
        (_, _, Some(at)) => single_mark(text, at, mark, is_group),
    };
    let whole = split.map_or(text, |at| &text[..at]);
    if !groups_fit(whole, is_group) {
        return None;
    }
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    let digits = if digits.is_empty() { "0".to_owned() } else { digits };
    let (value, decimals) = match split {
        Some(at) => (format!("{digits}.{}", &text[at + 1..]), true),
        None => (digits.clone(), false),
    };
    let other = match (other, last) {
        (true, Some(at)) => {
            let flipped =
                if split.is_some() { format!("{digits}{}", &text[at + 1..]) } else { text.replacen([',', '.'], ".", 1) };
            flipped.parse().ok()
        }
        _ => None,
    };
    Some(Amount { value: value.parse().ok()?, confidence: sure, other, currency: None, decimals, percent: false })
}

/// One separator, once: decimals if one, two or more than three digits follow; with exactly three it depends on the paper.
fn single_mark(text: &str, at: usize, mark: DecimalMark, is_group: impl Fn(char) -> bool) -> (Option<usize>, f32, bool) {
    let follow = text.len() - at - 1;
    if follow != 3 || text[..at].chars().any(is_group) || at == 0 {
        return (Some(at), 1.0, false);
    }
    let is_mark = match mark {
        DecimalMark::Unknown => return (None, 0.5, true),
        DecimalMark::Comma => text.as_bytes()[at] == b',',
        DecimalMark::Point => text.as_bytes()[at] == b'.',
    };
    // `0.125` and `0012.345` are never groups.
    let grouped = at <= 3 && !text.starts_with('0');
    if is_mark || !grouped { (Some(at), 0.9, grouped) } else { (None, 0.9, true) }
}

/// Digits left of the decimal mark: plain, or in groups of three after the first.
fn groups_fit(whole: &str, is_group: impl Fn(char) -> bool) -> bool {
    let mut parts = whole.split(|c| is_group(c) || c == '.' || c == ',');
    let first = parts.next().unwrap_or("");
    let rest: Vec<&str> = parts.collect();
    if rest.is_empty() {
        return first.len() <= 15;
    }
    (1..=3).contains(&first.len()) && rest.len() <= 5 && rest.iter().all(|g| g.len() == 3)
}

/// The slips OCR engines make in numbers, undone. Only where most characters are digits already.
fn repaired(text: &str, mark: DecimalMark) -> Option<Amount> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    if letters > digits || letters > 2 || (letters == 0 && !text.contains(' ')) {
        return None;
    }
    let fixed: String = text
        .chars()
        .filter(|c| *c != ' ')
        .map(|c| match c {
            'O' | 'o' | 'Q' | 'D' => '0',
            'l' | 'I' | '|' | 'i' => '1',
            'S' | 's' => '5',
            'B' => '8',
            'Z' | 'z' => '2',
            other => other,
        })
        .collect();
    let mut amount = number(&fixed, mark)?;
    // Without decimals it could as well be a code (`B12`).
    if !amount.decimals {
        return None;
    }
    amount.confidence *= 0.6;
    Some(amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<String> {
        parse(text, DecimalMark::Unknown).map(|a| a.value.to_string())
    }

    #[test]
    fn reads_what_our_countries_print() {
        for (text, want) in [
            ("1.234,56", "1234.56"),
            ("1 234,56", "1234.56"),
            ("1\u{a0}234,56", "1234.56"),
            ("1\u{202f}234\u{202f}567,80", "1234567.80"),
            ("1,234.56", "1234.56"),
            ("1'234.56", "1234.56"),
            ("12.345.678", "12345678"),
            ("1.234.567,8", "1234567.8"),
            ("0,50", "0.50"),
            (",50", "0.50"),
            ("7.1550000", "7.1550000"),
            ("100,00-", "-100.00"),
            ("-100,00", "-100.00"),
            ("−100,00", "-100.00"),
            ("(100.00)", "-100.00"),
            ("120,-", "120"),
            ("R$1.234,50", "1234.50"),
            ("R$ 1.234,50", "1234.50"),
            ("₺1.234,50", "1234.50"),
            ("12,00zł", "12.00"),
            ("-€5.00", "-5.00"),
            ("€-5.00", "-5.00"),
            ("5,00EUR", "5.00"),
            ("RM31.00", "31.00"),
            ("1,080.00TL", "1080.00"),
            ("42", "42"),
            ("l2,5O", "12.50"),
            ("%20,00", "20.00"),
            ("19%", "19"),
        ] {
            assert_eq!(read(text).as_deref(), Some(want), "{text:?}");
        }
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for text in ["", "FV/07/2026", "12.03.2026", "PL1234563218", "1.23.45,6", "12-34", "abc", "1.2345,67", "3:45"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn one_separator_before_three_digits_follows_the_paper() {
        let value = |mark| parse("1.234", mark).map(|a| (a.value.to_string(), a.other.map(|o| o.to_string())));
        assert_eq!(value(DecimalMark::Comma), Some(("1234".into(), Some("1.234".into()))));
        assert_eq!(value(DecimalMark::Point), Some(("1.234".into(), Some("1234".into()))));
        assert!(parse("1.234", DecimalMark::Unknown).is_some_and(|a| a.confidence < 0.9));
        assert_eq!(parse("0.125", DecimalMark::Comma).map(|a| a.value.to_string()).as_deref(), Some("0.125"));
    }

    #[test]
    fn knows_the_currency_beside_the_number() {
        for (text, code) in
            [("12,00zł", "PLN"), ("R$ 5,00", "BRL"), ("₺5,00", "TRY"), ("€ 5", "EUR"), ("5,00 lei", "RON"), ("$13.99", "USD")]
        {
            assert_eq!(parse(text, DecimalMark::Unknown).and_then(|a| a.currency), Some(code), "{text:?}");
        }
        assert_eq!(currency_sign("zł"), Some("PLN"));
        assert_eq!(currency_sign("(EUR)"), Some("EUR"));
        assert_eq!(currency_sign("Euro-Palette"), None);
    }

    fn print(cents: i64, group: &str, mark: &str) -> String {
        let (sign, n) = (if cents < 0 { "-" } else { "" }, cents.unsigned_abs());
        let mut whole = (n / 100).to_string();
        let mut at = whole.len();
        while at > 3 {
            at -= 3;
            whole.insert_str(at, group);
        }
        format!("{sign}{whole}{mark}{:02}", n % 100)
    }

    proptest! {
        #[test]
        fn reads_back_what_it_printed(cents in -9_999_999_999i64..9_999_999_999, style in 0usize..6) {
            let (group, mark) = [(".", ","), (" ", ","), ("\u{a0}", ","), (",", "."), ("'", "."), ("", ",")][style];
            let text = print(cents, group, mark);
            let read = parse(&text, DecimalMark::Unknown).map(|a| a.value);
            prop_assert_eq!(read, Some(Decimal::new(cents, 2)), "{}", text);
        }

        #[test]
        fn never_panics(text in ".{0,24}") {
            let _ = parse(&text, DecimalMark::Comma);
        }
    }
}
