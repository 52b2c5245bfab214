//! A copy that the service can start from, and the command that says whether everything is there.

use std::path::{Path, PathBuf};

use crate::harness::{Api, Office, Service, eventually, pdf};

/// Files of papers and mails beneath a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(files(&path)),
            path => found.push(path),
        }
    }
    found.retain(|path| path.file_name().is_some_and(|name| name.len() == 64));
    found
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        match entry.path() {
            path if path.is_dir() => copy(&path, &target),
            path => {
                std::fs::copy(path, target).expect("a copy");
            }
        }
    }
}

/// An office whose figures can be seen.
fn office() -> Office {
    Office::on(Service::with(&[("POSTROOM_HTTP__METRICS_LISTEN", "127.0.0.1:0")]))
}

/// Waits until no paper is on its way from the rows to the folder.
fn settled(office: &Office) {
    let figures = Api::new(&format!("http://{}", office.service.door("metrics")), "");
    eventually("papers in the folder", || {
        figures.get("/metrics").expect(200).text().contains("postroom_pending_blobs 0\n").then_some(())
    });
}

#[test]
fn a_copy_made_while_the_service_runs_is_whole() {
    let office = office();
    let small = pdf(&["Faktura FV/1/2026"]);
    // Above a megabyte a paper does not travel with the rows.
    let large = [pdf(&["Faktura FV/2/2026"]), vec![b' '; 1_200_000]].concat();
    let first = office.upload("Młyn Łódź", "a.pdf", "application/pdf", &small);
    let second = office.upload("Młyn Łódź", "b.pdf", "application/pdf", &large);
    settled(&office);
    let place = tempfile::tempdir().expect("a temporary folder");
    let target = place.path().join("copy");
    let backup = || office.service.cli(&["backup", target.to_str().expect("a plain path")]);

    let said = backup();
    assert!(said.contains("2 files (2 new, 0 removed)"), "{said}");
    assert!(said.contains("master.key") && !target.join("master.key").exists(), "{said}");
    assert!(backup().contains("(0 new, 0 removed)"), "nothing is copied twice");
    let third = office.upload("Młyn Łódź", "c.pdf", "application/pdf", &pdf(&["Faktura FV/3/2026"]));
    backup();
    let own = office.service.command(&["backup", office.service.folder().to_str().expect("a plain path")]);
    assert!(!own.status.success(), "the data folder is no place for its copy");

    // Another machine: the copy, and the key that was kept elsewhere.
    let there = place.path().join("there");
    copy(&target, &there);
    std::fs::copy(office.service.folder().join("master.key"), there.join("master.key")).expect("the key");
    let restored = Service::with(&[("POSTROOM_STORAGE__FOLDER", there.to_str().expect("a plain path"))]);
    let api = restored.api(&office.token);
    for (id, bytes) in [(&first, Some(&small)), (&second, Some(&large)), (&third, None)] {
        let original = api.get(&format!("/v1/documents/{id}/original")).expect(200).body;
        assert!(bytes.is_none_or(|bytes| *bytes == original), "the bytes as they came");
    }
    let check = restored.cli(&["check"]);
    assert!(check.contains("unchanged") && check.contains("audit of Biuro Rachunkowe Lipa is whole"), "{check}");
}

#[test]
fn what_is_lost_or_changed_is_named() {
    let office = office();
    for n in 0..2 {
        office.upload("Młyn Łódź", &format!("{n}.pdf"), "application/pdf", &pdf(&[&format!("Faktura FV/{n}/2026")]));
    }
    settled(&office);
    let kept = files(&office.service.folder().join("blobs"));
    assert_eq!(kept.len(), 2, "{kept:?}");
    office.service.cli(&["check"]);
    let mut bytes = std::fs::read(&kept[0]).expect("a paper");
    bytes[20] ^= 1;
    std::fs::write(&kept[0], bytes).expect("a paper");
    let name = |at: usize| kept[at].file_name().expect("a name").to_string_lossy().into_owned();
    let check = |arguments: &[&str]| {
        let output = office.service.command(arguments);
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    assert!(check(&["check", "--quick"]).0, "names and sizes are right");
    let (good, said) = check(&["check"]);
    assert!(!good && said.contains(&name(0)) && said.contains("changed") && !said.contains(&name(1)), "{said}");
    std::fs::remove_file(&kept[1]).expect("a paper");
    let (good, said) = check(&["check", "--quick"]);
    assert!(!good && said.contains(&name(1)) && said.contains("not there"), "{said}");
    // A copy names it too, and takes the rest.
    let place = tempfile::tempdir().expect("a temporary folder");
    let (good, said) = check(&["backup", place.path().to_str().expect("a plain path")]);
    assert!(!good && said.contains(&name(1)), "{said}");
}
