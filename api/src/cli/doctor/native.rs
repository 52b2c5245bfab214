//! Native libraries and models against the hashes that `native.lock` pins.

use std::path::Path;

use serde::Deserialize;

use super::Check;

#[derive(Deserialize)]
struct Lock {
    wheel: Vec<Wheel>,
}

#[derive(Deserialize)]
struct Wheel {
    package: String,
    version: String,
    member: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    path: String,
    #[serde(rename = "as")]
    name: Option<String>,
    sha256: String,
}

/// One line a file.
pub fn check(folder: &Path) -> Vec<Check> {
    let lock: Lock = match toml::from_str(include_str!("../../../../native.lock")) {
        Ok(lock) => lock,
        Err(error) => return vec![Check::bad("native parts", format!("native.lock of this build is broken: {error}"))],
    };
    let member = |wheel: &Wheel, member: &Member| {
        let name = member.name.as_deref().or(member.path.rsplit('/').next()).unwrap_or_default().to_owned();
        let from = format!("{} {}", wheel.package, wheel.version);
        match std::fs::read(folder.join(&name)) {
            Err(error) => Check::bad(&name, format!("{from}: {error}; run `make setup`")),
            Ok(bytes) if store::blob::Sha256::of(&bytes).as_str() == member.sha256 => Check::good(&name, from),
            Ok(_) => Check::bad(&name, format!("not the file of {from} that native.lock pins; remove it and run `make setup`")),
        }
    };
    lock.wheel.iter().flat_map(|wheel| wheel.member.iter().map(move |part| member(wheel, part))).collect()
}
