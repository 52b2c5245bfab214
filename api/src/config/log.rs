//! The log.

use serde::{Deserialize, Serialize};

/// `[log]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,ingest=debug`.
    pub level: String,
    /// `text` or `json`.
    pub format: Format,
}

impl Default for Log {
    fn default() -> Self {
        Log { level: "info".to_owned(), format: Format::Text }
    }
}

/// Shape of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}
