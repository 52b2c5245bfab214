//! What every handler can reach.

use std::sync::Arc;

use store::Store;

use super::auth::Callers;
use super::pace::Turns;
use super::v1::document::ImageCache;
use crate::config::Config;
use crate::pool::Pool;

/// The service as the HTTP side sees it. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    config: Config,
    pool: Option<Pool>,
    callers: Callers,
    images: ImageCache,
    uploads: Turns,
}

impl App {
    /// From its parts. Without readers no page can be drawn; all else works.
    pub fn new(store: Store, config: Config, pool: Option<Pool>) -> App {
        let images = ImageCache::new(config.http.image_cache_mb << 20);
        let callers = Callers::default();
        App(Arc::new(Inner { store, config, pool, callers, images, uploads: Turns::default() }))
    }

    /// Rows and blobs.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Readers, where there are any.
    pub fn pool(&self) -> Option<&Pool> {
        self.0.pool.as_ref()
    }

    /// Callers of the last moment.
    pub fn callers(&self) -> &Callers {
        &self.0.callers
    }

    /// Pictures drawn of late.
    pub fn images(&self) -> &ImageCache {
        &self.0.images
    }

    /// Turns for uploads.
    pub fn uploads(&self) -> &Turns {
        &self.0.uploads
    }
}
