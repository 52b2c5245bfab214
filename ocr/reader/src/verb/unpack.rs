//! A container taken apart, each part with its bytes as it is found.

use ocr::protocol::{Part, Reply, Request};

use crate::failure::Failure;
use crate::wire::Out;

/// Takes the first input apart.
pub fn run(request: &Request, bytes: &[u8], out: &mut dyn Out) -> Result<(), Failure> {
    let input = super::first(request)?;
    let bytes = super::slice(input, bytes)?;
    let mut emit = |part: Part, bytes: &[u8]| out.send(&Reply::Part { part, payload: bytes.len() as u64 }, bytes);
    crate::unpack::unpack(bytes, input.name.as_deref(), &request.limits, &mut emit).map_err(Failure::internal)
}
