//! A copy of everything in a folder from which the service can start, and the question whether all that rows name is there.
//!
//! Rows are copied as of one moment while the service goes on; blobs never change, so that a copy made again into the same folder
//! takes only those that are new. The master key is not part of it: beside the copy it would open what is sealed there.

use std::path::Path;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};

use crate::blob::{self, Blobs, Key, Sha256};
use crate::config::{BlobConfig, Config};
use crate::error::{Error, Result};
use crate::id::OfficeId;
use crate::sql::{Value, marks, params};
use crate::store::Store;

/// Blobs asked for in one statement.
const PAGE: u32 = 500;
/// Blobs copied or looked at side by side.
const AT_ONCE: usize = 8;
/// The rows in the folder of a copy: the same name as in a data folder.
const ROWS: &str = "postroom.db";

/// Bytes that rows name and that cannot be had, or not unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The office.
    pub office: OfficeId,
    /// Hash of what should be there.
    pub sha256: Sha256,
    /// What is wrong.
    pub why: String,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Blobs that rows name.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Those among them that this copy took.
    pub new: u64,
    /// Blobs in the folder that no row names any more; they were deleted.
    pub removed: u64,
    /// Those that cannot be had.
    pub lost: Vec<Lost>,
}

/// One blob that rows name.
#[derive(Clone)]
struct Named {
    office: OfficeId,
    sha256: Sha256,
    size: u64,
    /// Its bytes are among the rows.
    pending: bool,
}

enum Fate {
    There,
    Taken,
    Lost(String),
}

/// Copies rows and blobs into a folder, which has the form of a data folder then. What was there before stays whole until the new
/// rows take its place. Only for SQLite: a conflict elsewhere.
pub async fn copy(store: &Store, folder: &Path) -> Result<Found> {
    let (rows, new) = (folder.join(ROWS), folder.join("postroom.db.new"));
    remove(&new)?;
    if !store.db().snapshot(&new).await? {
        return Err(Error::conflict("not_sqlite", "The rows are in PostgreSQL: copy them with its own tools (pg_dump)."));
    }
    let config = |rows: &Path| Config {
        database_url: format!("sqlite:{}", rows.display()),
        blobs: BlobConfig::Files(folder.join("blobs")),
        ..store.config().clone()
    };
    let copy = Store::open(&config(&new)).await?;
    let taken = blobs(&copy, |one| take(store, copy.blobs(), one)).await;
    copy.close().await;
    let found = taken?;
    let put = || {
        std::fs::File::open(&new)?.sync_all()?;
        // What an opened copy left beside it belongs to the old rows.
        for end in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.join(format!("{ROWS}{end}")));
        }
        std::fs::rename(&new, &rows)?;
        std::fs::File::open(folder)?.sync_all()
    };
    put().map_err(|error| Error::Unavailable(format!("{}: {error}", rows.display())))?;
    // Not before: had something failed until here, the rows that were there would still name those files.
    let copy = Store::open(&config(&rows)).await?;
    let removed = prune(&copy, &folder.join("blobs")).await;
    copy.close().await;
    Ok(Found { removed: removed?, ..found })
}

/// Looks whether every blob that rows name is there; with `whole`, also whether its bytes are what they were.
pub async fn check(store: &Store, whole: bool) -> Result<Found> {
    blobs(store, |one| async move {
        if whole {
            return Ok(bytes(store, &one).await?.map_or_else(Fate::Lost, |_| Fate::There));
        }
        Ok(match store.blobs().size(&one.key()).await? {
            Some(size) if size == one.size => Fate::There,
            Some(size) => Fate::Lost(format!("it has {size} bytes instead of {}", one.size)),
            None => Fate::Lost(GONE.to_owned()),
        })
    })
    .await
}

impl Named {
    fn key(&self) -> Key {
        Key::Blob { office: self.office, sha256: self.sha256.clone() }
    }
}

const GONE: &str = "it is not there";

async fn take(from: &Store, to: &Blobs, one: Named) -> Result<Fate> {
    if to.size(&one.key()).await? == Some(one.size) {
        return Ok(Fate::There);
    }
    match bytes(from, &one).await? {
        Ok(content) => to.put(&one.key(), content).await.map(|()| Fate::Taken),
        Err(why) => Ok(Fate::Lost(why)),
    }
}

