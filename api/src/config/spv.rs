//! E-invoices fetched from Romania's tax office.

use serde::{Deserialize, Serialize};

use super::Secret;

/// `[spv]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spv {
    /// Fetch in this process.
    pub enabled: bool,
    /// Where the API is.
    pub address: String,
    /// Where ANAF asks for certificates and grants tokens.
    pub sign_in: String,
    /// What this service is called there.
    pub client_id: String,
    /// Its secret there.
    pub client_secret: Secret,
    /// Seconds between two looks into one company's inbox.
    pub poll_seconds: u64,
}

impl Default for Spv {
    fn default() -> Self {
        Spv {
            enabled: true,
            address: "https://api.anaf.ro/prod".to_owned(),
            sign_in: "https://logincert.anaf.ro/anaf-oauth2/v1".to_owned(),
            client_id: String::new(),
            client_secret: Secret::default(),
            poll_seconds: 1_800,
        }
    }
}
