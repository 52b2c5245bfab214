//! The samples as they lie in the folder `samples/`; its README says what each file is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The office of `office.json`.
#[derive(Debug, Deserialize)]
pub struct Office {
    pub name: String,
    pub time_zone: String,
    pub domain: String,
    pub companies: Vec<Company>,
}

/// One of its client companies.
#[derive(Debug, Deserialize)]
pub struct Company {
    pub name: String,
    pub country: String,
    pub tax_id: String,
    pub address: String,
    pub pin: String,
}

/// A mail and what must become of it.
#[derive(Debug)]
pub struct Mail {
    pub name: String,
    pub raw: Vec<u8>,
    pub expected: Expected,
}

/// `mail/<mail>.json`
#[derive(Debug, Deserialize)]
pub struct Expected {
    pub mail_from: String,
    pub rcpt_to: Vec<String>,
    pub smtp: Codes,
    #[serde(flatten)]
    only: Fate,
    #[serde(default)]
    companies: BTreeMap<String, Fate>,
}

/// The server's answers: to RCPT where that is a refusal, else to the final dot.
#[derive(Debug, Deserialize)]
pub struct Codes {
    pub rcpt: Option<u16>,
    pub data: Option<u16>,
}

/// What becomes of a mail for one company.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Fate {
    pub state: Option<String>,
    pub reason: Option<String>,
    pub period: Option<String>,
    #[serde(default)]
    pub documents: Vec<String>,
}

impl Expected {
    /// What must become of it for a recipient.
    pub fn fate(&self, recipient: &str) -> &Fate {
        let local = recipient.split('@').next().unwrap_or_default();
        self.companies.get(local).unwrap_or(&self.only)
    }
}

/// `<country>/<paper>.json`: what must be read from a paper.
#[derive(Debug, Deserialize)]
pub struct Truth {
    pub document_type: String,
    pub fields: BTreeMap<String, String>,
    /// Fields that have to be right; the others are reported.
    pub must: Vec<String>,
}

/// The samples folder.
#[derive(Debug)]
pub struct Samples {
    folder: PathBuf,
}

impl Samples {
    /// The folder given, or `samples/` of the working folder, of the source tree the program was built in, or of the installation.
    pub fn find(given: Option<&Path>) -> Result<Samples> {
        let beside = std::env::current_exe()?;
        let beside = |up: usize, rest: &str| beside.ancestors().nth(up).map(|folder| folder.join(rest));
        let usual = [Some(PathBuf::from("samples")), beside(3, "samples"), beside(2, "share/postroom/samples")];
        let folders = match given {
            Some(folder) => vec![folder.to_owned()],
            None => usual.into_iter().flatten().collect(),
        };
        match folders.iter().find(|folder| folder.join("office.json").is_file()) {
            Some(folder) => Ok(Samples { folder: folder.clone() }),
            None => Err(format!("there is no samples folder at {}; name it with --samples", shown(&folders)).into()),
        }
    }

    /// The office and its companies.
    pub fn office(&self) -> Result<Office> {
        json(&self.folder.join("office.json"))
    }

    /// The mails, by name.
    pub fn mails(&self) -> Result<Vec<Mail>> {
        let mut names: Vec<PathBuf> =
            std::fs::read_dir(self.folder.join("mail"))?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        names.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
        names.sort();
        let mail = |path: &PathBuf| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Ok(Mail { name, raw: std::fs::read(path)?, expected: json(&path.with_extension("json"))? })
        };
        names.iter().map(mail).collect()
    }

    /// The bytes of a paper.
    pub fn paper(&self, name: &str) -> Result<Vec<u8>> {
        Ok(std::fs::read(self.folder.join(name))?)
    }

    /// What must be read from it.
    pub fn truth(&self, name: &str) -> Result<Truth> {
        json(&self.folder.join(name).with_extension("json"))
    }
}

fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn shown(folders: &[PathBuf]) -> String {
    folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ")
}
