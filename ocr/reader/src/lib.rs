//! The parts of the sandboxed reader. The binary beside it is a thin shell around them; as a library they can be tested and
//! fuzzed without starting a process.

pub mod unpack;
