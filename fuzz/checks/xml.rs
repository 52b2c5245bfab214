//! An XML file is read or refused with a sentence; it never takes the reader down.

/// Checks one input.
pub fn run(data: &[u8]) {
    match ocr::xml::read(data) {
        Ok(readings) => assert!(!readings.is_empty(), "read, but nothing was said"),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
