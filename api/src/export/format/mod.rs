//! The writers: one module a form of file. Each names the documentation it was made from.

mod columns;
mod csv;
mod originals;
mod xlsx;

use super::facts::Facts;
use super::profile::Writer;
use super::{Ground, Originals, Problem};

/// The bytes of a file.
pub fn write(ground: &Ground<'_>, papers: &[Facts<'_>], originals: &Originals) -> Result<Vec<u8>, Problem> {
    match ground.profile.writer {
        Writer::Csv => csv::write(papers),
        Writer::Xlsx => xlsx::write(papers),
        Writer::Originals => originals::write(papers, originals, |_| true),
        Writer::Structured => originals::write(papers, originals, |file| file.media_type.ends_with("xml")),
    }
}
