//! Folders brought by the command line: resumable, duplicates told, and watched.

use crate::harness::{Office, invoice};

#[test]
fn a_folder_is_taken_once_and_watched() {
    let office = Office::start();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a plain path");
    std::fs::create_dir(folder.path().join("07")).expect("a folder");
    for (name, number) in [("a.pdf", "I/1"), ("07/b.pdf", "I/2"), ("07/.c.pdf", "I/3")] {
        std::fs::write(folder.path().join(name), invoice(number)).expect("writes");
    }
    let import = || office.service.cli(&["import", path, "--company", "Młyn Łódź", "--period", "2026-09"]);
    let told = import();
    assert!(told.contains("b.pdf: kept") && told.contains("2 kept, 0 there already, 0 failed"), "{told}");
    let again = import();
    assert!(again.contains("a.pdf: is there already") && again.contains("0 kept, 2 there already"), "{again}");
    assert!(office.documents(2).iter().all(|document| document["period"] == "2026-09"));

    let mut watching = office.service.start_cli(&["import", path, "--company", "Młyn Łódź", "--watch"]);
    std::fs::write(folder.path().join("later.pdf"), invoice("I/4")).expect("writes");
    let found = office.documents(3);
    let _ = watching.kill();
    let _ = watching.wait();
    assert_eq!(found[2]["name"], "later.pdf");
}
