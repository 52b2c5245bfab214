//! A company to take away: its originals under names that people understand, a table of its papers, its rows as JSON lines, and the
//! hash of each file. It is streamed, file after file, into a folder or a ZIP.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use bytes::Bytes;
use jiff::Timestamp;
use ocr::fold::fold;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::blob;
use store::company::Company;
use store::pack::{self, Row};
use store::{Scope, Store, company, office};
use tokio::sync::mpsc::Sender;

use crate::export::cell;
use crate::http::{Code, Problem};
use crate::pages::lang;

/// What the format calls itself, and its version: one that is higher is not understood.
pub const FORMAT: &str = "postroom-company";
/// See [`FORMAT`].
pub const VERSION: u64 = 1;
/// Hashes of all files but itself and the manifest, as `sha256sum -c` reads them.
pub const SUMS: &str = "SHA256SUMS";
/// What it is, how much of it there is, and the hash of [`SUMS`].
pub const MANIFEST: &str = "manifest.json";

/// A piece of a file on its way.
#[derive(Debug)]
pub enum Piece {
    /// A file begins.
    File(String),
    /// Its bytes.
    Data(Bytes),
}

/// Rows asked for at once.
const ROWS: u32 = 500;

/// Sends a company, file after file. `Err` where the other end has gone or something could not be read: what was made is no pack.
pub async fn send(store: &Store, scope: &Scope, company: &Company, to: Sender<Piece>) -> Result<(), Problem> {
    let mut out = Out { to, sums: String::new(), open: None };
    let office = office::get(store, scope).await?.facts;
    let addresses = store::address::list(store, scope, company.id).await?;
    let addresses: Vec<String> = addresses.iter().map(|one| format!("{}@{}", one.local, one.domain)).collect();
    let about = json!({ "id": company.id, "facts": company.facts, "addresses": addresses, "created_at": company.created_at });
    out.file("company.json", serde_json::to_vec_pretty(&about).map_err(Problem::internal)?).await?;
    let language = company.facts.language.as_deref().or(Some(office.language.as_str())).and_then(lang::of);
    let l = language.unwrap_or_else(lang::english);
    out.file("README.txt", l.fill("pack.readme", &[("company", &company.facts.name), ("office", &office.name)])).await?;
    let mut names = Names::default();
    let mut counts = BTreeMap::new();
    for table in pack::TABLES {
        out.begin(&format!("rows/{}.jsonl", table.name)).await?;
        let (mut after, mut count) = (None, 0u64);
        loop {
            let (rows, next) = pack::rows(store, scope, company.id, table, after, ROWS).await?;
            let mut lines = String::new();
            for row in &rows {
                names.note(table.name, row);
                lines.push_str(&serde_json::to_string(row).map_err(Problem::internal)?);
                lines.push('\n');
                count += 1;
            }
            out.data(lines.into_bytes()).await?;
            after = next;
            if after.is_none() {
                break;
            }
        }
        counts.insert(table.name, count);
    }
    out.file("index.csv", names.index()?).await?;
    send_blobs(store, scope, &names, &mut out).await?;
    finish(store, scope, company, counts, out).await
}

/// Each file once, whoever of the rows names it. The store answers right bytes or an error, never others.
async fn send_blobs(store: &Store, scope: &Scope, names: &Names, out: &mut Out) -> Result<(), Problem> {
    for (sha256, name) in &names.files {
        let parsed = sha256.parse().map_err(Problem::internal)?;
        let content = blob::get(store, scope.office(), &parsed).await?;
        out.file(name, content).await?;
    }
    Ok(())
}

async fn finish(
    store: &Store,
    scope: &Scope,
    company: &Company,
    counts: BTreeMap<&str, u64>,
    mut out: Out,
) -> Result<(), Problem> {
    out.close();
    let sums = std::mem::take(&mut out.sums);
    let hash = hex(&Sha256::digest(sums.as_bytes()));
    out.file(SUMS, sums).await?;
    let manifest = json!({
        "format": FORMAT, "version": VERSION, "made_by": concat!("postroom ", env!("CARGO_PKG_VERSION")),
        "made_at": Timestamp::now(), "company": company.id, "name": company.facts.name, "rows": counts, "sums": hash,
    });
    out.file(MANIFEST, serde_json::to_vec_pretty(&manifest).map_err(Problem::internal)?).await?;
    pack::note(store, scope, company.id, false, &hash).await?;
    Ok(())
}

