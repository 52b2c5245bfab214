//! A mail or file is taken apart: bounded, the same each time, every part with a verdict, a reason and a path of its own.

use std::collections::HashSet;
use std::convert::Infallible;

use ocr::protocol::{Limits, Part, PartVerdict};
use postroom_reader::unpack::unpack;

/// Checks one input.
pub fn run(data: &[u8]) {
    let limits = Limits { parts: 50, depth: 4, unpacked_bytes: 1 << 20, ..Limits::default() };
    for name in [Some("mail.eml"), None] {
        let first = parts(data, name, &limits);
        assert!(!first.is_empty(), "something came in, nothing came out");
        assert!(first.len() <= 51);
        let paths: HashSet<&str> = first.iter().map(|part| part.path.as_str()).collect();
        assert_eq!(paths.len(), first.len(), "a path stands twice");
        assert_eq!(first, parts(data, name, &limits));
    }
}

fn parts(data: &[u8], name: Option<&str>, limits: &Limits) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut bytes_out = 0;
    let Ok(()) = unpack(data, name, limits, &mut |part, bytes| {
        let explained = part.reason.is_some() && part.message.is_some();
        assert!(explained || matches!(part.verdict, PartVerdict::Document | PartVerdict::Container), "{part:?}");
        assert!(part.verdict == PartVerdict::Refused || part.size == bytes.len() as u64);
        bytes_out += bytes.len() as u64;
        parts.push(part);
        Ok::<(), Infallible>(())
    });
    assert!(bytes_out <= limits.unpacked_bytes, "{bytes_out} bytes came out");
    parts
}
