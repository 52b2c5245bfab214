//! What a text is found by: its folded words, and beside them the forms in which numbers, amounts, days and months are asked for,
//! however they are punctuated. Pure.

use std::collections::BTreeSet;

use ocr::fold::fold;
use ocr::page::Page;

/// Characters of a term that are kept.
const LONGEST: usize = 48;
/// Terms of one entry: a catalogue of a thousand pages does not drown the index.
const MOST: usize = 4_000;

/// Marks before terms that are no words. None of our languages has words that begin so.
const NUMBER: &str = "zqn";
const AMOUNT: &str = "zqm";
const DAY: &str = "zqd";
const MONTH: &str = "zqp";
/// A word of what the office noted for itself.
const NOTED: &str = "zqb";

/// Terms of one entry.
#[derive(Debug, Default)]
pub(crate) struct Bag(BTreeSet<String>);

impl Bag {
    /// Every word of a text.
    pub fn text(&mut self, text: &str) -> &mut Bag {
        for chunk in text.split_whitespace() {
            self.0.extend(words(chunk));
            if chunk.bytes().any(|b| b.is_ascii_digit()) {
                self.0.extend(numbers(chunk));
                self.0.extend(amount(chunk));
                self.0.extend(day(chunk));
            }
        }
        self
    }

    /// Every word of what the office noted for itself: found by the office only, see [`noted_too`].
    pub fn noted(&mut self, text: &str) -> &mut Bag {
        self.0.extend(words(text).into_iter().map(|word| format!("{NOTED}{word}")));
        self
    }

    /// An amount as a decimal string, with or without decimals.
    pub fn amount(&mut self, value: &str) -> &mut Bag {
        let (whole, cents) = value.split_once('.').unwrap_or((value, ""));
        let cents: String = cents.chars().chain("00".chars()).take(2).collect();
        self.0.extend(amount(&format!("{whole}.{cents}")));
        self
    }

    /// A month, `YYYY-MM`.
    pub fn month(&mut self, period: &str) -> &mut Bag {
        self.0.insert(format!("{MONTH}{}", period.replace('-', "")));
        self
    }

    /// Whose it is.
    pub fn place(&mut self, office: &str, company: &str) -> &mut Bag {
        self.0.extend([place('o', office), place('c', company)]);
        self
    }

    /// Terms that stand in a text made by [`Bag::joined`].
    pub fn again(&mut self, joined: &str) -> &mut Bag {
        self.0.extend(joined.split(' ').filter(|term| !term.is_empty()).map(str::to_owned));
        self
    }

    /// All of them with blanks between.
    pub fn joined(&self) -> String {
        self.0.iter().filter(|term| !term.is_empty()).take(MOST).cloned().collect::<Vec<_>>().join(" ")
    }

    /// The plain words among them that somebody may mistype.
    pub fn words(&self) -> impl Iterator<Item = &String> {
        self.0.iter().filter(|term| is_word(term))
    }
}

/// Terms of what is printed on pages, but for what nobody sees.
pub(crate) fn page_terms<'a>(pages: impl Iterator<Item = &'a Page>) -> String {
    let mut bag = Bag::default();
    for token in pages.flat_map(|page| &page.tokens).filter(|token| !token.hidden) {
        bag.text(&token.text);
    }
    bag.joined()
}

/// The term of an office (`o`) or company (`c`).
pub(crate) fn place(kind: char, id: &str) -> String {
    format!("zq{kind}{}", id.replace('-', ""))
}

/// A plain word, long enough that a slip in it can be told from another word.
pub(crate) fn is_word(term: &str) -> bool {
    (4..=24).contains(&term.chars().count()) && term.chars().all(char::is_alphabetic) && !term.starts_with("zq")
}

/// Folded words of a text.
pub(crate) fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.chars().take(LONGEST).collect()).collect()
}

/// One term that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    pub text: String,
    /// Longer ones that begin so fit too.
    pub prefix: bool,
}

fn exact(text: String) -> Term {
    Term { text, prefix: false }
}

fn prefix(text: String) -> Term {
    let prefix = text.chars().count() > 1;
    Term { text, prefix }
}

