//! Measures the finder of forwarded mails on a labelled set (`labels.jsonl`: file, subject_file, expected {forwarded, from_address,
//! from_name, subject}).
//!
//!     cargo run --release -p ingest --example forwarded -- labels.jsonl

#![allow(clippy::print_stdout)]

use std::path::Path;

use serde_json::Value;

fn main() -> std::io::Result<()> {
    let labels = std::env::args().nth(1).unwrap_or_default();
    let folder = Path::new(&labels).parent().unwrap_or(Path::new(".")).to_owned();
    let (mut total, mut right, mut subjects) = (0, 0, 0);
    for line in std::fs::read_to_string(&labels)?.lines() {
        let row: Value = serde_json::from_str(line)?;
        let read = |name: &str| row[name].as_str().map(|file| std::fs::read_to_string(folder.join(file))).transpose();
        let (text, subject) = (read("file")?.unwrap_or_default(), read("subject_file")?.unwrap_or_default());
        let (found, wanted) = (ingest::forwarded::original(&subject, &text, None), &row["expected"]);
        let word = |value: &Value| value.as_str().map(str::to_owned);
        total += 1;
        let good = match (&found, wanted["forwarded"].as_bool() == Some(true)) {
            (Some(one), true) => one.mailbox == word(&wanted["from_address"]) && one.name == word(&wanted["from_name"]),
            (None, false) => true,
            _ => false,
        };
        right += u32::from(good);
        subjects += u32::from(found.as_ref().and_then(|one| one.subject.clone()) == word(&wanted["subject"]));
        if !good {
            println!("{}: {found:?}, wanted {wanted}", row["file"]);
        }
    }
    println!("sender right: {right} of {total}; subject right: {subjects} of {total}");
    Ok(())
}