/// The company, where the caller may take it away.
pub async fn whole(store: &Store, scope: &Scope, id: store::CompanyId) -> Result<Company, Problem> {
    let company = company::get(store, scope, id).await?;
    if !scope.role().may_manage() { Err(Code::Forbidden.into()) } else { Ok(company) }
}

/// The stream of files, with their hashes.
struct Out {
    to: Sender<Piece>,
    sums: String,
    open: Option<(String, Sha256)>,
}

impl Out {
    async fn file(&mut self, name: &str, content: impl Into<Bytes>) -> Result<(), Problem> {
        self.begin(name).await?;
        self.data(content).await
    }

    async fn begin(&mut self, name: &str) -> Result<(), Problem> {
        self.close();
        self.open = Some((name.to_owned(), Sha256::new()));
        self.send(Piece::File(name.to_owned())).await
    }

    async fn data(&mut self, content: impl Into<Bytes>) -> Result<(), Problem> {
        let content = content.into();
        if let Some((_, hash)) = &mut self.open {
            hash.update(&content);
        }
        self.send(Piece::Data(content)).await
    }

    fn close(&mut self) {
        if let Some((name, hash)) = self.open.take() {
            // Writing to a string cannot fail.
            let _ = writeln!(self.sums, "{}  {name}", hex(&hash.finalize()));
        }
    }

    async fn send(&self, piece: Piece) -> Result<(), Problem> {
        self.to.send(piece).await.map_err(|_| Problem::with(Code::Unavailable, "The other end has gone."))
    }
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Names for files, gathered while rows go by.
#[derive(Default)]
struct Names {
    /// Hash and place.
    files: BTreeMap<String, String>,
    /// Part: hash and media type.
    parts: BTreeMap<String, (String, String)>,
    /// Document: what its file is called, and its line of the index.
    documents: BTreeMap<String, (String, Row)>,
    /// First file of each document.
    shown: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

/// Columns of the index.
const INDEX: [&str; 14] = [
    "id",
    "state",
    "document_type",
    "direction",
    "period",
    "number_printed",
    "issue_date",
    "due_date",
    "seller_name",
    "seller_tax_id",
    "amount_printed",
    "currency",
    "payment_state",
    "name",
];

impl Names {
    fn note(&mut self, table: &str, row: &Row) {
        match table {
            "submission" => {
                if let Some(sha256) = row.get("raw_sha256").and_then(Value::as_str) {
                    self.files.insert(sha256.to_owned(), format!("arrivals/{sha256}"));
                }
            }
            "part" => {
                let (id, sha256) = (text(row, "id"), text(row, "sha256"));
                self.files.entry(sha256.clone()).or_insert_with(|| format!("arrivals/{sha256}"));
                self.parts.insert(id, (sha256, text(row, "media_type")));
            }
            "document" => {
                let kept = INDEX.iter().filter_map(|column| Some(((*column).to_owned(), row.get(*column)?.clone()))).collect();
                self.documents.insert(text(row, "id"), (stem(row), kept));
            }
            "piece" => self.piece(row),
            _ => {}
        }
    }

    /// A paper lies under the name of its document; what is a piece of two documents, under that of the first.
    fn piece(&mut self, row: &Row) {
        let document = text(row, "document_id");
        let Some((sha256, media_type)) = self.parts.get(&text(row, "part_id")) else { return };
        let Some((stem, _)) = self.documents.get(&document) else { return };
        let place = self.files.get(sha256).cloned().unwrap_or_default();
        let name = match place.starts_with("papers/") {
            true => place,
            false => {
                let end = extension(media_type);
                let free = |name: &String| !self.taken.contains(name);
                let first = format!("papers/{stem}.{end}");
                let name = Some(first).filter(free).unwrap_or_else(|| format!("papers/{stem}-{}.{end}", &sha256[..8]));
                self.taken.insert(name.clone());
                self.files.insert(sha256.clone(), name.clone());
                name
            }
        };
        self.shown.entry(document).or_insert(name);
    }

