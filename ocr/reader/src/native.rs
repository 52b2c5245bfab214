//! The native libraries and models, in the one folder that the service names at start.

use std::path::{Path, PathBuf};

/// The folder with the native parts.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A folder as named by the service; it must be absolute, so that the current folder never matters.
    pub fn new(path: PathBuf) -> Option<Folder> {
        path.is_absolute().then_some(Folder(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}
