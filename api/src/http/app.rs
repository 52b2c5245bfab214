//! What every handler can reach.

use std::sync::Arc;

use store::Store;

use crate::config::Config;

/// The service as the HTTP side sees it. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    config: Config,
}

impl App {
    /// From its parts.
    pub fn new(store: Store, config: Config) -> App {
        App(Arc::new(Inner { store, config }))
    }

    /// Rows and blobs.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }
}
