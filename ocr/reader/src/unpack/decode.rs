//! Transfer encodings, decoded exactly.
