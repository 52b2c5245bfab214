//! Prints what is found in files: one line of JSON a part. To look at mails and archives while working on `unpack`.
//!
//!     cargo run --release -p postroom-reader --example unpack -- mail.eml …

#![allow(clippy::print_stdout)]

use std::convert::Infallible;

use ocr::protocol::Limits;

fn main() -> std::io::Result<()> {
    for file in std::env::args().skip(1) {
        let bytes = std::fs::read(&file)?;
        let Ok(()) = postroom_reader::unpack::unpack(&bytes, Some(&file), &Limits::default(), &mut |part, _| {
            println!("{}", serde_json::json!({ "file": file, "part": part }));
            Ok::<(), Infallible>(())
        });
    }
    Ok(())
}
