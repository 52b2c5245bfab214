//! Bringing a pack in from a folder: its hashes first, then its originals, then its rows.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use store::company::CompanyFacts;
use store::move_in::{self, NewCompany};
use store::pack::{self, Row};
use store::{CompanyId, Error, Scope, Store, address};

use super::pack::{FORMAT, MANIFEST, SUMS, VERSION, hex};
use super::target::within;

/// What came.
#[derive(Debug, Default)]
pub struct Brought {
    /// New rows by table.
    pub rows: BTreeMap<&'static str, u64>,
    /// Files.
    pub files: u64,
    /// Addresses that are the company's here as well.
    pub addresses: Vec<String>,
    /// Addresses that somebody has here.
    pub taken: Vec<String>,
}

#[derive(Deserialize)]
struct Manifest {
    format: String,
    version: u64,
    sums: String,
}

/// What `company.json` says.
#[derive(Deserialize)]
pub struct About {
    /// What was said of the company.
    pub facts: CompanyFacts,
    addresses: Vec<String>,
}

/// A pack whose hashes were all found to be right.
pub struct Pack<'a> {
    folder: &'a Path,
    /// The company.
    pub about: About,
    /// Files and their hashes.
    sums: BTreeMap<String, String>,
    hash: String,
}

/// Rows brought in one transaction.
const ROWS: usize = 200;

/// Opens a pack and checks every file of it against its hash: what is damaged is named, and nothing of it is brought.
pub fn open(folder: &Path) -> Result<Pack<'_>, String> {
    let read = |name: &str| std::fs::read(folder.join(name)).map_err(|e| format!("{name} cannot be read: {e}"));
    let manifest: Manifest = serde_json::from_slice(&read(MANIFEST)?).map_err(|e| format!("{MANIFEST}: {e}"))?;
    if manifest.format != FORMAT || manifest.version > VERSION {
        return Err(format!("{} {} is not known here; this program reads {FORMAT} {VERSION}", manifest.format, manifest.version));
    }
    let list = read(SUMS)?;
    let hash = hex(&Sha256::digest(&list));
    if hash != manifest.sums {
        return Err(format!("{SUMS} is not the one that {MANIFEST} was made with"));
    }
    let list = String::from_utf8(list).map_err(|_| format!("{SUMS} is no text"))?;
    let mut sums = BTreeMap::new();
    for line in list.lines() {
        let (sum, name) = line.split_once("  ").ok_or_else(|| format!("{SUMS} has a line of another form: {line}"))?;
        let place = within(folder, name).ok_or_else(|| format!("{name} is no place in a folder"))?;
        let found = hash_of(&place).map_err(|e| format!("{name} cannot be read: {e}"))?;
        if found != sum {
            return Err(format!("{name} was changed: its hash is {found}, it was {sum}"));
        }
        sums.insert(name.to_owned(), sum.to_owned());
    }
    let about = serde_json::from_slice(&read("company.json")?).map_err(|e| format!("company.json: {e}"))?;
    Ok(Pack { folder, about, sums, hash })
}

fn hash_of(file: &Path) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    let mut reader = BufReader::with_capacity(1 << 18, std::fs::File::open(file)?);
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Ok(hex(&hash.finalize()));
        }
        let count = bytes.len();
        hash.update(bytes);
        reader.consume(count);
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Pack<'_> {
    /// Makes the company that the pack is of; its bookkeeper stayed behind. Addresses of it that are free here become its own.
    pub async fn create(&self, store: &Store, scope: &Scope, domain: &str, brought: &mut Brought) -> Result<CompanyId, Failure> {
        let facts = CompanyFacts { bookkeeper: None, ..self.about.facts.clone() };
        let address = (address::generate_local()?, domain.to_owned());
        let new = NewCompany { facts, address, pin: None, senders: vec![], people: vec![] };
        let company = move_in::add(store, scope, new, Timestamp::now()).await?.company;
        for known in &self.about.addresses {
            let Some((local, domain)) = known.rsplit_once('@') else { continue };
            match address::create(store, scope, company, local, domain).await {
                Ok(_) => brought.addresses.push(known.clone()),
                Err(Error::Conflict { .. } | Error::Invalid { .. }) => brought.taken.push(known.clone()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(company)
    }

    /// Brings originals and rows; what is there already is left alone, so that it may be broken off and begun again. `step` is called
    /// with what is done and what there is.
    pub async fn bring(
        &self,
        store: &Store,
        scope: &Scope,
        company: CompanyId,
        brought: &mut Brought,
        step: impl Fn(u64, u64),
    ) -> Result<(), Failure> {
        let originals = |name: &&String| name.starts_with("papers/") || name.starts_with("arrivals/");
        let all = self.sums.keys().filter(originals).count() as u64;
        for name in self.sums.keys().filter(originals) {
            let place = within(self.folder, name).ok_or_else(|| format!("{name} is no place in a folder"))?;
            let sha256 = pack::bring_blob(store, scope, std::fs::read(place)?.into()).await?;
            if self.sums.get(name).map(String::as_str) != Some(sha256.as_str()) {
                return Err(format!("{name} was changed while it was brought").into());
            }
            brought.files += 1;
            step(brought.files, all);
        }
        for table in pack::TABLES {
            let name = format!("rows/{}.jsonl", table.name);
            let count = brought.rows.entry(table.name).or_default();
            let mut rows: Vec<Row> = Vec::with_capacity(ROWS);
            // A table that is newer than the pack has no rows in it; a file without a hash is none of the pack's.
            if !self.sums.contains_key(&name) {
                continue;
            }
            for line in BufReader::new(std::fs::File::open(self.folder.join(&name))?).lines() {
                rows.push(serde_json::from_str(&line?).map_err(|e| format!("{name}: {e}"))?);
                if rows.len() == ROWS {
                    *count += pack::bring(store, scope, company, table, std::mem::take(&mut rows)).await?;
                }
            }
            *count += pack::bring(store, scope, company, table, rows).await?;
        }
        store::search::rebuild(store, scope).await?;
        Ok(pack::note(store, scope, company, true, &self.hash).await?)
    }
}
