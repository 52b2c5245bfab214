//! An old archive as another program leaves it: a folder of files and a table of what they say. Pure but for the clock's zone: files
//! are looked at by whoever has them.

use std::path::{Component, Path};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use ocr::reading::{Direction, DocumentType, FieldName};
use ocr::value::amount::{self, DecimalMark};
use ocr::value::iban::Iban;
use ocr::value::tax_id::TaxId;
use store::archive::ArchiveState;
use store::document::{Booking, PaymentState};
use store::review::Review;

use super::columns::Columns;
use super::plan::Finding;
use super::table::{self, Charset};

/// A line of the table.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its line in the file, from 1.
    pub line: u64,
    /// Place of the file in the folder, with slashes.
    pub path: String,
    /// What becomes of the paper.
    pub state: ArchiveState,
    /// Kind of paper.
    pub document_type: DocumentType,
    /// Bought or sold.
    pub direction: Direction,
    /// `YYYY-MM`.
    pub period: Option<String>,
    /// How it is booked.
    pub booking: Booking,
    /// Whether it was paid.
    pub payment_state: PaymentState,
    /// The values of the paper.
    pub values: Review,
    /// When it came to the office, where the table says it.
    pub received_at: Option<Timestamp>,
    /// What is wrong with it: such a line is not brought.
    pub findings: Vec<Finding>,
}

/// A table of an archive.
#[derive(Debug)]
pub struct Archive {
    /// Its lines.
    pub lines: Vec<Line>,
    /// Headings that mean nothing here.
    pub unknown: Vec<String>,
}

/// Reads the table of an archive. Without a column for the file there is no archive.
pub fn read(bytes: &[u8], charset: Option<Charset>, country: &str, zone: &TimeZone) -> Result<Archive, String> {
    let table = table::read(bytes, charset, country).map_err(|error| format!("this is no table: {error}"))?;
    let columns = Columns::of("archive", &table.heading);
    if !columns.has("file") {
        return Err(format!("the first line must name the columns, \"file\" among them; it says: {}", table.heading.join(", ")));
    }
    let read = |(line, cells): &(u64, Vec<String>)| Reader { columns: &columns, cells, zone, findings: vec![] }.line(*line);
    Ok(Archive { lines: table.rows.iter().map(read).collect(), unknown: columns.unknown.clone() })
}

/// Media type of what an archive may hold, by its first bytes. Containers and mails come by `postroom import`.
pub fn media_type(content: &[u8]) -> Option<&'static str> {
    let head = &content[..content.len().min(1024)];
    let xml = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    match head {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Some("image/tiff"),
        [_, _, _, _, b'f', b't', b'y', b'p', b'h', b'e', ..] => Some("image/heic"),
        // Printers and mail programs put lines before it.
        _ if head.windows(5).any(|five| five == b"%PDF-") => Some("application/pdf"),
        _ if xml.starts_with(b"<?xml") => Some("application/xml"),
        _ => None,
    }
}

struct Reader<'a> {
    columns: &'a Columns,
    cells: &'a [String],
    zone: &'a TimeZone,
    findings: Vec<Finding>,
}

impl<'a> Reader<'a> {
    fn line(mut self, line: u64) -> Line {
        let values = self.values();
        let issued = values.fields.get(&FieldName::IssueDate).cloned().flatten();
        Line {
            line,
            path: self.path(),
            state: self.word("state", ArchiveState::Filed),
            document_type: self.word("document_type", DocumentType::Invoice),
            direction: self.word("direction", Direction::Purchase),
            period: self.period().or_else(|| Some(issued?.get(..7)?.to_owned())),
            booking: Booking {
                category: self.text("category"),
                register: self.text("register"),
                note: self.text("note"),
                ..Booking::default()
            },
            payment_state: self.word("payment_state", PaymentState::Unknown),
            received_at: self.received(),
            values,
            findings: self.findings,
        }
    }

