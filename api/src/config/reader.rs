//! The reader processes.

use std::path::PathBuf;

use ocr::protocol::Tier;
use serde::{Deserialize, Serialize};

/// `[reader]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reader {
    /// The `postroom-reader` program; empty for the one beside `postroom`.
    pub program: PathBuf,
    /// Readers with models; 0 for one a core.
    pub heavy: usize,
    /// Readers without models, for page images and unpacking.
    pub light: usize,
    /// Models that read pictures.
    pub models: Tier,
    /// Seconds after which a reading is given up.
    pub timeout_seconds: u64,
    /// Megabytes a reader may use.
    pub memory_mb: u64,
    /// Pages read of one file.
    pub max_pages: u32,
}

impl Default for Reader {
    fn default() -> Self {
        Reader {
            program: PathBuf::new(),
            heavy: 0,
            light: 1,
            models: Tier::Normal,
            timeout_seconds: 120,
            memory_mb: 2_048,
            max_pages: 200,
        }
    }
}