    fn index(&self) -> Result<Vec<u8>, Problem> {
        // The mark without which spreadsheets take UTF-8 for the characters of their country.
        let mut table = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
        let mut heading = vec!["file"];
        heading.extend(INDEX);
        table.write_record(&heading).map_err(Problem::internal)?;
        for (id, (_, row)) in &self.documents {
            let cells = INDEX.iter().map(|column| cell(&text(row, column)));
            let file = self.shown.get(id).cloned().unwrap_or_default();
            table.write_record(std::iter::once(file).chain(cells)).map_err(Problem::internal)?;
        }
        table.into_inner().map_err(|error| Problem::internal(error.error()))
    }
}

fn text(row: &Row, column: &str) -> String {
    match row.get(column) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// `2026-07/2026-07-03-hurtownia-zboza-fv-7-2026`: the same on every system.
fn stem(row: &Row) -> String {
    let plain = |column: &str, most: usize| {
        let folded = fold(&text(row, column));
        let words: Vec<&str> = folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        words.join("-").chars().take(most).collect::<String>()
    };
    let month = text(row, "period");
    let parts = [plain("issue_date", 10), plain("seller_name", 30), plain("number_printed", 30)];
    let known: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    let name = if known.is_empty() { plain("name", 40) } else { known.join("-") };
    let name = if name.is_empty() { "paper".to_owned() } else { name };
    format!("{}/{name}", if month.is_empty() { "no-month" } else { &month })
}

fn extension(media_type: &str) -> &'static str {
    match media_type {
        "application/pdf" => "pdf",
        "application/xml" | "text/xml" => "xml",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/tiff" => "tif",
        "image/heic" => "heic",
        "image/webp" => "webp",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(pairs: &[(&str, &str)]) -> Row {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()
    }

    #[test]
    fn papers_have_names_that_people_understand() {
        let mut names = Names::default();
        for (id, sha) in [("p1", "aaaaaaaaaa"), ("p2", "bbbbbbbbbb"), ("p3", "cccccccccc")] {
            names.note("part", &row(&[("id", id), ("sha256", sha), ("media_type", "application/pdf")]));
        }
        let paper = |id| {
            row(&[
                ("id", id),
                ("period", "2026-07"),
                ("issue_date", "2026-07-03"),
                ("seller_name", "Żółw S.A."),
                ("number_printed", "FV/7"),
            ])
        };
        names.note("document", &paper("d1"));
        names.note("document", &paper("d2"));
        names.note("document", &row(&[("id", "d3"), ("name", "../../Skan 1.pdf")]));
        for (document, part) in [("d1", "p1"), ("d2", "p2"), ("d3", "p3")] {
            names.note("piece", &row(&[("document_id", document), ("part_id", part)]));
        }
        let files: Vec<&str> = names.files.values().map(String::as_str).collect();
        assert_eq!(
            files,
            [
                "papers/2026-07/2026-07-03-zolw-s-a-fv-7.pdf",
                "papers/2026-07/2026-07-03-zolw-s-a-fv-7-bbbbbbbb.pdf",
                "papers/no-month/skan-1-pdf.pdf",
            ]
        );
        let index = String::from_utf8(names.index().unwrap()).unwrap();
        assert!(index.contains("papers/2026-07/2026-07-03-zolw-s-a-fv-7.pdf,d1,"), "{index}");
    }

    #[test]
    fn no_cell_is_a_formula() {
        let mut names = Names::default();
        names.note("document", &row(&[("id", "d1"), ("seller_name", "=1+1"), ("amount_printed", "-12.50")]));
        let index = String::from_utf8(names.index().unwrap()).unwrap();
        assert!(index.contains(",'=1+1,") && index.contains(",-12.50,"), "{index}");
    }
}
