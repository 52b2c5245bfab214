//! Signing in at a provider of the office's own.

use serde::{Deserialize, Serialize};

use super::Secret;

/// `[oidc]`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Oidc {
    /// Address of the provider, as its tokens name it; empty: people sign in here.
    pub issuer: String,
    /// What this service is called there.
    pub client_id: String,
    /// Its secret there; empty for a public client.
    pub client_secret: Secret,
    /// Name or id of the office whose people sign in there; empty: the only one.
    pub office: String,
    /// What the button says; empty: the provider's host.
    pub label: String,
}