/// What must all be there, each in one of its forms.
pub(crate) type Wanted = Vec<Vec<Term>>;

/// What was typed, without what looks like one of our marks: nobody asks for a note of the office by its mark.
pub(crate) fn typed(text: &str) -> String {
    let plain = |chunk: &&str| words(chunk).iter().all(|word| !word.starts_with(&NOTED[..2]));
    text.split_whitespace().filter(plain).collect::<Vec<_>>().join(" ")
}

/// The question as the office asks it: each word also in its own notes.
pub(crate) fn noted_too(mut wanted: Wanted) -> Wanted {
    for forms in &mut wanted {
        if let [one] = forms.as_mut_slice()
            && !one.text.starts_with(&NOTED[..2])
        {
            let noted = Term { text: format!("{NOTED}{}", one.text), prefix: one.prefix };
            forms.push(noted);
        }
    }
    wanted
}

/// Chunks of a question that are looked at.
const CHUNKS: usize = 10;

/// A question taken exactly: `07/2026` is that number or that month, `5.10.2026` a day, `1 230,00` is an amount.
pub(crate) fn strict(text: &str) -> Wanted {
    let text = join_thousands(text);
    let mut wanted = Wanted::new();
    for chunk in text.split_whitespace().take(CHUNKS) {
        let digits = chunk.bytes().all(|b| b.is_ascii_digit());
        if let Some(day) = day(chunk) {
            wanted.push(vec![exact(day)]);
        } else if digits {
            let whole = format!("{AMOUNT}{}", chunk.trim_start_matches('0'));
            // Few digits begin too many amounts.
            let amount = if chunk.len() < 4 { amount(&format!("{chunk}.00")).map(exact) } else { Some(prefix(whole)) };
            let forms = [prefix(chunk.to_owned()), prefix(format!("{NUMBER}{chunk}"))];
            wanted.push(forms.into_iter().chain(amount).collect());
        } else if chunk.bytes().any(|b| b.is_ascii_digit())
            && (numbers(chunk).len() > 1 || amount(chunk).is_some() || month(chunk).is_some())
        {
            let whole = format!("{NUMBER}{}", squeeze(chunk));
            let forms = [prefix(whole)].into_iter().chain(amount(chunk).map(exact)).chain(month(chunk).map(exact));
            wanted.push(forms.collect());
        } else {
            wanted.extend(words(chunk).into_iter().map(|word| vec![prefix(word)]));
        }
    }
    wanted
}

/// A question taken loosely: its words alone.
pub(crate) fn loose(text: &str) -> Wanted {
    text.split_whitespace().take(CHUNKS).flat_map(words).map(|word| vec![prefix(word)]).collect()
}

/// `1 230,00` and `12 345 678.90` are typed with blanks: they are one amount.
fn join_thousands(text: &str) -> String {
    let chunks: Vec<&str> = text.split_whitespace().collect();
    let digits = |chunk: &str| !chunk.is_empty() && chunk.bytes().all(|b| b.is_ascii_digit());
    let mut out = String::new();
    for (i, chunk) in chunks.iter().enumerate() {
        let follows = i > 0 && chunk.len() >= 6 && digits(&chunk[..3]) && amount(chunk).is_some() && digits(chunks[i - 1]);
        let group = i > 0 && chunk.len() == 3 && digits(chunk) && digits(chunks[i - 1]) && chunks[i - 1].len() <= 3;
        if i > 0 && !(follows || (group && chunks[i + 1..].iter().any(|next| amount(next).is_some()))) {
            out.push(' ');
        }
        out.push_str(chunk);
    }
    out
}

fn squeeze(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).take(LONGEST).collect()
}

/// A number by its beginning and from each of its groups of letters or digits on, where it has several.
fn numbers(chunk: &str) -> Vec<String> {
    let folded = fold(chunk);
    let (mut before, mut forms) = (None, Vec::new());
    for (at, c) in folded.char_indices() {
        if c.is_alphanumeric() && before.is_none_or(|b: char| !b.is_alphanumeric() || b.is_numeric() != c.is_numeric()) {
            let form = squeeze(&folded[at..]);
            if form.len() > 2 && form.bytes().any(|b| b.is_ascii_digit()) {
                forms.push(format!("{NUMBER}{form}"));
            }
        }
        before = Some(c);
    }
    forms.truncate(8);
    if folded.chars().filter(|c| c.is_alphanumeric()).count() == folded.chars().filter(char::is_ascii_digit).count()
        && forms.len() == 1
    {
        forms.clear();
    }
    forms
}

