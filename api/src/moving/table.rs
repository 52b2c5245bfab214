//! Bytes to a table, as spreadsheets of our countries write them: UTF-8 or the code page of the machine, separated by semicolons,
//! commas or tabs.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254};

/// How the characters were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

impl Charset {
    /// By its name (`windows-1250`, `utf-8`, …).
    pub fn named(name: &str) -> Option<Charset> {
        Encoding::for_label(name.trim().as_bytes()).map(Charset)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

/// A table: a heading and rows, each with the line it begins on.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// The heading.
    pub heading: Vec<String>,
    /// Line, from 1, and cells.
    pub rows: Vec<(u64, Vec<String>)>,
    /// How the characters were written.
    pub charset: Charset,
    /// All of it as text.
    pub text: String,
}

/// Letters that a code page has for its languages: whichever makes most letters of what is not ASCII is taken.
const ALPHABETS: [(&Encoding, &str, &[&str]); 3] = [
    (WINDOWS_1250, "ąćęłńóśźżĄĆĘŁŃÓŚŹŻăâîşţĂÂÎŞŢäöüßÄÖÜ", &["PL", "RO"]),
    (WINDOWS_1254, "çğıöşüâîÇĞİÖŞÜÂÎ", &["TR"]),
    (WINDOWS_1252, "ãõáéíóúâêôçàäöüßÃÕÁÉÍÓÚÂÊÔÇÀÄÖÜ", &["BR", "PT", "DE", "AT", "GB"]),
];

/// Reads a table. `charset` is what somebody said of it; `country` is the office's, and decides where the bytes alone do not.
pub fn read(bytes: &[u8], charset: Option<Charset>, country: &str) -> Result<Table, csv::Error> {
    let charset = charset.unwrap_or_else(|| guess(bytes, country));
    let (text, used, _) = charset.0.decode(bytes);
    let (heading, rows) = parse(&text, separator(&text))?;
    Ok(Table { heading, rows, charset: Charset(used), text: text.into_owned() })
}

fn guess(bytes: &[u8], country: &str) -> Charset {
    if let Some((marked, _)) = Encoding::for_bom(bytes) {
        return Charset(marked);
    }
    if std::str::from_utf8(bytes).is_ok() {
        return Charset(UTF_8);
    }
    let score = |(encoding, letters, countries): &(&'static Encoding, &str, &[&str])| {
        let text = encoding.decode_without_bom_handling(bytes).0;
        let known = text.chars().filter(|c| letters.contains(*c)).count();
        // Ties go to the page of the office's country.
        (known, countries.contains(&country))
    };
    let best = ALPHABETS.iter().max_by_key(|page| score(page));
    Charset(best.map_or(WINDOWS_1252, |(encoding, ..)| encoding))
}

/// The one of which the heading has most, outside quotes.
fn separator(text: &str) -> u8 {
    let heading = text.trim_start_matches('\u{feff}').lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let mut quoted = false;
    let plain: String = heading
        .chars()
        .filter(|c| {
            quoted ^= *c == '"';
            !quoted
        })
        .collect();
    let count = |separator: &u8| plain.bytes().filter(|b| b == separator).count();
    *b";\t,".iter().max_by_key(|separator| (count(separator), **separator == b';')).unwrap_or(&b';')
}

type Cells = (Vec<String>, Vec<(u64, Vec<String>)>);

fn parse(text: &str, separator: u8) -> Result<Cells, csv::Error> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .has_headers(false)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let (mut line, mut counted) = (1, 0);
    for record in reader.records() {
        let record = record?;
        // The position of a record is where the one before ended, which may be within CR LF.
        let from = record.position().map_or(0, |at| usize::try_from(at.byte()).unwrap_or(usize::MAX)).min(text.len());
        let begins = from + text.as_bytes()[from..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line += text.as_bytes()[counted..begins].iter().filter(|byte| **byte == b'\n').count() as u64;
        counted = begins;
        // Spreadsheets end with rows of nothing but separators.
        if record.iter().any(|cell| !cell.is_empty()) {
            rows.push((line, record.iter().map(str::to_owned).collect()));
        }
    }
    let heading = if rows.is_empty() { Vec::new() } else { rows.remove(0).1 };
    Ok((heading, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [(&Encoding, &str, &str); 5] = [
        (WINDOWS_1250, "PL", "Młyn Łódź;Żółwin"),
        (WINDOWS_1250, "RO", "Bacănie Iaşi;Târgu Mureş"),
        (WINDOWS_1254, "TR", "Işıltı Kırtasiye;Çiğdem Şoför"),
        (WINDOWS_1252, "BR", "Gráfica São João;Construções"),
        (WINDOWS_1252, "DE", "Bäckerei Groß;Müller"),
    ];

    #[test]
    fn every_code_page_of_our_countries_is_told() {
        for (encoding, country, names) in TEXTS {
            let text = format!("name;address\r\n{names}\r\n");
            let want: Vec<&str> = names.split(';').collect();
            for (bytes, charset) in [
                (encoding.encode(&text).0.into_owned(), encoding),
                (text.clone().into_bytes(), UTF_8),
                (format!("\u{feff}{text}").into_bytes(), UTF_8),
            ] {
                let table = read(&bytes, None, country).unwrap();
                assert_eq!((table.rows[0].1.iter().map(String::as_str).collect::<Vec<_>>(), table.rows[0].0), (want.clone(), 2));
                // German letters have the same places in both pages of the west and the middle.
                assert_eq!(table.charset.name(), charset.name(), "{names}");
            }
        }
        let wide: Vec<u8> = "\u{feff}name;tax_id\nŁ;1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&wide, None, "PL").unwrap().rows[0].1, ["Ł", "1"]);
        // A Turkish client of a Polish office: the letters decide, not the office.
        let bytes = WINDOWS_1254.encode("name\nIşıltı Kırtasiye\n").0;
        assert_eq!(read(&bytes, None, "PL").unwrap().rows[0].1, ["Işıltı Kırtasiye"]);
    }

    #[test]
    fn separators_quotes_and_empty_rows() {
        for (text, want) in [
            ("name;tax_id\n\"A; B\";1\n;;\n", vec!["A; B", "1"]),
            ("name,tax_id\n\"A, B\",1\n", vec!["A, B", "1"]),
            ("name\ttax_id\nA, B\t1\n", vec!["A, B", "1"]),
            ("\"name, or; what\",tax_id\nA,1\n", vec!["A", "1"]),
            ("name\nA\n", vec!["A"]),
            ("name;users\n A ;\"a@b.pl\n c@d.pl\"\n", vec!["A", "a@b.pl\n c@d.pl"]),
        ] {
            let table = read(text.as_bytes(), None, "PL").unwrap();
            assert_eq!(table.rows.len(), 1, "{text:?}");
            assert_eq!(table.rows[0].1, want, "{text:?}");
        }
        assert!(read(b"", None, "PL").unwrap().heading.is_empty());
    }
}
