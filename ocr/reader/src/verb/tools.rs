//! What a reader holds from job to job.

use crate::args::Kind;
use crate::engine::{Engines, Tier};
use crate::failure::Failure;
use crate::native::Folder;
use crate::pdf;

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
    open: Option<Engines>,
}

impl Tools {
    /// Opens what every job needs.
    pub fn open(native: Folder, kind: Kind) -> Result<Tools, Failure> {
        let pdf = pdf::Library::load(&native)?;
        let models = Models { native, kind, open: None };
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
            none => Ok(none.insert(Engines::open(self.native.path(), Tier::default()).map_err(Failure::internal)?)),
        }
    }
}
