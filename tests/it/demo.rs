//! The demo is the acceptance test of the whole way: mails in over SMTP, papers out as the samples say.

use crate::harness::demo;

#[test]
fn every_sample_ends_as_it_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = demo(folder.path());
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
