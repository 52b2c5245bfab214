//! Merging file and environment.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::Config;

/// Why the configuration was not taken. Each says which key or file to mend.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML, or has a key that does not exist or a value of the wrong kind.
    #[error("{path}: {message}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What and where.
        message: String,
    },
    /// An environment variable names no key.
    #[error("the environment variable {name} names no setting: there is no [{section}] {key}; see `postroom config --default`")]
    UnknownVariable {
        /// The variable.
        name: String,
        /// The section it would be in.
        section: String,
        /// The key it would be.
        key: String,
    },
    /// An environment variable that looks like a setting, with one underscore too few.
    #[error("the environment variable {name} is no setting: write two underscores behind the section, {meant}")]
    OneUnderscore {
        /// The variable.
        name: String,
        /// What was probably meant.
        meant: String,
    },
    /// A value that can be read and cannot be right.
    #[error("{0}")]
    Value(String),
    /// An environment variable has a value of the wrong kind.
    #[error("the environment variable {name} must be {expected}")]
    WrongVariable {
        /// The variable.
        name: String,
        /// What it must be.
        expected: String,
    },
}

/// Reads `file` (none: only defaults), then lets `variables` override it.
pub fn load(file: Option<&Path>, variables: impl Iterator<Item = (String, String)>) -> Result<Config, ConfigError> {
    let mut table = Table::new();
    if let Some(path) = file {
        let text = read(path)?;
        let wrong = |e: toml::de::Error| ConfigError::File { path: path.to_owned(), message: e.to_string() };
        // Parsed as a whole first: the error then points at the line in the file.
        toml::from_str::<Config>(&text).map_err(wrong)?;
        table = toml::from_str(&text).map_err(wrong)?;
    }
    let known = Table::try_from(Config::default()).unwrap_or_default();
    for (name, value) in variables {
        override_one(&mut table, &known, &name, value)?;
    }
    let config = Config::deserialize_from(table)?;
    config.check().map_err(ConfigError::Value)?;
    Ok(config)
}

impl Config {
    fn deserialize_from(table: Table) -> Result<Config, ConfigError> {
        table.try_into().map_err(|e: toml::de::Error| ConfigError::WrongVariable {
            name: "POSTROOM_<SECTION>__<KEY>".to_owned(),
            expected: e.message().to_owned(),
        })
    }
}

fn override_one(table: &mut Table, known: &Table, name: &str, value: String) -> Result<(), ConfigError> {
    let Some(rest) = name.strip_prefix("POSTROOM_") else { return Ok(()) };
    let Some((section, key)) = rest.split_once("__") else { return not_meant(known, name, rest) };
    let (section, key) = (section.to_ascii_lowercase(), key.to_ascii_lowercase());
    let unknown = || ConfigError::UnknownVariable { name: name.to_owned(), section: section.clone(), key: key.clone() };
    let keys = known.get(&section).and_then(Value::as_table).ok_or_else(unknown)?;
    let (key, value) = match (keys.contains_key(&key), key.strip_suffix("_file")) {
        (true, _) => (key.clone(), value),
        (false, Some(stem)) if keys.contains_key(stem) => {
            (stem.to_owned(), read(Path::new(&value))?.trim_end_matches(['\r', '\n']).to_owned())
        }
        _ => return Err(unknown()),
    };
    let wrong = |expected: &str| ConfigError::WrongVariable { name: name.to_owned(), expected: expected.to_owned() };
    let value = match keys.get(&key) {
        Some(Value::Integer(_)) => Value::Integer(value.trim().parse().map_err(|_| wrong("a whole number"))?),
        Some(Value::Boolean(_)) => Value::Boolean(value.trim().parse().map_err(|_| wrong("true or false"))?),
        Some(Value::Array(_)) => {
            let words = value.split(',').map(str::trim).filter(|word| !word.is_empty());
            Value::Array(words.map(|word| Value::String(word.to_owned())).collect())
        }
        _ => Value::String(value),
    };
    let slot = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    if let Some(slot) = slot.as_table_mut() {
        slot.insert(key, value);
    }
    // Checked one by one, so that the message names the variable that is wrong.
    toml::Value::Table(table.clone()).try_into::<Config>().map(drop).map_err(|e| wrong(&format!("valid: {}", e.message())))
}

