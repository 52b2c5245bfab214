//! What the pages say, in each language: `lang/<code>.toml`, with its plurals, dates and numbers. A test fails on a key that is
//! missing in a language, or that no page uses.

mod plural;
#[cfg(test)]
mod tests;

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use plural::Rule;

/// One language.
pub struct Lang {
    /// BCP 47, as in the `lang` attribute.
    pub code: &'static str,
    /// Its own name.
    pub name: String,
    texts: HashMap<String, Text>,
    rule: Rule,
}

enum Text {
    One(String),
    Forms(BTreeMap<String, String>),
}

/// In the order in which they are offered.
const FILES: [(&str, &str); 6] = [
    ("pl", include_str!("../../../lang/pl.toml")),
    ("ro", include_str!("../../../lang/ro.toml")),
    ("pt-BR", include_str!("../../../lang/pt-BR.toml")),
    ("tr", include_str!("../../../lang/tr.toml")),
    ("de", include_str!("../../../lang/de.toml")),
    ("en", include_str!("../../../lang/en.toml")),
];

static ALL: LazyLock<Vec<Lang>> = LazyLock::new(|| FILES.iter().map(|(code, text)| Lang::read(code, text)).collect());

/// All languages.
pub fn all() -> &'static [Lang] {
    &ALL
}

/// The language of a code: `pt` is `pt-BR`.
pub fn of(code: &str) -> Option<&'static Lang> {
    let base = |code: &str| code.split(['-', '_']).next().unwrap_or_default().to_lowercase();
    ALL.iter().find(|lang| lang.code.eq_ignore_ascii_case(code)).or_else(|| ALL.iter().find(|lang| base(lang.code) == base(code)))
}

/// English: what everything falls back to.
pub fn english() -> &'static Lang {
    of("en").unwrap_or(&ALL[0])
}

/// The first language of an Accept-Language header that there is. Browsers list them in order.
pub fn accepted(header: Option<&str>) -> Option<&'static Lang> {
    header?.split(',').filter_map(|one| one.split(';').next()).find_map(|code| of(code.trim()))
}

impl Lang {
    fn read(code: &'static str, text: &str) -> Lang {
        let table: toml::Table = text.parse().unwrap_or_default();
        let mut texts = HashMap::new();
        flatten("", &table, &mut texts);
        let plain = |key: &str| match texts.get(key) {
            Some(Text::One(text)) => text.clone(),
            _ => String::new(),
        };
        let (name, rule) = (plain("language.name"), Rule::named(&plain("language.plural")));
        Lang { code, name, texts, rule }
    }

    /// A text.
    pub fn t<'a>(&'a self, key: &'a str) -> &'a str {
        match self.texts.get(key) {
            Some(Text::One(text)) => text,
            Some(Text::Forms(forms)) => forms.get("other").map_or(key, String::as_str),
            None if self.code == "en" => key,
            None => english().t(key),
        }
    }

