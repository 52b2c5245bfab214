//! Webhooks.

use serde::{Deserialize, Serialize};

/// `[webhooks]`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Webhooks {
    /// Networks beside the Internet where receivers may be; there without TLS too.
    pub networks: Vec<String>,
}
