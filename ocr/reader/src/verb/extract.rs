//! Reading again from tokens that were kept, without touching the file.

use ocr::context::Context;
use ocr::page::Page;
use ocr::reading::Reading;

use super::Tools;
use crate::failure::Failure;

/// Readings from the JSON of a `Vec<Page>`; or the given reading of them with what memory says put over it.
pub fn run(tools: &Tools, bytes: &[u8], context: &Context, given: Option<&Reading>) -> Result<Vec<Reading>, Failure> {
    let pages: Vec<Page> = serde_json::from_slice(bytes).map_err(|e| Failure::internal(format!("the kept tokens: {e}")))?;
    if let Some(given) = given {
        return Ok(vec![super::read::amended(given.clone(), &pages, context)]);
    }
    let mut reading = super::read::from_pages(&pages, context);
    reading.reader_version.clone_from(&tools.version);
    Ok(vec![reading])
}
