//! Where the reader program and the native parts are.

use std::path::{Path, PathBuf};

use super::Failure;

/// The program beside ours, or what the configuration names.
pub fn program(configured: &Path) -> Result<PathBuf, Failure> {
    if !configured.as_os_str().is_empty() {
        return Ok(configured.to_owned());
    }
    let folder = own_folder()?;
    let places = [folder.join("postroom-reader"), folder.join("../lib/postroom/postroom-reader")];
    places.into_iter().find(|path| path.is_file()).ok_or_else(|| {
        Failure::internal(format!("postroom-reader is not beside postroom in {}: install both from one build", folder.display()))
    })
}

/// The first folder with a PDFium in it. Never the current folder: a library put there by somebody else must not be loaded.
pub fn native() -> Result<PathBuf, Failure> {
    let folder = own_folder()?;
    let named = std::env::var_os("POSTROOM_NATIVE").map(PathBuf::from).filter(|path| path.is_absolute());
    let usual = [folder.join("../lib/postroom"), PathBuf::from("/usr/lib/postroom"), folder.join("../../native")];
    named
        .into_iter()
        .chain(usual)
        .find(|path| path.join("libpdfium.so").is_file())
        .and_then(|path| path.canonicalize().ok())
        .ok_or_else(|| {
            Failure::internal("the native libraries are missing: run `make setup`, or set POSTROOM_NATIVE to their folder")
        })
}

fn own_folder() -> Result<PathBuf, Failure> {
    let program = std::env::current_exe().map_err(Failure::internal)?;
    Ok(program.parent().unwrap_or(Path::new("/")).to_owned())
}
