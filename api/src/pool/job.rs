//! A job for a reader, and what comes back.

use std::time::Duration;

use bytes::Bytes;
use ocr::page::{Box, Page};
use ocr::protocol::{Input, Limits, Part, Request, Role, VERSION, Verb};
use ocr::reading::Reading;

/// A job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name in logs.
    pub name: String,
    /// What to do.
    pub verb: Verb,
    /// The files, one for most verbs.
    pub pieces: Vec<Piece>,
    /// What it may use.
    pub limits: Limits,
    /// Longest time, if shorter than the pool's.
    pub timeout: Option<Duration>,
}

/// One file of a job.
#[derive(Clone, Debug)]
pub struct Piece {
    /// What it is to the paper.
    pub role: Role,
    /// Its name, a hint only.
    pub name: Option<String>,
    /// Its media type as declared.
    pub declared: Option<String>,
    /// Pages that belong to the paper.
    pub page_range: Option<[u32; 2]>,
    /// The area of that page.
    pub region: Option<Box>,
    /// Its bytes.
    pub bytes: Bytes,
}

impl Job {
    /// A job on one file.
    pub fn new(name: impl Into<String>, verb: Verb, bytes: impl Into<Bytes>) -> Job {
        let piece = Piece { role: Role::Visual, name: None, declared: None, page_range: None, region: None, bytes: bytes.into() };
        Job { name: name.into(), verb, pieces: vec![piece], limits: Limits::default(), timeout: None }
    }

    /// The request that goes to the reader; the pieces follow each other in the memfd.
    pub(super) fn request(&self, deadline: Duration) -> Request {
        let mut offset = 0;
        let inputs = self.pieces.iter().map(|piece| {
            let len = piece.bytes.len() as u64;
            let (name, declared) = (piece.name.clone(), piece.declared.clone());
            let (role, page_range, region) = (piece.role, piece.page_range, piece.region);
            let input = Input { role, name, declared, page_range, region, offset, len };
            offset += len;
            input
        });
        Request {
            version: VERSION,
            job: self.name.clone(),
            verb: self.verb.clone(),
            deadline_ms: u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX),
            limits: self.limits.clone(),
            inputs: inputs.collect(),
        }
    }
}

/// What a job brought.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Pages with tokens (`read`).
    pub pages: Vec<Page>,
    /// One a paper (`read`, `extract`).
    pub readings: Vec<Reading>,
    /// Parts of a container with their bytes (`unpack`).
    pub parts: Vec<(Part, Bytes)>,
    /// The drawn page (`render`).
    pub image: Option<Image>,
}

/// A drawn page.
#[derive(Clone, Debug)]
pub struct Image {
    /// `image/png` or `image/jpeg`.
    pub media_type: String,
    /// The page in points, to place boxes on it.
    pub page_size: [f32; 2],
    /// Pages of the file.
    pub pages: u32,
    /// The file.
    pub bytes: Bytes,
}