/// An error where a variable without the two underscores begins with a section's name; others are not ours.
fn not_meant(known: &Table, name: &str, rest: &str) -> Result<(), ConfigError> {
    match rest.split_once('_') {
        Some((section, key)) if known.contains_key(&section.to_ascii_lowercase()) => {
            Err(ConfigError::OneUnderscore { name: name.to_owned(), meant: format!("POSTROOM_{section}__{key}") })
        }
        _ => Ok(()),
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DEFAULT_FILE;

    fn from(file: Option<&str>, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let path = std::env::temp_dir().join(format!("postroom-config-{}.toml", uuid::Uuid::now_v7()));
        if let Some(text) = file {
            std::fs::write(&path, text).unwrap();
        }
        let got = load(file.map(|_| path.as_path()), variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        let _ = std::fs::remove_file(path);
        got
    }

    #[test]
    fn the_default_file_says_what_the_code_does() {
        let file: Table = toml::from_str(DEFAULT_FILE).unwrap();
        assert_eq!(file, Table::try_from(Config::default()).unwrap(), "docker/postroom.default.toml differs from the defaults");
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let config = from(
            Some("[http]\nlisten = \"127.0.0.1:1\"\nsession_hours = 3\n"),
            &[
                ("POSTROOM_HTTP__LISTEN", "0.0.0.0:2"),
                ("POSTROOM_SMTP__ENABLED", "false"),
                ("POSTROOM_SMTP__BALANCERS", "10.0.0.0/8, 192.0.2.7"),
                ("POSTROOM_SUBMISSION__LISTEN", "0.0.0.0:587"),
                ("HOME", "/"),
                ("POSTROOM_NATIVE", "/n"),
            ],
        )
        .unwrap();
        assert_eq!(config.http.listen.to_string(), "0.0.0.0:2");
        assert_eq!(config.http.session_hours, 3);
        assert!(!config.smtp.enabled);
        assert_eq!(config.smtp.balancers, ["10.0.0.0/8", "192.0.2.7"]);
        assert_eq!(config.submission.listen.to_string(), "0.0.0.0:587");
    }

    #[test]
    fn a_secret_comes_from_a_file_without_its_line_end() {
        let path = std::env::temp_dir().join(format!("postroom-secret-{}", uuid::Uuid::now_v7()));
        std::fs::write(&path, "s3cret\n").unwrap();
        let config = from(None, &[("POSTROOM_STORAGE__S3_SECRET_ACCESS_KEY_FILE", path.to_str().unwrap())]).unwrap();
        std::fs::remove_file(path).unwrap();
        assert_eq!(config.storage.s3_secret_access_key.expose(), "s3cret");
        assert!(!format!("{config:?}").contains("s3cret"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (file, variables, part) in [
            (Some("[http]\nlisten_to = 1\n"), vec![], "listen_to"),
            (Some("[htp]\n"), vec![], "htp"),
            (Some("[http]\nlisten = \"nowhere\"\n"), vec![], "listen"),
            (None, vec![("POSTROOM_HTTP__LISTEN_TO", "1")], "POSTROOM_HTTP__LISTEN_TO"),
            (None, vec![("POSTROOM_HTTP__SESSION_HOURS", "many")], "POSTROOM_HTTP__SESSION_HOURS"),
            (None, vec![("POSTROOM_HTTP__LISTEN", "nowhere")], "POSTROOM_HTTP__LISTEN"),
            (None, vec![("POSTROOM_LMTP__LISTEN", "24")], "POSTROOM_LMTP__LISTEN"),
            (None, vec![("POSTROOM_LOG__FORMAT", "xml")], "POSTROOM_LOG__FORMAT"),
            (None, vec![("POSTROOM_HTTP_LISTEN", "0.0.0.0:80")], "POSTROOM_HTTP__LISTEN"),
            (Some("[log]\nlevel = \"loud\"\n"), vec![], "[log] level"),
            (Some("[storage]\ndatabase_url = \"mysql://x\"\n"), vec![], "[storage] database_url"),
            (Some("[http]\npublic_url = \"post.example\"\n"), vec![], "[http] public_url"),
            (Some("[http]\npublic_url = \"https://post.example/room\"\n"), vec![], "[http] public_url"),
            (Some("[http]\nsession_hours = 0\n"), vec![], "[http] session_hours"),
            (Some("[http]\nproxies = [\"10.0.0.0/99\"]\n"), vec![], "[http] proxies"),
            (Some("[smtp]\nbalancers = [\"here\"]\n"), vec![], "[smtp] balancers"),
            (Some("[webhooks]\nnetworks = [\"192.168.7.0/33\"]\n"), vec![], "[webhooks] networks"),
            (None, vec![("POSTROOM_WEBHOOKS__NETWORKS", "127.0.0.0/8, intranet")], "\"intranet\""),
            (Some("[relay]\nfrom = \"nobody\"\n"), vec![], "[relay] from"),
            (Some("[reader]\nlight = 0\n"), vec![], "[reader] light"),
        ] {
            let message = from(file, &variables).unwrap_err().to_string();
            assert!(message.contains(part), "{part} is not in: {message}");
        }
    }
}
