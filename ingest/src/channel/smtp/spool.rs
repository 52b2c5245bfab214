//! Long mails wait in a temporary file while they are being received, so that many slow senders cost no memory.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use memmap2::MmapMut;
use tokio::task::spawn_blocking;

/// The beginning of a mail, in a file without a name: nothing is left behind when the process dies.
#[derive(Debug)]
pub struct Spool(File);

impl Spool {
    /// Opens a file in `folder`.
    fn open(folder: &Path) -> io::Result<Spool> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        std::fs::create_dir_all(folder)?;
        let name = format!("{}-{}.mail", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = folder.join(name);
        let _ = std::fs::remove_file(&path);
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        std::fs::remove_file(&path)?;
        Ok(Spool(file))
    }

    /// Appends `bytes` to `spool`, which is opened in `folder` if it is not there yet.
    pub async fn append(spool: Option<Spool>, folder: &Path, bytes: Vec<u8>) -> io::Result<Spool> {
        let folder = folder.to_owned();
        spawn_blocking(move || {
            let mut spool = spool.map_or_else(|| Spool::open(&folder), Ok)?;
            spool.0.write_all(&bytes)?;
            Ok(spool)
        })
        .await?
    }

    /// The whole mail: the file's bytes, then `rest`. It stands in pages of its own, which the system has back once the mail is dropped;
    /// an allocator would keep room for many such mails.
    pub async fn join(mut self, rest: Vec<u8>) -> io::Result<Bytes> {
        spawn_blocking(move || {
            let len = usize::try_from(self.0.stream_position()?).map_err(io::Error::other)?;
            self.0.rewind()?;
            let mut mail = MmapMut::map_anon(len + rest.len())?;
            let (first, last) = mail.split_at_mut(len);
            self.0.read_exact(first)?;
            last.copy_from_slice(&rest);
            Ok(Bytes::from_owner(mail))
        })
        .await?
    }
}

#[cfg(test)]
mod tests {
    use super::Spool;

    #[tokio::test]
    async fn a_mail_comes_back_whole_and_leaves_no_file() {
        let folder = std::env::temp_dir().join(format!("postroom-spool-{}", std::process::id()));
        let spool = Spool::append(None, &folder, b"one".to_vec()).await.unwrap();
        let spool = Spool::append(Some(spool), &folder, b"two".to_vec()).await.unwrap();
        assert_eq!(spool.join(b"three".to_vec()).await.unwrap(), "onetwothree");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        std::fs::remove_dir(&folder).unwrap();
    }
}