    fn wrong(&mut self, code: &'static str, column: &'static str, value: &str, other: &str) {
        self.findings.push(Finding::of(code, column, value, other));
    }

    fn cell(&self, column: &str) -> &'a str {
        self.columns.cell(self.cells, column)
    }

    fn text(&self, column: &str) -> Option<String> {
        Some(self.cell(column).to_owned()).filter(|text| !text.is_empty())
    }

    /// A place within the folder: nothing leads out of it.
    fn path(&mut self) -> String {
        let said = self.cell("file").replace('\\', "/");
        let plain = Path::new(&said).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if said.is_empty() || !plain {
            self.wrong("archive_path", "file", &said, "");
        }
        said.trim_start_matches("./").to_owned()
    }

    /// A word of ours, in any spelling of case.
    fn word<T: serde::de::DeserializeOwned>(&mut self, column: &'static str, usual: T) -> T {
        let said = self.cell(column);
        if said.is_empty() {
            return usual;
        }
        let word = serde_json::Value::String(said.to_lowercase().replace([' ', '-'], "_"));
        serde_json::from_value(word).unwrap_or_else(|error| {
            let known = error.to_string();
            self.wrong("archive_word", column, said, known.split_once("expected ").map_or("", |(_, list)| list));
            usual
        })
    }

    fn period(&mut self) -> Option<String> {
        let said = self.text("period")?;
        let found = match said.split_once(['/', '.']) {
            Some((month, year)) if year.len() == 4 => format!("{year}-{month:0>2}"),
            _ => said.clone(),
        };
        if format!("{found}-01").parse::<Date>().is_err() {
            self.wrong("archive_period", "period", &said, "");
            return None;
        }
        Some(found)
    }

    fn received(&mut self) -> Option<Timestamp> {
        let said = self.text("received")?;
        let noon = date(&said).and_then(|day| day.at(12, 0, 0, 0).to_zoned(self.zone.clone()).ok());
        if noon.is_none() {
            self.wrong("archive_date", "received", &said, "");
        }
        noon.map(|noon| noon.timestamp())
    }

    fn values(&mut self) -> Review {
        let mut review = Review::default();
        let fields: Vec<FieldName> = self.columns.present().filter_map(|column| column.parse().ok()).collect();
        for field in fields {
            if let Some(value) = self.text(field.as_str()).and_then(|said| self.value(field, &said)) {
                review.fields.insert(field, Some(value));
            }
        }
        review
    }

    /// A value as readings have it: dates ISO, amounts with a point, ids without blanks.
    fn value(&mut self, field: FieldName, said: &str) -> Option<String> {
        let name = field.as_str();
        let (found, code) = if name.ends_with("_date") {
            (date(said).map(|day| day.to_string()), "archive_date")
        } else if is_amount(name) {
            (amount(said), "archive_amount")
        } else if name.ends_with("_tax_id") {
            // Foreign and old numbers have no check digit that is known here: as it is written.
            let plain = || said.chars().filter(|c| c.is_alphanumeric()).collect();
            (Some(TaxId::parse(said, None).map_or_else(|_| plain(), |id| id.to_string())), "")
        } else if field == FieldName::Iban {
            (Iban::parse(said).ok().map(|iban| iban.as_str().to_owned()), "bank_account")
        } else {
            (Some(said.to_owned()), "")
        };
        if found.is_none() {
            self.wrong(code, name, said, "");
        }
        found
    }
}

fn is_amount(name: &str) -> bool {
    let whole =
        ["amount_payable", "amount_paid", "rounding", "withholding", "allowances_total", "charges_total", "exchange_rate"];
    name.starts_with("total_") || whole.contains(&name)
}

