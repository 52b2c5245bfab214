//! What a reader holds from job to job.

use crate::args::Kind;
use crate::engine::{Engines, Tier};
use crate::failure::Failure;
use crate::native::Folder;
use crate::pdf;
use crate::picture::heic;

/// Libraries and models, opened once a process.
pub struct Tools {
    /// PDFium.
    pub pdf: pdf::Library,
    /// OCR engines.
    pub models: Models,
    /// Version of code and models, for readings.
    pub version: String,
}

/// The OCR engines, opened for the first page that needs them: most papers carry their text.
pub struct Models {
    native: Folder,
    kind: Kind,
    tier: Tier,
    open: Option<Engines>,
}

impl Tools {
    /// Opens what every job needs.
    pub fn open(native: Folder, kind: Kind, tier: Tier) -> Result<Tools, Failure> {
        let pdf = pdf::Library::load(&native)?;
        heic::load(native.path());
        let models = Models { native, kind, tier, open: None };
        Ok(Tools { pdf, models, version: env!("CARGO_PKG_VERSION").to_owned() })
    }
}

impl Models {
    /// The engines.
    pub fn engines(&mut self) -> Result<&mut Engines, Failure> {
        if self.kind == Kind::Light {
            return Err(Failure::internal("this reader has no models"));
        }
        match &mut self.open {
            Some(engines) => Ok(engines),
            none => Ok(none.insert(Engines::open(self.native.path(), self.tier).map_err(Failure::internal)?)),
        }
    }
}
