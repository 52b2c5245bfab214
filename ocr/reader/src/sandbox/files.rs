//! Which files can be opened, by Landlock: libraries, models and fonts, for reading.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope, path_beneath_rules,
};

use crate::native::Folder;

/// The newest rules asked for; an older kernel enforces those it has.
const RULES: ABI = ABI::V6;

/// Libraries that libraries need, language data of Tesseract, and fonts for papers that do not carry theirs.
const READABLE: [&str; 8] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/etc/ld.so.cache",
    "/usr/share/tesseract-ocr",
    "/usr/share/tessdata",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
];

/// Restricts the process; answers `full`, `partial` or `none`.
pub fn restrict(native: &Folder) -> &'static str {
    match rules(native) {
        Ok(RulesetStatus::FullyEnforced) => "full",
        Ok(RulesetStatus::PartiallyEnforced) => "partial",
        Ok(RulesetStatus::NotEnforced) | Err(_) => "none",
    }
}

fn rules(native: &Folder) -> Result<RulesetStatus, landlock::RulesetError> {
    let readable = READABLE.iter().map(PathBuf::from).chain([real(native.path())]);
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(RULES))?
        .handle_access(AccessNet::from_all(RULES))?
        .scope(Scope::from_all(RULES))?
        .create()?
        .add_rules(path_beneath_rules(readable, read))?
        .restrict_self()?;
    Ok(status.ruleset)
}

/// Rules hold for what a link points at.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