    /// A text with its holes filled: `{name}`.
    pub fn fill(&self, key: &str, holes: &[(&str, &str)]) -> String {
        holes.iter().fold(self.t(key).to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    /// A text with one hole, `{x}`.
    pub fn with(&self, key: &str, value: impl AsRef<str>) -> String {
        self.fill(key, &[("x", value.as_ref())])
    }

    /// A number of something, in the form that the number asks for; `{n}` is the number.
    pub fn n(&self, key: &str, count: impl Borrow<u64>) -> String {
        let count = *count.borrow();
        let text = match self.texts.get(key) {
            Some(Text::Forms(forms)) => forms.get(self.rule.form(count)).or(forms.get("other")).map_or(key, String::as_str),
            Some(Text::One(text)) => text,
            None => key,
        };
        text.replace("{n}", &self.whole(count))
    }

    /// The word of a family: `word("state", "to_review")`. One that nobody translated is shown as it is.
    pub fn word(&self, family: &str, word: impl AsRef<str>) -> String {
        let word = word.as_ref();
        if word.is_empty() {
            return String::new();
        }
        match self.texts.get(&format!("{family}.{word}")) {
            Some(Text::One(text)) => text.clone(),
            _ => word.replace('_', " "),
        }
    }

    /// Why a mail or a part of it did not become a document, as a sentence; the word where there is none.
    pub fn reason(&self, code: &str) -> String {
        ingest::reasons::sentence(code, self.code).map_or_else(|| self.word("reason", code), str::to_owned)
    }

    /// The same in a few words, for who works here and need not be told what to do; the sentence where there are none.
    pub fn brief(&self, code: &str) -> String {
        match self.texts.get(&format!("reason.{code}")) {
            Some(Text::One(text)) => text.clone(),
            _ => self.reason(code),
        }
    }

    /// A whole number with its groups.
    pub fn whole(&self, number: impl Borrow<u64>) -> String {
        self.grouped(&number.borrow().to_string())
    }

    /// How many there are, where counting stopped at `most`: `1,000+`. Nothing where there are none.
    pub fn counted(&self, number: u64, most: u64) -> String {
        match number {
            0 => String::new(),
            n if n >= most => format!("{}+", self.whole(most)),
            n => self.whole(n),
        }
    }

    /// A decimal string as people of this language write it; other texts stay as they are.
    pub fn money(&self, text: impl AsRef<str>) -> String {
        let text = text.as_ref();
        let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("−", rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
            return text.to_owned();
        }
        let point = if fraction.is_empty() { "" } else { self.t("format.decimal") };
        format!("{sign}{}{point}{fraction}", self.grouped(whole))
    }

    fn grouped(&self, digits: &str) -> String {
        let mut out = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                out.push_str(self.t("format.group"));
            }
            out.push(digit);
        }
        out
    }

    /// A day.
    pub fn day(&self, day: Date) -> String {
        day.strftime(self.t("format.day")).to_string()
    }

    /// A day as lists have it: its year only where that is not the present one.
    pub fn day_near(&self, day: Date, today: Date) -> String {
        if day.year() == today.year() { day.strftime(self.t("format.day_near")).to_string() } else { self.day(day) }
    }

    /// The day of an instant.
    pub fn day_of(&self, instant: Timestamp, zone: &TimeZone) -> String {
        self.day(instant.to_zoned(zone.clone()).date())
    }

    /// Day and minute.
    pub fn moment(&self, instant: Timestamp, zone: &TimeZone) -> String {
        instant.to_zoned(zone.clone()).strftime(self.t("format.moment")).to_string()
    }

    /// `2026-07` as a month of a year.
    pub fn month(&self, period: &str) -> String {
        let Some((year, month)) = period.split_once('-') else { return period.to_owned() };
        match self.texts.get(&format!("month.{month}")) {
            Some(Text::One(name)) => format!("{name} {year}"),
            _ => period.to_owned(),
        }
    }

    /// How long ago.
    pub fn ago(&self, instant: Timestamp, now: Timestamp) -> String {
        let seconds = u64::try_from(now.as_second() - instant.as_second()).unwrap_or(0);
        match seconds {
            0..60 => self.t("ago.now").to_owned(),
            60..3_600 => self.n("ago.minutes", seconds / 60),
            3_600..86_400 => self.n("ago.hours", seconds / 3_600),
            _ => self.n("ago.days", seconds / 86_400),
        }
    }

    /// A size.
    pub fn size(&self, bytes: u64) -> String {
        match bytes {
            0..1_000 => format!("{bytes} B"),
            1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
            _ => format!("{} MB", self.money(format!("{:.1}", bytes as f64 / 1e6))),
        }
    }
}

fn flatten(prefix: &str, table: &toml::Table, texts: &mut HashMap<String, Text>) {
    for (key, value) in table {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::String(text) => _ = texts.insert(key, Text::One(text.clone())),
            toml::Value::Table(forms) if forms.contains_key("other") && forms.contains_key("one") => {
                let forms = forms.iter().filter_map(|(form, text)| Some((form.clone(), text.as_str()?.to_owned()))).collect();
                texts.insert(key, Text::Forms(forms));
            }
            toml::Value::Table(inner) => flatten(&key, inner, texts),
            _ => {}
        }
    }
}
