//! A page as a picture, for people.

use super::Tools;
use crate::failure::Failure;
use crate::wire::Out;
use ocr::protocol::{ErrorCode, Request};

/// Draws one page.
pub fn run(_tools: &Tools, request: &Request, bytes: &[u8], _what: (u32, u32), _out: &mut dyn Out) -> Result<(), Failure> {
    let _ = super::slice(super::first(request)?, bytes)?;
    Err(Failure::new(ErrorCode::Unsupported, "this kind of file has no page image"))
}