/// `2026-07-31`, `31.07.2026`, `31/07/2026`, `31-07-2026`.
fn date(said: &str) -> Option<Date> {
    let said = said.split([' ', 'T']).next().unwrap_or_default();
    if let Ok(day) = said.parse() {
        return Some(day);
    }
    let mut parts = said.split(['.', '/', '-']);
    let (day, month, year) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse::<i16>().ok()?);
    if parts.next().is_some() || year < 1900 { None } else { Date::new(year, month, day).ok() }
}

/// A lone separator before three digits could be either (`1.234`): the table must say which.
fn amount(said: &str) -> Option<String> {
    let found = amount::parse(said, DecimalMark::Unknown).filter(|amount| !amount.percent && amount.other.is_none())?;
    Some(found.value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Line> {
        read(text.as_bytes(), None, "PL", &TimeZone::UTC).unwrap().lines
    }

    #[test]
    fn values_are_read_as_people_write_them() {
        let all = lines(
            "Plik;Numer;Data wystawienia;Sprzedawca;NIP;Netto;Brutto;Waluta;Stan;Kategoria;buyer_name;Okres\n\
             2024\\FV 1.pdf;FV/1/2024;31.01.2024;Młyn;PL 526-025-09-95;1 000,00;1.230,50;PLN;approved;zakup;Tartak;\n\
             b.pdf;;;;;;;;;;;03/2023\n",
        );
        let line = &all[0];
        assert!(line.findings.is_empty(), "{:?}", line.findings);
        let value = |name: FieldName| line.values.fields[&name].clone().unwrap();
        assert_eq!(
            (line.path.as_str(), line.state, line.period.as_deref()),
            ("2024/FV 1.pdf", ArchiveState::Approved, Some("2024-01"))
        );
        assert_eq!(value(FieldName::TotalNet), "1000.00");
        assert_eq!(value(FieldName::TotalGross), "1230.50");
        assert_eq!(value(FieldName::IssueDate), "2024-01-31");
        assert_eq!(value(FieldName::SellerTaxId), "PL5260250995");
        assert_eq!(value(FieldName::BuyerName), "Tartak");
        assert_eq!(line.booking.category.as_deref(), Some("zakup"));
        assert_eq!(
            (all[1].state, all[1].period.as_deref(), all[1].values.fields.len()),
            (ArchiveState::Filed, Some("2023-03"), 0)
        );
    }

    #[test]
    fn bad_lines_say_what_is_wrong() {
        for (heading, cell, want) in [
            ("issue_date", "31.02.2024", "archive_date"),
            ("issue_date", "yesterday", "archive_date"),
            ("received", "1.1.24", "archive_date"),
            ("total_gross", "1.234", "archive_amount"),
            ("total_gross", "much", "archive_amount"),
            ("state", "booked", "archive_word"),
            ("direction", "sideways", "archive_word"),
            ("period", "13/2024", "archive_period"),
            ("iban", "PL00", "bank_account"),
        ] {
            let all = lines(&format!("file;{heading}\na.pdf;{cell}\n"));
            assert_eq!(all[0].findings.iter().map(|f| f.code).collect::<Vec<_>>(), [want], "{heading} {cell}");
        }
        for path in ["../a.pdf", "/etc/passwd", "a/../../b.pdf", "..\\a.pdf"] {
            assert_eq!(lines(&format!("file;note\n{path};x\n"))[0].findings[0].code, "archive_path", "{path}");
        }
        assert!(read(b"number\n1\n", None, "PL", &TimeZone::UTC).unwrap_err().contains("file"));
    }

    #[test]
    fn files_are_known_by_their_content() {
        for (content, want) in [
            (&b"%PDF-1.4\n"[..], Some("application/pdf")),
            (b"\r\n\r\n%PDF-1.7", Some("application/pdf")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"\x89PNG\r\n", Some("image/png")),
            (b"\xef\xbb\xbf<?xml version", Some("application/xml")),
            (b"PK\x03\x04", None),
            (b"MZ", None),
            (b"", None),
        ] {
            assert_eq!(media_type(content), want);
        }
    }
}
