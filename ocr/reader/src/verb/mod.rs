//! What the service can ask for, one file a verb.

mod extract;
mod read;
mod render;
mod tools;
mod unpack;

use std::io;

use ocr::protocol::{Input, Reply, Request, VERSION, Verb};
use ocr::reading::Reading;

use crate::failure::Failure;
use crate::wire::Out;

pub use tools::{Models, Tools};

/// Does one job and sends its last frame. An error here means that the socket is gone.
pub fn run(tools: &mut Tools, request: &Request, bytes: &[u8], out: &mut dyn Out) -> io::Result<()> {
    let last = match work(tools, request, bytes, out) {
        Ok(readings) => Reply::Result { readings },
        Err(Failure { code, message }) => Reply::Error { code, message },
    };
    out.send(&last, &[])
}

fn work(tools: &mut Tools, request: &Request, bytes: &[u8], out: &mut dyn Out) -> Result<Vec<Reading>, Failure> {
    if request.version != VERSION {
        return Err(Failure::internal("postroom and postroom-reader are of different builds: install both from one"));
    }
    match &request.verb {
        Verb::Read { context, .. } => read::run(tools, request, bytes, context, out),
        Verb::Extract { context, reading } => extract::run(tools, slice(first(request)?, bytes)?, context, reading.as_deref()),
        Verb::Render { page, dpi, turn, region } => {
            let view = render::View { page: *page, dpi: *dpi, turn: *turn, region: *region };
            render::run(tools, request, bytes, view, out).map(|()| Vec::new())
        }
        Verb::Unpack => unpack::run(request, bytes, out).map(|()| Vec::new()),
    }
}

fn first(request: &Request) -> Result<&Input, Failure> {
    request.inputs.first().ok_or_else(|| Failure::internal("a request without an input"))
}

fn slice<'a>(input: &Input, bytes: &'a [u8]) -> Result<&'a [u8], Failure> {
    let start = usize::try_from(input.offset).ok();
    let end = input.offset.checked_add(input.len).and_then(|end| usize::try_from(end).ok());
    start
        .zip(end)
        .and_then(|(start, end)| bytes.get(start..end))
        .ok_or_else(|| Failure::internal("an input lies outside of its memory"))
}
