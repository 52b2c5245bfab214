//! Where blobs rest: a local folder, every write synced, or an object store.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};

use super::Key;
use crate::config::BlobConfig;
use crate::error::{Error, Result};

#[derive(Clone)]
pub(crate) struct Blobs(Arc<dyn ObjectStore>);

impl Blobs {
    pub fn open(config: &BlobConfig) -> Result<Blobs> {
        match config {
            BlobConfig::Files(folder) => {
                std::fs::create_dir_all(folder)
                    .map_err(|error| Error::Unavailable(format!("the folder {} cannot be made: {error}", folder.display())))?;
                let files = object_store::local::LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
                Ok(Blobs(Arc::new(files)))
            }
            BlobConfig::Url { url, options } => {
                let parsed = url
                    .parse()
                    .map_err(|error| Error::invalid("blob_url", format!("The blob URL {url:?} cannot be used: {error}.")))?;
                let (store, prefix) = object_store::parse_url_opts(&parsed, options.iter().map(|(k, v)| (k.as_str(), v)))?;
                Ok(Blobs(Arc::new(object_store::prefix::PrefixStore::new(store, prefix))))
            }
        }
    }

    /// Puts a blob. Content decides the key, so "already there" is as good as put; the local store answers it only after the
    /// file and its folder were synced by whoever put it.
    pub async fn put(&self, key: &Key, content: Bytes) -> Result<()> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.0.put_opts(&key.path(), content.clone().into(), options).await {
            Err(object_store::Error::AlreadyExists { .. }) => self.put_over(key, content).await,
            other => Ok(other.map(drop)?),
        }
    }

    /// What is there was perhaps cut or not synced before a crash: a file of the right length is synced by writing it anew, which
    /// replaces it in one step.
    async fn put_over(&self, key: &Key, content: Bytes) -> Result<()> {
        Ok(self.0.put(&key.path(), content.into()).await.map(drop)?)
    }

    pub async fn get(&self, key: &Key) -> Result<Bytes> {
        Ok(self.0.get(&key.path()).await?.bytes().await?)
    }

    pub async fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        Ok(self.0.get_range(&key.path(), range).await?)
    }

    pub async fn exists(&self, key: &Key) -> Result<bool> {
        Ok(self.size(key).await?.is_some())
    }

    /// Bytes of a blob; none where it is not there.
    pub async fn size(&self, key: &Key) -> Result<Option<u64>> {
        match self.0.head(&key.path()).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub async fn delete(&self, key: &Key) -> Result<()> {
        match self.0.delete(&key.path()).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            other => Ok(other?),
        }
    }

    /// Writes, reads and deletes a probe.
    pub async fn ping(&self) -> Result<()> {
        self.put_over(&Key::Probe, Bytes::from_static(b"probe")).await?;
        self.get(&Key::Probe).await.map(drop)
    }
}
