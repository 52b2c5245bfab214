//! What commands on the data share: opening the store, and finding the office and company that were meant.

use std::os::unix::fs::DirBuilderExt;

use jiff::Timestamp;
use store::company::{self, Company};
use store::office::{self, Office};
use store::{Scope, Store};

use crate::config::Config;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Which office, where there are several.
#[derive(Debug, clap::Args)]
pub struct OfficeChoice {
    /// Name or id of the office; needed only where there are several
    #[arg(long, value_name = "OFFICE")]
    pub office: Option<String>,
}

/// Opens the store as configured and brings its schema up to date.
pub async fn open(config: &Config) -> Result<Store> {
    let store = open_as_is(config).await?;
    store.migrate().await.map_err(|error| match config.storage.is_postgres() && !error.is_temporary() {
        true => format!("the schema: {error}; run `postroom migrate` with its owner's address in [storage] migrate_url").into(),
        false => Box::<dyn std::error::Error + Send + Sync>::from(error),
    })?;
    Ok(store)
}

/// Opens the store without touching its schema.
pub async fn open_as_is(config: &Config) -> Result<Store> {
    make_folder(config)?;
    Ok(Store::open(&config.storage.for_store()).await?)
}

/// Makes the data folder. What is in it is nobody else's business on this machine.
pub fn make_folder(config: &Config) -> Result<()> {
    let folder = &config.storage.folder;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    Ok(made.map_err(|e| format!("cannot make the data folder {}: {e}", folder.display()))?)
}

impl OfficeChoice {
    /// The office meant.
    pub async fn find(&self, store: &Store) -> Result<Office> {
        let mut offices = office::list(store).await?;
        if let Some(wanted) = &self.office {
            let found = offices.into_iter().find(|office| same(&office.facts.name, wanted) || office.id.to_string() == *wanted);
            return Ok(found.ok_or_else(|| format!("there is no office {wanted:?}; see `postroom office list`"))?);
        }
        match offices.len() {
            0 => Err("there is no office yet; add one: postroom office add \"Name\"".into()),
            1 => Ok(offices.remove(0)),
            _ => Err("there are several offices; say which with --office".into()),
        }
    }

    /// The scope of someone at the machine, for that office.
    pub async fn scope(&self, store: &Store) -> Result<Scope> {
        Ok(Scope::operator(self.find(store).await?.id))
    }
}

/// The company meant by a name, id, tax id or address.
pub async fn find_company(store: &Store, scope: &Scope, wanted: &str) -> Result<Company> {
    let companies = company::list(store, scope).await?;
    let by = |fits: &dyn Fn(&Company) -> bool| {
        let mut found = companies.iter().filter(|company| fits(company));
        match (found.next(), found.next()) {
            (Some(one), None) => Some(one.clone()),
            _ => None,
        }
    };
    let exact = by(&|c| c.id.to_string() == wanted || same(&c.facts.name, wanted))
        .or_else(|| by(&|c| c.facts.tax_ids.iter().any(|id| same(id, wanted) || same(id.get(2..).unwrap_or_default(), wanted))));
    if let Some(company) = exact {
        return Ok(company);
    }
    if let Some((local, domain)) = wanted.rsplit_once('@')
        && let Some(found) = store::lookup::recipient(store, local, domain, Timestamp::now()).await?
        && let Some(company) = by(&|c| c.id == found.recipient.company)
    {
        return Ok(company);
    }
    Ok(by(&|c| c.facts.name.to_lowercase().contains(&wanted.to_lowercase()))
        .ok_or_else(|| format!("no single company fits {wanted:?}; see `postroom company list`"))?)
}

fn same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}