/// `1.230,00`, `1,230.00`, `1'230.00`, `-1230.00`: the cents.
fn amount(chunk: &str) -> Option<String> {
    let bare = chunk.trim_start_matches(['-', '−', '+']);
    let mark = bare.len().checked_sub(3)?;
    let (whole, cents) = bare.is_char_boundary(mark).then(|| bare.split_at(mark))?;
    let cents = cents.strip_prefix([',', '.'])?;
    let digits: String = whole.chars().filter(|c| !matches!(c, '.' | ',' | '\'' | '’' | '\u{a0}')).collect();
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !plain(&digits) || !plain(cents) || digits.len() > 14 {
        return None;
    }
    Some(format!("{AMOUNT}{}{cents}", digits.trim_start_matches('0')))
}

/// `5.10.2026`, `05/10/2026`, `2026-10-05`.
fn day(chunk: &str) -> Option<String> {
    let groups: Vec<&str> = chunk.trim_end_matches(['.', ',', ';', 'r']).split(['.', '/', '-']).collect();
    let (year, month, day) = match groups.as_slice() {
        [year, month, day] if year.len() == 4 => (year, month, day),
        [day, month, year] if year.len() == 4 => (year, month, day),
        _ => return None,
    };
    let (year, month, day): (i16, i8, i8) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let date = jiff::civil::Date::new(year, month, day).ok()?;
    Some(format!("{DAY}{}", date.strftime("%Y%m%d")))
}

/// `07/2026`, `7.2026`, `2026-07`.
fn month(chunk: &str) -> Option<String> {
    let (first, second) = chunk.split_once(['.', '/', '-'])?;
    let (year, month) = if first.len() == 4 { (first, second) } else { (second, first) };
    let (year, month): (u16, u8) = (year.parse().ok()?, month.parse().ok()?);
    ((1900..2200).contains(&year) && (1..=12).contains(&month)).then(|| format!("{MONTH}{year:04}{month:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, question: &str) -> bool {
        let mut bag = Bag::default();
        bag.text(text).month("2026-07");
        let joined = bag.joined();
        let terms: Vec<&str> = joined.split(' ').collect();
        let fits = |term: &Term| terms.iter().any(|t| if term.prefix { t.starts_with(&term.text) } else { *t == term.text });
        strict(question).iter().all(|forms| forms.iter().any(fits))
    }

    #[test]
    fn what_is_printed_is_found_as_it_is_asked_for() {
        let paper =
            "Faktura VAT nr FV/47/2026/A Hurtownia Zboża Kowalski 05.10.2026 Razem 1 230,00 12.345,67 NIP 725-18-01-126 Żółć";
        for question in [
            "fakt",
            "kowalski",
            "KOWAL hurt",
            "fv/47",
            "FV 47",
            "47/2026",
            "47/2026/a",
            "fv-47-2026",
            "5.10.2026",
            "2026-10-05",
            "5/10/2026",
            "12345,67",
            "12.345,67",
            "12 345,67",
            "12345",
            "7251801126",
            "725-18-01-126",
            "zolc",
            "07/2026",
            "2026-07",
        ] {
            assert!(found(paper, question), "{question}: {:?}", strict(question));
        }
        for question in ["nowak", "fv/48", "6.10.2026", "12345,68", "08/2026", "kowalskix"] {
            assert!(!found(paper, question), "{question}");
        }
    }

    #[test]
    fn blanks_within_an_amount_are_no_blanks() {
        assert_eq!(join_thousands("zboże 1 230,00 pln"), "zboże 1230,00 pln");
        assert_eq!(join_thousands("12 345 678,90"), "12345678,90");
        assert_eq!(join_thousands("fv 12 2026"), "fv 12 2026");
    }
}
