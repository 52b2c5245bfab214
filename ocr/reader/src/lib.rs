//! The parts of the sandboxed reader. The binary beside it is a thin shell around them; as a library they can be tested and
//! fuzzed without starting a process.

pub mod args;
pub mod code;
pub mod engine;
pub mod failure;
pub mod native;
pub mod pdf;
pub mod picture;
pub mod sandbox;
pub mod sniff;
pub mod unpack;
pub mod verb;
pub mod wire;