/// The bytes, or why nobody can have them.
async fn bytes(store: &Store, one: &Named) -> Result<std::result::Result<Bytes, String>> {
    match blob::get(store, one.office, &one.sha256).await {
        Ok(content) => Ok(Ok(content)),
        Err(Error::NotFound) => Ok(Err(GONE.to_owned())),
        Err(Error::Internal(_)) => Ok(Err("its bytes were changed".to_owned())),
        Err(error) => Err(error),
    }
}

/// Does something with every blob that rows of `store` name and whose bytes are not among them.
async fn blobs<W: Future<Output = Result<Fate>>>(store: &Store, each: impl Fn(Named) -> W) -> Result<Found> {
    let mut found = Found::default();
    let mut after = (String::new(), String::new());
    loop {
        let page = named(store, &after).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = (last.office.to_string(), last.sha256.to_string());
        let fates: Vec<(Named, Fate)> = stream::iter(page)
            .map(|one| {
                let fate = (!one.pending).then(|| each(one.clone()));
                async move {
                    match fate {
                        Some(fate) => Ok::<_, Error>((one, fate.await?)),
                        None => Ok((one, Fate::There)),
                    }
                }
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        for (one, fate) in fates {
            found.blobs += 1;
            found.bytes += one.size;
            match fate {
                Fate::There => {}
                Fate::Taken => found.new += 1,
                Fate::Lost(why) => found.lost.push(Lost { office: one.office, sha256: one.sha256, why }),
            }
        }
    }
}

async fn named(store: &Store, after: &(String, String)) -> Result<Vec<Named>> {
    let sql = format!(
        "SELECT office_id, sha256, size, CASE WHEN EXISTS (SELECT 1 FROM pending_blob w WHERE w.office_id = blob.office_id
                AND w.sha256 = blob.sha256) THEN 1 ELSE 0 END
         FROM blob WHERE (office_id, sha256) > ($1, $2) AND state = 'live' AND NOT ({}) ORDER BY office_id, sha256 LIMIT $3",
        blob::UNUSED
    );
    let rows = store.read_internal().await?.fetch_all(sql, params![&after.0, &after.1, PAGE]).await?;
    rows.into_iter()
        .map(|row| {
            let mut c = row.columns();
            Ok(Named { office: c.parse()?, sha256: c.parse()?, size: c.count()?, pending: c.bool()? })
        })
        .collect()
}

/// Deletes files of the folder that no row names: what was erased here does not live on in the copy.
async fn prune(copy: &Store, folder: &Path) -> Result<u64> {
    let mut removed = 0;
    for office in inside(folder)? {
        for shelf in inside(&folder.join(&office))? {
            let place = folder.join(&office).join(&shelf);
            for names in inside(&place)?.chunks(PAGE as usize) {
                let kept = kept(copy, &office, names).await?;
                for name in names.iter().filter(|name| name.parse::<Sha256>().is_ok() && !kept.contains(name)) {
                    remove(&place.join(name))?;
                    removed += 1;
                }
            }
        }
    }
    Ok(removed)
}

/// Those of these hashes that rows of the office name.
async fn kept(copy: &Store, office: &str, names: &[String]) -> Result<Vec<String>> {
    let mut params: Vec<Value> = params![office];
    let list = marks(&mut params, names.iter());
    let sql = format!(
        "SELECT sha256 FROM blob WHERE office_id = $1 AND sha256 IN ({list}) AND state = 'live' AND NOT ({})",
        blob::UNUSED
    );
    let rows = copy.read_internal().await?.fetch_all(sql, params).await?;
    rows.into_iter().map(|row| row.columns().text()).collect()
}

/// Names in a folder; none where it is a file.
fn inside(folder: &Path) -> Result<Vec<String>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let read = || -> std::io::Result<Vec<String>> {
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    };
    read().map_err(|error| Error::Unavailable(format!("{}: {error}", folder.display())))
}

/// Deletes a file with what SQLite keeps beside it.
fn remove(file: &Path) -> Result<()> {
    for end in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::Unavailable(format!("{}: {error}", Path::new(&name).display())));
            }
            _ => {}
        }
    }
    Ok(())
}
