//! The command line that the service gives its readers.

use std::ffi::OsString;
use std::path::PathBuf;

use ocr::protocol::Tier;

use crate::native::Folder;

/// Which readers a process is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Holds the models, reads papers.
    Heavy,
    /// Unpacks and draws.
    Light,
}

/// The parsed command line.
#[derive(Clone, Debug)]
pub struct Args {
    /// Heavy or light.
    pub kind: Kind,
    /// The folder with native parts.
    pub native: Folder,
    /// Models for pictures.
    pub tier: Tier,
    /// Bytes of memory the process may use.
    pub memory: u64,
    /// Try what the sandbox forbids, and say what the kernel let through.
    pub self_test: bool,
}

/// How it is used, for a person who starts it by hand.
pub const USAGE: &str = "usage: postroom-reader --native FOLDER [--kind heavy|light] [--models fast|normal|thorough] [--memory BYTES] [--self-test]\n\
    postroom starts it with a socket as standard input; --self-test prints what the kernel forbids it";

impl Args {
    /// Parses the words after the program's name.
    pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Args, &'static str> {
        let mut words = words.into_iter();
        let (mut kind, mut native, mut memory, mut self_test) = (Kind::Light, None, 2 << 30, false);
        let mut tier = Tier::default();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(USAGE);
            match word.to_str() {
                Some("--self-test") => self_test = true,
                Some("--native") => native = Folder::new(PathBuf::from(value()?)),
                Some("--models") => tier = value()?.to_str().and_then(Tier::parse).ok_or(USAGE)?,
                Some("--memory") => memory = value()?.to_str().and_then(|v| v.parse().ok()).ok_or(USAGE)?,
                Some("--kind") => {
                    kind = match value()?.to_str() {
                        Some("heavy") => Kind::Heavy,
                        Some("light") => Kind::Light,
                        _ => return Err(USAGE),
                    }
                }
                _ => return Err(USAGE),
            }
        }
        Ok(Args { kind, native: native.ok_or(USAGE)?, tier, memory, self_test })
    }
}
