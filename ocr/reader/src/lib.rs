//! The parts of the sandboxed reader. The binary beside it is a thin shell around them; as a library they can be tested and
//! fuzzed without starting a process.

// Fuzz checks name the crate from outside; the unit tests replay them from within.
#[cfg(test)]
extern crate self as postroom_reader;

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
